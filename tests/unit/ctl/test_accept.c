/* What phones accept: every rule of docs/formats/acceptance.md, and what must not count. */
#include <ctl/accept.h>
#include <ctl/verify.h>
#include <libcert/role.h>

#include "lab_list.h"

/* The lab's parts, loaded once: A and B are two anchors. */
static struct part {
    const char *pem;
    struct cert *cert;
    EVP_PKEY *key;
} a = {"sast.pem", NULL, NULL}, b = {"sast2.pem", NULL, NULL}, tvs = {"tvs.pem", NULL, NULL},
  tftp = {"tftp.pem", NULL, NULL};

/* A certificate with a's issuer and serial number, and b's key. */
static struct cert *twin;

static int load(void **state)
{
    struct part *all[] = {&a, &b, &tvs, &tftp};

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        all[i]->cert = lab_cert(all[i]->pem);
        all[i]->key = lab_key(all[i]->pem);
    }
    X509 *x = X509_new();
    assert_true(X509_set_version(x, X509_VERSION_3) &&
                X509_set_serialNumber(x, X509_get_serialNumber(cert_x509(a.cert))) &&
                X509_set_subject_name(x, X509_get_subject_name(cert_x509(a.cert))) &&
                X509_set_issuer_name(x, X509_get_issuer_name(cert_x509(a.cert))) && X509_set_pubkey(x, b.key));
    assert_true(X509_gmtime_adj(X509_getm_notBefore(x), 0) != NULL &&
                X509_gmtime_adj(X509_getm_notAfter(x), 86400) != NULL && X509_sign(x, b.key, EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &twin, NULL), VOX_OK);
    X509_free(x);
    return 0;
}

static int unload(void **state)
{
    struct part *all[] = {&a, &b, &tvs, &tftp};

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        cert_free(&all[i]->cert);
        EVP_PKEY_free(all[i]->key);
    }
    cert_free(&twin);
    return 0;
}

static struct ctl_list *plain(const char *filename, const struct part *signer)
{
    return lab_signed(filename, signer->cert, signer->key, NULL, 0);
}

/* Judge, compare, free everything. */
static void judge(struct ctl_list *ctl, struct ctl_list *itl, struct ctl_list *offered, enum accept_verdict verdict,
                  const char *rule, const char *says)
{
    const struct accept_held held = {.ctl = ctl, .itl = itl};
    struct accept_result r;

    accept_list(&held, offered, &r);
    if (r.verdict != verdict || strcmp(r.rule, rule) != 0)
        fail_msg("%s by %s, not %s by %s: %s", accept_word(r.verdict), r.rule, accept_word(verdict), rule, r.why);
    if (strstr(r.why, says) == NULL)
        fail_msg("not said: %s\nsaid: %s", says, r.why);
    ctl_list_free(&ctl);
    ctl_list_free(&itl);
    ctl_list_free(&offered);
}

static void a_phone_without_lists_takes_the_first(void **state)
{
    (void)state;
    judge(NULL, NULL, plain("CTLFile.tlv", &a), ACCEPT_FIRST_TRUST, "2.2", "on faith");
    judge(NULL, NULL, plain("ITLFile.tlv", &a), ACCEPT_FIRST_TRUST, "2.2", "on faith");
}

static void a_blank_itl_gives_way_to_any_itl_unless_there_is_a_ctl(void **state)
{
    const struct ctl_member blank[] = {{.role = ROLE_TFTP, .dns_name = "cm1"}, {.role = ROLE_TVS, .dns_name = "cm1"}};
    const struct ctl_member half[] = {{.role = ROLE_TFTP, .dns_name = "cm1"}, {.cert = tvs.cert, .role = ROLE_TVS}};
    const struct ctl_member hash[] = {{.role = ROLE_TFTP, .dns_name = "cm1"},
                                      {.cert = tvs.cert, .role = ROLE_TVS, .hash_only = true}};
    const struct ctl_member server = {.cert = tftp.cert, .role = ROLE_TFTP};

    (void)state;
    judge(NULL, lab_signed("ITLFile.tlv", a.cert, a.key, blank, 2), plain("ITLFile.tlv", &b), ACCEPT_FIRST_TRUST, "2.4",
          "blank");
    judge(NULL, lab_signed("ITLFile.tlv", a.cert, a.key, blank, 2), plain("CTLFile.tlv", &b), ACCEPT_REFUSED, "3.6",
          "");
    judge(plain("CTLFile.tlv", &a), lab_signed("ITLFile.tlv", a.cert, a.key, blank, 2), plain("ITLFile.tlv", &b),
          ACCEPT_REFUSED, "3.6", "");
    judge(NULL, lab_signed("ITLFile.tlv", a.cert, a.key, half, 2), plain("ITLFile.tlv", &b), ACCEPT_IF_TVS, "3.5", "");
    judge(NULL, lab_signed("ITLFile.tlv", a.cert, a.key, hash, 2), plain("ITLFile.tlv", &b), ACCEPT_IF_TVS, "3.5", "");
    judge(NULL, lab_signed("ITLFile.tlv", a.cert, a.key, &server, 1), plain("ITLFile.tlv", &b), ACCEPT_REFUSED, "3.6",
          "");
    judge(NULL, plain("ITLFile.tlv", &a), plain("ITLFile.tlv", &b), ACCEPT_REFUSED, "3.6", "");
}

