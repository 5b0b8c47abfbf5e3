#include "hashdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/x509.h>

#include <libcert/bundle.h>
#include <libcert/file.h>

enum { HASH_LEN = 8, FILE_NAME_MAX = CERT_FINGERPRINT_MAX + 4 };

static bool hex_of_length(const char *p, size_t len)
{
    return strspn(p, "0123456789abcdef") == len;
}

/* "<64 hex digits>.pem" or "<8 hex digits>.<number>": what this file makes. */
static bool is_ours(const char *name)
{
    if (hex_of_length(name, CERT_FINGERPRINT_MAX - 1))
        return strcmp(name + CERT_FINGERPRINT_MAX - 1, ".pem") == 0;
    return hex_of_length(name, HASH_LEN) && name[HASH_LEN] == '.' && name[HASH_LEN + 1] != '\0' &&
           strspn(name + HASH_LEN + 1, "0123456789") == strlen(name + HASH_LEN + 1);
}

/* Nothing else may vanish with the old folder. *exists: there is one. */
static enum vox_err check_target(const char *path, bool *exists, struct vox_error *err)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    enum vox_err code = VOX_OK;

    *exists = dir != NULL;
    if (dir == NULL && errno == ENOENT)
        return VOX_OK;
    if (dir == NULL)
        return vox_fail_errno(err, errno == ENOTDIR ? VOX_E_EXISTS : VOX_E_IO, "not a folder to be replaced");
    while (code == VOX_OK && (errno = 0, entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && !is_ours(entry->d_name))
            code = vox_fail(err, VOX_E_EXISTS,
                            "the folder holds %s, which a folder of certificates would replace: name a new folder",
                            entry->d_name);
    }
    closedir(dir);
    return code;
}

static enum vox_err write_cert(int dir, const char *folder, struct cert *c, struct vox_error *err)
{
    char name[FILE_NAME_MAX], fingerprint[CERT_FINGERPRINT_MAX], link[HASH_LEN + 24], path[PATH_MAX];
    const X509 *x = cert_x509(c);
    struct bytes pem;
    int ok = 0;
    unsigned long hash = x != NULL ? X509_NAME_hash_ex(X509_get_subject_name(x), NULL, NULL, &ok) : 0;
    enum vox_err code;

    if (ok <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "the subject of a certificate has no hash");
    cert_fingerprint(c, fingerprint);
    (void)snprintf(name, sizeof name, "%s.pem", fingerprint);
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
        return vox_fail(err, VOX_E_IO, "the folder's name is too long");
    if ((code = bundle_write_pem(&c, 1, true, &pem, err)) != VOX_OK)
        return code;
    code = file_create(path, pem.data, pem.len, 0644, err);
    bytes_free(&pem);
    if (code != VOX_OK)
        return code;
    for (unsigned i = 0;; i++) {
        (void)snprintf(link, sizeof link, "%08lx.%u", hash & 0xffffffffUL, i);
        if (symlinkat(name, dir, link) == 0)
            return VOX_OK;
        if (errno != EEXIST)
            return vox_fail_errno(err, VOX_E_IO, "%s", link);
    }
}

/* Empty and remove a folder of ours; what is left of it does no harm. */
static void remove_folder(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;

    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        if (is_ours(entry->d_name))
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    closedir(dir);
    (void)rmdir(path);
}

static enum vox_err fill(const char *folder, struct cert *const *certs, size_t n, struct vox_error *err)
{
    int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum vox_err code = VOX_OK;

    if (dir < 0 || fchmod(dir, 0755) != 0) {
        code = vox_fail_errno(err, VOX_E_IO, "%s", folder);
    } else {
        for (size_t i = 0; i < n && code == VOX_OK; i++)
            code = write_cert(dir, folder, certs[i], err);
        if (code == VOX_OK && fsync(dir) != 0)
            code = vox_fail_errno(err, VOX_E_IO, "%s", folder);
    }
    if (dir >= 0)
        close(dir);
    return code;
}

/* The rename is on the disk when its folder is. */
static enum vox_err sync_parent(const char *path, struct vox_error *err)
{
    char parent[PATH_MAX];
    char *slash;
    int dir;

    (void)snprintf(parent, sizeof parent, "%s", path);
    slash = strrchr(parent, '/');
    if (slash == NULL)
        (void)snprintf(parent, sizeof parent, ".");
    else
        slash[slash == parent ? 1 : 0] = '\0';
    dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return vox_fail_errno(err, VOX_E_IO, "%s", parent);
    int failed = fsync(dir);
    close(dir);
    return failed == 0 ? VOX_OK : vox_fail_errno(err, VOX_E_IO, "%s", parent);
}

enum vox_err hashdir_write(const char *path, struct cert *const *certs, size_t n, struct vox_error *err)
{
    char target[PATH_MAX], temporary[PATH_MAX];
    size_t len = strlen(path);
    bool exists;
    enum vox_err code;

    while (len > 1 && path[len - 1] == '/')
        len--;
    if ((size_t)snprintf(target, sizeof target, "%.*s", (int)len, path) >= sizeof target ||
        (size_t)snprintf(temporary, sizeof temporary, "%s.XXXXXX", target) >= sizeof temporary)
        return vox_fail(err, VOX_E_IO, "the folder's name is too long");
    if ((code = check_target(target, &exists, err)) != VOX_OK)
        return code;
    if (mkdtemp(temporary) == NULL)
        return vox_fail_errno(err, errno == ENOENT ? VOX_E_NOT_FOUND : VOX_E_IO, "no folder can be made there");
    if ((code = fill(temporary, certs, n, err)) == VOX_OK &&
        renameat2(AT_FDCWD, temporary, AT_FDCWD, target, exists ? RENAME_EXCHANGE : RENAME_NOREPLACE) != 0)
        code = vox_fail_errno(err, errno == EEXIST ? VOX_E_EXISTS : VOX_E_IO, "the new folder cannot take its place");
    if (code == VOX_OK)
        code = sync_parent(target, err);
    if (code != VOX_OK || exists)
        remove_folder(temporary); /* after an exchange the old one has this name */
    return code;
}
