/* Proofs: signatures, names, precedence, SUDI. */
#include "world.h"

static void certificates_that_are_right(void **state)
{
    EVP_PKEY *const keys[] = {rsa_key, ec_key};
    struct capf_proof_result r;
    char fingerprint[CERT_FINGERPRINT_MAX];

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct cert *const certs[] = {lsc(PHONE, keys[k]), lsc("CP-8841-" PHONE, keys[k]), mic(PHONE, keys[k]),
                                      mic("CP-7945G-GE-" PHONE, keys[k])};

        for (size_t i = 0; i < 4; i++) {
            struct cert *c = certs[i];

            assert_int_equal(ask(c, keys[k], &usual_ask, &r), VOX_OK);
            assert_int_equal(r.kind, i < 2 ? CAPF_LSC : CAPF_MIC); /* the issuer decides, not what the phone says */
            assert_false(r.sudi);
            cert_fingerprint(c, fingerprint);
            assert_string_equal(r.fingerprint, fingerprint);
            cert_free(&c);
        }
    }
}

static void precedence(void **state)
{
    static const struct ask by_mic = {.mode = PHONE_BY_MIC}, soft = {.mode = PHONE_BY_MIC, .device = "CSFJDOE"},
                            by_null = {.mode = PHONE_BY_NULL};
    static const char *const no_mac[] = {"SEP00112233445G", "SEPG01122334455", "SEP00112233445", "CSF001122334455"};
    struct cert *l = lsc(PHONE, ec_key), *m = mic(PHONE, ec_key), *s = lsc("CSFJDOE", ec_key);

    (void)state;
    assert_int_equal(ask(m, ec_key, &by_mic, NULL), VOX_OK);
    assert_refused(l, ec_key, &by_mic, "MIC has precedence");
    assert_int_equal(ask(s, ec_key, &soft, NULL), VOX_OK); /* a softphone has no MIC */
    for (size_t i = 0; i < sizeof no_mac / sizeof *no_mac; i++) {
        const struct ask a = {.mode = PHONE_BY_MIC, .device = no_mac[i]};
        struct cert *c = lsc(no_mac[i], ec_key);

        assert_int_equal(ask(c, ec_key, &a, NULL), VOX_OK);
        cert_free(&c);
    }
    assert_refused(l, ec_key, &by_null, "another way");
    cert_free(&l);
    cert_free(&m);
    cert_free(&s);
}

/* {certificate} x {whose}: none of one device serves another. */
static void certificates_of_others(void **state)
{
    static const char *const names[] = {
        "SEP001122334456",
        "sep001122334455",
        "SEP00112233445",
        "SEP0011223344555",
        "CP-8841-SEP001122334456",
        "CP--" PHONE,
        "CP-" PHONE,
        "XX-8841-" PHONE,
        "cp-8841-" PHONE,
        PHONE " ",
        "CP-8841-" PHONE "-",
        "8841-" PHONE,
        "*",
        "-" PHONE,
        "CAPF-12345678",
        "CP-8841-" PHONE "-SEP001122334456",
    };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct cert *l = lsc(names[i], ec_key), *m = mic(names[i], ec_key);

        assert_refused(l, ec_key, &usual_ask, "another device's");
        assert_refused(m, ec_key, &usual_ask, "another device's");
        cert_free(&l);
        cert_free(&m);
    }
    struct cert *hyphen = lsc("CP-8841-A-B", ec_key);
    static const struct ask b = {.device = "B"}, ab = {.device = "A-B"};
    assert_int_equal(ask(hyphen, ec_key, &b, NULL), VOX_OK); /* the part after the last '-', no other */
    assert_refused(hyphen, ec_key, &ab, "another device's");
    assert_int_equal(capf_name_check(hyphen, "", NULL), VOX_E_NO);
    cert_free(&hyphen);
    struct cert *nobody = lsc("CP-8841-", ec_key); /* the CN of nobody is not nobody's certificate */
    assert_int_equal(capf_name_check(nobody, "", NULL), VOX_E_NO);
    cert_free(&nobody);
}

