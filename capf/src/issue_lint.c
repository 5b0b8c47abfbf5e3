#include <string.h>

#include <openssl/err.h>

#include "issue_parts.h"

#define PAGE "capf.md 4.3: "

enum { DAY = 86400, SERIAL_BITS_MIN = 64, SERIAL_BITS_MAX = 8 * CAPF_SERIAL_LEN, DER_MAX = 8192 };

/* What the rules look at. x is a decoding of its own: the last rule writes to it. */
struct subject {
    const struct cert *c;
    X509 *x;
    const struct capf_issuer *i;
    const struct capf_request *r;
};

static bool version(const struct subject *s)
{
    return X509_get_version(s->x) == X509_VERSION_3;
}

static bool serial_number(const struct subject *s)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(s->x);
    BIGNUM *n = ASN1_INTEGER_to_BN(serial, NULL);
    bool ok = n != NULL && !BN_is_negative(n) && BN_num_bits(n) >= SERIAL_BITS_MIN && BN_num_bits(n) <= SERIAL_BITS_MAX;

    BN_free(n);
    return ok;
}

static bool algorithms_agree(const struct subject *s)
{
    const X509_ALGOR *outside;

    X509_get0_signature(NULL, &outside, s->x);
    return X509_ALGOR_cmp(outside, X509_get0_tbs_sigalg(s->x)) == 0;
}

static bool algorithm(const struct subject *s)
{
    int md, key;

    return OBJ_find_sigid_algs(X509_get_signature_nid(s->x), &md, &key) > 0 &&
           md == EVP_MD_get_type(digest_md((int)s->i->profile.digest)) && md != NID_sha1 &&
           key == (EVP_PKEY_get_base_id(cert_key(s->i->cert)) == EVP_PKEY_EC ? NID_X9_62_id_ecPublicKey
                                                                             : NID_rsaEncryption);
}

static bool issuer_name(const struct subject *s)
{
    return bytes_equal(cert_issuer_der(s->c), cert_subject_der(s->i->cert));
}

static bool no_issuer_of_itself(const struct subject *s)
{
    return !cert_self_issued(s->c);
}

static bool common_name(const struct subject *s)
{
    const X509_NAME *name = X509_get_subject_name(s->x);
    const ASN1_STRING *cn;
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);

    if (at != 0 || X509_NAME_get_index_by_NID(name, NID_commonName, at) >= 0)
        return false;
    cn = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, 0));
    return ASN1_STRING_length(cn) == (int)strlen(s->r->device) &&
           memcmp(ASN1_STRING_get0_data(cn), s->r->device, strlen(s->r->device)) == 0;
}

static bool name_is_device(const struct subject *s)
{
    return phone_name_check(s->r->device, NULL) == VOX_OK;
}

static bool rest_of_name(const struct subject *s)
{
    const X509_NAME *name = X509_get_subject_name(s->x), *issuer = X509_get_subject_name(cert_x509(s->i->cert));
    const X509_NAME_ENTRY *want, *have;
    size_t kind = 0;
    int from = -1, at = 1;

    while ((want = issue_subject_next(issuer, &kind, &from)) != NULL) {
        if ((have = X509_NAME_get_entry(name, at)) == NULL || X509_NAME_ENTRY_set(have) != at ||
            OBJ_cmp(X509_NAME_ENTRY_get_object(have), X509_NAME_ENTRY_get_object(want)) != 0 ||
            ASN1_STRING_cmp(X509_NAME_ENTRY_get_data(have), X509_NAME_ENTRY_get_data(want)) != 0)
            return false;
        at++;
    }
    return X509_NAME_entry_count(name) == at;
}

static bool begins_within_issuer(const struct subject *s)
{
    return cert_not_before(s->c) >= cert_not_before(s->i->cert);
}

static bool ends_within_issuer(const struct subject *s)
{
    return cert_not_after(s->c) <= cert_not_after(s->i->cert);
}

static bool lasts(const struct subject *s)
{
    int64_t from = cert_not_before(s->c), to = cert_not_after(s->c);

    return from < to && to - from <= (int64_t)s->i->profile.days * DAY + s->i->profile.backdate_s;
}

/* RFC 5280 4.1.2.5: UTCTime through 2049, then GeneralizedTime. */
static bool dates_form(const struct subject *s)
{
    static const int64_t year_2050 = 2524608000;

    return (ASN1_STRING_type(X509_get0_notBefore(s->x)) == V_ASN1_UTCTIME) == (cert_not_before(s->c) < year_2050) &&
           (ASN1_STRING_type(X509_get0_notAfter(s->x)) == V_ASN1_UTCTIME) == (cert_not_after(s->c) < year_2050);
}

static bool public_key(const struct subject *s)
{
    return bytes_equal(cert_spki_der(s->c), s->r->public_key);
}

