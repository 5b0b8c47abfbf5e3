#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The C library has no wrapper for it. */
static int open_beneath(int root, const char *path, int flags)
{
    struct open_how how = {.flags = (unsigned)(flags | O_CLOEXEC), .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    long fd;

    do
        fd = syscall(SYS_openat2, root, path, &how, sizeof how);
    while (fd < 0 && errno == EAGAIN); /* a rename elsewhere in the tree while "..": the kernel asks to try again */
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
        return (int)fd;
    /* A kernel before 5.6, or a container that filters the call: no links at the end, at least. */
    return openat(root, path, flags | O_CLOEXEC | O_NOFOLLOW);
}

static int folder(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum vox_err tree_open(struct tree *t, const char *in, const char *out, struct vox_error *err)
{
    *t = (struct tree){.in = -1, .out = -1, .elsewhere = out != NULL, .in_beneath = true, .out_beneath = true};
    if ((t->in = folder(in)) < 0)
        return vox_fail_errno(err, errno == ENOENT ? VOX_E_NOT_FOUND : VOX_E_IO, "cannot be opened");
    if ((t->out = out != NULL ? folder(out) : dup(t->in)) < 0) {
        const enum vox_err code =
            vox_fail_errno(err, errno == ENOENT ? VOX_E_NOT_FOUND : VOX_E_IO, "output folder %s", out ? out : in);

        tree_close(t);
        return code;
    }
    return VOX_OK;
}

void tree_close(struct tree *t)
{
    if (t->in >= 0)
        (void)close(t->in);
    if (t->out >= 0)
        (void)close(t->out);
    t->in = t->out = -1;
}

int tree_read_fd(const struct tree *t, const char *path)
{
    const int flags = O_RDONLY | O_NONBLOCK;

    return t->in_beneath ? open_beneath(t->in, path, flags) : openat(t->in, path, flags | O_CLOEXEC);
}

const char *tree_leaf(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

int tree_folder_fd(const struct tree *t, const char *path)
{
    const size_t n = (size_t)(tree_leaf(path) - path);
    char *dir = n == 0 ? strdup(".") : strndup(path, n);
    int fd, saved;

    if (dir == NULL) {
        errno = ENOMEM;
        return -1;
    }
    fd = t->out_beneath ? open_beneath(t->out, dir, O_RDONLY | O_DIRECTORY)
                        : openat(t->out, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    saved = errno;
    free(dir);
    errno = saved;
    return fd;
}

enum vox_err tree_make_folders(const struct tree *t, const char *path, mode_t mode, struct vox_error *err)
{
    char *copy = strdup(path);
    enum vox_err code = VOX_OK;

    if (copy == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (char *slash = strchr(copy, '/'); slash != NULL && code == VOX_OK; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const int at = tree_folder_fd(t, copy);

        if (at < 0)
            code = vox_fail_errno(err, VOX_E_IO, "folder of %s", copy);
        else if (mkdirat(at, tree_leaf(copy), 0700) == 0)
            code =
                fchmodat(at, tree_leaf(copy), mode, 0) == 0 ? VOX_OK : vox_fail_errno(err, VOX_E_IO, "folder %s", copy);
        else if (errno != EEXIST)
            code = vox_fail_errno(err, VOX_E_IO, "folder %s cannot be made", copy);
        if (at >= 0)
            (void)close(at);
        *slash = '/';
    }
    free(copy);
    return code;
}