/* A device with a weak key: whoever can compute it is the device. */
static void weak_keys(void **state)
{
    struct cert *c = lsc(PHONE, small_key);
    struct cert *const issuers[] = {capf};
    const struct capf_trust trust = {.issuers = issuers, .nissuers = 1};
    const struct capf_proof_params p = {.device = PHONE, .mode = PHONE_BY_LSC, .trust = &trust, .now = now};
    const uint8_t sig[128] = {1};
    struct capf_message m = {
        .present = 1u << CAPF_CERTIFICATE | 1u << CAPF_SIGNED_DATA,
        .certificate = cert_der(c),
        .signed_data = {sig, sizeof sig},
    };
    struct capf_proof_result r;

    (void)state;
    assert_int_equal(capf_proof_check(&m, &p, &r, &why), VOX_E_NO);
    assert_non_null(strstr(why.text, "exponent"));
    assert_string_equal(r.fingerprint, "");
    cert_free(&c);

    EVP_PKEY *koblitz = EVP_EC_gen("secp256k1"); /* a curve that phones do not have */
    c = lsc(PHONE, koblitz);
    assert_refused(c, koblitz, &usual_ask, "secp256k1");
    cert_free(&c);
    EVP_PKEY_free(koblitz);
}

/* Elements that are missing, swapped or of another device. */
static void signatures(void **state)
{
    struct cert *c = lsc(PHONE, rsa_key), *mine = lsc("SEP000000000001", ec_key);
    struct cert *const issuers[] = {capf};
    const struct capf_trust trust = {.issuers = issuers, .nissuers = 1};
    const struct capf_proof_params p = {.device = PHONE, .mode = PHONE_BY_LSC, .trust = &trust, .now = now};
    const struct capf_identity id = {.cert = c, .kind = CAPF_LSC, .key = rsa_key};
    const struct capf_proof_params *asked = &p;
    struct capf_message good = {0}, m;
    struct capf_credentials a, b;
    struct capf_proof_result r;

    (void)state;
    assert_int_equal(capf_credentials_make(PHONE, &id, &good, &a, &why), VOX_OK);
    assert_int_equal(capf_proof_check(&good, &p, &r, &why), VOX_OK);
#define ASSERT_NO(words)                                                   \
    do {                                                                   \
        assert_int_equal(capf_proof_check(&m, asked, &r, &why), VOX_E_NO); \
        if (strstr(why.text, words) == NULL)                               \
            fail_msg("\"%s\" does not say \"%s\"", why.text, words);       \
    } while (0)
    for (int mode = 0; mode < PHONE_PROOF_COUNT + 1; mode++) { /* a proof that nobody asked for */
        struct capf_proof_params q = p;

        q.mode = (enum phone_proof)mode;
        asked = &q;
        m = good;
        if (mode != PHONE_BY_LSC)
            ASSERT_NO(mode == PHONE_BY_MIC ? "MIC has precedence" : "another way");
    }
    asked = &p;
    m = good; /* one of both is enough */
    m.present &= ~(1u << CAPF_SIGNED_DATA);
    assert_int_equal(capf_proof_check(&m, &p, &r, &why), VOX_OK);
    m.present &= ~(1u << CAPF_SHA2_SIGNED_DATA);
    ASSERT_NO("neither SIGNED_DATA nor");
    m = good;
    m.present &= ~(1u << CAPF_SHA2_SIGNED_DATA);
    assert_int_equal(capf_proof_check(&m, &p, &r, &why), VOX_OK);
    m = good;
    m.present &= ~(1u << CAPF_CERTIFICATE);
    ASSERT_NO("CERTIFICATE: missing");
    for (unsigned digest = 0; digest < 256; digest++) { /* another digest than that of the signature */
        m = good;
        m.sha2_digest = (uint8_t)digest;
        if (digest != 3)
            ASSERT_NO("SHA2_SIGNED_DATA");
    }
    m = good; /* a right one beside a wrong one */
    m.signed_data = good.sha2_signed_data;
    ASSERT_NO("SIGNED_DATA");
    m = good;
    m.sha2_signed_data = good.signed_data;
    ASSERT_NO("SHA2_SIGNED_DATA");
    m = good;
    m.certificate = cert_der(mine);
    ASSERT_NO("another device's");
    m = good;
    m.certificate.len--;
    ASSERT_NO("CERTIFICATE");
    m.certificate.len = 0;
    ASSERT_NO("CERTIFICATE");
    {
        /* made for another name: the text begins with the name */
        assert_int_equal(capf_credentials_make("SEP000000000001", &id, &m, &b, &why), VOX_OK);
        ASSERT_NO("SIGNED_DATA");
        capf_credentials_clear(&b);
    }
    m = good; /* the same of a SUDI: each of both counts */
    m.present |= 1u << CAPF_SUDI_DATA;
    m.sudi_certificate = cert_der(c);
    m.sudi_sha512 = good.sha2_signed_data;
    ASSERT_NO("SUDI_DATA");
    m.sudi_sha1 = good.signed_data;
    m.sudi_sha512.len = 0;
    ASSERT_NO("SUDI_DATA");
    capf_credentials_clear(&a);
    cert_free(&c);
    cert_free(&mine);
}

