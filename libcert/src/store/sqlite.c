/* The SQLite engine. Nothing else includes sqlite3.h. */
#include "store/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

enum { BUSY_MS = 5000, BUSY_STEP_MS = 25 };

static sqlite3 *db_of(struct backend *b)
{
    return (sqlite3 *)b;
}

static sqlite3_stmt *stmt_of(struct backend_stmt *st)
{
    return (sqlite3_stmt *)st;
}

/* The sentence for a result code; SQLite's own words go to the detail. */
static enum vox_err fail(sqlite3 *db, int rc, struct vox_error *err)
{
    enum vox_err code;
    char words[VOX_ERROR_DETAIL_MAX];

    snprintf(words, sizeof words, "SQLite: %s (%d)", db ? sqlite3_errmsg(db) : sqlite3_errstr(rc), rc);
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        code = vox_fail(err, VOX_E_STORE,
                        "another program has been writing to the store for over %d seconds; try again", BUSY_MS / 1000);
        break;
    case SQLITE_FULL:
        code = vox_fail(err, VOX_E_IO, "no space left for the database; nothing was changed");
        break;
    case SQLITE_IOERR:
        code = vox_fail(err, VOX_E_IO, "the database file cannot be read or written (%s)",
                        strerror(db && sqlite3_system_errno(db) ? sqlite3_system_errno(db) : 5));
        break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        code = vox_fail(err, VOX_E_IO,
                        "the database cannot be opened for this: check the rights of the file and of its folder");
        break;
    case SQLITE_CORRUPT:
        code = vox_fail(err, VOX_E_STORE, "the database is damaged: put a backup in its place with 'voxtrust restore'");
        break;
    case SQLITE_NOTADB:
        code = vox_fail(err, VOX_E_STORE, "not an SQLite database, or one whose first page is damaged");
        break;
    case SQLITE_NOMEM:
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
        break;
    case SQLITE_TOOBIG:
        code = vox_fail(err, VOX_E_INPUT, "too long for the store");
        break;
    case SQLITE_CONSTRAINT:
        if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY)
            code = vox_fail(err, VOX_E_EXISTS, "this is in the store already");
        else
            code = vox_fail(err, VOX_E_STORE, "a rule of the store's schema refuses this value");
        break;
    default:
        code = vox_fail(err, VOX_E_STORE, "the database refused a statement; its schema may be damaged");
        break;
    }
    if (err)
        memcpy(err->detail, words, sizeof words);
    return code;
}

static enum vox_err run(sqlite3 *db, const char *sql, struct vox_error *err)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? VOX_OK : fail(db, rc, err);
}

/* The first column of the first row of a PRAGMA, as text of at most outlen - 1 bytes. */
static enum vox_err ask(sqlite3 *db, const char *sql, char *out, size_t outlen, struct vox_error *err)
{
    sqlite3_stmt *st = NULL;
    enum vox_err code = VOX_OK;
    int rc;

    out[0] = '\0';
    rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        const unsigned char *text = sqlite3_column_text(st, 0);
        snprintf(out, outlen, "%s", text ? (const char *)text : "");
    } else if (rc != SQLITE_DONE) {
        code = fail(db, rc, err);
    }
    sqlite3_finalize(st);
    return code;
}

/* A database that has been copied from elsewhere may hold anything: no triggers, no views, no schema tricks. */
static enum vox_err configure(sqlite3 *db, struct vox_error *err)
{
    static const int switches[][2] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
    };

    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        int rc = sqlite3_db_config(db, switches[i][0], switches[i][1], NULL);
        if (rc != SQLITE_OK)
            return fail(db, rc, err);
    }
    sqlite3_busy_timeout(db, BUSY_MS);
    return run(db, "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON", err);
}

/* path as a "file:" URI, for the one option that has no flag. Free with sqlite3_free(). */
static char *immutable_uri(const char *path)
{
    sqlite3_str *uri = sqlite3_str_new(NULL);

    sqlite3_str_appendall(uri, "file:");
    for (const char *p = path; *p; p++) {
        if (strchr("?#%", *p))
            sqlite3_str_appendf(uri, "%%%02X", (unsigned)(unsigned char)*p);
        else
            sqlite3_str_appendchar(uri, 1, *p);
    }
    sqlite3_str_appendall(uri, "?immutable=1");
    return sqlite3_str_finish(uri);
}

/* A file without companions is complete; opening it as immutable leaves none behind and works in read-only folders. */
static int open_to_read(const char *path, sqlite3 **db)
{
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_EXRESCODE;
    char *uri = NULL;
    bool alone = true;
    int rc;

    for (int i = 0; i < 2 && alone; i++) {
        char *beside = sqlite3_mprintf("%s%s", path, i ? "-journal" : "-wal");
        if (!beside)
            return SQLITE_NOMEM;
        alone = access(beside, F_OK) != 0;
        sqlite3_free(beside);
    }
    if (!alone)
        return sqlite3_open_v2(path, db, flags, NULL);
    uri = immutable_uri(path);
    if (!uri)
        return SQLITE_NOMEM;
    rc = sqlite3_open_v2(uri, db, flags | SQLITE_OPEN_URI, NULL);
    sqlite3_free(uri);
    return rc;
}

