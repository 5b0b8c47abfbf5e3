#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <libcert/file.h>

#include "store/check.h"
#include "store/place.h"
#include "store/query.h"
#include "store/schema.h"

static const char KEPT_SUFFIX[] = ".before-restore";

/* All of `from` into the empty or existing database file at path. settled: leave it complete in one file. */
static enum vox_err copy_into(struct backend *from, const char *path, bool settled, struct vox_error *err)
{
    const struct backend_ops *ops = &store_sqlite;
    struct backend *to = NULL;
    enum vox_err rc = ops->open(path, BACKEND_WRITE, &to, err);

    if (rc == VOX_OK)
        rc = ops->copy(from, to, err);
    if (rc == VOX_OK)
        rc = settled ? ops->settle(to, err) : ops->share(to, err);
    ops->close(&to);
    return rc;
}

/* A finished backup may be replaced by the next one; anything else that has the name stays. */
static enum vox_err check_backup_target(const struct store *s, const char *path, struct vox_error *err)
{
    struct store *old = NULL;
    struct stat st, own;
    enum vox_err rc;

    if (stat(path, &st) != 0)
        return errno == ENOENT ? VOX_OK : vox_fail_errno(err, VOX_E_IO, "cannot be looked at");
    if (stat(s->path, &own) == 0 && st.st_dev == own.st_dev && st.st_ino == own.st_ino)
        return vox_fail(err, VOX_E_USAGE, "this is the store itself: name another file for its backup");
    if (!S_ISREG(st.st_mode))
        return vox_fail(err, VOX_E_EXISTS, "is there and is not a file");
    rc = store_attach(path, BACKEND_READ, &old, NULL);
    store_close(&old);
    return rc == VOX_OK ? VOX_OK : vox_fail(err, VOX_E_EXISTS, "is there and is no backup of a store");
}

enum vox_err store_backup(struct store *s, const char *path, struct vox_error *err)
{
    struct store *copy = NULL;
    char *tmp = NULL;
    enum vox_err rc;

    if (s->in_tx)
        return vox_fail(err, VOX_E_USAGE, "a transaction of this store is open");
    rc = check_backup_target(s, path, err);
    if (rc == VOX_OK)
        rc = store_place_temporary(path, false, &tmp, err);
    if (rc == VOX_OK)
        rc = copy_into(s->db, tmp, true, err);
    if (rc == VOX_OK)
        rc = store_attach(tmp, BACKEND_WRITE, &copy, err);
    if (rc == VOX_OK)
        rc = store_check_content(copy, err);
    store_close(&copy);
    if (rc == VOX_OK)
        rc = store_place_over(tmp, path, err);
    store_place_discard(&tmp);
    return rc;
}

/* The file at path as a database of ours beside `target`, checked: what is put in place is what was checked. */
static enum vox_err fetch(const char *path, const char *target, char **tmp, struct vox_error *err)
{
    const struct backend_ops *ops = &store_sqlite;
    struct backend *from = NULL;
    struct store *copy = NULL;
    struct vox_error why = {.text = ""};
    enum vox_err rc = store_place_temporary(target, true, tmp, err);

    if (rc != VOX_OK)
        return rc;
    rc = ops->open(path, BACKEND_READ, &from, &why);
    if (rc == VOX_OK)
        rc = copy_into(from, *tmp, false, &why);
    ops->close(&from);
    if (rc == VOX_OK)
        rc = store_attach(*tmp, BACKEND_WRITE, &copy, &why);
    if (rc == VOX_OK) /* programs that have the store open expect their own schema */
        rc = store_schema_raise(copy->ops, copy->db, store_schema_of(copy->ops), &why);
    if (rc != VOX_OK && err)
        *err = why;
    if (rc == VOX_E_STORE)
        rc = vox_fail(err, VOX_E_INPUT, "not a sound backup of a store: %s", why.text);
    if (rc == VOX_OK)
        rc = store_check_sound(copy, err);
    store_close(&copy);
    return rc;
}

