#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <libcert/cert.h>

void cert_sha256(const struct cert *c, uint8_t out[static CERT_SHA256_LEN])
{
    struct bytes_view der = cert_der(c);

    if (EVP_Q_digest(NULL, "SHA256", NULL, der.data, der.len, out, NULL) <= 0) {
        ERR_clear_error();
        memset(out, 0, CERT_SHA256_LEN); /* out of memory: a digest that no certificate has */
    }
}

void cert_fingerprint(const struct cert *c, char out[static CERT_FINGERPRINT_MAX])
{
    uint8_t digest[CERT_SHA256_LEN];

    cert_sha256(c, digest);
    hex_encode(digest, sizeof digest, out);
}

bool cert_same(const struct cert *a, const struct cert *b)
{
    return a == b || bytes_equal(cert_der(a), cert_der(b));
}

bool cert_same_issuer_serial(const struct cert *a, const struct cert *b)
{
    return bytes_equal(cert_issuer_der(a), cert_issuer_der(b)) && bytes_equal(cert_serial(a), cert_serial(b));
}

bool cert_same_key(const struct cert *a, const struct cert *b)
{
    return bytes_equal(cert_spki_der(a), cert_spki_der(b));
}

bool cert_self_issued(const struct cert *c)
{
    return bytes_equal(cert_subject_der(c), cert_issuer_der(c));
}

/* A key of a token's own method cannot be compared by the library: compare what it writes out. */
static bool same_encoding(const EVP_PKEY *a, const EVP_PKEY *b)
{
    unsigned char *da = NULL, *db = NULL;
    int la = i2d_PUBKEY(a, &da), lb = i2d_PUBKEY(b, &db);
    bool same = la > 0 && la == lb && memcmp(da, db, (size_t)la) == 0;

    OPENSSL_free(da);
    OPENSSL_free(db);
    return same;
}

bool cert_key_matches(const struct cert *c, const EVP_PKEY *key)
{
    EVP_PKEY *own = cert_key(c);
    int rc;
    bool same;

    if (own == NULL || key == NULL)
        return false;
    rc = EVP_PKEY_eq(own, key); /* 1 equal, 0 different, -1 another kind, -2 cannot say */
    same = rc == 1 || (rc == -2 && same_encoding(own, key));
    ERR_clear_error();
    return same;
}

bool cert_verify_signed_by(const struct cert *c, const struct cert *issuer)
{
    X509 *x = cert_x509(c);
    EVP_PKEY *key = cert_key(issuer);
    bool good = x != NULL && key != NULL && X509_verify(x, key) > 0;

    ERR_clear_error();
    return good;
}
