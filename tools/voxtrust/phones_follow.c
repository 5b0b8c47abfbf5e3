#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/clock.h>

#include "learn.h"
#include "tail.h"
#include "voxtrust.h"

enum {
    LOOK_MS = 500,            /* between two looks at the files */
    BATCH = 1024 * 1024,      /* bytes of a file in one transaction: others want to write, too */
    RECALL = 4 * 1024 * 1024, /* bytes before the position: who is who */
    LOGS_MAX = 64,
    BUSY_SECONDS = 120,
};

struct follow_args {
    char **files;
    int nfiles;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct follow_args *a = state->input;

    switch (key) {
    case ARGP_KEY_ARGS:
        a->files = state->argv + state->next;
        a->nfiles = state->argc - state->next;
        if (a->nfiles > LOGS_MAX)
            argp_error(state, "%d logs at most", LOGS_MAX);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which LOG?");
        return 0;
    default:
        (void)arg;
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "LOG...",
    .doc =
        "Go on learning which lists phones hold, as the access logs of TFTP and HTTP servers grow, until SIGTERM or "
        "SIGINT.\v"
        "The same logs as with 'voxtrust phones import'. What is read is in the store within a second or so, together "
        "with how far it was read: after a restart it goes on there. A log may be rotated, by renaming or by copying "
        "and truncating, and need not be there yet. -: standard input, as from 'journalctl -f', to its end.",
};

struct follow {
    const struct cli_common *common;
    struct store *s;
    struct learner *learner;
    struct tail *tails[LOGS_MAX];
    size_t n;
    struct tail_pipe *pipe; /* standard input, or NULL */
    int signals;
    bool stop;
    const char *about;  /* the log that is read now */
    int64_t busy_since; /* nothing can be written since then; 0: all is well */
    int64_t lines, sightings;
};

/* --- lines --- */

static enum vox_err see(void *arg, const char *line, size_t len, struct vox_error *err)
{
    struct follow *f = arg;
    struct sighting seen;

    f->lines++;
    if (!sighting_read(line, len, clock_now(), &seen))
        return VOX_OK;
    f->sightings++;
    return learner_see(f->learner, &seen, err);
}

static enum vox_err recall(void *arg, const char *line, size_t len, struct vox_error *err)
{
    struct follow *f = arg;
    struct sighting seen;

    return sighting_read(line, len, clock_now(), &seen) ? learner_recall(f->learner, &seen, err) : VOX_OK;
}

static void told(void *arg, const char *what)
{
    const struct follow *f = arg;

    cli_warn(f->common, f->about, "%s", what);
}

/* --- one batch --- */

static enum vox_err record(struct follow *f, struct vox_error *err)
{
    const struct learner_tally t = learner_tally(f->learner);
    const char *slash = strrchr(f->about, '/');
    char what[300];

    if (t.phones == 0)
        return VOX_OK;
    (void)snprintf(what, sizeof what, "voxtrust phones follow %.200s (%" PRId64 " phones)",
                   slash != NULL ? slash + 1 : f->about, t.phones);
    return audit_append(f->s, what, "done", err);
}

static void tell(const struct follow *f)
{
    const struct learner_tally t = learner_tally(f->learner);

    if (f->lines == 0)
        return;
    if (f->common->json) {
        json_t *doc = json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I}", "file", cli_json_text(f->about), "phones",
                                (json_int_t)t.phones, "lists", (json_int_t)t.lists, "refused", (json_int_t)t.refused,
                                "foreign", (json_int_t)t.foreign, "lines", (json_int_t)f->lines, "passed_over",
                                (json_int_t)(f->lines - f->sightings));
        (void)json_dumpf(doc, stdout, JSON_COMPACT);
        (void)putchar('\n');
        json_decref(doc);
    } else if (t.phones > 0) {
        cli_say(f->common, "%s: %" PRId64 " phone%s, %" PRId64 " list%s fetched, %" PRId64 " of them not taken",
                f->about, t.phones, t.phones == 1 ? "" : "s", t.lists, t.lists == 1 ? "" : "s", t.refused);
    }
    (void)fflush(stdout);
}

static enum vox_err store_position(struct follow *f, const struct tail *t, struct vox_error *err)
{
    struct followed_position at;

    return tail_position(t, &at) ? followed_put(f->s, tail_path(t), &at, err) : VOX_OK;
}

/* Somebody else writes for long, as an import of many phones does: nothing was read yet, so nothing is lost. */
static enum vox_err wait_for_store(struct follow *f, const struct vox_error *err)
{
    const int64_t now = clock_now();

    if (f->busy_since == 0) {
        f->busy_since = now;
        cli_warn(f->common, f->about, "waits for the store: %s", err->text);
    }
    return f->stop || now - f->busy_since > BUSY_SECONDS ? err->code : VOX_OK;
}

/* What is new in one log (NULL: in the pipe), with its position, in one transaction. */
static enum vox_err batch(struct follow *f, struct tail *t, bool *more, struct vox_error *err)
{
    const struct tail_sink sink = {.line = see, .told = told, .arg = f};
    enum vox_err code;

    *more = false;
    f->about = t != NULL ? tail_path(t) : "-";
    f->lines = f->sightings = 0;
    if ((code = store_begin(f->s, err)) != VOX_OK)
        return wait_for_store(f, err);
    f->busy_since = 0;
    /* Under the lock, so that every list that the lines can tell of is known. */
    if ((code = learner_renew(f->learner, err)) == VOX_OK)
        code = t != NULL ? tail_read(t, &sink, BATCH, more, err) : tail_pipe_read(f->pipe, &sink, err);
    if (code == VOX_OK && t != NULL)
        code = store_position(f, t, err);
    if (code == VOX_OK)
        code = record(f, err);
    if (code == VOX_OK && (code = store_commit(f->s, err)) == VOX_OK)
        tell(f);
    store_rollback(f->s);
    if (code == VOX_E_IO)
        (void)vox_error_prefix(err, "%s", f->about);
    return code;
}

