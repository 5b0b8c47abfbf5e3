#include <openssl/evp.h>
#include <openssl/sha.h>

#include "issue_parts.h"

const struct issue_extended issue_extended[ISSUE_EXTENDED] = {
    {NID_server_auth, offsetof(struct capf_profile, server_auth)},
    {NID_client_auth, offsetof(struct capf_profile, client_auth)},
    {NID_ipsecEndSystem, offsetof(struct capf_profile, ipsec)},
};

bool issue_extended_wanted(const struct capf_profile *p, size_t which)
{
    return *(const bool *)((const char *)p + issue_extended[which].flag);
}

int issue_san_type(const struct capf_profile *p)
{
    return p->san == CAPF_SAN_URI ? GEN_URI : p->san == CAPF_SAN_DNS ? GEN_DNS : -1;
}

/* An EC key enciphers nothing: it agrees on a key. */
uint32_t issue_usage(bool ec)
{
    return ec ? KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT : KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT;
}

/* RFC 5280 4.2.1.2, method 1. */
static ASN1_OCTET_STRING *hash_of_key(const X509 *x)
{
    ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
    unsigned char digest[SHA_DIGEST_LENGTH];
    unsigned len = sizeof digest;

    if (id != NULL && X509_pubkey_digest(x, EVP_sha1(), digest, &len) > 0 &&
        ASN1_OCTET_STRING_set(id, digest, (int)len) > 0)
        return id;
    ASN1_OCTET_STRING_free(id);
    return NULL;
}

ASN1_OCTET_STRING *issue_key_id(const struct capf_issuer *i)
{
    X509 *issuer = cert_x509(i->cert);
    const ASN1_OCTET_STRING *id = issuer != NULL ? X509_get0_subject_key_id(issuer) : NULL;

    if (issuer == NULL)
        return NULL;
    return id != NULL ? ASN1_OCTET_STRING_dup(id) : hash_of_key(issuer);
}

static bool add(X509 *x, int nid, void *value, bool critical)
{
    return value != NULL && X509_add1_ext_i2d(x, nid, value, critical, X509V3_ADD_APPEND) > 0;
}

static bool add_basic_constraints(X509 *x)
{
    BASIC_CONSTRAINTS *bc = BASIC_CONSTRAINTS_new();
    bool ok = add(x, NID_basic_constraints, bc, true);

    BASIC_CONSTRAINTS_free(bc);
    return ok;
}

static bool add_usage(X509 *x, bool ec)
{
    /* KU_ bits are the BIT STRING's bytes: bit 0 is the highest of the first. */
    ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
    uint32_t usage = issue_usage(ec);
    bool ok = bits != NULL;

    for (int bit = 0; ok && bit < 8; bit++)
        if ((usage & (0x80U >> bit)) != 0)
            ok = ASN1_BIT_STRING_set_bit(bits, bit, 1) > 0;
    ok = ok && add(x, NID_key_usage, bits, true);
    ASN1_BIT_STRING_free(bits);
    return ok;
}

static bool add_extended(X509 *x, const struct capf_profile *p)
{
    EXTENDED_KEY_USAGE *eku = sk_ASN1_OBJECT_new_null();
    bool ok = eku != NULL;

    /* Table objects: the stack does not own them. */
    for (size_t k = 0; ok && k < ISSUE_EXTENDED; k++)
        if (issue_extended_wanted(p, k))
            ok = sk_ASN1_OBJECT_push(eku, OBJ_nid2obj(issue_extended[k].nid)) > 0;
    if (ok && sk_ASN1_OBJECT_num(eku) > 0)
        ok = add(x, NID_ext_key_usage, eku, false);
    sk_ASN1_OBJECT_free(eku);
    return ok;
}

static bool add_san(X509 *x, const struct capf_profile *p, const char *device)
{
    int type = issue_san_type(p);
    GENERAL_NAMES *names;
    GENERAL_NAME *name;
    ASN1_IA5STRING *text;
    bool ok;

    if (type < 0)
        return true;
    names = GENERAL_NAMES_new();
    name = GENERAL_NAME_new();
    text = ASN1_IA5STRING_new();
    ok = names != NULL && name != NULL && text != NULL && ASN1_STRING_set(text, device, -1) > 0;
    if (ok) {
        GENERAL_NAME_set0_value(name, type, text);
        text = NULL;
        ok = sk_GENERAL_NAME_push(names, name) > 0;
        if (ok)
            name = NULL;
    }
    ok = ok && add(x, NID_subject_alt_name, names, false);
    GENERAL_NAMES_free(names);
    GENERAL_NAME_free(name);
    ASN1_IA5STRING_free(text);
    return ok;
}

static bool add_key_ids(X509 *x, const struct capf_issuer *i)
{
    AUTHORITY_KEYID *authority = AUTHORITY_KEYID_new();
    ASN1_OCTET_STRING *subject = hash_of_key(x);
    bool ok;

    if (authority != NULL)
        authority->keyid = issue_key_id(i);
    ok = authority != NULL && authority->keyid != NULL && add(x, NID_authority_key_identifier, authority, false) &&
         add(x, NID_subject_key_identifier, subject, false);
    AUTHORITY_KEYID_free(authority);
    ASN1_OCTET_STRING_free(subject);
    return ok;
}

bool issue_extensions_add(X509 *x, const struct capf_issuer *i, const struct capf_request *r)
{
    return add_basic_constraints(x) && add_usage(x, r->ordered.type == KEY_EC) && add_extended(x, &i->profile) &&
           add_san(x, &i->profile, r->device) && add_key_ids(x, i);
}
