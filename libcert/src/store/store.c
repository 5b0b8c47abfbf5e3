#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libcert/clock.h>
#include <libcert/file.h>

#include "store/place.h"
#include "store/query.h"
#include "store/schema.h"
#include "store/text.h"

/* Letters and a colon in front of the first '/' are a scheme; "./a:b.db" is a path. */
static enum vox_err strip_scheme(const char *url, const char **path, struct vox_error *err)
{
    size_t n = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");

    *path = url;
    if (n > 0 && url[n] == ':') {
        if (n != 6 || strncmp(url, "sqlite", n) != 0)
            return vox_fail(err, VOX_E_USAGE, "stores of the kind '%.*s' are not known: use sqlite:PATH", (int)n, url);
        *path = url + n + 1;
    }
    n = strlen(*path);
    if (n == 0 || (*path)[n - 1] == '/')
        return vox_fail(err, VOX_E_USAGE, "'%s' names no file for the store: use sqlite:PATH", url);
    return VOX_OK;
}

enum vox_err store_path_of(const char *url, char **out, struct vox_error *err)
{
    const char *path, *slash;
    char *folder, *real;
    enum vox_err rc = strip_scheme(url, &path, err);

    *out = NULL;
    if (rc != VOX_OK)
        return rc;
    *out = realpath(path, NULL);
    if (*out)
        return VOX_OK;
    if (errno != ENOENT)
        return vox_fail_errno(err, VOX_E_IO, "%s", path);
    folder = store_place_folder(path, err);
    if (!folder)
        return VOX_E_MEMORY;
    real = realpath(folder, NULL);
    if (!real) {
        rc = vox_fail_errno(err, errno == ENOENT ? VOX_E_NOT_FOUND : VOX_E_IO, "folder %s", folder);
    } else {
        slash = strrchr(path, '/');
        if (asprintf(out, "%s/%s", strcmp(real, "/") == 0 ? "" : real, slash ? slash + 1 : path) < 0) {
            *out = NULL;
            rc = vox_fail(err, VOX_E_MEMORY, "no memory");
        }
    }
    free(folder);
    free(real);
    return rc;
}

enum vox_err store_make_folder(const char *url, struct vox_error *err)
{
    const char *path;
    char *folder = NULL;
    struct stat st;
    enum vox_err rc = strip_scheme(url, &path, err);

    if (rc != VOX_OK)
        return rc;
    folder = store_place_folder(path, err);
    if (!folder)
        return VOX_E_MEMORY;
    if (stat(folder, &st) != 0) {
        if (errno == ENOENT)
            rc = file_make_private_dir(folder, err);
        else
            rc = vox_fail_errno(err, VOX_E_IO, "folder %s", folder);
    } else if (!S_ISDIR(st.st_mode)) {
        rc = vox_fail(err, VOX_E_IO, "%s is no folder", folder);
    } else if (st.st_mode & (S_IWGRP | S_IWOTH)) {
        rc = vox_fail(err, VOX_E_IO, "others can write to folder %s: choose one for the store alone, or chmod go-w it",
                      folder);
    }
    free(folder);
    return rc;
}

static enum vox_err store_new(const char *path, struct store **out, struct vox_error *err)
{
    struct store *s = calloc(1, sizeof *s);
    char *folder = s ? store_place_folder(path, NULL) : NULL;

    *out = NULL;
    if (!folder)
        goto memory;
    s->ops = &store_sqlite;
    s->path = strdup(path);
    if (!s->path || asprintf(&s->key_dir, "%s/keys", strcmp(folder, "/") == 0 ? "" : folder) < 0)
        goto memory;
    free(folder);
    *out = s;
    return VOX_OK;
memory:
    free(folder);
    if (s)
        free(s->path);
    free(s);
    return vox_fail(err, VOX_E_MEMORY, "no memory");
}

void store_close(struct store **s)
{
    if (!*s)
        return;
    store_rollback(*s);
    store_query_forget(*s);
    if ((*s)->db)
        (*s)->ops->close(&(*s)->db);
    free((*s)->path);
    free((*s)->key_dir);
    free(*s);
    *s = NULL;
}

static enum vox_err check_identity(struct store *s, struct vox_error *err)
{
    struct backend_identity id;
    enum vox_err rc = s->ops->identity(s->db, &id, err);

    return rc == VOX_OK ? store_schema_known(store_schema_of(s->ops), &id, err) : rc;
}

enum vox_err store_attach(const char *path, enum backend_mode mode, struct store **out, struct vox_error *err)
{
    enum vox_err rc = store_new(path, out, err);

