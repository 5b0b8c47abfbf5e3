#include <stdio.h>
#include <string.h>

#include <openssl/asn1t.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <libcert/certcheck.h>

#include "issue_parts.h"

#define PAGE " (capf.md 4.2)"

enum { EXPONENT = 65537 };

static void hash_part(EVP_MD_CTX *ctx, bool *ok, const void *data, size_t len)
{
    uint8_t head[4] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len};

    *ok = *ok && EVP_DigestUpdate(ctx, head, sizeof head) > 0 && EVP_DigestUpdate(ctx, data, len) > 0;
}

bool capf_request_id(const char *device, const char *operation_id, struct bytes_view public_key,
                     uint8_t out[static CAPF_REQUEST_ID_LEN])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t digest[SHA256_DIGEST_LENGTH];
    bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) > 0;

    hash_part(ctx, &ok, device, strlen(device));
    hash_part(ctx, &ok, operation_id, strlen(operation_id));
    hash_part(ctx, &ok, public_key.data, public_key.len);
    ok = ok && EVP_DigestFinal_ex(ctx, digest, NULL) > 0;
    EVP_MD_CTX_free(ctx);
    if (ok)
        memcpy(out, digest, CAPF_REQUEST_ID_LEN);
    return ok;
}

static enum vox_err refuse(struct vox_error *err, const char *why)
{
    return vox_fail(err, VOX_E_NO, "%s" PAGE, why);
}

/*
 * The parts of a SubjectPublicKeyInfo, before anything looks at the key: a curve that the sender wrote out himself must
 * never reach the library's decoder. Strict about what lies outside the key; the key's own encoding is compared after
 * it was decoded.
 */
struct spki {
    X509_ALGOR *algorithm;
    const uint8_t *bits; /* content of the BIT STRING behind its count of unused bits */
    long nbits;
};

static bool spki_open(struct bytes_view der, struct spki *out)
{
    const uint8_t *p = der.data;
    long len, room = (long)der.len;
    int tag, class, constructed;

    *out = (struct spki){0};
    constructed = ASN1_get_object(&p, &len, &tag, &class, room);
    if (constructed != V_ASN1_CONSTRUCTED || tag != V_ASN1_SEQUENCE || class != V_ASN1_UNIVERSAL ||
        p + len != der.data + room)
        return false;
    if ((out->algorithm = d2i_X509_ALGOR(NULL, &p, len)) == NULL)
        return false;
    room = der.data + der.len - p;
    constructed = ASN1_get_object(&p, &len, &tag, &class, room);
    if (constructed != 0 || tag != V_ASN1_BIT_STRING || class != V_ASN1_UNIVERSAL || p + len != der.data + der.len ||
        len < 2 || p[0] != 0)
        return false;
    out->bits = p + 1;
    out->nbits = len - 1;
    return true;
}

/* The curves that are ordered by name: number, bytes of a coordinate. */
static const struct {
    const char *name;
    int nid;
    long field;
} curves[] = {
    {"P-256", NID_X9_62_prime256v1, 32},
    {"P-384", NID_secp384r1, 48},
    {"P-521", NID_secp521r1, 66},
};

static enum vox_err check_ec_form(const struct spki *s, const struct key_spec *ordered, struct vox_error *err)
{
    const void *parameter;
    int type, nid;
    size_t i = 0;

    while (i < sizeof curves / sizeof *curves && strcmp(curves[i].name, ordered->curve) != 0)
        i++;
    if (i == sizeof curves / sizeof *curves)
        return vox_fail(err, VOX_E_NO, "an EC key on %.20s was ordered: P-256, P-384 and P-521 are possible" PAGE,
                        ordered->curve);
    X509_ALGOR_get0(NULL, &type, &parameter, s->algorithm);
    if (type != V_ASN1_OBJECT)
        return refuse(err, "EC key with curve parameters of its own in place of a curve's name");
    nid = OBJ_obj2nid(parameter);
    if (nid != curves[i].nid)
        return vox_fail(err, VOX_E_NO, "EC key on the curve %.40s, but %s was ordered" PAGE,
                        nid != NID_undef ? OBJ_nid2sn(nid) : "that has no name", curves[i].name);
    if (s->bits[0] == 0)
        return refuse(err, "EC key whose point is the point at infinity");
    if (s->bits[0] != 4 /* POINT_CONVERSION_UNCOMPRESSED */)
        return refuse(err, "EC key whose point is not written out in full: phones cannot read that");
    if (s->nbits != 1 + 2 * curves[i].field)
        return vox_fail(err, VOX_E_NO, "EC key whose point has %ld bytes; on %s it is %ld" PAGE, s->nbits,
                        curves[i].name, 1 + 2 * curves[i].field);
    return VOX_OK;
}

static enum vox_err check_form(const struct spki *s, const struct key_spec *ordered, struct vox_error *err)
{
    const ASN1_OBJECT *algorithm;
    char name[80];
    int nid, parameter;

