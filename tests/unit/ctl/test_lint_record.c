/* The linter on records: fields against the certificate beside them, keys, dates, what is missing or too much. */
#include <ctl/verify.h>

#include "lab_list.h"

static struct cert *a, *b, *ec;
static EVP_PKEY *key;

static int load(void **state)
{
    (void)state;
    a = lab_cert("sast.pem");
    b = lab_cert("ccm.pem");
    ec = lab_cert("web-ec.pem");
    key = lab_key("sast.pem");
    return 0;
}

static int unload(void **state)
{
    (void)state;
    cert_free(&a);
    cert_free(&b);
    cert_free(&ec);
    EVP_PKEY_free(key);
    return 0;
}

/* A CTL of two records: the signer, and one to spoil. */
static struct ctl_list *with(const struct ctl_member *m)
{
    return lab_signed("CTLFile.tlv", a, key, m, 1);
}

static struct ctl_list *usual(void)
{
    const struct ctl_member m = {.cert = b, .role = ROLE_CCM_TFTP, .dns_name = "cm1"};

    return with(&m);
}

/* The findings on record 1 (the second) must be this one alone, or none with code NULL. Frees l. */
static void only(struct ctl_list *l, int64_t now, const char *code, enum lint_severity severity, const char *says)
{
    struct lint_finding *all;
    size_t n, hits = 0;

    assert_int_equal(ctl_lint(l, now, &all, &n, NULL), VOX_OK);
    for (size_t i = 0; i < n; i++) {
        if (all[i].record != 1)
            continue;
        hits++;
        if (code == NULL || strcmp(all[i].code, code) != 0)
            fail_msg("%s: %s", all[i].code, all[i].text);
        assert_int_equal(all[i].severity, severity);
        if (strstr(all[i].text, says) == NULL)
            fail_msg("not said: %s\nsaid: %s", says, all[i].text);
    }
    assert_int_equal(hits, code == NULL ? 0 : 1);
    free(all);
    ctl_list_free(&l);
}

static void contradictions_are_errors(void **state)
{
    static const uint8_t other[] = {1, 2, 3};
    const struct bytes_view wrong = {other, sizeof other};
    struct ctl_list *l;

    (void)state;
    only(usual(), LAB_TIME, NULL, LINT_NOTE, "");
    l = usual();
    l->records[1].serial = wrong;
    only(l, LAB_TIME, "serial-differs", LINT_ERROR, "is 01:02:03, the certificate's is 76:7F");
    l = usual();
    l->records[1].public_key = wrong;
    only(l, LAB_TIME, "public-key-differs", LINT_ERROR, "PUBLICKEY");
    l = usual();
    l->records[1].signature = wrong;
    only(l, LAB_TIME, "signature-differs", LINT_ERROR, "SIGNATURE");
    l = usual();
    l->records[1].subject = "CN=vector-ccm;O=Someone Else";
    only(l, LAB_TIME, "subject-differs", LINT_ERROR, "Someone Else");
    l = usual();
    l->records[1].issuer = "CN=other";
    only(l, LAB_TIME, "issuer-differs", LINT_ERROR, "CN=other");
}

static void other_writings_are_no_contradiction(void **state)
{
    struct bytes_view serial = cert_serial(b);
    uint8_t padded[64] = {0};
    struct ctl_list *l;

    (void)state;
    l = usual(); /* with the sign byte that DER would have */
    memcpy(padded + 1, serial.data, serial.len);
    l->records[1].serial = (struct bytes_view){padded, serial.len + 1};
    only(l, LAB_TIME, NULL, LINT_NOTE, "");
    l = usual();
    l->records[1].subject = "C=NZ,ST=AKL,L=Auckland,OU=Lab,O=Example Voice,CN=vector-ccm";
    only(l, LAB_TIME, NULL, LINT_NOTE, "");
    l = usual(); /* what is absent contradicts nothing */
    l->records[1].subject = l->records[1].issuer = NULL;
    l->records[1].serial = l->records[1].public_key = l->records[1].signature = (struct bytes_view){NULL, 0};
    only(l, LAB_TIME, NULL, LINT_NOTE, "");
}

static void hashes_are_compared(void **state)
{
    static const uint8_t zeros[20];
    const struct ctl_member m = {.cert = b, .role = ROLE_TFTP, .hash_only = true};
    struct ctl_list *l = with(&m);

    (void)state;
    only(with(&m), LAB_TIME, NULL, LINT_NOTE, "");
    l->records[1].cert_hash.len = 19;
    only(l, LAB_TIME, "hash-differs", LINT_ERROR, "19 bytes where its algorithm gives 20");
    l = usual();
    l->records[1].cert_hash = (struct bytes_view){zeros, sizeof zeros};
    only(l, LAB_TIME, "hash-differs", LINT_ERROR, "not the certificate's");
}

