/* Whose certificates are believed: leaves, chains, dates, digests. */
#include "world.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "proof_chain.h"

/* Certificates that are wrong in one thing, whoever issued them. */
static void wrong_leaves(void **state)
{
    const struct {
        struct like like;
        const char *why;
    } cases[] = {
        {{.from = -2 * day, .to = -day}, "ended on"},
        {{.from = day, .to = 2 * day}, "not valid before"},
        {{.ca = true}, "CA's"},
        {{.constraints = "critical,CA:TRUE", .usage = "critical,digitalSignature"}, "CA's"},
        {{.constraints = "", .usage = "critical,keyCertSign,digitalSignature"}, "CA's"},
        {{.usage = "critical,keyEncipherment"}, "no digitalSignature"},
        {{.extended = "codeSigning"}, "extended key usage"},
        {{.extended = "emailProtection,OCSPSigning"}, "extended key usage"},
        {{.more = "critical,requireExplicitPolicy:0"}, NULL}, /* known to the library */
        {{.comment = "hello"}, NULL},
        {{.comment = "critical,hello"}, "critical extension that is not known"},
        {{.twice = true}, "stands twice"},
        {{.md = EVP_md5()}, "MD5"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int maker = 0; maker < 2; maker++) {
            struct like l = cases[i].like;
            struct cert *c;

            l.cn = PHONE;
            l.issuer = maker ? "Maker" : "CAPF";
            l.key = ec_key;
            l.by = maker ? mid_key : ca_key;
            c = make(&l);
            if (cases[i].why == NULL)
                assert_int_equal(ask(c, ec_key, &usual_ask, NULL), VOX_OK);
            else
                assert_refused(c, ec_key, &usual_ask, cases[i].why);
            cert_free(&c);
        }
    }
}

static void usages_that_fit(void **state)
{
    static const char *const fitting[] = {"clientAuth", "serverAuth,clientAuth,1.3.6.1.5.5.7.3.5", "1.3.6.1.5.5.7.3.5",
                                          "anyExtendedKeyUsage"};

    (void)state;
    for (size_t i = 0; i < sizeof fitting / sizeof *fitting; i++) {
        struct cert *c = make(&(struct like){.cn = PHONE,
                                             .issuer = "CAPF",
                                             .key = ec_key,
                                             .by = ca_key,
                                             .extended = fitting[i],
                                             .usage = "",
                                             .constraints = ""});

        assert_int_equal(ask(c, ec_key, &usual_ask, NULL), VOX_OK);
        cert_free(&c);
    }
}

/* A key of 4,104 bits that nobody has: the modulus is made up. */
static void larger_keys_than_phones_have(void **state)
{
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;
    BIGNUM *n = BN_new(), *e = BN_new();
    const uint8_t sig[513] = {0};
    const struct bytes_view text = {sig, 1};
    OSSL_PARAM *params;
    struct cert *c;

    (void)state;
    assert_true(BN_rand(n, 4104, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) > 0 && BN_set_word(e, 65537) > 0);
    assert_true(OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) > 0 &&
                OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e) > 0);
    assert_non_null(params = OSSL_PARAM_BLD_to_param(b));
    assert_true(EVP_PKEY_fromdata_init(ctx) > 0 && EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) > 0);
    c = lsc(PHONE, key);
    assert_int_equal(capf_leaf_check(c, &why), VOX_E_NO);
    assert_non_null(strstr(why.text, "4104 bits"));
    /* and the check of signatures has no room for one */
    assert_int_equal(capf_bare_verify(key, EVP_sha1(), &text, 1, (struct bytes_view){sig, sizeof sig}, &why), VOX_E_NO);
    assert_non_null(strstr(why.text, "513 bytes makes no such signature"));
    cert_free(&c);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    BN_free(n);
    BN_free(e);
}

/* Of an LSC and of a manufacturer's: the first and the last second count, of the issuer too; only what a manufacturer
 * made may have ended, when that is allowed. That CAPF's own certificate stands in CAPF-trust makes it none. */
