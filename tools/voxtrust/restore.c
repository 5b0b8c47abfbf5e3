#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>

#include "status.h"
#include "voxtrust.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    const char **file = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (*file != NULL)
            argp_error(state, "one FILE only: %s", arg);
        *file = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "from which FILE?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Put the backup FILE in place of the store, after checking it. The old database is kept beside it with the "
           "suffix .before-restore. Private keys are neither in a backup nor touched.",
};

/* A backup is older or younger than the folder of keys: say which of its keys are not there. */
static int warn_of_keys(const struct cli_common *common, struct store *s, size_t *missing)
{
    const struct store_binding_filter live = {.state = -1, .live = true};
    struct status *st = calloc(1, sizeof *st);
    struct vox_error err;
    int status = EXIT_DONE;

    *missing = 0;
    if (st == NULL) {
        (void)vox_fail(&err, VOX_E_MEMORY, "no memory");
        return cli_report(common, NULL, &err);
    }
    if (store_bindings(s, &live, &st->certs, &st->ncerts, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else {
        status_judge_keys(st, s);
        *missing = st->nattention + st->nmore;
        for (size_t i = 0; i < st->nattention; i++)
            cli_warn(common, NULL, "%s", st->attention[i]);
    }
    status_free(st);
    free(st);
    return status;
}

static int say_done(const struct cli_common *common, struct store *s, bool had_one)
{
    size_t missing;
    int status = warn_of_keys(common, s, &missing);

    if (status != EXIT_DONE)
        return status;
    if (common->json) {
        char *kept = NULL;

        if (had_one && asprintf(&kept, "%s.before-restore", store_path(s)) < 0)
            kept = NULL;
        status = cli_json_print(json_pack("{s:o, s:o, s:o, s:I}", "restored", cli_json_text(store_path(s)), "kept",
                                          cli_json_text(kept), "keys", cli_json_text(store_key_dir(s)), "keys_missing",
                                          (json_int_t)missing));
        free(kept);
        return status;
    }
    cli_say(common, "%s restored", store_path(s));
    if (had_one)
        cli_say(common, "What was there before is %s.before-restore.", store_path(s));
    cli_say(common, "Private keys are not part of a backup; they are looked for in %s: %s", store_key_dir(s),
            missing == 0 ? "all that the store knows are there." : "see the warnings.");
    return EXIT_DONE;
}

/* Is there anything that would be replaced? Only a store that is not there at all is none. */
static bool is_there(const char *url)
{
    const char *path = strncmp(url, "sqlite:", 7) == 0 ? url + 7 : url;
    struct stat st;

    return lstat(path, &st) == 0 || errno != ENOENT;
}

static int restore(struct cli_common *common, const char *url, const char *file)
{
    const bool had_one = is_there(url);
    struct store *s = NULL;
    struct vox_error err;
    char what[512];
    sigset_t before;
    enum vox_err code;
    int status;

    if (store_check_file(file, &err) != VOX_OK)
        return cli_report(common, file, &err);
    if (had_one && !cli_confirm(common, "Replace the store at %s by %s?", url, file)) {
        (void)vox_fail(&err, VOX_E_NO, "not restored: say yes at the terminal, or --yes");
        return cli_report(common, file, &err);
    }
    hold_signals(&before);
    code = store_restore(url, file, &err);
    release_signals(&before);
    if (code != VOX_OK)
        return cli_report(common, file, &err);
    (void)snprintf(what, sizeof what, "voxtrust restore %.400s", file);
    if ((code = store_open(url, &s, &err)) != VOX_OK || (code = audit_append(s, what, "done", &err)) != VOX_OK)
        (void)vox_error_prefix(&err, "the store is restored, but not in its audit log");
    status = code == VOX_OK ? say_done(common, s, had_one) : cli_report(common, url, &err);
    store_close(&s);
    return status;
}

int voxtrust_restore(struct cli_common *common, int argc, char **argv)
{
    const char *file = NULL;
    struct vox_error err;
    char *url;
    int status;

    cli_parse(common, &argp, argc, argv, &file);
    if ((url = cli_store_url(common)) == NULL) {
        (void)vox_fail(&err, VOX_E_MEMORY, "no memory");
        return cli_report(common, NULL, &err);
    }
    status = restore(common, url, file);
    free(url);
    return status;
}
