#include <libcert/trunks.h>

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "store/text.h"

enum { LABEL_MAX = 63 }; /* RFC 1035 2.3.4 */

static const char *const mode_words[TRUNK_MODE_COUNT] = {"non-secure", "authenticated", "encrypted"};
static const char *const transport_words[TRUNK_TRANSPORT_COUNT] = {"udp", "tcp", "tls", "tcp+udp"};

const char *trunk_mode_word(enum trunk_mode m)
{
    return (unsigned)m < TRUNK_MODE_COUNT ? mode_words[m] : NULL;
}

bool trunk_mode_parse(const char *word, enum trunk_mode *out)
{
    for (int i = 0; i < TRUNK_MODE_COUNT; i++) {
        if (strcasecmp(word, mode_words[i]) == 0) {
            *out = (enum trunk_mode)i;
            return true;
        }
    }
    return false;
}

const char *trunk_transport_word(enum trunk_transport t)
{
    return (unsigned)t < TRUNK_TRANSPORT_COUNT ? transport_words[t] : NULL;
}

bool trunk_transport_parse(const char *word, enum trunk_transport *out)
{
    for (int i = 0; i < TRUNK_TRANSPORT_COUNT; i++) {
        if (strcasecmp(word, transport_words[i]) == 0) {
            *out = (enum trunk_transport)i;
            return true;
        }
    }
    return false;
}

/* ASCII, whatever the locale. */
static bool letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool all_of(const char *text, const char *others)
{
    for (; *text != '\0'; text++) {
        if (!letter_or_digit(*text) && strchr(others, *text) == NULL)
            return false;
    }
    return true;
}

enum vox_err trunk_name_check(const char *name, struct vox_error *err)
{
    size_t len = strlen(name);

    if (len > 0 && len < TRUNK_NAME_MAX && name[0] != '-' && all_of(name, "._-"))
        return VOX_OK;
    return vox_fail(err, VOX_E_INPUT, "not a trunk's name: '%.80s' (letters, digits, '.', '_' and '-', at most %d)",
                    name, TRUNK_NAME_MAX - 1);
}

enum vox_err trunk_profile_name_check(const char *name, struct vox_error *err)
{
    size_t len = strlen(name);

    if (len > 0 && len < TRUNK_NAME_MAX && name[0] != '-' && name[0] != ' ' && name[len - 1] != ' ' &&
        all_of(name, " ._-"))
        return VOX_OK;
    return vox_fail(err, VOX_E_INPUT,
                    "not a profile's name: '%.80s' (letters, digits, blanks inside, '.', '_' and '-', at most %d)",
                    name, TRUNK_NAME_MAX - 1);
}

/* Addresses that no server can have: nobody's, everybody's, groups'. */
static bool reserved(int family, const unsigned char *a)
{
    static const unsigned char none[16];

    return family == AF_INET ? a[0] == 0 || a[0] >= 224 : memcmp(a, none, sizeof none) == 0 || a[0] == 0xff;
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

static bool dns_name(const char *p)
{
    for (;;) {
        size_t len = strcspn(p, ".");

        if (!label(p, len))
            return false;
        if (p[len] == '\0')
            return strspn(p, "0123456789") != len; /* the last one of digits alone: an address that is none */
        p += len + 1;
    }
}

enum vox_err trunk_host(const char *text, char out[static TRUNK_HOST_MAX], struct vox_error *err)
{
    unsigned char bytes[16];
    size_t len = strlen(text);
    int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;

    out[0] = '\0';
    if (inet_pton(family, text, bytes) == 1) {
        if (reserved(family, bytes))
            return vox_fail(err, VOX_E_INPUT, "no server can have the address %.80s", text);
        return inet_ntop(family, bytes, out, TRUNK_HOST_MAX) != NULL
                   ? VOX_OK
                   : vox_fail(err, VOX_E_INPUT, "not an address: %.80s", text);
    }
    if (len > 1 && text[len - 1] == '.')
        len--;
    if (len < TRUNK_HOST_MAX) {
        for (size_t i = 0; i < len; i++)
            out[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]);
        out[len] = '\0';
        if (len > 0 && dns_name(out))
            return VOX_OK;
    }
    out[0] = '\0';
    return vox_fail(err, VOX_E_INPUT,
                    "not a host: '%.80s' (a DNS name of at most %d characters, an IPv4 address, or an IPv6 address in "
                    "brackets)",
                    text, LIMIT_DNS_NAME);
}

