#include "store/trunks.h"

#include <stdlib.h>
#include <string.h>

#include <libcert/trunks.h>

void trunks_text_at(struct store_query *q, int i, char *out, size_t outlen)
{
    struct bytes_view v = store_query_bytes(q, i);

    out[0] = '\0';
    if (v.len >= outlen || (v.len > 0 && memchr(v.data, '\0', v.len))) {
        store_query_fail(q, vox_fail(q->err, VOX_E_STORE, "the store is damaged: a text about a trunk is too long"));
        return;
    }
    if (v.len > 0)
        memcpy(out, v.data, v.len);
    out[v.len] = '\0';
}

/* Is every part of it what trunk_host() and the limits allow? */
static enum vox_err check(const struct trunk *t, struct vox_error *err)
{
    char host[TRUNK_HOST_MAX];
    enum vox_err rc = trunk_name_check(t->name, err);

    if (rc != VOX_OK)
        return rc;
    if (t->n < 1 || t->n > LIMIT_TRUNK_DESTINATIONS)
        return vox_fail(err, VOX_E_INPUT, "a trunk has 1 to %d destinations, not %zu", LIMIT_TRUNK_DESTINATIONS, t->n);
    for (size_t i = 0; i < t->n; i++) {
        const struct trunk_destination *d = &t->destinations[i];

        rc = trunk_host(d->host, host, err);
        if (rc != VOX_OK)
            return rc;
        if (strcmp(host, d->host) != 0)
            return vox_fail(err, VOX_E_INPUT, "the host '%s' is to be written %s", d->host, host);
        if (d->port < 1 || d->port > 65535)
            return vox_fail(err, VOX_E_INPUT, "%s: not a port: %u (1 to 65535)", d->host, d->port);
        for (size_t k = 0; k < i; k++) {
            if (t->destinations[k].port == d->port && strcmp(t->destinations[k].host, d->host) == 0)
                return vox_fail(err, VOX_E_INPUT, "the destination %s port %u stands there twice", d->host, d->port);
        }
    }
    return VOX_OK;
}

static enum vox_err put_trunk(struct store *s, const struct trunk *t, struct vox_error *err)
{
    struct store_query q;
    int64_t added;
    enum vox_err rc;

    store_query_begin(&q, s, "INSERT INTO trunks (name, profile) SELECT $1, name FROM trunk_profiles WHERE name = $2",
                      err);
    store_query_text(&q, 1, t->name);
    store_query_text(&q, 2, t->profile);
    rc = store_query_run(&q, &added);
    if (rc == VOX_E_EXISTS)
        return vox_fail(err, VOX_E_EXISTS, "there is a trunk '%s' already", t->name);
    if (rc == VOX_OK && added == 0)
        return vox_fail(err, VOX_E_NOT_FOUND, "there is no profile '%s': voxtrunk profile add makes one", t->profile);
    return rc;
}

static enum vox_err put_destination(struct store *s, const struct trunk *t, size_t i, struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s, "INSERT INTO trunk_destinations (trunk, ordinal, host, port) VALUES ($1, $2, $3, $4)",
                      err);
    store_query_text(&q, 1, t->name);
    store_query_int(&q, 2, (int64_t)i + 1);
    store_query_text(&q, 3, t->destinations[i].host);
    store_query_int(&q, 4, t->destinations[i].port);
    return store_query_run(&q, NULL);
}

enum vox_err trunk_add(struct store *s, const struct trunk *t, struct vox_error *err)
{
    bool own;
    enum vox_err rc = check(t, err);

    if (rc == VOX_OK)
        rc = store_step_begin(s, &own, err);
    if (rc != VOX_OK)
        return rc;
    rc = put_trunk(s, t, err);
    for (size_t i = 0; i < t->n && rc == VOX_OK; i++)
        rc = put_destination(s, t, i, err);
    return store_step_end(s, own, rc, err);
}

enum vox_err trunk_remove(struct store *s, const char *name, struct vox_error *err)
{
    static const char *const statements[] = {"DELETE FROM trunk_certificates WHERE trunk = $1",
                                             "DELETE FROM trunk_destinations WHERE trunk = $1",
                                             "DELETE FROM trunks WHERE name = $1"};
    int64_t removed = 0;
    bool own;
    enum vox_err rc = store_step_begin(s, &own, err);

    if (rc != VOX_OK)
        return rc;
    for (size_t i = 0; i < sizeof statements / sizeof *statements && rc == VOX_OK; i++) {
        struct store_query q;

        store_query_begin(&q, s, statements[i], err);
        store_query_text(&q, 1, name);
        rc = store_query_run(&q, &removed);
    }
    if (rc == VOX_OK && removed == 0)
        rc = vox_fail(err, VOX_E_NOT_FOUND, "there is no trunk '%s'", name);
    return store_step_end(s, own, rc, err);
}

/* A trunk for the row's name: the last one of list, or one more. */
static struct trunk *trunk_of_row(struct store_query *q, struct trunk **list, size_t *n)
{
    char name[TRUNK_NAME_MAX];
    struct trunk *more;

    trunks_text_at(q, 0, name, sizeof name);
    if (*n > 0 && strcmp((*list)[*n - 1].name, name) == 0)
        return &(*list)[*n - 1];
    if ((more = reallocarray(*list, *n + 1, sizeof *more)) == NULL) {
        store_query_fail(q, vox_fail(q->err, VOX_E_MEMORY, "no memory"));
        return NULL;
    }
    *list = more;
    memset(&more[*n], 0, sizeof *more);
    memcpy(more[*n].name, name, sizeof name);
    trunks_text_at(q, 1, more[*n].profile, sizeof more[*n].profile);
    return &more[(*n)++];
}

enum vox_err trunks_list(struct store *s, const char *name, struct trunk **out, size_t *n, struct vox_error *err)
{
    struct vox_error why;
    struct store_query q;
    enum vox_err rc;

    *out = NULL;
    *n = 0;
    store_query_begin(&q, s,
                      "SELECT t.name, t.profile, d.host, d.port FROM trunks t JOIN trunk_destinations d"
                      " ON d.trunk = t.name WHERE CAST($1 AS TEXT) IS NULL OR t.name = $1 ORDER BY t.name, d.ordinal",
                      err);
    store_query_text(&q, 1, name);
    while (store_query_next(&q)) {
        struct trunk *t = trunk_of_row(&q, out, n);

        if (t == NULL)
            break;
        if (t->n == LIMIT_TRUNK_DESTINATIONS) {
            store_query_fail(&q, vox_fail(err, VOX_E_STORE, "the store is damaged: a trunk has too many destinations"));
            break;
        }
        trunks_text_at(&q, 2, t->destinations[t->n].host, sizeof t->destinations[t->n].host);
        t->destinations[t->n++].port = (unsigned)store_query_int_at(&q, 3);
    }
    rc = store_query_end(&q);
    for (size_t i = 0; i < *n && rc == VOX_OK; i++) {
        if (check(&(*out)[i], &why) != VOX_OK) /* changed by hand */
            rc = vox_fail(err, VOX_E_STORE, "the store is damaged: trunk %s: %s", (*out)[i].name, why.text);
    }
    if (rc != VOX_OK) {
        free(*out);
        *out = NULL;
        *n = 0;
    }
    return rc;
}
