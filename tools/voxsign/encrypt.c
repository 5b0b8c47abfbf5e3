#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cli/input.h>
#include <cli/report.h>
#include <ctl/encsgn.h>
#include <libcert/file.h>
#include <libcert/limits.h>

#include "commit.h"
#include "signer.h"

#define ENC ".enc.sgn"
#define SGN ".sgn"

struct encrypt_args {
    struct signer signer;
    struct plan_params plan;
    char *file;
    const char *phone_path;
    bool remove_plain;
    struct cert *phone;
};

static const struct argp_option options[] = {
    {"for", OPTION_FOR, "CERT", 0, "the phone's certificate (LSC or MIC, with an RSA key), in a file", 0},
    SIGNER_OPTIONS,
    {"name", OPTION_NAME, "NAME", 0, "the name of the configuration: SEP0123456789AB.cnf.xml (default: FILE's)", 0},
    {"root", OPTION_ROOT, "DIR", 0, "the TFTP root: names inside are relative to it", 0},
    {"output", OPTION_OUTPUT, "FILE", 0, "write FILE, which ends in .enc.sgn, and its stub beside", 0},
    {"output-dir", OPTION_OUTPUT_DIR, "DIR", 0, "write into DIR instead of beside", 0},
    {"remove-plain", OPTION_REMOVE_PLAIN, NULL, 0, "remove FILE when all is written", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static void check(struct argp_state *state, const struct encrypt_args *a)
{
    const bool from_stdin = a->file != NULL && strcmp(a->file, "-") == 0;

    if (a->phone_path == NULL)
        argp_error(state, "for which phone? Name its certificate with --for");
    if (a->plan.output != NULL && !voxsign_ends_in(a->plan.output, ENC))
        argp_error(state, "-o %s: must end in " ENC ", as what phones ask for does", a->plan.output);
    if (a->plan.output != NULL && a->plan.output_dir != NULL)
        argp_error(state, "-o and --output-dir: one of the two");
    if (a->plan.name != NULL && a->plan.root != NULL)
        argp_error(state, "--name is the whole name: --root has nothing to add");
    if (from_stdin && (a->plan.output == NULL || a->plan.name == NULL))
        argp_error(state, "standard input has no name: say --name and -o");
    if (from_stdin && a->remove_plain)
        argp_error(state, "--remove-plain: standard input is no file");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct encrypt_args *a = state->input;

    switch (key) {
    case OPTION_FOR:
        if (a->phone_path != NULL)
            argp_error(state, "--for: one file is for one phone");
        a->phone_path = arg;
        return 0;
    case OPTION_NAME:
        if (arg[0] == '\0' || strlen(arg) > LIMIT_NAME_TEXT)
            argp_error(state, "--name: 1 to %d bytes", LIMIT_NAME_TEXT);
        a->plan.name = arg;
        return 0;
    case OPTION_ROOT:
        a->plan.root = arg;
        return 0;
    case OPTION_OUTPUT:
        a->plan.output = arg;
        return 0;
    case OPTION_OUTPUT_DIR:
        a->plan.output_dir = arg;
        return 0;
    case OPTION_REMOVE_PLAIN:
        a->remove_plain = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->file != NULL)
            argp_error(state, "one FILE, not '%s' as well", arg);
        a->file = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which FILE?");
        return 0;
    case ARGP_KEY_END:
        check(state, a);
        return signer_option(key, arg, state, &a->signer);
    default:
        return signer_option(key, arg, state, &a->signer);
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Encrypt a configuration for one phone, sign it, and write its stub: FILE.enc.sgn and FILE.sgn.\v"
           "The plain FILE holds passwords and must not stay where phones fetch files: give --remove-plain, or keep it "
           "elsewhere and write with --output-dir. FILE may be '-'.",
};

static int open_phone(struct cli_common *common, struct encrypt_args *a)
{
    struct vox_error err;

    if (access(a->phone_path, F_OK) != 0 && errno == ENOENT && strcmp(a->phone_path, "-") != 0) {
        (void)vox_fail(&err, VOX_E_NOT_FOUND,
                       "no such file: --for takes a file with the phone's certificate ('voxcapf export DEVICE -o FILE' "
                       "writes one that CAPF issued)");
        return cli_report(common, a->phone_path, &err);
    }
    return cli_cert_open(a->phone_path, &a->phone, &err) == VOX_OK ? EXIT_DONE
                                                                   : cli_report(common, a->phone_path, &err);
}

/* name without the ending of a published form, and with another one. */
static char *renamed(const char *name, const char *suffix)
{
    size_t n = strlen(name);
    char *out;

    if (voxsign_ends_in(name, ENC))
        n -= strlen(ENC);
    else if (voxsign_ends_in(name, SGN))
        n -= strlen(SGN);
    return asprintf(&out, "%.*s%s", (int)n, name, suffix) < 0 ? NULL : out;
}

/* Encrypted file and stub in memory. */
static enum vox_err make(const struct encrypt_args *a, struct bytes_view config, const struct job *enc,
                         const struct job *sgn, struct bytes out[static 2], struct vox_error *err)
{
    const struct sgn_params pe = signer_params(&a->signer, enc->filename),
                            ps = signer_params(&a->signer, sgn->filename);
    struct bytes stub = {NULL, 0};
    enum header_kind kind;
    enum vox_err code;

    if (ctl_header_guess(config.data, config.len, &kind))
        return vox_fail(err, VOX_E_INPUT, "is %s, not a plain configuration",
                        kind == HEADER_LIST ? "a trust list" : "signed already");
    if ((code = encsgn_stub(config.data, config.len, a->phone, &stub, err)) == VOX_OK &&
        (code = encsgn_write(&pe, a->phone, config, &out[0], err)) == VOX_OK)
        code = sgn_write(&ps, bytes_view_of(&stub), &out[1], err);
    bytes_free(&stub);
    return code;
}

/* Both on the disk before either is in place; the encrypted one first, as the stub sends phones to it. */
static enum vox_err write_both(struct job *enc, struct job *sgn, const struct bytes files[static 2],
                               struct vox_error *err)
{
    struct job *both[2] = {enc, sgn};
    const int dir = tree_folder_fd(enc->tree, enc->out);
    enum vox_err code;

    if (dir < 0)
        return vox_fail_errno(err, errno == ENOENT ? VOX_E_NOT_FOUND : VOX_E_IO, "folder of %s", enc->out);
    if ((code = commit_stage(enc, dir, bytes_view_of(&files[0]), 0644, err)) != VOX_OK)
        goto out;
    if ((code = commit_stage(sgn, dir, bytes_view_of(&files[1]), 0644, err)) != VOX_OK) {
        commit_drop(enc);
        goto out;
    }
    commit_batch(both, 2);
    for (int i = 0; i < 2 && code == VOX_OK; i++) {
        if (both[i]->outcome == JOB_SIGNED)
            code = commit_end(both[i], 1, err);
        else if (both[i]->err != NULL)
            code = (*err = *both[i]->err).code;
        else
            code = vox_fail(err, VOX_E_MEMORY, "no memory");
    }
out:
    (void)close(dir);
    return code;
}

/* Does the plain file lie where the others were written? */
static bool lies_beside(const char *plain, const struct job *written)
{
    struct tree here = written->tree[0];
    struct stat a, b;
    int x, y;
    bool same;

    if (strcmp(plain, "-") == 0)
        return false;
    y = tree_folder_fd(&here, written->out);
    here.out = here.in;
    here.out_beneath = here.in_beneath;
    x = tree_folder_fd(&here, plain);
    same = x >= 0 && y >= 0 && fstat(x, &a) == 0 && fstat(y, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    if (x >= 0)
        (void)close(x);
    if (y >= 0)
        (void)close(y);
    return same;
}

static int finish(struct cli_common *common, const struct encrypt_args *a, const struct job *enc, const struct job *sgn)
{
    struct vox_error err;

    voxsign_say(common, "%s: encrypted as %s, its stub as %s", a->file, enc->filename, sgn->filename);
    if (strcmp(tree_leaf(enc->out), tree_leaf(enc->filename)) != 0)
        cli_warn(common, enc->out, "phones ask for it, and for the stub, under the name inside: publish it as %s",
                 enc->filename);
    if (a->remove_plain) {
        if (file_remove(a->file, &err) != VOX_OK) {
            (void)vox_error_prefix(&err, "is encrypted, but the plain file stays");
            return cli_report(common, a->file, &err);
        }
        voxsign_say(common, "%s: removed", a->file);
    } else if (lies_beside(a->file, enc)) {
        cli_warn(common, a->file,
                 "the plain file lies beside the encrypted one, with its passwords: remove it (--remove-plain) or keep "
                 "it outside of the TFTP root (--output-dir)");
    }
    return EXIT_DONE;
}

/* The two jobs: enc is a copy of sgn with another ending. */
static enum vox_err make_jobs(struct encrypt_args *a, struct plan *plan, struct vox_error *err)
{
    const char *subject;
    char *name = a->plan.name != NULL ? renamed(a->plan.name, SGN) : NULL,
         *output = a->plan.output != NULL ? renamed(a->plan.output, SGN) : NULL;
    enum vox_err code;

    a->plan.name = name;
    a->plan.output = output;
    a->plan.paths = &a->file;
    a->plan.npaths = 1;
    if ((code = plan_make(&a->plan, plan, &subject, err)) == VOX_OK) {
        const struct job *sgn = &plan->jobs[0];

        code = plan_add(plan,
                        (struct job){.tree = sgn->tree,
                                     .path = strdup(a->file),
                                     .in = strdup(a->file),
                                     .out = renamed(sgn->out, ENC),
                                     .filename = renamed(sgn->filename, ENC)},
                        err);
    }
    free(name);
    free(output);
    return code;
}

static int encrypt(struct cli_common *common, struct encrypt_args *a)
{
    struct bytes config = {NULL, 0}, files[2] = {{NULL, 0}, {NULL, 0}};
    struct plan plan = {.jobs = NULL};
    struct vox_error err;
    int status = EXIT_DONE;

    if (cli_read(a->file, LIMIT_CONFIG_FILE, &config, &err) != VOX_OK || make_jobs(a, &plan, &err) != VOX_OK ||
        make(a, bytes_view_of(&config), &plan.jobs[1], &plan.jobs[0], files, &err) != VOX_OK ||
        write_both(&plan.jobs[1], &plan.jobs[0], files, &err) != VOX_OK)
        status = cli_report(common, a->file, &err);
    else
        status = finish(common, a, &plan.jobs[1], &plan.jobs[0]);
    bytes_wipe(&config);
    bytes_free(&files[0]);
    bytes_free(&files[1]);
    plan_free(&plan);
    return status;
}

int voxsign_encrypt(struct cli_common *common, int argc, char **argv)
{
    struct encrypt_args a = {.file = NULL};
    int status;

    signer_init(&a.signer);
    cli_parse(common, &argp, argc, argv, &a);
    if ((status = signer_open(common, &a.signer)) == EXIT_DONE && (status = open_phone(common, &a)) == EXIT_DONE)
        status = encrypt(common, &a);
    cert_free(&a.phone);
    signer_close(&a.signer);
    return status;
}
