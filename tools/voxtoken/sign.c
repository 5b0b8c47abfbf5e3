#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/report.h>
#include <cluster/prepared.h>
#include <ctl/header.h>

#include "voxtoken.h"

struct sign_args {
    const char *file, *key, *expect, *output, *pin_file;
    bool qr;
};

enum { OPTION_KEY = 'k', OPTION_EXPECT = 'e', OPTION_OUTPUT = 'o', OPTION_PIN_FILE = 0x100, OPTION_QR };

static const struct argp_option options[] = {
    {"key", OPTION_KEY, "KEYSOURCE", 0, "the signer's key: a URI, or a file", 0},
    {"output", OPTION_OUTPUT, "SIGNATURE", 0, "where the signature goes, for 'voxlist attach'", 0},
    {"expect", OPTION_EXPECT, "HEX", 0,
     "the check number as the other side has it, 8 digits at least; otherwise it is asked for", 0},
    {"qr", OPTION_QR, NULL, 0, "the check number as a QR code, too, and not on terminals alone", 0},
    {"pin-file", OPTION_PIN_FILE, "FILE", 0, "first line: the PIN ('-': standard input); otherwise it is asked for", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct sign_args *a = state->input;

    switch (key) {
    case OPTION_KEY:
        a->key = arg;
        return 0;
    case OPTION_OUTPUT:
        a->output = arg;
        return 0;
    case OPTION_EXPECT:
        a->expect = arg;
        return 0;
    case OPTION_QR:
        a->qr = true;
        return 0;
    case OPTION_PIN_FILE:
        a->pin_file = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->file != NULL)
            argp_error(state, "unexpected: %s", arg);
        a->file = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->file == NULL)
            argp_error(state, "sign what? The file that 'voxlist prepare' wrote");
        if (a->key == NULL || a->output == NULL)
            argp_error(state, a->key == NULL ? "with which key? --key URI" : "where to? -o SIGNATURE");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "FILE --key URI -o SIGNATURE",
    .doc =
        "Sign a list that 'voxlist prepare' wrote on another machine. No store and no network is needed.\v"
        "What will be signed is reckoned from the list itself and shown. Nothing is signed before the check number was "
        "confirmed: read it from the other machine, or have it read to you.",
};

static enum vox_err tell(const struct sign_args *a, const struct prepared_list *p, struct vox_error *err)
{
    enum vox_err code = prepared_tell(p, stdout, err);

    return code == VOX_OK ? check_qr(p, a->qr, err) : code;
}

static enum vox_err confirm(struct cli_common *common, const struct sign_args *a, const struct prepared_list *p,
                            struct vox_error *err)
{
    char typed[2 * PREPARED_CHECK_MAX];

    if (a->expect != NULL)
        return prepared_check_agrees(p, a->expect)
                   ? VOX_OK
                   : vox_fail(err, VOX_E_NO,
                              "the check number is another than --expect says (8 digits at least): nothing was signed");
    if (!cli_ask(common, "Type the first 8 digits of the check number, as the other machine has them: ", typed,
                 sizeof typed))
        return vox_fail(err, VOX_E_USAGE, "nobody confirmed the check number: say --expect, or be at a terminal");
    return prepared_check_agrees(p, typed)
               ? VOX_OK
               : vox_fail(err, VOX_E_NO, "that is another check number: nothing was signed");
}

static enum vox_err sign(struct cli_common *common, const struct sign_args *a, const struct prepared_list *p,
                         struct prepared_signature *out, struct vox_error *err)
{
    const struct ctl_list *l = p->list;
    struct bytes_view parts[2];
    EVP_PKEY *key = NULL;
    enum vox_err code = cli_key_open(common, a->key, a->pin_file, &key, err);

    if (code != VOX_OK)
        return vox_error_prefix(err, "%s", a->key);
    memcpy(out->check, p->check, sizeof out->check);
    ctl_signed_text(l->file.data, l->file.len, &l->header, parts);
    if (!cert_key_matches(prepared_signer(p), key))
        code = vox_fail(err, VOX_E_INPUT, "the key is not that of the signer that the list names");
    else if ((code = key_sign(key, (enum digest)l->header.digest, parts, 2, &out->signature, err)) == VOX_OK)
        /* once more, with the key of the certificate that was shown */
        code = key_verify(cert_key(prepared_signer(p)), (enum digest)l->header.digest, parts, 2,
                          bytes_view_of(&out->signature), err);
    EVP_PKEY_free(key);
    return code;
}

int voxtoken_sign(struct cli_common *common, int argc, char **argv)
{
    struct sign_args a = {0};
    struct prepared_signature s = {.signature = {NULL, 0}};
    struct prepared_list p = {0};
    struct bytes file = {NULL, 0}, answer = {NULL, 0};
    struct vox_error err;
    enum vox_err code;

    cli_parse(common, &argp, argc, argv, &a);
    if ((code = cli_read(a.file, PREPARED_FILE_MAX, &file, &err)) != VOX_OK ||
        (code = prepared_read(file.data, file.len, &p, &err)) != VOX_OK)
        (void)vox_error_prefix(&err, "%s", a.file);
    else if ((common->quiet || (code = tell(&a, &p, &err)) == VOX_OK) &&
             (code = confirm(common, &a, &p, &err)) == VOX_OK && (code = sign(common, &a, &p, &s, &err)) == VOX_OK &&
             (code = prepared_signature_write(&s, &answer, &err)) == VOX_OK)
        code = cli_write(a.output, answer.data, answer.len, 0644, &err);
    prepared_clear(&p);
    bytes_free(&s.signature);
    bytes_free(&file);
    bytes_free(&answer);
    if (code != VOX_OK)
        return cli_report(common, NULL, &err);
    cli_say(common, "\nSigned and verified: %s", a.output);
    return EXIT_DONE;
}