    X509_ALGOR_get0(&algorithm, &parameter, NULL, s->algorithm);
    nid = OBJ_obj2nid(algorithm);
    if (nid == NID_X9_62_id_ecPublicKey && ordered->type == KEY_EC)
        return check_ec_form(s, ordered, err);
    if (nid == NID_rsaEncryption && ordered->type == KEY_RSA)
        return parameter == V_ASN1_NULL ? VOX_OK : refuse(err, "RSA key with parameters: it has none (RFC 3279)");
    (void)OBJ_obj2txt(name, sizeof name, algorithm, 0);
    return vox_fail(err, VOX_E_NO, "key of type %s, but %s was ordered" PAGE, name,
                    ordered->type == KEY_EC ? "EC" : "RSA");
}

/* RSAPublicKey of RFC 8017, A.1.1; read by its template, for the library takes half a millisecond to make an EVP_PKEY
 * of one and to write it out again. */
struct rsa_public {
    BIGNUM *n, *e;
};

/* clang-format off */
ASN1_SEQUENCE(rsa_public) = {
    ASN1_SIMPLE(struct rsa_public, n, BIGNUM),
    ASN1_SIMPLE(struct rsa_public, e, BIGNUM),
} static_ASN1_SEQUENCE_END_name(struct rsa_public, rsa_public)
static void rsa_free(struct rsa_public *k);
/* clang-format on */

static void rsa_free(struct rsa_public *k)
{
    ASN1_item_free((ASN1_VALUE *)k, ASN1_ITEM_rptr(rsa_public));
}

/* NULL: no key, or not in DER. */
static struct rsa_public *rsa_read(const struct spki *s)
{
    const ASN1_ITEM *item = ASN1_ITEM_rptr(rsa_public);
    const uint8_t *p = s->bits;
    struct rsa_public *k = (struct rsa_public *)ASN1_item_d2i(NULL, &p, s->nbits, item);
    unsigned char *again = NULL;
    int len = k != NULL ? ASN1_item_i2d((ASN1_VALUE *)k, &again, item) : 0;
    const bool same = len == s->nbits && memcmp(again, s->bits, (size_t)len) == 0;

    OPENSSL_free(again);
    if (same && !BN_is_zero(k->n) && !BN_is_negative(k->n) && !BN_is_negative(k->e))
        return k;
    rsa_free(k);
    return NULL;
}

static bool issuer_has(const struct capf_issuer *i, const BIGNUM *n)
{
    BIGNUM *own = NULL;
    bool same = EVP_PKEY_get_bn_param(cert_key(i->cert), "n", &own) > 0 && BN_cmp(own, n) == 0;

    BN_free(own);
    return same;
}

/* *modulus: what remains to be asked about it is whether it is a prime. */
static enum vox_err check_rsa(const struct capf_issuer *i, const struct spki *s, unsigned ordered, BIGNUM **modulus,
                              struct vox_error *err)
{
    const struct capf_profile *p = &i->profile;
    struct weakkey_limits limits = weakkey_limits_default();
    struct rsa_public *k;
    enum vox_err code;

    limits.rsa_bits_min = p->rsa_min;
    if (ordered < p->rsa_min || ordered > p->rsa_max)
        return vox_fail(err, VOX_E_NO,
                        "an RSA key of %u bits was ordered, but %u to %u are taken: see the settings capf.rsa-min and "
                        "capf.rsa-max" PAGE,
                        ordered, p->rsa_min, p->rsa_max);
    if ((k = rsa_read(s)) == NULL)
        code = refuse(err, "RSA key that is damaged, or not written in DER");
    else if (issuer_has(i, k->n))
        code = refuse(err, "this is the issuer's own key");
    else if ((unsigned)BN_num_bits(k->n) != ordered)
        code = vox_fail(err, VOX_E_NO, "RSA key of %d bits, but %u were ordered" PAGE, BN_num_bits(k->n), ordered);
    else if (!BN_is_word(k->e, EXPONENT))
        code = refuse(err, "RSA key with another public exponent than 65,537: signatures could be forged");
    else if ((code = weakkey_check_rsa(k->n, k->e, &limits, err)) != VOX_OK)
        code = code == VOX_E_MEMORY ? code : VOX_E_NO;
    if (code == VOX_OK) {
        *modulus = k->n;
        k->n = NULL;
    }
    rsa_free(k);
    return code;
}

static enum vox_err check_ec(const struct capf_issuer *i, const struct capf_request *r, struct vox_error *err)
{
    const uint8_t *p = r->public_key.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)r->public_key.len);
    enum vox_err code;

    if (key == NULL)
        code = refuse(err, "EC key whose point is no point of its curve");
    else if (cert_key_matches(i->cert, key))
        code = refuse(err, "this is the issuer's own key");
    else if ((code = weakkey_check(key, err)) != VOX_OK)
        code = code == VOX_E_MEMORY ? code : VOX_E_NO;
    EVP_PKEY_free(key);
    return code;
}

