#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libcert/file.h>
#include <libcert/limits.h>

#include "commit.h"
#include "crew.h"
#include "voxsign.h"

static enum vox_err read_input(const struct job *j, struct bytes *out, mode_t *mode, struct vox_error *err)
{
    const int fd = tree_read_fd(j->tree, j->in);
    struct stat st = {0};
    enum vox_err code;

    if (fd < 0)
        return vox_fail_errno(err, errno == ENOENT ? VOX_E_NOT_FOUND : VOX_E_IO, "cannot be read");
    if (fstat(fd, &st) != 0)
        code = vox_fail_errno(err, VOX_E_IO, "cannot be examined");
    else if (!S_ISREG(st.st_mode))
        code = vox_fail(err, VOX_E_IO, "is no regular file");
    else
        code = file_read_fd(fd, LIMIT_SIGNED_FILE, out, err);
    (void)close(fd);
    *mode = st.st_mode & 0666; /* as readable as the file that it stands for, and never executable */
    return code;
}

/* Does the file that stands in the place of the output hold content, under the signature that we would make? */
static bool is_unchanged(const struct job *j, int dir, const struct signer *s, struct bytes_view content)
{
    const int fd = openat(dir, tree_leaf(j->out), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    struct bytes old = {NULL, 0};
    struct bytes_view has;
    struct ctl_header h;
    struct stat st;
    bool same = false;

    /* The size says no without reading, most of the time. */
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size < content.len ||
        (uint64_t)st.st_size > content.len + LIMIT_TLV_VALUE)
        goto out;
    if (file_read_fd(fd, content.len + LIMIT_TLV_VALUE, &old, NULL) != VOX_OK ||
        sgn_read(old.data, old.len, &h, &has, NULL) != VOX_OK)
        goto out;
    same = h.kind == HEADER_SGN && bytes_equal(has, content) && h.digest == s->digest &&
           strcmp(h.filename, j->filename) == 0 && (!s->timed || (h.has_timestamp && h.timestamp == s->timestamp)) &&
           sgn_verify(old.data, old.len, &h, s->cert, NULL) == VOX_OK;
out:
    bytes_free(&old);
    if (fd >= 0)
        (void)close(fd);
    return same;
}

/* What another certificate signed, under our signature. Firmware and whatever else somebody else signed stays. */
static enum vox_err resign(struct job *j, const struct signer *s, const struct sgn_params *p, struct bytes_view old,
                           struct bytes *out, struct vox_error *err)
{
    struct bytes_view content;
    struct ctl_header h;
    enum vox_err code = sgn_read(old.data, old.len, &h, &content, err);

    if (code == VOX_OK && sgn_verify(old.data, old.len, &h, s->cert, NULL) == VOX_OK) {
        j->outcome = JOB_UNCHANGED;
        return VOX_OK;
    }
    if (code == VOX_OK)
        code = sgn_verify(old.data, old.len, &h, s->instead, err);
    if (code == VOX_OK)
        return sgn_resign(p, old.data, old.len, out, err);
    if (!j->in_tree || (code != VOX_E_NO && code != VOX_E_INPUT))
        return code;
    j->outcome = JOB_SKIPPED;
    j->why = code == VOX_E_NO ? "signed by another" : "no signed file";
    return VOX_OK;
}

enum vox_err sign_one(struct job *j, const struct signer *s, EVP_PKEY *key, struct vox_error *err)
{
    struct sgn_params p = signer_params(s, j->filename);
    struct bytes content = {NULL, 0}, file = {NULL, 0};
    enum header_kind kind;
    enum vox_err code;
    mode_t mode;
    int dir = -1;

    p.key = key;
    if ((code = read_input(j, &content, &mode, err)) != VOX_OK)
        return code;
    if (s->instead != NULL) {
        if ((code = resign(j, s, &p, bytes_view_of(&content), &file, err)) != VOX_OK || j->outcome != JOB_WAITING)
            goto out;
    } else if (ctl_header_guess(content.data, content.len, &kind)) {
        j->why = kind == HEADER_LIST ? "a trust list" : "signed already";
        if (j->in_tree)
            j->outcome = JOB_SKIPPED;
        else
            code = vox_fail(err, VOX_E_INPUT, "is %s", j->why);
        goto out;
    }
    if (j->in_tree && j->tree->elsewhere && (code = tree_make_folders(j->tree, j->out, 0755, err)) != VOX_OK)
        goto out;
    if ((dir = tree_folder_fd(j->tree, j->out)) < 0) {
        code = vox_fail_errno(err, errno == ENOENT ? VOX_E_NOT_FOUND : VOX_E_IO, "folder of %s", j->out);
        goto out;
    }
    if (s->instead == NULL && is_unchanged(j, dir, s, bytes_view_of(&content)))
        j->outcome = JOB_UNCHANGED;
    else if (s->instead != NULL || (code = sgn_write(&p, bytes_view_of(&content), &file, err)) == VOX_OK)
        code = commit_stage(j, dir, bytes_view_of(&file), mode, err);
out:
    if (dir >= 0)
        (void)close(dir);
    bytes_free(&content); /* what is signed is for everybody: nothing to wipe */
    bytes_free(&file);
    return code;
}
