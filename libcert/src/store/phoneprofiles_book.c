#include <libcert/phoneprofiles.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/phonemodel.h>

#include "store/phones.h"

struct phone_book {
    struct store *s;
    struct phone_profile *profiles; /* by name */
    size_t n;
    struct phone_template *templates;
    size_t ntemplates;
};

/* --- the tables --- */

enum vox_err phone_profile_assign(struct store *s, const char *device, const char *profile, struct vox_error *err)
{
    struct store_query q;
    int64_t changed = 0;
    enum vox_err rc = phone_name_check(device, err);

    if (rc != VOX_OK)
        return rc;
    store_query_begin(&q, s,
                      "INSERT INTO phone_assignments (device, profile)"
                      " SELECT $1, name FROM phone_profiles WHERE name = $2"
                      " ON CONFLICT (device) DO UPDATE SET profile = excluded.profile",
                      err);
    store_query_text(&q, 1, device);
    store_query_text(&q, 2, profile);
    rc = store_query_run(&q, &changed);
    return rc == VOX_OK && changed == 0 ? vox_fail(err, VOX_E_NOT_FOUND, "there is no profile '%s'", profile) : rc;
}

enum vox_err phone_profile_unassign(struct store *s, const char *device, bool *had, struct vox_error *err)
{
    struct store_query q;
    int64_t removed = 0;
    enum vox_err rc;

    store_query_begin(&q, s, "DELETE FROM phone_assignments WHERE device = $1", err);
    store_query_text(&q, 1, device);
    rc = store_query_run(&q, &removed);
    if (had != NULL)
        *had = removed > 0;
    return rc;
}

enum vox_err phone_templates(struct store *s, struct phone_template **out, size_t *n, struct vox_error *err)
{
    struct store_query q;
    enum vox_err rc;

    *out = NULL;
    *n = 0;
    store_query_begin(&q, s, "SELECT model, profile FROM phone_template ORDER BY model", err);
    while (store_query_next(&q)) {
        struct phone_template *more = reallocarray(*out, *n + 1, sizeof *more);

        if (more == NULL) {
            store_query_fail(&q, vox_fail(err, VOX_E_MEMORY, "no memory"));
            break;
        }
        *out = more;
        phones_text_at(&q, 0, more[*n].model, sizeof more[*n].model);
        phones_text_at(&q, 1, more[(*n)++].profile, sizeof more->profile);
    }
    rc = store_query_end(&q);
    if (rc != VOX_OK) {
        free(*out);
        *out = NULL;
        *n = 0;
    }
    return rc;
}

/* Is the profile there, and for that model? */
static enum vox_err check_template(struct store *s, const struct phone_template *t, struct vox_error *err)
{
    struct phone_profile *list, *p = NULL;
    size_t n;
    enum vox_err rc = phone_profiles(s, &list, &n, err);

    for (size_t i = 0; i < n && p == NULL; i++)
        p = strcmp(list[i].name, t->profile) == 0 ? &list[i] : NULL;
    if (rc == VOX_OK && p == NULL)
        rc = vox_fail(err, VOX_E_NOT_FOUND, "there is no profile '%s'", t->profile);
    else if (rc == VOX_OK && t->model[0] == '\0' && p->model[0] != '\0')
        rc = vox_fail(err, VOX_E_INPUT, "profile %s is for %s, not for any model", p->name, p->model);
    else if (rc == VOX_OK)
        rc = phone_profile_fits(p, t->model, 0, err);
    free(list);
    return rc;
}

enum vox_err phone_template_set(struct store *s, const struct phone_template *t, struct vox_error *err)
{
    struct store_query q;
    enum vox_err rc = check_template(s, t, err);

    if (rc != VOX_OK)
        return rc;
    store_query_begin(&q, s,
                      "INSERT INTO phone_template (model, profile) VALUES ($1, $2)"
                      " ON CONFLICT (model) DO UPDATE SET profile = excluded.profile",
                      err);
    store_query_text(&q, 1, t->model);
    store_query_text(&q, 2, t->profile);
    return store_query_run(&q, NULL);
}

enum vox_err phone_template_clear(struct store *s, const char *model, struct vox_error *err)
{
    struct store_query q;
    int64_t removed = 0;
    enum vox_err rc;

    store_query_begin(&q, s, "DELETE FROM phone_template WHERE model = $1", err);
    store_query_text(&q, 1, model);
    rc = store_query_run(&q, &removed);
    return rc == VOX_OK && removed == 0 ? vox_fail(err, VOX_E_NOT_FOUND, "the template says nothing of model '%s'",
                                                   phone_profile_model_word(model))
                                        : rc;
}

/* --- the book --- */

