#include <string.h>
#include <unistd.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <ctl/show.h>

#include "verdict.h"
#include "voxlist.h"

enum { OPTION_AGAINST = 'a', OPTION_STRICT = 's', OPTION_TVS = 0x100, OPTION_SIGNER };

static const struct argp_option options[] = {
    {"against", OPTION_AGAINST, "OLD", 0,
     "a list that the phone holds: will it take FILE? Twice for a phone with a CTL and an ITL", 0},
    {"assume-tvs", OPTION_TVS, NULL, 0, "a TVS of the held ITL is reachable and confirms the signer", 0},
    {"signer", OPTION_SIGNER, "CERT", 0, "demand that this certificate signed", 0},
    {"strict", OPTION_STRICT, NULL, 0, "warnings say no, too", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct question *q = state->input;

    switch (key) {
    case OPTION_AGAINST:
        if (q->nagainst == AGAINST_MAX)
            argp_error(state, "--against: a phone holds one CTL and one ITL, not a third list");
        q->against[q->nagainst++] = arg;
        return 0;
    case OPTION_TVS:
        q->assume_tvs = true;
        return 0;
    case OPTION_SIGNER:
        q->signer = arg;
        return 0;
    case OPTION_STRICT:
        q->strict = true;
        return 0;
    case ARGP_KEY_ARG:
        if (q->file != NULL)
            argp_error(state, "one FILE, not '%s' as well", arg);
        q->file = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which FILE?");
        return 0;
    case ARGP_KEY_END:
        if (q->assume_tvs && q->nagainst == 0)
            argp_error(state, "--assume-tvs says something about a phone: name what it holds with --against");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "FILE",
    .doc =
        "Verify a trust list: signature, records against their certificates, and what makes phones stumble.\v"
        "With --against also whether a phone that holds OLD takes FILE, and why. Exit status 0 yes, 1 no, 3 malformed.",
};

/* Everything that is read for one question. */
struct material {
    struct ctl_list *list;
    struct ctl_list *held[AGAINST_MAX];
    struct accept_held phone;
    struct cert *signer;
};

static void forget(struct material *m)
{
    ctl_list_free(&m->list);
    for (int i = 0; i < AGAINST_MAX; i++)
        ctl_list_free(&m->held[i]);
    cert_free(&m->signer);
}

/* The held list at OLD goes where its kind says. */
static int read_held(struct cli_common *common, const struct question *q, int i, struct material *m)
{
    const struct ctl_list **place;
    struct vox_error err;

    if (voxlist_open(q->against[i], &m->held[i], &err) != VOX_OK)
        return cli_report(common, q->against[i], &err);
    place = ctl_is_itl(m->held[i]) ? &m->phone.itl : &m->phone.ctl;
    if (*place != NULL)
        return cli_usage(common, "--against: %s and %s are both %s; a phone holds one of each", q->against[0],
                         q->against[1], ctl_is_itl(m->held[i]) ? "ITLs" : "CTLs");
    *place = m->held[i];
    if (ctl_verify(m->held[i], &err) != VOX_OK)
        cli_warn(common, q->against[i], "its own signature is not valid, so no phone can have taken it: %s", err.text);
    return EXIT_DONE;
}

static int read_all(struct cli_common *common, const struct question *q, struct material *m)
{
    struct vox_error err;
    int status = EXIT_DONE;

    if (voxlist_open(q->file, &m->list, &err) != VOX_OK)
        return cli_report(common, q->file, &err);
    for (int i = 0; i < q->nagainst && status == EXIT_DONE; i++)
        status = read_held(common, q, i, m);
    if (status == EXIT_DONE && q->signer != NULL && cli_cert_open(q->signer, &m->signer, &err) != VOX_OK)
        status = cli_report(common, q->signer, &err);
    return status;
}

static const char *severity_colour(enum lint_severity s)
{
    return cli_colour(STDOUT_FILENO, s == LINT_ERROR ? "1;31" : s == LINT_WARNING ? "33" : "2");
}

static void print_findings(struct cli_common *common, const struct question *q, const struct verdict *v)
{
    const char *plain = cli_colour(STDOUT_FILENO, "0");

    for (size_t i = 0; i < v->nfindings; i++) {
        const struct lint_finding *f = &v->findings[i];
        const char *word = lint_severity_word(f->severity);

        if (f->record < 0)
            cli_say(common, "%s: %s%s%s: %s [%s]", q->file, severity_colour(f->severity), word, plain, f->text,
                    f->code);
        else
            cli_say(common, "%s: %s%s%s: record %d: %s [%s]", q->file, severity_colour(f->severity), word, plain,
                    f->record + 1, f->text, f->code);
    }
}

static void print(struct cli_common *common, const struct question *q, const struct ctl_list *l,
                  const struct verdict *v)
{
    int i = ctl_signer_record(l);
    char label[CTL_LABEL_MAX];

    if (v->signature == VOX_OK && i >= 0) {
        ctl_show_label(&l->records[i], label);
        cli_say(common, "%s: %s, signature valid, by record %d: %s", q->file, ctl_is_itl(l) ? "ITL" : "CTL", i + 1,
                label);
    }
    print_findings(common, q, v);
    if (q->nagainst > 0)
        cli_say(common, "%s: a phone that holds %s%s%s: %s (acceptance.md %s): %s", q->file, q->against[0],
                q->nagainst > 1 ? " and " : "", q->nagainst > 1 ? q->against[1] : "", accept_word(v->accept.verdict),
                v->accept.rule, v->accept.why);
}

/* The last line, and the exit status. */
static int answer(struct cli_common *common, const struct question *q, const struct verdict *v)
{
    struct vox_error err;

    if (v->ok)
        return EXIT_DONE;
    if (common->json)
        return EXIT_NO;
    fflush(stdout); /* findings first */
    vox_fail(&err, VOX_E_NO, "%s", v->no);
    return cli_report(common, q->file, &err);
}

int voxlist_verify(struct cli_common *common, int argc, char **argv)
{
    struct question q = {.file = NULL};
    struct material m = {.list = NULL};
    struct verdict v = {.ok = false};
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &q);
    if ((status = read_all(common, &q, &m)) != EXIT_DONE)
        goto out;
    if (verdict_reach(&q, m.list, &m.phone, m.signer, &v, &err) != VOX_OK) {
        status = cli_report(common, q.file, &err);
        goto out;
    }
    if (common->json)
        status = cli_json_print(verdict_json(&q, m.list, &v));
    else
        print(common, &q, m.list, &v);
    if (status == EXIT_DONE)
        status = answer(common, &q, &v);
out:
    verdict_clear(&v);
    forget(&m);
    return status;
}
