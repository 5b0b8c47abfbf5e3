#include <stdio.h>
#include <string.h>

#include <openssl/x509v3.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/carequests.h>

#include "voxcapf.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    const char **id = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num > 1)
            argp_error(state, "one ID, of the CA's certificate in CAPF-trust");
        id[state->arg_num] = arg;
        return 0;
    case ARGP_KEY_END:
        if (id[0] != NULL && strcmp(id[0], "here") != 0 && strcmp(id[0], "offline") != 0)
            argp_error(state, "'%s': here, or offline ID", id[0]);
        if (id[0] != NULL && (strcmp(id[0], "offline") == 0) != (id[1] != NULL))
            argp_error(state, id[1] != NULL
                                  ? "here takes no ID"
                                  : "offline needs the ID of the CA's certificate: 'voxcert list CAPF-trust'");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "[here|offline ID]",
    .doc =
        "Show or say who issues phones' certificates: CAPF itself (here), or a CA that is elsewhere, whose certificate "
        "stands in CAPF-trust. ID: any unique beginning of its SHA-256 fingerprint. voxcapfd follows at once.",
};

static enum vox_err find(struct store *s, const char *id, char *fingerprint, struct vox_error *err)
{
    const struct store_binding_filter f = {.place = "CAPF-trust", .fingerprint_prefix = id, .state = -1, .live = true};
    struct store_binding *list = NULL;
    size_t n = 0;
    enum vox_err code;

    if (id[0] == '\0' || strspn(id, "0123456789abcdef") != strlen(id))
        return vox_fail(err, VOX_E_USAGE, "'%s' is no ID: the beginning of a SHA-256 fingerprint, in lower case", id);
    if ((code = store_bindings(s, &f, &list, &n, err)) != VOX_OK)
        return code;
    if (n == 0)
        code = vox_fail(err, VOX_E_INPUT, "CAPF-trust has no certificate %s: voxcert upload CAPF-trust FILE", id);
    else if (n > 1)
        code = vox_fail(err, VOX_E_INPUT, "%zu certificates of CAPF-trust begin with %s: give more digits", n, id);
    else if (list[0].cert == NULL || cert_x509(list[0].cert) == NULL || X509_check_ca(cert_x509(list[0].cert)) <= 0)
        code = vox_fail(err, VOX_E_INPUT, "that certificate is no CA's");
    else
        cert_fingerprint(list[0].cert, fingerprint);
    store_bindings_free(&list, n);
    return code;
}

static enum vox_err change(struct store *s, const char *const *words, struct vox_error *err)
{
    char fingerprint[CERT_FINGERPRINT_MAX] = "", what[128];
    enum vox_err code = store_begin(s, err);

    if (code == VOX_OK && words[1] != NULL)
        code = find(s, words[1], fingerprint, err);
    if (code == VOX_OK)
        code = ca_offline_set(s, words[1] != NULL ? fingerprint : NULL, err);
    (void)snprintf(what, sizeof what, "voxcapf ca mode %s%s%s", words[0], words[1] != NULL ? " " : "", fingerprint);
    if (code == VOX_OK)
        code = audit_append(s, what, "done", err);
    if (code == VOX_OK)
        code = store_commit(s, err);
    store_rollback(s);
    return code;
}

static bool count(void *arg, const struct ca_request *r)
{
    (void)r;
    ++*(size_t *)arg;
    return true;
}

static int show(const struct cli_common *common, struct store *s)
{
    struct ca_issuers known = {.n = 0};
    struct vox_error err;
    size_t waiting = 0;
    bool offline;

    if (ca_offline(s, &offline, &err) != VOX_OK || ca_offline_issuers(s, &known, &err) != VOX_OK ||
        ca_requests_open(s, count, &waiting, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    if (common->json)
        return cli_json_print(json_pack("{s:s, s:s*, s:I}", "mode", offline ? "offline" : "here", "issuer",
                                        offline ? known.fingerprint[0] : NULL, "waiting", (json_int_t)waiting));
    if (offline)
        cli_say(common, "offline: the CA with certificate %s issues; %zu phone%s wait%s for it", known.fingerprint[0],
                waiting, waiting == 1 ? "" : "s", waiting == 1 ? "s" : "");
    else
        cli_say(common, "here: CAPF issues%s", waiting > 0 ? "; phones that wait for the CA elsewhere come again" : "");
    return EXIT_DONE;
}

int voxcapf_ca_mode(struct cli_common *common, int argc, char **argv)
{
    const char *words[2] = {NULL, NULL};
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, words);
    if (cli_store_open(common, &s, &err) != VOX_OK || (words[0] != NULL && change(s, words, &err) != VOX_OK))
        status = cli_report(common, NULL, &err);
    else
        status = show(common, s);
    store_close(&s);
    return status;
}
