/*
 * The open store, its transactions, and one statement at a time with a result that sticks: ask everything, look at
 * store_query_end() once.
 */
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include <libcert/store.h>

#include "store/audit_who.h"
#include "store/backend.h"

/* A statement that is kept: preparing one takes longer than most take to run. */
struct store_kept {
    char *sql;
    struct backend_stmt *st;
    bool busy;
};

enum { STORE_KEPT_MAX = 32 };

struct store {
    const struct backend_ops *ops;
    struct backend *db;
    char *path;
    char *key_dir;
    bool in_tx; /* between store_begin() and store_commit() or store_rollback() */
    struct store_kept kept[STORE_KEPT_MAX];
    size_t nkept;
    struct audit_who who; /* whose hand the audit log names */
};

struct store_query {
    struct store *s;
    struct backend_stmt *st;
    struct store_kept *kept; /* where st belongs; NULL: it is finished at the end */
    struct vox_error *err;
    enum vox_err rc; /* the first failure; everything after it does nothing */
};

/* store_query_begin(q, s, sql, err): prepare. Always followed by store_query_end() or store_query_run(). */
void store_query_begin(struct store_query *q, struct store *s, const char *sql, struct vox_error *err);

/* store_query_forget(s): finish the statements that are kept, before the connection goes. */
void store_query_forget(struct store *s);

/* Parameters $n. Text and bytes must live until the end. Text that is not UTF-8 is VOX_E_INPUT; NULL is NULL. */
void store_query_text(struct store_query *q, int n, const char *text);
void store_query_int(struct store_query *q, int n, int64_t value);
void store_query_blob(struct store_query *q, int n, struct bytes_view value);

/* store_query_next(q): true when there is a (next) row. */
bool store_query_next(struct store_query *q);

/* Column i from 0. store_query_copy_text: malloc'ed, "" for NULL; NULL only after a failure. A NUL inside is damage. */
char *store_query_copy_text(struct store_query *q, int i);
struct bytes_view store_query_bytes(struct store_query *q, int i);
int64_t store_query_int_at(struct store_query *q, int i);

/* store_query_fail(q, code): make code the result if nothing failed before. Returns the result. */
enum vox_err store_query_fail(struct store_query *q, enum vox_err code);

/* store_query_end(q): give the statement up, return the first failure. store_query_run(q, changed): step to the end
 * first; *changed (may be NULL) is the number of rows touched. */
enum vox_err store_query_end(struct store_query *q);
enum vox_err store_query_run(struct store_query *q, int64_t *changed);

/* store_tx_alive(s, err): VOX_E_STORE when a transaction should be open and the engine has undone it by itself. */
enum vox_err store_tx_alive(struct store *s, struct vox_error *err);

/*
 * store_step_begin(s, own, err) .. rc = store_step_end(s, own, rc, err): several statements that happen all or not at
 * all: a transaction of their own, or a savepoint when the caller has one open. The end with rc != VOX_OK undoes them.
 */
enum vox_err store_step_begin(struct store *s, bool *own, struct vox_error *err);
enum vox_err store_step_end(struct store *s, bool own, enum vox_err rc, struct vox_error *err);

/* store_snapshot_begin/_end: reads that all see one state; inside a transaction they do nothing. */
enum vox_err store_snapshot_begin(struct store *s, bool *own, struct vox_error *err);
void store_snapshot_end(struct store *s, bool own);

/* store_attach(path, mode, out, err): the store at an absolute path as it is: identity checked, nothing migrated.
 * store_attach_copy(path, out, err): the same on a private copy, which vanishes when it is closed. */
enum vox_err store_attach(const char *path, enum backend_mode mode, struct store **out, struct vox_error *err);
enum vox_err store_attach_copy(const char *path, struct store **out, struct vox_error *err);

/* store_path_of(url, out, err): the absolute path that url means, links resolved, whether it exists or not;
 * VOX_E_USAGE, VOX_E_NOT_FOUND (its folder). store_make_folder(url, err): the folder for a new store, which others must
 * not write. */
enum vox_err store_path_of(const char *url, char **out, struct vox_error *err);
enum vox_err store_make_folder(const char *url, struct vox_error *err);

/* store_random_id(out, err): 128 random bits as 32 hex digits and a NUL. */
enum { STORE_ID_MAX = 33 };
enum vox_err store_random_id(char out[static STORE_ID_MAX], struct vox_error *err);

/* store_setting_put(s, key, value, err): as store_setting_set(), for the store's own keys ("audit.*") as well. */
enum vox_err store_setting_put(struct store *s, const char *key, const char *value, struct vox_error *err);

#endif
