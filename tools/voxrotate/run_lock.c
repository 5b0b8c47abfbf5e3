#include "run_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include <libcert/file.h>

/* Each rotation has a byte of the file of its own, far apart by chance: the file stays empty. */
static enum vox_err place_of(const struct owner *o, off_t *out, struct vox_error *err)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    char text[512];
    uint64_t n = 0;

    (void)snprintf(text, sizeof text, "%s %s", o->place, owner_node(o));
    if (EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "SHA-256 cannot be computed");
    for (size_t i = 0; i < 7; i++)
        n = n << 8 | digest[i];
    *out = (off_t)n;
    return VOX_OK;
}

/* The user of a process, for whoever is to be asked about it. */
static void user_of(pid_t pid, char *out, size_t outlen)
{
    char path[32], name[FILE_USER_MAX];
    struct stat st;

    out[0] = '\0';
    (void)snprintf(path, sizeof path, "/proc/%ld", (long)pid);
    if (stat(path, &st) != 0)
        return;
    file_user_name(st.st_uid, name, sizeof name);
    (void)snprintf(out, outlen, " of %s", name);
}

static enum vox_err taken(const struct turn *t, int fd, struct flock l, struct vox_error *err)
{
    char what[256], who[128] = "another process", user[80];

    if (fcntl(fd, F_GETLK, &l) == 0 && l.l_type != F_UNLCK && l.l_pid > 0) {
        user_of(l.l_pid, user, sizeof user);
        (void)snprintf(who, sizeof who, "process %ld%s", (long)l.l_pid, user);
    }
    owner_text(&t->owner, what, sizeof what);
    return vox_fail(err, VOX_E_IO,
                    "the rotation of %s is run by %s already: 'voxrotate status' tells how far it is; to run it from "
                    "here, end that one first",
                    what, who);
}

/* The lock's file beside the store, of whom that is. -1: errno says why. */
static int open_beside(const struct turn *t)
{
    const char *database = store_path(t->s), *slash = strrchr(database, '/');
    char folder[PATH_MAX];
    int dir, fd = -1, saved;

    if ((size_t)snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - database) + 1 : 1,
                         slash != NULL ? database : ".") >= sizeof folder) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if ((dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        return -1;
    if ((fd = openat(dir, "voxrotate.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) >= 0 &&
        file_give(fd, dir) != 0) {
        saved = errno;
        (void)close(fd);
        fd = -1;
        errno = saved;
    }
    saved = errno;
    (void)close(dir);
    errno = saved;
    return fd;
}

enum vox_err run_lock(const struct turn *t, struct vox_error *err)
{
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    enum vox_err code;
    int fd;

    if ((code = place_of(&t->owner, &l.l_start, err)) != VOX_OK)
        return code;
    if ((fd = open_beside(t)) < 0)
        return vox_fail_errno(err, VOX_E_IO, "voxrotate.lock beside %s cannot be opened", store_path(t->s));
    if (fcntl(fd, F_SETLK, &l) == 0)
        return VOX_OK; /* and fd stays open: with it the lock would go */
    code = errno == EACCES || errno == EAGAIN
               ? taken(t, fd, l, err)
               : vox_fail_errno(err, VOX_E_IO, "voxrotate.lock beside %s cannot be locked", store_path(t->s));
    (void)close(fd);
    return code;
}
