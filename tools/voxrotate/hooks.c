#include "hooks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cli/report.h>
#include <libcert/audit.h>

enum { LIMIT_MS = 30000, LOOK_MS = 20 };

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

static bool spawn(const char *path, char *const *words, pid_t *pid)
{
    static char path_variable[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C.UTF-8";
    char *const environment[] = {path_variable, locale, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    bool good;

    if (posix_spawn_file_actions_init(&files) != 0)
        return false;
    if (posix_spawnattr_init(&attributes) != 0) {
        (void)posix_spawn_file_actions_destroy(&files);
        return false;
    }
    /* Its output is for people, not for whoever reads ours. A group of its own ends as a whole. */
    good = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
           posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO) == 0 &&
           posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP) == 0 &&
           posix_spawnattr_setpgroup(&attributes, 0) == 0 &&
           posix_spawn(pid, path, &files, &attributes, words, environment) == 0;
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    return good;
}

static void run_one(const struct cli_common *common, struct store *s, const char *path, const char *const words[3])
{
    char *const arguments[] = {(char *)(uintptr_t)path, (char *)(uintptr_t)words[0], (char *)(uintptr_t)words[1],
                               (char *)(uintptr_t)words[2], NULL};
    const char *slash = strrchr(path, '/');
    char result[64] = "not run: it, or its folder, can be written by others", what[400];
    struct vox_error err;
    bool there;
    pid_t pid;

    if (is_ours(path, S_IFREG, &there)) {
        (void)snprintf(result, sizeof result, "cannot be run");
        if (spawn(path, arguments, &pid))
            wait_for(pid, result, sizeof result);
    }
    if (strcmp(result, "done") != 0)
        cli_warn(common, path, "hook: %s", result);
    else
        cli_say(common, "hook %s: done", slash != NULL ? slash + 1 : path);
    (void)snprintf(what, sizeof what, "%s hook %.200s %s %s %s", common->program, slash != NULL ? slash + 1 : path,
                   words[0], words[1], words[2]);
    if (store_begin(s, &err) != VOX_OK || audit_append(s, what, result, &err) != VOX_OK ||
        store_commit(s, &err) != VOX_OK)
        cli_warn(common, path, "hook: not in the audit log: %s", err.text);
    store_rollback(s);
}

void hooks_run(const struct cli_common *common, struct store *s, const char *event, const char *service,
               const char *node)
{
    const char *const words[3] = {event, service, node};
    const char *database = store_path(s), *slash = strrchr(database, '/');
    struct dirent **found = NULL;
    char *folder, *path;
    bool there;
    int n;

    if (asprintf(&folder, "%.*s/hooks.d", slash != NULL ? (int)(slash - database) : 1, slash != NULL ? database : ".") <
        0)
        return;
    if (!is_ours(folder, S_IFDIR, &there)) {
        if (there)
            cli_warn(common, folder, "no hook is run: the folder can be written by others");
        free(folder);
        return;
    }
    n = scandir(folder, &found, is_named, alphasort);
    for (int i = 0; i < n; i++) {
        if (asprintf(&path, "%s/%s", folder, found[i]->d_name) >= 0) {
            if (access(path, X_OK) == 0)
                run_one(common, s, path, words);
            free(path);
        }
        free(found[i]);
    }
    free(found);
    free(folder);
}
