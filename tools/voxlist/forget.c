#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
            argp_error(state, "one DIR or FILE at a time, not '%s' as well", arg);
        *dir = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which DIR or FILE? 'voxlist history' shows them");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "DIR|FILE",
    .doc = "Say that phones fetch from a folder no longer, as when its TFTP server is gone; or one list, as that of a "
           "single "
           "phone, whose file was removed.\v"
           "Rotations then publish nothing there, a canary there has ended, and the status asks for nothing. The "
           "versions stay in the history, what "
           "phones hold of them counts as before, and no file is touched. 'voxlist publish' takes it up again.",
};

/* What is forgotten: all lists of a folder, or the one of that name in it. */
struct forgotten {
    char dir[PATH_MAX]; /* as the history has it: the true name while it is there, else what was typed */
    const char *name;   /* NULL: all */
    char path[PATH_MAX + 256];
};

static bool is_list_name(const char *name)
{
    const size_t n = strlen(name);

    return n > 4 && strcmp(name + n - 4, ".tlv") == 0;
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

static void find(const char *typed, struct forgotten *f)
{
    const char *slash = strrchr(typed, '/'), *name = slash != NULL ? slash + 1 : typed;
    char folder[PATH_MAX] = ".", real[PATH_MAX];

    f->name = is_list_name(name) ? name : NULL;
    if (f->name == NULL)
        (void)snprintf(folder, sizeof folder, "%s", typed);
    else if (slash != NULL)
        (void)snprintf(folder, sizeof folder, "%.*s", slash == typed ? 1 : (int)(slash - typed), typed);
    (void)snprintf(f->dir, sizeof f->dir, "%s", realpath(folder, real) != NULL ? real : folder);
    (void)snprintf(f->path, sizeof f->path, "%s%s%.200s", f->dir, f->name != NULL ? "/" : "",
                   f->name != NULL ? f->name : "");
}

static enum vox_err withdraw(struct store *s, const struct forgotten *f, size_t *gone, struct vox_error *err)
{
    struct store_list *lists = NULL;
    char what[PATH_MAX + 512];
    size_t n = 0;
    enum vox_err code = store_lists(s, NULL, false, &lists, &n, err);

    *gone = 0;
    for (size_t i = 0; code == VOX_OK && i < n; i++)
        if (lists[i].current && strcmp(lists[i].dir, f->dir) == 0 &&
            (f->name == NULL || strcmp(lists[i].name, f->name) == 0) &&
            (code = store_list_withdraw(s, lists[i].name, f->dir, err)) == VOX_OK)
            ++*gone;
    store_lists_free(&lists, n);
    if (code == VOX_OK && *gone == 0)
        code = vox_fail(err, VOX_E_INPUT, "no list is served from there: 'voxlist history' shows the folders");
    if (code == VOX_OK && f->name == NULL)
        code = end_canaries(s, f->dir, err);
    (void)snprintf(what, sizeof what, "voxlist forget %s", f->path);
    return code == VOX_OK ? audit_append(s, what, "done", err) : code;
}

int voxlist_forget(struct cli_common *common, int argc, char **argv)
{
    const char *typed = NULL;
    struct forgotten f;
    struct store *s = NULL;
    struct vox_error err;
    size_t gone = 0;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &typed);
    if (cli_store_open(common, &s, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    find(typed, &f);
    if (f.name != NULL && access(f.path, F_OK) == 0) {
        vox_fail(&err, VOX_E_INPUT, "it is there, and phones fetch it: remove the file first");
        status = cli_report(common, f.path, &err);
    } else if (!cli_confirm(
                   common,
                   f.name != NULL
                       ? "Is %s no list of phones any more? It is not published from now on."
                       : "Do phones fetch nothing from %s any more? Lists are not published there from now on.",
                   f.path)) {
        vox_fail(&err, VOX_E_NO, "nothing was changed (--yes answers the question)");
        status = cli_report(common, NULL, &err);
    } else if (store_begin(s, &err) != VOX_OK || withdraw(s, &f, &gone, &err) != VOX_OK ||
               store_commit(s, &err) != VOX_OK) {
        store_rollback(s);
        status = cli_report(common, f.path, &err);
    } else {
        const struct hooks_event e = {.program = common->program, .name = "forgotten", .subject = f.path, .node = ""};

        if (common->json)
            status = cli_json_print(json_pack("{s:s, s:I}", "forgotten", f.path, "lists", (json_int_t)gone));
        else
            cli_say(common, "%s: %zu list%s, served from there no longer", f.path, gone, gone == 1 ? "" : "s");
        hooks_run(s, &e, cli_hook, common, NULL);
    }
    store_close(&s);
    return status;
}
