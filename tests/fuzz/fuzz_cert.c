/* What the walk takes for a certificate has the parts that the library sees, if the library can decode it. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include <libcert/cert.h>
#include <libcert/name.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool good)
{
    if (!good)
        abort();
}

static void check_encoding(struct bytes_view ours, unsigned char *der, int len)
{
    check(len > 0 && bytes_equal(ours, (struct bytes_view){der, (size_t)len}));
    OPENSSL_free(der);
}

static void check_serial(const struct cert *c, X509 *x)
{
    BIGNUM *ours = BN_bin2bn(cert_serial(c).data, (int)cert_serial(c).len, NULL);
    BIGNUM *theirs = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);

    check(cert_serial(c).len > 0 && BN_ucmp(ours, theirs) == 0);
    BN_free(ours);
    BN_free(theirs);
}

static void check_bits(struct bytes_view ours, const ASN1_BIT_STRING *theirs)
{
    check(bytes_equal(ours, (struct bytes_view){ASN1_STRING_get0_data(theirs), (size_t)ASN1_STRING_length(theirs)}));
}

/* The key is compared in parts: odd parameters do not survive the library's own encoding. */
static void check_library(const struct cert *c, X509 *x)
{
    const ASN1_BIT_STRING *signature;
    ASN1_OBJECT *algorithm;
    unsigned char *der = NULL;
    int len = i2d_X509_NAME(X509_get_subject_name(x), &der);

    check_encoding(cert_subject_der(c), der, len);
    der = NULL;
    len = i2d_X509_NAME(X509_get_issuer_name(x), &der);
    check_encoding(cert_issuer_der(c), der, len);
    X509_get0_signature(&signature, NULL, x);
    check_bits(cert_signature_bits(c), signature);
    check_bits(cert_public_key_bits(c), X509_get0_pubkey_bitstr(x));
    check(X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, X509_get_X509_PUBKEY(x)) == 1);
    check((cert_key_type(c) == CERT_KEY_RSA) == (OBJ_obj2nid(algorithm) == NID_rsaEncryption));
    check((cert_key_type(c) == CERT_KEY_EC) == (OBJ_obj2nid(algorithm) == NID_X9_62_id_ecPublicKey));
    check_serial(c, x);
    (void)cert_verify_signed_by(c, c); /* either answer is fine */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct vox_error err = {0};
    struct cert *c;
    char text[64], *name;

    if (cert_from_der(data, len, &c, &err) != VOX_OK) {
        check(c == NULL && err.text[0] != '\0' && ERR_peek_error() == 0);
        return 0;
    }
    check(bytes_equal(cert_der(c), (struct bytes_view){data, len}));
    cert_key_text(c, text, sizeof text);
    check(text[0] != '\0');
    check((cert_rsa_bits(c) == 0) || cert_key_type(c) == CERT_KEY_RSA);
    check(name_text(cert_subject_der(c), NAME_VENDOR, &name, &err) == VOX_OK);
    free(name);
    if (cert_x509(c) != NULL)
        check_library(c, cert_x509(c));
    check(cert_same(c, c) && cert_same_key(c, c) && cert_same_issuer_serial(c, c));
    check(ERR_peek_error() == 0);
    cert_free(&c);
    return 0;
}
