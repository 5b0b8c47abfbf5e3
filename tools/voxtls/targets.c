#include "targets.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cli/csv.h>
#include <libcert/tlsconn.h>

#include "places.h"

enum column { COL_HOST, COL_PORT, COL_APPLICATION, COL_KIND, COLUMNS };

static const struct {
    const char *word;
    enum target_table table;
} kinds[] = {{"cucm", TABLE_CALL_MANAGER}, {"imp", TABLE_PRESENCE}, {"all", TABLE_ALL}};

static bool is_address(const char *host)
{
    unsigned char address[16];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

/* Names as DNS has them, with underscores that some sites use; "1.2.3" and "10.0.0.256" are meant as addresses. */
static enum vox_err check_host(const char *host, struct vox_error *err)
{
    bool letters = false;
    size_t label = 0;

    if (is_address(host))
        return VOX_OK;
    for (const char *p = host; *p != '\0'; p++) {
        const unsigned char c = (unsigned char)*p;

        letters = letters || isalpha(c);
        label = c == '.' ? 0 : label + 1;
        if (!(isalnum(c) || c == '-' || c == '.' || c == '_') || (c == '-' && label == 1) || label > 63 ||
            (c == '.' && (p == host || p[-1] == '.')))
            return vox_fail(err, VOX_E_INPUT, "neither a host name nor an address: %.80s", host);
    }
    return letters ? VOX_OK : vox_fail(err, VOX_E_INPUT, "neither a host name nor an address: %.80s", host);
}

static enum vox_err set_host(struct target *t, const char *text, struct vox_error *err)
{
    struct tlsconn_target split;
    enum vox_err code;

    /* 1 stands for no port: it is looked at whether there was one, for 1 can be meant too. */
    if ((code = tlsconn_target_parse(text, 1, &split, err)) != VOX_OK) {
        if (err != NULL)
            err->code = VOX_E_INPUT;
        return VOX_E_INPUT;
    }
    if (strlen(split.host) >= sizeof t->host)
        return vox_fail(err, VOX_E_INPUT, "a host name has at most %d characters", LIMIT_DNS_NAME);
    memcpy(t->host, split.host, strlen(split.host) + 1);
    if ((text[0] == '[' || strchr(t->host, ':') != NULL) && (strchr(t->host, ':') == NULL || !is_address(t->host)))
        return vox_fail(err, VOX_E_INPUT, "not an address of IPv6: %.80s", text);
    if (text[0] == '[' ? strstr(text, "]:") != NULL : strchr(text, ':') != NULL && strchr(t->host, ':') == NULL)
        t->port = (uint16_t)strtoul(split.port, NULL, 10);
    return check_host(t->host, err);
}

static enum vox_err grow(struct targets *t, struct vox_error *err)
{
    struct target *more;

    if (t->n >= LIMIT_INVENTORY_HOSTS)
        return vox_fail(err, VOX_E_INPUT, "more than %d hosts: divide them", LIMIT_INVENTORY_HOSTS);
    if ((t->n & (t->n - 1)) == 0) { /* a power of two: full, or empty */
        if ((more = realloc(t->v, (t->n == 0 ? 1 : 2 * t->n) * sizeof *more)) == NULL)
            return vox_fail(err, VOX_E_MEMORY, "no memory");
        t->v = more;
    }
    memset(&t->v[t->n], 0, sizeof *t->v);
    return VOX_OK;
}

enum vox_err targets_add(struct targets *t, const char *text, enum target_table table, struct vox_error *err)
{
    enum vox_err code = grow(t, err);

    if (code != VOX_OK)
        return code;
    t->v[t->n].table = table;
    if ((code = set_host(&t->v[t->n], text, err)) == VOX_OK)
        t->n++;
    return code;
}

static enum vox_err set_port(struct target *t, const char *text, struct vox_error *err)
{
    char *end;
    const unsigned long n = strtoul(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || n < 1 || n > 65535)
        return vox_fail(err, VOX_E_INPUT, "not a port: %.16s (1 to 65535)", text);
    if (t->port != 0 && t->port != n)
        return vox_fail(err, VOX_E_INPUT, "two ports: %u beside the host, and %lu", t->port, n);
    t->port = (uint16_t)n;
    return VOX_OK;
}

static enum vox_err set_application(struct target *t, const char *text, struct vox_error *err)
{
    if (strlen(text) >= sizeof t->application)
        return vox_fail(err, VOX_E_INPUT, "an application's name has at most %d bytes", TARGET_APPLICATION_MAX - 1);
    (void)snprintf(t->application, sizeof t->application, "%s", text);
    if (t->port == 0 && !places_know_application(text))
        return vox_fail(err, VOX_E_INPUT, "%.60s is no application of the tables (voxtls matrix): its port is needed",
                        text);
    return VOX_OK;
}

static enum vox_err set_kind(struct target *t, const char *text, struct vox_error *err)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcasecmp(text, kinds[i].word) == 0) {
            t->table = kinds[i].table;
            return VOX_OK;
        }
    }
    return vox_fail(err, VOX_E_INPUT, "%.20s: the kind is cucm, imp or all", text);
}

static enum vox_err read_row(const struct csv *c, struct target *t, struct vox_error *err)
{
    enum vox_err code;

    if (c->nfields > COLUMNS)
        return vox_fail(err, VOX_E_INPUT, "%zu fields; a line is HOST[:PORT], or host,port,application,kind",
                        c->nfields);
    if (c->fields[COL_HOST][0] == '\0')
        return vox_fail(err, VOX_E_INPUT, "no host");
    if ((code = set_host(t, c->fields[COL_HOST], err)) != VOX_OK)
        return code;
    if (c->nfields > COL_PORT && c->fields[COL_PORT][0] != '\0')
        code = set_port(t, c->fields[COL_PORT], err);
    if (code == VOX_OK && c->nfields > COL_APPLICATION && c->fields[COL_APPLICATION][0] != '\0')
        code = set_application(t, c->fields[COL_APPLICATION], err);
    if (code == VOX_OK && c->nfields > COL_KIND && c->fields[COL_KIND][0] != '\0')
        code = set_kind(t, c->fields[COL_KIND], err);
    return code;
}

static bool is_header(const struct csv *c)
{
    static const char *const words[COLUMNS] = {"host", "port", "application", "kind"};

    for (size_t i = 0; i < c->nfields && i < COLUMNS; i++) {
        if (strcasecmp(c->fields[i], words[i]) != 0)
            return false;
    }
    return c->nfields > 1 && c->nfields <= COLUMNS;
}

enum vox_err targets_read(struct targets *t, struct bytes_view data, enum target_table table, struct refusals *refused,
                          struct vox_error *err)
{
    const size_t before = t->n;
    bool more = true, first = true;
    struct csv c;

    csv_begin_commented(&c, data);
    for (;; first = false) {
        struct vox_error why;
        enum vox_err code = grow(t, err);

        if (code != VOX_OK)
            return code;
        code = csv_next(&c, &more, &why);
        if (!more)
            break;
        if (code == VOX_OK && first && is_header(&c))
            continue;
        t->v[t->n].table = table;
        if (code == VOX_OK)
            code = read_row(&c, &t->v[t->n], &why);
        if (code != VOX_OK)
            refusals_add(refused, c.line, why.text);
        else
            t->n++;
    }
    return t->n > before || refused->n > 0 ? VOX_OK : vox_fail(err, VOX_E_INPUT, "no host in it");
}

void targets_free(struct targets *t)
{
    free(t->v);
    *t = (struct targets){NULL, 0};
}
