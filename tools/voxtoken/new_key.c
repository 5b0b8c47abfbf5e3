#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/bundle.h>
#include <libcert/certbuild.h>
#include <libcert/clock.h>
#include <libcert/name.h>

#include "voxtoken.h"

struct new_args {
    struct reach reach;
    const char *key, *label, *subject, *output;
    int days;
};

enum { OPTION_KEY = 'k', OPTION_LABEL = 'L', OPTION_SUBJECT = 's', OPTION_DAYS = 'd', OPTION_OUTPUT = 'o' };
enum { DAYS_MAX = 36500 };

static const struct argp_option options[] = {
    {"key", OPTION_KEY, "KIND", 0, "rsa:2048 (default) or ec:P-256 and the like; phones take lists of RSA signers only",
     0},
    {"label", OPTION_LABEL, "TEXT", 0, "label of key and certificate (default: SAST)", 0},
    {"subject", OPTION_SUBJECT, "DN", 0, "name in the certificate (default: CN=SAST-SERIALNUMBER)", 0},
    {"days", OPTION_DAYS, "N", 0, "how long the certificate is valid (default: 7300, 20 years)", 0},
    {"output", OPTION_OUTPUT, "FILE", 0, "write the certificate as PEM as well", 0},
    REACH_OPTION_PIN,
    REACH_OPTION_MODULE,
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct new_args *a = state->input;
    char *end;
    long days;

    switch (key) {
    case OPTION_KEY:
        a->key = arg;
        return 0;
    case OPTION_LABEL:
        a->label = arg;
        return 0;
    case OPTION_SUBJECT:
        a->subject = arg;
        return 0;
    case OPTION_DAYS:
        days = strtol(arg, &end, 10);
        if (*end != '\0' || end == arg || days < 1 || days > DAYS_MAX)
            argp_error(state, "--days %s: a number from 1 to %d", arg, DAYS_MAX);
        a->days = (int)days;
        return 0;
    case OPTION_OUTPUT:
        a->output = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->reach.uri == NULL)
            argp_error(state, "on which token? A URI as 'voxtoken list --json' has it");
        return 0;
    default:
        return reach_parse(key, arg, state, &a->reach);
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "URI",
    .doc = "Make a key on a token, which never leaves it, and a self-signed certificate beside it: a signer of trust "
           "lists "
           "(System Administrator Security Token).\v"
           "The certificate goes into the CTL with role SAST: voxlist build ctl --sast FILE --signer URI. Phones need "
           "two such "
           "tokens in their list, so that the loss of one does not lock everybody out.",
};

/* The certificate, signed by the key itself and verified, on the token and in *out. */
static enum vox_err certify(struct reached *t, const struct new_signer *what, const struct token_object *key,
                            struct cert **out, struct vox_error *err)
{
    struct certbuild_params p = {.service = SERVICE_ITLRECOVERY, .not_before = clock_now(), .days = what->days};
    char subject[2 * TOKEN_TEXT_MAX];
    X509_NAME *name = NULL;
    enum vox_err code;

    (void)snprintf(subject, sizeof subject, "CN=SAST-%s", t->info.serial);
    if ((code = name_parse(what->subject != NULL ? what->subject : subject, &name, err)) == VOX_OK &&
        (code = token_key_evp(t->agent, t->index, key, &t->pass, &p.key, err)) == VOX_OK) {
        p.subject = name;
        if ((code = certbuild_self_signed(&p, out, err)) == VOX_OK)
            code = token_put_certificate(t->agent, t->index, key, what->label, cert_der(*out), err);
    }
    EVP_PKEY_free(p.key);
    X509_NAME_free(name);
    return code;
}

enum vox_err new_signer(struct reached *t, const struct new_signer *what, struct token_object *key, struct cert **out,
                        struct vox_error *err)
{
    enum vox_err code = token_new_key(t->agent, t->index, what->spec, what->label, key, err);

    return code == VOX_OK ? certify(t, what, key, out, err) : code;
}

static int tell(const struct cli_common *common, const struct reached *t, const struct token_object *key,
                const struct cert *c)
{
    char uri[TOKEN_URI_MAX], fingerprint[CERT_FINGERPRINT_MAX], until[CLOCK_RFC3339_MAX];

    token_uri_text(&t->info, key, uri);
    cert_fingerprint(c, fingerprint);
    clock_format(cert_not_after(c), until);
    if (common->json)
        return cli_json_print(json_pack("{s:s, s:s, s:s}", "uri", uri, "fingerprint", fingerprint, "not_after", until));
    cli_say(common, "%s\n  certificate  %s\n  until        %s", uri, fingerprint, until);
    return EXIT_DONE;
}

static enum vox_err write_pem(struct cert *c, const char *path, struct vox_error *err)
{
    struct bytes pem;
    enum vox_err code = bundle_write_pem(&c, 1, true, &pem, err);

    if (code == VOX_OK) {
        code = cli_write(path, pem.data, pem.len, 0644, err);
        bytes_free(&pem);
    }
    return code;
}

int voxtoken_new_key(struct cli_common *common, int argc, char **argv)
{
    struct new_args a = {.key = "rsa:2048", .label = "SAST", .days = certbuild_default_days(SERVICE_ITLRECOVERY)};
    struct token_object *key = calloc(1, sizeof *key);
    struct reached t = {0};
    struct cert *c = NULL;
    struct key_spec spec;
    struct vox_error err;
    enum vox_err code;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (key == NULL)
        code = vox_fail(&err, VOX_E_MEMORY, "no memory");
    else if ((code = key_spec_parse(a.key, &spec, &err)) == VOX_OK &&
             (code = reach_token(common, &a.reach, &t, &err)) == VOX_OK &&
             (code = token_login(t.agent, t.index, t.uri, &t.pass, &err)) == VOX_OK) {
        if (spec.type == KEY_EC)
            cli_warn(common, NULL, "phones refuse lists that an EC key signed; this one is good for other things");
        const struct new_signer what = {&spec, a.label, a.subject, a.days};

        if ((code = new_signer(&t, &what, key, &c, &err)) == VOX_OK && a.output != NULL)
            code = write_pem(c, a.output, &err);
    }
    status = code == VOX_OK ? tell(common, &t, key, c) : cli_report(common, NULL, &err);
    cert_free(&c);
    reached_free(&t);
    free(key);
    return status;
}