    if (rc == VOX_OK)
        rc = (*out)->ops->open(path, mode, &(*out)->db, err);
    if (rc == VOX_OK)
        rc = check_identity(*out, err);
    if (rc != VOX_OK)
        store_close(out);
    return rc;
}

enum vox_err store_attach_copy(const char *path, struct store **out, struct vox_error *err)
{
    struct backend *from = NULL;
    enum vox_err rc = store_new(path, out, err);

    if (rc != VOX_OK)
        return rc;
    rc = (*out)->ops->open(path, BACKEND_READ, &from, err);
    if (rc == VOX_OK)
        rc = (*out)->ops->open(NULL, BACKEND_WRITE, &(*out)->db, err);
    if (rc == VOX_OK)
        rc = (*out)->ops->copy(from, (*out)->db, err);
    if (rc == VOX_OK)
        rc = check_identity(*out, err);
    (*out)->ops->close(&from);
    if (rc != VOX_OK)
        store_close(out);
    return rc;
}

/* Everything that a new store holds, in the temporary file. */
static enum vox_err fill_new(const char *tmp, const char *cluster, struct vox_error *err)
{
    char created[CLOCK_RFC3339_MAX];
    struct store *s;
    enum vox_err rc = store_new(tmp, &s, err);

    clock_format(clock_now(), created);
    if (rc == VOX_OK)
        rc = s->ops->open(tmp, BACKEND_WRITE, &s->db, err);
    if (rc == VOX_OK)
        rc = s->ops->share(s->db, err);
    if (rc == VOX_OK)
        rc = store_schema_raise(s->ops, s->db, store_schema_of(s->ops), err);
    if (rc == VOX_OK)
        rc = store_begin(s, err);
    if (rc == VOX_OK)
        rc = store_setting_set(s, "cluster", cluster, err);
    if (rc == VOX_OK)
        rc = store_setting_set(s, "mode", "non-secure", err);
    if (rc == VOX_OK)
        rc = store_setting_set(s, "created", created, err);
    if (rc == VOX_OK)
        rc = store_commit(s, err);
    if (s)
        store_close(&s);
    return rc;
}

enum vox_err store_create(const char *url, const char *cluster, struct store **out, struct vox_error *err)
{
    char *path = NULL, *tmp = NULL;
    struct store *made = NULL;
    enum vox_err rc;

    *out = NULL;
    rc = store_text_check_name("cluster's name", cluster, err);
    if (rc == VOX_OK)
        rc = store_make_folder(url, err);
    if (rc == VOX_OK)
        rc = store_path_of(url, &path, err);
    if (rc == VOX_OK && access(path, F_OK) == 0)
        rc = vox_fail(err, VOX_E_EXISTS, "%s is there already", path);
    if (rc == VOX_OK)
        rc = store_new(path, &made, err);
    if (rc == VOX_OK)
        rc = file_make_private_dir(made->key_dir, err);
    if (rc == VOX_OK)
        rc = store_place_temporary(path, true, &tmp, err);
    if (rc == VOX_OK)
        rc = fill_new(tmp, cluster, err);
    if (rc == VOX_OK)
        rc = store_place_new(tmp, path, err);
    store_place_discard(&tmp);
    if (rc == VOX_OK)
        rc = store_open(path, out, err);
    store_close(&made);
    free(path);
    return rc;
}

enum vox_err store_open(const char *url, struct store **out, struct vox_error *err)
{
    char *path = NULL;
    enum vox_err rc = store_path_of(url, &path, err);

    *out = NULL;
    if (rc == VOX_E_NOT_FOUND)
        return vox_fail(err, VOX_E_NOT_FOUND, "store %s: not there: make a store with 'voxtrust init'", url);
    if (rc != VOX_OK)
        return rc;
    rc = store_place_check_rights(path, err);
    if (rc == VOX_OK)
        rc = store_attach(path, BACKEND_WRITE, out, err);
    if (rc == VOX_OK)
        rc = (*out)->ops->share((*out)->db, err);
    if (rc == VOX_OK)
        rc = store_schema_raise((*out)->ops, (*out)->db, store_schema_of((*out)->ops), err);
    if (rc != VOX_OK) {
        store_close(out);
        (void)vox_error_prefix(err, "store %s", path);
    }
    free(path);
    return rc;
}

const char *store_path(const struct store *s)
{
    return s->path;
}

const char *store_key_dir(const struct store *s)
{
    return s->key_dir;
}

enum vox_err store_version(struct store *s, int64_t *out, struct vox_error *err)
{
    return s->ops->version(s->db, out, err);
}
