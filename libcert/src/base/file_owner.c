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

int file_give(int fd, int folder)
{
    struct stat st;

    if (geteuid() != 0)
        return 0;
    if (fstat(folder, &st) != 0)
        return -1;
    return st.st_uid == 0 ? 0 : fchown(fd, st.st_uid, st.st_gid);
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
