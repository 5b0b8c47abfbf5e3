#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/admit.h>
#include <cluster/anchors.h>
#include <cluster/view.h>
#include <libcert/audit.h>
#include <libcert/bundle.h>
#include <libcert/certbuild.h>
#include <libcert/certcheck.h>
#include <libcert/clock.h>
#include <libcert/key.h>
#include <libcert/token.h>
#include <libcert/limits.h>

#include <cluster/naming.h>
#include <cluster/owner.h>
#include "voxcert.h"

struct install_args {
    const char *service, *file, *node;
};

static const struct argp_option options[] = {
    {"node", 'n', "NODE", 0, "the node it is for (not needed when the cluster has one)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct install_args *a = state->input;

    switch (key) {
    case 'n':
        a->node = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->service == NULL)
            a->service = arg;
        else if (a->file == NULL)
            a->file = arg;
        else
            argp_error(state, "one FILE: %s (the chain belongs into the same file)", arg);
        return 0;
    case ARGP_KEY_END:
        if (a->file == NULL)
            argp_error(state, a->service == NULL ? "which SERVICE?" : "which FILE?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "SERVICE FILE",
    .doc =
        "Install the CA's answer to a request of 'voxcert csr': PEM, DER or PKCS#7, with its chain in any order. The "
        "issuers go to the service's trust store, the old certificate is retired.",
};

/* All that an installation is about. */
struct install {
    struct owner owner;
    struct bundle bundle;           /* after match(): the leaf first, then its issuers */
    struct store_binding *bindings; /* live ones of the service */
    size_t nbindings;
    const struct store_binding *pending;
    struct admit issuers; /* those that the trust store lacks */
    size_t retired;
};

static void install_free(struct install *in)
{
    admit_free(&in->issuers);
    store_bindings_free(&in->bindings, in->nbindings);
    bundle_free(&in->bundle);
    owner_free(&in->owner);
}

static enum vox_err read_answer(const char *path, struct bundle *out, struct vox_error *err)
{
    struct bytes file;
    enum vox_err code = cli_read(path, LIMIT_BUNDLE_FILE, &file, err);

    if (code != VOX_OK)
        return code;
    code = bundle_read(file.data, file.len, path, NULL, out, err);
    bytes_wipe(&file); /* a key may stand in it */
    if (code == VOX_OK && out->has_private_key) {
        bundle_free(out);
        code =
            vox_fail(err, VOX_E_INPUT,
                     "a private key stands in it: a CA's answer has none, and the key of the request is here already");
    }
    return code;
}

static enum vox_err open_key(struct store *s, const struct store_binding *b, EVP_PKEY **out, struct vox_error *err)
{
    char path[PATH_MAX];
    enum vox_err code;

    if (token_uri_is(b->key_source)) {
        const struct password_source pass = cli_password(NULL, NULL);

        return key_open(b->key_source, &pass, out, err);
    }
    if (!naming_key_path(s, b->key_source, path, sizeof path))
        return vox_fail(err, VOX_E_IO, "the private key of the request is in no file: '%s'", b->key_source);
    if ((code = key_open_stored(path, out, err)) != VOX_OK)
        (void)vox_error_prefix(err, "%s", path);
    return code;
}

/* The request that waits for one of these certificates, by the public key; and the chain in order behind it. */
static enum vox_err match(struct store *s, struct install *in, struct vox_error *err)
{
    char what[VIEW_PLACE_MAX], first[300];
    size_t waiting = 0;

    for (size_t i = 0; i < in->nbindings; i++) {
        const struct store_binding *b = &in->bindings[i];
        EVP_PKEY *key = NULL;
        enum vox_err code;

        if (b->state != BIND_PENDING || b->cert != NULL)
            continue;
        waiting++;
        if ((code = open_key(s, b, &key, err)) != VOX_OK)
            return code;
        for (size_t j = 0; j < in->bundle.ncerts && in->pending == NULL; j++) {
            if (cert_key_matches(in->bundle.certs[j], key))
                in->pending = b;
        }
        code = in->pending != NULL ? bundle_sort_chain(&in->bundle, key, err) : VOX_OK;
        EVP_PKEY_free(key);
        if (code != VOX_OK || in->pending != NULL)
            return code;
    }
    owner_text(&in->owner, what, sizeof what);
    if (waiting == 0)
        return vox_fail(err, VOX_E_INPUT, "no request for %s waits for an answer: 'voxcert csr %s' makes one", what,
                        in->owner.place);
    view_subject(in->bundle.certs[0], first, sizeof first);
    return vox_fail(
        err, VOX_E_INPUT,
        "no certificate in it is for the key of the request for %s: it answers another or an older request. "
        "The first one is %s",
        what, first);
}

static enum vox_err check_leaf(const struct install *in, int64_t now, struct vox_error *err)
{
    const struct cert *leaf = in->bundle.certs[0];
    const struct bytes_view request = {(const uint8_t *)in->pending->request, strlen(in->pending->request)};
    char subject[300], until[CLOCK_RFC3339_MAX];
    enum vox_err code;

    view_subject(leaf, subject, sizeof subject);
    if (now > cert_not_after(leaf)) {
        clock_format(cert_not_after(leaf), until);
        return vox_fail(err, VOX_E_INPUT, "%s: expired, it ended on %s", subject, until);
    }
    if ((code = weakkey_check_cert(leaf, err)) != VOX_OK ||
        (code = certbuild_answer_agrees(request, leaf, in->owner.service, err)) != VOX_OK)
        (void)vox_error_prefix(err, "%s", subject);
    return code;
}

/* The issuers, those left out that the trust store has. */
static enum vox_err check_issuers(struct store *s, struct install *in, int64_t now, struct vox_error *err)
{
    const struct admit_params p = {
        .place = anchors_trust_store(in->owner.service), .node = "", .role = ROLE_NONE, .now = now};
    char near[VOX_ERROR_TEXT_MAX];
    enum vox_err code;

    if (p.place == NULL)
        return VOX_OK;
    if ((code = admit_open(s, &p, &in->issuers, err)) != VOX_OK)
        return code;
    for (size_t i = 1; i < in->bundle.ncerts; i++) {
        code = admit_cert(&in->issuers, in->bundle.certs[i], near, sizeof near, err);
        if (code != VOX_OK && code != VOX_E_EXISTS)
            return code;
    }
    return VOX_OK;
}

/* Is the certificate usable as far as the cluster can see? Said, not refused: roots are often sent on another way. */
static void warn_findings(const struct cli_common *common, struct store *s, const struct install *in, int64_t now)
{
    struct certcheck_finding findings[CERTCHECK_MAX];
    struct anchors anchors;
    char id[VIEW_ID_MAX];
    size_t n;

    if (anchors_read(s, NULL, &anchors, NULL) != VOX_OK)
        return;
    const struct certcheck_params p = {.now = now,
                                       .warn_days = 30,
                                       .service = (int)in->owner.service,
                                       .trusted = anchors.certs,
                                       .ntrusted = anchors.n};

    certcheck(in->bundle.certs[0], &p, findings, &n);
    view_id(in->bundle.certs[0], id);
    for (size_t i = 0; i < n; i++)
        cli_warn(common, id, "%s [%s]", findings[i].text, findings[i].code);
    anchors_free(&anchors);
}

static enum vox_err record(struct store *s, struct install *in, struct vox_error *err)
{
    char what[256], id[VIEW_ID_MAX];
    enum vox_err code;

    view_id(in->bundle.certs[0], id);
    (void)snprintf(what, sizeof what, "voxcert install %s%s%.64s (%s)", in->owner.place,
                   in->owner.node != NULL ? " " : "", owner_node(&in->owner), id);
    if ((code = owner_not_rotating(s, &in->owner, err)) != VOX_OK)
        return code;
    for (size_t i = 0; i < in->nbindings; i++) {
        if (in->bindings[i].state != BIND_ACTIVE)
            continue;
        if ((code = store_binding_set_state(s, in->bindings[i].id, BIND_RETIRED, err)) != VOX_OK)
            return code;
        in->retired++;
    }
    if ((code = store_binding_set_cert(s, in->pending->id, in->bundle.certs[0], err)) != VOX_OK ||
        (code = store_binding_set_state(s, in->pending->id, BIND_ACTIVE, err)) != VOX_OK ||
        (code = admit_store(s, &in->issuers, err)) != VOX_OK || (code = audit_append(s, what, "done", err)) != VOX_OK)
        return code;
    return store_commit(s, err);
}

/* Under the write lock from the look at the requests to the commit: nobody answers one twice. */
static enum vox_err install(struct store *s, struct install *in, int64_t now, struct vox_error *err)
{
    const struct store_binding_filter f = {
        .place = in->owner.place, .node = owner_node(&in->owner), .state = -1, .live = true};
    enum vox_err code;

    if ((code = store_begin(s, err)) != VOX_OK)
        return code;
    if ((code = store_bindings(s, &f, &in->bindings, &in->nbindings, err)) != VOX_OK ||
        (code = match(s, in, err)) != VOX_OK || (code = check_leaf(in, now, err)) != VOX_OK ||
        (code = check_issuers(s, in, now, err)) != VOX_OK || (code = record(s, in, err)) != VOX_OK)
        store_rollback(s);
    return code;
}

static int tell(const struct cli_common *common, const struct install *in, int64_t now)
{
    char what[VIEW_PLACE_MAX], subject[300];

    if (common->json) {
        json_t *doc = view_cert_json(in->bundle.certs[0], now), *issuers = json_array();

        for (size_t i = 0; i < in->issuers.n; i++)
            (void)json_array_append_new(issuers, view_cert_json(in->issuers.certs[i], now));
        (void)json_object_set_new(doc, "place", json_string(in->owner.place));
        (void)json_object_set_new(doc, "node", json_string(owner_node(&in->owner)));
        (void)json_object_set_new(doc, "retired", json_integer((json_int_t)in->retired));
        (void)json_object_set_new(doc, "issuers", issuers);
        return cli_json_print(doc);
    }
    owner_text(&in->owner, what, sizeof what);
    view_subject(in->bundle.certs[0], subject, sizeof subject);
    cli_say(common, "%s: installed %s", what, subject);
    for (size_t i = 0; i < in->issuers.n; i++) {
        view_subject(in->issuers.certs[i], subject, sizeof subject);
        cli_say(common, "%s: %s", in->issuers.p.place, subject);
    }
    if (in->retired > 0)
        cli_say(common, "The old certificate is retired.");
    cli_say(common, "Next: voxlist publish ctl --to DIR, voxlist publish itl --to DIR; then restart the service");
    return EXIT_DONE;
}

int voxcert_install(struct cli_common *common, int argc, char **argv)
{
    struct install_args a = {0};
    struct install in = {0};
    int64_t now = clock_now();
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || owner_find(s, a.service, a.node, &in.owner, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else if (read_answer(a.file, &in.bundle, &err) != VOX_OK || install(s, &in, now, &err) != VOX_OK) {
        status = cli_report(common, a.file, &err);
    } else {
        warn_findings(common, s, &in, now);
        status = tell(common, &in, now);
        after_change(common, s, "installed", in.owner.place, owner_node(&in.owner));
    }
    install_free(&in);
    store_close(&s);
    return status;
}
