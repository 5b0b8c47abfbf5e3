#include "naming.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include <libcert/name.h>
#include <libcert/token.h>

enum { CN_MAX = 64 }; /* X.520, ub-common-name */

/* Eight hex digits from the library's generator. */
static enum vox_err random_hex(char out[static 9], struct vox_error *err)
{
    uint8_t bytes[4];

    if (RAND_bytes(bytes, sizeof bytes) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no random numbers");
    hex_encode(bytes, sizeof bytes, out);
    return VOX_OK;
}

/* What phones and peers call the node; a DNS name that no CN can hold gives way to the node's name. */
static const char *host_of(const struct store_node *n, size_t suffix)
{
    return n->dns[0] != '\0' && strlen(n->dns) + suffix <= CN_MAX ? n->dns : n->name;
}

static enum vox_err common_name(const struct owner *o, char *out, size_t outlen, struct vox_error *err)
{
    const char *host;
    char hex[9];
    enum vox_err code;

    switch (o->service) {
    case SERVICE_CAPF:
        if ((code = random_hex(hex, err)) != VOX_OK)
            return code;
        (void)snprintf(out, outlen, "CAPF-%s", hex);
        return VOX_OK;
    case SERVICE_ITLRECOVERY:
        (void)snprintf(out, outlen, "ITLRECOVERY_%s",
                       o->nnodes > 0        ? o->nodes[0].name
                       : o->cluster != NULL ? o->cluster
                                            : "cluster");
        return VOX_OK;
    case SERVICE_CALLMANAGER_ECDSA:
        host = host_of(o->node, strlen("-EC"));
        (void)snprintf(out, outlen, "%.*s-EC%s", (int)strcspn(host, "."), host, host + strcspn(host, "."));
        return VOX_OK;
    default:
        (void)snprintf(out, outlen, "%s", host_of(o->node, 0));
        return VOX_OK;
    }
}

static bool add(X509_NAME *name, int nid, const char *value)
{
    return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0) > 0;
}

enum vox_err naming_subject(const struct owner *o, const char *text, X509_NAME **out, struct vox_error *err)
{
    char cn[400];
    enum vox_err code;

    *out = NULL;
    if (text != NULL) {
        if ((code = name_parse(text, out, err)) == VOX_E_INPUT)
            code = err->code = VOX_E_USAGE; /* an option, not a file */
        if (code != VOX_OK)
            (void)vox_error_prefix(err, "--subject");
        return code;
    }
    if ((code = common_name(o, cn, sizeof cn, err)) != VOX_OK)
        return code;
    if (strlen(cn) > CN_MAX)
        return vox_fail(err, VOX_E_INPUT, "%.100s: over %d characters, which no common name may have: use --subject",
                        cn, CN_MAX);
    if ((*out = X509_NAME_new()) == NULL || !add(*out, NID_commonName, cn) ||
        (o->cluster != NULL && !add(*out, NID_organizationName, o->cluster))) {
        X509_NAME_free(*out);
        *out = NULL;
        return vox_fail_openssl(err, VOX_E_INPUT, "CN=%s,O=%s cannot be a subject: use --subject", cn, o->cluster);
    }
    return VOX_OK;
}

void naming_alternatives(const struct owner *o, char names[static 2][300], const char *san[static 3])
{
    size_t n = 0;

    if (o->node != NULL && o->node->dns[0] != '\0') {
        (void)snprintf(names[n], sizeof names[n], "DNS:%s", o->node->dns);
        san[n] = names[n];
        n++;
    }
    if (o->node != NULL && o->node->ip[0] != '\0') {
        (void)snprintf(names[n], sizeof names[n], "IP:%s", o->node->ip);
        san[n] = names[n];
        n++;
    }
    san[n] = NULL;
}

enum vox_err naming_key_file(const struct owner *o, char **out, struct vox_error *err)
{
    char hex[9];
    enum vox_err code = random_hex(hex, err);

    *out = NULL;
    if (code != VOX_OK)
        return code;
    if (asprintf(out, "%s-%s%s%s.pem", o->place, owner_node(o), o->node != NULL ? "-" : "", hex) < 0) {
        *out = NULL;
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    return VOX_OK;
}

static bool is_uri(const char *source)
{
    return token_uri_is(source);
}

bool naming_key_path(const struct store *s, const char *source, char *out, size_t outlen)
{
    bool absolute = source[0] == '/';

    if (source[0] == '\0' || is_uri(source))
        return false;
    return (size_t)snprintf(out, outlen, "%s%s%s", absolute ? "" : store_key_dir(s), absolute ? "" : "/", source) <
           outlen;
}

bool naming_key_is_ours(const char *source)
{
    return source[0] != '\0' && strchr(source, '/') == NULL && !is_uri(source);
}
