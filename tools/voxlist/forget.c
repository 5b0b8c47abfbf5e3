#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/hooks.h>
#include <libcert/audit.h>
#include <libcert/canaries.h>
#include <libcert/clock.h>

#include "voxlist.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    const char **dir = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (*dir != NULL)
            argp_error(state, "one DIR at a time, not '%s' as well", arg);
        *dir = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which DIR? 'voxlist history' shows them");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "DIR",
    .doc = "Say that phones fetch from a folder no longer, as when its TFTP server is gone.\v"
           "Rotations then publish nothing there, a canary there has ended, and the status asks for nothing. The "
           "versions stay in the history, what "
           "phones hold of them counts as before, and no file is touched. 'voxlist publish' takes it up again.",
};

/* The folder's name as the history has it: the true one while it is there, else what was typed. */
static const char *true_name(const char *dir, char out[static PATH_MAX])
{
    return realpath(dir, out) != NULL ? out : dir;
}

/* Its phones fetch from there no longer either; 'canary withdraw' would look for a folder that may be gone. */
static enum vox_err end_canaries(struct store *s, const char *dir, struct vox_error *err)
{
    struct canary *list = NULL;
    size_t n = 0;
    enum vox_err code = canaries_read(s, false, &list, &n, err);

    for (size_t i = 0; code == VOX_OK && i < n; i++) {
        if (strcmp(list[i].dir, dir) == 0)
            code = canary_set_step(s, list[i].id, CANARY_WITHDRAWN, clock_now(), err);
    }
    canaries_free(&list, n);
    return code;
}

static enum vox_err withdraw(struct store *s, const char *dir, size_t *gone, struct vox_error *err)
{
    struct store_list *lists = NULL;
    char what[PATH_MAX + 64];
    size_t n = 0;
    enum vox_err code = store_lists(s, NULL, false, &lists, &n, err);

    *gone = 0;
    for (size_t i = 0; code == VOX_OK && i < n; i++)
        if (lists[i].current && strcmp(lists[i].dir, dir) == 0 &&
            (code = store_list_withdraw(s, lists[i].name, dir, err)) == VOX_OK)
            ++*gone;
    store_lists_free(&lists, n);
    if (code == VOX_OK && *gone == 0)
        code = vox_fail(err, VOX_E_INPUT, "no list is served from there: 'voxlist history' shows the folders");
    if (code == VOX_OK)
        code = end_canaries(s, dir, err);
    (void)snprintf(what, sizeof what, "voxlist forget %s", dir);
    return code == VOX_OK ? audit_append(s, what, "done", err) : code;
}

int voxlist_forget(struct cli_common *common, int argc, char **argv)
{
    const char *dir = NULL;
    char path[PATH_MAX];
    struct store *s = NULL;
    struct vox_error err;
    size_t gone = 0;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &dir);
    if (cli_store_open(common, &s, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    dir = true_name(dir, path);
    if (!cli_confirm(common, "Do phones fetch nothing from %s any more? Lists are not published there from now on.",
                     dir)) {
        vox_fail(&err, VOX_E_NO, "nothing was changed (--yes answers the question)");
        status = cli_report(common, NULL, &err);
    } else if (store_begin(s, &err) != VOX_OK || withdraw(s, dir, &gone, &err) != VOX_OK ||
               store_commit(s, &err) != VOX_OK) {
        store_rollback(s);
        status = cli_report(common, dir, &err);
    } else {
        const struct hooks_event e = {.program = common->program, .name = "forgotten", .subject = dir, .node = ""};

        if (common->json)
            status = cli_json_print(json_pack("{s:s, s:I}", "forgotten", dir, "lists", (json_int_t)gone));
        else
            cli_say(common, "%s: %zu list%s, served from there no longer", dir, gone, gone == 1 ? "" : "s");
        hooks_run(s, &e, cli_hook, common, NULL);
    }
    store_close(&s);
    return status;
}
