#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libcert/file.h>
#include <libcert/limits.h>

#include "voxphone.h"

char *phone_path(const struct phone_boot *b, const char *name)
{
    char *out;

    return asprintf(&out, "%s/%s", b->dir, name) < 0 ? NULL : out;
}

enum vox_err phone_keep(const struct phone_boot *b, const char *name, const void *data, size_t len,
                        struct vox_error *err)
{
    char *path = phone_path(b, name);
    enum vox_err code = path != NULL ? file_replace(path, data, len, 0600, err) : VOX_E_MEMORY;

    if (path == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if (code != VOX_OK)
        (void)vox_error_prefix(err, "%s", path);
    free(path);
    return code;
}

enum vox_err phone_kept(const struct phone_boot *b, const char *name, size_t max, struct bytes *out,
                        struct vox_error *err)
{
    char *path = phone_path(b, name);
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if (path == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if ((code = file_read(path, max, out, err)) != VOX_OK)
        (void)vox_error_prefix(err, "%s", path);
    free(path);
    return code;
}

/* A folder that only its owner can enter. */
static enum vox_err make_folder(const char *path, struct vox_error *err)
{
    struct stat st;

    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return vox_fail_errno(err, VOX_E_IO, "%s", path);
    if (lstat(path, &st) != 0)
        return vox_fail_errno(err, VOX_E_IO, "%s", path);
    if (!S_ISDIR(st.st_mode))
        return vox_fail(err, VOX_E_IO, "%s: no folder", path);
    if (st.st_uid != geteuid() || (st.st_mode & 022) != 0)
        return vox_fail(err, VOX_E_IO, "%s: others can write to it: a phone's state would be theirs", path);
    return VOX_OK;
}

static enum vox_err lock(struct phone_boot *b, struct vox_error *err)
{
    char *path = phone_path(b, "lock");

    if (path == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    b->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    free(path);
    if (b->lock < 0)
        return vox_fail_errno(err, VOX_E_IO, "%s/lock", b->dir);
    if (flock(b->lock, LOCK_EX | LOCK_NB) != 0)
        return vox_fail(err, VOX_E_IO, "%s: another process is this phone at the moment", b->dir);
    return VOX_OK;
}

static enum vox_err read_list(const struct phone_boot *b, const char *name, struct ctl_list **out,
                              struct vox_error *err)
{
    struct bytes file;
    enum vox_err code = phone_kept(b, name, LIMIT_LIST_FILE, &file, err);

    if (code == VOX_OK && (code = ctl_list_read(file.data, file.len, out, err)) != VOX_OK)
        (void)vox_error_prefix(err, "%s/%s", b->dir, name);
    bytes_free(&file);
    return code == VOX_E_NOT_FOUND ? VOX_OK : code;
}

static enum vox_err read_config(struct phone_boot *b, struct vox_error *err)
{
    struct bytes file;
    enum vox_err code = phone_kept(b, "config.xml", LIMIT_CONFIG_FILE, &file, err);

    if (code == VOX_OK)
        code = config_read(file.data, file.len, &b->config, err);
    bytes_wipe(&file);
    return code == VOX_E_NOT_FOUND ? VOX_OK : code;
}

static enum vox_err read_lsc(struct phone_boot *b, struct vox_error *err)
{
    char *path = phone_path(b, "lsc.pem");
    enum vox_err code = VOX_OK;

    if (path == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if (access(path, F_OK) == 0)
        code = keep_read_pair(b->common, path, &b->lsc, err);
    free(path);
    return code;
}

enum vox_err phone_boot_open(struct cli_common *common, const struct phone_options *o, const char *name,
                             struct phone_boot *out, struct vox_error *err)
{
    enum vox_err code;

    *out = (struct phone_boot){.common = common, .o = o, .lock = -1};
    if ((code = phone_name_check(name, err)) != VOX_OK)
        return code;
    (void)snprintf(out->name, sizeof out->name, "%s", name);
    if (asprintf(&out->dir, "%s/%s", o->state, name) < 0) {
        out->dir = NULL;
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    if ((code = make_folder(o->state, err)) != VOX_OK || (code = make_folder(out->dir, err)) != VOX_OK ||
        (code = lock(out, err)) != VOX_OK || (code = read_list(out, "CTLFile.tlv", &out->ctl, err)) != VOX_OK ||
        (code = read_list(out, "ITLFile.tlv", &out->itl, err)) != VOX_OK || (code = read_config(out, err)) != VOX_OK ||
        (code = read_lsc(out, err)) != VOX_OK)
        return code;
    return o->from != NULL ? fetch_open(o->from, o->timeout_s, &out->fetch, err) : VOX_OK;
}

void phone_boot_close(struct phone_boot *b)
{
    fetch_close(&b->fetch);
    ctl_list_free(&b->ctl);
    ctl_list_free(&b->itl);
    pair_clear(&b->lsc);
    free(b->dir);
    if (b->lock >= 0)
        (void)close(b->lock);
    b->dir = NULL;
    b->lock = -1;
}

struct accept_held phone_held(const struct phone_boot *b)
{
    return (struct accept_held){
        .ctl = b->ctl,
        .itl = b->itl,
        .no_security_by_default = b->o->model.no_security_by_default,
        .no_ec = b->o->model.no_ec,
    };
}

void phone_step(struct phone_boot *b, const char *what, enum step_end end, const char *verdict, const char *fmt, ...)
{
    struct step *s = &b->steps[b->nsteps < STEPS_MAX ? b->nsteps++ : STEPS_MAX - 1];
    va_list ap;

    s->what = what;
    s->verdict = verdict;
    s->end = end;
    va_start(ap, fmt);
    (void)vsnprintf(s->text, sizeof s->text, fmt, ap);
    va_end(ap);
}