static void to_the_second(void **state)
{
    static const struct {
        const char *issuer;     /* of the phone's certificate */
        int64_t from, to;       /* of that */
        int64_t ca_from, ca_to; /* of its issuer's */
    } worlds[] = {
        {"CAPF", -100, 100, -1000, 1000},
        {"CAPF", -1000, 1000, -100, 100},
        {"Maker", -100, 100, -1000, 1000},
        {"Maker", -1000, 1000, -100, 100},
    };
    static const struct {
        int64_t at;
        bool good, good_when_accepted;
    } moments[] = {{-101, false, false}, {-100, true, true}, {0, true, true}, {100, true, true}, {101, false, true}};

    (void)state;
    for (size_t w = 0; w < sizeof worlds / sizeof *worlds; w++) {
        const bool maker = worlds[w].issuer[0] == 'M';
        struct cert *ca = make(&(struct like){.cn = worlds[w].issuer,
                                              .issuer = maker ? "Root" : "CAPF",
                                              .key = maker ? mid_key : ca_key,
                                              .by = maker ? root_key : ca_key,
                                              .ca = true,
                                              .from = worlds[w].ca_from,
                                              .to = worlds[w].ca_to});
        struct cert *c = make(&(struct like){.cn = PHONE,
                                             .issuer = worlds[w].issuer,
                                             .key = ec_key,
                                             .by = maker ? mid_key : ca_key,
                                             .from = worlds[w].from,
                                             .to = worlds[w].to});
        struct cert *const issuers[] = {maker ? capf : ca}, *const roots[] = {ca, root};

        for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
            for (int accept = 0; accept < 2; accept++) {
                const struct capf_trust trust = {.issuers = issuers,
                                                 .nissuers = 1,
                                                 .mic_roots = roots,
                                                 .nmic_roots = 2,
                                                 .accept_expired_mic = accept != 0};
                const struct capf_proof_params p = {
                    .device = PHONE, .mode = PHONE_BY_LSC, .trust = &trust, .now = now + moments[i].at};
                enum capf_certificate_type kind;
                const bool good = accept && maker ? moments[i].good_when_accepted : moments[i].good;

                if (capf_chain_check(c, &p, &kind, &why) != (good ? VOX_OK : VOX_E_NO))
                    fail_msg("world %zu at %d, accept %d: %s", w, (int)moments[i].at, accept,
                             good ? why.text : "taken");
            }
        }
        cert_free(&ca);
        cert_free(&c);
    }
}

/* CAPF's own key must not be one that others can compute. */
static void a_weak_issuer(void **state)
{
    struct cert *weak =
        make(&(struct like){.cn = "CAPF", .issuer = "CAPF", .key = small_key, .by = small_key, .ca = true});
    struct cert *c = make(&(struct like){.cn = PHONE, .issuer = "CAPF", .key = ec_key, .by = small_key});
    struct cert *const issuers[] = {weak};
    const struct capf_trust trust = {.issuers = issuers, .nissuers = 1};
    const struct capf_proof_params p = {.device = PHONE, .mode = PHONE_BY_LSC, .trust = &trust, .now = now};
    enum capf_certificate_type kind;

    (void)state;
    assert_int_equal(capf_chain_check(c, &p, &kind, &why), VOX_E_NO);
    assert_non_null(strstr(why.text, "is weak"));
    cert_free(&weak);
    cert_free(&c);
}

static void sha1_only_from_manufacturers(void **state)
{
    struct cert *c = make(&(struct like){.cn = PHONE, .issuer = "CAPF", .key = ec_key, .by = ca_key, .md = EVP_sha1()});

    (void)state;
    assert_refused(c, ec_key, &usual_ask, "SHA1");
    cert_free(&c);
}

static void issuers_that_nobody_knows(void **state)
{
    struct cert *const none[] = {root}, *const only_mid[] = {mid};
    const struct ask no_mid = {.roots = none, .nroots = 1}, no_root = {.roots = only_mid, .nroots = 1};
    struct cert *unknown = make(&(struct like){.cn = PHONE, .issuer = "Nobody", .key = ec_key, .by = rogue_key});
    struct cert *same_name = make(&(struct like){.cn = PHONE, .issuer = "CAPF", .key = ec_key, .by = rogue_key});
    struct cert *same_maker = make(&(struct like){.cn = PHONE, .issuer = "Maker", .key = ec_key, .by = rogue_key});
    struct cert *self = make(&(struct like){.cn = PHONE, .issuer = PHONE, .key = ec_key, .by = ec_key});
    struct cert *m = mic(PHONE, ec_key);

    (void)state;
    assert_refused(unknown, ec_key, &usual_ask, "neither CAPF nor in CAPF-trust");
    assert_refused(same_name, ec_key, &usual_ask, "whose key did not sign it");
    assert_refused(same_maker, ec_key, &usual_ask, "whose key did not sign it");
    assert_refused(self, ec_key, &usual_ask, "its own issuer");
    assert_refused(m, ec_key, &no_mid, "neither CAPF nor in CAPF-trust"); /* removed from the store */
    assert_refused(m, ec_key, &no_root, "not its issuer Root");
    cert_free(&unknown);
    cert_free(&same_name);
    cert_free(&same_maker);
    cert_free(&self);
    cert_free(&m);
}

