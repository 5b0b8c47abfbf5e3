/* The state process without memory: each of our own allocations fails once, and all from each one on, while two phones
 * go their way and a third waits. Whatever fails: nobody gets a wrong answer, what a phone is told is in the store, and
 * with memory again the same phones get what is theirs. */
#include "callers.h"

#include "../memory.h"

#define A "SEP0000000000A1"
#define B "SEP0000000000B2"
#define C "SEP0000000000C3"

static bool fails(bool yes)
{
    return memory_fails(yes);
}

static struct cert *own_mic, *mic_of_b;
static struct capf_identity mic_a, mic_b;

static void forget(void)
{
    at_work = NULL;
    before_leaving = NULL;
    nasked = 0;
    stop();
    forget_signed();
    in_store("DELETE FROM phones; DELETE FROM phone_sources; DELETE FROM ledger; DELETE FROM inventory;");
}

/* After a failure, so that it is found again. */
static int forget_failure(void **state)
{
    (void)state;
    if (memory_reached())
        print_message("the %ldth allocation failed%s\n", memory.at, memory.all_later ? ", and all later ones" : "");
    forget();
    return 0;
}

/* The same with each allocation failing in turn; the process runs when it is called. */
static void walk(const char *name, void (*scene)(void))
{
    unsigned points = 0;

    for (int later = 0; later < 2; later++) {
        bool reached = true;

        for (long at = 1; reached; at++) {
            start(true);
            before_leaving = note;
            memory_plan(at, later != 0);
            scene();
            at_work = NULL;
            reached = memory_reached();
            points += reached;
            assert_int_equal(the_state.nsessions, 0);
            forget();
            assert_true(at < 2000);
        }
    }
    print_message("%s: %u failing allocations\n", name, points);
    assert_true(points > 10);
}

