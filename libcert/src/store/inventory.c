#include <libcert/inventory.h>

#include <stdlib.h>
#include <string.h>

#include "store/phones.h"
#include "store/text.h"

#define INVENTORY_COLUMNS "name, model, address, how, seen, ctl, ctl_seen, itl, itl_seen"

/* An empty field says nothing; of two that say something the later one counts. */
static const char put_phone[] =
    "INSERT INTO inventory (" INVENTORY_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    " ON CONFLICT (name) DO UPDATE SET"
    " model = CASE WHEN excluded.model <> '' THEN excluded.model ELSE inventory.model END,"
    " address = CASE WHEN excluded.address <> '' AND excluded.seen >= inventory.seen"
    " THEN excluded.address ELSE inventory.address END,"
    " how = CASE WHEN excluded.seen >= inventory.seen THEN excluded.how ELSE inventory.how END,"
    " seen = CASE WHEN excluded.seen > inventory.seen THEN excluded.seen ELSE inventory.seen END,"
    " ctl = CASE WHEN excluded.ctl <> '' AND excluded.ctl_seen >= inventory.ctl_seen"
    " THEN excluded.ctl ELSE inventory.ctl END,"
    " ctl_seen = CASE WHEN excluded.ctl <> '' AND excluded.ctl_seen >= inventory.ctl_seen"
    " THEN excluded.ctl_seen ELSE inventory.ctl_seen END,"
    " itl = CASE WHEN excluded.itl <> '' AND excluded.itl_seen >= inventory.itl_seen"
    " THEN excluded.itl ELSE inventory.itl END,"
    " itl_seen = CASE WHEN excluded.itl <> '' AND excluded.itl_seen >= inventory.itl_seen"
    " THEN excluded.itl_seen ELSE inventory.itl_seen END";

static enum vox_err check_list(const char *what, const char *sha256, struct vox_error *err)
{
    if (sha256[0] == '\0' || strcmp(sha256, INVENTORY_NONE) == 0 ||
        (strlen(sha256) == INVENTORY_LIST_MAX - 1 && strspn(sha256, "0123456789abcdef") == INVENTORY_LIST_MAX - 1))
        return VOX_OK;
    return vox_fail(err, VOX_E_INPUT, "%s: '%.70s' is no SHA-256", what, sha256);
}

static enum vox_err check(const struct inventory_phone *p, struct vox_error *err)
{
    enum vox_err rc = phone_name_check(p->name, err);

    if (rc == VOX_OK && p->model[0] != '\0')
        rc = store_text_check_name("model", p->model, err);
    if (rc == VOX_OK && p->address[0] != '\0')
        rc = store_text_check_name("address", p->address, err);
    if (rc == VOX_OK)
        rc = check_list("CTL", p->ctl, err);
    return rc == VOX_OK ? check_list("ITL", p->itl, err) : rc;
}

enum vox_err inventory_note(struct store *s, const struct inventory_phone *p, struct vox_error *err)
{
    char seen[CLOCK_RFC3339_MAX], ctl_seen[CLOCK_RFC3339_MAX], itl_seen[CLOCK_RFC3339_MAX];
    struct store_query q;
    enum vox_err rc = check(p, err);

    if (rc != VOX_OK)
        return rc;
    phones_time_text(p->seen, seen);
    phones_time_text(p->ctl_seen, ctl_seen);
    phones_time_text(p->itl_seen, itl_seen);
    store_query_begin(&q, s, put_phone, err);
    store_query_text(&q, 1, p->name);
    store_query_text(&q, 2, p->model);
    store_query_text(&q, 3, p->address);
    store_query_text(&q, 4, p->how);
    store_query_text(&q, 5, seen);
    store_query_text(&q, 6, p->ctl);
    store_query_text(&q, 7, ctl_seen);
    store_query_text(&q, 8, p->itl);
    store_query_text(&q, 9, itl_seen);
    return store_query_run(&q, NULL);
}

