#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/admit.h>
#include <cluster/view.h>
#include <libcert/audit.h>
#include <libcert/clock.h>
#include <libcert/tlsconn.h>
#include <libcert/tlsctx.h>

#include <cluster/owner.h>
#include "voxcert.h"

enum { TIMEOUT_MS = 10000 };

struct fetch_args {
    const char *store, *target, *node, *sni;
    bool has_role, force;
    int role;
    struct cli_fingerprint fingerprint;
};

enum { OPT_ROLE = 0x100, OPT_SNI, OPT_FINGERPRINT };

static const struct argp_option options[] = {
    {"fingerprint", OPT_FINGERPRINT, "HEX", 0, "demand this SHA-256 fingerprint (with or without ':'), ask nothing", 0},
    {"sni", OPT_SNI, "NAME", 0, "the server's name to ask for (default: HOST, unless it is an address)", 0},
    {"role", OPT_ROLE, "ROLE", 0, "role in trust lists, as for upload", 0},
    {"node", 'n', "NODE", 0, "for this node only (default: the whole cluster)", 0},
    {"force", 'f', NULL, 0, "take it when it has expired, too", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct fetch_args *a = state->input;

    switch (key) {
    case OPT_FINGERPRINT:
        cli_fingerprint_parse(arg, state, &a->fingerprint);
        return 0;
    case OPT_SNI:
        a->sni = arg;
        return 0;
    case OPT_ROLE:
        if (!role_parse(arg, &a->role))
            argp_error(state, "--role %s: sast, ccm, ccm-tftp, tftp, capf, app-server, tvs or 0 to 65535", arg);
        a->has_role = true;
        return 0;
    case 'n':
        a->node = arg;
        return 0;
    case 'f':
        a->force = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->store == NULL)
            a->store = arg;
        else if (a->target == NULL)
            a->target = arg;
        else
            argp_error(state, "one HOST:PORT at a time: %s", arg);
        return 0;
    case ARGP_KEY_END:
        if (a->target == NULL)
            argp_error(state, a->store == NULL ? "into which STORE?" : "from which HOST:PORT?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "STORE HOST:PORT",
    .doc = "Take the certificate that a live TLS server shows into a trust store. It is shown, and taken when you say "
           "yes, or when it has the fingerprint that you name.\v"
           "Whoever sits between you and the server can show his own: compare the fingerprint with what the server's "
           "administrator reads to you. Exit status 1 when it is another one, or not taken.",
};

/* A name to ask for: the host's, when it is one. */
static const char *server_name(const struct fetch_args *a, const struct tlsconn_target *target)
{
    unsigned char address[16];

    if (a->sni != NULL)
        return a->sni;
    if (inet_pton(AF_INET, target->host, address) == 1 || inet_pton(AF_INET6, target->host, address) == 1)
        return NULL;
    return target->host;
}

/* The server's own certificate: the first of what it shows. */
static enum vox_err take(const struct fetch_args *a, struct cert **out, struct vox_error *err)
{
    /* Nothing is believed yet, so old versions do no harm: what needs its certificate may be an old machine. */
    const struct tlsctx_client_params ctx_params = {.policy = tlspolicy_legacy()};
    struct tlsconn_target target;
    struct tlsconn *conn = NULL;
    struct cert **chain = NULL;
    SSL_CTX *ctx = NULL;
    size_t n = 0;
    enum vox_err code;

    if ((code = tlsconn_target_parse(a->target, 0, &target, err)) != VOX_OK ||
        (code = tlsctx_client(&ctx_params, &ctx, err)) != VOX_OK)
        return code;
    if (SSL_CTX_set_cipher_list(ctx, "ALL:!aNULL:@SECLEVEL=0") <= 0) { /* and whatever it speaks */
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "no TLS ciphers");
        goto out;
    }
    const struct tlsconn_params p = {
        .target = &target, .ctx = ctx, .sni = server_name(a, &target), .timeout_ms = TIMEOUT_MS};

    if ((code = tlsconn_open(&p, &conn, err)) == VOX_OK &&
        (code = tlsconn_peer_chain(conn, &chain, &n, err)) == VOX_OK) {
        if (n > 0)
            *out = cert_ref(chain[0]);
        else
            code = vox_fail(err, VOX_E_INPUT, "the server shows no certificate");
    }
out:
    for (size_t i = 0; i < n; i++)
        cert_free(&chain[i]);
    free(chain);
    tlsconn_close(&conn);
    SSL_CTX_free(ctx);
    return code;
}

/* Or by a person. */
static enum vox_err ask(const struct cli_common *common, const struct fetch_args *a, const struct cert *cert,
                        const char *place, struct vox_error *err)
{
    char hex[CERT_FINGERPRINT_MAX];

    if (a->fingerprint.given || cli_confirm(common, "Trust it in %s? Compare the fingerprint first.", place))
        return VOX_OK;
    cert_fingerprint(cert, hex);
    return vox_fail(err, VOX_E_NO,
                    "nothing was taken. Without a terminal to ask on: --fingerprint HEX, once you know from the "
                    "server's administrator that it is %s",
                    hex);
}

static enum vox_err record(struct store *s, const struct admit *in, const char *target, struct vox_error *err)
{
    char what[500], ids[VIEW_ID_MAX];
    enum vox_err code;

    admit_ids(in, ids, sizeof ids);
    (void)snprintf(what, sizeof what, "voxcert fetch %s%s%.64s %.270s (%s)", in->p.place,
                   in->p.node[0] != '\0' ? " " : "", in->p.node, target, ids);
    if ((code = store_begin(s, err)) != VOX_OK)
        return code;
    if ((code = admit_store(s, in, err)) != VOX_OK || (code = audit_append(s, what, "done", err)) != VOX_OK ||
        (code = store_commit(s, err)) != VOX_OK)
        store_rollback(s);
    return code;
}

static int tell(const struct cli_common *common, const struct admit *in, json_t *doc)
{
    char where[VIEW_PLACE_MAX];

    if (common->json) {
        (void)json_object_set_new(doc, "place", json_string(in->p.place));
        (void)json_object_set_new(doc, "node", json_string(in->p.node));
        return cli_json_print(json_incref(doc));
    }
    view_where(in->p.place, in->p.node, where);
    cli_say(common, "%s: taken", where);
    if (in->p.role != ROLE_NONE)
        cli_say(common, "Trust lists are to hold it: voxlist publish ctl --to DIR, voxlist publish itl --to DIR");
    return EXIT_DONE;
}

static int fetch(const struct cli_common *common, const struct fetch_args *a, struct store *s, struct admit *in)
{
    struct cert *cert = NULL;
    char near[VOX_ERROR_TEXT_MAX];
    struct vox_error err;
    json_t *doc = NULL;
    int status;

    if (take(a, &cert, &err) != VOX_OK)
        return cli_report(common, err.code == VOX_E_USAGE ? NULL : a->target, &err); /* that one quotes it */
    doc = view_cert_json(cert, in->p.now);
    if (!common->json && !common->quiet) {
        printf("%s shows\n", a->target);
        view_print(doc, stdout);
    }
    /* What cannot be taken is not asked about. */
    if (cli_fingerprint_match(&a->fingerprint, "the server", cert, &err) != VOX_OK ||
        admit_cert(in, cert, near, sizeof near, &err) != VOX_OK) {
        status = cli_report(common, a->target, &err);
        goto out;
    }
    if (near[0] != '\0')
        cli_warn(common, a->target, "%s", near);
    if (ask(common, a, cert, in->p.place, &err) != VOX_OK || record(s, in, a->target, &err) != VOX_OK)
        status = cli_report(common, a->target, &err);
    else {
        status = tell(common, in, doc);
        after_change(common, s, "trusted", in->p.place, in->p.node);
    }
out:
    json_decref(doc);
    cert_free(&cert);
    return status;
}

int voxcert_fetch(struct cli_common *common, int argc, char **argv)
{
    struct fetch_args a = {0};
    struct admit_params p = {.may_force = true, .now = clock_now()};
    struct admit in = {0};
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if ((p.place = admit_store_name(a.store, &err)) == NULL)
        return cli_report(common, NULL, &err);
    p.node = a.node != NULL ? a.node : "";
    p.role = a.has_role ? a.role : trust_store_default_role(p.place);
    p.force = a.force;
    if (cli_store_open(common, &s, &err) != VOX_OK ||
        (p.node[0] != '\0' && owner_node_known(s, p.node, &err) != VOX_OK) || admit_open(s, &p, &in, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = fetch(common, &a, s, &in);
    admit_free(&in);
    store_close(&s);
    return status;
}
