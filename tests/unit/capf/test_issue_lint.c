/* Every rule of the lint that is not about extensions: a certificate that breaks it is told by that rule. */
#include "linting.h"

static void set_date(ASN1_TIME *t, int64_t when)
{
    assert_non_null(ASN1_TIME_set(t, (time_t)when));
}

/* --- what is done to a good one --- */

static void version_1(X509 *x)
{
    assert_true(X509_set_version(x, X509_VERSION_2) > 0);
}

static void serial_short(X509 *x)
{
    assert_true(ASN1_INTEGER_set(X509_get_serialNumber(x), 77) > 0);
}

static void serial_zero(X509 *x)
{
    assert_true(ASN1_INTEGER_set(X509_get_serialNumber(x), 0) > 0);
}

static void serial_negative(X509 *x)
{
    X509_get_serialNumber(x)->type |= V_ASN1_NEG;
}

static void serial_of_bits(X509 *x, int bits)
{
    BIGNUM *n = BN_new();

    assert_true(BN_set_bit(n, bits - 1) > 0);
    assert_non_null(BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)));
    BN_free(n);
}

static void serial_63(X509 *x)
{
    serial_of_bits(x, 63);
}

static void serial_64(X509 *x)
{
    serial_of_bits(x, 64);
}

static void serial_128(X509 *x)
{
    serial_of_bits(x, 128);
}

static void serial_129(X509 *x)
{
    serial_of_bits(x, 129);
}

static void another_issuer(X509 *x)
{
    assert_true(X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "OU", MBSTRING_ASC, (const unsigned char *)"X", -1,
                                           -1, 0) > 0);
}

/* The same words, another string type: another name to most readers. */
static void issuer_as_other_bytes(X509 *x)
{
    static const unsigned char organisation[] = "Example Voice";
    X509_NAME *n = X509_get_issuer_name(x);
    int at = X509_NAME_get_index_by_NID(n, NID_organizationName, -1);

    X509_NAME_ENTRY_free(X509_NAME_delete_entry(n, at));
    assert_true(X509_NAME_add_entry_by_NID(n, NID_organizationName, V_ASN1_PRINTABLESTRING, organisation,
                                           sizeof organisation - 1, at, 0) > 0);
}

static void add_to_subject(X509 *x, const char *field, const char *value, int at, int set)
{
    assert_true(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), field, MBSTRING_UTF8, (const unsigned char *)value,
                                           -1, at, set) > 0);
}

static void delete_of_subject(X509 *x, int at)
{
    X509_NAME_ENTRY_free(X509_NAME_delete_entry(X509_get_subject_name(x), at));
}

static void another_device(X509 *x)
{
    delete_of_subject(x, 0);
    add_to_subject(x, "CN", "SEP001122334456", 0, 0);
}

static void a_longer_name(X509 *x)
{
    delete_of_subject(x, 0);
    add_to_subject(x, "CN", PHONE "X", 0, 0);
}

static void two_names(X509 *x)
{
    add_to_subject(x, "CN", PHONE, -1, 0);
}

static void name_last(X509 *x)
{
    delete_of_subject(x, 0);
    add_to_subject(x, "CN", PHONE, -1, 0);
}

static void less_of_issuer(X509 *x)
{
    delete_of_subject(x, 2);
}

static void more_than_issuer(X509 *x)
{
    add_to_subject(x, "OU", "More", -1, 0);
}

static void other_order(X509 *x)
{
    delete_of_subject(x, 1);
    add_to_subject(x, "O", "Example Voice", -1, 0);
}

static void another_organisation(X509 *x)
{
    delete_of_subject(x, 1);
    add_to_subject(x, "O", "Example Noise", 1, 0);
}

static void another_kind_of_word(X509 *x)
{
    delete_of_subject(x, 1);
    add_to_subject(x, "L", "Example Voice", 1, 0);
}

static void several_in_one(X509 *x)
{
    delete_of_subject(x, 2);
    add_to_subject(x, "OU", "Lab", 2, -1);
}

/* The same words in the same order, but the second OU beside the first one and not behind it. */
static void beside_each_other(X509 *x)
{
    delete_of_subject(x, 3);
    add_to_subject(x, "OU", "Second Lab", 3, -1);
}

static void too_early(X509 *x)
{
    set_date(X509_getm_notBefore(x), cert_not_before(ec_issuer.cert) - 1);
}

static void too_late(X509 *x)
{
    set_date(X509_getm_notAfter(x), cert_not_after(ec_issuer.cert) + 1);
}

static void too_many_days(X509 *x)
{
    set_date(X509_getm_notAfter(x), now + (int64_t)1825 * DAY + 1);
}

static void ends_first(X509 *x)
{
    set_date(X509_getm_notAfter(x), now - 2 * DAY);
}

static void ends_at_once(X509 *x)
{
    assert_true(ASN1_STRING_copy(X509_getm_notAfter(x), X509_get0_notBefore(x)) > 0);
}

