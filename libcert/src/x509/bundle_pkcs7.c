#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>

#include "x509/bundle_parts.h"

PKCS7 *bundle_read_pkcs7(struct bytes_view der)
{
    const unsigned char *p = der.data;
    PKCS7 *p7 = d2i_PKCS7(NULL, &p, (long)der.len);

    if (p7 != NULL && p != der.data + der.len) {
        PKCS7_free(p7);
        p7 = NULL;
    }
    ERR_clear_error();
    return p7;
}

enum vox_err bundle_take_pkcs7(struct bundle *b, const PKCS7 *p7, struct vox_error *err)
{
    const STACK_OF(X509) *certs = NULL;
    enum vox_err code = VOX_OK;

    if (OBJ_obj2nid(p7->type) == NID_pkcs7_signed && p7->d.sign != NULL)
        certs = p7->d.sign->cert;
    else if (OBJ_obj2nid(p7->type) != NID_pkcs7_signed)
        return vox_fail(err, VOX_E_INPUT, "PKCS#7 of a kind that holds no certificates: %s",
                        p7->type != NULL ? OBJ_nid2ln(OBJ_obj2nid(p7->type)) : "unknown");
    if (sk_X509_num(certs) <= 0)
        return vox_fail(err, VOX_E_INPUT, "PKCS#7 without a certificate in it");
    for (int i = 0; i < sk_X509_num(certs) && code == VOX_OK; i++) {
        code = bundle_add_x509(b, sk_X509_value(certs, i), err);
        if (code != VOX_OK)
            (void)vox_error_prefix(err, "certificate %d of the PKCS#7", i + 1);
    }
    return code;
}

static enum vox_err encode(const PKCS7 *p7, struct bytes *out, struct vox_error *err)
{
    unsigned char *der = NULL;
    int len = i2d_PKCS7(p7, &der);
    enum vox_err code;

    if (len <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "cannot write PKCS#7");
    code = bytes_copy(out, der, (size_t)len, err);
    OPENSSL_free(der);
    return code;
}

enum vox_err bundle_write_pkcs7(struct cert *const *certs, size_t ncerts, struct bytes *out, struct vox_error *err)
{
    PKCS7 *p7 = PKCS7_new();
    enum vox_err code = VOX_OK;

    *out = (struct bytes){NULL, 0};
    if (p7 == NULL || PKCS7_set_type(p7, NID_pkcs7_signed) <= 0 || PKCS7_content_new(p7, NID_pkcs7_data) <= 0 ||
        PKCS7_set_detached(p7, 1) < 0)
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "cannot write PKCS#7");
    for (size_t i = 0; i < ncerts && code == VOX_OK; i++) {
        X509 *x = cert_x509(certs[i]);

        if (x == NULL || PKCS7_add_certificate(p7, x) <= 0)
            code = vox_fail_openssl(err, VOX_E_CRYPTO, "cannot write certificate %zu as PKCS#7", i + 1);
    }
    if (code == VOX_OK)
        code = encode(p7, out, err);
    PKCS7_free(p7);
    return code;
}
