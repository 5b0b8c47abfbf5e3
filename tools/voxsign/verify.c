#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <ctl/show.h>
#include <ctl/verify.h>
#include <libcert/clock.h>
#include <libcert/limits.h>
#include <libcert/name.h>

#include "signer.h"
#include "tree.h"

enum { OPTION_TRUST = 't', TRUST_MAX = 8 };

struct verify_args {
    const char *cert_path;
    const char *trust[TRUST_MAX];
    int ntrust;
    char **files;
    int nfiles;
    /* opened */
    struct cert *cert;
    struct ctl_list *lists[TRUST_MAX];
};

static const struct argp_option options[] = {
    {"cert", OPTION_CERT, "CERT", 0, "the certificate that must have signed", 0},
    {"trust", OPTION_TRUST, "LIST", 0,
     "a CTL or ITL with the signer as TFTP or CCM+TFTP, as the phone has it; may be given more than once", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct verify_args *a = state->input;

    switch (key) {
    case OPTION_CERT:
        a->cert_path = arg;
        return 0;
    case OPTION_TRUST:
        if (a->ntrust == TRUST_MAX)
            argp_error(state, "--trust: %d lists at most", TRUST_MAX);
        a->trust[a->ntrust++] = arg;
        return 0;
    case ARGP_KEY_ARGS:
        a->files = state->argv + state->next;
        a->nfiles = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which FILE?");
        return 0;
    case ARGP_KEY_END:
        if ((a->cert_path == NULL) == (a->ntrust == 0))
            argp_error(state, "who must have signed? Name either a certificate with --cert, or the phone's CTL or ITL "
                              "with --trust");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "FILE...",
    .doc = "Verify signed and encrypted files: who signed, and is every byte as it was?\v"
           "FILE may be '-'. Exit status 0 yes, 1 no, 3 malformed.",
};

/* A list is worth nothing before its own signature is. */
static int open_list(struct cli_common *common, const char *path, struct ctl_list **out)
{
    struct bytes file = {NULL, 0};
    struct vox_error err;
    enum header_kind kind;
    enum vox_err code;

    if (cli_read(path, LIMIT_LIST_FILE, &file, &err) != VOX_OK)
        return cli_report(common, path, &err);
    if (!ctl_header_guess(file.data, file.len, &kind))
        code = vox_fail(&err, VOX_E_INPUT, "is no trust list: a certificate is named with --cert");
    else if ((code = ctl_list_read(file.data, file.len, out, &err)) == VOX_OK &&
             (code = ctl_verify(*out, &err)) != VOX_OK)
        (void)vox_error_prefix(&err, "this list is not to be trusted");
    bytes_free(&file);
    return code == VOX_OK ? EXIT_DONE : cli_report(common, path, &err);
}

/* What is known once a signature is valid. */
struct finding {
    char *signer;     /* subject */
    const char *list; /* the list that knows the signer, or NULL */
    size_t record;    /* its record there */
    char role[CTL_LABEL_MAX];
};

static enum vox_err judge(const struct verify_args *a, const struct signed_file *f, struct finding *out,
                          struct vox_error *err)
{
    const struct cert *signer = a->cert;
    enum vox_err code = VOX_E_NO;

    if (signer != NULL)
        code = sgn_verify(f->bytes.data, f->bytes.len, &f->header, signer, err);
    for (int i = 0; i < a->ntrust && code == VOX_E_NO; i++) {
        code = sgn_verify_listed(f->bytes.data, f->bytes.len, &f->header, a->lists[i], &out->record, err);
        if (code != VOX_OK)
            continue;
        out->list = a->trust[i];
        signer = a->lists[i]->records[out->record].cert;
        ctl_show_label(&a->lists[i]->records[out->record], out->role);
    }
    return code != VOX_OK ? code : name_text(cert_subject_der(signer), NAME_VENDOR, &out->signer, err);
}

static json_t *as_json(const char *path, const struct signed_file *f, const struct finding *x,
                       const struct vox_error *err)
{
    const bool valid = err == NULL;
    json_t *h = ctl_header_show_json(&f->header), *o;

    o = json_pack("{s:o, s:b, s:o?, s:o?, s:o?, s:o, s:o, s:o?}", "file", cli_json_text(path), "valid", valid, "why",
                  valid ? json_null() : cli_json_text(err->text), "filename",
                  json_incref(json_object_get(h, "filename")), "timestamp",
                  json_incref(json_object_get(h, "timestamp")), "list", cli_json_text(x->list), "record",
                  x->list != NULL ? json_integer((json_int_t)x->record + 1) : json_null(), "signer",
                  json_incref(json_object_get(h, "signer")));
    json_decref(h);
    return o;
}

static void say_yes(struct cli_common *common, const char *path, const struct signed_file *f, const struct finding *x)
{
    const char *digest = digest_name(f->header.digest);
    char when[CLOCK_RFC3339_MAX] = "";

    if (f->header.has_timestamp)
        clock_format(f->header.timestamp, when);
    voxsign_say(common, "%s: valid: signed by %s%s%s (%s%s%s), as %s", path, x->list != NULL ? x->role : x->signer,
                x->list != NULL ? " of " : "", x->list != NULL ? x->list : "", digest != NULL ? digest : "?",
                when[0] != '\0' ? ", " : "", when, f->header.filename);
    if (strcmp(path, "-") != 0 && strcmp(tree_leaf(path), tree_leaf(f->header.filename)) != 0 && !common->quiet &&
        !common->json)
        cli_warn(common, path, "it was signed under another name: is it published under the one that phones ask for?");
}

static int verify_one(struct cli_common *common, const struct verify_args *a, const char *path, json_t *all)
{
    struct finding x = {.signer = NULL};
    struct signed_file f;
    struct vox_error err;
    int status = EXIT_DONE;
    enum vox_err code;

    if (voxsign_open(path, &f, &err) != VOX_OK)
        return cli_report(common, path, &err);
    code = judge(a, &f, &x, &err);
    if (code == VOX_OK)
        say_yes(common, path, &f, &x);
    else
        status = cli_report(common, path, &err);
    if (all != NULL && json_array_append_new(all, as_json(path, &f, &x, code == VOX_OK ? NULL : &err)) != 0)
        status = EXIT_ENVIRONMENT;
    free(x.signer);
    voxsign_close(&f);
    return status;
}

static int worse(int a, int b)
{
    return a > b ? a : b;
}

int voxsign_verify(struct cli_common *common, int argc, char **argv)
{
    struct verify_args a = {.ntrust = 0};
    struct vox_error err;
    json_t *all = NULL;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (a.cert_path != NULL && cli_cert_open(a.cert_path, &a.cert, &err) != VOX_OK) {
        status = cli_report(common, a.cert_path, &err);
        goto out;
    }
    for (int i = 0; i < a.ntrust; i++)
        if ((status = open_list(common, a.trust[i], &a.lists[i])) != EXIT_DONE)
            goto out;
    if (common->json)
        all = json_array();
    for (int i = 0; i < a.nfiles; i++)
        status = worse(status, verify_one(common, &a, a.files[i], all));
    if (json_array_size(all) > 0)
        status = worse(status, cli_json_print(a.nfiles == 1 ? json_incref(json_array_get(all, 0)) : json_incref(all)));
out:
    json_decref(all);
    cert_free(&a.cert);
    for (int i = 0; i < a.ntrust; i++)
        ctl_list_free(&a.lists[i]);
    return status;
}
