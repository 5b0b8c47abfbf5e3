#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/clock.h>

#include <endpoint/enroll.h>
#include "view.h"
#include "voxcapf.h"

enum {
    OPT_DEVICE = 0x100,
    OPT_TRUST,
    OPT_ISSUER,
    OPT_STRING_FILE,
    OPT_NULL,
    OPT_PROOF,
    OPT_KIND,
    OPT_SUDI,
    OPT_KEY,
    OPT_CERTIFICATE,
    OPT_PROTOCOL,
    OPT_IN_PROGRESS,
    OPT_TLS_MIN,
    OPT_TIMEOUT,
};

static const struct argp_option options[] = {
    {"device", OPT_DEVICE, "NAME", 0, "the device's name, as SEP001122334455", 0},
    {"trust", OPT_TRUST, "FILE", 0, "whom to believe: the server's certificate, a bundle of CAs, or a CTL or ITL", 0},
    {"issuer", OPT_ISSUER, "FILE", 0, "who issues, when that is not the server's own certificate", 0},
    {"string-file", OPT_STRING_FILE, "FILE", 0, "prove it with the authentication string in FILE (-: standard input)",
     0},
    {"null", OPT_NULL, NULL, 0, "prove nothing", 0},
    {"proof", OPT_PROOF, "PEM", 0, "prove it with a certificate: a file with that and its key", 0},
    {"kind", OPT_KIND, "lsc|mic", 0, "what the certificate of --proof is (default lsc)", 0},
    {"sudi", OPT_SUDI, "PEM", 0, "with --proof, also show this certificate (RSA) as SUDI", 0},
    {"output", 'o', "FILE", 0, "the phone's certificate and key, both in one file (default NAME.pem)", 0},
    {"certificate", OPT_CERTIFICATE, "FILE", 0,
     "the certificate that the phone has, for fetch and delete (default: as -o)", 0},
    {"key", 'k', "KIND", 0, "the key to make when the server orders none: rsa:BITS or ec:CURVE (default rsa:2048)", 0},
    {"protocol", OPT_PROTOCOL, "2|3", 0, "version of CAPF to speak: 3 as phones do (default), 2 as softphones do", 0},
    {"in-progress", OPT_IN_PROGRESS, "N", 0, "say N times that the key is being made (default: when it takes long)", 0},
    {"tls-min", OPT_TLS_MIN, "VERSION", 0, "oldest TLS to speak: 1.0, 1.1, 1.2 (default) or 1.3", 0},
    {"timeout", OPT_TIMEOUT, "SECONDS", 0, "for connecting and for each answer (default 30)", 0},
    {0},
};

static unsigned number(const char *arg, unsigned least, unsigned most, const char *option, struct argp_state *state)
{
    char *end;
    unsigned long n = strtoul(arg, &end, 10);

    if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || n < least || n > most)
        argp_error(state, "--%s %s: %u to %u", option, arg, least, most);
    return (unsigned)n;
}

