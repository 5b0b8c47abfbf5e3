#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <ctl/verify.h>
#include <libcert/limits.h>

#include "states.h"

enum { OPT_STATE = 0x100, OPT_MODEL, VERDICTS = ACCEPT_REFUSED + 1, NAMED_MAX = 10 };

static const struct argp_option options[] = {
    {"state", OPT_STATE, "DIR", 0, "folder in which phones keep what they hold", 0},
    {"model", OPT_MODEL, "MODEL", 0, "what they can do (default 8841)", 0},
    {0},
};

struct what_if_args {
    struct phone_options o;
    char **files;
    int nfiles;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct what_if_args *a = state->input;

    switch (key) {
    case OPT_STATE:
        a->o.state = arg;
        return 0;
    case OPT_MODEL:
        if (!phone_model_find(arg, &a->o.model))
            argp_error(state, "--model %s: not known", arg);
        return 0;
    case ARGP_KEY_ARGS:
        a->files = state->argv + state->next;
        a->nfiles = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which LIST?");
        return 0;
    case ARGP_KEY_END:
        if (a->o.state == NULL)
            argp_error(state, "where do phones keep what they hold? --state DIR");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "LIST...",
    .doc = "Tell what phones would do with trust lists, as they are now; nothing is changed and nobody asked.\v"
           "Several lists are offered one after the other, as at one start: what is accepted counts for the next. Exit "
           "status 1 when a phone refuses one.",
};

struct question {
    struct cli_common *common;
    const struct what_if_args *a;
    struct ctl_list **lists;
    unsigned counts[VERDICTS], phones;
    struct {
        char name[PHONE_NAME_MAX + 1], why[512];
    } refused[NAMED_MAX];
    unsigned nrefused;
};

static bool ask(void *arg, struct phone_boot *b)
{
    struct question *q = arg;
    struct accept_held held = phone_held(b);
    struct accept_result r, worst = {.verdict = ACCEPT_YES, .rule = "", .why = "it is offered nothing"};

    for (int i = 0; i < q->a->nfiles; i++) {
        accept_list(&held, q->lists[i], &r);
        if (i == 0 || r.verdict > worst.verdict)
            worst = r;
        if (r.verdict == ACCEPT_REFUSED || r.verdict == ACCEPT_IGNORED)
            continue;
        if (ctl_is_itl(q->lists[i]))
            held.itl = q->lists[i];
        else
            held.ctl = q->lists[i];
    }
    q->phones++;
    q->counts[worst.verdict]++;
    if (worst.verdict == ACCEPT_REFUSED && q->nrefused++ < NAMED_MAX) {
        (void)snprintf(q->refused[q->nrefused - 1].name, sizeof q->refused[0].name, "%s", b->name);
        (void)snprintf(q->refused[q->nrefused - 1].why, sizeof q->refused[0].why, "%s (acceptance.md %s)", worst.why,
                       worst.rule);
    }
    return true;
}

static int tell(const struct question *q)
{
    json_t *refused = json_array();

    for (unsigned i = 0; i < q->nrefused && i < NAMED_MAX; i++)
        (void)json_array_append_new(
            refused, json_pack("{s:s, s:o}", "phone", q->refused[i].name, "why", cli_json_text(q->refused[i].why)));
    if (q->common->json) {
        int status = cli_json_print(json_pack(
            "{s:i, s:i, s:i, s:i, s:i, s:i, s:o}", "phones", (int)q->phones, "accepted", (int)q->counts[ACCEPT_YES],
            "ignored", (int)q->counts[ACCEPT_IGNORED], "first_trust", (int)q->counts[ACCEPT_FIRST_TRUST], "tvs",
            (int)q->counts[ACCEPT_IF_TVS], "refused", (int)q->counts[ACCEPT_REFUSED], "refused_first", refused));

        return status != EXIT_DONE ? status : q->counts[ACCEPT_REFUSED] > 0 ? EXIT_NO : EXIT_DONE;
    }
    json_decref(refused);
    cli_say(q->common,
            "%u phone%s: %u accept, %u take it on faith, %u only when a TVS confirms it, %u ignore, %u refuse",
            q->phones, q->phones == 1 ? "" : "s", q->counts[ACCEPT_YES], q->counts[ACCEPT_FIRST_TRUST],
            q->counts[ACCEPT_IF_TVS], q->counts[ACCEPT_IGNORED], q->counts[ACCEPT_REFUSED]);
    for (unsigned i = 0; i < q->nrefused && i < NAMED_MAX; i++)
        cli_say(q->common, "  %s: %s", q->refused[i].name, q->refused[i].why);
    return q->counts[ACCEPT_REFUSED] > 0 ? EXIT_NO : EXIT_DONE;
}

static enum vox_err read_list(const char *path, struct ctl_list **out, struct vox_error *err)
{
    struct bytes file;
    enum vox_err code = cli_read(path, LIMIT_LIST_FILE, &file, err);

    if (code == VOX_OK)
        code = ctl_list_read(file.data, file.len, out, err);
    bytes_free(&file);
    return code;
}

int voxphone_what_if(struct cli_common *common, int argc, char **argv)
{
    struct what_if_args a = {.nfiles = 0};
    struct question *q = calloc(1, sizeof *q);
    struct vox_error err;
    int status = EXIT_DONE;

    (void)phone_model_find("8841", &a.o.model);
    cli_parse(common, &argp, argc, argv, &a);
    if (q == NULL || (q->lists = calloc((size_t)a.nfiles, sizeof *q->lists)) == NULL) {
        free(q);
        (void)vox_fail(&err, VOX_E_MEMORY, "no memory");
        return cli_report(common, NULL, &err);
    }
    q->common = common;
    q->a = &a;
    for (int i = 0; status == EXIT_DONE && i < a.nfiles; i++)
        if (read_list(a.files[i], &q->lists[i], &err) != VOX_OK)
            status = cli_report(common, a.files[i], &err);
    if (status == EXIT_DONE)
        status = states_each(common, &a.o, NULL, 0, ask, q, &err) == VOX_OK ? tell(q) : cli_report(common, NULL, &err);
    for (int i = 0; i < a.nfiles; i++)
        ctl_list_free(&q->lists[i]);
    free(q->lists);
    free(q);
    return status;
}
