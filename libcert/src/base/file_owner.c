#include <libcert/file.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PASSWD_MAX = 16384 };

void file_user_name(uid_t uid, char *out, size_t outlen)
{
    char room[PASSWD_MAX];
    struct passwd entry, *found = NULL;

    if (getpwuid_r(uid, &entry, room, sizeof room, &found) != 0 || found == NULL)
        (void)snprintf(out, outlen, "#%lu", (unsigned long)uid); /* as sudo -u takes it */
    else
        (void)snprintf(out, outlen, "%s", entry.pw_name);
}

enum vox_err file_check_own_dir(const char *path, struct vox_error *err)
{
    char name[FILE_USER_MAX];
    struct stat st;

    if (lstat(path, &st) != 0)
        return vox_fail_errno(err, VOX_E_IO, "its folder");
    if (st.st_uid == geteuid())
        return VOX_OK;
    file_user_name(st.st_uid, name, sizeof name);
    return vox_fail(
        err, VOX_E_IO,
        "its folder belongs to %s, who could not read a private key of another user: run this as %s (sudo -u "
        "'%s' ...)",
        name, name, name);
}

bool file_stranger(const char *path, char *out, size_t outlen)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    struct stat file, dir;
    const bool strange = folder != NULL && stat(path, &file) == 0 && stat(folder, &dir) == 0 &&
                         file.st_uid != dir.st_uid && dir.st_uid != 0;

    if (strange)
        file_user_name(dir.st_uid, out, outlen);
    free(folder);
    return strange;
}