/* The old store as of now under the name kept, complete in one file. */
static enum vox_err keep(struct backend *old, const char *kept, struct vox_error *err)
{
    char *tmp = NULL;
    enum vox_err rc = store_place_temporary(kept, true, &tmp, err);

    if (rc == VOX_OK)
        rc = copy_into(old, tmp, true, err);
    if (rc == VOX_OK)
        rc = store_place_make_room(kept, err);
    if (rc == VOX_OK)
        rc = store_place_over(tmp, kept, err);
    store_place_discard(&tmp);
    return rc;
}

/* The usual case: the content changes in one transaction of the database that daemons may have open. */
static enum vox_err overwrite(const char *target, const char *tmp, const char *kept, struct vox_error *err)
{
    const struct backend_ops *ops = &store_sqlite;
    struct backend *old = NULL, *from = NULL;
    struct backend_identity id = {0, 0};
    struct stat st;
    enum vox_err rc = ops->open(target, BACKEND_WRITE, &old, err);

    if (rc == VOX_OK)
        rc = ops->identity(old, &id, err);
    if (rc == VOX_OK && id.application != STORE_APPLICATION_ID && stat(target, &st) == 0 && st.st_size > 0)
        rc = vox_fail(err, VOX_E_STORE, "%s is the database of another program: move it away first", target);
    if (rc == VOX_OK)
        rc = keep(old, kept, err);
    if (rc == VOX_OK)
        rc = ops->open(tmp, BACKEND_READ, &from, err);
    if (rc == VOX_OK)
        rc = ops->copy(from, old, err);
    if (rc == VOX_OK)
        rc = ops->share(old, err);
    ops->close(&from);
    ops->close(&old);
    return rc;
}

/* The old file is beyond SQLite: it goes aside with its write-ahead log, which must not meet the new one. */
static enum vox_err replace(const char *target, const char *tmp, const char *kept, struct vox_error *err)
{
    enum vox_err rc = store_place_make_room(kept, err);

    if (rc == VOX_OK)
        rc = store_place_aside(target, kept, err);
    if (rc == VOX_OK)
        rc = store_place_over(tmp, target, err);
    return rc;
}

static enum vox_err check_source(const char *path, const char *target, struct vox_error *err)
{
    struct stat st, old;
    enum vox_err rc;

    if ((rc = store_check_is_file(path, err)) != VOX_OK)
        return rc;
    if (stat(path, &st) == 0 && stat(target, &old) == 0 && st.st_dev == old.st_dev && st.st_ino == old.st_ino)
        return vox_fail(err, VOX_E_USAGE, "this is the store itself, not a backup");
    return VOX_OK;
}

/* What could not be opened afterwards is not written to. */
static enum vox_err check_target(const char *target, struct vox_error *err)
{
    enum vox_err rc = store_place_check_rights(target, err);

    if (rc == VOX_E_NOT_FOUND)
        return VOX_OK;
    if (rc != VOX_OK)
        (void)vox_error_prefix(err, "store %s", target);
    return rc;
}

enum vox_err store_restore(const char *url, const char *path, struct vox_error *err)
{
    char *target = NULL, *kept = NULL, *tmp = NULL;
    struct stat st;
    enum vox_err rc = store_make_folder(url, err);

    if (rc == VOX_OK)
        rc = store_path_of(url, &target, err);
    if (rc == VOX_OK && asprintf(&kept, "%s%s", target, KEPT_SUFFIX) < 0) {
        kept = NULL;
        rc = vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    if (rc == VOX_OK)
        rc = check_source(path, target, err);
    if (rc == VOX_OK)
        rc = check_target(target, err);
    if (rc == VOX_OK)
        rc = fetch(path, target, &tmp, err);
    if (rc != VOX_OK)
        goto out;
    if (stat(target, &st) != 0)
        rc = store_place_new(tmp, target, err);
    else if (store_sqlite.sound(target))
        rc = overwrite(target, tmp, kept, err);
    else
        rc = replace(target, tmp, kept, err);
out:
    store_place_discard(&tmp);
    free(target);
    free(kept);
    return rc;
}