static bool no_unique_ids(const struct subject *s)
{
    const ASN1_BIT_STRING *issuer, *subject;

    X509_get0_uids(s->x, &issuer, &subject);
    return issuer == NULL && subject == NULL;
}

/* Where the one extension of that kind stands, and that it is critical or not. */
static bool extension_at(const struct subject *s, int nid, bool critical, int *at)
{
    *at = X509_get_ext_by_NID(s->x, nid, -1);
    return *at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(s->x, *at)) == critical;
}

static bool extensions_once(const struct subject *s)
{
    for (int k = 0; k < X509_get_ext_count(s->x); k++) {
        const ASN1_OBJECT *kind = X509_EXTENSION_get_object(X509_get_ext(s->x, k));

        if (X509_get_ext_by_OBJ(s->x, kind, k) >= 0)
            return false;
    }
    return true;
}

static bool any_extended(const struct capf_profile *p)
{
    return p->server_auth || p->client_auth || p->ipsec;
}

static bool no_more_extensions(const struct subject *s)
{
    return X509_get_ext_count(s->x) ==
           4 + (any_extended(&s->i->profile) ? 1 : 0) + (issue_san_type(&s->i->profile) >= 0 ? 1 : 0);
}

static bool basic_constraints(const struct subject *s)
{
    int at;
    BASIC_CONSTRAINTS *bc;
    bool ok;

    if (!extension_at(s, NID_basic_constraints, true, &at))
        return false;
    bc = X509_get_ext_d2i(s->x, NID_basic_constraints, NULL, NULL);
    ok = bc != NULL && !bc->ca && bc->pathlen == NULL;
    BASIC_CONSTRAINTS_free(bc);
    return ok;
}

static bool no_ca(const struct subject *s)
{
    return (X509_get_extension_flags(s->x) & (EXFLAG_CA | EXFLAG_INVALID | EXFLAG_PROXY | EXFLAG_CRITICAL)) == 0 &&
           (X509_get_key_usage(s->x) & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) == 0;
}

static bool key_usage_critical(const struct subject *s)
{
    int at;

    return extension_at(s, NID_key_usage, true, &at);
}

static bool key_usage(const struct subject *s)
{
    return X509_get_key_usage(s->x) == issue_usage(cert_key_type(s->c) == CERT_KEY_EC);
}

static bool extended_usage(const struct subject *s)
{
    EXTENDED_KEY_USAGE *eku;
    int at, n = 0;
    bool ok;

    if (!any_extended(&s->i->profile))
        return X509_get_ext_by_NID(s->x, NID_ext_key_usage, -1) < 0;
    if (!extension_at(s, NID_ext_key_usage, false, &at))
        return false;
    eku = X509_get_ext_d2i(s->x, NID_ext_key_usage, NULL, NULL);
    ok = eku != NULL;
    for (size_t k = 0; ok && k < ISSUE_EXTENDED; k++)
        if (issue_extended_wanted(&s->i->profile, k))
            ok = n < sk_ASN1_OBJECT_num(eku) && OBJ_obj2nid(sk_ASN1_OBJECT_value(eku, n++)) == issue_extended[k].nid;
    ok = ok && n == sk_ASN1_OBJECT_num(eku);
    EXTENDED_KEY_USAGE_free(eku);
    return ok;
}

static bool alternative_name(const struct subject *s)
{
    int type = issue_san_type(&s->i->profile), at, is;
    GENERAL_NAMES *names;
    const ASN1_STRING *text;
    bool ok;

    if (type < 0)
        return X509_get_ext_by_NID(s->x, NID_subject_alt_name, -1) < 0;
    if (!extension_at(s, NID_subject_alt_name, false, &at))
        return false;
    names = X509_get_ext_d2i(s->x, NID_subject_alt_name, NULL, NULL);
    ok = names != NULL && sk_GENERAL_NAME_num(names) == 1;
    if (ok) {
        text = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, 0), &is);
        ok = is == type && ASN1_STRING_length(text) == (int)strlen(s->r->device) &&
             memcmp(ASN1_STRING_get0_data(text), s->r->device, strlen(s->r->device)) == 0;
    }
    GENERAL_NAMES_free(names);
    return ok;
}

static bool authority_key(const struct subject *s)
{
    const ASN1_OCTET_STRING *have = X509_get0_authority_key_id(s->x);
    ASN1_OCTET_STRING *want = issue_key_id(s->i);
    int at;
    bool ok = have != NULL && want != NULL && ASN1_OCTET_STRING_cmp(have, want) == 0 &&
              extension_at(s, NID_authority_key_identifier, false, &at) && X509_get0_authority_issuer(s->x) == NULL &&
              X509_get0_authority_serial(s->x) == NULL;

    ASN1_OCTET_STRING_free(want);
    return ok;
}

