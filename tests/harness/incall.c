/*
 * incall PID CALL [ARG]...: makes another process do a system call, as somebody does who has taken it over, and says
 * what came of it: the result, or the name of the error ("EPERM"). What a process may do is known from doing it there,
 * not from a copy of its filter. The process goes on afterwards as if nothing had been.
 *
 * ARG: a number, or text:TEXT (its address), or addr:A.B.C.D:PORT (the address of a struct sockaddr_in), or size (of
 * the last addr). "incall --without CALL... -- COMMAND...": COMMAND under a filter that forbids these, as a service
 * manager's may. Needs ptrace, so root for processes that are not traceable. Exit status: 0 done, 1 the call failed, 2
 * could not be tried, 3 not for this processor.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <seccomp.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static int without(char **argv)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int i = 2;

    for (; filter != NULL && argv[i] != NULL && strcmp(argv[i], "--") != 0; i++)
        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), seccomp_syscall_resolve_name(argv[i]), 0) != 0)
            return 2;
    if (filter == NULL || argv[i] == NULL || argv[i + 1] == NULL || seccomp_load(filter) != 0)
        return 2;
    (void)execvp(argv[i + 1], argv + i + 1);
    return 2;
}

#ifdef __x86_64__

enum { ARGS_MAX = 6, SCRATCH = 4096, RED_ZONE = 1024 };

static void die(const char *what)
{
    fprintf(stderr, "incall: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* Words of the other process's memory: saved is what was there. */
static void swap_in(pid_t pid, unsigned long long at, const uint8_t *data, size_t len, uint8_t *saved)
{
    for (size_t i = 0; i < len; i += sizeof(long)) {
        long word, old;

        errno = 0;
        old = ptrace(PTRACE_PEEKDATA, pid, (void *)(uintptr_t)(at + i), NULL);
        if (errno != 0)
            die("reading its memory");
        memcpy(&word, data + i, sizeof word);
        if (saved != NULL)
            memcpy(saved + i, &old, sizeof old);
        if (ptrace(PTRACE_POKEDATA, pid, (void *)(uintptr_t)(at + i), (void *)(uintptr_t)word) != 0)
            die("writing its memory");
    }
}

/* One argument; what it points to goes into scratch, which will lie at base. */
static unsigned long long argument(const char *text, uint8_t *scratch, size_t *used, unsigned long long base)
{
    char host[64];
    unsigned port;

    if (strncmp(text, "text:", 5) == 0) {
        unsigned long long at = base + *used;
        size_t n = strlen(text + 5) + 1;

        if (*used + n > SCRATCH / 2)
            die("too long");
        memcpy(scratch + *used, text + 5, n);
        *used += (n + 15) / 16 * 16;
        return at;
    }
    if (sscanf(text, "addr:%63[0-9.]:%u", host, &port) == 2) {
        struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        unsigned long long at = base + *used;

        (void)inet_pton(AF_INET, host, &sa.sin_addr);
        memcpy(scratch + *used, &sa, sizeof sa);
        *used += sizeof sa;
        return at;
    }
    if (strcmp(text, "size") == 0)
        return sizeof(struct sockaddr_in);
    return (unsigned long long)strtoll(text, NULL, 0);
}

static void wait_for_stop(pid_t pid)
{
    int status;

    if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
        die("it did not stop");
}

int main(int argc, char **argv)
{
    uint8_t scratch[SCRATCH] = {0}, saved[SCRATCH];
    unsigned long long a[ARGS_MAX] = {0};
    struct user_regs_struct before, now;
    size_t used = 0;
    int number;

    if (argc > 4 && strcmp(argv[1], "--without") == 0)
        return without(argv);
    if (argc < 3 || argc > 3 + ARGS_MAX || (number = seccomp_syscall_resolve_name(argv[2])) < 0) {
        fprintf(stderr, "usage: incall PID CALL [ARG]...\n");
        return 2;
    }
    const pid_t pid = (pid_t)atol(argv[1]);
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0)
        die("it cannot be traced");
    wait_for_stop(pid);
    if (ptrace(PTRACE_GETREGS, pid, NULL, &before) != 0)
        die("its registers");
    /* It waits in a system call: the instruction for one lies just before. */
    const long code = ptrace(PTRACE_PEEKTEXT, pid, (void *)(uintptr_t)(before.rip - 2), NULL);
    if ((code & 0xffff) != 0x050f) {
        errno = EBUSY;
        die("it does not wait in a system call");
    }
    const unsigned long long base = (before.rsp - RED_ZONE - SCRATCH) & ~15ULL;
    for (int i = 3; i < argc; i++)
        a[i - 3] = argument(argv[i], scratch, &used, base);
    swap_in(pid, base, scratch, SCRATCH, saved);
    now = before;
    now.rip -= 2;
    now.rax = (unsigned long long)number;
    now.orig_rax = (unsigned long long)-1; /* nothing that is to be begun again */
    now.rdi = a[0];
    now.rsi = a[1];
    now.rdx = a[2];
    now.r10 = a[3];
    now.r8 = a[4];
    now.r9 = a[5];
    if (ptrace(PTRACE_SETREGS, pid, NULL, &now) != 0 || ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0)
        die("the call");
    wait_for_stop(pid);
    if (ptrace(PTRACE_GETREGS, pid, NULL, &now) != 0)
        die("its registers");
    swap_in(pid, base, saved, SCRATCH, NULL);
    if (ptrace(PTRACE_SETREGS, pid, NULL, &before) != 0 || ptrace(PTRACE_DETACH, pid, NULL, NULL) != 0)
        die("letting it go");
    const long long result = (long long)now.rax;
    if (result < 0 && result > -4096) {
        printf("%s\n", strerrorname_np((int)-result));
        return 1;
    }
    printf("%lld\n", result);
    return 0;
}

#else

int main(int argc, char **argv)
{
    return argc > 4 && strcmp(argv[1], "--without") == 0 ? without(argv) : 3;
}

#endif
