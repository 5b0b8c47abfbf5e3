#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine.h"

enum vox_err confine_capabilities(struct vox_error *err)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

    memset(none, 0, sizeof none);
    for (unsigned long c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
        (void)prctl(PR_CAPBSET_DROP, c, 0, 0, 0); /* fails where they are gone already */
    if (syscall(SYS_capset, &head, none) != 0)
        return vox_fail_errno(err, VOX_E_IO, "capabilities cannot be given up");
    return VOX_OK;
}

enum {
    ABI_WITH_REFER = 2,
    READING = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    FILES = READING | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
            LANDLOCK_ACCESS_FS_MAKE_DIR,
    ALL = FILES | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR |
          LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
          LANDLOCK_ACCESS_FS_MAKE_SYM,
};

static int allow_below(int rules, const char *path, uint64_t what)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = what, .parent_fd = open(path, O_PATH | O_CLOEXEC)};
    struct stat st;
    long result;

    if (rule.parent_fd < 0)
        return -1;
    if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.allowed_access &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
    result = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U);
    (void)close(rule.parent_fd);
    return result == 0 ? 0 : -1;
}

/* The folder that path lies in, or path itself if it is one. */
static void folder_of(const char *path, char *out, size_t outlen)
{
    const char *slash = strrchr(path, '/');
    struct stat st;
    size_t len = strlen(path);

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        slash = NULL;
    else if (slash == NULL)
        path = ".", len = 1;
    if (slash != NULL)
        len = slash == path ? 1 : (size_t)(slash - path);
    if (len >= outlen)
        len = outlen - 1;
    memcpy(out, path, len);
    out[len] = '\0';
}

bool confine_available(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= ABI_WITH_REFER;
}

enum vox_err confine_files(const char *path, struct vox_error *err)
{
    const struct landlock_ruleset_attr attr = {.handled_access_fs = ALL};
    static const char *const readable[] = {"/usr",          "/dev", "/etc/ssl", "/etc/passwd", "/etc/nsswitch.conf",
                                           "/etc/localtime"};
    char folder[4096];

    if (!confine_available())
        return VOX_OK;
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0U);
    if (rules < 0)
        return vox_fail_errno(err, VOX_E_IO, "Landlock");
    folder_of(path, folder, sizeof folder);
    for (size_t i = 0; i < sizeof readable / sizeof *readable; i++)
        (void)allow_below(rules, readable[i], READING); /* a system without one needs no rule for it */
    int result = allow_below(rules, folder, FILES);
    if (result == 0)
        result = (int)syscall(SYS_landlock_restrict_self, rules, 0U);
    (void)close(rules);
    return result == 0 ? VOX_OK : vox_fail_errno(err, VOX_E_IO, "%s: files cannot be confined to this folder", folder);
}