static void a_list_with_a_bad_signature_is_refused_by_everyone(void **state)
{
    struct ctl_list *bad = plain("ITLFile.tlv", &a), *again = plain("ITLFile.tlv", &a);

    (void)state;
    bad->file.data[bad->file.len - 1] ^= 1;
    judge(NULL, NULL, bad, ACCEPT_REFUSED, "2.1", "not sound by itself");
    again->file.data[again->header.signature_tlv_offset + 3] ^= 1;
    judge(NULL, plain("ITLFile.tlv", &a), again, ACCEPT_REFUSED, "2.1", "not sound by itself");
}

static void a_list_without_its_signer_is_refused(void **state)
{
    struct ctl_list *l = plain("ITLFile.tlv", &a);

    (void)state;
    l->records[0].function = ROLE_CAPF;
    judge(NULL, plain("ITLFile.tlv", &a), l, ACCEPT_REFUSED, "2.1", "not sound by itself");
}

static void an_anchor_in_the_ctl_or_the_itl_is_enough(void **state)
{
    const struct ctl_member second = {.cert = b.cert, .role = ROLE_SAST};

    (void)state;
    judge(plain("CTLFile.tlv", &a), NULL, plain("ITLFile.tlv", &a), ACCEPT_YES, "3.1", "in the CTL");
    judge(plain("CTLFile.tlv", &a), NULL, plain("CTLFile.tlv", &a), ACCEPT_YES, "3.1", "record 1");
    judge(NULL, plain("ITLFile.tlv", &a), plain("ITLFile.tlv", &a), ACCEPT_YES, "3.2", "in the ITL");
    judge(NULL, plain("ITLFile.tlv", &a), plain("CTLFile.tlv", &a), ACCEPT_YES, "3.2", "in the ITL");
    judge(plain("CTLFile.tlv", &b), plain("ITLFile.tlv", &a), plain("CTLFile.tlv", &a), ACCEPT_YES, "3.2",
          "in the ITL");
    judge(plain("CTLFile.tlv", &a), plain("ITLFile.tlv", &a), plain("CTLFile.tlv", &a), ACCEPT_YES, "3.1",
          "in the CTL");
    judge(lab_signed("CTLFile.tlv", a.cert, a.key, &second, 1), NULL, plain("CTLFile.tlv", &b), ACCEPT_YES, "3.1",
          "record 2");
}

static void an_anchor_that_is_held_as_a_hash_counts(void **state)
{
    const struct ctl_member second = {.cert = b.cert, .role = ROLE_SAST, .hash_only = true};
    struct ctl_list *unnamed = lab_signed("ITLFile.tlv", a.cert, a.key, &second, 1);

    (void)state;
    judge(NULL, lab_signed("ITLFile.tlv", a.cert, a.key, &second, 1), plain("ITLFile.tlv", &b), ACCEPT_YES, "3.2",
          "record 2");
    unnamed->records[1].has_hash_algorithm = false; /* then it is a SHA-1 (trust-list.md 3.12) */
    unnamed->records[1].hash_algorithm = 0;
    judge(NULL, unnamed, plain("ITLFile.tlv", &b), ACCEPT_YES, "3.2", "record 2");
}