enum vox_err phone_book_open(struct store *s, struct phone_book **out, struct vox_error *err)
{
    struct phone_book *b = calloc(1, sizeof *b);
    bool own;
    enum vox_err rc;

    *out = NULL;
    if (b == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    b->s = s;
    if ((rc = store_snapshot_begin(s, &own, err)) == VOX_OK) {
        if ((rc = phone_profiles(s, &b->profiles, &b->n, err)) == VOX_OK)
            rc = phone_templates(s, &b->templates, &b->ntemplates, err);
        store_snapshot_end(s, own);
    }
    if (rc == VOX_OK)
        *out = b;
    else
        phone_book_free(&b);
    return rc;
}

void phone_book_free(struct phone_book **b)
{
    if (*b == NULL)
        return;
    free((*b)->profiles);
    free((*b)->templates);
    free(*b);
    *b = NULL;
}

static int by_name(const void *name, const void *profile)
{
    return strcmp(name, ((const struct phone_profile *)profile)->name);
}

const struct phone_profile *phone_book_find(const struct phone_book *b, const char *name)
{
    return b->n > 0 ? bsearch(name, b->profiles, b->n, sizeof *b->profiles, by_name) : NULL;
}

bool phone_book_any(const struct phone_book *b)
{
    return b->n > 0;
}

static const struct phone_profile *template_of(const struct phone_book *b, const char *model)
{
    for (size_t i = 0; i < b->ntemplates; i++) {
        if (strcmp(b->templates[i].model, model) == 0)
            return phone_book_find(b, b->templates[i].profile);
    }
    return NULL;
}

/* The model's own, else the family's, else the one for any. */
static const struct phone_profile *by_template(const struct phone_book *b, const char *model)
{
    const struct phone_profile *p = NULL;
    struct phone_model m;

    if (b->ntemplates > 0 && phone_model_find(model, &m)) {
        p = template_of(b, m.name);
        if (p == NULL)
            p = template_of(b, m.family);
    }
    return p != NULL ? p : template_of(b, "");
}

#define DEVICE_COLUMNS " a.profile, i.model, p.name IS NOT NULL OR i.name IS NOT NULL, p.lsc <> ''"
#define DEVICE_JOINS                                                                               \
    " LEFT JOIN phone_assignments a ON a.device = d.name LEFT JOIN inventory i ON i.name = d.name" \
    " LEFT JOIN phones p ON p.name = d.name"

static enum vox_err read_device(struct store_query *q, const struct phone_book *b, struct phone_device *d)
{
    char profile[PHONE_PROFILE_NAME_MAX];

    memset(d, 0, sizeof *d);
    phones_text_at(q, 0, d->name, sizeof d->name);
    phones_text_at(q, 1, profile, sizeof profile);
    phones_text_at(q, 2, d->model, sizeof d->model);
    d->known = store_query_int_at(q, 3) != 0;
    d->has_lsc = store_query_int_at(q, 4) != 0;
    if (q->rc != VOX_OK)
        return q->rc;
    d->profile = profile[0] != '\0' ? phone_book_find(b, profile) : by_template(b, d->model);
    if (d->profile != NULL)
        d->by = profile[0] != '\0' ? PHONE_PROFILE_ASSIGNED : PHONE_PROFILE_TEMPLATE;
    else if (profile[0] != '\0')
        store_query_fail(q, vox_fail(q->err, VOX_E_STORE, "profile %s of %s was made just now: once more, please",
                                     profile, d->name));
    return q->rc;
}

enum vox_err phone_book_device(const struct phone_book *b, const char *name, struct phone_device *out,
                               struct vox_error *err)
{
    struct store_query q;

    memset(out, 0, sizeof *out);
    store_query_begin(&q, b->s,
                      "SELECT d.name," DEVICE_COLUMNS " FROM (SELECT CAST($1 AS TEXT) AS name) d" DEVICE_JOINS, err);
    store_query_text(&q, 1, name);
    if (store_query_next(&q))
        (void)read_device(&q, b, out);
    return store_query_end(&q);
}

enum vox_err phone_book_each(const struct phone_book *b, bool (*each)(void *arg, const struct phone_device *d),
                             void *arg, struct vox_error *err)
{
    struct phone_device d;
    struct store_query q;

    store_query_begin(&q, b->s,
                      "SELECT d.name," DEVICE_COLUMNS " FROM (SELECT name FROM phones UNION SELECT name FROM inventory"
                      " UNION SELECT device FROM phone_assignments) d" DEVICE_JOINS " ORDER BY d.name",
                      err);
    while (store_query_next(&q)) {
        if (read_device(&q, b, &d) != VOX_OK || !each(arg, &d))
            break;
    }
    return store_query_end(&q);
}
