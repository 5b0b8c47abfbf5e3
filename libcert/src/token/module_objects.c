/* Objects of a token: what can be read of them. */
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <libcert/printable.h>

#include "token/module.h"

enum { PART_MAX = 1024 }; /* bytes of a modulus, an exponent, a point: RSA up to 8,192 bits */

/* An attribute's bytes; 0 when there is none, it is longer than that, or it is kept secret. */
static size_t bytes_of(struct token_slot *s, CK_OBJECT_HANDLE h, CK_ATTRIBUTE_TYPE type, void *out, size_t max)
{
    CK_ATTRIBUTE t = {type, NULL, 0};

    if (s->f->C_GetAttributeValue(s->session, h, &t, 1) != CKR_OK || t.ulValueLen == CK_UNAVAILABLE_INFORMATION ||
        t.ulValueLen > max)
        return 0;
    t.pValue = out;
    if (s->f->C_GetAttributeValue(s->session, h, &t, 1) != CKR_OK || t.ulValueLen == CK_UNAVAILABLE_INFORMATION ||
        t.ulValueLen > max)
        return 0;
    return t.ulValueLen;
}

static CK_ULONG number_of(struct token_slot *s, CK_OBJECT_HANDLE h, CK_ATTRIBUTE_TYPE type)
{
    CK_ULONG n = 0;

    return bytes_of(s, h, type, &n, sizeof n) == sizeof n ? n : CK_UNAVAILABLE_INFORMATION;
}

static bool flag_of(struct token_slot *s, CK_OBJECT_HANDLE h, CK_ATTRIBUTE_TYPE type)
{
    CK_BBOOL b = CK_FALSE;

    return bytes_of(s, h, type, &b, sizeof b) == sizeof b && b != CK_FALSE;
}

/* A SubjectPublicKeyInfo into out; its length, 0 when params make no key. */
static size_t encode(const char *type, OSSL_PARAM_BLD *build, uint8_t out[static TOKEN_DER_MAX])
{
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;
    unsigned char *der = NULL;
    int len = 0;

    if (params != NULL && ctx != NULL && EVP_PKEY_fromdata_init(ctx) > 0 &&
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) > 0)
        len = i2d_PUBKEY(key, &der);
    if (len > 0 && len <= TOKEN_DER_MAX)
        memcpy(out, der, (size_t)len);
    else
        len = 0;
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    ERR_clear_error();
    return (size_t)len;
}

static void public_rsa(struct token_slot *s, CK_OBJECT_HANDLE h, struct token_object *out)
{
    uint8_t n[PART_MAX], e[PART_MAX];
    const size_t nlen = bytes_of(s, h, CKA_MODULUS, n, sizeof n),
                 elen = bytes_of(s, h, CKA_PUBLIC_EXPONENT, e, sizeof e);
    BIGNUM *bn = BN_bin2bn(n, (int)nlen, NULL), *be = BN_bin2bn(e, (int)elen, NULL);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();

    out->bits = bn != NULL ? (unsigned)BN_num_bits(bn) : 0;
    if (nlen > 0 && elen > 0 && b != NULL && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, bn) > 0 &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, be) > 0)
        out->derlen = encode("RSA", b, out->der);
    OSSL_PARAM_BLD_free(b);
    BN_free(bn);
    BN_free(be);
}

/* The name of the curve that an OID in DER names; NULL: none that we know. */
static const char *curve_of(const uint8_t *der, size_t len)
{
    const unsigned char *p = der;
    ASN1_OBJECT *oid = d2i_ASN1_OBJECT(NULL, &p, (long)len);
    const int nid = oid != NULL ? OBJ_obj2nid(oid) : NID_undef;

    ASN1_OBJECT_free(oid);
    ERR_clear_error();
    return nid == NID_X9_62_prime256v1 || nid == NID_secp384r1 || nid == NID_secp521r1 ? OBJ_nid2sn(nid) : NULL;
}

static void public_ec(struct token_slot *s, CK_OBJECT_HANDLE h, struct token_object *out)
{
    uint8_t params[PART_MAX], point[PART_MAX];
    const size_t plen = bytes_of(s, h, CKA_EC_PARAMS, params, sizeof params);
    size_t qlen = bytes_of(s, h, CKA_EC_POINT, point, sizeof point);
    const char *curve = curve_of(params, plen);
    const uint8_t *q = point;
    OSSL_PARAM_BLD *b;

    if (curve == NULL || qlen < 3 || (b = OSSL_PARAM_BLD_new()) == NULL)
        return;
    /* An OCTET STRING around the point, as the standard says; some modules leave it away. */
    if (q[0] == V_ASN1_OCTET_STRING) {
        const size_t head = q[1] == 0x81 ? 3 : 2;

        if (q[head - 1] == qlen - head) {
            q += head;
            qlen -= head;
        }
    }
    if (OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) > 0 &&
        OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, q, qlen) > 0)
        out->derlen = encode("EC", b, out->der);
    OSSL_PARAM_BLD_free(b);
}

