#include "store/query.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <libcert/clock.h>
#include <libcert/limits.h>

#include "store/lists.h"
#include "store/text.h"

enum vox_err store_list_sha256(struct bytes_view data, char out[static STORE_SHA256_MAX], struct vox_error *err)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (EVP_Digest(data.data ? (const void *)data.data : "", data.len, digest, &len, EVP_sha256(), NULL) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "SHA-256 cannot be computed");
    hex_encode(digest, len, out);
    return VOX_OK;
}

static enum vox_err check(const struct store_list *l, const char *sha256, struct vox_error *err)
{
    enum vox_err rc = store_text_check_name("list's file name", l->name, err);

    if (rc != VOX_OK)
        return rc;
    if (!l->kind || (strcmp(l->kind, "ctl") != 0 && strcmp(l->kind, "itl") != 0))
        return vox_fail(err, VOX_E_USAGE, "a list is a 'ctl' or an 'itl', not '%s'", l->kind ? l->kind : "");
    if (l->data.len > LIMIT_LIST_FILE)
        return vox_fail(err, VOX_E_INPUT, "the list has %zu bytes, over %d", l->data.len, LIMIT_LIST_FILE);
    if (l->sha256 && l->sha256[0] && strcmp(l->sha256, sha256) != 0)
        return vox_fail(err, VOX_E_USAGE, "the list's bytes have SHA-256 %s, not %s", sha256, l->sha256);
    return VOX_OK;
}

enum vox_err store_list_withdraw(struct store *s, const char *name, const char *dir, struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s, "UPDATE lists SET current = 0 WHERE name = $1 AND dir = $2 AND current = 1", err);
    store_query_text(&q, 1, name);
    store_query_text(&q, 2, dir);
    return store_query_run(&q, NULL);
}

static enum vox_err insert(struct store *s, const struct store_list *l, const char *sha256, const char *published,
                           int64_t *number, struct vox_error *err)
{
    struct store_query q;
    enum vox_err rc;

    rc = store_list_withdraw(s, l->name, l->dir ? l->dir : "", err);
    if (rc != VOX_OK)
        return rc;
    store_query_begin(&q, s,
                      "INSERT INTO lists (number, kind, name, dir, published, sha256, signer, note, current, data)"
                      " SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7, 1, $8 FROM lists"
                      " RETURNING number",
                      err);
    store_query_text(&q, 1, l->kind);
    store_query_text(&q, 2, l->name);
    store_query_text(&q, 3, l->dir ? l->dir : "");
    store_query_text(&q, 4, published);
    store_query_text(&q, 5, sha256);
    store_query_text(&q, 6, l->signer ? l->signer : "");
    store_query_text(&q, 7, l->note ? l->note : "");
    store_query_blob(&q, 8, bytes_view_of(&l->data));
    if (store_query_next(&q))
        *number = store_query_int_at(&q, 0);
    return store_query_run(&q, NULL);
}

enum vox_err store_list_add(struct store *s, struct store_list *l, struct vox_error *err)
{
    char sha256[STORE_SHA256_MAX], published[CLOCK_RFC3339_MAX];
    char *published_copy = NULL, *sha256_copy = NULL;
    int64_t number = 0;
    bool own;
    enum vox_err rc = store_list_sha256(bytes_view_of(&l->data), sha256, err);

    if (rc == VOX_OK)
        rc = check(l, sha256, err);
    if (rc != VOX_OK)
        return rc;
    clock_format(clock_now(), published);
    published_copy = strdup(published);
    sha256_copy = strdup(sha256);
    if (!published_copy || !sha256_copy) {
        rc = vox_fail(err, VOX_E_MEMORY, "no memory");
        goto out;
    }
    rc = store_step_begin(s, &own, err);
    if (rc != VOX_OK)
        goto out;
    rc = insert(s, l, sha256, published, &number, err);
    rc = store_step_end(s, own, rc, err);
    if (rc != VOX_OK)
        goto out;
    l->number = number;
    l->published = published_copy;
    l->current = true;
    published_copy = NULL;
    if (!l->sha256) {
        l->sha256 = sha256_copy;
        sha256_copy = NULL;
    }
out:
    free(published_copy);
    free(sha256_copy);
    return rc;
}

