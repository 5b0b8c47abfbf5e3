#include <string.h>

#include <libcert/audit.h>

#include "query.h"

static enum vox_err read_mark(struct store_query *q, struct audit_mark *out)
{
    *out = (struct audit_mark){0};
    if (store_query_next(q)) {
        const struct bytes_view hash = store_query_bytes(q, 1);

        out->number = store_query_int_at(q, 0);
        if (hash.len < sizeof out->hash)
            memcpy(out->hash, hash.data, hash.len);
    }
    return store_query_end(q);
}

enum vox_err audit_mark_take(struct store *s, struct audit_mark *out, struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s, "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1", err);
    return read_mark(&q, out);
}

enum vox_err audit_mark_holds(struct store *s, const struct audit_mark *m, bool *holds, struct vox_error *err)
{
    struct audit_mark now;
    struct store_query q;
    enum vox_err code;

    *holds = true;
    if (m->number == 0)
        return VOX_OK;
    store_query_begin(&q, s, "SELECT number, hash FROM audit WHERE number = $1", err);
    store_query_int(&q, 1, m->number);
    if ((code = read_mark(&q, &now)) == VOX_OK)
        *holds = now.number == m->number && strcmp(now.hash, m->hash) == 0;
    return code;
}