enum vox_err trunk_subject_name_check(const char *name, struct vox_error *err)
{
    enum vox_err rc = store_text_check_name("subject name", name, err);

    if (rc != VOX_OK)
        return rc;
    if (strlen(name) > LIMIT_DNS_NAME)
        return vox_fail(err, VOX_E_INPUT, "the subject name '%.40s...' is longer than %d characters", name,
                        LIMIT_DNS_NAME);
    if (strchr(name, '*') != NULL)
        return vox_fail(err, VOX_E_INPUT,
                        "the subject name '%s' has a wildcard, which call managers do not take: write each name out",
                        name);
    if (strpbrk(name, " ,;:") != NULL)
        return vox_fail(err, VOX_E_INPUT, "the subject name '%s' has a blank, comma, semicolon or colon inside", name);
    return VOX_OK;
}

/* The mode against the two transports. */
static enum vox_err check_transports(const struct trunk_profile *p, struct vox_error *err)
{
    const char *mode = trunk_mode_word(p->mode);

    if (p->outgoing == TRUNK_TCP_UDP)
        return vox_fail(err, VOX_E_INPUT,
                        "tcp+udp is for calls that come in; calls that go out take one: tls, tcp, udp");
    if (p->mode == TRUNK_NON_SECURE && (p->outgoing == TRUNK_TLS || p->incoming == TRUNK_TLS))
        return vox_fail(err, VOX_E_INPUT,
                        "mode non-secure with TLS: no call manager does that. --mode encrypted, or --transport tcp");
    if (p->mode != TRUNK_NON_SECURE && (p->outgoing != TRUNK_TLS || p->incoming != TRUNK_TLS))
        return vox_fail(err, VOX_E_INPUT, "mode %s is TLS, and so are both transports, not %s out and %s in", mode,
                        trunk_transport_word(p->outgoing), trunk_transport_word(p->incoming));
    if (p->mode == TRUNK_NON_SECURE && p->nnames > 0)
        return vox_fail(err, VOX_E_INPUT,
                        "subject names are compared with certificates, which there are none of without TLS");
    return VOX_OK;
}

static enum vox_err check_names(const struct trunk_profile *p, struct vox_error *err)
{
    size_t all = 0;

    for (size_t i = 0; i < p->nnames; i++) {
        enum vox_err rc = trunk_subject_name_check(p->names[i], err);

        if (rc != VOX_OK)
            return rc;
        all += strlen(p->names[i]) + (i > 0);
        for (size_t k = 0; k < i; k++) {
            if (strcasecmp(p->names[k], p->names[i]) == 0)
                return vox_fail(err, VOX_E_INPUT, "the subject name '%s' stands there twice", p->names[i]);
        }
        if (all > LIMIT_TRUNK_NAMES)
            return vox_fail(err, VOX_E_INPUT,
                            "the subject names together have more than %d characters, which is the "
                            "vendor's limit for the field: make two profiles",
                            LIMIT_TRUNK_NAMES);
    }
    return VOX_OK;
}

enum vox_err trunk_profile_check(const struct trunk_profile *p, struct vox_error *err)
{
    enum vox_err rc = trunk_profile_name_check(p->name, err);

    if (rc != VOX_OK)
        return rc;
    if (!trunk_mode_word(p->mode) || !trunk_transport_word(p->outgoing) || !trunk_transport_word(p->incoming))
        return vox_fail(err, VOX_E_USAGE, "profile %s: a mode or transport that there is not", p->name);
    if (p->port < 1 || p->port > 65535)
        return vox_fail(err, VOX_E_INPUT, "not a port: %u (1 to 65535)", p->port);
    if (p->nonce_validity < 1 || p->nonce_validity > TRUNK_NONCE_VALIDITY_MAX)
        return vox_fail(err, VOX_E_INPUT, "a nonce is valid for 1 to %d seconds, not %u", TRUNK_NONCE_VALIDITY_MAX,
                        p->nonce_validity);
    rc = check_transports(p, err);
    return rc == VOX_OK ? check_names(p, err) : rc;
}
