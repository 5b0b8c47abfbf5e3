#include <stdlib.h>
#include <unistd.h>

#include <cli/output.h>
#include <cli/report.h>
#include <ctl/diff.h>

#include "voxlist.h"

struct diff_args {
    const char *names[2];
    int n;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct diff_args *a = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (a->n == 2)
            argp_error(state, "two files, not more: '%s'", arg);
        a->names[a->n++] = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->n != 2)
            argp_error(state, "two files are compared: OLD and NEW");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "OLD NEW",
    .doc = "Say what changed from one trust list to another.\v"
           "Lines start with '+' (record added), '-' (removed) or '~' (changed). Exit status 0 when the files are the "
           "same, 1 when they differ, 3 when one is malformed.",
};

static void print_lines(const struct diff_entry *changes, size_t n)
{
    static const char *const colours[] = {"32", "31", "33", "33"};

    for (size_t i = 0; i < n; i++)
        printf("%s%c %s%s\n", cli_colour(STDOUT_FILENO, colours[changes[i].kind]), diff_sign(changes[i].kind),
               changes[i].text, cli_colour(STDOUT_FILENO, "0"));
}

static int print_json(const struct diff_args *a, const struct diff_entry *changes, size_t n)
{
    json_t *list = ctl_diff_json(changes, n);

    return cli_json_print(list == NULL ? NULL
                                       : json_pack("{s:o, s:o, s:b, s:o}", "old", cli_json_text(a->names[0]), "new",
                                                   cli_json_text(a->names[1]), "same", n == 0, "changes", list));
}

int voxlist_diff(struct cli_common *common, int argc, char **argv)
{
    struct diff_args a = {.n = 0};
    struct ctl_list *lists[2] = {NULL, NULL};
    struct diff_entry *changes = NULL;
    struct vox_error err;
    size_t n = 0;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    for (int i = 0; i < 2; i++)
        if (voxlist_open(a.names[i], &lists[i], &err) != VOX_OK) {
            status = cli_report(common, a.names[i], &err);
            goto out;
        }
    if (ctl_diff(lists[0], lists[1], &changes, &n, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
        goto out;
    }
    if (common->json)
        status = print_json(&a, changes, n);
    else if (!common->quiet)
        print_lines(changes, n);
    if (status == EXIT_DONE)
        status = n == 0 ? EXIT_DONE : EXIT_NO;
out:
    free(changes);
    ctl_list_free(&lists[0]);
    ctl_list_free(&lists[1]);
    return status;
}