static bool subject_key(const struct subject *s)
{
    const ASN1_OCTET_STRING *have = X509_get0_subject_key_id(s->x);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len;
    int at;

    return have != NULL && X509_pubkey_digest(s->x, EVP_sha1(), digest, &len) > 0 &&
           ASN1_STRING_length(have) == (int)len && memcmp(ASN1_STRING_get0_data(have), digest, len) == 0 &&
           extension_at(s, NID_subject_key_identifier, false, &at);
}

static bool signature_there(const struct subject *s)
{
    return cert_signature_bits(s->c).len > 0;
}

static bool size(const struct subject *s)
{
    return cert_der(s->c).len <= DER_MAX;
}

/* An extension made anew from what it says. The library keeps a FALSE that is written out, which DER forbids. */
static bool extension_canonical(X509_EXTENSION *e)
{
    const X509V3_EXT_METHOD *method = X509V3_EXT_get(e);
    void *value = X509V3_EXT_d2i(e);
    unsigned char *is = NULL, *must = NULL;
    X509_EXTENSION *again = NULL;
    int nis = 0, nmust = 0;

    if (value != NULL && method != NULL && method->it != NULL) {
        again = X509V3_EXT_i2d(method->ext_nid, X509_EXTENSION_get_critical(e), value);
        nis = i2d_X509_EXTENSION(e, &is);
        nmust = again != NULL ? i2d_X509_EXTENSION(again, &must) : 0;
        ASN1_item_free(value, ASN1_ITEM_ptr(method->it));
    }
    bool ok = nis > 0 && nis == nmust && memcmp(is, must, (size_t)nis) == 0;

    OPENSSL_free(is);
    OPENSSL_free(must);
    X509_EXTENSION_free(again);
    return ok;
}

/* What encodes to other bytes than it was read from is no DER: readers would not agree on what is signed. */
static bool canonical(const struct subject *s)
{
    unsigned char *der = NULL;
    int len = i2d_re_X509_tbs(s->x, &der);
    bool ok = len > 0 && bytes_equal((struct bytes_view){der, (size_t)len}, issue_tbs(s->c));

    OPENSSL_free(der);
    for (int k = 0; ok && k < X509_get_ext_count(s->x); k++)
        ok = extension_canonical(X509_get_ext(s->x, k));
    return ok;
}

static const struct {
    bool (*holds)(const struct subject *s);
    const char *rule;
} rules[] = {
    {version, "version 3"},
    {serial_number, "a positive serial number of 64 to 128 bits"},
    {algorithms_agree, "one signature algorithm, inside and outside"},
    {algorithm, "a signature by the issuer's kind of key with the profile's digest"},
    {signature_there, "a signature that is not empty"},
    {issuer_name, "as issuer the subject of CAPF's certificate, byte for byte"},
    {no_issuer_of_itself, "a subject other than its issuer"},
    {name_is_device, "a device's name"},
    {common_name, "as first and only CN the device's name"},
    {rest_of_name, "after the CN the issuer's O, OU, L, ST and C in that order, and nothing else"},
    {begins_within_issuer, "a beginning not before the issuer's"},
    {ends_within_issuer, "an end not after the issuer's"},
    {lasts, "as many days as the profile says, at most"},
    {dates_form, "UTCTime through 2049, then GeneralizedTime"},
    {public_key, "the key that the phone sent, byte for byte"},
    {no_unique_ids, "no unique identifiers"},
    {extensions_once, "each extension once"},
    {no_more_extensions, "no other extensions"},
    {basic_constraints, "basicConstraints, critical, CA:FALSE without a path length"},
    {no_ca, "nothing of a CA"},
    {key_usage_critical, "keyUsage, critical"},
    {key_usage, "the key usages of its type of key"},
    {extended_usage, "the profile's extended key usages, in its order, not critical"},
    {alternative_name, "the profile's alternative name, not critical"},
    {authority_key, "the issuer's key identifier alone as authorityKeyIdentifier"},
    {subject_key, "SHA-1 of its key as subjectKeyIdentifier"},
    {size, "at most 8,192 bytes"},
    {canonical, "DER"},
};

enum vox_err capf_lint(const struct cert *c, const struct capf_issuer *i, const struct capf_request *r,
                       struct vox_error *err)
{
    const unsigned char *p = cert_der(c).data;
    struct subject s = {.c = c, .i = i, .r = r};
    enum vox_err code = VOX_OK;

    if (cert_x509(i->cert) == NULL || cert_key(i->cert) == NULL)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "the issuer's certificate cannot be decoded");
    if ((s.x = d2i_X509(NULL, &p, (long)cert_der(c).len)) == NULL)
        return vox_fail_openssl(err, VOX_E_INPUT, PAGE "a certificate must be one that can be decoded");
    for (size_t k = 0; k < sizeof rules / sizeof *rules && code == VOX_OK; k++)
        if (!rules[k].holds(&s))
            code = vox_fail_openssl(err, VOX_E_INPUT, PAGE "a certificate must have %s", rules[k].rule);
    X509_free(s.x);
    ERR_clear_error();
    return code;
}
