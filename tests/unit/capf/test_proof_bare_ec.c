/* ECDSA signatures of phones: numbers and encodings that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/ecdsa.h>

#include <capf/proof.h>

static EVP_PKEY *ec;
static const struct bytes_view text[] = {{(const uint8_t *)"SEP001122334455", 16},
                                         {(const uint8_t *)"certificate", 11}};

static int make_key(void **state)
{
    (void)state;
    ec = EVP_EC_gen("P-256");
    return ec == NULL;
}

static int free_key(void **state)
{
    (void)state;
    EVP_PKEY_free(ec);
    return 0;
}

static enum vox_err verify(EVP_PKEY *key, const EVP_MD *md, const uint8_t *sig, size_t len)
{
    struct vox_error err;

    return capf_bare_verify(key, md, text, 2, (struct bytes_view){sig, len}, &err);
}

#define assert_forgery(key, md, sig, len) assert_int_equal(verify(key, md, sig, len), VOX_E_NO)

/* DER of an ECDSA signature of two INTEGERs as they stand. */
static size_t ec_der(uint8_t *out, const uint8_t *r, size_t rlen, const uint8_t *s, size_t slen)
{
    uint8_t *p = out;

    *p++ = 0x30;
    *p++ = (uint8_t)(4 + rlen + slen);
    *p++ = 2;
    *p++ = (uint8_t)rlen;
    memcpy(p, r, rlen);
    p += rlen;
    *p++ = 2;
    *p++ = (uint8_t)slen;
    memcpy(p, s, slen);
    return (size_t)(p + slen - out);
}

static void ecdsa_numbers(void **state)
{
    static const char *const order = "00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    struct bytes n, sig;
    struct vox_error err;
    const uint8_t zero[] = {0}, one[] = {1}, minus_one[] = {0xff};
    uint8_t more[33], der[200];

    (void)state;
    assert_int_equal(hex_decode(order, &n, &err), VOX_OK);
    memcpy(more, n.data, 33);
    more[32]++;
    const struct bytes_view bad[] = {{zero, 1}, {minus_one, 1}, {n.data, n.len}, {more, 33}, {one, 1}, {one, 0}};
    for (size_t r = 0; r < 6; r++)
        for (size_t s = 0; s < 6; s++) {
            size_t len = ec_der(der, bad[r].data, bad[r].len, bad[s].data, bad[s].len);

            assert_forgery(ec, EVP_sha1(), der, len);
            assert_forgery(ec, EVP_sha512(), der, len);
        }
    assert_int_equal(capf_bare_sign(ec, EVP_sha512(), text, 2, &sig, &err), VOX_OK);
    for (size_t bit = 0; bit < 8 * sig.len; bit++) {
        sig.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_forgery(ec, EVP_sha512(), sig.data, sig.len);
        sig.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t len = 0; len < sig.len; len++)
        assert_forgery(ec, EVP_sha512(), sig.data, len);
    bytes_free(&n);
    bytes_free(&sig);
}

/* The right numbers in encodings that are not DER. */
static void ecdsa_encodings(void **state)
{
    const unsigned char *p;
    ECDSA_SIG *parsed;
    struct bytes sig;
    struct vox_error err;
    uint8_t der[200], r[40] = {0}, s[40] = {0};
    size_t rlen, slen;

    (void)state;
    assert_int_equal(capf_bare_sign(ec, EVP_sha1(), text, 2, &sig, &err), VOX_OK);
    p = sig.data;
    parsed = d2i_ECDSA_SIG(NULL, &p, (long)sig.len);
    assert_non_null(parsed);
    rlen = (size_t)BN_num_bytes(ECDSA_SIG_get0_r(parsed)) + 1;
    slen = (size_t)BN_num_bytes(ECDSA_SIG_get0_s(parsed)) + 1;
    (void)BN_bn2binpad(ECDSA_SIG_get0_r(parsed), r + 1, (int)rlen);
    (void)BN_bn2binpad(ECDSA_SIG_get0_s(parsed), s + 1, (int)slen);
    assert_forgery(ec, EVP_sha1(), der, ec_der(der, r, rlen + 1, s, slen + 1)); /* zeros too many */
    memcpy(der, sig.data, sig.len);
    der[sig.len] = 0;
    assert_forgery(ec, EVP_sha1(), der, sig.len + 1); /* bytes behind it */
    der[0] = 0x30;
    der[1] = 0x81;
    memcpy(der + 2, sig.data + 1, sig.len - 1);
    assert_forgery(ec, EVP_sha1(), der, sig.len + 1); /* long form of a short length */
    der[1] = 0x80;
    memcpy(der + 2, sig.data + 2, sig.len - 2);
    der[sig.len] = der[sig.len + 1] = 0;
    assert_forgery(ec, EVP_sha1(), der, sig.len + 2); /* indefinite length */
    assert_forgery(ec, EVP_sha1(), r + 1, 32);        /* bare numbers */
    ECDSA_SIG_free(parsed);
    bytes_free(&sig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ecdsa_numbers),
        cmocka_unit_test(ecdsa_encodings),
    };

    return cmocka_run_group_tests(tests, make_key, free_key);
}