/* --- the loop --- */

/* Wait for a signal, for standard input, or until the next look. */
static enum vox_err wait_for_news(struct follow *f, bool again, struct vox_error *err)
{
    const bool piped = f->pipe != NULL && !f->pipe->ended && f->pipe->len < sizeof f->pipe->data;
    struct pollfd fds[2] = {{.fd = f->signals, .events = POLLIN}, {.fd = piped ? f->pipe->fd : -1, .events = POLLIN}};
    const int patience = again ? 0 : f->n > 0 || f->busy_since != 0 ? LOOK_MS : -1;

    if (poll(fds, 2, patience) < 0)
        return errno == EINTR ? VOX_OK : vox_fail_errno(err, VOX_E_IO, "cannot wait");
    f->stop = fds[0].revents != 0;
    return fds[1].revents != 0 ? tail_pipe_fill(f->pipe, err) : VOX_OK;
}

static enum vox_err look(struct follow *f, bool *again, struct vox_error *err)
{
    enum vox_err code = VOX_OK;
    bool more;

    *again = false;
    for (size_t i = 0; code == VOX_OK && i < f->n; i++) {
        if (!tail_news(f->tails[i]))
            continue;
        code = batch(f, f->tails[i], &more, err);
        *again = *again || more;
    }
    if (code == VOX_OK && f->pipe != NULL && f->pipe->len > 0)
        code = batch(f, NULL, &more, err);
    return code;
}

static enum vox_err follow(struct follow *f, struct vox_error *err)
{
    enum vox_err code;
    bool again;

    do {
        if ((code = look(f, &again, err)) == VOX_OK)
            code = wait_for_news(f, again, err);
    } while (code == VOX_OK && !f->stop && (f->n > 0 || !f->pipe->ended));
    f->stop = true;
    /* What came since the last look is there already. */
    return code == VOX_OK ? look(f, &again, err) : code;
}

/* --- before --- */

static enum vox_err absolute(const char *path, char *out, size_t outlen, struct vox_error *err)
{
    char here[PATH_MAX] = "";

    if (path[0] != '/' && getcwd(here, sizeof here) == NULL)
        return vox_fail_errno(err, VOX_E_IO, "the working folder");
    if ((size_t)snprintf(out, outlen, "%s%s%s", here, path[0] != '/' ? "/" : "", path) >= outlen)
        return vox_fail(err, VOX_E_USAGE, "the name is too long");
    return VOX_OK;
}

static enum vox_err add_log(struct follow *f, const char *name, struct vox_error *err)
{
    const struct tail_sink sink = {.line = recall, .told = told, .arg = f};
    struct followed_position at;
    char path[PATH_MAX];
    enum vox_err code;

    f->about = name;
    if ((code = absolute(name, path, sizeof path, err)) != VOX_OK)
        return code;
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(tail_path(f->tails[i]), path) == 0)
            return vox_fail(err, VOX_E_USAGE, "stands there twice");
    code = followed_get(f->s, path, &at, err);
    if (code != VOX_OK && code != VOX_E_NOT_FOUND)
        return code;
    const bool known = code == VOX_OK;

    if ((code = tail_new(path, known ? &at : NULL, &f->tails[f->n], err)) != VOX_OK)
        return code;
    f->n++;
    if (known)
        return tail_recall(f->tails[f->n - 1], &sink, RECALL, err);
    if (!tail_news(f->tails[f->n - 1]))
        cli_say(f->common, "%s: not there yet", path);
    return VOX_OK;
}

static enum vox_err begin(struct follow *f, const struct follow_args *a, struct vox_error *err)
{
    sigset_t ending;
    enum vox_err code;

    (void)sigemptyset(&ending);
    (void)sigaddset(&ending, SIGTERM);
    (void)sigaddset(&ending, SIGINT);
    if (sigprocmask(SIG_BLOCK, &ending, NULL) != 0 || (f->signals = signalfd(-1, &ending, SFD_CLOEXEC)) < 0)
        return vox_fail_errno(err, VOX_E_IO, "signals");
    if ((code = learner_new(f->s, &f->learner, err)) == VOX_OK)
        code = learner_remember(f->learner, err);
    for (int i = 0; code == VOX_OK && i < a->nfiles; i++) {
        if (strcmp(a->files[i], "-") != 0) {
            if ((code = add_log(f, a->files[i], err)) != VOX_OK)
                (void)vox_error_prefix(err, "%s", a->files[i]);
        } else if (f->pipe == NULL && (f->pipe = calloc(1, sizeof *f->pipe)) == NULL) {
            code = vox_fail(err, VOX_E_MEMORY, "no memory");
        }
    }
    return code;
}

int voxtrust_phones_follow(struct cli_common *common, int argc, char **argv)
{
    struct follow f = {.common = common, .signals = -1};
    struct follow_args a = {NULL, 0};
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &f.s, &err) != VOX_OK || begin(&f, &a, &err) != VOX_OK || follow(&f, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    for (size_t i = 0; i < f.n; i++)
        tail_free(&f.tails[i]);
    if (f.signals >= 0)
        (void)close(f.signals);
    free(f.pipe);
    learner_free(&f.learner);
    store_close(&f.s);
    return status;
}
