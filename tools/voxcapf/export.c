#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/bundle.h>
#include <libcert/file.h>
#include <libcert/ledger.h>

#include "device.h"
#include "voxcapf.h"

struct export_args {
    struct devices devices;
    const char *to, *output;
    bool all, der;
};

enum { OPT_ALL = 0x100, OPT_TO };

static const struct argp_option options[] = {
    {"all", OPT_ALL, NULL, 0, "every phone that was ever given a certificate; needs --to", 0},
    {"to", OPT_TO, "DIR", 0, "into this folder, as DEVICE.pem or DEVICE.der", 0},
    {"output", 'o', "FILE", 0, "of one phone: into this file (default: standard output)", 0},
    {"format", 'f', "FORM", 0, "pem (default) or der", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct export_args *a = state->input;

    switch (key) {
    case OPT_ALL:
        a->all = true;
        return 0;
    case OPT_TO:
        a->to = arg;
        return 0;
    case 'o':
        a->output = arg;
        return 0;
    case 'f':
        if (strcmp(arg, "pem") != 0 && strcmp(arg, "der") != 0)
            argp_error(state, "--format %s: pem or der", arg);
        a->der = strcmp(arg, "der") == 0;
        return 0;
    case ARGP_KEY_ARG:
        if (!devices_add(&a->devices, arg))
            argp_failure(state, EXIT_ENVIRONMENT, 0, "no memory");
        return 0;
    case ARGP_KEY_END:
        if (a->all == (a->devices.n > 0))
            argp_error(state, "name DEVICEs, or --all");
        if ((a->all || a->devices.n > 1) && a->to == NULL)
            argp_error(state, "several certificates go to a folder: --to DIR");
        if (a->to != NULL && a->output != NULL)
            argp_error(state, "one of --to and --output");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "DEVICE...",
    .doc =
        "Write the certificates (LSCs) of phones for other programs, as the ledger has them: of each phone the newest "
        "that it confirmed, without one the newest that was issued.",
};

struct job {
    struct cli_common *common;
    const struct export_args *a;
    struct cli_progress *bar;
    json_t *files;
    size_t n;
    enum vox_err code;
    struct vox_error *err;
};

static enum vox_err encode(const struct export_args *a, const struct ledger_entry *e, struct bytes *out,
                           struct vox_error *err)
{
    struct cert *one = e->cert;

    return a->der ? bytes_copy(out, cert_der(one).data, cert_der(one).len, err)
                  : bundle_write_pem(&one, 1, false, out, err);
}

static bool write_one(void *arg, const struct ledger_entry *e)
{
    struct job *j = arg;
    struct bytes bytes = {NULL, 0};
    char fingerprint[CERT_FINGERPRINT_MAX], *path = NULL;

    if (asprintf(&path, "%s%s%s%s", j->a->to != NULL ? j->a->to : j->a->output, j->a->to != NULL ? "/" : "",
                 j->a->to != NULL ? e->device : "",
                 j->a->to == NULL ? ""
                 : j->a->der      ? ".der"
                                  : ".pem") < 0) {
        j->code = vox_fail(j->err, VOX_E_MEMORY, "no memory");
        return false;
    }
    if ((j->code = encode(j->a, e, &bytes, j->err)) == VOX_OK) {
        j->code = cli_write(path, bytes.data, bytes.len, 0644, j->err); /* for everybody: no secret is in it */
        if (j->code != VOX_OK && j->code != VOX_E_USAGE && strcmp(path, "-") != 0)
            (void)vox_error_prefix(j->err, "%s", path);
        bytes_free(&bytes);
    }
    if (j->code == VOX_OK) {
        cert_fingerprint(e->cert, fingerprint);
        if (j->common->json)
            (void)json_array_append_new(j->files, json_pack("{s:s, s:o, s:s, s:b}", "device", e->device, "file",
                                                            cli_json_text(path), "sha256", fingerprint, "delivered",
                                                            e->delivered != 0));
        if (e->delivered == 0 && !j->common->quiet && !j->a->all)
            cli_warn(j->common, e->device, "it has not confirmed this certificate: it may not have it");
        cli_progress_update(j->bar, ++j->n);
    }
    free(path);
    return j->code == VOX_OK;
}

/* Of one phone: the newest, until a delivered one comes. */
struct choice {
    struct ledger_entry best;
    bool found;
};

static bool choose(void *arg, const struct ledger_entry *e)
{
    struct choice *c = arg;

    if (!c->found || e->delivered != 0) {
        ledger_entry_clear(&c->best);
        c->best = *e;
        c->best.cert = cert_ref(e->cert);
        c->found = true;
    }
    return e->delivered == 0;
}

static enum vox_err export_device(struct store *s, const char *name, struct job *j, struct vox_error *err)
{
    struct choice c = {.found = false};
    enum vox_err code = phone_name_check(name, err);

    if (code == VOX_OK)
        code = ledger_each(s, name, choose, &c, err);
    if (code == VOX_OK && !c.found)
        code = vox_fail(err, VOX_E_INPUT, "%s was never given a certificate", name);
    if (code == VOX_OK) {
        (void)write_one(j, &c.best);
        code = j->code;
    }
    ledger_entry_clear(&c.best);
    return code;
}

static bool count_one(void *arg, const struct ledger_entry *e)
{
    (void)e;
    ++*(uint64_t *)arg;
    return true;
}

static enum vox_err export_all(struct store *s, struct job *j, struct vox_error *err)
{
    uint64_t total = 0;
    enum vox_err code = ledger_latest(s, count_one, &total, err);

    if (code != VOX_OK)
        return code;
    j->bar = cli_progress_new("certificates", total);
    code = ledger_latest(s, write_one, j, err);
    cli_progress_free(&j->bar);
    return code == VOX_OK ? j->code : code;
}

static enum vox_err check_folder(const char *dir, struct vox_error *err)
{
    struct stat st;

    if (stat(dir, &st) != 0)
        return vox_fail_errno(err, VOX_E_IO, "%s", dir);
    return S_ISDIR(st.st_mode) ? VOX_OK : vox_fail(err, VOX_E_IO, "%s is no folder", dir);
}

static int tell(const struct job *j)
{
    if (j->common->json)
        return cli_json_print(json_pack("{s:O}", "certificates", j->files));
    if (j->a->to != NULL)
        cli_say(j->common, "%s: %zu certificate%s", j->a->to, j->n, j->n == 1 ? "" : "s");
    else if (strcmp(j->a->output, "-") != 0)
        cli_say(j->common, "%s: 1 certificate", j->a->output);
    return EXIT_DONE;
}

int voxcapf_export(struct cli_common *common, int argc, char **argv)
{
    struct export_args a = {.to = NULL};
    struct vox_error err;
    struct job j = {.common = common, .a = &a, .files = json_array(), .err = &err};
    struct store *s = NULL;
    enum vox_err code;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (a.output == NULL)
        a.output = "-";
    if (a.to == NULL && strcmp(a.output, "-") == 0 && common->json) {
        status = cli_usage(common, "--json: name the file with -o, or the folder with --to");
    } else {
        code = a.to != NULL ? check_folder(a.to, &err) : VOX_OK;
        if (code == VOX_OK)
            code = cli_store_open(common, &s, &err);
        for (size_t i = 0; i < a.devices.n && code == VOX_OK; i++)
            code = export_device(s, a.devices.names[i], &j, &err);
        if (code == VOX_OK && a.all)
            code = export_all(s, &j, &err);
        status = code == VOX_OK ? tell(&j) : cli_report(common, NULL, &err);
    }
    json_decref(j.files);
    devices_free(&a.devices);
    store_close(&s);
    return status;
}
