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

#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14) /* newer than the headers here, and maybe than the kernel */
#endif

enum {
    ABI_WITH_REFER = 2,
    ABI_WITH_TRUNCATE = 3, /* before it, opening a file that can be read is enough to empty it, if its owner does so */
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
        rule.allowed_access &=
            LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;
    result = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U);
    (void)close(rule.parent_fd);
    return result == 0 ? 0 : -1;
}

static long abi(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

bool confine_available(void)
{
    return abi() >= ABI_WITH_REFER;
}

enum vox_err confine_files(char *const *files, size_t n, struct vox_error *err)
{
    const uint64_t truncate = abi() >= ABI_WITH_TRUNCATE ? LANDLOCK_ACCESS_FS_TRUNCATE : 0;
    const struct landlock_ruleset_attr attr = {.handled_access_fs = ALL | truncate};
    static const char *const readable[] = {"/usr",          "/dev", "/etc/ssl", "/etc/passwd", "/etc/nsswitch.conf",
                                           "/etc/localtime"};
    enum vox_err code = VOX_OK;

    if (!confine_available())
        return VOX_OK;
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0U);
    if (rules < 0)
        return vox_fail_errno(err, VOX_E_IO, "Landlock");
    for (size_t i = 0; i < sizeof readable / sizeof *readable; i++)
        (void)allow_below(rules, readable[i], READING); /* a system without one needs no rule for it */
    for (size_t i = 0; i < n && code == VOX_OK; i++)
        if (allow_below(rules, files[i], FILES | truncate) != 0)
            code = vox_fail_errno(err, VOX_E_IO, "%s: files cannot be confined to it", files[i]);
    if (code == VOX_OK && syscall(SYS_landlock_restrict_self, rules, 0U) != 0)
        code = vox_fail_errno(err, VOX_E_IO, "files cannot be confined");
    (void)close(rules);
    return code;
}
