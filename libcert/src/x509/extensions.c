#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "x509/extensions.h"

enum {
    TLS_USAGE = KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT,
    TLS_EXTENDED = XKU_SSL_SERVER | XKU_SSL_CLIENT,
};

static const struct extension_profile profiles[SERVICE_COUNT] = {
    [SERVICE_CALLMANAGER] = {TLS_USAGE, TLS_EXTENDED, 0, false},
    [SERVICE_CALLMANAGER_ECDSA] = {TLS_USAGE, TLS_EXTENDED, 0, false},
    [SERVICE_CAPF] = {KU_DIGITAL_SIGNATURE | KU_KEY_CERT_SIGN, XKU_SSL_SERVER, XKU_SSL_CLIENT, true},
    [SERVICE_TVS] = {TLS_USAGE, TLS_EXTENDED, 0, false},
    [SERVICE_ITLRECOVERY] = {KU_DIGITAL_SIGNATURE, 0, 0, false},
    [SERVICE_TOMCAT] = {TLS_USAGE, TLS_EXTENDED, 0, false},
};

/* A usage as the library's bit, as what stands in the extension, and as people write it; in the order of messages. */
struct usage {
    uint32_t bit;
    int encoded; /* number in the BIT STRING (RFC 5280 4.2.1.3), or the library's number of the OID */
    const char *name;
};

static const struct usage usages[] = {
    {KU_DIGITAL_SIGNATURE, 0, "digitalSignature"}, {KU_KEY_ENCIPHERMENT, 2, "keyEncipherment"},
    {KU_DATA_ENCIPHERMENT, 3, "dataEncipherment"}, {KU_KEY_AGREEMENT, 4, "keyAgreement"},
    {KU_KEY_CERT_SIGN, 5, "keyCertSign"},
};
enum { USAGES = sizeof usages / sizeof *usages };

static const struct usage extendeds[] = {
    {XKU_SSL_SERVER, NID_server_auth, "serverAuth"},
    {XKU_SSL_CLIENT, NID_client_auth, "clientAuth"},
};
enum { EXTENDEDS = sizeof extendeds / sizeof *extendeds };

const struct extension_profile *extension_profile(enum service s)
{
    return &profiles[s];
}

uint32_t extension_usage(enum service s, bool ec)
{
    uint32_t usage = profiles[s].usage;

    /* An EC key enciphers nothing: it agrees on a key. */
    if (ec && (usage & KU_KEY_ENCIPHERMENT) != 0)
        usage = (usage & ~(uint32_t)(KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT)) | KU_KEY_AGREEMENT;
    return usage;
}

static void missing(const struct usage *table, size_t n, uint32_t bits, char *out, size_t outlen)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n && used < outlen; i++) {
        if ((bits & table[i].bit) == 0)
            continue;
        int written = snprintf(out + used, outlen - used, "%s%s", used > 0 ? ", " : "", table[i].name);

        if (written > 0)
            used += (size_t)written;
    }
}

void extension_usage_missing(enum service s, bool ec, uint32_t have, char *out, size_t outlen)
{
    missing(usages, USAGES, extension_usage(s, ec) & ~have, out, outlen);
}

void extension_extended_missing(enum service s, uint32_t have, char *out, size_t outlen)
{
    missing(extendeds, EXTENDEDS, profiles[s].extended & ~have, out, outlen);
}

static int add_basic_constraints(STACK_OF(X509_EXTENSION) * *exts, bool ca)
{
    BASIC_CONSTRAINTS *bc = BASIC_CONSTRAINTS_new();
    int ok = bc != NULL;

    if (ok && ca) {
        bc->ca = 0xff;
        bc->pathlen = ASN1_INTEGER_new();
        ok = bc->pathlen != NULL && ASN1_INTEGER_set(bc->pathlen, 0) > 0;
    }
    ok = ok && X509V3_add1_i2d(exts, NID_basic_constraints, bc, 1, X509V3_ADD_APPEND) > 0;
    BASIC_CONSTRAINTS_free(bc);
    return ok;
}

static int add_usage(STACK_OF(X509_EXTENSION) * *exts, uint32_t usage)
{
    ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
    int ok = bits != NULL;

    for (size_t i = 0; ok && i < USAGES; i++)
        if ((usage & usages[i].bit) != 0)
            ok = ASN1_BIT_STRING_set_bit(bits, usages[i].encoded, 1) > 0;
    ok = ok && X509V3_add1_i2d(exts, NID_key_usage, bits, 1, X509V3_ADD_APPEND) > 0;
    ASN1_BIT_STRING_free(bits);
    return ok;
}

