#include "store/query.h"

#include <stdlib.h>
#include <string.h>

#include "store/certs.h"

/* In the order of read_row(). */
static const char select_bindings[] =
    "SELECT b.id, b.fingerprint, b.place, b.node, b.role, b.state, b.key_source, b.request, b.added, c.der"
    " FROM bindings b LEFT JOIN certificates c ON c.fingerprint = b.fingerprint"
    " WHERE (CAST($1 AS TEXT) IS NULL OR b.place = $1)"
    " AND (CAST($2 AS TEXT) IS NULL OR b.node = $2)"
    " AND (CAST($3 AS TEXT) IS NULL OR substr(b.fingerprint, 1, length($3)) = $3)"
    " AND (CAST($4 AS TEXT) IS NULL OR b.id = $4)"
    " AND (CAST($5 AS TEXT) IS NULL OR b.state = $5)"
    " AND ($6 = 0 OR b.state <> 'retired')"
    " ORDER BY b.place, b.node, b.ordinal";

static enum vox_err read_state(const char *word, enum bind_state *out, struct vox_error *err)
{
    for (int i = 0; i < BIND_STATE_COUNT; i++) {
        if (strcmp(word, bind_state_word((enum bind_state)i)) == 0) {
            *out = (enum bind_state)i;
            return VOX_OK;
        }
    }
    return vox_fail(err, VOX_E_STORE, "the store is damaged: unknown state '%s' of a binding", word);
}

static enum vox_err read_row(struct store_query *q, struct store_binding *b, struct vox_error *err)
{
    char *fingerprint = store_query_copy_text(q, 1);
    char *state = store_query_copy_text(q, 5);

    b->id = store_query_copy_text(q, 0);
    b->place = store_query_copy_text(q, 2);
    b->node = store_query_copy_text(q, 3);
    b->role = (int)store_query_int_at(q, 4);
    b->key_source = store_query_copy_text(q, 6);
    b->request = store_query_copy_text(q, 7);
    b->added = store_query_copy_text(q, 8);
    if (q->rc == VOX_OK)
        store_query_fail(q, read_state(state, &b->state, err));
    if (q->rc == VOX_OK && fingerprint[0] != '\0')
        store_query_fail(q, store_cert_read(store_query_bytes(q, 9), fingerprint, &b->cert, err));
    free(fingerprint);
    free(state);
    return q->rc;
}

enum vox_err store_bindings(struct store *s, const struct store_binding_filter *f, struct store_binding **out,
                            size_t *n, struct vox_error *err)
{
    static const struct store_binding_filter any = {.state = -1};
    struct store_binding *list = NULL;
    size_t count = 0;
    struct store_query q;
    enum vox_err rc;

    *out = NULL;
    *n = 0;
    if (!f)
        f = &any;
    store_query_begin(&q, s, select_bindings, err);
    store_query_text(&q, 1, f->place);
    store_query_text(&q, 2, f->node);
    store_query_text(&q, 3, f->fingerprint_prefix);
    store_query_text(&q, 4, f->id);
    if (f->state >= 0 && f->state < BIND_STATE_COUNT)
        store_query_text(&q, 5, bind_state_word((enum bind_state)f->state));
    else
        store_query_text(&q, 5, NULL);
    store_query_int(&q, 6, f->live);
    while (store_query_next(&q)) {
        struct store_binding *more = reallocarray(list, count + 1, sizeof *list);
        if (!more) {
            store_query_fail(&q, vox_fail(err, VOX_E_MEMORY, "no memory"));
            break;
        }
        list = more;
        list[count] = (struct store_binding){.role = ROLE_NONE};
        read_row(&q, &list[count++], err);
    }
    rc = store_query_end(&q);
    if (rc != VOX_OK) {
        store_bindings_free(&list, count);
        return rc;
    }
    *out = list;
    *n = count;
    return VOX_OK;
}

void store_bindings_free(struct store_binding **list, size_t n)
{
    for (size_t i = 0; *list && i < n; i++)
        store_binding_clear(&(*list)[i]);
    free(*list);
    *list = NULL;
}

void store_binding_clear(struct store_binding *b)
{
    free(b->id);
    cert_free(&b->cert);
    free(b->place);
    free(b->node);
    free(b->key_source);
    free(b->request);
    free(b->added);
    *b = (struct store_binding){.role = ROLE_NONE};
}
