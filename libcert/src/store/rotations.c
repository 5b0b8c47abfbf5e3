#include <libcert/rotations.h>

#include <stdlib.h>
#include <string.h>

#include "store/phones.h"

static const char *const words[ROTATION_STEP_COUNT] = {"staging",  "staged",  "activating",   "activated",
                                                       "retiring", "retired", "rolling-back", "rolled-back"};

const char *rotation_step_word(enum rotation_step st)
{
    return (unsigned)st < ROTATION_STEP_COUNT ? words[st] : "?";
}

static enum vox_err remember_lists(struct store *s, const char *id, struct vox_error *err)
{
    struct store_query q;

    store_query_begin(
        &q, s, "INSERT INTO rotation_lists (rotation, number) SELECT $1, number FROM lists WHERE current = 1", err);
    store_query_text(&q, 1, id);
    return store_query_run(&q, NULL);
}

enum vox_err rotation_add(struct store *s, struct rotation *r, struct vox_error *err)
{
    char id[STORE_ID_MAX], started[CLOCK_RFC3339_MAX];
    struct store_query q;
    int64_t added = 0;
    enum vox_err rc = store_random_id(id, err);

    if (rc != VOX_OK)
        return rc;
    clock_format(r->started, started);
    store_query_begin(&q, s,
                      "INSERT INTO rotations (id, place, node, step, old, new, started, changed)"
                      " VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT DO NOTHING",
                      err);
    store_query_text(&q, 1, id);
    store_query_text(&q, 2, r->place);
    store_query_text(&q, 3, r->node);
    store_query_text(&q, 4, rotation_step_word(r->step));
    store_query_text(&q, 5, r->old_id);
    store_query_text(&q, 6, r->new_id);
    store_query_text(&q, 7, started);
    if ((rc = store_query_run(&q, &added)) != VOX_OK)
        return rc;
    if (added == 0)
        return vox_fail(err, VOX_E_EXISTS, "a rotation of %s is open already", r->place);
    if ((r->id = strdup(id)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    return remember_lists(s, id, err);
}

enum vox_err rotation_set_step(struct store *s, const char *id, enum rotation_step step, int64_t now,
                               struct vox_error *err)
{
    char changed[CLOCK_RFC3339_MAX];
    struct store_query q;
    int64_t touched = 0;
    enum vox_err rc;

    clock_format(now, changed);
    store_query_begin(&q, s, "UPDATE rotations SET step = $2, changed = $3 WHERE id = $1", err);
    store_query_text(&q, 1, id);
    store_query_text(&q, 2, rotation_step_word(step));
    store_query_text(&q, 3, changed);
    rc = store_query_run(&q, &touched);
    return rc == VOX_OK && touched == 0 ? vox_fail(err, VOX_E_NOT_FOUND, "there is no such rotation") : rc;
}

static void read_one(struct store_query *q, struct rotation *r)
{
    char *step;

    *r = (struct rotation){.step = ROTATION_STEP_COUNT};
    r->id = store_query_copy_text(q, 0);
    r->place = store_query_copy_text(q, 1);
    r->node = store_query_copy_text(q, 2);
    step = store_query_copy_text(q, 3);
    r->old_id = store_query_copy_text(q, 4);
    r->new_id = store_query_copy_text(q, 5);
    r->started = phones_time_at(q, 6);
    r->changed = phones_time_at(q, 7);
    for (int i = 0; step != NULL && i < ROTATION_STEP_COUNT; i++)
        if (strcmp(step, words[i]) == 0)
            r->step = (enum rotation_step)i;
    free(step);
    if (r->step == ROTATION_STEP_COUNT)
        store_query_fail(q,
                         vox_fail(q->err, VOX_E_STORE, "the store is damaged: a rotation has no step that is known"));
}

enum vox_err rotations_read(struct store *s, bool ended, struct rotation **out, size_t *n, struct vox_error *err)
{
    struct rotation *list = NULL, *more;
    struct store_query q;
    size_t room = 0;
    enum vox_err rc;

    *out = NULL;
    *n = 0;
    store_query_begin(&q, s,
                      "SELECT id, place, node, step, old, new, started, changed FROM rotations"
                      " WHERE $1 OR (step <> 'retired' AND step <> 'rolled-back') ORDER BY started, id",
                      err);
    store_query_int(&q, 1, ended);
    while (store_query_next(&q)) {
        if (*n == room) {
            if ((more = realloc(list, (room = room * 2 + 8) * sizeof *list)) == NULL) {
                store_query_fail(&q, vox_fail(err, VOX_E_MEMORY, "no memory"));
                break;
            }
            list = more;
        }
        read_one(&q, &list[(*n)++]);
    }
    if ((rc = store_query_end(&q)) != VOX_OK) {
        rotations_free(&list, *n);
        *n = 0;
    }
    *out = list;
    return rc;
}

void rotation_clear(struct rotation *r)
{
    free(r->id);
    free(r->place);
    free(r->node);
    free(r->old_id);
    free(r->new_id);
    *r = (struct rotation){.id = NULL};
}

void rotations_free(struct rotation **list, size_t n)
{
    for (size_t i = 0; *list != NULL && i < n; i++)
        rotation_clear(&(*list)[i]);
    free(*list);
    *list = NULL;
}

enum vox_err rotation_lists(struct store *s, const char *id, int64_t **out, size_t *n, struct vox_error *err)
{
    int64_t *list = NULL, *more;
    struct store_query q;
    size_t room = 0;
    enum vox_err rc;

    *n = 0;
    store_query_begin(&q, s, "SELECT number FROM rotation_lists WHERE rotation = $1 ORDER BY number", err);
    store_query_text(&q, 1, id);
    while (store_query_next(&q)) {
        if (*n == room) {
            if ((more = realloc(list, (room = room * 2 + 8) * sizeof *list)) == NULL) {
                store_query_fail(&q, vox_fail(err, VOX_E_MEMORY, "no memory"));
                break;
            }
            list = more;
        }
        list[(*n)++] = store_query_int_at(&q, 0);
    }
    if ((rc = store_query_end(&q)) != VOX_OK) {
        free(list);
        list = NULL;
        *n = 0;
    }
    *out = list;
    return rc;
}
