#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/clock.h>

#include "phones_pick.h"
#include "voxtrust.h"

static const struct argp_option options[] = {PICK_OPTIONS, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct phones_pick *p = state->input;

    if (key != ARGP_KEY_ARG)
        return pick_parse(key, arg, state, p);
    if (p->prefix != NULL)
        argp_error(state, "one PREFIX at a time: %s", arg);
    p->prefix = arg;
    return 0;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[PREFIX]",
    .doc =
        "List phones: which lists each holds, as far as it is known, when it was last seen, and what its LSC is like. "
        "PREFIX: only those whose names begin so.\v"
        "With --json a line per phone, each a document of its own.",
};

struct printer {
    const struct cli_common *common;
    const struct phones_held *held;
    int64_t now;
    size_t shown;
    bool failed;
};

static json_t *time_json(int64_t t)
{
    char text[CLOCK_RFC3339_MAX];

    if (t == 0)
        return json_null();
    clock_format(t, text);
    return json_string(text);
}

static json_t *text_json(const char *text)
{
    return text[0] != '\0' ? json_string(text) : json_null();
}

static json_t *describe(const struct printer *out, const struct inventory_row *r)
{
    const struct inventory_phone *p = &r->phone;
    char ctl[HELD_WORDS_MAX], itl[HELD_WORDS_MAX];

    held_words(out->held, p->ctl, ctl);
    held_words(out->held, p->itl, itl);
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:b, s:s, s:o, s:o}", "name", p->name, "model",
                     text_json(p->model), "address", text_json(p->address), "seen", time_json(p->seen), "how",
                     text_json(p->how), "ctl", ctl, "itl", itl, "ctl_sha256", p->ctl, "itl_sha256", p->itl, "outdated",
                     held_outdated(out->held, p), "lsc", pick_lsc_word(r, out->now), "lsc_not_after",
                     time_json(r->lsc_not_after), "capf_state",
                     r->capf ? json_string(phone_state_word(r->state)) : json_null());
}

static bool print(void *arg, const struct inventory_row *r)
{
    static const char form[] = "%-*s %-8s %-12s %-12s %-20s %-8s %-8s %s\n";
    const struct inventory_phone *p = &r->phone;
    struct printer *out = arg;
    char ctl[HELD_WORDS_MAX], itl[HELD_WORDS_MAX], seen[CLOCK_RFC3339_MAX] = "-";

    if (out->common->json) {
        json_t *doc = describe(out, r);

        out->failed = doc == NULL || json_dumpf(doc, stdout, JSON_COMPACT) != 0;
        json_decref(doc);
        (void)putchar('\n');
        out->shown++;
        return !out->failed;
    }
    if (out->shown++ == 0)
        printf(form, PHONE_NAME_MAX, "PHONE", "MODEL", "CTL", "ITL", "SEEN", "HOW", "LSC", "ADDRESS");
    held_words(out->held, p->ctl, ctl);
    held_words(out->held, p->itl, itl);
    if (p->seen != 0)
        clock_format(p->seen, seen);
    printf(form, PHONE_NAME_MAX, p->name, p->model[0] != '\0' ? p->model : "-", ctl, itl, seen,
           p->how[0] != '\0' ? p->how : "-", pick_lsc_word(r, out->now), p->address[0] != '\0' ? p->address : "-");
    return true;
}

int voxtrust_phones_list(struct cli_common *common, int argc, char **argv)
{
    struct printer out = {.common = common, .now = clock_now()};
    struct phones_pick p = PHONES_PICK_ANY;
    struct phones_held *held = NULL;
    struct store *s = NULL;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &p);
    if (cli_store_open(common, &s, &err) != VOX_OK || held_read(s, &held, &err) != VOX_OK ||
        (out.held = held, pick_each(s, held, &p, out.now, print, &out, &err)) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (out.shown == 0)
        cli_say(common, "No such phone is known: 'voxtrust phones import FILE' learns from access logs and tables.");
    held_free(&held);
    store_close(&s);
    return status;
}
