#include <string.h>

#include <cli/input.h>
#include <cli/report.h>
#include <cluster/prepared.h>
#include <ctl/verify.h>

#include "voxlist.h"

struct attach_args {
    const char *files[2];
    int n;
    const char *output;
};

static const struct argp_option options[] = {
    {"output", 'o', "LIST", 0, "where the signed list goes ('-': standard output)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct attach_args *a = state->input;

    switch (key) {
    case 'o':
        a->output = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->n == 2)
            argp_error(state, "unexpected: %s", arg);
        a->files[a->n++] = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->n < 2)
            argp_error(state, "two files: what 'voxlist prepare' wrote, and what 'voxtoken sign' wrote of it");
        if (a->output == NULL)
            argp_error(state, "where to? -o LIST");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "FILE SIGNATURE -o LIST",
    .doc = "Put a signature that was made on another machine into the list that was prepared for it.\v"
           "The signature is verified with the signer's certificate in the list; exit status 1 when it is not valid. "
           "'voxlist publish --list LIST' puts the list where phones fetch it.",
};

static enum vox_err attach(const struct attach_args *a, struct bytes *out, struct vox_error *err)
{
    struct bytes file = {NULL, 0}, answer = {NULL, 0};
    struct prepared_signature s = {.signature = {NULL, 0}};
    struct prepared_list p = {0};
    struct ctl_list *signed_list = NULL;
    const char *at = a->files[0];
    enum vox_err code;

    if ((code = cli_read(at, PREPARED_FILE_MAX, &file, err)) != VOX_OK ||
        (code = prepared_read(file.data, file.len, &p, err)) != VOX_OK)
        goto out;
    at = a->files[1];
    if ((code = cli_read(at, PREPARED_FILE_MAX, &answer, err)) != VOX_OK ||
        (code = prepared_signature_read(answer.data, answer.len, &s, err)) != VOX_OK)
        goto out;
    if (strcmp(s.check, p.check) != 0)
        code = vox_fail(err, VOX_E_INPUT, "it is of another list: check number %.16s..., and %s has %.16s...", s.check,
                        a->files[0], p.check);
    else if ((code = ctl_attach(bytes_view_of(&p.list->file), bytes_view_of(&s.signature), out, err)) == VOX_OK &&
             (code = ctl_list_read(out->data, out->len, &signed_list, err)) == VOX_OK)
        code = ctl_verify(signed_list, err);
out:
    if (code != VOX_OK) {
        (void)vox_error_prefix(err, "%s", at);
        bytes_free(out);
    }
    ctl_list_free(&signed_list);
    prepared_clear(&p);
    bytes_free(&s.signature);
    bytes_free(&file);
    bytes_free(&answer);
    return code;
}

int voxlist_attach(struct cli_common *common, int argc, char **argv)
{
    struct attach_args a = {.n = 0};
    struct bytes list = {NULL, 0};
    struct vox_error err;
    enum vox_err code;

    cli_parse(common, &argp, argc, argv, &a);
    if ((code = attach(&a, &list, &err)) == VOX_OK &&
        (code = cli_write(a.output, list.data, list.len, 0644, &err)) != VOX_OK)
        (void)vox_error_prefix(&err, "%s", a.output);
    bytes_free(&list);
    if (code != VOX_OK)
        return cli_report(common, NULL, &err);
    if (strcmp(a.output, "-") != 0)
        cli_say(common, "%s: signed; the signature is valid", a.output);
    return EXIT_DONE;
}