/* CAPF's certificate was renewed under its name: both keys are looked at, in either order. */
static void issuers_of_one_name(void **state)
{
    struct cert *const with_rogue[] = {rogue_capf, mid, root};
    const struct ask a = {.roots = with_rogue, .nroots = 3};
    struct cert *old = make(&(struct like){.cn = PHONE, .issuer = "CAPF", .key = ec_key, .by = rogue_key});
    struct capf_proof_result r;

    (void)state;
    assert_int_equal(ask(old, ec_key, &a, &r), VOX_OK); /* CAPF-trust says that it is believed */
    assert_int_equal(r.kind, CAPF_MIC);
    cert_free(&old);
    /* of several that have the name the one counts that signed it, wherever it stands */
    struct cert *rogue_maker =
        make(&(struct like){.cn = "Maker", .issuer = "Root", .key = rogue_key, .by = root_key, .ca = true});
    struct cert *l = lsc(PHONE, ec_key), *m = mic(PHONE, ec_key);
    for (int first = 0; first < 2; first++) {
        struct cert *const issuers[] = {first ? rogue_capf : capf, first ? capf : rogue_capf};
        struct cert *const roots[] = {first ? rogue_maker : mid, root, first ? mid : rogue_maker};
        const struct capf_trust trust = {.issuers = issuers, .nissuers = 2, .mic_roots = roots, .nmic_roots = 3};
        const struct capf_proof_params p = {.device = PHONE, .mode = PHONE_BY_LSC, .trust = &trust, .now = now};
        enum capf_certificate_type kind;

        assert_int_equal(capf_chain_check(l, &p, &kind, &why), VOX_OK);
        assert_int_equal(kind, CAPF_LSC);
        assert_int_equal(capf_chain_check(m, &p, &kind, &why), VOX_OK);
        assert_int_equal(kind, CAPF_MIC);
    }
    cert_free(&rogue_maker);
    cert_free(&l);
    cert_free(&m);
}