static void dates_are_looked_at(void **state)
{
    (void)state;
    only(usual(), cert_not_after(b), NULL, LINT_NOTE, "");
    only(usual(), cert_not_after(b) + 1, "expired", LINT_WARNING, "2046-11-23T00:00:00Z");
    only(usual(), cert_not_before(b), NULL, LINT_NOTE, "");
}

static void a_certificate_of_tomorrow_is_not_yet_valid(void **state)
{
    struct ctl_list *l = usual();

    (void)state;
    l->header.has_timestamp = false;
    only(l, cert_not_before(b) - 1, "not-yet-valid", LINT_WARNING, "2026-11-23T00:00:00Z");
}

static void keys_that_phones_cannot_take(void **state)
{
    EVP_PKEY *large = lab_rsa(3072), *small = lab_rsa(768);
    struct cert *big = lab_make(&(struct lab_wanted){.subject = "CN=big", .serial_len = 8, .key = large});
    struct cert *weak =
        lab_make(&(struct lab_wanted){.subject = "CN=weak", .serial_len = 8, .key = small, .issuer_key = key});
    const struct ctl_member m = {.cert = big, .role = ROLE_TFTP};
    const struct ctl_member k = {.cert = weak, .role = ROLE_TFTP};

    (void)state;
    only(with(&m), LAB_TIME, "large-key", LINT_WARNING, "RSA 3072");
    only(with(&k), LAB_TIME, "weak-key", LINT_WARNING, "768");
    cert_free(&big);
    cert_free(&weak);
    EVP_PKEY_free(large);
    EVP_PKEY_free(small);
}

static void ec_needs_signer_version_1_1(void **state)
{
    const struct ctl_member m = {.cert = ec, .role = ROLE_TFTP};
    const struct ctl_member s = {.cert = ec, .role = ROLE_SAST};
    struct ctl_list *l;

    (void)state;
    only(with(&m), LAB_TIME, "ec-signer-version", LINT_WARNING, "signer version is 1.0");
    l = with(&m);
    l->header.signer_version = SIGNER_VERSION_ABSENT;
    only(l, LAB_TIME, "ec-signer-version", LINT_WARNING, "no signer version");
    l = with(&m);
    l->header.signer_version = SIGNER_VERSION_1_1;
    only(l, LAB_TIME, NULL, LINT_NOTE, "");
    l = with(&s);
    l->header.signer_version = SIGNER_VERSION_1_1;
    only(l, LAB_TIME, "sast-not-rsa", LINT_WARNING, "RSA");
}

static void unknown_roles_are_named(void **state)
{
    struct ctl_list *l = usual();

    (void)state;
    l->records[1].function = 4711;
    only(l, LAB_TIME, "unknown-role", LINT_WARNING, "4711");
}

static void emptied_records_are_known(void **state)
{
    const struct ctl_member m = {.cert = NULL, .role = ROLE_CCM_TFTP, .dns_name = "10.48.47.153", .has_ip = true};
    struct ctl_list *l;

    (void)state;
    only(with(&m), LAB_TIME, "emptied", LINT_NOTE, "non-secure");
    l = with(&m);
    l->records[1].function = ROLE_CAPF;
    only(l, LAB_TIME, "no-certificate", LINT_WARNING, "neither");
}

static void duplicates_are_named(void **state)
{
    const struct ctl_member m[] = {{.cert = b, .role = ROLE_CCM_TFTP, .dns_name = "cm1"},
                                   {.cert = b, .role = ROLE_CCM_TFTP, .dns_name = "cm2"},
                                   {.cert = b, .role = ROLE_TFTP, .dns_name = "cm1"},
                                   {.cert = b, .role = ROLE_CCM_TFTP, .dns_name = "cm1"},
                                   {.cert = b, .role = ROLE_CCM_TFTP, .dns_name = "cm1", .has_ip = true}};
    struct ctl_list *l = lab_signed("CTLFile.tlv", a, key, m, 5);
    struct lint_finding *all;
    size_t n, hits = 0;

    (void)state;
    assert_int_equal(ctl_lint(l, LAB_TIME, &all, &n, NULL), VOX_OK);
    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i].code, "duplicate") == 0) {
            hits++;
            assert_int_equal(all[i].record, 4);
            assert_string_equal(all[i].text, "the same as record 2");
        }
    assert_int_equal(hits, 1);
    free(all);
    ctl_list_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contradictions_are_errors),
        cmocka_unit_test(other_writings_are_no_contradiction),
        cmocka_unit_test(hashes_are_compared),
        cmocka_unit_test(dates_are_looked_at),
        cmocka_unit_test(a_certificate_of_tomorrow_is_not_yet_valid),
        cmocka_unit_test(keys_that_phones_cannot_take),
        cmocka_unit_test(ec_needs_signer_version_1_1),
        cmocka_unit_test(unknown_roles_are_named),
        cmocka_unit_test(emptied_records_are_known),
        cmocka_unit_test(duplicates_are_named),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