/* What lies around the key: the same bytes when it is written anew, so no other form of the same, nothing left over. */
static bool canonical(const struct spki *s, struct bytes_view sent)
{
    unsigned char *algorithm = NULL, *out, *p;
    const int nalgorithm = i2d_X509_ALGOR(s->algorithm, &algorithm), nbits = (int)s->nbits + 1;
    const int content = nalgorithm + ASN1_object_size(0, nbits, V_ASN1_BIT_STRING);
    const int len = ASN1_object_size(1, content, V_ASN1_SEQUENCE);
    bool same = false;

    if (nalgorithm > 0 && len == (int)sent.len && (out = p = OPENSSL_malloc((size_t)len)) != NULL) {
        ASN1_put_object(&p, 1, content, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
        memcpy(p, algorithm, (size_t)nalgorithm);
        p += nalgorithm;
        ASN1_put_object(&p, 0, nbits, V_ASN1_BIT_STRING, V_ASN1_UNIVERSAL);
        *p++ = 0; /* no unused bits */
        memcpy(p, s->bits, (size_t)s->nbits);
        same = memcmp(out, sent.data, sent.len) == 0;
        OPENSSL_free(out);
    }
    OPENSSL_free(algorithm);
    return same;
}

/* All but whether an RSA modulus is a prime: that is asked of *modulus, NULL for EC keys. */
static enum vox_err check_one(const struct capf_issuer *i, const struct capf_request *r, BIGNUM **modulus,
                              struct vox_error *err)
{
    struct spki s = {0};
    enum vox_err code;

    if (r->public_key.len == 0 || r->public_key.len > CAPF_SPKI_MAX)
        return vox_fail(err, VOX_E_NO, "the public key has %zu bytes; 1 to %d are taken" PAGE, r->public_key.len,
                        CAPF_SPKI_MAX);
    if (!spki_open(r->public_key, &s))
        code = refuse(err, "this is no SubjectPublicKeyInfo in DER");
    else if ((code = check_form(&s, &r->ordered, err)) != VOX_OK)
        ;
    else if (!canonical(&s, r->public_key))
        code = refuse(err, "key that is not written in DER, or has bytes left over");
    else
        code = r->ordered.type == KEY_RSA ? check_rsa(i, &s, r->ordered.rsa_bits, modulus, err) : check_ec(i, r, err);
    X509_ALGOR_free(s.algorithm);
    ERR_clear_error();
    if (code == VOX_E_NO && err != NULL)
        err->code = VOX_E_NO; /* some reasons come from the weak keys' check, to which they are bad input */
    return code;
}

/* One answer about all of them costs less than one about each: the most that the issuer computes for a phone. */
static void check_primes(struct capf_checked *of, BIGNUM *const *moduli, size_t n)
{
    const BIGNUM *asked[CAPF_TOGETHER];
    bool prime[CAPF_TOGETHER];
    size_t nasked = 0, k = 0;
    int done;

    for (size_t i = 0; i < n; i++)
        if (moduli[i] != NULL)
            asked[nasked++] = moduli[i];
    done = weakkey_primes(asked, nasked, prime);
    for (size_t i = 0; i < n; i++) {
        if (moduli[i] == NULL)
            continue;
        if (done <= 0)
            of[i].code = vox_fail_openssl(&of[i].why, VOX_E_MEMORY, "no memory to examine a key");
        else if (prime[k])
            of[i].code = refuse(&of[i].why, "RSA key whose modulus is a prime: no key");
        k++;
    }
}

void capf_keys_check(const struct capf_issuer *i, const struct capf_request *const *r, size_t n,
                     struct capf_checked *out)
{
    for (size_t from = 0, part; from < n; from += part) {
        BIGNUM *moduli[CAPF_TOGETHER] = {NULL};

        part = n - from < CAPF_TOGETHER ? n - from : CAPF_TOGETHER;
        for (size_t k = 0; k < part; k++)
            out[from + k].code = check_one(i, r[from + k], &moduli[k], &out[from + k].why);
        check_primes(out + from, moduli, part);
        for (size_t k = 0; k < part; k++)
            BN_free(moduli[k]);
    }
}

enum vox_err capf_key_check(const struct capf_issuer *i, const struct capf_request *r, struct vox_error *err)
{
    struct capf_checked one;

    capf_keys_check(i, &r, 1, &one);
    if (one.code != VOX_OK && err != NULL)
        *err = one.why;
    return one.code;
}

bool issue_key_put(X509 *x, struct bytes_view public_key)
{
    const ASN1_OBJECT *algorithm;
    const void *parameter;
    struct spki s = {0};
    unsigned char *bits = NULL;
    ASN1_OBJECT *curve = NULL;
    int type;
    bool ok = spki_open(public_key, &s);

    if (ok) {
        X509_ALGOR_get0(&algorithm, &type, &parameter, s.algorithm);
        curve = type == V_ASN1_OBJECT ? OBJ_dup(parameter) : NULL;
        bits = OPENSSL_memdup(s.bits, (size_t)s.nbits);
        ok = bits != NULL && (type != V_ASN1_OBJECT || curve != NULL) &&
             X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(x), OBJ_nid2obj(OBJ_obj2nid(algorithm)), type, curve, bits,
                                    (int)s.nbits) > 0;
        if (!ok) {
            OPENSSL_free(bits);
            ASN1_OBJECT_free(curve);
        }
    }
    X509_ALGOR_free(s.algorithm);
    return ok;
}
