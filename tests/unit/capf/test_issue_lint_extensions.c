/* Every rule of the lint about extensions, and about what their absence leaves. */
#include "linting.h"

static void extension_twice(X509 *x)
{
    add_extension(x, NID_subject_alt_name, "URI:" PHONE);
}

static void extension_more(X509 *x)
{
    add_extension(x, NID_netscape_comment, "hello");
}

static void is_ca(X509 *x)
{
    replace_extension(x, NID_basic_constraints, "critical,CA:TRUE");
}

static void constraints_not_critical(X509 *x)
{
    replace_extension(x, NID_basic_constraints, "CA:FALSE");
}

static void path_length(X509 *x)
{
    replace_extension(x, NID_basic_constraints, "critical,CA:FALSE,pathlen:0");
}

static void no_constraints(X509 *x)
{
    replace_extension(x, NID_basic_constraints, NULL);
    add_extension(x, NID_netscape_comment, "in its place");
}

static void signs_certificates(X509 *x)
{
    replace_extension(x, NID_key_usage, "critical,digitalSignature,keyAgreement,keyCertSign");
}

static void signs_revocations(X509 *x)
{
    replace_extension(x, NID_key_usage, "critical,digitalSignature,keyAgreement,cRLSign");
}

/* In the place of another one, so that there is one of each and not one too many. */
static void is_proxy(X509 *x)
{
    replace_extension(x, NID_subject_alt_name, NULL);
    add_extension(x, NID_proxyCertInfo, "critical,DER:30:0c:30:0a:06:08:2b:06:01:05:05:07:15:00");
}

static void usages_that_are_none(X509 *x)
{
    replace_extension(x, NID_ext_key_usage, "DER:04:01:00");
}

static void usage_not_critical(X509 *x)
{
    replace_extension(x, NID_key_usage, "digitalSignature,keyAgreement");
}

static void usage_of_rsa(X509 *x)
{
    replace_extension(x, NID_key_usage, "critical,digitalSignature,keyEncipherment");
}

static void fewer_usages(X509 *x)
{
    replace_extension(x, NID_ext_key_usage, "serverAuth,clientAuth");
}

static void more_usages(X509 *x)
{
    replace_extension(x, NID_ext_key_usage, "serverAuth,clientAuth,1.3.6.1.5.5.7.3.5,codeSigning");
}

static void usages_critical(X509 *x)
{
    replace_extension(x, NID_ext_key_usage, "critical,serverAuth,clientAuth,1.3.6.1.5.5.7.3.5");
}

static void another_alternative(X509 *x)
{
    replace_extension(x, NID_subject_alt_name, "URI:SEP001122334456");
}

static void alternative_kind(X509 *x)
{
    replace_extension(x, NID_subject_alt_name, "DNS:" PHONE);
}

static void two_alternatives(X509 *x)
{
    replace_extension(x, NID_subject_alt_name, "URI:" PHONE ",DNS:cm1.example");
}

static void alternative_critical(X509 *x)
{
    replace_extension(x, NID_subject_alt_name, "critical,URI:" PHONE);
}

/* keyid of itself in place of the issuer's. */
static void another_authority(X509 *x)
{
    replace_extension(x, NID_authority_key_identifier, "keyid");
}

static void a_strangers_authority(X509 *x)
{
    replace_extension(x, NID_authority_key_identifier,
                      "DER:30:16:80:14:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13:14");
}

/* The issuer's identifier, and more beside it. */
static void authority_and(X509 *x, bool name)
{
    AUTHORITY_KEYID *a = X509_get_ext_d2i(x, NID_authority_key_identifier, NULL, NULL);
    GENERAL_NAME *n;

    assert_non_null(a);
    if (name) {
        assert_non_null(a->issuer = GENERAL_NAMES_new());
        assert_non_null(n = GENERAL_NAME_new());
        GENERAL_NAME_set0_value(n, GEN_DIRNAME, X509_NAME_dup(X509_get_issuer_name(x)));
        assert_true(sk_GENERAL_NAME_push(a->issuer, n) > 0);
    } else {
        assert_non_null(a->serial = ASN1_INTEGER_dup(X509_get_serialNumber(x)));
    }
    assert_true(X509_add1_ext_i2d(x, NID_authority_key_identifier, a, 0, X509V3_ADD_REPLACE) > 0);
    AUTHORITY_KEYID_free(a);
}

