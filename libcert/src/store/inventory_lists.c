#include <libcert/inventory.h>

#include <string.h>

#include <libcert/clock.h>
#include <libcert/limits.h>

#include "store/lists.h"
#include "store/query.h"

enum vox_err inventory_list_sha256(struct bytes_view data, char out[static INVENTORY_LIST_MAX], struct vox_error *err)
{
    return store_list_sha256(data, out, err);
}

enum vox_err inventory_list_learn(struct store *s, const char *kind, struct bytes_view data, const char *note,
                                  struct vox_error *err)
{
    char sha256[STORE_SHA256_MAX], now[CLOCK_RFC3339_MAX];
    struct store_query q;
    enum vox_err rc = store_list_sha256(data, sha256, err);

    if (rc != VOX_OK)
        return rc;
    if (data.len > LIMIT_LIST_FILE)
        return vox_fail(err, VOX_E_INPUT, "the list has %zu bytes, over %d", data.len, LIMIT_LIST_FILE);
    clock_format(clock_now(), now);
    store_query_begin(&q, s,
                      "INSERT INTO known_lists (sha256, kind, added, note, data) VALUES ($1, $2, $3, $4, $5)"
                      " ON CONFLICT (sha256) DO NOTHING",
                      err);
    store_query_text(&q, 1, sha256);
    store_query_text(&q, 2, kind);
    store_query_text(&q, 3, now);
    store_query_text(&q, 4, note);
    store_query_blob(&q, 5, data);
    return store_query_run(&q, NULL);
}

enum vox_err inventory_list_bytes(struct store *s, const char *sha256, struct bytes *out, struct vox_error *err)
{
    char actual[STORE_SHA256_MAX] = "";
    struct store_query q;
    enum vox_err rc;

    *out = (struct bytes){NULL, 0};
    store_query_begin(&q, s,
                      "SELECT data FROM known_lists WHERE sha256 = $1 UNION ALL"
                      " SELECT data FROM lists WHERE sha256 = $1 LIMIT 1",
                      err);
    store_query_text(&q, 1, sha256);
    if (store_query_next(&q)) {
        struct bytes_view data = store_query_bytes(&q, 0);

        if (store_query_fail(&q, store_list_sha256(data, actual, err)) == VOX_OK && strcmp(actual, sha256) != 0)
            store_query_fail(&q, vox_fail(err, VOX_E_STORE, "the list with SHA-256 %.64s is damaged", sha256));
        if (q.rc == VOX_OK)
            store_query_fail(&q, bytes_copy(out, data.data, data.len, err));
    } else if (q.rc == VOX_OK) {
        store_query_fail(&q, vox_fail(err, VOX_E_NOT_FOUND, "no list with SHA-256 %.64s is known", sha256));
    }
    if ((rc = store_query_end(&q)) != VOX_OK)
        bytes_free(out);
    return rc;
}
