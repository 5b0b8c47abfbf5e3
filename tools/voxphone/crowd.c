#include "crowd.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cli/output.h>

enum { DOC_MAX = 60000 }; /* a pipe holds 64 KiB: a phone need not wait until it is read */

enum vox_err crowd_name(const char *first, unsigned i, char out[static PHONE_NAME_MAX + 1], struct vox_error *err)
{
    size_t len = strlen(first), digits = 0;
    uint64_t n;

    while (digits < len && digits < 12 && strchr("0123456789ABCDEF", first[len - digits - 1]) != NULL)
        digits++;
    if (len > PHONE_NAME_MAX || (i > 0 && digits == 0))
        return vox_fail(err, VOX_E_USAGE, "%s: no name that can be counted up from, as SEP001122334400", first);
    n = strtoull(first + len - digits, NULL, 16) + i;
    if (digits < 16 && n >> (4 * digits) != 0 && i > 0)
        return vox_fail(err, VOX_E_USAGE, "%s: too many phones for its digits", first);
    if (i == 0)
        (void)snprintf(out, PHONE_NAME_MAX + 1, "%s", first);
    else
        (void)snprintf(out, PHONE_NAME_MAX + 1, "%.*s%0*" PRIX64, (int)(len - digits), first, (int)digits, n);
    return VOX_OK;
}

/* A phone that is starting. */
struct child {
    pid_t pid; /* 0: none */
    int from;
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    stopped = number;
}

/* In its own process: start, write what came of it. */
static int be_phone(const struct crowd *c, const char *name, int to)
{
    struct phone_boot b;
    struct vox_error err;
    json_t *doc;
    char *text;
    size_t len;
    int status = 1;

    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (phone_boot_open(c->common, c->o, name, &b, &err) == VOX_OK)
        phone_boot_run(&b);
    else
        phone_step(&b, "state", STEP_FAILED, "failed", "%s", err.text);
    doc = phone_boot_json(&b);
    if (b.name[0] == '\0')
        (void)json_object_set_new(doc, "phone", json_string(name));
    text = doc != NULL ? json_dumps(doc, JSON_COMPACT) : NULL;
    len = text != NULL ? strlen(text) : 0;
    if (text != NULL && len < DOC_MAX && write(to, text, len) == (ssize_t)len)
        status = 0;
    free(text);
    json_decref(doc);
    phone_boot_close(&b);
    return status;
}

static enum vox_err start(const struct crowd *c, unsigned i, struct child *out, struct vox_error *err)
{
    char name[PHONE_NAME_MAX + 1];
    int ends[2];
    enum vox_err code = crowd_name(c->first, i, name, err);

    if (code != VOX_OK)
        return code;
    if (pipe(ends) != 0)
        return vox_fail_errno(err, VOX_E_IO, "no pipe");
    (void)fflush(NULL);
    if ((out->pid = fork()) < 0) {
        out->pid = 0;
        (void)close(ends[0]);
        (void)close(ends[1]);
        return vox_fail_errno(err, VOX_E_IO, "no process");
    }
    if (out->pid == 0) {
        (void)close(ends[0]);
        _exit(be_phone(c, name, ends[1]));
    }
    (void)close(ends[1]);
    out->from = ends[0];
    return VOX_OK;
}

/* A process has ended: hear what it wrote. */
static enum vox_err hear(const struct crowd *c, struct child *child, struct vox_error *err)
{
    static char text[DOC_MAX];
    size_t len = 0;
    ssize_t n;
    json_t *doc;

    while (len < sizeof text &&
           ((n = read(child->from, text + len, sizeof text - len)) > 0 || (n < 0 && errno == EINTR)))
        len += n > 0 ? (size_t)n : 0;
    (void)close(child->from);
    child->pid = 0;
    doc = json_loadb(text, len, 0, NULL);
    if (doc == NULL)
        return vox_fail(err, VOX_E_IO, "the process of a phone fell");
    c->each(c->arg, doc);
    json_decref(doc);
    return VOX_OK;
}

static struct child *find(struct child *all, unsigned n, pid_t pid)
{
    for (unsigned i = 0; i < n; i++)
        if (all[i].pid == pid)
            return &all[i];
    return NULL;
}

static void end_all(struct child *all, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (all[i].pid == 0)
            continue;
        (void)kill(all[i].pid, SIGTERM);
        while (waitpid(all[i].pid, NULL, 0) < 0 && errno == EINTR)
            ;
        (void)close(all[i].from);
    }
}

static enum vox_err run(const struct crowd *c, struct child *all, struct vox_error *err)
{
    struct cli_progress *bar = cli_progress_new("phones", c->count);
    unsigned started = 0, ended = 0;
    enum vox_err code = VOX_OK;

    while (code == VOX_OK && ended < c->count) {
        struct child *idle = find(all, c->jobs, 0);
        pid_t pid;

        if (stopped) {
            code = vox_fail(err, VOX_E_IO, "interrupted: %u of %u phones have started", ended, c->count);
        } else if (idle != NULL && started < c->count) {
            if ((code = start(c, started, idle, err)) == VOX_OK)
                started++;
        } else if ((pid = waitpid(-1, NULL, 0)) > 0) {
            struct child *done = find(all, c->jobs, pid);

            if (done != NULL) {
                code = hear(c, done, err);
                cli_progress_update(bar, ++ended);
            }
        } else if (errno != EINTR) {
            code = vox_fail_errno(err, VOX_E_IO, "the processes of phones are lost");
        }
    }
    cli_progress_free(&bar);
    return code;
}

enum vox_err crowd_boot(const struct crowd *c, struct vox_error *err)
{
    const struct sigaction act = {.sa_handler = on_signal};
    struct child *all = calloc(c->jobs, sizeof *all);
    char last[PHONE_NAME_MAX + 1];
    enum vox_err code = crowd_name(c->first, c->count - 1, last, err);

    if (all == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if (code == VOX_OK) {
        (void)sigaction(SIGINT, &act, NULL);
        (void)sigaction(SIGTERM, &act, NULL);
        code = run(c, all, err);
        end_all(all, c->jobs);
        (void)signal(SIGINT, SIG_DFL);
        (void)signal(SIGTERM, SIG_DFL);
    }
    free(all);
    return code;
}
