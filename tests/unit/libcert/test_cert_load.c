#include "x509_fixture.h"

static const char *const lab[] = {"app", "capf", "ccm", "phone-rsa", "sast", "sast2", "tftp", "tvs", "web-ec"};
enum { LAB = sizeof lab / sizeof lab[0] };

static struct bytes_view encoded(int len, unsigned char *der)
{
    assert_true(len > 0);
    return (struct bytes_view){der, (size_t)len};
}

/* The walk and the library see the same parts. */
static void test_parts_are_the_library_s(void **state)
{
    (void)state;
    for (size_t i = 0; i < LAB; i++) {
        struct cert *c = fixture_lab(lab[i]);
        X509 *x = cert_x509(c);
        unsigned char *der = NULL;
        const ASN1_BIT_STRING *sig;
        BIGNUM *serial;
        uint8_t magnitude[64];
        struct tm tm;
        int n;

        assert_non_null(x);
        n = i2d_X509_NAME(X509_get_subject_name(x), &der);
        assert_true(bytes_equal(cert_subject_der(c), encoded(n, der)));
        OPENSSL_free(der);
        der = NULL;
        n = i2d_X509_NAME(X509_get_issuer_name(x), &der);
        assert_true(bytes_equal(cert_issuer_der(c), encoded(n, der)));
        OPENSSL_free(der);
        der = NULL;
        n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
        assert_true(bytes_equal(cert_spki_der(c), encoded(n, der)));
        OPENSSL_free(der);
        X509_get0_signature(&sig, NULL, x);
        assert_true(bytes_equal(cert_signature_bits(c),
                                (struct bytes_view){ASN1_STRING_get0_data(sig), (size_t)ASN1_STRING_length(sig)}));
        sig = X509_get0_pubkey_bitstr(x);
        assert_true(bytes_equal(cert_public_key_bits(c),
                                (struct bytes_view){ASN1_STRING_get0_data(sig), (size_t)ASN1_STRING_length(sig)}));
        serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
        n = BN_bn2bin(serial, magnitude);
        assert_true(bytes_equal(cert_serial(c), (struct bytes_view){magnitude, (size_t)n}));
        BN_free(serial);
        assert_true(ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm));
        assert_int_equal(cert_not_after(c), timegm(&tm));
        assert_true(ASN1_TIME_to_tm(X509_get0_notBefore(x), &tm));
        assert_int_equal(cert_not_before(c), timegm(&tm));
        assert_non_null(cert_key(c));
        assert_ptr_equal(cert_x509(c), x); /* decoded once */
        cert_free(&c);
        assert_null(c);
    }
}

static void refused(const uint8_t *der, size_t len, const char *words)
{
    struct vox_error err = {0};
    struct cert *c = (struct cert *)1;

    assert_int_equal(cert_from_der(der, len, &c, &err), VOX_E_INPUT);
    assert_null(c);
    assert_non_null(strstr(err.text, words));
    assert_int_equal(ERR_peek_error(), 0);
}

static void test_truncated_and_longer(void **state)
{
    struct cert *c = fixture_lab("web-ec");
    struct bytes_view der = cert_der(c);
    uint8_t *copy = malloc(der.len + 1);

    (void)state;
    refused(NULL, 0, "empty");
    memcpy(copy, der.data, der.len);
    copy[der.len] = 0;
    for (size_t n = 1; n < der.len; n++) {
        uint8_t *exact = malloc(n); /* a sanitizer sees a read past it */

        memcpy(exact, der.data, n);
        refused(exact, n, "not exactly one DER certificate: RFC 5280 4.1");
        free(exact);
    }
    refused(copy, der.len + 1, "bytes after the certificate (byte 579 of 580)");
    free(copy);
    cert_free(&c);
}

/* What one flipped bit makes of it: nothing crashes, and what the walk takes stays usable without the library. */
static void test_flipped_bits(void **state)
{
    struct cert *c = fixture_lab("web-ec");
    struct bytes_view der = cert_der(c);
    uint8_t *copy = malloc(der.len);
    size_t taken = 0, undecodable = 0;

    (void)state;
    for (size_t bit = 0; bit < 8 * der.len; bit++) {
        struct cert *d;
        char text[64];

        memcpy(copy, der.data, der.len);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (cert_from_der(copy, der.len, &d, NULL) != VOX_OK)
            continue;
        taken++;
        undecodable += cert_x509(d) == NULL;
        cert_key_text(d, text, sizeof text);
        assert_true(text[0] != '\0');
        assert_false(cert_same(c, d));
        assert_false(cert_verify_signed_by(d, c)); /* nothing forged */
        assert_int_equal(ERR_peek_error(), 0);
        cert_free(&d);
    }
    assert_true(taken > 0 && taken < 8 * der.len);
    assert_true(undecodable < taken);
    free(copy);
    cert_free(&c);
}

