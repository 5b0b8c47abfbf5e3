#include <stdio.h>
#include <string.h>

#include <cli/output.h>
#include <cli/report.h>
#include <ctl/show.h>

#include "voxsign.h"

struct show_args {
    char **files;
    int nfiles;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct show_args *a = state->input;

    (void)arg;
    switch (key) {
    case ARGP_KEY_ARGS:
        a->files = state->argv + state->next;
        a->nfiles = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which FILE?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "FILE...",
    .doc = "Show the header of signed and encrypted files.\v"
           "Nothing is verified: 'voxsign verify' does that. FILE may be '-'.",
};

/* The header with the name in front and what else is known of the file behind. */
static json_t *as_json(const char *path, const struct signed_file *f)
{
    json_t *one = json_pack("{s:o}", "file", cli_json_text(path)), *rest = ctl_header_show_json(&f->header),
           *more =
               json_pack("{s:I, s:I}", "size", (json_int_t)f->bytes.len, "content_length", (json_int_t)f->content.len);

    if (one == NULL || rest == NULL || more == NULL || json_object_update(one, rest) != 0 ||
        json_object_update(one, more) != 0) {
        json_decref(one);
        one = NULL;
    }
    json_decref(rest);
    json_decref(more);
    return one;
}

int voxsign_show(struct cli_common *common, int argc, char **argv)
{
    struct show_args a = {NULL, 0};
    json_t *all = NULL;
    int worst = EXIT_DONE, status;

    cli_parse(common, &argp, argc, argv, &a);
    if (common->json)
        all = json_array();
    for (int i = 0; i < a.nfiles; i++) {
        struct signed_file f;
        struct vox_error err;

        if (voxsign_open(a.files[i], &f, &err) != VOX_OK) {
            status = cli_report(common, a.files[i], &err);
            worst = status > worst ? status : worst;
            continue;
        }
        if (common->json) {
            if (json_array_append_new(all, as_json(a.files[i], &f)) != 0)
                worst = EXIT_ENVIRONMENT; /* cli_json_print() says that memory is out */
        } else {
            printf("%s%s\n", i > 0 ? "\n" : "", a.nfiles > 1 ? a.files[i] : "Signed file");
            ctl_header_show_text(&f.header, stdout);
        }
        voxsign_close(&f);
    }
    if (json_array_size(all) > 0) {
        status = cli_json_print(a.nfiles == 1 ? json_incref(json_array_get(all, 0)) : json_incref(all));
        worst = status > worst ? status : worst;
    }
    json_decref(all);
    return worst;
}