/* As a SAST record of an old list: without its certificate, and its serial number with DER's sign byte. */
static void a_signer_without_certificate_is_known_by_its_number(void **state)
{
    struct ctl_list *l = plain("ITLFile.tlv", &a);
    const struct bytes_view serial = l->records[0].serial;
    uint8_t padded[64] = {0};

    (void)state;
    assert_in_range(serial.len, 1, sizeof padded - 1);
    memcpy(padded + 1, serial.data, serial.len);
    l->records[0].serial = (struct bytes_view){padded, serial.len + 1};
    cert_free(&l->records[0].cert);
    judge(NULL, plain("ITLFile.tlv", &a), l, ACCEPT_YES, "3.2", "in the ITL");
}

/* The number alone is nobody's name: two CAs give the same one. */
static void a_signer_without_certificate_is_not_known_by_its_number_alone(void **state)
{
    struct ctl_list *l = plain("ITLFile.tlv", &a);

    (void)state;
    cert_free(&l->records[0].cert);
    l->records[0].issuer = l->header.ca_name = "CN=another CA";
    judge(NULL, plain("ITLFile.tlv", &a), l, ACCEPT_REFUSED, "3.6", "is not in the ITL");
}

static void a_tftp_server_may_sign(void **state)
{
    const struct ctl_member server = {.cert = tftp.cert, .role = ROLE_TFTP};
    const struct ctl_member both = {.cert = tftp.cert, .role = ROLE_CCM_TFTP};

    (void)state;
    judge(NULL, lab_signed("ITLFile.tlv", a.cert, a.key, &server, 1), plain("ITLFile.tlv", &tftp), ACCEPT_YES, "3.3",
          "as a TFTP server");
    judge(lab_signed("CTLFile.tlv", a.cert, a.key, &both, 1), NULL, plain("ITLFile.tlv", &tftp), ACCEPT_YES, "3.3",
          "in the CTL");
}

static void other_roles_of_the_signer_count_for_nothing(void **state)
{
    static const int roles[] = {ROLE_CCM, ROLE_CAPF, ROLE_APP_SERVER, 9};

    (void)state;
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        const struct ctl_member m = {.cert = b.cert, .role = roles[i]};

        judge(NULL, lab_signed("ITLFile.tlv", a.cert, a.key, &m, 1), plain("ITLFile.tlv", &b), ACCEPT_REFUSED, "3.6",
              "no TVS of that ITL");
    }
}

static void the_key_that_is_held_decides(void **state)
{
    const struct ctl_member m = {.cert = tvs.cert, .role = ROLE_TVS};

    (void)state;
    /* Same issuer and serial, another key: refused although a TVS could be asked. */
    judge(NULL, lab_signed("ITLFile.tlv", a.cert, a.key, &m, 1), lab_signed("ITLFile.tlv", twin, b.key, NULL, 0),
          ACCEPT_REFUSED, "3.4", "another key");
    judge(lab_signed("CTLFile.tlv", twin, b.key, NULL, 0), NULL, plain("CTLFile.tlv", &a), ACCEPT_REFUSED, "3.4",
          "the CTL");
    /* One list has the twin, the other the real one: that is enough. */
    judge(lab_signed("CTLFile.tlv", twin, b.key, NULL, 0), plain("ITLFile.tlv", &a), plain("CTLFile.tlv", &a),
          ACCEPT_YES, "3.2", "in the ITL");
}

/* The same when the phone holds it as a TFTP server's, and none as a SAST's. */
static void the_key_of_a_tftp_server_decides_too(void **state)
{
    const struct ctl_member m[] = {{.cert = twin, .role = ROLE_TFTP},
                                   {.cert = twin, .role = ROLE_TFTP, .dns_name = "second"},
                                   {.cert = tvs.cert, .role = ROLE_TVS}};

    (void)state;
    judge(NULL, lab_signed("ITLFile.tlv", b.cert, b.key, m, 3), plain("ITLFile.tlv", &a), ACCEPT_REFUSED, "3.4",
          "the ITL that the phone holds has issuer and serial of the signer, SAST CN=vector-sast");
    judge(NULL, lab_signed("ITLFile.tlv", b.cert, b.key, m, 3), plain("ITLFile.tlv", &a), ACCEPT_REFUSED, "3.4",
          "with another key (record 2)");
    judge(lab_signed("CTLFile.tlv", b.cert, b.key, m, 1), lab_signed("ITLFile.tlv", b.cert, b.key, m + 2, 1),
          plain("ITLFile.tlv", &a), ACCEPT_REFUSED, "3.4", "the CTL that the phone holds");
}