static void sudi(void **state)
{
    struct cert *l = lsc(PHONE, ec_key), *m = mic("CP-8841-" PHONE, rsa_key), *other = mic("SEP999999999999", rsa_key);
    struct cert *own = lsc(PHONE, rsa_key), *ec = mic(PHONE, ec_key);
    struct cert *unknown = make(&(struct like){.cn = PHONE, .issuer = "Nobody", .key = rsa_key, .by = rogue_key});
    struct cert *rogue = make(&(struct like){.cn = PHONE, .issuer = "Maker", .key = rsa_key, .by = rogue_key});
    struct cert *old = make(
        &(struct like){.cn = PHONE, .issuer = "Maker", .key = rsa_key, .by = mid_key, .from = -9 * day, .to = -day});
    struct cert *rogue_lsc = make(&(struct like){.cn = PHONE, .issuer = "CAPF", .key = rsa_key, .by = rogue_key});
    struct ask a = {.sudi = m, .sudi_key = rsa_key, .signed_session = 0x01020304, .session = 0x01020304};
    struct capf_proof_result r;

    (void)state;
    assert_int_equal(ask(l, ec_key, &a, &r), VOX_OK);
    assert_true(r.sudi);
    for (uint32_t bit = 0; bit < 32; bit++) { /* replayed in another session */
        a.session = a.signed_session ^ UINT32_C(1) << bit;
        assert_refused(l, ec_key, &a, "SUDI_DATA: the signature is not valid");
    }
    a.session = 0x04030201; /* the other order of bytes */
    assert_refused(l, ec_key, &a, "SUDI_DATA");
    a.session = a.signed_session;
    a.sudi = other;
    assert_refused(l, ec_key, &a, "another device's");
    a.sudi = rogue;
    assert_refused(l, ec_key, &a, "whose key did not sign it");
    a.sudi = rogue_lsc;
    assert_refused(l, ec_key, &a, "whose key did not sign it");
    a.sudi = old;
    assert_refused(l, ec_key, &a, "ended on");
    a.accept_expired = true;
    assert_int_equal(ask(l, ec_key, &a, &r), VOX_OK);
    assert_true(r.sudi);
    a.sudi = unknown; /* says nothing, does no harm */
    assert_int_equal(ask(l, ec_key, &a, &r), VOX_OK);
    assert_false(r.sudi);
    a.sudi = own; /* some clients show their LSC again */
    assert_int_equal(ask(own, rsa_key, &a, &r), VOX_OK);
    assert_false(r.sudi);
    a.sudi = ec; /* not RSA: left out */
    a.sudi_key = ec_key;
    a.session = 5;
    assert_int_equal(ask(l, ec_key, &a, &r), VOX_OK);
    assert_false(r.sudi);
    cert_free(&l);
    cert_free(&m);
    cert_free(&other);
    cert_free(&own);
    cert_free(&ec);
    cert_free(&unknown);
    cert_free(&rogue);
    cert_free(&rogue_lsc);
    cert_free(&old);
}

/* The session is signed little-endian, unlike every other number. */
static void what_a_sudi_signs(void **state)
{
    struct cert *l = lsc(PHONE, ec_key), *s = mic(PHONE, rsa_key);
    const struct capf_identity id = {.cert = l, .kind = CAPF_LSC, .key = ec_key, .sudi = s, .sudi_key = rsa_key};
    const uint8_t session[] = {0x44, 0x33, 0x22, 0x11};
    const struct bytes_view text[] = {{session, 4}, cert_der(s)};
    struct capf_message m = {.session = 0x11223344};
    struct capf_credentials c;

    (void)state;
    assert_int_equal(capf_credentials_make(PHONE, &id, &m, &c, &why), VOX_OK);
    assert_int_equal(capf_bare_verify(rsa_key, EVP_sha1(), text, 2, m.sudi_sha1, &why), VOX_OK);
    assert_int_equal(capf_bare_verify(rsa_key, EVP_sha512(), text, 2, m.sudi_sha512, &why), VOX_OK);
    capf_credentials_clear(&c);
    cert_free(&l);
    cert_free(&s);
}

