#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confine.h"
#include "sandbox.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

void sandbox_no_core(void)
{
    const struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none); /* lowering a limit cannot fail */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static enum vox_err become_ids(uid_t uid, gid_t gid, struct vox_error *err)
{
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
        return vox_fail_errno(err, VOX_E_IO, "cannot become user %ld", (long)uid);
    if (uid == 0)
        return confine_capabilities(err);
    if (setuid(0) == 0) /* must not be possible any more */
        return vox_fail(err, VOX_E_IO, "root could be regained");
    return VOX_OK;
}

enum vox_err sandbox_become_owner(const char *path, struct vox_error *err)
{
    struct stat st;

    if (geteuid() != 0)
        return VOX_OK;
    if (stat(path, &st) != 0)
        return vox_fail_errno(err, VOX_E_IO, "%s", path);
    return become_ids(st.st_uid, st.st_gid, err);
}

static enum vox_err become(const char *user, struct vox_error *err)
{
    const struct passwd *pw;

    if (geteuid() != 0)
        return VOX_OK;
    if (user != NULL)
        pw = getpwnam(user);
    else if ((pw = getpwnam("voxtrust")) == NULL)
        pw = getpwnam("nobody");
    if (pw == NULL)
        return vox_fail(err, VOX_E_IO, "no user %s to become: name one with --user",
                        user != NULL ? user : "voxtrust or nobody");
    if (pw->pw_uid == 0)
        return vox_fail(err, VOX_E_IO, "refusing to serve the network as root: name another user with --user");
    return become_ids(pw->pw_uid, pw->pw_gid, err);
}

#ifndef SANITIZED
/* What a net process needs: bytes in and out of open sockets, memory that is never executable, time, randomness. */
static const int for_all[] = {
    SCMP_SYS(read),           SCMP_SYS(write),        SCMP_SYS(readv),           SCMP_SYS(writev),
    SCMP_SYS(recvfrom),       SCMP_SYS(recvmsg),      SCMP_SYS(close),           SCMP_SYS(shutdown),
    SCMP_SYS(accept4),        SCMP_SYS(getsockname),  SCMP_SYS(getpeername),     SCMP_SYS(getsockopt),
    SCMP_SYS(epoll_wait),     SCMP_SYS(epoll_pwait),  SCMP_SYS(epoll_ctl),       SCMP_SYS(poll),
    SCMP_SYS(fstat),          SCMP_SYS(lseek),        SCMP_SYS(munmap),          SCMP_SYS(mremap),
    SCMP_SYS(madvise),        SCMP_SYS(brk),          SCMP_SYS(futex),           SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),   SCMP_SYS(time),         SCMP_SYS(getrandom),       SCMP_SYS(getpid),
    SCMP_SYS(gettid),         SCMP_SYS(exit),         SCMP_SYS(exit_group),      SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(timerfd_settime),
};

/* A journal that is open. */
static const int for_sync[] = {SCMP_SYS(pwrite64), SCMP_SYS(pread64), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
                               SCMP_SYS(ftruncate)};

/* A database, and files that are replaced as a whole. No rights by path: Landlock does not look at these. */
static const int for_files[] = {
    SCMP_SYS(openat),     SCMP_SYS(open),      SCMP_SYS(newfstatat), SCMP_SYS(stat),        SCMP_SYS(lstat),
    SCMP_SYS(access),     SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),    SCMP_SYS(readlinkat),
    SCMP_SYS(unlink),     SCMP_SYS(unlinkat),  SCMP_SYS(rename),     SCMP_SYS(renameat),    SCMP_SYS(renameat2),
    SCMP_SYS(mkdir),      SCMP_SYS(mkdirat),   SCMP_SYS(fchmod),     SCMP_SYS(fchown),      SCMP_SYS(umask),
    SCMP_SYS(getdents64), SCMP_SYS(fcntl),     SCMP_SYS(flock),      SCMP_SYS(fallocate),   SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),    SCMP_SYS(getcwd),    SCMP_SYS(msync),      SCMP_SYS(getuid),      SCMP_SYS(geteuid),
    SCMP_SYS(getgid),     SCMP_SYS(getegid),   SCMP_SYS(getppid),    SCMP_SYS(nanosleep),   SCMP_SYS(clock_nanosleep),
    SCMP_SYS(sysinfo),    SCMP_SYS(uname),     SCMP_SYS(statx),      SCMP_SYS(sched_yield),
};

