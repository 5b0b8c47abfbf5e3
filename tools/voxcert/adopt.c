#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/answer.h>
#include <cluster/naming.h>
#include <cluster/view.h>
#include <cluster/wanted.h>
#include <libcert/audit.h>
#include <libcert/certcheck.h>
#include <libcert/clock.h>
#include <libcert/file.h>
#include <libcert/limits.h>
#include <libcert/token.h>

#include "voxcert.h"

enum { OPT_PASSWORD_FILE = 0x100 };

struct adopt_args {
    const char *service, *file, *node, *key, *password_file;
};

static const struct argp_option options[] = {
    {"node", 'n', "NODE", 0, "the node it is for (not needed when the cluster has one)", 0},
    {"key", 'k', "KEYSOURCE", 0, "its private key: a file, or the URI of a key on a token (default: in FILE, too)", 0},
    {"password-file", OPT_PASSWORD_FILE, "FILE", 0, "password of the key (-: standard input)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct adopt_args *a = state->input;

    switch (key) {
    case 'n':
        a->node = arg;
        return 0;
    case 'k':
        a->key = arg;
        return 0;
    case OPT_PASSWORD_FILE:
        a->password_file = arg;
        return 0;
    default:
        return service_file_parse(key, arg, state, &a->service, &a->file);
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "SERVICE FILE",
    .doc = "Take over a certificate that phones know already, with its private key: of a cluster that was run by other "
           "means until now. PEM, DER, PKCS#7 or PKCS#12, with its chain in any order; the issuers go to the service's "
           "trust store. The key is copied into the cluster's folder of keys.\v"
           "Only where the service has no certificate yet; 'voxrotate' replaces one that is there.",
};

/* All that is taken over. */
struct adoption {
    struct owner owner;
    struct answer from; /* the bundle, the leaf first, and the issuers */
    EVP_PKEY *key;
    char *key_source; /* below store_key_dir(), or a URI */
    char *key_path;   /* the file; NULL: on a token */
};

static void adoption_free(struct adoption *in)
{
    answer_free(&in->from);
    owner_free(&in->owner);
    EVP_PKEY_free(in->key);
    free(in->key_source);
    free(in->key_path);
}

static enum vox_err read_file(const struct adopt_args *a, const struct password_source *pass, struct adoption *in,
                              struct vox_error *err)
{
    struct bytes file;
    enum vox_err code = cli_read(a->file, LIMIT_BUNDLE_FILE, &file, err);

    if (code != VOX_OK)
        return code;
    code = bundle_read(file.data, file.len, a->file, pass, &in->from.bundle, err);
    if (code == VOX_OK && a->key == NULL)
        code = in->from.bundle.has_private_key
                   ? key_from_bytes(file.data, file.len, a->file, pass, &in->key, err)
                   : vox_fail(err, VOX_E_USAGE, "no private key stands in it: --key=KEYSOURCE says where it is");
    bytes_wipe(&file);
    return code;
}

static enum vox_err check_leaf(const struct adoption *in, int64_t now, struct vox_error *err)
{
    const struct cert *leaf = in->from.bundle.certs[0];
    const struct key_spec spec = wanted_spec_of(in->key);
    char until[CLOCK_RFC3339_MAX];
    enum vox_err code;

    if (!cert_key_matches(leaf, in->key))
        return vox_fail(err, VOX_E_INPUT, "no certificate in it is for this key");
    if (now > cert_not_after(leaf)) {
        clock_format(cert_not_after(leaf), until);
        return vox_fail(err, VOX_E_INPUT, "expired, it ended on %s", until);
    }
    if ((code = weakkey_check_cert(leaf, err)) != VOX_OK)
        return code;
    code = wanted_suits(in->owner.service, &spec, err);
    if (code == VOX_E_USAGE) { /* no option is wrong: the key is */
        char what[64];

        cert_key_text(leaf, what, sizeof what);
        code = vox_fail(err, VOX_E_INPUT, "it has a key that phones do not take from %s: %s",
                        service_name(in->owner.service), what);
    }
    return code;
}

/* Where the key will be. */
static enum vox_err place_key(struct store *s, const struct adopt_args *a, struct adoption *in, struct vox_error *err)
{
    enum vox_err code;

    if (a->key != NULL && token_uri_is(a->key)) {
        in->key_source = strdup(a->key);
        return in->key_source != NULL ? VOX_OK : vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    if ((code = naming_key_file(&in->owner, &in->key_source, err)) != VOX_OK)
        return code;
    if (asprintf(&in->key_path, "%s/%s", store_key_dir(s), in->key_source) < 0) {
        in->key_path = NULL;
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    return VOX_OK;
}

static enum vox_err none_there(struct store *s, const struct owner *o, struct vox_error *err)
{
    struct store_binding *active;
    char what[VIEW_PLACE_MAX], name[300];
    size_t n;
    enum vox_err code = owner_active(s, o, &active, &n, err);

    if (code != VOX_OK)
        return code;
    if (n > 0) {
        owner_text(o, what, sizeof what);
        view_name(active[0].cert, name, sizeof name);
        code =
            vox_fail(err, VOX_E_EXISTS, "%s has a certificate already: %s. 'voxrotate plan %s' tells how to replace it",
                     what, name, o->place);
    }
    store_bindings_free(&active, n);
    return code;
}

/* Binding, issuers and audit entry in one transaction. */
static enum vox_err record(struct store *s, struct adoption *in, int64_t now, struct vox_error *err)
{
    struct store_binding b = {.cert = in->from.bundle.certs[0], .role = ROLE_NONE, .state = BIND_ACTIVE};
    char what[256], id[VIEW_ID_MAX];
    enum vox_err code = store_begin(s, err);

    if (code != VOX_OK)
        return code;
    b.place = (char *)(uintptr_t)in->owner.place; /* only read */
    b.node = (char *)(uintptr_t)owner_node(&in->owner);
    b.key_source = in->key_source;
    view_id(b.cert, id);
    (void)snprintf(what, sizeof what, "voxcert adopt %s%s%.64s (%s)", b.place, b.node[0] != '\0' ? " " : "", b.node,
                   id);
    if ((code = none_there(s, &in->owner, err)) == VOX_OK &&
        (code = owner_not_rotating(s, &in->owner, err)) == VOX_OK &&
        (code = answer_issuers(s, &in->owner, now, &in->from, err)) == VOX_OK &&
        (code = store_binding_add(s, &b, err)) == VOX_OK && (code = admit_store(s, &in->from.issuers, err)) == VOX_OK &&
        (code = audit_append(s, what, "done", err)) == VOX_OK)
        code = store_commit(s, err);
    free(b.id);
    free(b.added);
    if (code != VOX_OK)
        store_rollback(s);
    return code;
}

static enum vox_err take(struct store *s, struct adoption *in, int64_t now, struct vox_error *err)
{
    enum vox_err code = none_there(s, &in->owner, err); /* before a key is written */

    if (code == VOX_OK && in->key_path != NULL && (code = key_store_file(in->key_path, in->key, err)) != VOX_OK)
        (void)vox_error_prefix(err, "%s", in->key_path);
    if (code != VOX_OK)
        return code;
    if ((code = record(s, in, now, err)) != VOX_OK && in->key_path != NULL)
        (void)file_remove(in->key_path, NULL); /* what went wrong before is what counts */
    return code;
}

static int tell(const struct cli_common *common, const struct adopt_args *a, const struct adoption *in, int64_t now)
{
    const struct cert *leaf = in->from.bundle.certs[0];
    char what[VIEW_PLACE_MAX], name[300], fingerprint[CERT_FINGERPRINT_MAX];

    if (common->json) {
        json_t *doc = view_cert_json(leaf, now), *issuers = json_array();

        for (size_t i = 0; i < in->from.issuers.n; i++)
            (void)json_array_append_new(issuers, view_cert_json(in->from.issuers.certs[i], now));
        (void)json_object_set_new(doc, "place", json_string(in->owner.place));
        (void)json_object_set_new(doc, "node", json_string(owner_node(&in->owner)));
        (void)json_object_set_new(doc, "key_file", json_string(in->key_source));
        (void)json_object_set_new(doc, "issuers", issuers);
        return cli_json_print(doc);
    }
    owner_text(&in->owner, what, sizeof what);
    view_name(leaf, name, sizeof name);
    cert_fingerprint(leaf, fingerprint);
    cli_say(common, "%s: took over %s", what, name);
    cli_say(common, "  SHA-256      %s\n  private key  %s", fingerprint,
            in->key_path != NULL ? in->key_path : in->key_source);
    for (size_t i = 0; i < in->from.issuers.n; i++) {
        view_subject(in->from.issuers.certs[i], name, sizeof name);
        cli_say(common, "%s: %s", in->from.issuers.p.place, name);
    }
    if (in->key_path != NULL)
        cli_say(common, "%s holds the key, too: remove it when nothing else needs it.",
                a->key != NULL ? a->key : a->file);
    return EXIT_DONE;
}

int voxcert_adopt(struct cli_common *common, int argc, char **argv)
{
    struct adopt_args a = {0};
    struct adoption in = {.key = NULL};
    struct password_source pass;
    const int64_t now = clock_now();
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    pass = cli_password(common, a.password_file);
    if (cli_store_open(common, &s, &err) != VOX_OK || owner_find(s, a.service, a.node, &in.owner, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else if (a.key != NULL && ((token_uri_is(a.key) && wanted_uri_check(a.key, &err) != VOX_OK) ||
                                 cli_key_open(common, a.key, a.password_file, &in.key, &err) != VOX_OK)) {
        status = cli_report(common, a.key, &err);
    } else if (read_file(&a, &pass, &in, &err) != VOX_OK ||
               bundle_sort_chain(&in.from.bundle, in.key, &err) != VOX_OK || check_leaf(&in, now, &err) != VOX_OK ||
               place_key(s, &a, &in, &err) != VOX_OK) {
        status = cli_report(common, a.file, &err);
    } else if (take(s, &in, now, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else {
        warn_findings(common, s, in.from.bundle.certs[0], in.owner.service, now);
        status = tell(common, &a, &in, now);
        after_change(common, s, "installed", in.owner.place, owner_node(&in.owner));
    }
    adoption_free(&in);
    store_close(&s);
    return status;
}