static void a_tvs_of_the_held_itl_can_vouch(void **state)
{
    const struct ctl_member whole = {.cert = tvs.cert, .role = ROLE_TVS};
    const struct ctl_member hash = {.cert = tvs.cert, .role = ROLE_TVS, .hash_only = true};

    (void)state;
    judge(NULL, lab_signed("ITLFile.tlv", a.cert, a.key, &whole, 1), plain("ITLFile.tlv", &b), ACCEPT_IF_TVS, "3.5",
          "CN=vector-tvs");
    judge(NULL, lab_signed("ITLFile.tlv", a.cert, a.key, &hash, 1), plain("CTLFile.tlv", &b), ACCEPT_IF_TVS, "3.5",
          "TVS");
    judge(plain("CTLFile.tlv", &a), lab_signed("ITLFile.tlv", a.cert, a.key, &whole, 1), plain("CTLFile.tlv", &b),
          ACCEPT_IF_TVS, "3.5", "in the CTL or the ITL");
}

static void without_a_tvs_an_unknown_signer_is_refused(void **state)
{
    const struct ctl_member in_ctl = {.cert = tvs.cert, .role = ROLE_TVS};
    const struct ctl_member empty = {.cert = NULL, .role = ROLE_TVS, .dns_name = "cm1"};

    (void)state;
    judge(NULL, plain("ITLFile.tlv", &a), plain("ITLFile.tlv", &b), ACCEPT_REFUSED, "3.6", "deleted by hand");
    judge(plain("CTLFile.tlv", &a), NULL, plain("ITLFile.tlv", &b), ACCEPT_REFUSED, "3.6", "without an ITL no TVS");
    /* The TVS of a CTL is not asked, an emptied record names none, and the one in the offered list does not count. */
    judge(lab_signed("CTLFile.tlv", a.cert, a.key, &in_ctl, 1), NULL, plain("ITLFile.tlv", &b), ACCEPT_REFUSED, "3.6",
          "no TVS");
    judge(NULL, lab_signed("ITLFile.tlv", a.cert, a.key, &empty, 1), plain("ITLFile.tlv", &b), ACCEPT_REFUSED, "3.6",
          "no TVS");
    judge(NULL, plain("ITLFile.tlv", &a), lab_signed("ITLFile.tlv", b.cert, b.key, &in_ctl, 1), ACCEPT_REFUSED, "3.6",
          "no TVS");
}

/* The same question when it is known which TVS runs, and what it knows. */
static void ask_with(const struct accept_tvs *known, const struct ctl_member *held_tvs, enum accept_verdict verdict,
                     const char *rule, const char *says)
{
    struct ctl_list *itl = lab_signed("ITLFile.tlv", a.cert, a.key, held_tvs, 1), *offered = plain("ITLFile.tlv", &b);
    const struct accept_held held = {.itl = itl, .tvs = known};
    struct accept_result r;

    accept_list(&held, offered, &r);
    if (r.verdict != verdict || strcmp(r.rule, rule) != 0 || strstr(r.why, says) == NULL)
        fail_msg("%s by %s: %s", accept_word(r.verdict), r.rule, r.why);
    ctl_list_free(&itl);
    ctl_list_free(&offered);
}

static void a_tvs_counts_only_when_the_phone_knows_it_and_it_knows_the_signer(void **state)
{
    const struct cert *const runs[] = {tvs.cert}, *const other[] = {tftp.cert}, *const knows[] = {b.cert},
                             *const knows_not[] = {a.cert, tvs.cert};
    const struct ctl_member whole = {.cert = tvs.cert, .role = ROLE_TVS};
    const struct ctl_member hash = {.cert = tvs.cert, .role = ROLE_TVS, .hash_only = true};

    (void)state;
    ask_with(&(struct accept_tvs){runs, 1, knows, 1}, &whole, ACCEPT_IF_TVS, "3.5", "which knows it");
    ask_with(&(struct accept_tvs){runs, 1, knows, 1}, &hash, ACCEPT_IF_TVS, "3.5", "which knows it");
    ask_with(&(struct accept_tvs){other, 1, knows, 1}, &whole, ACCEPT_REFUSED, "3.7", "not one that runs");
    ask_with(&(struct accept_tvs){other, 1, knows, 1}, &hash, ACCEPT_REFUSED, "3.7", "not one that runs");
    ask_with(&(struct accept_tvs){NULL, 0, knows, 1}, &whole, ACCEPT_REFUSED, "3.7", "not one that runs");
    ask_with(&(struct accept_tvs){runs, 1, knows_not, 2}, &whole, ACCEPT_REFUSED, "3.8", "does not vouch");
    ask_with(&(struct accept_tvs){runs, 1, NULL, 0}, &whole, ACCEPT_REFUSED, "3.8", "does not vouch");
}

