#include <string.h>
#include <unistd.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/anchors.h>
#include <cluster/view.h>
#include <libcert/bundle.h>
#include <libcert/clock.h>
#include <libcert/limits.h>

#include "pick.h"
#include "voxcert.h"

struct show_args {
    const char *what, *node, *password_file;
};

enum { OPT_PASSWORD_FILE = 0x100 };

static const struct argp_option options[] = {
    {"node", 'n', "NODE", 0, "with a service: the node whose certificate is meant", 0},
    {"password-file", OPT_PASSWORD_FILE, "FILE", 0, "password of a PKCS#12 file (-: standard input)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct show_args *a = state->input;

    switch (key) {
    case 'n':
        a->node = arg;
        return 0;
    case OPT_PASSWORD_FILE:
        a->password_file = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->what != NULL)
            argp_error(state, "one ID or FILE at a time: %s", arg);
        a->what = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which ID or FILE?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "ID|FILE",
    .doc = "Show a certificate: names, validity, key, fingerprints, usages, where it stands, and what is wrong with "
           "it.\v"
           "ID is a service or the beginning of a SHA-256 fingerprint. A FILE (PEM, DER, PKCS#7, PKCS#12; '-': "
           "standard input) needs no store; write ./FILE when its name could be an ID.",
};

/* Findings of c as the service that holds it, or as nobody's. */
static void add_findings(json_t *doc, const struct cert *c, int service, const struct anchors *anchors, int64_t now)
{
    const struct certcheck_params p = {
        .now = now, .warn_days = 30, .service = service, .trusted = anchors->certs, .ntrusted = anchors->n};
    struct certcheck_finding findings[CERTCHECK_MAX];
    size_t n, kept = 0;

    certcheck(c, &p, findings, &n);
    for (size_t i = 0; i < n; i++) {
        /* One certificate in a file has no issuer beside it: that is no fault of it. */
        if (strcmp(findings[i].code, "chain") != 0 || anchors->n > 1 || cert_self_issued(c))
            findings[kept++] = findings[i];
    }
    n = kept;
    (void)json_object_set_new(doc, "findings", view_findings_json(findings, n));
}

static int print(const struct cli_common *common, json_t *doc)
{
    if (common->json)
        return cli_json_print(doc);
    if (doc == NULL)
        return cli_json_print(NULL); /* says what is missing: memory */
    view_print(doc, stdout);
    json_decref(doc);
    return EXIT_DONE;
}

static int show_request(const struct cli_common *common, const struct store_binding *b)
{
    char place[VIEW_PLACE_MAX];

    if (common->json) {
        json_t *doc = view_binding_json(b);

        (void)json_object_set_new(doc, "request", json_string(b->request));
        return cli_json_print(doc);
    }
    view_place(b, place);
    cli_say(common, "%s: a request of %s waits for its certificate", place, b->added);
    printf("%s", b->request);
    return EXIT_DONE;
}

static int show_stored(const struct cli_common *common, struct store *s, const struct store_binding *list, size_t n)
{
    int64_t now = clock_now();
    struct anchors anchors;
    json_t *doc, *bound;
    struct vox_error err;
    enum service service;
    int holder = -1;

    if (list[0].cert == NULL)
        return show_request(common, &list[0]);
    if (anchors_read(s, NULL, &anchors, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    doc = view_cert_json(list[0].cert, now);
    bound = json_array();
    for (size_t i = 0; i < n; i++) {
        (void)json_array_append_new(bound, view_binding_json(&list[i]));
        if (service_parse(list[i].place, &service) && list[i].state != BIND_RETIRED)
            holder = (int)service;
    }
    (void)json_object_set_new(doc, "bound", bound);
    add_findings(doc, list[0].cert, holder, &anchors, now);
    anchors_free(&anchors);
    return print(common, doc);
}

/* Every certificate of a file; they are each other's issuers. */
static int show_file(struct cli_common *common, const struct show_args *a)
{
    const struct password_source pass = cli_password(common, a->password_file);
    int64_t now = clock_now();
    json_t *all = common->json ? json_array() : NULL;
    struct bundle bundle;
    struct bytes file;
    struct vox_error err;
    int status = EXIT_DONE;

    if (cli_read(a->what, LIMIT_BUNDLE_FILE, &file, &err) != VOX_OK) {
        json_decref(all);
        return cli_report(common, a->what, &err);
    }
    if (bundle_read(file.data, file.len, a->what, &pass, &bundle, &err) != VOX_OK) {
        bytes_wipe(&file);
        json_decref(all);
        return cli_report(common, a->what, &err);
    }
    bytes_wipe(&file); /* a key may stand beside the certificates */
    const struct anchors own = {.certs = bundle.certs, .n = bundle.ncerts};

    for (size_t i = 0; i < bundle.ncerts && status == EXIT_DONE; i++) {
        json_t *doc = view_cert_json(bundle.certs[i], now);

        add_findings(doc, bundle.certs[i], -1, &own, now);
        if (common->json) {
            (void)json_array_append_new(all, doc);
            continue;
        }
        if (bundle.ncerts > 1)
            printf("%sCertificate %zu of %zu\n", i > 0 ? "\n" : "", i + 1, bundle.ncerts);
        status = print(common, doc);
    }
    if (bundle.has_private_key)
        cli_warn(common, a->what, "a private key stands in it, too: keep it to yourself");
    if (common->json)
        status = cli_json_print(json_pack("{s:b, s:o}", "private_key", bundle.has_private_key, "certificates", all));
    bundle_free(&bundle);
    return status;
}

/* Is it meant as a file? What can be an ID is one, when the store knows it; the rest is a file. */
static bool is_file(const char *what)
{
    char prefix[CERT_FINGERPRINT_MAX];
    enum service service;

    if (strcmp(what, "-") == 0 || strchr(what, '/') != NULL)
        return true;
    if (service_parse(what, &service) || trust_store_parse(what) != NULL)
        return false;
    return !pick_fingerprint(what, prefix);
}

int voxcert_show(struct cli_common *common, int argc, char **argv)
{
    struct show_args a = {0};
    struct store_binding *list = NULL;
    struct store *s = NULL;
    struct vox_error err;
    enum vox_err code;
    size_t n = 0;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (is_file(a.what))
        return show_file(common, &a);
    if ((code = cli_store_open(common, &s, &err)) == VOX_OK)
        code = pick(s, a.what, a.node, &list, &n, &err);
    /* A file whose name is made of hex digits, which no certificate's fingerprint begins with. */
    if (n == 0 && (code == VOX_E_INPUT || code == VOX_E_NOT_FOUND) && access(a.what, F_OK) == 0)
        status = show_file(common, &a);
    else if (code != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = show_stored(common, s, list, n);
    store_bindings_free(&list, n);
    store_close(&s);
    return status;
}