static int add_extended_usage(STACK_OF(X509_EXTENSION) * *exts, uint32_t extended)
{
    EXTENDED_KEY_USAGE *eku = sk_ASN1_OBJECT_new_null();
    int ok = eku != NULL;

    /* Table objects: the stack does not own them. */
    for (size_t i = 0; ok && i < EXTENDEDS; i++)
        if ((extended & extendeds[i].bit) != 0)
            ok = sk_ASN1_OBJECT_push(eku, OBJ_nid2obj(extendeds[i].encoded)) > 0;
    ok = ok && X509V3_add1_i2d(exts, NID_ext_key_usage, eku, 0, X509V3_ADD_APPEND) > 0;
    sk_ASN1_OBJECT_free(eku);
    return ok;
}

/* RFC 5280 4.2.1.2 method 1: SHA-1 over the key's bits. A name for the key, nothing that must resist an attack. */
static ASN1_OCTET_STRING *key_identifier(EVP_PKEY *key)
{
    ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
    X509_PUBKEY *spki = NULL;
    unsigned char hash[SHA_DIGEST_LENGTH];
    const unsigned char *bits;
    int len;

    if (id == NULL || X509_PUBKEY_set(&spki, key) <= 0 || X509_PUBKEY_get0_param(NULL, &bits, &len, NULL, spki) <= 0 ||
        EVP_Digest(bits, (size_t)len, hash, NULL, EVP_sha1(), NULL) <= 0 ||
        ASN1_OCTET_STRING_set(id, hash, sizeof hash) <= 0) {
        ASN1_OCTET_STRING_free(id);
        id = NULL;
    }
    X509_PUBKEY_free(spki);
    return id;
}

static int add_key_identifiers(STACK_OF(X509_EXTENSION) * *exts, EVP_PKEY *key, bool authority)
{
    ASN1_OCTET_STRING *id = key_identifier(key);
    AUTHORITY_KEYID *akid = AUTHORITY_KEYID_new();
    int ok =
        id != NULL && akid != NULL && X509V3_add1_i2d(exts, NID_subject_key_identifier, id, 0, X509V3_ADD_APPEND) > 0;

    if (ok && authority) {
        akid->keyid = ASN1_OCTET_STRING_dup(id); /* its own, as it signs itself */
        ok = akid->keyid != NULL && X509V3_add1_i2d(exts, NID_authority_key_identifier, akid, 0, X509V3_ADD_APPEND) > 0;
    }
    AUTHORITY_KEYID_free(akid);
    ASN1_OCTET_STRING_free(id);
    return ok;
}

enum vox_err extension_build(enum service s, EVP_PKEY *key, const char *const *san, enum extension_purpose purpose,
                             STACK_OF(X509_EXTENSION) * *out, struct vox_error *err)
{
    const struct extension_profile *p = extension_profile(s);
    uint32_t usage = extension_usage(s, EVP_PKEY_get_base_id(key) == EVP_PKEY_EC);
    GENERAL_NAMES *names;
    enum vox_err code;
    int ok;

    *out = NULL;
    if ((code = extension_san_parse(san, &names, err)) != VOX_OK)
        return code;
    /* certificates.md 2.2: what signs itself is an anchor, and many verifiers take no anchor that may not sign. */
    if (purpose == EXT_SELF_SIGNED)
        usage |= KU_KEY_CERT_SIGN;
    ok = add_basic_constraints(out, p->authority || purpose == EXT_SELF_SIGNED) && add_usage(out, usage) &&
         (p->extended == 0 || add_extended_usage(out, p->extended | p->extended_made)) &&
         (names == NULL || X509V3_add1_i2d(out, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND) > 0) &&
         add_key_identifiers(out, key, purpose == EXT_SELF_SIGNED);
    GENERAL_NAMES_free(names);
    if (!ok) {
        sk_X509_EXTENSION_pop_free(*out, X509_EXTENSION_free);
        *out = NULL;
        return vox_fail_openssl(err, VOX_E_CRYPTO, "cannot make the extensions");
    }
    return VOX_OK;
}
