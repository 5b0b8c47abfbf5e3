#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/limits.h>

#include "crew.h"

enum {
    OPTION_RECURSIVE = 'r',
    OPTION_JOBS = 'j',
    OPTION_INSTEAD = 0x180,
    JOBS_MAX = 1024,
    FAILURES_SAID = 50, /* a full disk has as many as there are files */
};

struct sign_args {
    struct signer signer;
    struct plan_params plan;
    const char *instead_path;
    unsigned jobs;
};

static const struct argp_option options[] = {
    SIGNER_OPTIONS,
    {"recursive", OPTION_RECURSIVE, NULL, 0, "sign all files of a folder and of those below it", 0},
    {"root", OPTION_ROOT, "DIR", 0,
     "the TFTP root: names inside are relative to it (default: the PATH that is a folder)", 0},
    {"name", OPTION_NAME, "NAME", 0, "the name that phones ask for, with or without .sgn (one file)", 0},
    {"output", OPTION_OUTPUT, "FILE", 0, "write there instead of beside (one file; '-': standard output)", 0},
    {"output-dir", OPTION_OUTPUT_DIR, "DIR", 0, "write below DIR instead of beside", 0},
    {"instead-of", OPTION_INSTEAD, "CERT", 0, "sign anew, in its place, what CERT signed: FILE.sgn and FILE.enc.sgn",
     0},
    {"jobs", OPTION_JOBS, "N", 0, "threads (default: one per core)", 0},
    {"for", OPTION_FOR, "CERT", OPTION_HIDDEN, NULL, 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static void parse_jobs(char *arg, struct argp_state *state, struct sign_args *a)
{
    char *end;
    const unsigned long n = strtoul(arg, &end, 10);

    if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || n < 1 || n > JOBS_MAX)
        argp_error(state, "--jobs %s: a number from 1 to %d", arg, JOBS_MAX);
    a->jobs = (unsigned)n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct sign_args *a = state->input;

    switch (key) {
    case OPTION_RECURSIVE:
        a->plan.recursive = true;
        return 0;
    case OPTION_ROOT:
        a->plan.root = arg;
        return 0;
    case OPTION_NAME:
        if (arg[0] == '\0' || strlen(arg) > LIMIT_NAME_TEXT)
            argp_error(state, "--name: 1 to %d bytes", LIMIT_NAME_TEXT);
        a->plan.name = arg;
        return 0;
    case OPTION_OUTPUT:
        a->plan.output = arg;
        return 0;
    case OPTION_OUTPUT_DIR:
        a->plan.output_dir = arg;
        return 0;
    case OPTION_INSTEAD:
        a->instead_path = arg;
        a->plan.resign = true;
        return 0;
    case OPTION_JOBS:
        parse_jobs(arg, state, a);
        return 0;
    case OPTION_FOR:
        argp_error(state, "a file for one phone only is made by 'voxsign encrypt FILE --for %s'", arg);
        return 0;
    case ARGP_KEY_ARGS:
        a->plan.paths = state->argv + state->next;
        a->plan.npaths = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which PATH?");
        return 0;
    case ARGP_KEY_END:
        if (a->plan.npaths > 1 && (a->plan.name != NULL || a->plan.output != NULL))
            argp_error(state, "--name and -o are for one file, not for %d", a->plan.npaths);
        if (a->plan.output != NULL && a->plan.output_dir != NULL)
            argp_error(state, "-o and --output-dir: one of the two");
        if (a->plan.resign && (a->plan.name != NULL || a->plan.root != NULL || a->plan.output != NULL ||
                               a->plan.output_dir != NULL || a->signer.digest_given))
            argp_error(state, "--instead-of: files stay where they are, with their names and digests");
        for (int i = 0; a->plan.resign && i < a->plan.npaths; i++)
            if (strcmp(a->plan.paths[i], "-") == 0)
                argp_error(state, "--instead-of: standard input has no place");
        if (a->plan.name != NULL && a->plan.root != NULL)
            argp_error(state, "--name is the whole name: --root has nothing to add");
        return signer_option(key, arg, state, &a->signer);
    default:
        return signer_option(key, arg, state, &a->signer);
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "PATH...",
    .doc =
        "Sign files, each into FILE.sgn beside it, for phones that hold a trust list.\v"
        "Of a folder, lists, hidden files and what is signed already are passed over. A FILE.sgn that holds the same "
        "content under the same key is left alone. With --instead-of, what another certificate signed is signed anew "
        "and nothing else: for the day on which that certificate is replaced. Exit status 4 or 3 if a file failed; the "
        "others are signed.",
};

/* From and to a stream: no folder, no batch. */
static int sign_stream(struct cli_common *common, struct sign_args *a)
{
    const char *path = a->plan.paths[0], *out = a->plan.output != NULL ? a->plan.output : "-";
    struct bytes content = {NULL, 0}, file = {NULL, 0};
    struct sgn_params p;
    struct vox_error err;
    enum header_kind kind;
    char *name = NULL;
    int status = EXIT_DONE;

    if (a->plan.name == NULL && strcmp(path, "-") == 0)
        return cli_usage(common, "standard input has no name: say with --name what phones ask for");
    if (a->plan.name == NULL && a->plan.root != NULL)
        return cli_usage(common, "with -o -, say with --name what phones ask for, instead of --root");
    if (a->plan.name == NULL)
        a->plan.name = tree_leaf(path);
    if (asprintf(&name, "%s%s", a->plan.name, voxsign_ends_in(a->plan.name, ".sgn") ? "" : ".sgn") < 0) {
        (void)vox_fail(&err, VOX_E_MEMORY, "no memory");
        return cli_report(common, NULL, &err);
    }
    p = signer_params(&a->signer, name);
    if (cli_read(path, LIMIT_SIGNED_FILE, &content, &err) != VOX_OK)
        status = cli_report(common, path, &err);
    else if (ctl_header_guess(content.data, content.len, &kind)) {
        (void)vox_fail(&err, VOX_E_INPUT, "is %s", kind == HEADER_LIST ? "a trust list" : "signed already");
        status = cli_report(common, path, &err);
    } else if (sgn_write(&p, bytes_view_of(&content), &file, &err) != VOX_OK)
        status = cli_report(common, path, &err);
    else if (cli_write(out, file.data, file.len, 0644, &err) != VOX_OK)
        status = cli_report(common, out, &err);
    bytes_wipe(&content);
    bytes_wipe(&file);
    free(name);
    return status;
}

static size_t count(const struct plan *p, enum outcome o)
{
    size_t n = 0;

    for (size_t i = 0; i < p->njobs; i++)
        n += p->jobs[i].outcome == o;
    return n;
}

/* 9988 as "9,988". */
static const char *grouped(size_t n, char out[static 32])
{
    char digits[24];
    const int len = snprintf(digits, sizeof digits, "%zu", n);
    char *o = out;

    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            *o++ = ',';
        *o++ = digits[i];
    }
    *o = '\0';
    return out;
}

/* What happened to each file, where that is to be said. The status of the failures. */
static int report_jobs(struct cli_common *common, const struct plan *p)
{
    const bool each = common->verbose || !p->params->recursive;
    static const struct vox_error lost = {.code = VOX_E_MEMORY, .text = "no memory"};
    size_t said = 0;
    int worst = EXIT_DONE;

    for (size_t i = 0; i < p->njobs; i++) {
        const struct job *j = &p->jobs[i];

        if (j->outcome == JOB_FAILED) {
            const struct vox_error *err = j->err != NULL ? j->err : &lost;
            const int status = said++ < FAILURES_SAID ? cli_report(common, j->path, err) : cli_status(err->code);

            worst = status > worst ? status : worst;
        } else if (each && j->outcome == JOB_SIGNED) {
            voxsign_say(common, "%s: signed as %s", j->path, j->filename);
        } else if (each && j->outcome == JOB_UNCHANGED) {
            voxsign_say(common, "%s: unchanged", j->path);
        } else if (each && j->outcome == JOB_SKIPPED) {
            voxsign_say(common, "%s: skipped: %s", j->path, j->why);
        }
    }
    if (said > FAILURES_SAID)
        fprintf(stderr, "%s: and %zu more files failed\n", common->program, said - FAILURES_SAID);
    return worst;
}

static int report(struct cli_common *common, const struct plan *p, int interrupted)
{
    const size_t is = count(p, JOB_SIGNED), unchanged = count(p, JOB_UNCHANGED), failed = count(p, JOB_FAILED),
                 waiting = count(p, JOB_WAITING), skipped = p->nleft + count(p, JOB_SKIPPED);
    char a[32], b[32], c[32], d[32];
    int status;

    for (size_t i = 0; i < p->nleft; i++) {
        if (p->left[i].loud)
            cli_warn(common, p->left[i].path, "skipped: %s", p->left[i].why);
        else if (common->verbose)
            voxsign_say(common, "%s: skipped: %s", p->left[i].path, p->left[i].why);
    }
    status = report_jobs(common, p);
    if (common->json) {
        const int printed = cli_json_print(json_pack("{s:I, s:I, s:I, s:I, s:b}", "signed", (json_int_t)is, "unchanged",
                                                     (json_int_t)unchanged, "skipped", (json_int_t)skipped, "failed",
                                                     (json_int_t)failed, "interrupted", interrupted != 0));

        status = printed > status ? printed : status;
    }
    cli_say(common, "signed %s, unchanged %s, skipped %s%s%s", grouped(is, a), grouped(unchanged, b),
            grouped(skipped, c), failed > 0 ? ", failed " : "", failed > 0 ? grouped(failed, d) : "");
    (void)fflush(stdout);
    if (interrupted != 0)
        fprintf(stderr, "%s: interrupted with %s files to go: run it again to go on\n", common->program,
                grouped(waiting, a));
    return status;
}

/* Whoever started us learns that it was the signal: a shell loop stops then, too. */
static void die_of(int number)
{
    (void)fflush(NULL);
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static int sign_files(struct cli_common *common, struct sign_args *a)
{
    struct plan plan;
    const char *subject;
    struct vox_error err;
    int interrupted = 0, status;

    (void)umask(0); /* from here on everything is made with the mode that it is to have */
    if (a->plan.output_dir != NULL && mkdir(a->plan.output_dir, 0755) != 0 && errno != EEXIST) {
        (void)vox_fail_errno(&err, VOX_E_IO, "cannot be made");
        return cli_report(common, a->plan.output_dir, &err);
    }
    a->plan.key_file = a->signer.key_source;
    if (plan_make(&a->plan, &plan, &subject, &err) != VOX_OK) {
        status = cli_report(common, subject, &err);
        goto out;
    }
    if (crew_run(&plan, &a->signer, a->jobs != 0 ? a->jobs : crew_cores(), &interrupted, &err) != VOX_OK) {
        (void)report(common, &plan, interrupted);
        status = cli_report(common, NULL, &err);
    } else {
        status = report(common, &plan, interrupted);
    }
out:
    plan_free(&plan);
    if (interrupted != 0) {
        signer_close(&a->signer);
        die_of(interrupted);
    }
    return status;
}

static int open_all(struct cli_common *common, struct sign_args *a)
{
    struct vox_error err;

    if (a->instead_path != NULL && cli_cert_open(a->instead_path, &a->signer.instead, &err) != VOX_OK)
        return cli_report(common, a->instead_path, &err);
    return signer_open(common, &a->signer);
}

int voxsign_sign(struct cli_common *common, int argc, char **argv)
{
    struct sign_args a = {.jobs = 0};
    int status;

    signer_init(&a.signer);
    cli_parse(common, &argp, argc, argv, &a);
    if ((status = open_all(common, &a)) == EXIT_DONE) {
        const bool stream =
            strcmp(a.plan.paths[0], "-") == 0 || (a.plan.output != NULL && cli_is_stream(a.plan.output));

        if (stream && a.plan.npaths > 1)
            status = cli_usage(common, "standard input and output take one file");
        else
            status = stream ? sign_stream(common, &a) : sign_files(common, &a);
    }
    cert_free(&a.signer.instead);
    signer_close(&a.signer);
    return status;
}
