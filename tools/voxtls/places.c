#include "places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SIP_PORT = 5061, APPLICATIONS_MAX = 200 };

/* Rows of both tables, one after the other. */
static const struct tlsports_row *row_at(size_t i, enum target_table *table)
{
    size_t n, m;
    const struct tlsports_row *call_manager = tlsports_call_manager(&n), *presence = tlsports_presence(&m);

    *table = i < n ? TABLE_CALL_MANAGER : TABLE_PRESENCE;
    return i < n ? &call_manager[i] : i < n + m ? &presence[i - n] : NULL;
}

bool places_know_application(const char *name)
{
    const struct tlsports_row *row;
    enum target_table table;

    for (size_t i = 0; (row = row_at(i, &table)) != NULL; i++) {
        if (row->application[0] != '\0' && strcasecmp(row->application, name) == 0)
            return true;
    }
    return false;
}

/* Everything while targets become places. */
struct making {
    const struct places_params *p;
    struct places *out;
    struct place_host *host;
    size_t cap;
    struct vox_error *err;
};

/* "AXL", "Tomcat" of the same port: "AXL, Tomcat". */
static bool add_application(struct place *place, const char *name)
{
    const size_t have = place->application != NULL ? strlen(place->application) : 0;
    char *text;

    if (place->application != NULL && (name[0] == '\0' || strcasestr(place->application, name) != NULL))
        return true;
    if ((text = realloc(place->application, have + strlen(name) + 3)) == NULL)
        return false;
    (void)snprintf(text + have, strlen(name) + 3, "%s%s", have > 0 ? ", " : "", name);
    place->application = text;
    return true;
}

/* A port that is wanted, as the tables or the inventory have it. */
struct wish {
    uint16_t port;
    const char *application;
    uint8_t expected;
    bool https, pinned;
};

static enum vox_err add_place(struct making *m, const struct wish *w)
{
    struct places *out = m->out;
    struct place *place = NULL;

    for (size_t i = m->host->first; i < out->n && place == NULL; i++) {
        if (out->scans[i].port == w->port)
            place = &out->v[i];
    }
    if (place == NULL) {
        if (out->n == m->cap) {
            const size_t cap = m->cap == 0 ? 64 : 2 * m->cap;
            struct place *v = realloc(out->v, cap * sizeof *v);
            struct tlsscan_port *scans;

            if (v == NULL)
                return vox_fail(m->err, VOX_E_MEMORY, "no memory");
            out->v = v;
            if ((scans = realloc(out->scans, cap * sizeof *scans)) == NULL)
                return vox_fail(m->err, VOX_E_MEMORY, "no memory");
            out->scans = scans;
            m->cap = cap;
        }
        place = &out->v[out->n];
        *place = (struct place){.expected = w->expected};
        out->scans[out->n] = (struct tlsscan_port){.host = &m->host->scan, .port = w->port};
        out->n++;
        m->host->nplaces++;
    }
    place->pinned = place->pinned || w->pinned;
    place->https = place->https || w->https;
    return add_application(place, w->application) ? VOX_OK : vox_fail(m->err, VOX_E_MEMORY, "no memory");
}

/* The port of a row as it is here. */
static uint16_t port_of(const struct making *m, const struct tlsports_row *row, size_t k)
{
    return row->speak_tls[k] == SIP_PORT && strcmp(row->application, "SIP-SIG") == 0 && m->p->sip_port != 0
               ? m->p->sip_port
               : row->speak_tls[k];
}

/* The rows of the tables that are meant: by table, or by application. */
static enum vox_err add_rows(struct making *m, const struct target *t)
{
    const enum tlsports_column column = tlsports_column_of(&m->p->policy);
    const struct tlsports_row *row;
    enum target_table table;
    enum vox_err code = VOX_OK;

    for (size_t i = 0; code == VOX_OK && (row = row_at(i, &table)) != NULL; i++) {
        if (t->application[0] != '\0' ? strcasecmp(row->application, t->application) != 0 : (t->table & table) == 0)
            continue;
        for (size_t k = 0; k < TLSPORTS_ROW_MAX && row->speak_tls[k] != 0 && code == VOX_OK; k++) {
            const struct wish w = {.port = port_of(m, row, k),
                                   .application = row->application,
                                   .expected = tlsports_versions(row, column),
                                   .https = row->https};

            code = add_place(m, &w);
        }
    }
    return code;
}

/* One port by its number: what is expected is what the tables say of the application, or of that number, or of the
 * usual port. */
static enum vox_err add_number(struct making *m, const struct target *t, uint16_t port)
{
    const enum tlsports_column column = tlsports_column_of(&m->p->policy);
    const struct tlsports_row *row, *found = NULL;
    enum target_table table;

    for (size_t i = 0; found == NULL && (row = row_at(i, &table)) != NULL; i++) {
        for (size_t k = 0; k < TLSPORTS_ROW_MAX && row->speak_tls[k] != 0; k++) {
            if (t->application[0] != '\0' ? strcasecmp(row->application, t->application) == 0
                                          : (t->table & table) != 0 && port_of(m, row, k) == port)
                found = row;
        }
    }
    const struct wish w = {.port = port,
                           .application = t->application[0] != '\0' ? t->application
                                          : found != NULL           ? found->application
                                                                    : "",
                           .expected = tlsports_versions(found != NULL ? found : row_at(0, &table), column),
                           .https = found != NULL && found->https,
                           .pinned = true};

