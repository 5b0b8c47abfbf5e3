#include <arpa/inet.h>
#include <string.h>

#include <libcert/limits.h>

#include "voxtrust.h"

enum { LABEL_MAX = 63 }; /* RFC 1035 2.3.4 */

static bool letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 1035 2.3.1 with the digits that RFC 1123 2.1 allows in front; '_' occurs in the field. */
static bool label(const char *p, size_t len)
{
    if (len == 0 || len > LABEL_MAX || p[0] == '-' || p[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!letter_or_digit(p[i]) && p[i] != '-' && p[i] != '_')
            return false;
    }
    return true;
}

enum vox_err node_check_name(const char *name, struct vox_error *err)
{
    if (!label(name, strlen(name)))
        return vox_fail(err, VOX_E_USAGE, "not a node's name: '%.80s' (letters, digits, '-' and '_', at most %d)", name,
                        LABEL_MAX);
    return VOX_OK;
}

enum vox_err node_check_dns(const char *name, struct vox_error *err)
{
    bool ok = strlen(name) <= LIMIT_DNS_NAME;
    unsigned char bytes[4];

    if (inet_pton(AF_INET, name, bytes) == 1)
        return vox_fail(err, VOX_E_USAGE, "'%s' is an address, not a DNS name: use --ip", name);

    for (const char *p = name; ok; p++) {
        size_t len = strcspn(p, ".");

        ok = label(p, len);
        p += len;
        if (*p == '\0')
            break;
    }
    return ok ? VOX_OK
              : vox_fail(err, VOX_E_USAGE,
                         "not a DNS name: '%.80s' (words of letters, digits, '-' and '_', at most %d each and %d "
                         "together, '.' between them and none at the end)",
                         name, LABEL_MAX, LIMIT_DNS_NAME);
}

/* Addresses that no server can have: nobody's, everybody's, groups'. */
static bool reserved(int family, const unsigned char *a)
{
    static const unsigned char none[16];

    return family == AF_INET ? a[0] == 0 || a[0] >= 224 : memcmp(a, none, sizeof none) == 0 || a[0] == 0xff;
}

enum vox_err node_check_ip(const char *text, char *out, size_t outlen, struct vox_error *err)
{
    unsigned char bytes[16];
    int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;

    if (inet_pton(family, text, bytes) != 1 || inet_ntop(family, bytes, out, (socklen_t)outlen) == NULL)
        return vox_fail(err, VOX_E_USAGE, "not an IPv4 or IPv6 address: '%.80s'", text);
    if (reserved(family, bytes))
        return vox_fail(err, VOX_E_USAGE, "no server can have the address %s", out);
    return VOX_OK;
}