static enum vox_err sq_open(const char *path, enum backend_mode mode, struct backend **out, struct vox_error *err)
{
    sqlite3 *db = NULL;
    enum vox_err code;
    int rc;

    *out = NULL;
    if (mode == BACKEND_READ)
        rc = open_to_read(path, &db);
    else
        rc = sqlite3_open_v2(path ? path : "", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL);
    /* without the right to write, SQLite quietly opens for reading */
    if (rc == SQLITE_OK && mode == BACKEND_WRITE && sqlite3_db_readonly(db, "main"))
        code = vox_fail(err, VOX_E_IO, "no right to write to the database file");
    else
        code = rc == SQLITE_OK ? configure(db, err) : fail(db, rc, err);
    if (code != VOX_OK) {
        sqlite3_close(db);
        return code;
    }
    *out = (struct backend *)db;
    return VOX_OK;
}

static void sq_close(struct backend **b)
{
    if (*b)
        sqlite3_close_v2(db_of(*b));
    *b = NULL;
}

static enum vox_err journal_mode(struct backend *b, const char *sql, const char *want, struct vox_error *err)
{
    char mode[16];
    enum vox_err code = ask(db_of(b), sql, mode, sizeof mode, err);

    if (code == VOX_OK && strcmp(mode, want) != 0)
        code = vox_fail(err, VOX_E_STORE, "the database stays in journal mode %s instead of %s: is it open elsewhere?",
                        mode, want);
    return code;
}

static enum vox_err sq_share(struct backend *b, struct vox_error *err)
{
    return journal_mode(b, "PRAGMA journal_mode=WAL", "wal", err);
}

static enum vox_err sq_settle(struct backend *b, struct vox_error *err)
{
    return journal_mode(b, "PRAGMA journal_mode=DELETE", "delete", err);
}

static enum vox_err sq_begin(struct backend *b, bool write, struct vox_error *err)
{
    return run(db_of(b), write ? "BEGIN IMMEDIATE" : "BEGIN", err);
}

static enum vox_err sq_commit(struct backend *b, struct vox_error *err)
{
    return run(db_of(b), "COMMIT", err);
}

static bool sq_in_transaction(struct backend *b)
{
    return !sqlite3_get_autocommit(db_of(b));
}

static void sq_rollback(struct backend *b)
{
    if (sq_in_transaction(b))
        (void)run(db_of(b), "ROLLBACK", NULL);
}

static enum vox_err sq_script(struct backend *b, const char *sql, struct vox_error *err)
{
    return run(db_of(b), sql, err);
}

static enum vox_err sq_prepare(struct backend *b, const char *sql, struct backend_stmt **out, struct vox_error *err)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db_of(b), sql, -1, &st, NULL);

    *out = (struct backend_stmt *)st;
    return rc == SQLITE_OK ? VOX_OK : fail(db_of(b), rc, err);
}

/* "$1" is a named parameter here: its index is the order of appearance, not the number. */
static int index_of(struct backend_stmt *st, int n)
{
    char name[16];

    snprintf(name, sizeof name, "$%d", n);
    return sqlite3_bind_parameter_index(stmt_of(st), name);
}

static enum vox_err bound(struct backend_stmt *st, int rc, struct vox_error *err)
{
    return rc == SQLITE_OK ? VOX_OK : fail(sqlite3_db_handle(stmt_of(st)), rc, err);
}

static enum vox_err sq_bind_text(struct backend_stmt *st, int n, const char *text, struct vox_error *err)
{
    return bound(st, sqlite3_bind_text(stmt_of(st), index_of(st, n), text, -1, SQLITE_STATIC), err);
}

static enum vox_err sq_bind_int(struct backend_stmt *st, int n, int64_t value, struct vox_error *err)
{
    return bound(st, sqlite3_bind_int64(stmt_of(st), index_of(st, n), value), err);
}

static enum vox_err sq_bind_blob(struct backend_stmt *st, int n, struct bytes_view value, struct vox_error *err)
{
    /* a NULL pointer would bind NULL, but no bytes are a value too */
    const void *data = value.data ? (const void *)value.data : "";

    return bound(st, sqlite3_bind_blob64(stmt_of(st), index_of(st, n), data, value.len, SQLITE_STATIC), err);
}

static enum vox_err sq_step(struct backend_stmt *st, bool *row, struct vox_error *err)
{
    int rc = sqlite3_step(stmt_of(st));

    *row = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? VOX_OK : fail(sqlite3_db_handle(stmt_of(st)), rc, err);
}

static void sq_reset(struct backend_stmt *st)
{
    sqlite3_reset(stmt_of(st)); /* what it returns is the failure of the last step, told already */
    sqlite3_clear_bindings(stmt_of(st));
}

static void sq_finish(struct backend_stmt **st)
{
    sqlite3_finalize(stmt_of(*st));
    *st = NULL;
}

static struct bytes_view sq_column_bytes(struct backend_stmt *st, int i)
{
    struct bytes_view v = {NULL, 0};

