#include <string.h>

#include <cli/input.h>
#include <cli/report.h>
#include <ctl/encsgn.h>
#include <libcert/token.h>

#include "signer.h"

struct decrypt_args {
    const char *file, *output, *key, *password_file;
};

static const struct argp_option options[] = {
    {"key", OPTION_KEY, "KEYSOURCE", 0, "the phone's private key", 0},
    {"output", OPTION_OUTPUT, "FILE", 0, "write there (readable by its owner only) instead of to standard output", 0},
    {"password-file", OPTION_PASSWORD_FILE, "FILE", 0, "first line: the password of the key ('-': standard input)", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct decrypt_args *a = state->input;

    switch (key) {
    case OPTION_KEY:
        a->key = arg;
        return 0;
    case OPTION_OUTPUT:
        a->output = arg;
        return 0;
    case OPTION_PASSWORD_FILE:
        a->password_file = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->file != NULL)
            argp_error(state, "one FILE, not '%s' as well", arg);
        a->file = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which FILE?");
        return 0;
    case ARGP_KEY_END:
        if (a->key == NULL)
            argp_error(state, "only the phone's private key opens it: name it with --key");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "FILE",
    .doc =
        "Decrypt an encrypted configuration with the phone's private key, in a lab.\v"
        "The digest of the plain file is checked, the signature is not: 'voxsign verify' does that. FILE may be '-'. "
        "Exit status 1 when the key does not open it or the content was altered.",
};

int voxsign_decrypt(struct cli_common *common, int argc, char **argv)
{
    struct decrypt_args a = {.output = "-"};
    struct signed_file f;
    struct bytes plain = {NULL, 0};
    EVP_PKEY *key = NULL;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (token_uri_is(a.key))
        return cli_usage(common, "keys on tokens sign, and decrypt nothing here: name the file of the phone's key");
    if (voxsign_open(a.file, &f, &err) != VOX_OK)
        return cli_report(common, a.file, &err);
    if (f.header.kind != HEADER_ENCSGN) {
        (void)vox_fail(&err, VOX_E_INPUT, "is signed, not encrypted: 'voxsign strip %s' writes what it holds", a.file);
        status = cli_report(common, a.file, &err);
    } else if (cli_key_open(common, a.key, a.password_file, &key, &err) != VOX_OK) {
        status = cli_report(common, a.key, &err);
    } else if (encsgn_decrypt(&f.header, f.content, key, &plain, &err) != VOX_OK) {
        status = cli_report(common, a.file, &err);
    } else if (cli_write(a.output, plain.data, plain.len, 0600, &err) != VOX_OK) {
        status = cli_report(common, a.output, &err);
    }
    bytes_wipe(&plain);
    EVP_PKEY_free(key);
    voxsign_close(&f);
    return status;
}
