/* What phones accept of certificates that they meet: docs/formats/acceptance.md 4. */
#include <ctl/accept.h>
#include <libcert/key.h>
#include <libcert/role.h>

#include "lab_list.h"

static struct cert *sast, *other, *tvs, *tftp, *ec, *twin;
static EVP_PKEY *sast_key;

/* A certificate by key with the issuer and serial number of tftp. */
static struct cert *twin_of_tftp(EVP_PKEY *key)
{
    struct cert *out;
    X509 *x = X509_new();

    assert_true(X509_set_version(x, X509_VERSION_3) &&
                X509_set_serialNumber(x, X509_get_serialNumber(cert_x509(tftp))) &&
                X509_set_subject_name(x, X509_get_subject_name(cert_x509(tftp))) &&
                X509_set_issuer_name(x, X509_get_issuer_name(cert_x509(tftp))) && X509_set_pubkey(x, key));
    assert_true(X509_gmtime_adj(X509_getm_notBefore(x), 0) != NULL &&
                X509_gmtime_adj(X509_getm_notAfter(x), 86400) != NULL && X509_sign(x, key, EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &out, NULL), VOX_OK);
    X509_free(x);
    return out;
}

static int load(void **state)
{
    const struct key_spec p256 = {.type = KEY_EC, .curve = "P-256"};
    EVP_PKEY *key;

    (void)state;
    sast = lab_cert("sast.pem");
    sast_key = lab_key("sast.pem");
    other = lab_cert("sast2.pem");
    tvs = lab_cert("tvs.pem");
    tftp = lab_cert("tftp.pem");
    assert_int_equal(key_generate(&p256, &key, NULL), VOX_OK);
    ec = twin_of_tftp(key);
    EVP_PKEY_free(key);
    twin = twin_of_tftp(sast_key);
    return 0;
}

static int unload(void **state)
{
    struct cert **all[] = {&sast, &other, &tvs, &tftp, &ec, &twin};

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        cert_free(all[i]);
    EVP_PKEY_free(sast_key);
    return 0;
}

static void expect(const struct accept_held *held, const struct cert *c, enum accept_purpose purpose,
                   enum accept_verdict verdict, const char *rule)
{
    struct accept_result r;

    accept_certificate(held, c, purpose, &r);
    if (r.verdict != verdict || strcmp(r.rule, rule) != 0)
        fail_msg("%s: %s by %s, not %s by %s: %s", accept_purpose_word(purpose), accept_word(r.verdict), r.rule,
                 accept_word(verdict), rule, r.why);
    assert_true(r.why[0] != '\0');
}

static struct ctl_list *list(const char *name, const struct cert *c, int role)
{
    const struct ctl_member m = {.cert = c, .role = role};

    return lab_signed(name, sast, sast_key, &m, 1);
}