static void authority_and_name(X509 *x)
{
    authority_and(x, true);
}

static void authority_and_serial(X509 *x)
{
    authority_and(x, false);
}

static void authority_by_name(X509 *x)
{
    X509V3_CTX ctx;
    X509_EXTENSION *e;

    X509_EXTENSION_free(X509_delete_ext(x, X509_get_ext_by_NID(x, NID_authority_key_identifier, -1)));
    X509V3_set_ctx(&ctx, cert_x509(ec_issuer.cert), x, NULL, NULL, 0);
    assert_non_null(e = X509V3_EXT_conf_nid(NULL, &ctx, NID_authority_key_identifier, "keyid:always,issuer:always"));
    assert_true(X509_add_ext(x, e, -1) > 0);
    X509_EXTENSION_free(e);
}

static void another_subject_key(X509 *x)
{
    replace_extension(x, NID_subject_key_identifier, "0102030405060708090a0b0c0d0e0f1011121314");
}

/* CA:FALSE written out: an empty sequence means the same, and only that is DER. */
static void false_written_out(X509 *x)
{
    replace_extension(x, NID_basic_constraints, "critical,DER:30:03:01:01:00");
}

/* The same, where it usually stands: in front. */
static void false_in_front(X509 *x)
{
    X509_EXTENSION *e;

    false_written_out(x);
    e = X509_delete_ext(x, X509_get_ext_by_NID(x, NID_basic_constraints, -1));
    assert_true(X509_add_ext(x, e, 0) > 0);
    X509_EXTENSION_free(e);
}

static void large(X509 *x)
{
    char *text = malloc(9001);

    memset(text, 'x', 9000);
    text[9000] = '\0';
    replace_extension(x, NID_subject_alt_name, NULL);
    add_extension(x, NID_netscape_comment, text);
    free(text);
}

static const struct spoilt cases[] = {
    {extension_twice, "each extension once", NULL},
    {extension_more, "no other extensions", NULL},
    {is_ca, "basicConstraints", NULL},
    {constraints_not_critical, "basicConstraints", NULL},
    {path_length, "basicConstraints", NULL},
    {no_constraints, "basicConstraints", NULL},
    {signs_certificates, "nothing of a CA", NULL},
    {signs_revocations, "nothing of a CA", NULL},
    {is_proxy, "nothing of a CA", NULL},
    {usages_that_are_none, "nothing of a CA", NULL},
    {usage_not_critical, "keyUsage, critical", NULL},
    {usage_of_rsa, "its type of key", NULL},
    {fewer_usages, "extended key usages", NULL},
    {more_usages, "extended key usages", NULL},
    {usages_critical, "extended key usages", NULL},
    {another_alternative, "alternative name", NULL},
    {alternative_kind, "alternative name", NULL},
    {two_alternatives, "alternative name", NULL},
    {alternative_critical, "alternative name", NULL},
    {another_authority, "authorityKeyIdentifier", NULL},
    {a_strangers_authority, "authorityKeyIdentifier", NULL},
    {authority_and_name, "authorityKeyIdentifier", NULL},
    {authority_and_serial, "authorityKeyIdentifier", NULL},
    {authority_by_name, "authorityKeyIdentifier", NULL},
    {another_subject_key, "subjectKeyIdentifier", NULL},
    {false_written_out, "DER", NULL},
    {false_in_front, "DER", NULL},
    {large, "", NULL},
};

static void every_rule(void **state)
{
    (void)state;
    expect_each(cases, sizeof cases / sizeof *cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
