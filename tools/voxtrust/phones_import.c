#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/clock.h>
#include <libcert/gzip.h>
#include <libcert/limits.h>

#include "learn.h"
#include "phones_table.h"
#include "voxtrust.h"

struct import_args {
    const char *file;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct import_args *a = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (a->file != NULL)
            argp_error(state, "one FILE at a time: %s", arg);
        a->file = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which FILE?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "FILE",
    .doc =
        "Learn which lists phones hold, from the access log of a TFTP or HTTP server, or from a table.\v"
        "Logs of dnsmasq, tftpd-hpa (syslog) and of nginx and Apache (common and combined form) are known by their "
        "lines; others are passed over. A table has the columns device, and of model, ctl, itl, seen, address those "
        "that are wanted; ctl and itl are a version of 'voxlist history', the SHA-256 of a list, or none. -: standard "
        "input. What gzip has packed is unpacked. A file can be imported twice: what is known already stays as it is.",
};

/* The file, unpacked if need be. */
static enum vox_err take(const char *path, struct bytes *out, struct vox_error *err)
{
    enum vox_err code = cli_read(path, LIMIT_LOG_FILE, out, err);
    struct bytes packed;

    if (code != VOX_OK || !gzip_is(bytes_view_of(out)))
        return code;
    packed = *out;
    code = gzip_unpack(bytes_view_of(&packed), LIMIT_LOG_FILE, out, err);
    bytes_free(&packed);
    return code;
}

struct job {
    struct store *s;
    struct learner *learner;
    int64_t now;
    size_t lines, passed_over;
};

static enum vox_err read_log(struct job *j, struct bytes_view data, struct vox_error *err)
{
    struct cli_progress *bar = cli_progress_new("bytes", data.len);
    const char *at = (const char *)data.data;
    size_t left = data.len;
    struct sighting seen;
    enum vox_err code = VOX_OK;

    while (left > 0 && code == VOX_OK) {
        const char *end = memchr(at, '\n', left);
        size_t len = end != NULL ? (size_t)(end - at) : left;

        j->lines++;
        if (sighting_read(at, len, j->now, &seen))
            code = learner_see(j->learner, &seen, err);
        else
            j->passed_over++;
        len += end != NULL;
        at += len;
        left -= len;
        cli_progress_update(bar, data.len - left);
    }
    cli_progress_free(&bar);
    return code;
}

static enum vox_err record(struct job *j, const char *file, struct vox_error *err)
{
    const char *slash = strrchr(file, '/');
    char what[300];

    (void)snprintf(what, sizeof what, "voxtrust phones import %.200s (%" PRId64 " phones)",
                   slash != NULL ? slash + 1 : file, learner_tally(j->learner).phones);
    return audit_append(j->s, what, "done", err);
}

static enum vox_err import(struct job *j, const char *file, struct bytes_view data, struct vox_error *err)
{
    const bool table = phones_table_is(data);
    enum vox_err code;

    if ((code = store_begin(j->s, err)) != VOX_OK)
        return code;
    if ((code = learner_new(j->s, &j->learner, err)) == VOX_OK)
        code = table ? phones_table_read(j->s, j->learner, data, j->now, &j->lines, err) : read_log(j, data, err);
    if (code == VOX_OK && !table && j->passed_over == j->lines)
        code = vox_fail(err, VOX_E_INPUT,
                        "neither a table (no column 'device' in its first line) nor a log of dnsmasq, tftpd-hpa, nginx "
                        "or Apache (not one of its %zu lines says which file an address fetched)",
                        j->lines);
    if (code == VOX_OK)
        code = record(j, file, err);
    if (code == VOX_OK)
        code = store_commit(j->s, err);
    store_rollback(j->s);
    return code;
}

static int tell(const struct cli_common *common, const struct job *j, const char *file)
{
    const struct learner_tally t = learner_tally(j->learner);

    if (common->json)
        return cli_json_print(json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "file", cli_json_text(file),
                                        "phones", (json_int_t)t.phones, "lists", (json_int_t)t.lists, "refused",
                                        (json_int_t)t.refused, "nameless_addresses", (json_int_t)t.nameless, "foreign",
                                        (json_int_t)t.foreign, "lines", (json_int_t)j->lines, "passed_over",
                                        (json_int_t)j->passed_over));
    cli_say(common, "%s: %" PRId64 " phone%s", file, t.phones, t.phones == 1 ? "" : "s");
    if (t.refused > 0)
        cli_say(common,
                "  %" PRId64 " of %" PRId64
                " fetched lists are not what their phones would accept: those hold what they held",
                t.refused, t.lists);
    if (t.nameless > 0)
        cli_say(common,
                "  %" PRId64
                " address%s fetched lists and no file of one phone (SEP....cnf.xml): whose they are is not "
                "known",
                t.nameless, t.nameless == 1 ? "" : "es");
    if (t.foreign > 0)
        cli_say(common, "  %" PRId64 " lists were fetched before anything was published from here", t.foreign);
    if (j->passed_over > 0)
        cli_say(common, "  %zu of %zu lines tell of no file that was fetched", j->passed_over, j->lines);
    return EXIT_DONE;
}

int voxtrust_phones_import(struct cli_common *common, int argc, char **argv)
{
    struct job j = {.now = clock_now()};
    struct import_args a = {NULL};
    struct bytes file = {NULL, 0};
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (take(a.file, &file, &err) != VOX_OK)
        return cli_report(common, a.file, &err);
    if (cli_store_open(common, &j.s, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (import(&j, a.file, bytes_view_of(&file), &err) != VOX_OK)
        status = cli_report(common, err.code == VOX_E_STORE ? NULL : a.file, &err);
    else
        status = tell(common, &j, a.file);
    learner_free(&j.learner);
    store_close(&j.s);
    bytes_free(&file);
    return status;
}