/* Every role by every purpose. */
static void a_record_counts_for_its_role_only(void **state)
{
    static const struct {
        int role;
        bool good[6]; /* by purpose: lists, files, call manager, CAPF, TVS, HTTPS */
    } rows[] = {
        {ROLE_SAST, {true, false, false, false, false, false}},
        {ROLE_CCM, {false, false, true, false, false, false}},
        {ROLE_CCM_TFTP, {true, true, true, false, false, false}},
        {ROLE_TFTP, {true, true, false, false, false, false}},
        {ROLE_CAPF, {false, false, false, true, false, false}},
        {ROLE_TVS, {false, false, false, false, true, false}},
        {ROLE_APP_SERVER, {false, false, false, false, false, true}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ctl_list *itl = list("ITLFile.tlv", tftp, rows[i].role);
        const struct accept_held held = {.itl = itl};

        for (int p = ACCEPT_FOR_LISTS; p <= ACCEPT_FOR_HTTPS; p++) {
            if (rows[i].good[p])
                expect(&held, tftp, (enum accept_purpose)p, ACCEPT_YES, "4.1");
            else if (p == ACCEPT_FOR_TVS)
                expect(&held, tftp, (enum accept_purpose)p, ACCEPT_REFUSED, "4.3");
            else if (rows[i].role == ROLE_TVS) /* there is a TVS to ask */
                expect(&held, tftp, (enum accept_purpose)p, ACCEPT_IF_TVS, "3.5");
            else
                expect(&held, tftp, (enum accept_purpose)p, ACCEPT_REFUSED, "3.6");
        }
        ctl_list_free(&itl);
    }
}

static void both_lists_count_but_a_tvs_stands_in_the_itl(void **state)
{
    struct ctl_list *ctl = list("CTLFile.tlv", tftp, ROLE_CCM_TFTP), *with_tvs = list("CTLFile.tlv", tvs, ROLE_TVS);
    struct accept_held held = {.ctl = ctl};

    (void)state;
    expect(&held, tftp, ACCEPT_FOR_CALL_MANAGER, ACCEPT_YES, "4.1");
    held.ctl = with_tvs;
    expect(&held, tvs, ACCEPT_FOR_TVS, ACCEPT_REFUSED, "4.3");
    ctl_list_free(&ctl);
    ctl_list_free(&with_tvs);
}

static void with_nothing_held_nobody_is_asked(void **state)
{
    const struct accept_held held = {.ctl = NULL};

    (void)state;
    expect(&held, tftp, ACCEPT_FOR_CALL_MANAGER, ACCEPT_FIRST_TRUST, "4.2");
    expect(&held, tftp, ACCEPT_FOR_CAPF, ACCEPT_FIRST_TRUST, "4.2");
    expect(&held, tftp, ACCEPT_FOR_HTTPS, ACCEPT_REFUSED, "4.3");
    expect(&held, tvs, ACCEPT_FOR_TVS, ACCEPT_REFUSED, "4.3");
}

static void another_key_under_the_same_name_is_refused(void **state)
{
    struct ctl_list *itl = list("ITLFile.tlv", tftp, ROLE_CCM_TFTP);
    const struct accept_held held = {.itl = itl};

    (void)state;
    expect(&held, twin, ACCEPT_FOR_CALL_MANAGER, ACCEPT_REFUSED, "3.4");
    expect(&held, twin, ACCEPT_FOR_LISTS, ACCEPT_REFUSED, "3.4");
    ctl_list_free(&itl);
}

static void a_tvs_vouches_for_the_others(void **state)
{
    struct ctl_list *itl = list("ITLFile.tlv", tvs, ROLE_TVS);
    const struct cert *const runs[] = {tvs}, *const knows[] = {other};
    const struct accept_tvs known = {runs, 1, knows, 1}, silent = {NULL, 0, knows, 1};
    struct accept_held held = {.itl = itl};

    (void)state;
    expect(&held, other, ACCEPT_FOR_CALL_MANAGER, ACCEPT_IF_TVS, "3.5");
    held.tvs = &known;
    expect(&held, other, ACCEPT_FOR_LISTS, ACCEPT_IF_TVS, "3.5");
    expect(&held, tftp, ACCEPT_FOR_LISTS, ACCEPT_REFUSED, "3.8");
    held.tvs = &silent;
    expect(&held, other, ACCEPT_FOR_LISTS, ACCEPT_REFUSED, "3.7");
    held.no_security_by_default = true;
    expect(&held, other, ACCEPT_FOR_LISTS, ACCEPT_FIRST_TRUST, "4.2"); /* its ITL is none */
    ctl_list_free(&itl);
}

static void a_model_without_ec_takes_none(void **state)
{
    struct ctl_list *itl = list("ITLFile.tlv", ec, ROLE_CCM_TFTP);
    struct accept_held held = {.itl = itl};

    (void)state;
    expect(&held, ec, ACCEPT_FOR_CALL_MANAGER, ACCEPT_YES, "4.1");
    held.no_ec = true;
    expect(&held, ec, ACCEPT_FOR_CALL_MANAGER, ACCEPT_REFUSED, "4.4");
    expect(&held, sast, ACCEPT_FOR_LISTS, ACCEPT_YES, "4.1");
    ctl_list_free(&itl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_counts_for_its_role_only),
        cmocka_unit_test(both_lists_count_but_a_tvs_stands_in_the_itl),
        cmocka_unit_test(with_nothing_held_nobody_is_asked),
        cmocka_unit_test(another_key_under_the_same_name_is_refused),
        cmocka_unit_test(a_tvs_vouches_for_the_others),
        cmocka_unit_test(a_model_without_ec_takes_none),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
