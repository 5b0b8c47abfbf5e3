#include <libcert/canaries.h>

#include <stdlib.h>
#include <string.h>

#include <libcert/inventory.h>

#include "store/lists.h"
#include "store/phones.h"

static const char *const words[CANARY_STEP_COUNT] = {"growing",  "open",        "promoting",
                                                     "promoted", "withdrawing", "withdrawn"};

const char *canary_step_word(enum canary_step st)
{
    return (unsigned)st < CANARY_STEP_COUNT ? words[st] : "?";
}

enum vox_err canary_add(struct store *s, struct canary *c, struct bytes_view data, struct vox_error *err)
{
    char id[STORE_ID_MAX], sha256[STORE_SHA256_MAX], started[CLOCK_RFC3339_MAX];
    struct store_query q;
    int64_t added = 0;
    enum vox_err rc;

    if ((rc = store_random_id(id, err)) != VOX_OK || (rc = store_list_sha256(data, sha256, err)) != VOX_OK ||
        (rc = inventory_list_learn(s, c->kind, data, "canary", err)) != VOX_OK)
        return rc;
    clock_format(c->started, started);
    store_query_begin(&q, s,
                      "INSERT INTO canaries (id, kind, dir, step, sha256, started, changed)"
                      " VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT DO NOTHING",
                      err);
    store_query_text(&q, 1, id);
    store_query_text(&q, 2, c->kind);
    store_query_text(&q, 3, c->dir);
    store_query_text(&q, 4, canary_step_word(c->step));
    store_query_text(&q, 5, sha256);
    store_query_text(&q, 6, started);
    if ((rc = store_query_run(&q, &added)) != VOX_OK)
        return rc;
    if (added == 0)
        return vox_fail(err, VOX_E_EXISTS, "a canary of the %s is open in %s already: see 'voxlist canary status'",
                        c->kind, c->dir);
    c->id = strdup(id);
    c->sha256 = strdup(sha256);
    return c->id != NULL && c->sha256 != NULL ? VOX_OK : vox_fail(err, VOX_E_MEMORY, "no memory");
}

enum vox_err canary_set_step(struct store *s, const char *id, enum canary_step step, int64_t now, struct vox_error *err)
{
    char changed[CLOCK_RFC3339_MAX];
    struct store_query q;
    int64_t touched = 0;
    enum vox_err rc;

    clock_format(now, changed);
    store_query_begin(&q, s, "UPDATE canaries SET step = $2, changed = $3 WHERE id = $1", err);
    store_query_text(&q, 1, id);
    store_query_text(&q, 2, canary_step_word(step));
    store_query_text(&q, 3, changed);
    rc = store_query_run(&q, &touched);
    return rc == VOX_OK && touched == 0 ? vox_fail(err, VOX_E_NOT_FOUND, "there is no such canary") : rc;
}

static void read_one(struct store_query *q, struct canary *c)
{
    char *step;

    *c = (struct canary){.step = CANARY_STEP_COUNT};
    c->id = store_query_copy_text(q, 0);
    c->kind = store_query_copy_text(q, 1);
    c->dir = store_query_copy_text(q, 2);
    step = store_query_copy_text(q, 3);
    c->sha256 = store_query_copy_text(q, 4);
    c->started = phones_time_at(q, 5);
    c->changed = phones_time_at(q, 6);
    for (int i = 0; step != NULL && i < CANARY_STEP_COUNT; i++)
        if (strcmp(step, words[i]) == 0)
            c->step = (enum canary_step)i;
    free(step);
    if (c->step == CANARY_STEP_COUNT)
        store_query_fail(q, vox_fail(q->err, VOX_E_STORE, "the store is damaged: a canary has no step that is known"));
}

enum vox_err canaries_read(struct store *s, bool ended, struct canary **out, size_t *n, struct vox_error *err)
{
    struct canary *list = NULL, *more;
    struct store_query q;
    enum vox_err rc;

    *out = NULL;
    *n = 0;
    store_query_begin(&q, s,
                      "SELECT id, kind, dir, step, sha256, started, changed FROM canaries"
                      " WHERE $1 OR (step <> 'promoted' AND step <> 'withdrawn') ORDER BY started, id",
                      err);
    store_query_int(&q, 1, ended);
    while (store_query_next(&q)) {
        if ((more = reallocarray(list, *n + 1, sizeof *list)) == NULL) {
            store_query_fail(&q, vox_fail(err, VOX_E_MEMORY, "no memory"));
            break;
        }
        list = more;
        read_one(&q, &list[(*n)++]);
    }
    if ((rc = store_query_end(&q)) != VOX_OK) {
        canaries_free(&list, *n);
        *n = 0;
    }
    *out = list;
    return rc;
}

void canary_clear(struct canary *c)
{
    free(c->id);
    free(c->kind);
    free(c->dir);
    free(c->sha256);
    *c = (struct canary){.id = NULL};
}

void canaries_free(struct canary **list, size_t n)
{
    for (size_t i = 0; *list != NULL && i < n; i++)
        canary_clear(&(*list)[i]);
    free(*list);
    *list = NULL;
}

enum vox_err canary_phone_add(struct store *s, const char *id, const char *name, struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s, "INSERT INTO canary_phones (canary, name) VALUES ($1, $2) ON CONFLICT DO NOTHING", err);
    store_query_text(&q, 1, id);
    store_query_text(&q, 2, name);
    return store_query_run(&q, NULL);
}

/* It becomes part of one: whatever a hand has written. */
static bool is_file_name(const char *name)
{
    return name[0] != '\0' &&
           name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")] == '\0';
}

enum vox_err canary_phones(struct store *s, const char *id, struct canary_phone **out, size_t *n, struct vox_error *err)
{
    struct canary_phone *list = NULL, *more;
    struct store_query q;
    size_t room = 0;
    enum vox_err rc;

    *n = 0;
    store_query_begin(&q, s, "SELECT name FROM canary_phones WHERE canary = $1 ORDER BY name", err);
    store_query_text(&q, 1, id);
    while (store_query_next(&q)) {
        if (*n == room) {
            if ((more = reallocarray(list, room = room * 2 + 64, sizeof *list)) == NULL) {
                store_query_fail(&q, vox_fail(err, VOX_E_MEMORY, "no memory"));
                break;
            }
            list = more;
        }
        phones_text_at(&q, 0, list[*n].name, sizeof list[0].name);
        if (q.rc == VOX_OK && !is_file_name(list[*n].name))
            store_query_fail(
                &q, vox_fail(err, VOX_E_STORE, "the store is damaged: a canary has no phone '%s'", list[*n].name));
        ++*n;
    }
    if ((rc = store_query_end(&q)) != VOX_OK) {
        free(list);
        list = NULL;
        *n = 0;
    }
    *out = list;
    return rc;
}
