/* What the store's tests share: a folder of their own, a store in it, certificates of the lab. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <sqlite3.h>

#include <libcert/audit.h>
#include <libcert/store.h>

#include "store/schema.h"

#define unused __attribute__((unused))

static char folder[64]; /* the test's, 0700; the working directory too */
static struct store *s; /* open on "voxtrust.db" in it */

static unused int folder_setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/test-store.XXXXXX");
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static unused int folder_teardown(void **state)
{
    char command[96];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") != 0 || system(command) != 0;
}

static unused int store_setup(void **state)
{
    struct vox_error err;

    if (folder_setup(state) != 0)
        return -1;
    if (store_create("voxtrust.db", "Example Voice", &s, &err) == VOX_OK)
        return 0;
    fprintf(stderr, "%s\n", err.text);
    return -1;
}

static unused int store_teardown(void **state)
{
    store_close(&s);
    return folder_teardown(state);
}

/* Fails the test with the library's sentence. */
#define assert_done(call)                                           \
    do {                                                            \
        struct vox_error err_ = {.text = ""};                       \
        struct vox_error *err = &err_;                              \
        if ((call) != VOX_OK)                                       \
            fail_msg("%s: %s [%s]", #call, err_.text, err_.detail); \
    } while (0)

/* The call, which takes `err`, must answer code with a sentence that holds words. */
#define assert_refused(call, code_, words)                                                                         \
    do {                                                                                                           \
        struct vox_error err_ = {.text = ""};                                                                      \
        struct vox_error *err = &err_;                                                                             \
        enum vox_err got_ = (call);                                                                                \
        if (got_ != (code_) || err_.code != (code_) || !strstr(err_.text, words))                                  \
            fail_msg("%s: answered %d \"%s\" [%s], not %d \"...%s...\"", #call, (int)got_, err_.text, err_.detail, \
                     (int)(code_), words);                                                                         \
    } while (0)

/* A certificate of the lab by its file name. Free with cert_free(). */
static unused struct cert *lab_cert(const char *name)
{
    char path[512];
    struct cert *c = NULL;
    FILE *f;
    X509 *x;

    snprintf(path, sizeof path, "%s/lab/%s", VOX_VECTORS, name);
    f = fopen(path, "r");
    assert_non_null(f);
    x = PEM_read_X509(f, NULL, NULL, NULL);
    fclose(f);
    assert_non_null(x);
    assert_done(cert_from_x509(x, &c, err));
    X509_free(x);
    return c;
}

static unused unsigned mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

/* As somebody with the sqlite3 shell would: statements on a database file behind the store's back. */
static unused void shell(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    char *why = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    sqlite3_close(db);
}

/* The first column of the first row as text. */
static unused void shell_ask(const char *path, const char *sql, char *out, size_t outlen)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    snprintf(out, outlen, "%s", (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    sqlite3_close(db);
}

/* The database has the newest schema. */
static unused void assert_schema_is_new(const char *path)
{
    char text[16], newest[16];

    snprintf(newest, sizeof newest, "%d", store_schema_of(&store_sqlite)->version);
    shell_ask(path, "PRAGMA user_version", text, sizeof text);
    assert_string_equal(text, newest);
}

/* No temporary of ours is left in the folder. */
static unused void assert_no_temporaries(void)
{
    assert_int_not_equal(system("ls -A | grep -q '\\.tmp'"), 0);
}

static unused struct store_binding binding_of(const struct cert *c, const char *place, const char *node)
{
    return (struct store_binding){
        .cert = (struct cert *)(uintptr_t)c,
        .place = (char *)(uintptr_t)place,
        .node = (char *)(uintptr_t)node,
        .role = ROLE_NONE,
        .state = BIND_ACTIVE,
    };
}

/* Binds a certificate; returns the id, valid until the next call. */
static unused const char *bind_cert(const struct cert *c, const char *place, const char *node, enum bind_state st)
{
    static char id[40];
    struct store_binding b = binding_of(c, place, node);

    b.state = st;
    assert_done(store_binding_add(s, &b, err));
    snprintf(id, sizeof id, "%s", b.id);
    free(b.id);
    free(b.added);
    return id;
}

static unused size_t count_bindings(const struct store_binding_filter *f)
{
    struct store_binding *list;
    size_t n;

    assert_done(store_bindings(s, f, &list, &n, err));
    store_bindings_free(&list, n);
    assert_null(list);
    return n;
}

#endif
