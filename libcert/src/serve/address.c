#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/serve.h>

#include "address.h"

static bool parse_number(const char *text, unsigned long max, unsigned long *out)
{
    char *end;

    if (text[0] < '0' || text[0] > '9' || strlen(text) > 5)
        return false;
    *out = strtoul(text, &end, 10);
    return *end == '\0' && *out <= max;
}

enum vox_err address_parse(const char *text, struct address *out, struct vox_error *err)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    unsigned long port;
    struct sockaddr_in *v4 = (struct sockaddr_in *)&out->sa;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->sa;

    memset(out, 0, sizeof *out);
    if (colon == NULL || (size_t)(colon - text) >= sizeof host || !parse_number(colon + 1, 65535, &port))
        return vox_fail(err, VOX_E_USAGE,
                        "not an address with a port: %.80s (192.0.2.1:2445, [2001:db8::1]:2445 or :2445)", text);
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    size_t n = strlen(host);
    if (n >= 2 && host[0] == '[' && host[n - 1] == ']') {
        host[n - 1] = '\0';
        if (inet_pton(AF_INET6, host + 1, &v6->sin6_addr) != 1)
            return vox_fail(err, VOX_E_USAGE, "not an IPv6 address: %.80s", host + 1);
    } else if (n == 0 || strcmp(host, "*") == 0) {
        v6->sin6_addr = in6addr_any;
    } else {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        out->len = sizeof *v4;
        if (inet_pton(AF_INET, host, &v4->sin_addr) != 1)
            return vox_fail(err, VOX_E_USAGE,
                            "not an IPv4 address: %.80s (names are not looked up; IPv6 needs brackets)", host);
        return VOX_OK;
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)port);
    out->len = sizeof *v6;
    return VOX_OK;
}

void address_text(const struct address *a, char *out, size_t outlen)
{
    char host[INET6_ADDRSTRLEN] = "?";

    if (a->sa.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&a->sa;

        (void)inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        (void)snprintf(out, outlen, "%s:%u", host, ntohs(v4->sin_port));
    } else if (a->sa.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&a->sa;

        if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
            (void)inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], host, sizeof host);
            (void)snprintf(out, outlen, "%s:%u", host, ntohs(v6->sin6_port));
        } else {
            (void)inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
            (void)snprintf(out, outlen, "[%s]:%u", host, ntohs(v6->sin6_port));
        }
    } else {
        (void)snprintf(out, outlen, "?");
    }
}

/* All 16 bytes of an address, IPv4 mapped. */
static void mapped(const struct address *a, unsigned char out[static 16])
{
    static const unsigned char prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    if (a->sa.ss_family == AF_INET) {
        memcpy(out, prefix, sizeof prefix);
        memcpy(out + 12, &((const struct sockaddr_in *)&a->sa)->sin_addr, 4);
    } else {
        memcpy(out, &((const struct sockaddr_in6 *)&a->sa)->sin6_addr, 16);
    }
}

void address_source(const struct address *a, unsigned char out[static 16])
{
    mapped(a, out);
    /* Whoever has an IPv6 address has 2^64 of them. */
    if (a->sa.ss_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&((const struct sockaddr_in6 *)&a->sa)->sin6_addr))
        memset(out + 8, 0, 8);
}

enum vox_err cidr_parse(const char *text, struct cidr *out, struct vox_error *err)
{
    char host[64];
    const char *slash = strchr(text, '/');
    size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
    struct address a = {0};
    unsigned long bits;
    bool v4;

    memset(out, 0, sizeof *out);
    if (n >= sizeof host)
        goto bad;
    memcpy(host, text, n);
    host[n] = '\0';
    v4 = strchr(host, ':') == NULL;
    a.sa.ss_family = v4 ? AF_INET : AF_INET6;
    if (inet_pton(a.sa.ss_family, host,
                  v4 ? (void *)&((struct sockaddr_in *)&a.sa)->sin_addr
                     : (void *)&((struct sockaddr_in6 *)&a.sa)->sin6_addr) != 1)
        goto bad;
    bits = v4 ? 32 : 128;
    if (slash != NULL && !parse_number(slash + 1, bits, &bits))
        goto bad;
    mapped(&a, out->bytes);
    out->bits = (unsigned)bits + (v4 ? 96 : 0);
    return VOX_OK;
bad:
    return vox_fail(err, VOX_E_USAGE, "not a network: %.80s (192.0.2.0/24, 2001:db8::/32 or one address)", text);
}

bool cidr_contains(const struct cidr *c, const struct address *a)
{
    unsigned char bytes[16];
    unsigned whole = c->bits / 8, rest = c->bits % 8;

    mapped(a, bytes);
    return memcmp(c->bytes, bytes, whole) == 0 && (rest == 0 || ((c->bytes[whole] ^ bytes[whole]) >> (8 - rest)) == 0);
}

enum vox_err serve_address_check(const char *text, struct vox_error *err)
{
    struct address a;

    return address_parse(text, &a, err);
}

enum vox_err serve_cidr_check(const char *text, struct vox_error *err)
{
    struct cidr c;

    return cidr_parse(text, &c, err);
}
