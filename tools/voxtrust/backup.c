#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>

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
        argp_error(state, "to which FILE?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Copy the store to FILE, consistent while programs and daemons use it. Private keys are not in the store: "
           "keep a copy of their folder too, in a safe place of its own.",
};

/* How many private keys the operator has to keep beside the backup. */
static size_t count_keys(const char *folder)
{
    DIR *d = opendir(folder);
    size_t n = 0;

    if (d == NULL)
        return 0;
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        n += e->d_name[0] != '.';
    (void)closedir(d);
    return n;
}

static int say_done(struct cli_common *common, const struct store *s, const char *file)
{
    size_t keys = count_keys(store_key_dir(s));

    if (common->json)
        return cli_json_print(json_pack("{s:o, s:o, s:I}", "backup", cli_json_text(file), "keys_not_included",
                                        cli_json_text(store_key_dir(s)), "key_files", (json_int_t)keys));
    cli_say(common, "%s: backup of %s", file, store_path(s));
    cli_say(common,
            "Private keys are NOT in it (%zu file%s in %s).\n"
            "Without them the restored cluster cannot sign: keep a copy of that folder in a safe place of its own.",
            keys, keys == 1 ? "" : "s", store_key_dir(s));
    return EXIT_DONE;
}

int voxtrust_backup(struct cli_common *common, int argc, char **argv)
{
    const char *file = NULL;
    struct store *s = NULL;
    struct vox_error err;
    char what[512];
    sigset_t before;
    enum vox_err code;
    int status;

    cli_parse(common, &argp, argc, argv, &file);
    if (strcmp(file, "-") == 0)
        return cli_usage(common, "a backup appears whole or not at all, so it needs a file, not standard output");
    if (cli_store_open(common, &s, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    (void)snprintf(what, sizeof what, "voxtrust backup %.400s", file);
    hold_signals(&before);
    code = store_backup(s, file, &err);
    release_signals(&before);
    if (code == VOX_OK && (code = audit_append(s, what, "done", &err)) != VOX_OK)
        (void)vox_error_prefix(&err, "the backup is complete, but not in the audit log");
    status = code == VOX_OK ? say_done(common, s, file) : cli_report(common, file, &err);
    store_close(&s);
    return status;
}