/* Two phones at once, a third one that waits; then all three with memory. */
static void installing(void)
{
    struct caller two[] = {{.name = A, .digits = "123456", .key = 0, .connection = 1},
                           {.name = B, .key = 1, .connection = 2, .shows = &mic_b}};
    struct caller third = {.name = C, .key = 2, .connection = 3};

    order(A, PHONE_INSTALL, PHONE_BY_STRING, "123456");
    order(B, PHONE_INSTALL, PHONE_BY_MIC, NULL);
    order(C, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    come(&third, 1, CAPF_KEY_GENERATE_REQUEST, 0);
    assert_true(third.on);
    at_work = fails;
    enrol(two, 2);
    at_work = NULL;
    all_go(two, 0);
    go_on(&third, 1);
    all_go(&third, 1);
    assert_has_its_own(&third);
    for (int i = 0; i < 2; i++) {
        if (phone_now(two[i].name).state == PHONE_DELIVERED)
            continue;
        enrol(&two[i], 1);
    }
    for (int i = 0; i < 2; i++)
        assert_has_its_own(&two[i]);
}

static void an_installation(void **state)
{
    (void)state;
    walk("an installation", installing);
}

static void refusing(void)
{
    struct caller wrong = {.name = A, .digits = "654321", .connection = 1};
    struct caller right = {.name = A, .digits = "123456", .connection = 2};

    order(A, PHONE_INSTALL, PHONE_BY_STRING, "123456");
    at_work = fails;
    come(&wrong, 1, CAPF_END_SESSION, CAPF_UNKNOWN_DEVICE);
    all_go(&wrong, 1);
    at_work = NULL;
    assert_int_equal(nasked, 0);
    enrol(&right, 1);
    assert_has_its_own(&right);
}

static void a_wrong_string(void **state)
{
    (void)state;
    walk("a wrong string", refusing);
}

/* A phone's answer to what is neither a key nor a certificate of ours. */
static void answers(struct caller *p, struct capf_message m, int reason)
{
    if (!p->on)
        return;
    says(p, m);
    settle();
    (void)is_told(p, CAPF_END_SESSION, reason);
}

static void deleting(void)
{
    const struct capf_message done = {
        .command = CAPF_DELETE_CERTIFICATE_RESPONSE, .present = HAS(CAPF_REASON), .reason = CAPF_OK};
    struct caller p = {.name = A, .connection = 1};

    order(A, PHONE_DELETE, PHONE_BY_NULL, NULL);
    at_work = fails;
    come(&p, 1, CAPF_DELETE_CERTIFICATE_REQUEST, 0);
    answers(&p, done, CAPF_OK);
    all_go(&p, 1);
    at_work = NULL;
    if (phone_now(A).state != PHONE_DELIVERED) {
        come(&p, 1, CAPF_DELETE_CERTIFICATE_REQUEST, 0);
        answers(&p, done, CAPF_OK);
        all_go(&p, 1);
    }
    assert_phone(A, PHONE_NONE, PHONE_DELIVERED);
}

static void a_deletion(void **state)
{
    (void)state;
    walk("a deletion", deleting);
}

static void fetching(void)
{
    const struct capf_message shown = {.command = CAPF_FETCH_CERTIFICATE_RESPONSE,
                                       .present = HAS(CAPF_REASON) | HAS(CAPF_CERTIFICATE),
                                       .reason = CAPF_OK,
                                       .certificate = cert_der(own_mic)};
    struct caller p = {.name = A, .connection = 1};
    struct bundle file = {0};
    struct bytes shown_file;
    char path[128];

    (void)snprintf(path, sizeof path, "%s/fetched/" A ".pem", dir);
    (void)unlink(path);
    order(A, PHONE_FETCH, PHONE_BY_NULL, NULL);
    at_work = fails;
    come(&p, 1, CAPF_FETCH_CERTIFICATE_REQUEST, 0);
    answers(&p, shown, CAPF_NO_ACTION);
    all_go(&p, 1);
    at_work = NULL;
    if (phone_now(A).state != PHONE_DELIVERED) {
        come(&p, 1, CAPF_FETCH_CERTIFICATE_REQUEST, 0);
        answers(&p, shown, CAPF_NO_ACTION);
        all_go(&p, 1);
    }
    assert_phone(A, PHONE_NONE, PHONE_DELIVERED);
    assert_int_equal(file_read(path, LIMIT_BUNDLE_FILE, &shown_file, &why), VOX_OK);
    assert_int_equal(bundle_read(shown_file.data, shown_file.len, path, NULL, &file, &why), VOX_OK);
    bytes_free(&shown_file);
    assert_true(file.ncerts == 1 && cert_same(file.certs[0], own_mic));
    bundle_free(&file);
}

static void a_fetch(void **state)
{
    (void)state;
    walk("a fetch", fetching);
}

/* The maker's root goes and comes back: a phone that shows its MIC is believed when it is there, and only then. */
static void changing(void)
{
    struct caller p = {.name = A, .key = 0, .connection = 1, .shows = &mic_a};

    order(A, PHONE_INSTALL, PHONE_BY_MIC, NULL);
    come(&p, 1, CAPF_KEY_GENERATE_REQUEST, 0); /* trust is read */
    assert_true(p.on);
    all_go(&p, 1);
    in_store("UPDATE bindings SET state = 'retired' WHERE place = 'CAPF-trust'");
    at_work = fails;
    tick();
    come(&p, 1, CAPF_END_SESSION, CAPF_UNKNOWN_DEVICE);
    all_go(&p, 1);
    at_work = NULL;
    in_store("UPDATE bindings SET state = 'active' WHERE place = 'CAPF-trust'");
    at_work = fails;
    tick();
    come(&p, 1, CAPF_KEY_GENERATE_REQUEST, 0);
    /* the order goes while it makes its key */
    at_work = NULL;
    in_store("UPDATE phones SET operation = 'none'");
    at_work = fails;
    tick();
    if (p.on) {
        unsigned char *der = NULL;
        int len = i2d_PUBKEY(phone_key[0], &der);

        answers(&p,
                (struct capf_message){.command = CAPF_KEY_GENERATE_RESPONSE,
                                      .present = HAS(CAPF_PUBLIC_KEY),
                                      .public_key = {der, (size_t)len}},
                CAPF_DECLINED);
        OPENSSL_free(der);
    }
    all_go(&p, 1);
    at_work = NULL;
    assert_int_equal(nmade, 0);
    order(A, PHONE_INSTALL, PHONE_BY_MIC, NULL);
    enrol(&p, 1);
    assert_has_its_own(&p);
}

static void an_operators_changes(void **state)
{
    (void)state;
    walk("an operator's changes", changing);
}

/* Begins, or says why not; then the next one begins. A result of the journal waits, and a phone. */
static void a_start(void **state)
{
    struct caller p = {.name = A, .key = 0, .connection = 1};
    unsigned points = 0;

    (void)state;
    for (int later = 0; later < 2; later++) {
        bool reached = true;

        for (long at = 1; reached; at++) {
            struct serve_files files = {.n = 0};
            bool begun;

            order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
            before_leaving = note;
            memory_plan(at, later != 0);
            at_work = fails;
            service = state_service(&options, dir);
            (void)working(true);
            begun = service.start(NULL, &why) == VOX_OK && service.prepare(NULL, &files, &why) == VOX_OK &&
                    service.ready(NULL, &why) == VOX_OK;
            if (begun)
                service.linked(NULL, &sign_link, "sign");
            (void)working(false);
            if (begun) {
                calls(&p);
                settle();
                signer_answers();
                if (is_told(&p, CAPF_AUTH_REQUEST, 0)) {
                    p.session = heard[p.connection].said.session;
                    introduces_itself(&p);
                    settle();
                    tick();
                    signer_answers();
                    tick();
                    (void)is_told(&p, CAPF_KEY_GENERATE_REQUEST, 0);
                }
                all_go(&p, 1);
            }
            at_work = NULL;
            reached = memory_reached();
            points += reached;
            if (!begun) {
                assert_true(reached && why.text[0] != '\0');
                stop();
                start(false);
                signer_answers();
            }
            tick();
            signer_answers();
            assert_true(the_state.reconciled);
            enrol(&p, 1);
            assert_has_its_own(&p);
            assert_int_equal(the_state.nsessions, 0);
            forget();
            assert_true(at < 2000);
        }
    }
    print_message("a start: %u failing allocations\n", points);
    assert_true(points > 10);
}

static int make_phones(void **state)
{
    if (make_serving(state) != 0)
        return -1;
    a_maker();
    own_mic = made_by(maker, maker_key, "CP-8841-" A);
    mic_of_b = made_by(maker, maker_key, "CP-8841-" B);
    mic_a = (struct capf_identity){.cert = own_mic, .kind = CAPF_MIC, .key = phone_key[0]};
    mic_b = (struct capf_identity){.cert = mic_of_b, .kind = CAPF_MIC, .key = phone_key[0]};
    return 0;
}

static int free_phones(void **state)
{
    cert_free(&own_mic);
    cert_free(&mic_of_b);
    cert_free(&maker);
    EVP_PKEY_free(maker_key);
    return remove_serving(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(an_installation, forget_failure),
        cmocka_unit_test_teardown(a_wrong_string, forget_failure),
        cmocka_unit_test_teardown(a_deletion, forget_failure),
        cmocka_unit_test_teardown(a_fetch, forget_failure),
        cmocka_unit_test_teardown(an_operators_changes, forget_failure),
        cmocka_unit_test_teardown(a_start, forget_failure),
    };

    log_open("state", (enum log_level)0); /* thousands of failures are not worth a line each */
    return cmocka_run_group_tests(tests, make_phones, free_phones);
}