/* A field of a certificate replaced: parts is SEQUENCE {tbs fields} in order. */
static size_t wrap(uint8_t id, const uint8_t *content, size_t len, uint8_t *out)
{
    unsigned char *p = out;

    ASN1_put_object(&p, (id & 0x20) != 0, (int)len, id & 0x1f, id & 0xc0);
    memcpy(p, content, len);
    return (size_t)(p - out) + len;
}

/* version serial alg issuer validity subject spki, with the serial number or validity given. */
static size_t build(const uint8_t *serial, size_t serial_len, const char *not_after, uint8_t *out)
{
    struct cert *c = fixture_lab("web-ec");
    static const uint8_t version[] = {0xa0, 3, 2, 1, 2};
    static const uint8_t alg[] = {0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2};
    uint8_t tbs[2048], whole[2048], field[128], sig[] = {0, 1, 2, 3};
    struct bytes_view issuer = cert_issuer_der(c), subject = cert_subject_der(c), spki = cert_spki_der(c);
    size_t n = 0, m = 0, v;

    memcpy(tbs, version, sizeof version);
    n += sizeof version;
    n += wrap(2, serial, serial_len, tbs + n);
    memcpy(tbs + n, alg, sizeof alg);
    n += sizeof alg;
    memcpy(tbs + n, issuer.data, issuer.len);
    n += issuer.len;
    v = wrap(0x17, (const uint8_t *)"200101000000Z", 13, field);
    v += wrap(strlen(not_after) == 13 ? 0x17 : 0x18, (const uint8_t *)not_after, strlen(not_after), field + v);
    n += wrap(0x30, field, v, tbs + n);
    memcpy(tbs + n, subject.data, subject.len);
    n += subject.len;
    memcpy(tbs + n, spki.data, spki.len);
    n += spki.len;
    m += wrap(0x30, tbs, n, whole);
    memcpy(whole + m, alg, sizeof alg);
    m += sizeof alg;
    m += wrap(3, sig, sizeof sig, whole + m);
    cert_free(&c);
    return wrap(0x30, whole, m, out);
}

static void test_serial_numbers(void **state)
{
    static const struct {
        uint8_t content[4];
        size_t len;
        uint8_t magnitude[4];
        size_t magnitude_len;
    } good[] = {
        {{0}, 1, {0}, 1},
        {{0x7f}, 1, {0x7f}, 1},
        {{0, 0x80}, 2, {0x80}, 1},
        {{0xff}, 1, {1}, 1},
        {{0x80}, 1, {0x80}, 1},
        {{0xff, 0x00}, 2, {1, 0}, 2},
        {{0xff, 0x7f}, 2, {0x81}, 1},
        {{0x80, 0x01}, 2, {0x7f, 0xff}, 2},
    };
    uint8_t der[4096], big[66] = {1};
    size_t n;
    struct cert *c;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        n = build(good[i].content, good[i].len, "400101000000Z", der);
        assert_int_equal(cert_from_der(der, n, &c, NULL), VOX_OK);
        assert_true(bytes_equal(cert_serial(c), (struct bytes_view){good[i].magnitude, good[i].magnitude_len}));
        cert_free(&c);
    }
    n = build(big, 64, "400101000000Z", der);
    assert_int_equal(cert_from_der(der, n, &c, NULL), VOX_OK);
    assert_int_equal(cert_serial(c).len, 64);
    cert_free(&c);
    refused(der, build(big, 65, "400101000000Z", der), "4.1.2.2: serialNumber");
    refused(der, build(big, 0, "400101000000Z", der), "4.1.2.2: serialNumber");
    refused(der, build((const uint8_t *)"\0\1", 2, "400101000000Z", der), "4.1.2.2: serialNumber");
    refused(der, build((const uint8_t *)"\xff\x80", 2, "400101000000Z", der), "4.1.2.2: serialNumber");
}

