#include "x509/password_cost.h"

#include <openssl/err.h>

/* Negative for what does not fit or cannot be decoded. */
static long integer(const ASN1_INTEGER *i)
{
    int64_t v;

    return i != NULL && ASN1_INTEGER_get_int64(&v, i) > 0 && v >= 0 && v <= INT32_MAX ? (long)v : -1;
}

static const ASN1_STRING *parameters(const X509_ALGOR *alg, int *nid)
{
    const ASN1_OBJECT *oid;
    const void *value;
    int type;

    X509_ALGOR_get0(&oid, &type, &value, alg);
    *nid = OBJ_obj2nid(oid);
    return type == V_ASN1_SEQUENCE ? value : NULL;
}

/* Each pass of scrypt costs about N * r * p block operations; one iteration of PBKDF2 is two. */
static long scrypt_cost(const ASN1_STRING *par)
{
    SCRYPT_PARAMS *s = ASN1_item_unpack(par, ASN1_ITEM_rptr(SCRYPT_PARAMS));
    long n = -1, r = -1, p = -1, cost = -1;

    if (s != NULL) {
        n = integer(s->costParameter);
        r = integer(s->blockSize);
        p = integer(s->parallelizationParameter);
    }
    SCRYPT_PARAMS_free(s);
    if (n > 0 && r > 0 && p > 0 && !__builtin_mul_overflow(n, r, &cost) && !__builtin_mul_overflow(cost, p, &cost))
        return cost;
    return -1;
}

static long pbkdf2_cost(const ASN1_STRING *par)
{
    PBKDF2PARAM *p = ASN1_item_unpack(par, ASN1_ITEM_rptr(PBKDF2PARAM));
    long cost = p != NULL ? integer(p->iter) : -1;

    PBKDF2PARAM_free(p);
    return cost;
}

static long pbes2_cost(const ASN1_STRING *par)
{
    PBE2PARAM *p = ASN1_item_unpack(par, ASN1_ITEM_rptr(PBE2PARAM));
    const ASN1_STRING *inner;
    long cost = -1;
    int nid;

    if (p != NULL && (inner = parameters(p->keyfunc, &nid)) != NULL)
        cost = nid == NID_id_pbkdf2 ? pbkdf2_cost(inner) : nid == NID_id_scrypt ? scrypt_cost(inner) : -1;
    PBE2PARAM_free(p);
    return cost;
}

long password_cost(const X509_ALGOR *alg)
{
    const ASN1_STRING *par;
    PBEPARAM *pbe;
    long cost;
    int nid;

    if ((par = parameters(alg, &nid)) == NULL)
        return -1;
    if (nid == NID_pbes2) {
        cost = pbes2_cost(par);
    } else {
        pbe = ASN1_item_unpack(par, ASN1_ITEM_rptr(PBEPARAM)); /* PKCS#5 1.5 and PKCS#12 alike */
        cost = pbe != NULL ? integer(pbe->iter) : -1;
        PBEPARAM_free(pbe);
    }
    ERR_clear_error();
    return cost;
}
