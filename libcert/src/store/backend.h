/*
 * What an engine gives to the store: one table of functions per engine. Engines know no table names; the statements
 * stand in the files of the table families, in the one dialect that the engines share. Source: docs/formats/store.md 1.
 */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include <libcert/bytes.h>

/* A connection and a statement, opaque: each engine hands out its own under these names. */
struct backend;
struct backend_stmt;

enum backend_mode {
    BACKEND_READ,  /* look only; nothing is written, not even beside the file */
    BACKEND_WRITE, /* read and write; the database must exist (for SQLite an empty file will do, and
                      NULL is a database of nobody else's that vanishes when it is closed) */
};

/* Whose database it is and of which schema: 0 and 0 for a new one. */
struct backend_identity {
    int32_t application;
    int32_t version;
};

/*
 * Errors of all: VOX_E_STORE (locked by another for 5 s, damaged, a statement refused), VOX_E_IO (disk full, rights),
 * VOX_E_EXISTS (a unique value is there already), VOX_E_MEMORY. Each sets the sentence and the engine's own words.
 */
struct backend_ops {
    const char *name; /* "SQLite" */

    enum vox_err (*open)(const char *path, enum backend_mode mode, struct backend **out, struct vox_error *err);
    void (*close)(struct backend **b);

    /* share: from now on readers and one writer work side by side and every commit is durable before it returns.
     * settle: the opposite: everything in one file, which can be copied and read from anywhere. */
    enum vox_err (*share)(struct backend *b, struct vox_error *err);
    enum vox_err (*settle)(struct backend *b, struct vox_error *err);

    /* Transactions. With write the lock is taken at once, without one all reads see the same state. */
    enum vox_err (*begin)(struct backend *b, bool write, struct vox_error *err);
    enum vox_err (*commit)(struct backend *b, struct vox_error *err);
    void (*rollback)(struct backend *b);
    bool (*in_transaction)(struct backend *b);

    /* script: several statements without parameters or results. */
    enum vox_err (*script)(struct backend *b, const char *sql, struct vox_error *err);

    /* One statement; parameters are $1, $2 ... Bound bytes must live until reset or finish. step sets *row when there
     * is one. reset: as freshly prepared, for the next use. */
    enum vox_err (*prepare)(struct backend *b, const char *sql, struct backend_stmt **out, struct vox_error *err);
    enum vox_err (*bind_text)(struct backend_stmt *st, int n, const char *text, struct vox_error *err); /* NULL: NULL */
    enum vox_err (*bind_int)(struct backend_stmt *st, int n, int64_t value, struct vox_error *err);
    enum vox_err (*bind_blob)(struct backend_stmt *st, int n, struct bytes_view value, struct vox_error *err);
    enum vox_err (*step)(struct backend_stmt *st, bool *row, struct vox_error *err);
    void (*reset)(struct backend_stmt *st);
    void (*finish)(struct backend_stmt **st);

    /* Column i from 0 of the current row, borrowed until the next step. NULL reads as {NULL, 0} and 0. */
    struct bytes_view (*column_bytes)(struct backend_stmt *st, int i);
    int64_t (*column_int)(struct backend_stmt *st, int i);

    /* changed: rows that the last INSERT, UPDATE or DELETE touched. */
    int64_t (*changed)(struct backend *b);

    enum vox_err (*identity)(struct backend *b, struct backend_identity *out, struct vox_error *err);
    enum vox_err (*set_identity)(struct backend *b, const struct backend_identity *id, struct vox_error *err);

    /* version: a number that is another one after every commit of another connection. */
    enum vox_err (*version)(struct backend *b, int64_t *out, struct vox_error *err);

    /* check: every page, index, rule and reference holds; of a database that can be written. VOX_E_STORE with the first
     * that does not. */
    enum vox_err (*check)(struct backend *b, struct vox_error *err);

    /* sound: false when the file at path is damaged or none of the engine's; true also when that cannot be told. */
    bool (*sound)(const char *path);

    /* copy: all of `from` as of now becomes the content of `to`, in one transaction there. */
    enum vox_err (*copy)(struct backend *from, struct backend *to, struct vox_error *err);
};

extern const struct backend_ops store_sqlite;

#endif
