#include <libcert/followed.h>

#include <string.h>

#include "store/lists.h"
#include "store/phones.h"

enum vox_err followed_get(struct store *s, const char *path, struct followed_position *out, struct vox_error *err)
{
    struct store_query q;

    memset(out, 0, sizeof *out);
    store_query_begin(&q, s, "SELECT inode, offset, head FROM followed_logs WHERE path = $1", err);
    store_query_text(&q, 1, path);
    if (store_query_next(&q)) {
        out->inode = store_query_int_at(&q, 0);
        out->offset = store_query_int_at(&q, 1);
        phones_text_at(&q, 2, out->head, sizeof out->head);
    } else if (q.rc == VOX_OK) {
        store_query_fail(&q, vox_fail(err, VOX_E_NOT_FOUND, "'%.200s' was never followed", path));
    }
    return store_query_end(&q);
}

enum vox_err followed_put(struct store *s, const char *path, const struct followed_position *p, struct vox_error *err)
{
    char now[CLOCK_RFC3339_MAX];
    struct store_query q;

    clock_format(clock_now(), now);
    store_query_begin(&q, s,
                      "INSERT INTO followed_logs (path, inode, offset, head, read) VALUES ($1, $2, $3, $4, $5)"
                      " ON CONFLICT (path) DO UPDATE SET inode = excluded.inode, offset = excluded.offset,"
                      " head = excluded.head, read = excluded.read",
                      err);
    store_query_text(&q, 1, path);
    store_query_int(&q, 2, p->inode);
    store_query_int(&q, 3, p->offset);
    store_query_text(&q, 4, p->head);
    store_query_text(&q, 5, now);
    return store_query_run(&q, NULL);
}

enum vox_err followed_head(struct bytes_view data, char out[static FOLLOWED_HEAD_MAX], struct vox_error *err)
{
    return store_list_sha256(data, out, err);
}
