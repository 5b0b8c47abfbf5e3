#include <string.h>

#include <cli/input.h>
#include <cli/report.h>

#include "signer.h"

struct strip_args {
    const char *file, *output;
};

static const struct argp_option options[] = {
    {"output", OPTION_OUTPUT, "FILE", 0, "write there instead of to standard output", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct strip_args *a = state->input;

    switch (key) {
    case OPTION_OUTPUT:
        a->output = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->file != NULL)
            argp_error(state, "one FILE, not '%s' as well", arg);
        a->file = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which FILE?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Write what a signed file holds, without its header.\v"
           "The signature is not looked at: 'voxsign verify' does that. FILE may be '-'.",
};

int voxsign_strip(struct cli_common *common, int argc, char **argv)
{
    struct strip_args a = {.output = "-"};
    struct signed_file f;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (voxsign_open(a.file, &f, &err) != VOX_OK)
        return cli_report(common, a.file, &err);
    if (f.header.kind == HEADER_ENCSGN) {
        (void)vox_fail(&err, VOX_E_INPUT, "is encrypted: 'voxsign decrypt %s --key KEYSOURCE' writes what it holds",
                       a.file);
        status = cli_report(common, a.file, &err);
    } else if (cli_write(a.output, f.content.data, f.content.len, 0600, &err) != VOX_OK) {
        status = cli_report(common, a.output, &err);
    }
    bytes_wipe(&f.bytes);
    return status;
}