static void public_part(struct token_slot *s, CK_OBJECT_HANDLE h, struct token_object *out)
{
    if (out->rsa)
        public_rsa(s, h, out);
    else if (out->ec)
        public_ec(s, h, out);
}

/* Private keys of curves do not tell their point: the public key with their id does. */
static void public_by_id(struct token_slot *s, struct token_object *out)
{
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_ATTRIBUTE t[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, out->id, out->idlen}};
    CK_OBJECT_HANDLE h;
    CK_ULONG n = 0;

    if (out->idlen == 0 || s->f->C_FindObjectsInit(s->session, t, 2) != CKR_OK)
        return;
    if (s->f->C_FindObjects(s->session, &h, 1, &n) != CKR_OK)
        n = 0;
    (void)s->f->C_FindObjectsFinal(s->session);
    if (n == 1)
        public_part(s, h, out);
}

void token_module_describe(struct token_slot *s, CK_OBJECT_HANDLE h, struct token_object *out)
{
    const CK_ULONG class = number_of(s, h, CKA_CLASS);
    char label[TOKEN_OBJECT_MAX];
    size_t len;
    CK_ULONG type;

    memset(out, 0, sizeof *out);
    out->handle = h;
    out->class = class == CKO_PRIVATE_KEY   ? TOKEN_PRIVATE_KEY
                 : class == CKO_PUBLIC_KEY  ? TOKEN_PUBLIC_KEY
                 : class == CKO_CERTIFICATE ? TOKEN_CERTIFICATE
                                            : TOKEN_OTHER;
    out->idlen = bytes_of(s, h, CKA_ID, out->id, sizeof out->id);
    len = bytes_of(s, h, CKA_LABEL, label, sizeof label - 1);
    label[len] = '\0';
    memcpy(out->raw_label.data, label, len);
    out->raw_label.len = len;
    printable_escape(out->label, sizeof out->label, label);
    if (out->class == TOKEN_CERTIFICATE)
        out->derlen = bytes_of(s, h, CKA_VALUE, out->der, sizeof out->der);
    if (out->class != TOKEN_PRIVATE_KEY && out->class != TOKEN_PUBLIC_KEY)
        return;
    type = number_of(s, h, CKA_KEY_TYPE);
    out->rsa = type == CKK_RSA;
    out->ec = type == CKK_EC;
    public_part(s, h, out);
    if (out->class != TOKEN_PRIVATE_KEY)
        return;
    out->signs = flag_of(s, h, CKA_SIGN);
    out->always_authenticate = flag_of(s, h, CKA_ALWAYS_AUTHENTICATE);
    out->extractable = flag_of(s, h, CKA_EXTRACTABLE);
    out->never_extractable = flag_of(s, h, CKA_NEVER_EXTRACTABLE);
    out->local = flag_of(s, h, CKA_LOCAL);
    if (out->derlen == 0)
        public_by_id(s, out);
}

void token_module_object(const struct token_question *q, struct token_answer *a)
{
    struct token_slot *s = token_module_slot(q, a);
    CK_OBJECT_HANDLE h;
    CK_ULONG n = 0;
    CK_RV rv;

    if (s == NULL || !token_module_session(s, false, a) ||
        !token_module_said(a, "C_FindObjectsInit", s->f->C_FindObjectsInit(s->session, NULL, 0)))
        return;
    for (uint64_t i = 0; (rv = s->f->C_FindObjects(s->session, &h, 1, &n)) == CKR_OK && n == 1 && i < q->number; i++)
        ;
    (void)s->f->C_FindObjectsFinal(s->session);
    if (!token_module_said(a, "C_FindObjects", rv))
        return;
    a->number = n;
    if (n == 1)
        token_module_describe(s, h, &a->object);
}

void token_module_find(const struct token_question *q, struct token_answer *a)
{
    struct token_slot *s = token_module_slot(q, a);
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE t[3] = {{CKA_CLASS, &class, sizeof class}};
    CK_OBJECT_HANDLE h[2];
    CK_ULONG n = 0, parts = 1;
    CK_RV rv;

    if (s == NULL || !token_module_session(s, false, a))
        return;
    if (q->idlen > 0)
        t[parts++] = (CK_ATTRIBUTE){CKA_ID, (void *)(uintptr_t)q->id, q->idlen};
    if (q->label[0] != '\0')
        t[parts++] = (CK_ATTRIBUTE){CKA_LABEL, (void *)(uintptr_t)q->label, strlen(q->label)};
    if (!token_module_said(a, "C_FindObjectsInit", s->f->C_FindObjectsInit(s->session, t, parts)))
        return;
    rv = s->f->C_FindObjects(s->session, h, 2, &n);
    (void)s->f->C_FindObjectsFinal(s->session);
    if (!token_module_said(a, "C_FindObjects", rv))
        return;
    a->number = n > 2 ? 2 : n;
    if (n == 1)
        token_module_describe(s, h[0], &a->object);
}
