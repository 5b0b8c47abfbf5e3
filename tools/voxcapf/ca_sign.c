#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/bundle.h>
#include <libcert/clock.h>
#include <libcert/limits.h>

#include "requests.h"
#include "voxcapf.h"

struct sign_args {
    const char *file, *issuer, *key, *password_file, *output;
    bool skip;
};

enum { OPT_ISSUER = 0x100, OPT_KEY, OPT_PASSWORD_FILE, OPT_SKIP };

static const struct argp_option options[] = {
    {"issuer", OPT_ISSUER, "PEM", 0, "certificate of the CA (needed)", 0},
    {"issuer-key", OPT_KEY, "KEYSOURCE", 0,
     "its private key: a file, or a pkcs11: URI; without it in the certificate's file", 0},
    {"password-file", OPT_PASSWORD_FILE, "FILE", 0, "first line: the password of the key ('-': standard input)", 0},
    {"output", 'o', "FILE", 0, "certificates into this file (default: standard output)", 0},
    {"skip-refused", OPT_SKIP, NULL, 0, "certify the others when some are refused; exit status 1 then", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct sign_args *a = state->input;

    switch (key) {
    case OPT_ISSUER:
        a->issuer = arg;
        return 0;
    case OPT_KEY:
        a->key = arg;
        return 0;
    case OPT_PASSWORD_FILE:
        a->password_file = arg;
        return 0;
    case 'o':
        a->output = arg;
        return 0;
    case OPT_SKIP:
        a->skip = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->file != NULL)
            argp_error(state, "one FILE of 'voxcapf ca dump'");
        a->file = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->file == NULL)
            argp_error(state, "which FILE of 'voxcapf ca dump'?");
        if (a->issuer == NULL)
            argp_error(state, "whose certificates? --issuer PEM");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Certify the keys that 'voxcapf ca dump' wrote, on the machine of the CA; no store is needed. Each key is "
           "examined, each certificate linted, signed and verified, as voxcapfd does. All keys or none.",
};

struct job {
    struct cli_common *common;
    const struct sign_args *a;
    struct requests r;
    struct capf_issuer issuer;
    struct cert *cert, **certs;
    size_t n, refused;
};

static enum vox_err open_issuer(struct job *j, struct vox_error *err)
{
    char fingerprint[CERT_FINGERPRINT_MAX];
    enum vox_err code = cli_cert_open(j->a->issuer, &j->cert, err);

    if (code != VOX_OK) {
        (void)vox_error_prefix(err, "%s", j->a->issuer);
        return code;
    }
    cert_fingerprint(j->cert, fingerprint);
    if (strcmp(fingerprint, j->r.issuer) != 0)
        return vox_fail(err, VOX_E_INPUT, "the requests are for the CA with certificate %.16s..., and %s is %.16s...",
                        j->r.issuer, j->a->issuer, fingerprint);
    if ((code = cli_key_open(j->common, j->a->key != NULL ? j->a->key : j->a->issuer, j->a->password_file,
                             &j->issuer.key, err)) != VOX_OK)
        return code;
    j->issuer.cert = j->cert;
    j->issuer.profile = j->r.profile;
    if ((code = capf_issuer_check(&j->issuer, clock_now(), err)) != VOX_OK)
        code = code == VOX_E_NO ? VOX_E_INPUT : code;
    if (code != VOX_OK && err != NULL)
        err->code = code;
    return code;
}

static void refuse(struct job *j, const char *device, const struct vox_error *why)
{
    (void)cli_report(j->common, device, why);
    j->refused++;
}

/* Some at once: their keys are examined together. What fails for another reason than the key ends it all. */
static enum vox_err sign_some(struct job *j, size_t from, size_t n, struct vox_error *err)
{
    struct capf_request asked[CAPF_TOGETHER];
    struct capf_drafting jobs[CAPF_TOGETHER];
    uint8_t serials[CAPF_TOGETHER][CAPF_SERIAL_LEN];
    enum vox_err code = VOX_OK;