static void check(const struct enroll_args *a, struct argp_state *state)
{
    struct vox_error err;

    if (a->target == NULL)
        argp_error(state, "which HOST[:PORT]?");
    if (a->device == NULL)
        argp_error(state, "which device? --device NAME");
    if (phone_name_check(a->device, &err) != VOX_OK)
        argp_error(state, "--device: %s", err.text);
    if (a->trust == NULL)
        argp_error(state, "whom to believe? --trust FILE: the server's certificate, CAs, or a CTL or ITL");
    if ((a->string_file != NULL) + a->null_string + (a->proof != NULL) != 1)
        argp_error(state, "how does the device prove who it is? One of --string-file, --proof and --null");
    if (a->sudi != NULL && a->proof == NULL)
        argp_error(state, "--sudi goes with --proof");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct enroll_args *a = state->input;
    struct vox_error err;

    switch (key) {
    case OPT_DEVICE:
        a->device = arg;
        return 0;
    case OPT_TRUST:
        a->trust = arg;
        return 0;
    case OPT_ISSUER:
        a->issuer = arg;
        return 0;
    case OPT_STRING_FILE:
        a->string_file = arg;
        return 0;
    case OPT_NULL:
        a->null_string = true;
        return 0;
    case OPT_PROOF:
        a->proof = arg;
        return 0;
    case OPT_KIND:
        if (strcmp(arg, "lsc") != 0 && strcmp(arg, "mic") != 0)
            argp_error(state, "--kind %s: lsc or mic", arg);
        a->kind = arg[0] == 'l' ? CAPF_LSC : CAPF_MIC;
        return 0;
    case OPT_SUDI:
        a->sudi = arg;
        return 0;
    case 'o':
        a->output = arg;
        return 0;
    case OPT_CERTIFICATE:
        a->certificate = arg;
        return 0;
    case 'k':
        if (key_spec_parse(arg, &a->key, &err) != VOX_OK)
            argp_error(state, "--key %s: %s", arg, err.text);
        return 0;
    case OPT_PROTOCOL:
        a->version = (int)number(arg, 2, 3, "protocol", state);
        return 0;
    case OPT_IN_PROGRESS:
        a->in_progress = (int)number(arg, 0, 1000, "in-progress", state);
        return 0;
    case OPT_TLS_MIN:
        a->tls_min = arg;
        return 0;
    case OPT_TIMEOUT:
        a->timeout_s = number(arg, 1, 3600, "timeout", state);
        return 0;
    case ARGP_KEY_ARG:
        if (a->target != NULL)
            argp_error(state, "unexpected: %s", arg);
        a->target = arg;
        return 0;
    case ARGP_KEY_END:
        check(a, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "HOST[:PORT]",
    .doc =
        "Do what a phone does: ask CAPF what is to be done, prove who one is, and do it: make a key and have it "
        "certified, show the certificate, or delete it.\vThe port is 3804 unless given. A new key lies in FILE.pending "
        "until its certificate has come: a session that is lost is taken up by the next one. Certificate and key "
        "replace what -o names together, at the end. Exit status 0: done, or nothing was to be done; 1: the server "
        "declined, or asks to come back later; 3: it does not speak CAPF properly, or sent a wrong certificate; 4: it "
        "was not reached, or is another than --trust names.",
};

static enum vox_err open_credentials(struct enroll *e, struct vox_error *err)
{
    const struct enroll_args *a = e->args;
    enum vox_err code = keep_read_trust(e, err);

    if (code == VOX_OK && a->string_file != NULL) {
        const struct password_source from = cli_password(e->common, a->string_file);

        if ((code = from.get(from.arg, a->string_file, &e->string, err)) != VOX_OK)
            (void)vox_error_prefix(err, "%s", a->string_file);
    }
    if (code == VOX_OK && a->proof != NULL)
        code = keep_read_pair(e->common, a->proof, &e->proof, err);
    if (code == VOX_OK && a->sudi != NULL)
        code = keep_read_pair(e->common, a->sudi, &e->sudi, err);
    return code;
}

static int print_json(const struct enroll *e)
{
    char fingerprint[CERT_FINGERPRINT_MAX];
    json_t *doc = json_pack("{s:s, s:s, s:s, s:s}", "device", e->args->device, "server", e->args->target, "operation",
                            e->operation, "result", e->result);

    if (doc == NULL)
        return cli_json_print(NULL);
    (void)json_object_set_new(doc, "reason", e->reason >= 0 ? json_integer(e->reason) : json_null());
    if (e->retry_delay > 0)
        (void)json_object_set_new(doc, "retry_delay", json_integer(e->retry_delay));
    if (e->cert != NULL) {
        cert_fingerprint(e->cert, fingerprint);
        (void)json_object_set_new(doc, "fingerprint", json_string(fingerprint));
        (void)json_object_set_new(doc, "not_after", view_time_json(cert_not_after(e->cert)));
    }
    if (strcmp(e->operation, "install") == 0 && e->cert != NULL)
        (void)json_object_set_new(doc, "file", cli_json_text(e->args->output));
    return cli_json_print(doc);
}

static void print_text(const struct enroll *e)
{
    char when[CLOCK_RFC3339_MAX], key[64];

    if (strcmp(e->result, "nothing") == 0) {
        cli_say(e->common, "nothing waits for %s", e->args->device);
    } else if (strcmp(e->result, "none") == 0) {
        cli_say(e->common, "%s: the device has no certificate: said so", e->operation);
    } else if (strcmp(e->result, "installed") == 0) {
        clock_format(cert_not_after(e->cert), when);
        cert_key_text(e->cert, key, sizeof key);
        cli_say(e->common, "installed: %s, %s, good until %s", e->args->output, key, when);
    } else {
        cli_say(e->common, "%s: %s", e->operation, e->result);
    }
}

static int enroll(struct cli_common *common, const struct enroll_args *a)
{
    struct enroll e = {.common = common, .args = a, .operation = "none", .result = "failed", .reason = -1};
    struct vox_error err = {0};
    enum vox_err code;
    int status = EXIT_DONE;

    if ((code = open_credentials(&e, &err)) != VOX_OK) {
        status = cli_report(common, NULL, &err);
        goto out;
    }
    if ((code = enroll_connect(&e, &err)) == VOX_OK)
        code = enroll_session(&e, &err);
    if (common->json && e.greeted)
        status = print_json(&e);
    else if (code == VOX_OK)
        print_text(&e);
    if (code != VOX_OK)
        status = cli_report(common, code == VOX_E_USAGE ? NULL : a->target, &err); /* that one quotes it */
out:
    enroll_disconnect(&e);
    bundle_free(&e.trust);
    bundle_free(&e.issuers);
    bytes_wipe(&e.string);
    pair_clear(&e.proof);
    pair_clear(&e.sudi);
    cert_free(&e.cert);
    return status;
}

int voxcapf_enroll(struct cli_common *common, int argc, char **argv)
{
    struct enroll_args a = {
        .kind = CAPF_LSC, .key = {.type = KEY_RSA, .rsa_bits = 2048}, .version = 3, .in_progress = -1, .timeout_s = 30};
    char name[PHONE_NAME_MAX + sizeof ".pem"];

    cli_parse(common, &argp, argc, argv, &a);
    if (a.output == NULL) {
        (void)snprintf(name, sizeof name, "%s.pem", a.device);
        a.output = name;
    }
    return enroll(common, &a);
}
