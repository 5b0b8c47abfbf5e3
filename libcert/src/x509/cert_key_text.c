#include <stdio.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <libcert/cert.h>

#include "x509/cert_der.h"

static const uint8_t oid_rsa[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01}; /* rsaEncryption */
static const uint8_t oid_ec[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};              /* id-ecPublicKey */

/* The algorithm of the SPKI: its OID, whole, and what follows it (empty, NULL, curve, explicit parameters). */
static bool algorithm(const struct cert *c, struct cert_der_item *oid, struct bytes_view *params)
{
    struct bytes_view in = cert_spki_der(c);
    struct cert_der_item spki, alg;

    if (!cert_der_take(&in, DER_SEQUENCE, &spki) || !cert_der_take(&spki.content, DER_SEQUENCE, &alg) ||
        !cert_der_take(&alg.content, DER_OID, oid))
        return false;
    *params = alg.content;
    return true;
}

static bool oid_is(const struct cert_der_item *oid, const uint8_t *content, size_t len)
{
    return bytes_equal(oid->content, (struct bytes_view){content, len});
}

/* The NIST name of a curve, else the library's short name, else the dotted number. */
static void oid_text(const struct cert_der_item *oid, char *out, size_t outlen)
{
    const unsigned char *p = oid->whole.data;
    ASN1_OBJECT *obj = d2i_ASN1_OBJECT(NULL, &p, (long)oid->whole.len);
    int nid = obj != NULL ? OBJ_obj2nid(obj) : NID_undef;
    const char *name = nid != NID_undef ? EC_curve_nid2nist(nid) : NULL;

    if (name == NULL && nid != NID_undef)
        name = OBJ_nid2sn(nid);
    if (name != NULL)
        (void)snprintf(out, outlen, "%s", name); /* cut, if it must be */
    else if (obj == NULL || OBJ_obj2txt(out, (int)outlen, obj, 1) <= 0)
        (void)snprintf(out, outlen, "unknown");
    ASN1_OBJECT_free(obj);
    ERR_clear_error();
}

enum cert_key_type cert_key_type(const struct cert *c)
{
    struct cert_der_item oid;
    struct bytes_view params;

    if (!algorithm(c, &oid, &params))
        return CERT_KEY_OTHER;
    if (oid_is(&oid, oid_rsa, sizeof oid_rsa))
        return CERT_KEY_RSA;
    return oid_is(&oid, oid_ec, sizeof oid_ec) ? CERT_KEY_EC : CERT_KEY_OTHER;
}

unsigned cert_rsa_bits(const struct cert *c)
{
    struct bytes_view in = cert_public_key_bits(c), modulus, exponent;
    struct cert_der_item key;
    unsigned bits;

    if (cert_key_type(c) != CERT_KEY_RSA || !cert_der_take(&in, DER_SEQUENCE, &key) || in.len != 0 ||
        !cert_der_take_unsigned(&key.content, &modulus) || !cert_der_take_unsigned(&key.content, &exponent) ||
        key.content.len != 0)
        return 0;
    bits = (unsigned)modulus.len * 8;
    for (unsigned top = modulus.data[0]; top < 0x80 && bits > 0; top = top << 1 | 1)
        bits--;
    return bits;
}

void cert_key_text(const struct cert *c, char *out, size_t outlen)
{
    char name[80] = "unknown";
    struct cert_der_item oid, curve;
    struct bytes_view params;
    unsigned bits;

    if (outlen == 0)
        return;
    if (!algorithm(c, &oid, &params)) {
        (void)snprintf(out, outlen, "%s", name);
        return;
    }
    switch (cert_key_type(c)) {
    case CERT_KEY_RSA:
        bits = cert_rsa_bits(c);
        if (bits > 0)
            (void)snprintf(out, outlen, "RSA %u", bits);
        else
            (void)snprintf(out, outlen, "RSA damaged");
        break;
    case CERT_KEY_EC:
        if (cert_der_take(&params, DER_OID, &curve))
            oid_text(&curve, name, sizeof name);
        else
            (void)snprintf(name, sizeof name, "explicit");
        (void)snprintf(out, outlen, "EC %s", name);
        break;
    case CERT_KEY_OTHER:
        oid_text(&oid, name, sizeof name);
        (void)snprintf(out, outlen, "%s", name);
        break;
    }
}
