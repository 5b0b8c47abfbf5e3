#include "store/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <libcert/audit.h>

#include "store/certs.h"
#include "store/lists.h"
#include "store/schema.h"

/* sql: fingerprints and what they are of. */
static enum vox_err check_certs(struct store *s, const char *sql, struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s, sql, err);
    while (store_query_next(&q)) {
        struct cert *c = NULL;
        char *fingerprint = store_query_copy_text(&q, 0);
        if (fingerprint)
            store_query_fail(&q, store_cert_read(store_query_bytes(&q, 1), fingerprint, &c, err));
        cert_free(&c);
        free(fingerprint);
    }
    return store_query_end(&q);
}

/* sql: digests, lists and what to call them. */
static enum vox_err check_lists(struct store *s, const char *sql, struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s, sql, err);
    while (store_query_next(&q)) {
        char actual[STORE_SHA256_MAX] = "";
        char *recorded = store_query_copy_text(&q, 0);
        if (recorded)
            store_query_fail(&q, store_list_sha256(store_query_bytes(&q, 1), actual, err));
        if (q.rc == VOX_OK && strcmp(actual, recorded) != 0)
            store_query_fail(&q, vox_fail(err, VOX_E_STORE, "list %lld has SHA-256 %s, recorded as %s",
                                          (long long)store_query_int_at(&q, 2), actual, recorded));
        free(recorded);
    }
    return store_query_end(&q);
}

enum vox_err store_check_content(struct store *s, struct vox_error *err)
{
    enum vox_err rc = s->ops->check(s->db, err);

    if (rc == VOX_OK)
        rc = check_certs(s, "SELECT fingerprint, der FROM certificates", err);
    if (rc == VOX_OK)
        rc = check_certs(s, "SELECT fingerprint, der FROM ledger", err);
    if (rc == VOX_OK)
        rc = check_lists(s, "SELECT sha256, data, number FROM lists", err);
    if (rc == VOX_OK)
        rc = check_lists(s, "SELECT sha256, data, 0 FROM known_lists", err);
    return rc;
}

/* What is wrong with a file that was handed in is not our store's fault. */
static enum vox_err as_input(enum vox_err rc, struct vox_error *err)
{
    if (rc != VOX_E_STORE && rc != VOX_E_NO)
        return rc;
    if (err)
        err->code = VOX_E_INPUT;
    return VOX_E_INPUT;
}

enum vox_err store_check_sound(struct store *s, struct vox_error *err)
{
    int64_t entries;
    enum vox_err rc = store_check_content(s, err);

    if (rc == VOX_OK)
        rc = audit_verify(s, &entries, err);
    return as_input(rc, err);
}

/* On a copy: SQLite does not look at CHECK rules in a database that it cannot write. */
enum vox_err store_check_is_file(const char *path, struct vox_error *err)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return errno == ENOENT ? vox_fail(err, VOX_E_NOT_FOUND, "no such file")
                               : vox_fail_errno(err, VOX_E_IO, "cannot be looked at");
    if (S_ISDIR(st.st_mode))
        return vox_fail(err, VOX_E_INPUT, "is a folder, not a file");
    return S_ISREG(st.st_mode) ? VOX_OK : vox_fail(err, VOX_E_INPUT, "not a file");
}

enum vox_err store_check_file(const char *path, struct vox_error *err)
{
    struct store *s = NULL;
    enum vox_err rc;

    if ((rc = store_check_is_file(path, err)) != VOX_OK)
        return rc;
    rc = store_attach_copy(path, &s, err);
    if (rc == VOX_OK) /* as whoever restores it will have it */
        rc = store_schema_raise(s->ops, s->db, store_schema_of(s->ops), err);
    rc = as_input(rc, err);
    if (rc == VOX_OK)
        rc = store_check_sound(s, err);
    store_close(&s);
    return rc;
}
