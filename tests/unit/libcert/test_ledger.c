/* The ledger: each certificate once, the first delivery, newest first, and damage that is noticed. */
#include "unit/libcert/phones_fixture.h"

#include <openssl/evp.h>

enum { NOW = 1800000000 };

static const char *const pem[] = {"tvs.pem", "capf.pem", "tftp.pem"};

/* Entry i of a device; its certificate is any of the lab's. Clear with ledger_entry_clear(). */
static struct ledger_entry entry(int i, const char *device)
{
    struct ledger_entry e = {.cert = lab_cert(pem[i]), .issued = NOW + i};

    snprintf(e.request, sizeof e.request, "%032x", (unsigned)i);
    snprintf(e.device, sizeof e.device, "%s", device);
    return e;
}

static void add(int i, const char *device)
{
    struct ledger_entry e = entry(i, device);

    assert_done(ledger_add(s, &e, err));
    ledger_entry_clear(&e);
}

static void test_kept(void **state)
{
    struct ledger_entry e = entry(0, "SEP1"), got;

    (void)state;
    assert_done(ledger_add(s, &e, err));
    assert_done(ledger_by_request(s, e.request, &got, err));
    assert_string_equal(got.request, e.request);
    assert_string_equal(got.device, "SEP1");
    assert_true(cert_same(got.cert, e.cert));
    assert_int_equal(got.issued, NOW);
    assert_int_equal(got.delivered, 0);
    ledger_entry_clear(&got);
    assert_done(ledger_delivered(s, e.request, NOW + 5, err));
    assert_done(ledger_delivered(s, e.request, NOW + 9, err));
    assert_done(ledger_by_request(s, e.request, &got, err));
    assert_int_equal(got.delivered, NOW + 5);
    ledger_entry_clear(&got);
    ledger_entry_clear(&e);
    assert_refused(ledger_by_request(s, "no", &got, err), VOX_E_NOT_FOUND, "no certificate for request");
    assert_null(got.cert);
    assert_refused(ledger_delivered(s, "no", NOW, err), VOX_E_NOT_FOUND, "no certificate for request");
}

static void test_once(void **state)
{
    struct ledger_entry same_cert = entry(0, "SEP2"), same_request = entry(1, "SEP2");

    (void)state;
    add(0, "SEP1");
    same_cert.request[0] = 'f';
    assert_refused(ledger_add(s, &same_cert, err), VOX_E_EXISTS, "already");
    same_request.request[31] = '0';
    assert_refused(ledger_add(s, &same_request, err), VOX_E_EXISTS, "already");
    memcpy(same_request.request, "short", 6);
    assert_refused(ledger_add(s, &same_request, err), VOX_E_USAGE, "32 hexadecimal digits");
    memcpy(same_request.device, "../x", 5);
    assert_int_equal(ledger_add(s, &same_request, NULL), VOX_E_INPUT);
    ledger_entry_clear(&same_cert);
    ledger_entry_clear(&same_request);
}

struct seen {
    char what[200];
    int left;
};

static bool note(void *arg, const struct ledger_entry *e)
{
    struct seen *seen = arg;
    size_t len = strlen(seen->what);

    snprintf(seen->what + len, sizeof seen->what - len, "%c:%s ", e->request[31], e->device);
    assert_non_null(e->cert);
    return --seen->left > 0;
}

static void assert_entries(const char *device, int left, const char *expected)
{
    struct seen seen = {.left = left};

    assert_done(ledger_each(s, device, note, &seen, err));
    assert_string_equal(seen.what, expected);
}

static void test_newest_first(void **state)
{
    (void)state;
    add(0, "SEP1");
    add(1, "SEP2");
    add(2, "SEP1");
    assert_entries(NULL, 9, "2:SEP1 1:SEP2 0:SEP1 ");
    assert_entries("SEP1", 9, "2:SEP1 0:SEP1 ");
    assert_entries("SEP3", 9, "");
    assert_entries(NULL, 2, "2:SEP1 1:SEP2 ");
}

/* Of each phone the one that it has, not the one that it never confirmed. */
static void test_latest(void **state)
{
    struct seen seen = {.left = 9};
    char request[40];

    (void)state;
    add(2, "SEP2");
    add(0, "SEP1");
    add(1, "SEP1");
    assert_done(ledger_latest(s, note, &seen, err));
    assert_string_equal(seen.what, "1:SEP1 2:SEP2 ");
    snprintf(request, sizeof request, "%032x", 0U);
    assert_done(ledger_delivered(s, request, NOW, err));
    seen = (struct seen){.left = 9};
    assert_done(ledger_latest(s, note, &seen, err));
    assert_string_equal(seen.what, "0:SEP1 2:SEP2 ");
}

static void test_key_owner(void **state)
{
    struct cert *c = lab_cert(pem[0]);
    uint8_t digest[CERT_SHA256_LEN];
    char device[PHONE_NAME_MAX + 1];

    (void)state;
    assert_int_equal(EVP_Digest(cert_spki_der(c).data, cert_spki_der(c).len, digest, NULL, EVP_sha256(), NULL), 1);
    cert_free(&c);
    assert_done(ledger_key_owner(s, digest, device, err));
    assert_string_equal(device, "");
    add(0, "SEP1");
    assert_done(ledger_key_owner(s, digest, device, err));
    assert_string_equal(device, "SEP1");
}

/* A phone that is removed leaves its certificates; one that was restored from an old backup may meet its own again. */
static void test_stays_without_the_phone(void **state)
{
    struct phone p = phone_named("SEP1");

    (void)state;
    assert_done(phone_put(s, &p, err));
    add(0, "SEP1");
    assert_done(phone_remove(s, "SEP1", err));
    assert_entries("SEP1", 9, "0:SEP1 ");
}

static void test_damage_is_noticed(void **state)
{
    struct ledger_entry got;
    struct seen seen = {.left = 9};
    char request[40];

    (void)state;
    add(0, "SEP1");
    add(1, "SEP2");
    snprintf(request, sizeof request, "%032x", 0U);
    assert_done(store_backup(s, "good.db", err));
    shell("voxtrust.db", "UPDATE ledger SET der = (SELECT der FROM ledger WHERE number = 2) WHERE number = 1");
    assert_refused(ledger_by_request(s, request, &got, err), VOX_E_STORE, "damaged");
    assert_refused(ledger_each(s, NULL, note, &seen, err), VOX_E_STORE, "damaged");
    assert_refused(store_backup(s, "bad.db", err), VOX_E_STORE, "damaged");
    assert_int_equal(access("bad.db", F_OK), -1);
    shell("good.db", "UPDATE ledger SET der = x'3000' WHERE number = 1");
    assert_refused(store_check_file("good.db", err), VOX_E_INPUT, "not well-formed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kept, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_once, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_newest_first, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_latest, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_key_owner, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_stays_without_the_phone, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_damage_is_noticed, phones_setup, phones_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
