#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/bundle.h>
#include <libcert/name.h>

#include "voxtvs.h"

struct query_args {
    struct session_args session;
    const char *subject, *issuer, *serial, *cert, *output;
};

enum { OPT_SUBJECT = 0x400, OPT_ISSUER, OPT_SERIAL, OPT_CERT };

static const struct argp_option options[] = {
    {"subject", OPT_SUBJECT, "DN", 0, "subject, as lists write it: 'CN=cm1;O=Example'", 0},
    {"issuer", OPT_ISSUER, "DN", 0, "issuer", 0},
    {"serial", OPT_SERIAL, "HEX", 0, "serial number", 0},
    {"cert", OPT_CERT, "FILE", 0, "take subject, issuer and serial number from this certificate", 0},
    {"output", 'o', "FILE", 0, "write the certificate that was found, as PEM", 0},
    SESSION_OPTIONS,
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct query_args *a = state->input;

    if (session_parse(key, arg, state, &a->session))
        return 0;
    switch (key) {
    case OPT_SUBJECT:
        a->subject = arg;
        return 0;
    case OPT_ISSUER:
        a->issuer = arg;
        return 0;
    case OPT_SERIAL:
        a->serial = arg;
        return 0;
    case OPT_CERT:
        a->cert = arg;
        return 0;
    case 'o':
        a->output = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->session.target != NULL)
            argp_error(state, "unexpected: %s", arg);
        a->session.target = arg;
        return 0;
    case ARGP_KEY_END:
        session_check(state, &a->session);
        if (a->cert == NULL && a->subject == NULL && a->serial == NULL)
            argp_error(state, "what to ask for? --subject, --serial, or --cert");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "HOST[:PORT]",
    .doc = "Ask for a certificate by name, as a phone does for the signer of a list that it has never seen.\v"
           "The port is 2445 unless given. Exit status 0: found and trusted, 1: not.",
};

/* What the request borrows. */
struct wanted {
    struct cert *cert;
    char *subject, *issuer;
    struct bytes serial;
};

static void wanted_free(struct wanted *w)
{
    cert_free(&w->cert);
    free(w->subject);
    free(w->issuer);
    bytes_free(&w->serial);
}

static enum vox_err fill(const struct query_args *a, struct wanted *w, struct tvs_message *m, struct vox_error *err)
{
    enum vox_err code;

    if (a->cert != NULL) {
        if ((code = cli_cert_open(a->cert, &w->cert, err)) != VOX_OK) {
            (void)vox_error_prefix(err, "%s", a->cert);
            return code;
        }
        if ((code = name_text(cert_subject_der(w->cert), NAME_VENDOR, &w->subject, err)) != VOX_OK ||
            (code = name_text(cert_issuer_der(w->cert), NAME_VENDOR, &w->issuer, err)) != VOX_OK)
            return code;
        m->serial = cert_serial(w->cert);
        m->subject = w->subject;
        m->issuer = w->issuer;
    }
    if (a->serial != NULL) {
        if ((code = hex_decode(a->serial, &w->serial, err)) != VOX_OK) {
            (void)vox_error_prefix(err, "--serial");
            return code;
        }
        if (w->serial.len == 0 || w->serial.len > 64)
            return vox_fail(err, VOX_E_USAGE, "--serial: 1 to 64 bytes");
        m->serial = bytes_view_of(&w->serial);
        while (m->serial.len > 1 && m->serial.data[0] == 0) { /* a number: zeros before it do not count */
            m->serial.data++;
            m->serial.len--;
        }
    }
    if (a->subject != NULL)
        m->subject = a->subject;
    if (a->issuer != NULL)
        m->issuer = a->issuer;
    return VOX_OK;
}

/* The certificate that came with the answer, checked to be one, and to be the one that was asked for. */
static enum vox_err found(const struct tvs_message *request, const struct tvs_message *reply, struct cert **out,
                          struct vox_error *err)
{
    enum vox_err code;

    *out = NULL;
    if (reply->certificate.data == NULL)
        return vox_fail(err, VOX_E_INPUT, "tvs.md 3.4: CERTIFICATE: missing in an answer that says trusted");
    if ((code = cert_from_der(reply->certificate.data, reply->certificate.len, out, err)) != VOX_OK)
        return code;
    if ((request->serial.data != NULL && !bytes_equal(cert_serial(*out), request->serial)) ||
        (request->subject != NULL && !name_text_agrees(request->subject, cert_subject_der(*out)))) {
        cert_free(out);
        return vox_fail(err, VOX_E_INPUT, "the server answered with another certificate than the one asked for");
    }
    return VOX_OK;
}

static int tell(struct cli_common *common, const struct query_args *a, const struct tvs_message *reply,
                const struct cert *cert)
{
    char text[512], fingerprint[CERT_FINGERPRINT_MAX];
    struct vox_error err;
    struct bytes pem;

    if (cert != NULL && a->output != NULL) {
        struct cert *one[] = {cert_ref((struct cert *)(uintptr_t)cert)};
        enum vox_err code = bundle_write_pem(one, 1, true, &pem, &err);

        if (code == VOX_OK) {
            code = cli_write(a->output, pem.data, pem.len, 0644, &err);
            bytes_free(&pem);
        }
        cert_free(&one[0]);
        if (code != VOX_OK)
            return cli_report(common, a->output, &err);
    }
    if (cert != NULL)
        cert_fingerprint(cert, fingerprint);
    if (common->json) {
        json_t *doc = answer_json(reply);

        if (cert != NULL)
            (void)json_object_set_new(doc, "fingerprint", json_string(fingerprint));
        int printed = cli_json_print(doc);
        if (printed != EXIT_DONE)
            return printed;
    } else if (a->output == NULL || strcmp(a->output, "-") != 0) {
        answer_text(reply, text, sizeof text);
        cli_say(common, "%s", text);
        if (cert != NULL)
            cli_say(common, "certificate %s", fingerprint);
    }
    return reply->status == TVS_TRUSTED ? EXIT_DONE : EXIT_NO;
}

int voxtvs_query(struct cli_common *common, int argc, char **argv)
{
    struct query_args a = {.session = {.timeout_s = 10}};
    struct tvs_message request = {.command = TVS_QUERY_REQUEST}, reply;
    struct wanted w = {0};
    struct session *s = NULL;
    struct cert *cert = NULL;
    struct vox_error err;
    enum vox_err code;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if ((code = fill(&a, &w, &request, &err)) != VOX_OK) {
        wanted_free(&w);
        return cli_report(common, NULL, &err);
    }
    if ((code = session_open(common, &a.session, &s, &err)) != VOX_OK) {
        wanted_free(&w);
        return cli_report(common, NULL, &err);
    }
    if ((code = session_ask(s, &request, &reply, &err)) == VOX_OK && reply.status == TVS_TRUSTED)
        code = found(&request, &reply, &cert, &err);
    status = code == VOX_OK ? tell(common, &a, &reply, cert) : cli_report(common, a.session.target, &err);
    cert_free(&cert);
    session_close(&s);
    wanted_free(&w);
    return status;
}
