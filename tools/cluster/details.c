#include "details.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <libcert/limits.h>
#include <libcert/printable.h>

enum { NAME_TEXT = 4 * LIMIT_NAME_TEXT };

/* "DNS:" and the bytes, shown harmlessly. */
static void labelled(const char *label, const ASN1_STRING *s, char *out, size_t outlen)
{
    const char *text = (const char *)ASN1_STRING_get0_data(s);
    size_t left = (size_t)ASN1_STRING_length(s), used = (size_t)snprintf(out, outlen, "%s", label);

    while (left > 0) {
        char piece[PRINTABLE_PIECE_MAX];
        size_t taken = printable_piece(text, left, piece), len = strlen(piece);

        if (used + len + 1 > outlen)
            return;
        memcpy(out + used, piece, len + 1);
        used += len;
        text += taken;
        left -= taken;
    }
}

static void general_name(const GENERAL_NAME *name, char *out, size_t outlen)
{
    int type;
    const void *value = GENERAL_NAME_get0_value(name, &type);
    const ASN1_STRING *s = value;
    char address[INET6_ADDRSTRLEN];

    switch (type) {
    case GEN_DNS:
        labelled("DNS:", s, out, outlen);
        return;
    case GEN_EMAIL:
        labelled("email:", s, out, outlen);
        return;
    case GEN_URI:
        labelled("URI:", s, out, outlen);
        return;
    case GEN_IPADD:
        if ((ASN1_STRING_length(s) == 4 || ASN1_STRING_length(s) == 16) &&
            inet_ntop(ASN1_STRING_length(s) == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(s), address,
                      sizeof address) != NULL)
            (void)snprintf(out, outlen, "IP:%s", address);
        else
            (void)snprintf(out, outlen, "IP: %d bytes, which is no address", ASN1_STRING_length(s));
        return;
    default:
        (void)snprintf(out, outlen, "another kind of name (%d)", type);
    }
}

json_t *details_names(X509 *x)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    json_t *all = json_array();

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        char text[NAME_TEXT];

        general_name(sk_GENERAL_NAME_value(names, i), text, sizeof text);
        (void)json_array_append_new(all, json_string(text));
    }
    GENERAL_NAMES_free(names);
    ERR_clear_error(); /* a missing extension leaves an entry */
    return all;
}

json_t *details_key_usage(X509 *x)
{
    static const struct {
        uint32_t bit;
        const char *word;
    } usages[] = {
        {KU_DIGITAL_SIGNATURE, "digitalSignature"},
        {KU_NON_REPUDIATION, "nonRepudiation"},
        {KU_KEY_ENCIPHERMENT, "keyEncipherment"},
        {KU_DATA_ENCIPHERMENT, "dataEncipherment"},
        {KU_KEY_AGREEMENT, "keyAgreement"},
        {KU_KEY_CERT_SIGN, "keyCertSign"},
        {KU_CRL_SIGN, "cRLSign"},
        {KU_ENCIPHER_ONLY, "encipherOnly"},
        {KU_DECIPHER_ONLY, "decipherOnly"},
    };
    json_t *all = json_array();

    if ((X509_get_extension_flags(x) & EXFLAG_KUSAGE) == 0)
        return all;
    for (size_t i = 0; i < sizeof usages / sizeof *usages; i++) {
        if ((X509_get_key_usage(x) & usages[i].bit) != 0)
            (void)json_array_append_new(all, json_string(usages[i].word));
    }
    return all;
}

json_t *details_extended_usage(X509 *x)
{
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
    json_t *all = json_array();

    for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
        const ASN1_OBJECT *o = sk_ASN1_OBJECT_value(usages, i);
        int nid = OBJ_obj2nid(o);
        char number[80];

        if (nid == NID_undef && OBJ_obj2txt(number, sizeof number, o, 1) > 0)
            (void)json_array_append_new(all, json_string(number));
        else if (nid != NID_undef)
            (void)json_array_append_new(all, json_string(OBJ_nid2sn(nid)));
    }
    EXTENDED_KEY_USAGE_free(usages);
    ERR_clear_error();
    return all;
}