    return add_place(m, &w);
}

static enum vox_err add_target(struct making *m, const struct target *t)
{
    enum vox_err code = VOX_OK;

    if (t->port != 0)
        return add_number(m, t, t->port);
    if (m->p->nports == 0)
        return add_rows(m, t);
    for (size_t i = 0; i < m->p->nports && code == VOX_OK; i++)
        code = add_number(m, t, m->p->ports[i]);
    return code;
}

static int by_host(const void *a, const void *b)
{
    const struct target *const *x = a, *const *y = b;
    const int order = strcasecmp((*x)->host, (*y)->host);

    return order != 0 ? order : *x < *y ? -1 : 1;
}

static int by_appearance(const void *a, const void *b)
{
    const struct target *const *const *x = a, *const *const *y = b;

    return **x < **y ? -1 : **x > **y;
}

/* Targets of each host together, hosts as they first appear: groups[i] points to the first of a host's. */
static enum vox_err group(const struct targets *t, const struct target ***sorted, const struct target ****groups,
                          size_t *n, struct vox_error *err)
{
    *n = 0;
    *sorted = calloc(t->n + 1, sizeof **sorted);
    *groups = calloc(t->n + 1, sizeof **groups);
    if (*sorted == NULL || *groups == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; i < t->n; i++)
        (*sorted)[i] = &t->v[i];
    qsort(*sorted, t->n, sizeof **sorted, by_host);
    for (size_t i = 0; i < t->n; i++) {
        if (i == 0 || strcasecmp((*sorted)[i - 1]->host, (*sorted)[i]->host) != 0)
            (*groups)[(*n)++] = &(*sorted)[i];
    }
    qsort(*groups, *n, sizeof **groups, by_appearance);
    return VOX_OK;
}

static int by_port(const void *a, const void *b)
{
    const struct tlsscan_port *const x = a, *const y = b;

    return x->port < y->port ? -1 : x->port > y->port;
}

static int by_place_port(const void *a, const void *b)
{
    const struct place *const x = a, *const y = b;

    return by_port(x->scan, y->scan);
}

/* Pointers last, when nothing moves any more; ports of a host in their order. */
static void connect_scans(struct places *out)
{
    for (size_t h = 0; h < out->nhosts; h++) {
        const struct place_host *host = &out->hosts[h];

        for (size_t i = 0; i < host->nplaces; i++)
            out->v[host->first + i].scan = &out->scans[host->first + i];
        qsort(out->v + host->first, host->nplaces, sizeof *out->v, by_place_port);
        qsort(out->scans + host->first, host->nplaces, sizeof *out->scans, by_port);
        for (size_t i = 0; i < host->nplaces; i++)
            out->v[host->first + i].scan = &out->scans[host->first + i];
    }
}

enum vox_err places_make(const struct targets *t, const struct places_params *p, struct places *out,
                         struct vox_error *err)
{
    struct making m = {.p = p, .out = out, .err = err};
    const struct target **sorted, ***groups;
    enum vox_err code;
    size_t n;

    memset(out, 0, sizeof *out);
    code = group(t, &sorted, &groups, &n, err);
    if (code == VOX_OK && (out->hosts = calloc(n + 1, sizeof *out->hosts)) == NULL)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t h = 0; h < n && code == VOX_OK; h++) {
        const struct target **at = groups[h];

        m.host = &out->hosts[out->nhosts++];
        *m.host = (struct place_host){.name = (*at)->host, .first = out->n};
        do {
            code = add_target(&m, *at++);
        } while (code == VOX_OK && at < sorted + t->n && strcasecmp((*at)->host, m.host->name) == 0);
    }
    connect_scans(out);
    free(sorted);
    free(groups);
    return code;
}

void places_resolve(struct places *p)
{
    for (size_t h = 0; h < p->nhosts; h++) {
        struct place_host *host = &p->hosts[h];
        struct vox_error why;

        if (tlsscan_resolve(host->name, &host->scan, &why) == VOX_OK)
            continue;
        (void)snprintf(host->unresolved, sizeof host->unresolved, "%.190s", why.text);
        for (size_t i = 0; i < host->nplaces; i++) {
            struct tlsscan_port *port = p->v[host->first + i].scan;

            port->state = TLSSCAN_UNREACHABLE;
            (void)snprintf(port->why, sizeof port->why, "%.190s", why.text);
        }
    }
}

void places_free(struct places *p)
{
    for (size_t i = 0; i < p->n; i++) {
        for (size_t k = 0; k < p->v[i].nfindings; k++)
            free(p->v[i].findings[k].text);
        free(p->v[i].findings);
        free(p->v[i].application);
        tlsscan_port_clear(&p->scans[i]);
    }
    free(p->v);
    free(p->scans);
    free(p->hosts);
    memset(p, 0, sizeof *p);
}
