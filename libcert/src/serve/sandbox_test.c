#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine.h"
#include "sandbox.h"

static int open_shadow(void)
{
    return open("/etc/shadow", O_RDONLY);
}

static int open_version(void)
{
    return open("/proc/version", O_RDONLY);
}

static int write_file(void)
{
    return open("/tmp", O_TMPFILE | O_WRONLY, 0600);
}

static int make_folder(void)
{
    return mkdirat(AT_FDCWD, "/tmp/voxtrust-sandbox-test", 0700);
}

static int inet_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

static int unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int connect_out(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = 1};

    if (connect(0, (const struct sockaddr *)&sa, sizeof sa) == 0)
        return 0;
    return errno == EPERM ? -1 : 0; /* another errno: the call itself went through */
}

/* Connects as well, without a call of that name. */
static int connect_fast(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = 1};

    if (sendto(0, "", 0, MSG_FASTOPEN, (const struct sockaddr *)&sa, sizeof sa) >= 0)
        return 0;
    return errno == EPERM ? -1 : 0;
}

/* An option for a socket that puts code into the kernel. */
static int filter_socket(void)
{
    return setsockopt(0, SOL_SOCKET, SO_ATTACH_FILTER, "", 0) == 0 || errno != EPERM ? 0 : -1;
}

/* Rights by path, which Landlock does not look at. */
static int change_rights(void)
{
    return chmod("/no/such/file", 0400) == 0 || errno != EPERM ? 0 : -1;
}

static int execute(void)
{
    char *const argv[] = {(char[]){"true"}, NULL};

    return execv("/bin/true", argv);
}

static int make_process(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return pid;
}

static int trace(void)
{
    return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int kill_parent(void)
{
    return kill(getppid(), 0);
}

static int executable_memory(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? -1 : 0;
}

static const struct {
    const char *what;
    int (*attempt)(void); /* -1: forbidden */
    bool file;            /* a process with files is kept from it by Landlock alone */
} attempts[] = {
    {"read /etc/shadow", open_shadow, true},
    {"read another program's files", open_version, true},
    {"write a file", write_file, true},
    {"make a folder", make_folder, true},
    {"open an IPv4 socket", inet_socket, false},
    {"open a Unix socket", unix_socket, false},
    {"connect to somewhere", connect_out, false},
    {"connect without saying so", connect_fast, false},
    {"filter a socket", filter_socket, false},
    {"change a file's rights", change_rights, false},
    {"execute a program", execute, false},
    {"start a process", make_process, false},
    {"trace a process", trace, false},
    {"signal the parent", kill_parent, false},
    {"make memory executable", executable_memory, false},
};

/* In the process that has given up its rights: how many attempts succeeded. */
static int try_all(const char *process, bool files)
{
    int allowed = 0;

    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        bool forbidden = attempts[i].attempt() == -1;
        bool beyond = !forbidden && files && attempts[i].file && !confine_available();

        dprintf(STDOUT_FILENO, "%-10s %s%s%s\n",
                forbidden ? "forbidden"
                : beyond  ? "no kernel"
                          : "ALLOWED",
                process, attempts[i].what, beyond ? ": needs Landlock; the rights of its user are what keeps it" : "");
        allowed += !forbidden && !beyond;
    }
    return allowed;
}

/* One kind of process, in a process of its own: rights do not come back. */
static int test_kind(const struct serve_app *app, const char *process, enum sandbox_kind kind, const char *name)
{
    struct vox_error err;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        const struct serve_files none = {.n = 0};
        enum vox_err code = kind == SANDBOX_FILES ? sandbox_become_owner(name, &err) : VOX_OK;

        if (code != VOX_OK || sandbox_enter(kind, name, &none, &err) != VOX_OK) {
            dprintf(STDERR_FILENO, "%s: sandbox: %s\n", app->name, err.text);
            _exit(4);
        }
        _exit(try_all(process, kind == SANDBOX_FILES) > 0);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 4;
}

int serve_sandbox_test(const struct serve_app *app)
{
    int worst, one;
    char process[64];

    sandbox_no_core();
    worst = test_kind(app, app->nservices > 0 ? "net: " : "", SANDBOX_NET, app->user);
    for (size_t i = 0; i < app->nservices; i++) {
        const struct serve_service *s = &app->services[i];

        (void)snprintf(process, sizeof process, "%s: ", s->name);
        one = s->files != NULL ? test_kind(app, process, SANDBOX_FILES, s->files)
                               : test_kind(app, process, SANDBOX_SYNC, app->user);
        worst = one > worst ? one : worst;
    }
    return worst;
}