/* A TVS is asked with a certificate's name and number: of a signer without one nobody can say that it is known. */
static void a_signer_without_certificate_is_vouched_for_by_nobody(void **state)
{
    const struct cert *const all[] = {tvs.cert, a.cert, b.cert};
    const struct accept_tvs known = {all, 1, all, 3};
    const struct ctl_member m = {.cert = tvs.cert, .role = ROLE_TVS};
    struct ctl_list *itl = lab_signed("ITLFile.tlv", a.cert, a.key, &m, 1), *offered = plain("ITLFile.tlv", &b);
    const struct accept_held held = {.itl = itl, .tvs = &known};
    struct accept_result r;

    (void)state;
    cert_free(&offered->records[0].cert);
    accept_list(&held, offered, &r);
    assert_int_equal(r.verdict, ACCEPT_REFUSED);
    assert_string_equal(r.rule, "3.8");
    ctl_list_free(&itl);
    ctl_list_free(&offered);
}

static void a_model_without_security_by_default_knows_no_itl(void **state)
{
    const struct ctl_member with_tvs = {.cert = tvs.cert, .role = ROLE_TVS};
    struct ctl_list *ctl = plain("CTLFile.tlv", &a), *itl = lab_signed("ITLFile.tlv", b.cert, b.key, &with_tvs, 1),
                    *by_b = plain("CTLFile.tlv", &b), *itl_by_a = plain("ITLFile.tlv", &a);
    struct accept_held held = {.ctl = ctl, .itl = itl, .no_security_by_default = true};
    struct accept_result r;

    (void)state;
    accept_list(&held, itl_by_a, &r);
    assert_int_equal(r.verdict, ACCEPT_IGNORED);
    assert_string_equal(r.rule, "2.3");
    accept_list(&held, by_b, &r); /* neither the SAST of the ITL nor its TVS helps */
    assert_int_equal(r.verdict, ACCEPT_REFUSED);
    assert_string_equal(r.rule, "3.6");
    held.ctl = NULL;
    accept_list(&held, by_b, &r);
    assert_int_equal(r.verdict, ACCEPT_FIRST_TRUST);
    ctl_list_free(&ctl);
    ctl_list_free(&itl);
    ctl_list_free(&by_b);
    ctl_list_free(&itl_by_a);
}

static void verdicts_have_words(void **state)
{
    (void)state;
    assert_string_equal(accept_word(ACCEPT_YES), "accepted");
    assert_string_equal(accept_word(ACCEPT_IGNORED), "ignored");
    assert_string_equal(accept_word(ACCEPT_FIRST_TRUST), "first-trust");
    assert_string_equal(accept_word(ACCEPT_IF_TVS), "tvs");
    assert_string_equal(accept_word(ACCEPT_REFUSED), "refused");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_phone_without_lists_takes_the_first),
        cmocka_unit_test(a_blank_itl_gives_way_to_any_itl_unless_there_is_a_ctl),
        cmocka_unit_test(a_list_with_a_bad_signature_is_refused_by_everyone),
        cmocka_unit_test(a_list_without_its_signer_is_refused),
        cmocka_unit_test(an_anchor_in_the_ctl_or_the_itl_is_enough),
        cmocka_unit_test(an_anchor_that_is_held_as_a_hash_counts),
        cmocka_unit_test(a_signer_without_certificate_is_known_by_its_number),
        cmocka_unit_test(a_signer_without_certificate_is_not_known_by_its_number_alone),
        cmocka_unit_test(a_tftp_server_may_sign),
        cmocka_unit_test(other_roles_of_the_signer_count_for_nothing),
        cmocka_unit_test(the_key_that_is_held_decides),
        cmocka_unit_test(the_key_of_a_tftp_server_decides_too),
        cmocka_unit_test(a_tvs_of_the_held_itl_can_vouch),
        cmocka_unit_test(without_a_tvs_an_unknown_signer_is_refused),
        cmocka_unit_test(a_tvs_counts_only_when_the_phone_knows_it_and_it_knows_the_signer),
        cmocka_unit_test(a_signer_without_certificate_is_vouched_for_by_nobody),
        cmocka_unit_test(a_model_without_security_by_default_knows_no_itl),
        cmocka_unit_test(verdicts_have_words),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
