#include <stdio.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/admit.h>
#include <cluster/view.h>
#include <libcert/audit.h>
#include <libcert/bundle.h>
#include <libcert/clock.h>
#include <libcert/limits.h>
#include <libcert/token.h>

#include <cluster/owner.h>
#include "voxcert.h"

struct upload_args {
    const char *store, *node, *password_file, *key;
    char **files;
    int nfiles;
    bool has_role, force;
    int role;
};

enum { OPT_ROLE = 0x100, OPT_PASSWORD_FILE };

static const struct argp_option options[] = {
    {"role", OPT_ROLE, "ROLE", 0,
     "role in trust lists: sast, ccm, ccm-tftp, tftp, capf, app-server, tvs or a number (default: sast in "
     "Phone-SAST-trust, else none)",
     0},
    {"node", 'n', "NODE", 0, "for this node only (default: the whole cluster)", 0},
    {"force", 'f', NULL, 0, "take expired certificates, too", 0},
    {"key", 'k', "URI", 0,
     "with Phone-SAST-trust: where the certificate's key is, on a token: it is an anchor of this cluster, and signs "
     "its "
     "CTL",
     0},
    {"password-file", OPT_PASSWORD_FILE, "FILE", 0, "password of PKCS#12 files, or the token's PIN (-: standard input)",
     0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct upload_args *a = state->input;

    switch (key) {
    case OPT_ROLE:
        if (!role_parse(arg, &a->role))
            argp_error(state, "--role %s: sast, ccm, ccm-tftp, tftp, capf, app-server, tvs or 0 to 65535", arg);
        a->has_role = true;
        return 0;
    case 'n':
        a->node = arg;
        return 0;
    case 'k':
        a->key = arg;
        return 0;
    case 'f':
        a->force = true;
        return 0;
    case OPT_PASSWORD_FILE:
        a->password_file = arg;
        return 0;
    case ARGP_KEY_ARGS:
        a->store = state->argv[state->next];
        a->files = state->argv + state->next + 1;
        a->nfiles = state->argc - state->next - 1;
        if (a->nfiles == 0)
            argp_error(state, "which FILE?");
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "into which STORE?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "STORE FILE...",
    .doc = "Put certificates of others into a trust store. FILE is PEM (one or many, text around them), DER, PKCS#7 or "
           "PKCS#12; '-' is standard input.\v"
           "All of them or none: when one is refused, nothing is changed. Refused: what is no certificate, what has "
           "ended (--force), private keys, weak keys, duplicates.",
};

/* Both from standard input would be one eating the other. */
static bool stdin_twice(const struct upload_args *a)
{
    int n = a->password_file != NULL && strcmp(a->password_file, "-") == 0;

    for (int i = 0; i < a->nfiles; i++)
        n += strcmp(a->files[i], "-") == 0;
    return n > 1;
}

static enum vox_err read_bundle(struct cli_common *common, const struct upload_args *a, const char *path,
                                struct bundle *out, struct vox_error *err)
{
    const struct password_source pass = cli_password(common, a->password_file);
    struct bytes file;
    enum vox_err code = cli_read(path, LIMIT_BUNDLE_FILE, &file, err);

    if (code != VOX_OK)
        return code;
    code = admit_bundle(file.data, file.len, path, &pass, out, err);
    bytes_wipe(&file); /* a key may stand in it */
    return code;
}

/* Each refusal is told, so that one look at the output is enough. The worst exit status. */
static int judge_file(struct cli_common *common, const struct upload_args *a, const char *path, struct admit *in,
                      json_t *near)
{
    struct bundle bundle;
    struct vox_error err;
    int worst = EXIT_DONE;

    if (read_bundle(common, a, path, &bundle, &err) != VOX_OK)
        return cli_report(common, path, &err);
    for (size_t i = 0; i < bundle.ncerts; i++) {
        char note[VOX_ERROR_TEXT_MAX];
        int status = EXIT_DONE;

        if (admit_cert(in, bundle.certs[i], note, sizeof note, &err) != VOX_OK) {
            status = cli_report(common, path, &err);
            if (err.code == VOX_E_EXISTS && a->key != NULL)
                (void)fprintf(stderr,
                              "To say where its key is, take it out and upload it again: 'voxcert delete ID --from "
                              "%s'. Published lists stay as they are meanwhile.\n",
                              in->p.place);
        } else if (note[0] != '\0') {
            cli_warn(common, path, "%s", note);
            (void)json_array_append_new(near, json_string(note));
        }
        worst = status > worst ? status : worst;
    }
    bundle_free(&bundle);
    return worst;
}

static enum vox_err record(struct store *s, const struct admit *in, struct vox_error *err)
{
    char what[400], ids[300];
    enum vox_err code;

    admit_ids(in, ids, sizeof ids);
    (void)snprintf(what, sizeof what, "voxcert upload %s%s%s: %s", in->p.place, in->p.node[0] != '\0' ? " " : "",
                   in->p.node, ids);
    if ((code = store_begin(s, err)) != VOX_OK)
        return code;
    if ((code = admit_store(s, in, err)) != VOX_OK || (code = audit_append(s, what, "done", err)) != VOX_OK ||
        (code = store_commit(s, err)) != VOX_OK)
        store_rollback(s);
    return code;
}

static int tell(const struct cli_common *common, const struct admit *in, json_t *near)
{
    char where[VIEW_PLACE_MAX], subject[300];

    if (common->json) {
        json_t *certs = json_array();

        for (size_t i = 0; i < in->n; i++)
            (void)json_array_append_new(certs, view_cert_json(in->certs[i], in->p.now));
        return cli_json_print(json_pack("{s:s, s:s, s:o, s:O}", "place", in->p.place, "node", in->p.node,
                                        "certificates", certs, "near_duplicates", near));
    }
    view_where(in->p.place, in->p.node, where);
    cli_say(common, "%s: %zu certificate%s taken", where, in->n, in->n == 1 ? "" : "s");
    for (size_t i = 0; i < in->n; i++) {
        view_subject(in->certs[i], subject, sizeof subject);
        cli_say(common, "  %s", subject);
    }
    if (in->p.key_source != NULL)
        cli_say(common, "Its token is an anchor now; the CTL introduces it: voxlist publish ctl --to DIR");
    else if (in->p.role != ROLE_NONE)
        cli_say(common, "Trust lists are to hold it: voxlist publish ctl --to DIR, voxlist publish itl --to DIR");
    return EXIT_DONE;
}

/* The token has the key, and can sign with it what phones take: its PIN is needed. */
static enum vox_err prove_key(struct cli_common *common, const struct upload_args *a, const struct admit *in,
                              struct vox_error *err)
{
    EVP_PKEY *key = NULL;
    enum vox_err code;

    if (in->n != 1)
        return vox_fail(err, VOX_E_INPUT, "--key: one certificate at a time, that of the key; there are %zu", in->n);
    if (cert_key_type(in->certs[0]) != CERT_KEY_RSA)
        return vox_fail(err, VOX_E_INPUT, "phones take lists of RSA signers only, and this is no RSA key");
    if ((code = cli_key_open(common, a->key, a->password_file, &key, err)) == VOX_OK &&
        !cert_key_matches(in->certs[0], key))
        code = vox_fail(err, VOX_E_INPUT,
                        "the certificate is not that of the key on the token: 'voxtoken show URI -o "
                        "FILE' writes the right one");
    EVP_PKEY_free(key);
    return code;
}

static int upload(struct cli_common *common, const struct upload_args *a, struct store *s, struct admit *in)
{
    json_t *near = json_array();
    struct vox_error err;
    int worst = EXIT_DONE;

    for (int i = 0; i < a->nfiles; i++) {
        int status = judge_file(common, a, a->files[i], in, near);

        worst = status > worst ? status : worst;
    }
    if (worst == EXIT_DONE && a->key != NULL && prove_key(common, a, in, &err) != VOX_OK)
        worst = cli_report(common, a->files[0], &err);
    else if (worst == EXIT_DONE && record(s, in, &err) != VOX_OK)
        worst = cli_report(common, NULL, &err);
    else if (worst == EXIT_DONE) {
        worst = tell(common, in, near);
        after_change(common, s, "trusted", in->p.place, in->p.node);
    } else if (in->n > 0)
        cli_warn(common, NULL, "nothing was changed: all of them or none");
    json_decref(near);
    return worst;
}

int voxcert_upload(struct cli_common *common, int argc, char **argv)
{
    struct upload_args a = {0};
    struct admit_params p = {.may_force = true, .now = clock_now()};
    struct admit in = {0};
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (stdin_twice(&a))
        return cli_usage(common, "standard input ('-') can be read once only");
    if ((p.place = admit_store_name(a.store, &err)) == NULL)
        return cli_report(common, NULL, &err);
    p.node = a.node != NULL ? a.node : "";
    p.role = a.has_role ? a.role : trust_store_default_role(p.place);
    p.force = a.force;
    p.key_source = a.key;
    if (a.key != NULL && (!token_uri_is(a.key) || p.role != ROLE_SAST || strcmp(p.place, "Phone-SAST-trust") != 0))
        return cli_usage(common, "--key URI: of a token (pkcs11:...) whose certificate goes into Phone-SAST-trust");
    if (cli_store_open(common, &s, &err) != VOX_OK ||
        (p.node[0] != '\0' && owner_node_known(s, p.node, &err) != VOX_OK) || admit_open(s, &p, &in, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = upload(common, &a, s, &in);
    admit_free(&in);
    store_close(&s);
    return status;
}