    if (RAND_bytes(serials[0], sizeof serials) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no random numbers for serial numbers");
    for (size_t k = 0; k < n; k++) {
        asked[k] = requests_as_asked(&j->r.list[from + k]);
        jobs[k] = (struct capf_drafting){.request = &asked[k], .serial = serials[k], .now = clock_now()};
    }
    capf_drafts_make(&j->issuer, jobs, n);
    for (size_t k = 0; k < n; k++) {
        if (code == VOX_OK && jobs[k].code == VOX_E_NO)
            refuse(j, asked[k].device, &jobs[k].err);
        else if (code == VOX_OK && (code = jobs[k].code) != VOX_OK)
            *err = jobs[k].err;
        else if (code == VOX_OK && (code = capf_draft_sign(jobs[k].draft, &j->certs[j->n], err)) == VOX_OK)
            j->n++;
        capf_draft_free(&jobs[k].draft);
    }
    return code;
}

static enum vox_err sign_all(struct job *j, struct vox_error *err)
{
    struct cli_progress *bar = cli_progress_new("certificates", j->r.n);
    enum vox_err code = VOX_OK;

    if ((j->certs = calloc(j->r.n, sizeof *j->certs)) == NULL)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t from = 0; from < j->r.n && code == VOX_OK; from += CAPF_TOGETHER) {
        code = sign_some(j, from, j->r.n - from < CAPF_TOGETHER ? j->r.n - from : CAPF_TOGETHER, err);
        cli_progress_update(bar, from);
    }
    cli_progress_free(&bar);
    if (code == VOX_OK && j->refused > 0 && (!j->a->skip || j->n == 0))
        code = vox_fail(err, VOX_E_INPUT, "%zu of %zu keys are refused, so nothing is signed%s", j->refused, j->r.n,
                        j->n > 0 ? " (--skip-refused certifies the others)" : "");
    return code;
}

static int tell(const struct job *j)
{
    const char *output = j->a->output;

    if (j->common->json)
        (void)cli_json_print(json_pack("{s:o, s:I, s:I}", "file", cli_json_text(output), "certificates",
                                       (json_int_t)j->n, "refused", (json_int_t)j->refused));
    else if (strcmp(output, "-") != 0)
        cli_say(j->common, "%s: %zu certificate%s for phones of %s", output, j->n, j->n == 1 ? "" : "s",
                j->r.cluster[0] != '\0' ? j->r.cluster : "a cluster without a name");
    return j->refused > 0 ? EXIT_NO : EXIT_DONE;
}

int voxcapf_ca_sign(struct cli_common *common, int argc, char **argv)
{
    struct sign_args a = {.output = "-"};
    struct job j = {.common = common, .a = &a};
    struct bytes in = {NULL, 0}, out = {NULL, 0};
    struct vox_error err;
    enum vox_err code;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (common->json && strcmp(a.output, "-") == 0)
        return cli_usage(common, "--json: name the file with -o");
    if ((code = cli_read(a.file, LIMIT_CA_FILE, &in, &err)) != VOX_OK ||
        (code = requests_read(bytes_view_of(&in), &j.r, &err)) != VOX_OK)
        status = cli_report(common, a.file, &err);
    else if ((code = open_issuer(&j, &err)) != VOX_OK || (code = sign_all(&j, &err)) != VOX_OK ||
             (code = bundle_write_pem(j.certs, j.n, true, &out, &err)) != VOX_OK ||
             (code = cli_write(a.output, out.data, out.len, 0644, &err)) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = tell(&j);
    for (size_t i = 0; i < j.n; i++)
        cert_free(&j.certs[i]);
    free(j.certs);
    cert_free(&j.cert);
    EVP_PKEY_free(j.issuer.key);
    bytes_free(&in);
    bytes_free(&out);
    requests_free(&j.r);
    return status;
}