/* In the order of read_row(). $1 kind, $2 number, $3 with data; NULL is any. */
static const char select_lists[] =
    "SELECT number, kind, name, dir, published, sha256, signer, note, current,"
    " CASE WHEN $3 = 1 THEN data END FROM lists"
    " WHERE (CAST($1 AS TEXT) IS NULL OR kind = $1) AND ($2 = 0 OR number = $2) ORDER BY number DESC";

static void read_row(struct store_query *q, struct store_list *l, bool with_data, struct vox_error *err)
{
    char sha256[STORE_SHA256_MAX];
    struct bytes_view data;

    l->number = store_query_int_at(q, 0);
    l->kind = store_query_copy_text(q, 1);
    l->name = store_query_copy_text(q, 2);
    l->dir = store_query_copy_text(q, 3);
    l->published = store_query_copy_text(q, 4);
    l->sha256 = store_query_copy_text(q, 5);
    l->signer = store_query_copy_text(q, 6);
    l->note = store_query_copy_text(q, 7);
    l->current = store_query_int_at(q, 8) != 0;
    if (!with_data || q->rc != VOX_OK)
        return;
    data = store_query_bytes(q, 9);
    store_query_fail(q, store_list_sha256(data, sha256, err));
    if (q->rc == VOX_OK && strcmp(sha256, l->sha256) != 0)
        store_query_fail(q, vox_fail(err, VOX_E_STORE, "the store is damaged: list %lld has SHA-256 %s, recorded as %s",
                                     (long long)l->number, sha256, l->sha256));
    if (q->rc == VOX_OK && data.len > 0)
        store_query_fail(q, bytes_copy(&l->data, data.data, data.len, err));
}

static enum vox_err find(struct store *s, const char *kind, int64_t number, bool with_data, struct store_list **out,
                         size_t *n, struct vox_error *err)
{
    struct store_list *list = NULL;
    size_t count = 0;
    struct store_query q;
    enum vox_err rc;

    *out = NULL;
    *n = 0;
    store_query_begin(&q, s, select_lists, err);
    store_query_text(&q, 1, kind);
    store_query_int(&q, 2, number);
    store_query_int(&q, 3, with_data);
    while (store_query_next(&q)) {
        struct store_list *more = reallocarray(list, count + 1, sizeof *list);
        if (!more) {
            store_query_fail(&q, vox_fail(err, VOX_E_MEMORY, "no memory"));
            break;
        }
        list = more;
        memset(&list[count], 0, sizeof list[count]);
        read_row(&q, &list[count++], with_data, err);
    }
    rc = store_query_end(&q);
    if (rc != VOX_OK) {
        store_lists_free(&list, count);
        return rc;
    }
    *out = list;
    *n = count;
    return VOX_OK;
}

enum vox_err store_lists(struct store *s, const char *kind, bool with_data, struct store_list **out, size_t *n,
                         struct vox_error *err)
{
    return find(s, kind, 0, with_data, out, n, err);
}

enum vox_err store_list_get(struct store *s, int64_t number, struct store_list *out, struct vox_error *err)
{
    struct store_list *list = NULL;
    size_t n = 0;
    enum vox_err rc = number > 0 ? find(s, NULL, number, true, &list, &n, err) : VOX_OK;

    memset(out, 0, sizeof *out);
    if (rc == VOX_OK && n == 0)
        rc = vox_fail(err, VOX_E_NOT_FOUND, "no list has the number %lld", (long long)number);
    if (rc != VOX_OK)
        return rc;
    *out = list[0];
    free(list); /* its one element lives on in *out */
    return VOX_OK;
}

void store_lists_free(struct store_list **lists, size_t n)
{
    for (size_t i = 0; *lists && i < n; i++)
        store_list_clear(&(*lists)[i]);
    free(*lists);
    *lists = NULL;
}

void store_list_clear(struct store_list *l)
{
    free(l->kind);
    free(l->name);
    free(l->dir);
    free(l->published);
    free(l->sha256);
    free(l->signer);
    free(l->note);
    bytes_free(&l->data);
    memset(l, 0, sizeof *l);
}