/* What is set on sockets here. Others would do more: a filter's code for the kernel, another protocol on top. */
static const struct {
    int level, option;
} settable[] = {
    {SOL_SOCKET, SO_LINGER},    {SOL_SOCKET, SO_SNDBUF},    {SOL_SOCKET, SO_RCVLOWAT},
    {SOL_SOCKET, SO_KEEPALIVE}, {IPPROTO_TCP, TCP_NODELAY}, {IPPROTO_TCP, TCP_USER_TIMEOUT},
};

/* Bytes go to whom a socket is connected with. Fast open would connect another one, and so would an address: a
 * listening socket that was shut down takes either. */
static int allow_sending(scmp_filter_ctx ctx)
{
    int result = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 2,
                                  SCMP_A3(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0), SCMP_A4(SCMP_CMP_EQ, 0, 0));

    if (result == 0)
        result =
            seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0));
    for (size_t i = 0; i < sizeof settable / sizeof *settable && result == 0; i++)
        result = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), 2,
                                  SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)settable[i].level, 0),
                                  SCMP_A2(SCMP_CMP_EQ, (scmp_datum_t)settable[i].option, 0));
    return result;
}

static int allow(scmp_filter_ctx ctx, const int *calls, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int result = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);

        if (result != 0)
            return result;
    }
    return 0;
}

static int build_filter(scmp_filter_ctx ctx, enum sandbox_kind kind)
{
    if (allow(ctx, for_all, sizeof for_all / sizeof *for_all) != 0 || allow_sending(ctx) != 0 ||
        (kind != SANDBOX_NET && allow(ctx, for_sync, sizeof for_sync / sizeof *for_sync) != 0) ||
        (kind == SANDBOX_FILES && allow(ctx, for_files, sizeof for_files / sizeof *for_files) != 0))
        return -1;
    /* Memory, but none to run code from; descriptors may be made non-blocking, not duplicated. */
    if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0 ||
        seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0 ||
        seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, SCMP_A1(SCMP_CMP_EQ, F_GETFL, 0)) != 0 ||
        seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, SCMP_A1(SCMP_CMP_EQ, F_SETFL, 0)) != 0)
        return -1;
    return seccomp_load(ctx);
}
#endif

static enum vox_err filter_calls(enum sandbox_kind kind, struct vox_error *err)
{
#ifdef SANITIZED
    /* The sanitizers' own calls (leak check, symbolizer) would be refused: such builds are for tests of the rest. */
    (void)kind;
    (void)err;
    return VOX_OK;
#else
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int result = ctx != NULL ? build_filter(ctx, kind) : -1;

    if (ctx != NULL)
        seccomp_release(ctx);
    return result == 0 ? VOX_OK : vox_fail(err, VOX_E_IO, "the system call filter cannot be loaded");
#endif
}

enum vox_err sandbox_enter(enum sandbox_kind kind, const char *user, const struct serve_files *files,
                           struct vox_error *err)
{
    enum vox_err code = kind == SANDBOX_FILES ? VOX_OK : become(user, err);

    if (code != VOX_OK)
        return code;
    sandbox_no_core(); /* a change of user makes a process dumpable again */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return vox_fail_errno(err, VOX_E_IO, "privileges cannot be frozen");
    if (kind == SANDBOX_FILES && (code = confine_files(files->paths, files->n, err)) != VOX_OK)
        return code;
    return filter_calls(kind, err);
}