static void test_dates(void **state)
{
    uint8_t der[4096];
    struct cert *c;

    (void)state;
    assert_int_equal(cert_from_der(der, build((const uint8_t *)"\1", 1, "99991231235959Z", der), &c, NULL), VOX_OK);
    assert_int_equal(cert_not_after(c), INT64_C(253402300799));
    assert_int_equal(cert_not_before(c), 1577836800);
    cert_free(&c);
    refused(der, build((const uint8_t *)"\1", 1, "401301000000Z", der), "4.1.2.5: validity");
    refused(der, build((const uint8_t *)"\1", 1, "4001010000", der), "4.1.2.5: validity");
}

static void test_only_der(void **state)
{
    struct cert *c = fixture_lab("web-ec");
    struct bytes_view der = cert_der(c);
    uint8_t *copy = malloc(der.len + 2), *big = calloc(1, LIMIT_CERT_DER + 1);

    (void)state;
    /* Outer length 30 82 hh ll written as 30 83 00 hh ll. */
    memcpy(copy, "\x30\x83\x00", 3);
    memcpy(copy + 3, der.data + 2, der.len - 2);
    refused(copy, der.len + 1, "no SEQUENCE");
    memcpy(copy, "\x30\x80", 2); /* indefinite */
    memcpy(copy + 2, der.data + 4, der.len - 4);
    memcpy(copy + der.len - 2, "\0\0", 2);
    refused(copy, der.len, "no SEQUENCE");
    refused(big, LIMIT_CERT_DER + 1, "at most 61440");
    free(big);
    free(copy);
    cert_free(&c);
}

/* One more byte in the innermost place, with all lengths around it made to fit. */
static void test_bytes_after_the_last_field(void **state)
{
    uint8_t der[4096], longer[4096];
    size_t n = build((const uint8_t *)"\1", 1, "400101000000Z", der), tbs = 4 + 4 + ((size_t)der[6] << 8) + der[7];

    (void)state;
    assert_memory_equal(der, "\x30\x82", 2);
    assert_memory_equal(der + 4, "\x30\x82", 2);
    memcpy(longer, der, n);
    memcpy(longer + n, "\x05\x00", 2);
    longer[3] = (uint8_t)(longer[3] + 2);
    refused(longer, n + 2, "4.1.1: bytes after the signature (byte");
    memcpy(longer + tbs, "\x05\x00", 2);
    memcpy(longer + tbs + 2, der + tbs, n - tbs);
    longer[7] = (uint8_t)(longer[7] + 2);
    refused(longer, n + 2, "4.1.2.9: extensions"); /* the only field that can stand there */
    memcpy(longer + tbs, "\xa3\x00", 2);
    refused(longer, n + 2, "4.1.2.9: extensions");
}

/* The walk takes a name whose bytes are no UTF-8; the library does not decode it. Everything else answers. */
static void test_what_the_library_refuses(void **state)
{
    struct cert *good = fixture_lab("web-ec"), *c;
    struct bytes_view der = cert_der(good), subject = cert_subject_der(good);
    uint8_t *copy = malloc(der.len), fingerprint[CERT_SHA256_LEN];
    size_t at = (size_t)(subject.data - der.data);

    (void)state;
    memcpy(copy, der.data, der.len);
    for (size_t i = at; i < at + subject.len; i++)
        if (memcmp(copy + i, "vector", 6) == 0)
            copy[i] = 0xff;
    assert_int_equal(cert_from_der(copy, der.len, &c, NULL), VOX_OK);
    assert_null(cert_x509(c));
    assert_null(cert_key(c));
    assert_null(cert_x509(c)); /* still */
    assert_false(cert_verify_signed_by(c, good));
    assert_false(cert_verify_signed_by(good, c));
    assert_false(cert_key_matches(c, cert_key(good)));
    assert_int_equal(ERR_peek_error(), 0);
    assert_int_equal(cert_key_type(c), CERT_KEY_EC);
    cert_sha256(c, fingerprint);
    cert_free(&c);
    cert_free(&good);
    free(copy);
}

static void test_owners(void **state)
{
    struct cert *a = fixture_lab("sast"), *b = cert_ref(a), *none = NULL;

    (void)state;
    assert_ptr_equal(a, b);
    cert_free(&a);
    assert_null(a);
    assert_true(cert_der(b).len > 0);
    cert_free(&b);
    cert_free(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_are_the_library_s),
        cmocka_unit_test(test_truncated_and_longer),
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_serial_numbers),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_only_der),
        cmocka_unit_test(test_bytes_after_the_last_field),
        cmocka_unit_test(test_what_the_library_refuses),
        cmocka_unit_test(test_owners),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
