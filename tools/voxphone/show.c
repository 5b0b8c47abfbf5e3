#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/output.h>
#include <cli/report.h>
#include <ctl/show.h>
#include <ctl/verify.h>
#include <libcert/clock.h>

#include "states.h"

enum { OPT_STATE = 0x100 };

static const struct argp_option options[] = {
    {"state", OPT_STATE, "DIR", 0, "folder in which phones keep what they hold", 0},
    {0},
};

struct show_args {
    const char *state;
    char **names;
    int n;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct show_args *a = state->input;

    switch (key) {
    case OPT_STATE:
        a->state = arg;
        return 0;
    case ARGP_KEY_ARGS:
        a->names = state->argv + state->next;
        a->n = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        if (a->state == NULL)
            argp_error(state, "where do phones keep what they hold? --state DIR");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[NAME...]",
    .doc = "Show what phones hold: their lists with the signer of each, their certificate, their configuration.",
};

static void signer_of(const struct ctl_list *l, char out[static CTL_LABEL_MAX])
{
    const int i = ctl_signer_record(l);

    (void)snprintf(out, CTL_LABEL_MAX, "?");
    if (i >= 0)
        ctl_show_label(&l->records[i], out);
}

static json_t *list_json(const struct ctl_list *l)
{
    char signer[CTL_LABEL_MAX];

    if (l == NULL)
        return json_null();
    signer_of(l, signer);
    return json_pack("{s:s, s:I, s:I}", "signer", signer, "records", (json_int_t)l->nrecords, "bytes",
                     (json_int_t)l->file.len);
}

static void print_list(const char *kind, const struct ctl_list *l)
{
    char signer[CTL_LABEL_MAX];

    if (l == NULL) {
        printf("  %-14s none\n", kind);
        return;
    }
    signer_of(l, signer);
    printf("  %-14s %zu records, signed by %s\n", kind, l->nrecords, signer);
}

static bool show(void *arg, struct phone_boot *b)
{
    const struct cli_common *common = arg;
    char when[CLOCK_RFC3339_MAX] = "", fingerprint[CERT_FINGERPRINT_MAX] = "";
    const char *config = !b->config.there ? "none" : b->config.encrypted ? "stub of an encrypted one" : "full";

    if (b->lsc.cert != NULL) {
        clock_format(cert_not_after(b->lsc.cert), when);
        cert_fingerprint(b->lsc.cert, fingerprint);
    }
    if (common->json) {
        json_t *doc = json_pack(
            "{s:s, s:o, s:o, s:o, s:s}", "phone", b->name, "ctl", list_json(b->ctl), "itl", list_json(b->itl), "lsc",
            b->lsc.cert != NULL ? json_pack("{s:s, s:s}", "sha256", fingerprint, "not_after", when) : json_null(),
            "configuration", config);

        (void)json_dumpf(doc, stdout, JSON_COMPACT);
        (void)putchar('\n');
        json_decref(doc);
        return true;
    }
    printf("%s\n", b->name);
    print_list("CTL", b->ctl);
    print_list("ITL", b->itl);
    printf("  %-14s %s%s\n", "certificate", b->lsc.cert != NULL ? "good until " : "none", when);
    printf("  %-14s %s\n", "configuration", config);
    return true;
}

int voxphone_show(struct cli_common *common, int argc, char **argv)
{
    struct show_args a = {NULL, NULL, 0};
    struct phone_options o = {.from = NULL};
    struct vox_error err;

    cli_parse(common, &argp, argc, argv, &a);
    (void)phone_model_find("", &o.model);
    o.state = a.state;
    return states_each(common, &o, a.names, a.n, show, common, &err) == VOX_OK ? EXIT_DONE
                                                                               : cli_report(common, NULL, &err);
}