static void chains(void **state)
{
    struct cert *long_mid[4], *leaf4, *leaf5, *no_ca, *ended, *weak, *flat, *m;
    EVP_PKEY *keys[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        keys[i] = EVP_EC_gen("P-256");
    long_mid[0] = make(&(struct like){.cn = "M0", .issuer = "Root", .key = keys[0], .by = root_key, .ca = true});
    long_mid[1] = make(&(struct like){.cn = "M1", .issuer = "M0", .key = keys[1], .by = keys[0], .ca = true});
    long_mid[2] = make(&(struct like){.cn = "M2", .issuer = "M1", .key = keys[2], .by = keys[1], .ca = true});
    leaf4 = make(&(struct like){.cn = PHONE, .issuer = "M1", .key = ec_key, .by = keys[1]});
    leaf5 = make(&(struct like){.cn = PHONE, .issuer = "M2", .key = ec_key, .by = keys[2]});
    {
        struct cert *const roots[] = {root, long_mid[0], long_mid[1], long_mid[2]};
        const struct ask a = {.roots = roots, .nroots = 4};

        assert_int_equal(ask(leaf4, ec_key, &a, NULL), VOX_OK);
        assert_refused(leaf5, ec_key, &a, "more than 4 certificates");
    }
    /* an intermediate below one that allows none */
    flat = make(&(struct like){.cn = "M2", .issuer = "Maker", .key = keys[2], .by = mid_key, .ca = true});
    {
        struct cert *const roots[] = {root, mid, flat};
        const struct ask a = {.roots = roots, .nroots = 3};

        assert_refused(leaf5, ec_key, &a, "allows 0 CAs");
    }
    no_ca = make(&(struct like){.cn = "M2", .issuer = "Root", .key = keys[2], .by = root_key});
    ended = make(&(struct like){
        .cn = "M2", .issuer = "Root", .key = keys[2], .by = root_key, .ca = true, .from = -2 * day, .to = -day});
    weak =
        make(&(struct like){.cn = "M2", .issuer = "Root", .key = keys[2], .by = root_key, .ca = true, .md = EVP_md5()});
    m = make(&(struct like){.cn = "M2",
                            .issuer = "Root",
                            .key = keys[2],
                            .by = root_key,
                            .ca = true,
                            .usage = "critical,digitalSignature"});
    const struct {
        struct cert *c;
        const char *why;
    } cases[] = {{no_ca, "is no CA"}, {ended, "M2 ended on"}, {weak, "M2 is signed with MD5"}, {m, "is no CA"}};
    for (size_t i = 0; i < 4; i++) {
        struct cert *const roots[] = {root, cases[i].c};
        const struct ask a = {.roots = roots, .nroots = 2};

        if (ask(leaf5, ec_key, &a, NULL) == VOX_OK)
            fail_msg("accepted: %s", cases[i].why);
        if (i < 3)
            assert_non_null(strstr(why.text, cases[i].why));
    }
    for (int i = 0; i < 4; i++)
        EVP_PKEY_free(keys[i]);
    for (int i = 0; i < 3; i++)
        cert_free(&long_mid[i]);
    cert_free(&leaf4);
    cert_free(&leaf5);
    cert_free(&flat);
    cert_free(&no_ca);
    cert_free(&ended);
    cert_free(&weak);
    cert_free(&m);
}

static void manufacturers_that_have_ended(void **state)
{
    static const struct ask accept = {.accept_expired = true};
    struct cert *old_mid = make(&(struct like){
        .cn = "Maker", .issuer = "Root", .key = mid_key, .by = root_key, .ca = true, .from = -20 * day, .to = -day});
    struct cert *old_mic = make(
        &(struct like){.cn = PHONE, .issuer = "Maker", .key = ec_key, .by = mid_key, .from = -20 * day, .to = -day});
    struct cert *old_lsc =
        make(&(struct like){.cn = PHONE, .issuer = "CAPF", .key = ec_key, .by = ca_key, .from = -20 * day, .to = -day});
    struct cert *early =
        make(&(struct like){.cn = PHONE, .issuer = "Maker", .key = ec_key, .by = mid_key, .from = day, .to = 2 * day});
    struct cert *m = mic(PHONE, ec_key);
    struct cert *const roots[] = {root, old_mid};
    const struct ask strict = {.roots = roots, .nroots = 2},
                     lenient = {.roots = roots, .nroots = 2, .accept_expired = true};

    (void)state;
    assert_refused(m, ec_key, &strict, "Maker ended on");
    assert_int_equal(ask(m, ec_key, &lenient, NULL), VOX_OK);
    assert_refused(old_mic, ec_key, &usual_ask, "it ended on");
    assert_int_equal(ask(old_mic, ec_key, &accept, NULL), VOX_OK);
    assert_refused(old_lsc, ec_key, &accept, "ended on"); /* an LSC can be renewed */
    assert_refused(early, ec_key, &accept, "not valid before");
    cert_free(&old_mid);
    cert_free(&old_mic);
    cert_free(&old_lsc);
    cert_free(&early);
    cert_free(&m);
}

/* As that of the manufacturer whose phones are the most: RSA, exponent 3, SHA-1. */
static void a_root_with_a_small_exponent(void **state)
{
    struct cert *small = make(&(struct like){.cn = "Small",
                                             .issuer = "Small",
                                             .key = small_key,
                                             .by = small_key,
                                             .ca = true,
                                             .md = EVP_sha1(),
                                             .usage = "keyCertSign,cRLSign"});
    struct cert *below = make(&(struct like){
        .cn = "Maker", .issuer = "Small", .key = mid_key, .by = small_key, .ca = true, .md = EVP_sha1()});
    struct cert *m = mic("CP-7961G-" PHONE, rsa_key);
    struct cert *const roots[] = {small, below};
    const struct ask a = {.roots = roots, .nroots = 2, .mode = PHONE_BY_MIC};

    (void)state;
    assert_int_equal(ask(m, rsa_key, &a, NULL), VOX_OK);
    cert_free(&small);
    cert_free(&below);
    cert_free(&m);
}

static void roots_that_are_too_short(void **state)
{
    EVP_PKEY *key = EVP_RSA_gen(768);
    struct cert *small = make(&(struct like){.cn = "Small", .issuer = "Small", .key = key, .by = key, .ca = true});
    struct cert *m = make(&(struct like){.cn = PHONE, .issuer = "Small", .key = ec_key, .by = key});
    struct cert *const roots[] = {small};
    const struct ask a = {.roots = roots, .nroots = 1};

    (void)state;
    assert_refused(m, ec_key, &a, "has 768 bits");
    cert_free(&small);
    cert_free(&m);
    EVP_PKEY_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_leaves),
        cmocka_unit_test(usages_that_fit),
        cmocka_unit_test(larger_keys_than_phones_have),
        cmocka_unit_test(to_the_second),
        cmocka_unit_test(a_weak_issuer),
        cmocka_unit_test(sha1_only_from_manufacturers),
        cmocka_unit_test(issuers_that_nobody_knows),
        cmocka_unit_test(issuers_of_one_name),
        cmocka_unit_test(chains),
        cmocka_unit_test(manufacturers_that_have_ended),
        cmocka_unit_test(a_root_with_a_small_exponent),
        cmocka_unit_test(roots_that_are_too_short),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