/* A SUDI with two signatures: one that is right does not cover for one that is wrong. */
static void each_signature_of_a_sudi_counts(void **state)
{
    struct cert *l = lsc(PHONE, ec_key), *s = mic(PHONE, rsa_key);
    struct cert *const issuers[] = {capf}, *const roots[] = {mid, root};
    const struct capf_trust trust = {.issuers = issuers, .nissuers = 1, .mic_roots = roots, .nmic_roots = 2};
    const struct capf_proof_params p = {
        .device = PHONE, .mode = PHONE_BY_LSC, .trust = &trust, .now = now, .session = 7};
    const struct capf_identity id = {.cert = l, .kind = CAPF_LSC, .key = ec_key, .sudi = s, .sudi_key = rsa_key};
    struct capf_message good = {.session = 7}, earlier = {.session = 6}, m;
    struct capf_credentials a, b;
    struct capf_proof_result r;

    (void)state;
    assert_int_equal(capf_credentials_make(PHONE, &id, &good, &a, &why), VOX_OK);
    assert_int_equal(capf_credentials_make(PHONE, &id, &earlier, &b, &why), VOX_OK);
    assert_int_equal(capf_proof_check(&good, &p, &r, &why), VOX_OK);
    assert_true(r.sudi);
    for (int which = 0; which < 2; which++) {
        m = good; /* alone it is enough */
        *(which == 0 ? &m.sudi_sha512 : &m.sudi_sha1) = (struct bytes_view){NULL, 0};
        assert_int_equal(capf_proof_check(&m, &p, &r, &why), VOX_OK);
        assert_true(r.sudi);
        m = good; /* replayed from an earlier session, beside one of this session */
        *(which == 0 ? &m.sudi_sha1 : &m.sudi_sha512) = which == 0 ? earlier.sudi_sha1 : earlier.sudi_sha512;
        assert_int_equal(capf_proof_check(&m, &p, &r, &why), VOX_E_NO);
        assert_non_null(strstr(why.text, "SUDI_DATA: the signature is not valid"));
        assert_false(r.sudi);
    }
    capf_credentials_clear(&a);
    capf_credentials_clear(&b);
    cert_free(&l);
    cert_free(&s);
}

static void keys_of_others_make_no_credentials(void **state)
{
    struct cert *l = lsc(PHONE, ec_key);
    const struct capf_identity wrong = {.cert = l, .kind = CAPF_LSC, .key = rsa_key},
                               wrong_sudi = {
                                   .cert = l, .kind = CAPF_LSC, .key = ec_key, .sudi = l, .sudi_key = rsa_key};
    struct capf_message m = {0};
    struct capf_credentials c;

    (void)state;
    assert_int_equal(capf_credentials_make(PHONE, &wrong, &m, &c, &why), VOX_E_INPUT);
    assert_int_equal(capf_credentials_make(PHONE, &wrong_sudi, &m, &c, &why), VOX_E_INPUT);
    assert_int_equal(m.present, 0);
    cert_free(&l);
}

static void names_of_devices_are_checked_first(void **state)
{
    static const char *const bad[] = {"", "../x", "sep001122334455", "SEP0011223344556", "A B"};
    const struct capf_trust trust = {0};
    struct capf_message m = {0};
    struct capf_proof_result r;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct capf_proof_params p = {.device = bad[i], .mode = PHONE_BY_LSC, .trust = &trust, .now = now};

        assert_int_equal(capf_proof_check(&m, &p, &r, &why), VOX_E_NO);
        assert_non_null(strstr(why.text, "DEVICE_NAME"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_that_are_right),
        cmocka_unit_test(precedence),
        cmocka_unit_test(certificates_of_others),
        cmocka_unit_test(weak_keys),
        cmocka_unit_test(signatures),
        cmocka_unit_test(sudi),
        cmocka_unit_test(what_a_sudi_signs),
        cmocka_unit_test(each_signature_of_a_sudi_counts),
        cmocka_unit_test(keys_of_others_make_no_credentials),
        cmocka_unit_test(names_of_devices_are_checked_first),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
