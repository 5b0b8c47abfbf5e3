#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/asn1.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "x509/name_value.h"

/* id-at, 2.5.4 (X.520): all six attributes are below it. */
static const struct {
    uint8_t arc; /* last byte of the OID */
    const char *text, *longer, *dotted;
} ranked[] = {
    [NAME_RANK_CN] = {3, "CN", "commonName", "2.5.4.3"},
    [NAME_RANK_OU] = {11, "OU", "organizationalUnitName", "2.5.4.11"},
    [NAME_RANK_O] = {10, "O", "organizationName", "2.5.4.10"},
    [NAME_RANK_L] = {7, "L", "localityName", "2.5.4.7"},
    [NAME_RANK_ST] = {8, "ST", "stateOrProvinceName", "2.5.4.8"},
    [NAME_RANK_C] = {6, "C", "countryName", "2.5.4.6"},
};

enum name_rank name_rank(struct bytes_view oid)
{
    if (oid.len == 3 && oid.data[0] == 0x55 && oid.data[1] == 4)
        for (int i = 0; i < NAME_RANK_OTHER; i++)
            if (ranked[i].arc == oid.data[2])
                return (enum name_rank)i;
    return NAME_RANK_OTHER;
}

static bool word_is(const char *word, size_t len, const char *name)
{
    return strlen(name) == len && strncasecmp(word, name, len) == 0;
}

enum name_rank name_rank_of_word(const char *word, size_t len)
{
    for (int i = 0; i < NAME_RANK_OTHER; i++)
        if (word_is(word, len, ranked[i].text) || word_is(word, len, ranked[i].longer) ||
            word_is(word, len, ranked[i].dotted))
            return (enum name_rank)i;
    return word_is(word, len, "S") ? NAME_RANK_ST : NAME_RANK_OTHER;
}

void name_type_text(struct bytes_view oid, char *out, size_t outlen)
{
    enum name_rank rank = name_rank(oid);
    ASN1_OBJECT *obj = NULL;
    const char *name = rank != NAME_RANK_OTHER ? ranked[rank].text : NULL;
    int dotted = 0;

    if (name == NULL) {
        unsigned char *der = NULL;
        int len = ASN1_object_size(0, (int)oid.len, V_ASN1_OBJECT);
        unsigned char *p = len > 0 ? der = OPENSSL_malloc((size_t)len) : NULL;

        if (p != NULL) {
            const unsigned char *start = der;

            ASN1_put_object(&p, 0, (int)oid.len, V_ASN1_OBJECT, V_ASN1_UNIVERSAL);
            memcpy(p, oid.data, oid.len);
            obj = d2i_ASN1_OBJECT(NULL, &start, len);
        }
        OPENSSL_free(der);
        if (obj != NULL && OBJ_obj2nid(obj) != NID_undef)
            name = OBJ_nid2sn(OBJ_obj2nid(obj));
    }
    if (name == NULL)
        dotted = obj != NULL ? OBJ_obj2txt(out, (int)outlen, obj, 1) : 0;
    if (name != NULL)
        (void)snprintf(out, outlen, "%s", name); /* the library's short names are short */
    else if (dotted <= 0 || (size_t)dotted >= outlen)
        (void)snprintf(out, outlen, "OID"); /* malformed, or longer than anybody would read */
    ASN1_OBJECT_free(obj);
    ERR_clear_error();
}

static bool is_ascii(struct bytes_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.data[i] > 0x7f)
            return false;
    return true;
}

static bool is_utf8(struct bytes_view v)
{
    unsigned long c;

    for (size_t i = 0; i < v.len;) {
        int n = UTF8_getc(v.data + i, (int)(v.len - i), &c);

        if (n <= 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
            return false;
        i += (size_t)n;
    }
    return true;
}

/* The types of two or four bytes a character, and Latin-1 where ASCII or T.61 should stand. */
static bool convert(const struct cert_der_item *value, struct bytes_view *out, unsigned char **owned)
{
    const unsigned char *p = value->whole.data;
    ASN1_STRING *s = d2i_ASN1_PRINTABLE(NULL, &p, (long)value->whole.len);
    int n = s != NULL ? ASN1_STRING_to_UTF8(owned, s) : -1;

    ASN1_STRING_free(s);
    if (n < 0) {
        ERR_clear_error();
        return false;
    }
    *out = (struct bytes_view){*owned, (size_t)n};
    if (is_utf8(*out)) /* surrogates come through the conversion */
        return true;
    OPENSSL_free(*owned);
    *owned = NULL;
    return false;
}

bool name_value_utf8(const struct cert_der_item *value, struct bytes_view *out, unsigned char **owned)
{
    *owned = NULL;
    *out = value->content;
    switch (value->id) {
    case V_ASN1_UTF8STRING:
        return is_utf8(*out);
    case V_ASN1_PRINTABLESTRING:
    case V_ASN1_IA5STRING:
    case V_ASN1_NUMERICSTRING:
    case V_ASN1_VISIBLESTRING:
    case V_ASN1_T61STRING:
        /* Certificates with Latin-1 or UTF-8 in here exist: take the UTF-8, have the library convert the rest. */
        return is_ascii(*out) || is_utf8(*out) || convert(value, out, owned);
    case V_ASN1_BMPSTRING:
    case V_ASN1_UNIVERSALSTRING:
        return convert(value, out, owned);
    default:
        return false;
    }
}
