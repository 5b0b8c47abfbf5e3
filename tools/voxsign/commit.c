#include "commit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/rand.h>

#include <libcert/file.h>

enum {
    FEW = 16,        /* files up to which each is synced alone */
    FILE_SYSTEMS = 8 /* that one batch may lie on; above, each file is synced alone */
};

void job_fail(struct job *j, const struct vox_error *err)
{
    j->outcome = JOB_FAILED;
    if ((j->err = malloc(sizeof *j->err)) != NULL)
        *j->err = *err;
}

enum vox_err commit_stage(struct job *j, int dir, struct bytes_view data, mode_t mode, struct vox_error *err)
{
    enum vox_err code = VOX_OK;
    struct stat st;
    uint64_t nonce;
    int fd;

    if (RAND_bytes((unsigned char *)&nonce, sizeof nonce) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no random numbers for a temporary name");
    if (asprintf(&j->temporary, ".%.200s.%016" PRIx64 ".tmp", tree_leaf(j->out), nonce) < 0) {
        j->temporary = NULL;
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    fd = openat(dir, j->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    /* The umask may have taken bits away. */
    if (fd < 0 || file_write_fd(fd, data.data, data.len) != 0 || fstat(fd, &st) != 0 ||
        ((st.st_mode & 07777) != mode && fchmod(fd, mode) != 0)) {
        code = vox_fail_errno(err, VOX_E_IO, "%s cannot be written", j->out);
        if (fd >= 0)
            (void)unlinkat(dir, j->temporary, 0);
        goto out;
    }
    j->dev = st.st_dev;
    j->outcome = JOB_STAGED;
out:
    if (fd >= 0)
        (void)close(fd);
    if (code != VOX_OK) {
        free(j->temporary);
        j->temporary = NULL;
    }
    return code;
}

void commit_drop(struct job *j)
{
    const int dir = tree_folder_fd(j->tree, j->out);

    if (dir >= 0) {
        (void)unlinkat(dir, j->temporary, 0);
        (void)close(dir);
    }
    free(j->temporary);
    j->temporary = NULL;
    j->outcome = JOB_WAITING;
}

/* The temporary, or with name NULL the folder, onto the disk; or all of its file system. */
static int sync_one(const struct job *j, const char *name, bool whole)
{
    const int dir = tree_folder_fd(j->tree, j->out);
    int fd, failed, saved;

    if (dir < 0)
        return -1;
    fd = name == NULL ? dir : openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    failed = fd < 0 || (whole ? syncfs(fd) : fsync(fd)) != 0;
    saved = errno;
    if (fd >= 0 && fd != dir)
        (void)close(fd);
    (void)close(dir);
    errno = saved;
    return failed ? -1 : 0;
}

/* One job on each file system that jobs lie on; the number of them, or FILE_SYSTEMS + 1 for too many. */
static size_t file_systems(struct job *const *jobs, size_t n, const struct job *on[static FILE_SYSTEMS])
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        size_t k = 0;

        while (k < found && on[k]->dev != jobs[i]->dev)
            k++;
        if (k < found)
            continue;
        if (found == FILE_SYSTEMS)
            return FILE_SYSTEMS + 1;
        on[found++] = jobs[i];
    }
    return found;
}

/* Put jobs' temporaries (files) or folders onto the disk. */
static int sync_all(struct job *const *jobs, size_t n, bool files)
{
    const struct job *on[FILE_SYSTEMS];
    const size_t systems = file_systems(jobs, n, on);

    if (n > FEW && systems <= FILE_SYSTEMS) {
        for (size_t i = 0; i < systems; i++)
            if (sync_one(on[i], NULL, true) != 0)
                return -1;
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        if (sync_one(jobs[i], files ? jobs[i]->temporary : NULL, false) != 0)
            return -1;
    return 0;
}

static void put_in_place(struct job *j, int dir)
{
    struct vox_error err;

    if (dir >= 0 && renameat(dir, j->temporary, dir, tree_leaf(j->out)) == 0) {
        free(j->temporary);
        j->temporary = NULL;
        j->outcome = JOB_SIGNED;
        return;
    }
    (void)vox_fail_errno(&err, VOX_E_IO, "%s cannot be put in place", j->out);
    commit_drop(j);
    job_fail(j, &err);
}

/* Files of one folder mostly come together. */
static bool same_folder(const struct job *a, const struct job *b)
{
    const size_t n = (size_t)(tree_leaf(a->out) - a->out);

    return a->tree == b->tree && n == (size_t)(tree_leaf(b->out) - b->out) && strncmp(a->out, b->out, n) == 0;
}

void commit_batch(struct job *const *jobs, size_t n)
{
    struct vox_error err;
    int dir = -1;

    if (sync_all(jobs, n, true) != 0) {
        (void)vox_fail_errno(&err, VOX_E_IO, "what was written cannot be synced to the disk");
        for (size_t i = 0; i < n; i++) {
            commit_drop(jobs[i]);
            job_fail(jobs[i], &err);
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (dir < 0 || !same_folder(jobs[i - 1], jobs[i])) {
            if (dir >= 0)
                (void)close(dir);
            dir = tree_folder_fd(jobs[i]->tree, jobs[i]->out);
        }
        put_in_place(jobs[i], dir);
    }
    if (dir >= 0)
        (void)close(dir);
}

enum vox_err commit_end(struct job *jobs, size_t n, struct vox_error *err)
{
    struct job **written = malloc((n + 1) * sizeof(struct job *));
    enum vox_err code = VOX_OK;
    size_t k = 0;

    if (written == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; i < n; i++)
        if (jobs[i].outcome == JOB_SIGNED)
            written[k++] = &jobs[i];
    if (sync_all(written, k, false) != 0)
        code = vox_fail_errno(err, VOX_E_IO, "files are written, but their folders cannot be synced");
    free(written);
    return code;
}
