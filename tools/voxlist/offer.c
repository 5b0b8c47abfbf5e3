#include "offer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include <cli/output.h>
#include <cli/report.h>

#include <cluster/hooks_files.h>
#include <cluster/known_signers.h>

#include "making.h"
#include "voxlist.h"

static struct publish_params params(const struct offer *o, const char *what, size_t i)
{
    return (struct publish_params){
        .kind = o->kind,
        .dir = o->dir,
        .name = o->names[i],
        .list = o->list,
        .note = o->note,
        .what = what,
        .force = o->force,
        .force_lost = o->force_lost,
    };
}

void force_parse(const char *arg, struct argp_state *state, bool *force, int64_t *lost)
{
    *force = true;
    if (arg == NULL)
        return;
    if (!impact_parse_forced(arg, lost))
        argp_error(state, "--force=%s: how many phones may be locked out, as a number", arg);
}

static json_t *describe(const struct offer *o, const char *name, const struct publish_result *r, bool published,
                        const struct vox_error *why_not)
{
    json_t *findings = making_findings_json(r->findings, r->nfindings);
    char sha256[65];

    making_sha256(o->list, sha256);
    if (findings == NULL)
        return NULL;
    return json_pack("{s:s, s:s, s:o, s:b, s:o, s:b, s:s, s:{s:s, s:s, s:s, s:s}, s:o, s:o, s:o}", "kind",
                     cluster_list_word(o->kind), "name", name, "path", cli_json_text(r->path), "published", published,
                     "version", r->version > 0 ? json_integer(r->version) : json_null(), "unchanged", r->unchanged,
                     "sha256", sha256, "phones", "verdict", accept_word(r->accept.verdict), "held", r->held, "rule",
                     r->accept.rule != NULL ? r->accept.rule : "", "why", r->accept.why, "known_phones",
                     impact_json(&r->impact), "findings", findings, "error",
                     why_not != NULL ? cli_json_text(why_not->text) : json_null());
}

/* A sentence on what phones will do with it. */
static void say_phones(const struct offer *o, const char *name, const struct publish_result *r)
{
    char known[256];

    if (r->impact.all > 0) {
        impact_text(&r->impact, known, sizeof known);
        cli_say(o->common, "%s: of %" PRId64 " known phones %s", name, r->impact.all, known);
    }
    switch (r->accept.verdict) {
    case ACCEPT_YES:
        cli_say(o->common, "%s: phones that hold %s take it by themselves", name, r->held);
        break;
    case ACCEPT_IGNORED:
        cli_say(o->common, "%s: the phones' models know no such list", name);
        break;
    case ACCEPT_FIRST_TRUST:
        cli_say(o->common, "%s: no earlier list is known in this folder: phones that hold none take it on faith", name);
        break;
    case ACCEPT_IF_TVS:
        cli_warn(o->common, name, "phones that hold %s take it only when TVS confirms the signer: %s", r->held,
                 r->accept.why);
        break;
    case ACCEPT_REFUSED:
        cli_warn(o->common, name, "published by --force, but phones that hold %s will refuse it: %s", r->held,
                 r->accept.why);
        break;
    }
}

/* When phones do not know the signer: whose signature they know, and where those keys are. */
static void say_signers(const struct offer *o, const char *name)
{
    struct known_signers k;
    char text[1024];

    if (known_signers_read(o->store, o->dir, name, &k, NULL) != VOX_OK)
        return;
    if (k.list != NULL && known_signers_text(&k, o->store, text, sizeof text, NULL) == VOX_OK && text[0] != '\0')
        (void)fprintf(stderr,
                      "Phones take this list from: %s. Let one of them sign: 'voxlist publish --signer ID', on another "
                      "machine 'voxlist prepare --signer-cert FILE'; with none of them left see 'voxlist rescue'.\n",
                      text);
    known_signers_free(&k);
}

static int refused(const struct offer *o, const char *name, const struct publish_result *r, const struct vox_error *err)
{
    if (o->common->json && err->code == VOX_E_NO)
        (void)cli_json_print(json_pack("[o]", describe(o, name, r, false, err)));
    int status = cli_report(o->common, name, err);
    if (err->code == VOX_E_NO && (r->accept.verdict == ACCEPT_REFUSED || r->impact.lost > 0))
        say_signers(o, name);
    if (err->code == VOX_E_NO && r->impact.lost > 0)
        (void)fprintf(stderr,
                      "Nothing was changed. 'voxtrust phones list' tells what each phone holds; --force=%" PRId64
                      " publishes it nevertheless.\n",
                      r->impact.lost);
    else if (err->code == VOX_E_NO)
        (void)fprintf(stderr, "Nothing was changed. See 'voxlist diff' and 'voxlist history'; --force publishes it "
                              "nevertheless.\n");
    return status;
}

/* Would all of them pass? */
static int ask(const struct offer *o, const char *what)
{
    for (size_t i = 0; i < o->nnames; i++) {
        const struct publish_params p = params(o, what, i);
        struct publish_result r;
        struct vox_error err;
        int status = EXIT_DONE;

        if (cluster_publish_check(o->store, &p, &r, &err) != VOX_OK)
            status = refused(o, o->names[i], &r, &err);
        publish_result_clear(&r);
        if (status != EXIT_DONE)
            return status;
    }
    return EXIT_DONE;
}

static int publish_one(const struct offer *o, const char *what, size_t i, json_t *done, struct hooks_files *changed)
{
    const struct publish_params p = params(o, what, i);
    const char *name = o->names[i];
    struct publish_result r;
    struct vox_error err;
    int status = EXIT_DONE;

    if (cluster_publish(o->store, &p, &r, &err) != VOX_OK) {
        status = refused(o, name, &r, &err);
    } else {
        if (i == 0)
            making_findings(o->common, name, r.findings, r.nfindings);
        if (r.resumed)
            cli_say(o->common, "%s: finished an earlier publication that was interrupted", name);
        if (r.unchanged)
            cli_say(o->common, "%s: stands there already as version %lld: nothing to do", r.path, (long long)r.version);
        else
            cli_say(o->common, "%s: published as version %lld", r.path, (long long)r.version);
        say_phones(o, name, &r);
        if (!r.unchanged || r.resumed)
            hooks_files_add(changed, r.path);
        (void)json_array_append_new(done, describe(o, name, &r, true, NULL));
    }
    publish_result_clear(&r);
    return status;
}

int offer_publish(const struct offer *o)
{
    const struct hooks_event e = {.program = o->common->program, .name = "published"};
    struct hooks_files changed = {.text = NULL};
    char what[64];
    json_t *done;
    int status;

    (void)snprintf(what, sizeof what, "%s %s", o->common->program, o->common->verb);
    if ((status = ask(o, what)) != EXIT_DONE)
        return status;
    done = json_array();
    for (size_t i = 0; i < o->nnames && status == EXIT_DONE; i++)
        status = publish_one(o, what, i, done, &changed);
    if (status == EXIT_DONE && o->common->json)
        status = cli_json_print(done);
    else
        json_decref(done);
    hooks_files_run(o->store, &e, o->kind, &changed, cli_hook, o->common);
    return status;
}
