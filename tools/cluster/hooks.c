#include "cluster/hooks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libcert/audit.h>
#include <libcert/file.h>

enum { LIMIT_MS = 30000, LOOK_MS = 20, VARIABLES = 8 };

/* One round over the folder. */
struct round {
    struct store *s;
    const struct hooks_event *e;
    hooks_told *told;
    const void *arg;
    struct hooks_result result;
    char *environment[VARIABLES + 1];
    size_t n;
};

/* Whoever can write there could have us run anything. */
static bool is_ours(const char *path, mode_t kind, bool *there)
{
    struct stat st;

    *there = stat(path, &st) == 0;
    return *there && (st.st_mode & S_IFMT) == kind && (st.st_uid == 0 || st.st_uid == geteuid()) &&
           (st.st_mode & 022) == 0;
}

static int is_named(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* Its end within the time: exit status, or a word on why not. */
static void wait_for(pid_t pid, char *result, size_t len)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    int status = 0;
    pid_t rc;

    for (int waited = 0; (rc = waitpid(pid, &status, WNOHANG)) == 0 && waited < LIMIT_MS; waited += LOOK_MS)
        (void)nanosleep(&pause, NULL);
    if (rc == 0) {
        (void)kill(-pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        (void)snprintf(result, len, "ended after %d s", LIMIT_MS / 1000);
    } else if (WIFEXITED(status)) {
        (void)snprintf(result, len, WEXITSTATUS(status) == 0 ? "done" : "exit status %d", WEXITSTATUS(status));
    } else {
        (void)snprintf(result, len, "signal %d", WTERMSIG(status));
    }
}

/* A file without a name: a hook that does not read the report cannot hold us up, as it could with a pipe. */
static int open_report(struct bytes_view report)
{
    int fd;

    if (report.len == 0)
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    if ((fd = memfd_create("report", MFD_CLOEXEC)) < 0)
        return -1;
    if (file_write_fd(fd, report.data, report.len) != 0 || lseek(fd, 0, SEEK_SET) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static bool spawn(const struct round *r, const char *path, int input, pid_t *pid)
{
    const char *const words[] = {path, r->e->name, r->e->subject, r->e->node, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t heard;
    bool good;

    (void)sigemptyset(&heard);
    (void)sigaddset(&heard, SIGPIPE); /* which we ourselves do without */
    (void)sigaddset(&heard, SIGXFSZ);
    if (posix_spawn_file_actions_init(&files) != 0)
        return false;
    if (posix_spawnattr_init(&attributes) != 0) {
        (void)posix_spawn_file_actions_destroy(&files);
        return false;
    }
    /* Its output is for people, not for whoever reads ours. A group of its own ends as a whole. */
    good = posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO) == 0 &&
           posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO) == 0 &&
           posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF) == 0 &&
           posix_spawnattr_setpgroup(&attributes, 0) == 0 && posix_spawnattr_setsigdefault(&attributes, &heard) == 0 &&
           posix_spawn(pid, path, &files, &attributes, (char *const *)(uintptr_t)words, r->environment) == 0;
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    return good;
}

static void record(const struct round *r, const char *path, const char *name, const char *result)
{
    struct vox_error err;
    char what[400];

    (void)snprintf(what, sizeof what, "%s hook %.200s %s%s%s%s%s", r->e->program, name, r->e->name,
                   r->e->subject[0] != '\0' ? " " : "", r->e->subject, r->e->node[0] != '\0' ? " " : "", r->e->node);
    if (store_begin(r->s, &err) != VOX_OK || audit_append(r->s, what, result, &err) != VOX_OK ||
        store_commit(r->s, &err) != VOX_OK) {
        char text[sizeof err.text + 40];

        (void)snprintf(text, sizeof text, "hook: not in the audit log: %s", err.text);
        r->told(r->arg, path, text);
    }
    store_rollback(r->s);
}

static void run_one(struct round *r, const char *path, const char *name)
{
    char result[64] = "not run: it, or its folder, can be written by others", text[80];
    bool there, done;
    int input;
    pid_t pid;

    if (is_ours(path, S_IFREG, &there)) {
        (void)snprintf(result, sizeof result, "cannot be run");
        if ((input = open_report(r->e->report)) >= 0) {
            if (spawn(r, path, input, &pid))
                wait_for(pid, result, sizeof result);
            (void)close(input);
        }
    }
    done = strcmp(result, "done") == 0;
    if (done)
        r->result.ran++;
    else
        r->result.failed++;
    (void)snprintf(text, sizeof text, "hook: %s", result);
    r->told(r->arg, path, done ? NULL : text);
    record(r, path, name, result);
}

static void run_all(struct round *r, const char *folder)
{
    struct dirent **found = NULL;
    char *path;
    int n = scandir(folder, &found, is_named, alphasort);

    for (int i = 0; i < n; i++) {
        if (asprintf(&path, "%s/%s", folder, found[i]->d_name) >= 0) {
            if (access(path, X_OK) == 0)
                run_one(r, path, found[i]->d_name);
            free(path);
        }
        free(found[i]);
    }
    free(found);
}

/* A variable more; false without memory. */
static bool variable(struct round *r, const char *name, const char *value)
{
    if (asprintf(&r->environment[r->n], "%s=%s", name, value) < 0) {
        r->environment[r->n] = NULL;
        return false;
    }
    r->n++;
    return true;
}

static bool variables(struct round *r)
{
    char *url;
    bool good;

    if (asprintf(&url, "sqlite:%s", store_path(r->s)) < 0)
        return false;
    good = variable(r, "PATH", "/usr/sbin:/usr/bin:/sbin:/bin") && variable(r, "LC_ALL", "C.UTF-8") &&
           variable(r, "VOXTRUST_HOOK", "1") && variable(r, "VOXTRUST_STORE", url) &&
           variable(r, "VOXTRUST_EVENT", r->e->name) && variable(r, "VOXTRUST_SUBJECT", r->e->subject) &&
           variable(r, "VOXTRUST_NODE", r->e->node);
    free(url);
    return good;
}

bool hooks_inside(void)
{
    return getenv("VOXTRUST_HOOK") != NULL;
}

char *hooks_folder(const struct store *s)
{
    const char *database = store_path(s), *slash = strrchr(database, '/');
    char *folder;

    return asprintf(&folder, "%.*s/hooks.d", slash != NULL ? (int)(slash - database) : 1,
                    slash != NULL ? database : ".") < 0
               ? NULL
               : folder;
}

void hooks_run(struct store *s, const struct hooks_event *e, hooks_told *told, const void *arg,
               struct hooks_result *out)
{
    struct round r = {.s = s, .e = e, .told = told, .arg = arg};
    char *folder = hooks_inside() ? NULL : hooks_folder(s);
    bool there;

    if (folder != NULL && is_ours(folder, S_IFDIR, &there)) {
        if (variables(&r))
            run_all(&r, folder);
    } else if (folder != NULL && there) {
        r.result.failed++;
        told(arg, folder, "no hook is run: the folder can be written by others");
    }
    for (size_t i = 0; i < r.n; i++)
        free(r.environment[i]);
    free(folder);
    if (out != NULL)
        *out = r.result;
}
