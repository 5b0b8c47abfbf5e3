#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <libcert/limits.h>

#include "x509/extensions.h"

enum { LABEL_MAX = 63 }; /* RFC 1035 2.3.4 */

/* 4, 16, or 0 for what is no address. */
static int parse_address(const char *text, unsigned char out[static 16])
{
    if (inet_pton(AF_INET, text, out) == 1)
        return 4;
    return inet_pton(AF_INET6, text, out) == 1 ? 16 : 0;
}

/* Letters, digits, '-' and '_' (common in private domains); no wildcard: phones and call managers take none. */
static bool dns_name_ok(const char *text)
{
    size_t label = 0, len = strlen(text);

    if (len == 0 || len > LIMIT_DNS_NAME)
        return false;
    for (const char *p = text; *p != '\0'; p++) {
        bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '_';

        if (*p == '.' ? label == 0 || p[-1] == '-' : !letter && (*p != '-' || label == 0))
            return false;
        label = *p == '.' ? 0 : label + 1;
        if (label > LABEL_MAX)
            return false;
    }
    return label > 0 && text[len - 1] != '-';
}

static GENERAL_NAME *make_name(int type, const void *data, int len)
{
    ASN1_STRING *s = type == GEN_DNS ? ASN1_IA5STRING_new() : ASN1_OCTET_STRING_new();
    GENERAL_NAME *name = GENERAL_NAME_new();

    if (s == NULL || name == NULL || ASN1_STRING_set(s, data, len) <= 0) {
        ASN1_STRING_free(s);
        GENERAL_NAME_free(name);
        return NULL;
    }
    GENERAL_NAME_set0_value(name, type, s);
    return name;
}

static enum vox_err parse_one(const char *text, GENERAL_NAME **out, struct vox_error *err)
{
    bool dns = strncasecmp(text, "DNS:", 4) == 0, ip = strncasecmp(text, "IP:", 3) == 0;
    const char *value = dns ? text + 4 : ip ? text + 3 : text;
    unsigned char address[16];
    int len = parse_address(value, address);

    if (dns && len > 0)
        return vox_fail(err, VOX_E_USAGE, "alternative name %.260s is an address: write IP:%.64s", text, value);
    if (!ip && len == 0 && !dns_name_ok(value))
        return vox_fail(err, VOX_E_USAGE,
                        "alternative name %.260s is no DNS name and no IP address: DNS:cm1.example or IP:192.0.2.1 is "
                        "expected (a name in another script is written as xn--...)",
                        text);
    if (ip && len == 0)
        return vox_fail(err, VOX_E_USAGE, "alternative name %.260s is no IP address: IP:192.0.2.1 or IP:2001:db8::1",
                        text);
    *out = len > 0 ? make_name(GEN_IPADD, address, len) : make_name(GEN_DNS, value, (int)strlen(value));
    return *out != NULL ? VOX_OK : vox_fail_openssl(err, VOX_E_CRYPTO, "cannot make an alternative name");
}

static bool contains(const GENERAL_NAMES *names, GENERAL_NAME *name)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(names, i), name) == 0)
            return true;
    return false;
}

enum vox_err extension_san_parse(const char *const *san, GENERAL_NAMES **out, struct vox_error *err)
{
    GENERAL_NAMES *names;
    enum vox_err code = VOX_OK;

    *out = NULL;
    if (san == NULL || san[0] == NULL)
        return VOX_OK;
    if ((names = GENERAL_NAMES_new()) == NULL)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "cannot make the alternative names");
    for (size_t i = 0; code == VOX_OK && san[i] != NULL; i++) {
        GENERAL_NAME *name = NULL;

        if ((code = parse_one(san[i], &name, err)) != VOX_OK)
            break;
        if (contains(names, name)) {
            GENERAL_NAME_free(name); /* a node may have the same text as its name and its DNS name */
        } else if (sk_GENERAL_NAME_push(names, name) <= 0) {
            GENERAL_NAME_free(name);
            code = vox_fail_openssl(err, VOX_E_CRYPTO, "cannot make the alternative names");
        }
    }
    if (code != VOX_OK) {
        GENERAL_NAMES_free(names);
        return code;
    }
    *out = names;
    return VOX_OK;
}

void extension_san_text(const GENERAL_NAME *name, char *out, size_t outlen)
{
    int type;
    const ASN1_STRING *s = GENERAL_NAME_get0_value(name, &type);
    char address[INET6_ADDRSTRLEN];

    if (type == GEN_DNS || type == GEN_URI || type == GEN_EMAIL) {
        (void)snprintf(out, outlen, "%s:%.*s",
                       type == GEN_DNS   ? "DNS"
                       : type == GEN_URI ? "URI"
                                         : "email",
                       ASN1_STRING_length(s), (const char *)ASN1_STRING_get0_data(s));
    } else if (type == GEN_IPADD && (ASN1_STRING_length(s) == 4 || ASN1_STRING_length(s) == 16) &&
               inet_ntop(ASN1_STRING_length(s) == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(s), address,
                         sizeof address) != NULL) {
        (void)snprintf(out, outlen, "IP:%s", address);
    } else {
        (void)snprintf(out, outlen, "a name of another kind");
    }
}