static enum vox_err read_phone(struct store_query *q, struct inventory_phone *p)
{
    memset(p, 0, sizeof *p);
    phones_text_at(q, 0, p->name, sizeof p->name);
    phones_text_at(q, 1, p->model, sizeof p->model);
    phones_text_at(q, 2, p->address, sizeof p->address);
    phones_text_at(q, 3, p->how, sizeof p->how);
    p->seen = phones_time_at(q, 4);
    phones_text_at(q, 5, p->ctl, sizeof p->ctl);
    p->ctl_seen = phones_time_at(q, 6);
    phones_text_at(q, 7, p->itl, sizeof p->itl);
    p->itl_seen = phones_time_at(q, 8);
    return q->rc;
}

static enum vox_err no_phone(const char *name, struct vox_error *err)
{
    return vox_fail(err, VOX_E_NOT_FOUND, "nothing is known of which lists '%s' holds", name);
}

enum vox_err inventory_get(struct store *s, const char *name, struct inventory_phone *out, struct vox_error *err)
{
    struct store_query q;
    bool found;

    memset(out, 0, sizeof *out);
    store_query_begin(&q, s, "SELECT " INVENTORY_COLUMNS " FROM inventory WHERE name = $1", err);
    store_query_text(&q, 1, name);
    found = store_query_next(&q);
    if (found)
        (void)read_phone(&q, out);
    else if (q.rc == VOX_OK)
        store_query_fail(&q, no_phone(name, err));
    return store_query_end(&q);
}

enum vox_err inventory_each(struct store *s, const struct inventory_filter *f,
                            bool (*each)(void *arg, const struct inventory_phone *p), void *arg, struct vox_error *err)
{
    const struct inventory_filter any = {NULL, NULL, NULL, NULL};
    struct inventory_phone p;
    struct store_query q;

    if (f == NULL)
        f = &any;
    store_query_begin(&q, s,
                      "SELECT " INVENTORY_COLUMNS " FROM inventory WHERE (CAST($1 AS TEXT) IS NULL OR ctl = $1)"
                      " AND (CAST($2 AS TEXT) IS NULL OR itl = $2) AND (CAST($3 AS TEXT) IS NULL OR model = $3)"
                      " AND (CAST($4 AS TEXT) IS NULL OR substr(name, 1, length($4)) = $4) ORDER BY name",
                      err);
    store_query_text(&q, 1, f->ctl);
    store_query_text(&q, 2, f->itl);
    store_query_text(&q, 3, f->model);
    store_query_text(&q, 4, f->name_prefix);
    while (store_query_next(&q)) {
        if (read_phone(&q, &p) != VOX_OK || !each(arg, &p))
            break;
    }
    return store_query_end(&q);
}

static enum vox_err count_unheard(struct store *s, int64_t *out, struct vox_error *err)
{
    struct store_query q;

    *out = 0;
    store_query_begin(&q, s,
                      "SELECT count(*) FROM phones WHERE NOT EXISTS"
                      " (SELECT 1 FROM inventory WHERE inventory.name = phones.name)",
                      err);
    if (store_query_next(&q))
        *out = store_query_int_at(&q, 0);
    return store_query_end(&q);
}

enum vox_err inventory_groups(struct store *s, struct inventory_group **out, size_t *n, int64_t *unheard,
                              struct vox_error *err)
{
    struct inventory_group *groups = NULL, *more;
    struct store_query q;
    size_t room = 0;
    enum vox_err rc = count_unheard(s, unheard, err);

    *out = NULL;
    *n = 0;
    if (rc != VOX_OK)
        return rc;
    store_query_begin(&q, s,
                      "SELECT ctl, itl, model, count(*) FROM inventory GROUP BY ctl, itl, model"
                      " ORDER BY ctl, itl, model",
                      err);
    while (store_query_next(&q)) {
        if (*n == room) {
            more = realloc(groups, (room = room * 2 + 16) * sizeof *groups);
            if (more == NULL) {
                store_query_fail(&q, vox_fail(err, VOX_E_MEMORY, "no memory"));
                break;
            }
            groups = more;
        }
        phones_text_at(&q, 0, groups[*n].ctl, sizeof groups[*n].ctl);
        phones_text_at(&q, 1, groups[*n].itl, sizeof groups[*n].itl);
        phones_text_at(&q, 2, groups[*n].model, sizeof groups[*n].model);
        groups[(*n)++].count = store_query_int_at(&q, 3);
    }
    rc = store_query_end(&q);
    if (rc != VOX_OK || *n == 0) {
        free(groups);
        groups = NULL;
        *n = 0;
    }
    *out = groups;
    return rc;
}
