#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/anchors.h>
#include <cluster/hashdir.h>
#include <cluster/view.h>
#include <libcert/bundle.h>
#include <libcert/limits.h>

#include <cluster/owner.h>
#include "pick.h"
#include "voxcert.h"

enum format { FORMAT_PEM, FORMAT_DER, FORMAT_PKCS7, FORMAT_BUNDLE, FORMAT_HASHDIR, FORMAT_COUNT };

static const char *const format_words[FORMAT_COUNT] = {"pem", "der", "pkcs7", "bundle", "hashdir"};

struct export_args {
    const char *what, *node, *output;
    enum format format;
};

static const struct argp_option options[] = {
    {"format", 'f', "FORM", 0,
     "pem (default); der; pkcs7; bundle: PEM with the names above, and with the issuers of a single certificate; "
     "hashdir: a folder as OpenSSL's -CApath wants it",
     0},
    {"output", 'o', "FILE", 0, "where to (default: standard output)", 0},
    {"node", 'n', "NODE", 0, "the node whose certificate is meant; of a trust store: what this node trusts", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct export_args *a = state->input;

    switch (key) {
    case 'f':
        for (int i = 0; i < FORMAT_COUNT; i++) {
            if (strcmp(arg, format_words[i]) == 0) {
                a->format = (enum format)i;
                return 0;
            }
        }
        argp_error(state, "--format %s: pem, der, pkcs7, bundle or hashdir", arg);
        return 0;
    case 'o':
        a->output = arg;
        return 0;
    case 'n':
        a->node = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->what != NULL)
            argp_error(state, "one ID, STORE or SERVICE at a time: %s", arg);
        a->what = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which ID, STORE or SERVICE?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "ID|STORE|SERVICE",
    .doc = "Write a certificate, or all of a trust store, for other programs. Private keys are never exported.",
};

/* What is to be written: borrowed from list and anchors. */
struct selection {
    struct store_binding *list;
    size_t nlist;
    struct anchors anchors; /* issuers of a single certificate */
    struct cert **certs;
    size_t n;
};

static void selection_free(struct selection *sel)
{
    free(sel->certs);
    store_bindings_free(&sel->list, sel->nlist);
    anchors_free(&sel->anchors);
}

static enum vox_err select_store(struct store *s, const char *place, const char *node, struct selection *sel,
                                 struct vox_error *err)
{
    const struct store_binding_filter f = {.place = place, .state = -1, .live = true};
    enum vox_err code;

    if ((node != NULL && (code = owner_node_known(s, node, err)) != VOX_OK) ||
        (code = store_bindings(s, &f, &sel->list, &sel->nlist, err)) != VOX_OK)
        return code;
    if ((sel->certs = calloc(sel->nlist + 1, sizeof *sel->certs)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; i < sel->nlist; i++) {
        const char *at = sel->list[i].node;
        size_t seen = 0;

        if (node != NULL && at[0] != '\0' && strcmp(at, node) != 0)
            continue;
        while (seen < sel->n && !cert_same(sel->certs[seen], sel->list[i].cert))
            seen++;
        if (seen == sel->n)
            sel->certs[sel->n++] = sel->list[i].cert; /* for two nodes, once */
    }
    if (sel->n == 0)
        return vox_fail(err, VOX_E_INPUT, "%s holds no certificate%s%s: nothing was written", place,
                        node != NULL ? " for node " : "", node != NULL ? node : "");
    return VOX_OK;
}

static enum vox_err select_one(struct store *s, const struct export_args *a, struct selection *sel,
                               struct vox_error *err)
{
    enum vox_err code = pick(s, a->what, a->node, &sel->list, &sel->nlist, err);

    if (code != VOX_OK)
        return code;
    if (sel->list[0].cert == NULL)
        return vox_fail(err, VOX_E_INPUT,
                        "%s has no certificate yet, its request waits for the CA's answer: 'voxcert show %s' prints it",
                        a->what, a->what);
    if ((sel->certs = calloc(LIMIT_CHAIN_DEPTH, sizeof *sel->certs)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    sel->certs[sel->n++] = sel->list[0].cert;
    if (a->format != FORMAT_BUNDLE)
        return VOX_OK;
    if ((code = anchors_read(s, NULL, &sel->anchors, err)) == VOX_OK)
        sel->n = anchors_chain(&sel->anchors, sel->list[0].cert, sel->certs, LIMIT_CHAIN_DEPTH);
    return code;
}

static enum vox_err encode(const struct export_args *a, const struct selection *sel, struct bytes *out,
                           struct vox_error *err)
{
    switch (a->format) {
    case FORMAT_DER:
        if (sel->n != 1)
            return vox_fail(err, VOX_E_USAGE, "DER holds one certificate, these are %zu: --format pkcs7 or pem",
                            sel->n);
        return bytes_copy(out, cert_der(sel->certs[0]).data, cert_der(sel->certs[0]).len, err);
    case FORMAT_PKCS7:
        return bundle_write_pkcs7(sel->certs, sel->n, out, err);
    default:
        return bundle_write_pem(sel->certs, sel->n, a->format == FORMAT_BUNDLE, out, err);
    }
}

static enum vox_err write_out(const struct export_args *a, const struct selection *sel, struct vox_error *err)
{
    struct bytes bytes = {NULL, 0};
    enum vox_err code;

    if (a->format == FORMAT_HASHDIR) {
        code = hashdir_write(a->output, sel->certs, sel->n, err);
    } else if ((code = encode(a, sel, &bytes, err)) == VOX_OK) {
        code = cli_write(a->output, bytes.data, bytes.len, 0644, err); /* for everybody: no secret is in it */
        bytes_free(&bytes);
    } else {
        return code; /* not about the file */
    }
    if (code != VOX_OK && code != VOX_E_USAGE && strcmp(a->output, "-") != 0)
        (void)vox_error_prefix(err, "%s", a->output);
    return code;
}

static int tell(const struct cli_common *common, const struct export_args *a, const struct selection *sel)
{
    json_t *ids;

    if (strcmp(a->output, "-") == 0)
        return EXIT_DONE;
    if (!common->json) {
        cli_say(common, "%s: %zu certificate%s (%s)", a->output, sel->n, sel->n == 1 ? "" : "s",
                format_words[a->format]);
        return EXIT_DONE;
    }
    ids = json_array();
    for (size_t i = 0; i < sel->n; i++) {
        char fingerprint[CERT_FINGERPRINT_MAX];

        cert_fingerprint(sel->certs[i], fingerprint);
        (void)json_array_append_new(ids, json_string(fingerprint));
    }
    return cli_json_print(json_pack("{s:o, s:s, s:o}", "output", cli_json_text(a->output), "format",
                                    format_words[a->format], "certificates", ids));
}

int voxcert_export(struct cli_common *common, int argc, char **argv)
{
    struct export_args a = {.output = "-", .format = FORMAT_PEM};
    struct selection sel = {0};
    struct store *s = NULL;
    struct vox_error err;
    enum vox_err code;
    const char *place;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (strcmp(a.output, "-") == 0 && (a.format == FORMAT_HASHDIR || common->json))
        return cli_usage(common, "%s: name %s with -o", common->json ? "--json" : "--format hashdir",
                         a.format == FORMAT_HASHDIR ? "the folder" : "the file");
    place = trust_store_parse(a.what);
    if ((code = cli_store_open(common, &s, &err)) == VOX_OK)
        code = place != NULL ? select_store(s, place, a.node, &sel, &err) : select_one(s, &a, &sel, &err);
    if (code == VOX_OK)
        code = write_out(&a, &sel, &err);
    status = code == VOX_OK ? tell(common, &a, &sel) : cli_report(common, NULL, &err);
    selection_free(&sel);
    store_close(&s);
    return status;
}
