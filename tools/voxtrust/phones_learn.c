#include <stdio.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <ctl/verify.h>
#include <libcert/audit.h>
#include <libcert/inventory.h>
#include <libcert/limits.h>

#include "voxtrust.h"

struct learn_args {
    char **files;
    int nfiles;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct learn_args *a = state->input;

    switch (key) {
    case ARGP_KEY_ARGS:
        a->files = state->argv + state->next;
        a->nfiles = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which LIST?");
        return 0;
    default:
        (void)arg;
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "LIST...",
    .doc = "Keep trust lists that phones hold and that were not published from here, so that it can be told what those "
           "phones would do.\v"
           "Their SHA-256, which is printed, can stand in the table of 'voxtrust phones import'.",
};

static enum vox_err learn(struct store *s, const char *path, json_t *all, struct vox_error *err)
{
    char sha256[INVENTORY_LIST_MAX], what[INVENTORY_LIST_MAX + 40];
    const char *slash = strrchr(path, '/'), *kind;
    struct ctl_list *l = NULL;
    struct bytes file = {NULL, 0};
    enum vox_err code;

    if ((code = cli_read(path, LIMIT_LIST_FILE, &file, err)) != VOX_OK ||
        (code = ctl_list_read(file.data, file.len, &l, err)) != VOX_OK || (code = ctl_verify(l, err)) != VOX_OK)
        goto out;
    kind = ctl_is_itl(l) ? "itl" : "ctl";
    if ((code = inventory_list_sha256(bytes_view_of(&file), sha256, err)) != VOX_OK)
        goto out;
    (void)snprintf(what, sizeof what, "voxtrust phones learn %s", sha256);
    if ((code = inventory_list_learn(s, kind, bytes_view_of(&file), slash != NULL ? slash + 1 : path, err)) == VOX_OK &&
        (code = audit_append(s, what, "done", err)) == VOX_OK)
        (void)json_array_append_new(
            all, json_pack("{s:o, s:s, s:s}", "file", cli_json_text(path), "kind", kind, "sha256", sha256));
out:
    ctl_list_free(&l);
    bytes_free(&file);
    return code;
}

int voxtrust_phones_learn(struct cli_common *common, int argc, char **argv)
{
    struct learn_args a = {NULL, 0};
    struct store *s = NULL;
    struct vox_error err;
    json_t *all = json_array(), *one;
    int status = EXIT_DONE;
    size_t i;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || store_begin(s, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
        goto out;
    }
    for (int k = 0; status == EXIT_DONE && k < a.nfiles; k++)
        if (learn(s, a.files[k], all, &err) != VOX_OK)
            status = cli_report(common, a.files[k], &err);
    if (status == EXIT_DONE && store_commit(s, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    if (status == EXIT_DONE && common->json) {
        status = cli_json_print(json_incref(all));
    } else if (status == EXIT_DONE) {
        json_array_foreach(all, i, one)
            cli_say(common, "%s: %s", a.files[i], json_string_value(json_object_get(one, "sha256")));
    }
out:
    store_rollback(s);
    store_close(&s);
    json_decref(all);
    return status;
}
