#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cli/output.h>
#include <cli/report.h>
#include <ctl/show.h>
#include <ctl/verify.h>
#include <libcert/clock.h>

#include "voxlist.h"

enum format { FORMAT_TEXT, FORMAT_CUCM, FORMAT_JSON };

struct show_args {
    enum format format;
    char **files;
    int nfiles;
};

static const struct argp_option options[] = {
    {"format", 'f', "FORM", 0, "text (default); cucm: as 'show ctl' and 'show itl' print it; json", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct show_args *a = state->input;

    switch (key) {
    case 'f':
        if (strcmp(arg, "text") == 0)
            a->format = FORMAT_TEXT;
        else if (strcmp(arg, "cucm") == 0)
            a->format = FORMAT_CUCM;
        else if (strcmp(arg, "json") == 0)
            a->format = FORMAT_JSON;
        else
            argp_error(state, "--format %s: text, cucm or json", arg);
        return 0;
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
    .options = options,
    .parser = parse,
    .args_doc = "FILE...",
    .doc = "Show trust lists: header, signer and every record with its certificate.\v"
           "FILE may be '-'. Exit status 1 when a signature is not valid, 3 when a file is malformed.",
};

/* Add a list to the array; the name stands first in its object. */
static bool add_json(json_t *all, const char *path, const struct ctl_list *l)
{
    json_t *one = json_pack("{s:o}", "file", cli_json_text(path)), *rest = ctl_show_json(l);
    bool ok = one != NULL && rest != NULL && json_object_update(one, rest) == 0;

    json_decref(rest);
    if (!ok) {
        json_decref(one);
        return false;
    }
    return json_array_append_new(all, one) == 0;
}

static int show_one(struct cli_common *common, const struct show_args *a, const char *path, json_t *all)
{
    struct show_params p = {.name = strcmp(path, "-") == 0 ? "standard input" : path, .now = clock_now()};
    struct ctl_list *l = NULL;
    struct vox_error err;
    int status = EXIT_DONE;
    enum vox_err code;

    if (voxlist_open(path, &l, &err) != VOX_OK)
        return cli_report(common, path, &err);
    p.is_itl = ctl_is_itl(l);
    p.colour = cli_colour(STDOUT_FILENO, "0")[0] != '\0';
    if (a->format == FORMAT_JSON) {
        if (!add_json(all, path, l)) {
            vox_fail(&err, VOX_E_MEMORY, "no memory for the JSON");
            status = cli_report(common, path, &err);
        }
    } else if (a->format == FORMAT_CUCM) {
        ctl_show_cucm(l, &p, stdout);
    } else {
        ctl_show_text(l, &p, stdout);
    }
    if ((code = ctl_verify(l, &err)) != VOX_OK && status == EXIT_DONE) {
        fflush(stdout); /* the list first, then what is wrong with it */
        status = cli_report(common, path, &err);
    }
    ctl_list_free(&l);
    return status;
}

int voxlist_show(struct cli_common *common, int argc, char **argv)
{
    struct show_args a = {.format = FORMAT_TEXT};
    json_t *all = NULL;
    int worst = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (common->json)
        a.format = FORMAT_JSON;
    if (a.format == FORMAT_JSON)
        all = json_array();
    for (int i = 0; i < a.nfiles; i++) {
        int status;

        if (i > 0 && a.format != FORMAT_JSON)
            fputc('\n', stdout);
        status = show_one(common, &a, a.files[i], all);
        worst = status > worst ? status : worst;
    }
    if (json_array_size(all) > 0) {
        int status = cli_json_print(a.nfiles == 1 ? json_incref(json_array_get(all, 0)) : json_incref(all));

        worst = status > worst ? status : worst;
    }
    json_decref(all);
    return worst;
}