    if (sqlite3_column_type(stmt_of(st), i) == SQLITE_NULL)
        return v;
    v.data = sqlite3_column_blob(stmt_of(st), i);
    v.len = (size_t)sqlite3_column_bytes(stmt_of(st), i);
    /* empty values come without an address; NULL is kept for NULL and for lost memory */
    if (!v.data && v.len == 0)
        v.data = (const uint8_t *)"";
    return v;
}

static int64_t sq_column_int(struct backend_stmt *st, int i)
{
    return sqlite3_column_int64(stmt_of(st), i);
}

static int64_t sq_changed(struct backend *b)
{
    return sqlite3_changes64(db_of(b));
}

static enum vox_err sq_identity(struct backend *b, struct backend_identity *out, struct vox_error *err)
{
    char text[32];
    enum vox_err code = ask(db_of(b), "PRAGMA application_id", text, sizeof text, err);

    if (code != VOX_OK)
        return code;
    out->application = (int32_t)strtol(text, NULL, 10);
    code = ask(db_of(b), "PRAGMA user_version", text, sizeof text, err);
    if (code == VOX_OK)
        out->version = (int32_t)strtol(text, NULL, 10);
    return code;
}

static enum vox_err sq_version(struct backend *b, int64_t *out, struct vox_error *err)
{
    char text[32];
    enum vox_err code = ask(db_of(b), "PRAGMA data_version", text, sizeof text, err);

    if (code == VOX_OK)
        *out = strtoll(text, NULL, 10);
    return code;
}

static enum vox_err sq_set_identity(struct backend *b, const struct backend_identity *id, struct vox_error *err)
{
    char sql[96];

    /* a PRAGMA takes no parameters; these are two numbers */
    snprintf(sql, sizeof sql, "PRAGMA application_id=%d; PRAGMA user_version=%d", (int)id->application,
             (int)id->version);
    return run(db_of(b), sql, err);
}

static enum vox_err sq_check(struct backend *b, struct vox_error *err)
{
    char text[200];
    enum vox_err code = ask(db_of(b), "PRAGMA integrity_check(1)", text, sizeof text, err);

    if (code != VOX_OK)
        return code;
    if (strcmp(text, "ok") != 0)
        return vox_fail(err, VOX_E_STORE, "the database is damaged: %s", text);
    code = ask(db_of(b), "PRAGMA foreign_key_check", text, sizeof text, err);
    if (code == VOX_OK && text[0] != '\0')
        code =
            vox_fail(err, VOX_E_STORE, "the database is damaged: a row of '%s' refers to a row that is missing", text);
    return code;
}

static bool sq_sound(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    bool sound = true;
    /* reading only, so that a write-ahead log stays what it is */
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);

    if (rc == SQLITE_OK) {
        sqlite3_busy_timeout(db, BUSY_MS);
        rc = sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &st, NULL);
    }
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        sound = strcmp((const char *)sqlite3_column_text(st, 0), "ok") == 0;
    else if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB)
        sound = false;
    sqlite3_finalize(st);
    sqlite3_close(db);
    return sound;
}

static enum vox_err sq_copy(struct backend *from, struct backend *to, struct vox_error *err)
{
    sqlite3_backup *job = sqlite3_backup_init(db_of(to), "main", db_of(from), "main");
    int waited = 0;
    int rc, end;

    if (!job)
        return fail(db_of(to), sqlite3_extended_errcode(db_of(to)), err);
    /* the waiting is ours: a busy handler would wait once more in every step */
    sqlite3_busy_timeout(db_of(to), 0);
    /* one step for all pages: the copy is of one moment, and writers of `from` go on */
    while ((rc = sqlite3_backup_step(job, -1)) == SQLITE_BUSY || rc == SQLITE_LOCKED) {
        if (waited >= BUSY_MS)
            break;
        waited += sqlite3_sleep(BUSY_STEP_MS);
    }
    if (rc == SQLITE_DONE)
        rc = SQLITE_OK;
    end = sqlite3_backup_finish(job);
    sqlite3_busy_timeout(db_of(to), BUSY_MS);
    if (rc == SQLITE_OK)
        rc = end;
    return rc == SQLITE_OK ? VOX_OK : fail(db_of(to), rc, err);
}

const struct backend_ops store_sqlite = {
    .name = "SQLite",
    .open = sq_open,
    .close = sq_close,
    .share = sq_share,
    .settle = sq_settle,
    .begin = sq_begin,
    .commit = sq_commit,
    .rollback = sq_rollback,
    .in_transaction = sq_in_transaction,
    .script = sq_script,
    .prepare = sq_prepare,
    .bind_text = sq_bind_text,
    .bind_int = sq_bind_int,
    .bind_blob = sq_bind_blob,
    .step = sq_step,
    .reset = sq_reset,
    .finish = sq_finish,
    .column_bytes = sq_column_bytes,
    .column_int = sq_column_int,
    .changed = sq_changed,
    .identity = sq_identity,
    .set_identity = sq_set_identity,
    .version = sq_version,
    .check = sq_check,
    .sound = sq_sound,
    .copy = sq_copy,
};