static void general_time(X509 *x)
{
    assert_non_null(ASN1_GENERALIZEDTIME_set(X509_getm_notBefore(x), (time_t)now));
}

static void another_key(X509 *x)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");

    assert_true(X509_set_pubkey(x, key) > 0);
    EVP_PKEY_free(key);
}

static const struct spoilt cases[] = {
    {NULL, NULL, NULL},
    {version_1, "version 3", NULL},
    {serial_short, "serial number", NULL},
    {serial_zero, "serial number", NULL},
    {serial_negative, "serial number", NULL},
    {serial_63, "serial number", NULL},
    {serial_64, NULL, NULL},
    {serial_128, NULL, NULL},
    {serial_129, "serial number", NULL},
    {NULL, "profile's digest", EVP_sha1},
    {NULL, "profile's digest", EVP_sha512},
    {another_issuer, "as issuer the subject", NULL},
    {issuer_as_other_bytes, "as issuer the subject", NULL},
    {another_device, "the device's name", NULL},
    {a_longer_name, "the device's name", NULL},
    {two_names, "the device's name", NULL},
    {name_last, "the device's name", NULL},
    {less_of_issuer, "and nothing else", NULL},
    {more_than_issuer, "and nothing else", NULL},
    {other_order, "and nothing else", NULL},
    {another_organisation, "and nothing else", NULL},
    {another_kind_of_word, "and nothing else", NULL},
    {several_in_one, "and nothing else", NULL},
    {beside_each_other, "and nothing else", NULL},
    {too_early, "not before the issuer's", NULL},
    {too_late, "not after the issuer's", NULL},
    {too_many_days, "as many days", NULL},
    {ends_first, "as many days", NULL},
    {ends_at_once, "as many days", NULL},
    {general_time, "UTCTime", NULL},
    {another_key, "the key that the phone sent", NULL},
};

static void every_rule(void **state)
{
    (void)state;
    expect_each(cases, sizeof cases / sizeof *cases);
}

/* Another request, another profile, another kind of issuer than it was made for. */
static void other_circumstances(void **state)
{
    static const char *const settings[][2] = {{"san", "none"},      {"san", "dns"},       {"usages", "none"},
                                              {"usages", "client"}, {"digest", "sha512"}, {"days", "1"}};
    struct capf_issuer i;
    struct capf_request r = request;
    struct cert *c;

    (void)state;
    assert_int_equal(capf_issue(&ec_issuer, &request, a_serial, now, &c, &why), VOX_OK);
    for (size_t k = 0; k < sizeof settings / sizeof *settings; k++) {
        i = ec_issuer;
        assert_int_equal(capf_profile_set(&i.profile, settings[k][0], settings[k][1], &why), VOX_OK);
        assert_int_equal(capf_lint(c, &i, &request, &why), VOX_E_INPUT);
    }
    assert_int_equal(capf_lint(c, &rsa_issuer, &request, &why), VOX_E_INPUT);
    {
        X509 *x = X509_dup(cert_x509(c)); /* a profile that asks for SHA-1, which no setting can: not even then */
        struct cert *sha1;

        assert_true(X509_sign(x, ec_issuer.key, EVP_sha1()) > 0);
        assert_int_equal(cert_from_x509(x, &sha1, &why), VOX_OK);
        i = ec_issuer;
        i.profile.digest = DIGEST_SHA1;
        assert_int_equal(capf_lint(sha1, &i, &request, &why), VOX_E_INPUT);
        assert_non_null(strstr(why.text, "profile's digest"));
        cert_free(&sha1);
        X509_free(x);
    }
    (void)snprintf(r.device, sizeof r.device, "SEP00112233445");
    assert_int_equal(capf_lint(c, &ec_issuer, &r, &why), VOX_E_INPUT);
    r = request;
    r.device[0] = 's';
    assert_int_equal(capf_lint(c, &ec_issuer, &r, &why), VOX_E_INPUT);
    cert_free(&c);
}

/* A name that is no device's, though the certificate and the request say the same. */
static void a_name_that_is_none(void **state)
{
    struct capf_request r = request;
    struct cert *good, *c;
    X509 *x;

    (void)state;
    assert_int_equal(capf_issue(&ec_issuer, &request, a_serial, now, &good, &why), VOX_OK);
    x = X509_dup(cert_x509(good));
    delete_of_subject(x, 0);
    add_to_subject(x, "CN", "SEP 1122334455", 0, 0);
    replace_extension(x, NID_subject_alt_name, "URI:SEP 1122334455");
    assert_true(X509_sign(x, ec_issuer.key, EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &c, &why), VOX_OK);
    (void)snprintf(r.device, sizeof r.device, "SEP 1122334455");
    assert_int_equal(capf_lint(c, &ec_issuer, &r, &why), VOX_E_INPUT);
    assert_non_null(strstr(why.text, "a device's name"));
    cert_free(&c);
    cert_free(&good);
    X509_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule),
        cmocka_unit_test(other_circumstances),
        cmocka_unit_test(a_name_that_is_none),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
