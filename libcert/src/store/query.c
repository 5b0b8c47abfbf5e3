#include "store/query.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "store/text.h"

/* A kept statement for sql, or a new one that is kept when there is room: one that is in use further up, as when a
 * caller asks for something else row by row, is not handed out twice. */
static enum vox_err take(struct store_query *q, const char *sql)
{
    struct store *s = q->s;
    enum vox_err rc;

    for (size_t i = 0; i < s->nkept; i++) {
        if (!s->kept[i].busy && strcmp(s->kept[i].sql, sql) == 0) {
            q->kept = &s->kept[i];
            q->kept->busy = true;
            q->st = q->kept->st;
            return VOX_OK;
        }
    }
    rc = s->ops->prepare(s->db, sql, &q->st, q->err);
    if (rc == VOX_OK && s->nkept < STORE_KEPT_MAX) {
        char *copy = strdup(sql);

        if (copy) { /* without memory for it, it is simply not kept */
            q->kept = &s->kept[s->nkept++];
            *q->kept = (struct store_kept){copy, q->st, true};
        }
    }
    return rc;
}

void store_query_forget(struct store *s)
{
    for (size_t i = 0; i < s->nkept; i++) {
        s->ops->finish(&s->kept[i].st);
        free(s->kept[i].sql);
    }
    s->nkept = 0;
}

void store_query_begin(struct store_query *q, struct store *s, const char *sql, struct vox_error *err)
{
    q->s = s;
    q->st = NULL;
    q->kept = NULL;
    q->err = err;
    q->rc = store_tx_alive(s, err);
    if (q->rc == VOX_OK)
        q->rc = take(q, sql);
}

void store_query_text(struct store_query *q, int n, const char *text)
{
    if (q->rc != VOX_OK)
        return;
    if (text && !store_text_is_utf8(text))
        q->rc = vox_fail(q->err, VOX_E_INPUT, "'%s' is not UTF-8 text", text);
    else
        q->rc = q->s->ops->bind_text(q->st, n, text, q->err);
}

void store_query_int(struct store_query *q, int n, int64_t value)
{
    if (q->rc == VOX_OK)
        q->rc = q->s->ops->bind_int(q->st, n, value, q->err);
}

void store_query_blob(struct store_query *q, int n, struct bytes_view value)
{
    if (q->rc == VOX_OK)
        q->rc = q->s->ops->bind_blob(q->st, n, value, q->err);
}

bool store_query_next(struct store_query *q)
{
    bool row = false;

    if (q->rc == VOX_OK)
        q->rc = q->s->ops->step(q->st, &row, q->err);
    return q->rc == VOX_OK && row;
}

char *store_query_copy_text(struct store_query *q, int i)
{
    struct bytes_view v;
    char *copy;

    if (q->rc != VOX_OK)
        return NULL;
    v = q->s->ops->column_bytes(q->st, i);
    if (v.len > 0 && memchr(v.data, '\0', v.len)) {
        q->rc = vox_fail(q->err, VOX_E_STORE, "the store is damaged: a text has a NUL byte inside");
        return NULL;
    }
    copy = malloc(v.len + 1);
    if (!copy) {
        q->rc = vox_fail(q->err, VOX_E_MEMORY, "no memory");
        return NULL;
    }
    if (v.len > 0)
        memcpy(copy, v.data, v.len);
    copy[v.len] = '\0';
    return copy;
}

struct bytes_view store_query_bytes(struct store_query *q, int i)
{
    if (q->rc != VOX_OK)
        return (struct bytes_view){NULL, 0};
    return q->s->ops->column_bytes(q->st, i);
}

int64_t store_query_int_at(struct store_query *q, int i)
{
    return q->rc == VOX_OK ? q->s->ops->column_int(q->st, i) : 0;
}

enum vox_err store_query_fail(struct store_query *q, enum vox_err code)
{
    if (q->rc == VOX_OK)
        q->rc = code;
    return q->rc;
}

enum vox_err store_query_end(struct store_query *q)
{
    if (q->kept) {
        q->s->ops->reset(q->st);
        q->kept->busy = false;
        q->kept = NULL;
        q->st = NULL;
    } else if (q->st) {
        q->s->ops->finish(&q->st);
    }
    return q->rc;
}

enum vox_err store_query_run(struct store_query *q, int64_t *changed)
{
    while (store_query_next(q))
        ;
    if (changed)
        *changed = q->rc == VOX_OK ? q->s->ops->changed(q->s->db) : 0;
    return store_query_end(q);
}

enum vox_err store_random_id(char out[static STORE_ID_MAX], struct vox_error *err)
{
    uint8_t id[(STORE_ID_MAX - 1) / 2];

    if (RAND_bytes(id, sizeof id) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no random numbers for an id");
    hex_encode(id, sizeof id, out);
    return VOX_OK;
}
