#include "x509/peercheck_names.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/x509v3.h>

#include <libcert/name.h>
#include <libcert/peercheck.h>
#include <libcert/printable.h>

/* An alternative name as text: a DNS name without a NUL inside, or an address. false: something else. */
static bool text_of(const GENERAL_NAME *g, char out[static PEERCHECK_NAME_MAX])
{
    int type;
    const void *value = GENERAL_NAME_get0_value(g, &type);

    if (type == GEN_DNS) {
        const unsigned char *bytes = ASN1_STRING_get0_data(value);
        int len = ASN1_STRING_length(value);

        if (len <= 0 || len >= PEERCHECK_NAME_MAX || memchr(bytes, '\0', (size_t)len) != NULL)
            return false;
        memcpy(out, bytes, (size_t)len);
        out[len] = '\0';
        return true;
    }
    if (type == GEN_IPADD) {
        int len = ASN1_STRING_length(value);

        return (len == 4 || len == 16) &&
               inet_ntop(len == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(value), out, PEERCHECK_NAME_MAX) != NULL;
    }
    return false;
}

/* Call each(arg, name) for every name until it says false. */
static void each_name(const struct cert *c, bool (*each)(void *arg, const char *name), void *arg)
{
    X509 *x = cert_x509(c);
    char *cn = NULL, text[PEERCHECK_NAME_MAX];
    GENERAL_NAMES *all = NULL;
    bool more = true;

    if (name_common_name(cert_subject_der(c), &cn, NULL) == VOX_OK && cn[0] != '\0')
        more = each(arg, cn);
    free(cn);
    if (x != NULL)
        all = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; more && i < sk_GENERAL_NAME_num(all); i++) {
        if (text_of(sk_GENERAL_NAME_value(all, i), text))
            more = each(arg, text);
    }
    GENERAL_NAMES_free(all);
}

struct search {
    const char *name;
    bool found;
};

static bool same(void *arg, const char *name)
{
    struct search *s = arg;

    s->found = strcasecmp(name, s->name) == 0;
    return !s->found;
}

bool peercheck_named(const struct cert *c, const char *name)
{
    struct search s = {name, false};

    each_name(c, same, &s);
    return s.found;
}

static bool without_star(void *arg, const char *name)
{
    char *out = arg;

    if (strchr(name, '*') == NULL)
        return true;
    printable_escape(out, PEERCHECK_NAME_MAX, name);
    return false;
}

bool peercheck_wildcard(const struct cert *c, char out[static PEERCHECK_NAME_MAX])
{
    out[0] = '\0';
    each_name(c, without_star, out);
    return out[0] != '\0';
}

struct text {
    char *out;
    size_t room, used;
};

static bool append(void *arg, const char *name)
{
    struct text *t = arg;
    char shown[PEERCHECK_NAME_MAX], with_comma[PEERCHECK_NAME_MAX + 4];

    printable_escape(shown, sizeof shown, name);
    (void)snprintf(with_comma, sizeof with_comma, ", %s", shown);
    if (t->used > 0 && strcmp(t->out, shown) == 0)
        return true; /* the CN stands among the alternative names mostly */
    t->used += (size_t)snprintf(t->out + t->used, t->room - t->used, "%s", with_comma + (t->used == 0 ? 2 : 0));
    return t->used < t->room;
}

void peercheck_names_text(const struct cert *c, char *out, size_t outlen)
{
    struct text t = {out, outlen, 0};

    (void)snprintf(out, outlen, "nobody");
    each_name(c, append, &t);
}

struct caller {
    void (*each)(void *arg, const char *name);
    void *arg;
};

static bool pass_on(void *arg, const char *name)
{
    const struct caller *c = arg;

    c->each(c->arg, name);
    return true;
}

void peercheck_each_name(const struct cert *c, void (*each)(void *arg, const char *name), void *arg)
{
    struct caller caller = {each, arg};

    each_name(c, pass_on, &caller);
}
