#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/admit.h>
#include <cluster/view.h>
#include <libcert/audit.h>

#include "find.h"
#include "verdict.h"
#include "voxtrunk.h"

enum { SUBJECT_TEXT = 300 };

enum vox_err claim_allowed(const struct trunk *t, const struct trunk_profile *p, struct vox_error *err)
{
    if (p->mode != TRUNK_NON_SECURE)
        return VOX_OK;
    return vox_fail(
        err, VOX_E_INPUT,
        "trunk %s has the profile %s, which is non-secure: no certificate is looked at. Make the trunk with "
        "a profile of --mode encrypted",
        t->name, p->name);
}

/* What there is to do, as the store stands. */
struct plan {
    struct admit in;                                    /* and what stands in CallManager-trust */
    const struct store_binding *old[LIMIT_CHAIN_DEPTH]; /* stands there already; NULL: comes in */
    const struct store_binding **replaced;              /* others with the device's subject */
    size_t nreplaced;
    char notes[LIMIT_CHAIN_DEPTH][VOX_ERROR_TEXT_MAX]; /* about issuers; "" none */
};

static void plan_free(struct plan *p)
{
    free(p->replaced);
    admit_free(&p->in);
}

static const struct store_binding *stands(const struct plan *p, const struct cert *c)
{
    for (size_t i = 0; i < p->in.npresent; i++) {
        if (p->in.present[i].cert != NULL && p->in.present[i].node[0] == '\0' && cert_same(p->in.present[i].cert, c))
            return &p->in.present[i];
    }
    return NULL;
}

/* Is it this trunk's already? */
static enum vox_err refuse_again(struct store *s, const struct claim *c, const struct plan *p, struct vox_error *err)
{
    const struct trunk_cert_filter f = {.trunk = c->trunk->name, .binding = p->old[0] != NULL ? p->old[0]->id : ""};
    char subject[SUBJECT_TEXT];
    struct trunk_cert *list;
    size_t n;
    enum vox_err code;

    if (p->old[0] == NULL)
        return VOX_OK;
    code = trunk_certs(s, &f, &list, &n, err);
    if (code == VOX_OK && n > 0 && list[0].device) {
        view_subject(c->certs[0], subject, sizeof subject);
        code = vox_fail(err, VOX_E_EXISTS, "trunk %s has it already: %s", c->trunk->name, subject);
    }
    trunk_certs_free(&list, n);
    return code;
}

static enum vox_err find_replaced(const struct claim *c, struct plan *p, struct vox_error *err)
{
    if ((p->replaced = calloc(p->in.npresent + 1, sizeof(struct store_binding *))) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; i < p->in.npresent; i++) {
        const struct store_binding *b = &p->in.present[i];

        if (b->cert != NULL && !cert_same(b->cert, c->certs[0]) &&
            bytes_equal(cert_subject_der(b->cert), cert_subject_der(c->certs[0])))
            p->replaced[p->nreplaced++] = b;
    }
    return VOX_OK;
}

static enum vox_err make_plan(struct store *s, const struct claim *c, struct plan *p, struct vox_error *err)
{
    const struct admit_params params = {.place = TRUNK_PLACE, .node = "", .role = ROLE_NONE, .now = c->now};
    enum vox_err code = admit_open(s, &params, &p->in, err);

    for (size_t i = 0; i < c->n && code == VOX_OK; i++) {
        if ((p->old[i] = stands(p, c->certs[i])) == NULL)
            code = admit_cert(&p->in, c->certs[i], p->notes[i], sizeof p->notes[i], err);
    }
    if (code == VOX_OK && (code = refuse_again(s, c, p, err)) == VOX_OK)
        code = find_replaced(c, p, err);
    return code;
}

/* --- judging --- */

/* What a call manager with that trust would say. false without memory. */
static bool examine(const struct claim *c, const struct ourside *ours, struct peercheck_finding findings[PEERCHECK_MAX],
                    size_t *n)
{
    const struct verdict_params names_of = {.trunk = c->trunk, .profile = c->profile};
    const char *names[LIMIT_TRUNK_NAMES];
    size_t ntrusted = ours->trust.n;
    struct cert **trusted = calloc(ntrusted + c->n, sizeof *trusted);

    if (trusted == NULL)
        return false;
    for (size_t i = 0; i < ntrusted; i++)
        trusted[i] = ours->trust.certs[i];
    for (size_t i = 0; i < c->n; i++) /* they are about to be */
        trusted[ntrusted++] = c->certs[i];
    const struct peercheck_params params = {.now = c->now,
                                            .warn_days = VERDICT_WARN_DAYS,
                                            .required = PEERCHECK_SERVER | PEERCHECK_CLIENT,
                                            .strong = ourside_strong(ours),
                                            .names = names,
                                            .nnames = verdict_names(&names_of, names),
                                            .trusted = trusted,
                                            .ntrusted = ntrusted};

    (void)peercheck(c->certs[0], &params, findings, n);
    free(trusted);
    return true;
}

static int judge(const struct cli_common *common, const char *subject, const struct claim *c)
{
    struct peercheck_finding findings[PEERCHECK_MAX];
    char leaf[SUBJECT_TEXT];
    int status = EXIT_DONE;
    size_t n;

    if (!examine(c, c->ours, findings, &n))
        return EXIT_ENVIRONMENT;
    view_subject(c->certs[0], leaf, sizeof leaf);
    for (size_t i = 0; i < n; i++) {
        const struct peercheck_finding *f = &findings[i];
        struct vox_error err;
        const bool chain = strcmp(f->code, "chain") == 0, name = strcmp(f->code, "name") == 0;

        if (!f->fatal) {
            cli_warn(common, subject, "%s: %s", leaf, f->text);
            continue;
        }
        vox_fail(&err, VOX_E_INPUT, "%s: %s%s", leaf, f->text,
                 chain ? ". Put its issuers into the file, or 'voxcert upload CallManager-trust' them first"
                 : name && c->profile->nnames > 0 ? ", the subject names of the profile"
                 : name ? ", the hosts of the trunk's destinations, which count while the profile has no subject names"
                        : "");
        status = cli_report(common, subject, &err);
    }
    return status;
}

/* --- asking --- */

static void show_replaced(const struct plan *p, const struct claim *c, struct store *s, FILE *out)
{
    char new_one[SUBJECT_TEXT], old_one[SUBJECT_TEXT];

    view_subject(c->certs[0], new_one, sizeof new_one);
    for (size_t i = 0; i < p->nreplaced; i++) {
        const struct store_binding *b = p->replaced[i];
        const struct trunk_cert_filter f = {.binding = b->id};
        struct trunk_cert *users;
        size_t n;

        view_subject(b->cert, old_one, sizeof old_one);
        fprintf(out, "Replaced in CallManager-trust: %s\n  by %s\n  with %s\n", old_one, new_one,
                cert_same_key(b->cert, c->certs[0]) ? "the same key" : "another key");
        if (cert_not_before(b->cert) > cert_not_before(c->certs[0]))
            fprintf(out, "  The one that stands there began later: is the new one really the new one?\n");
        if (trunk_certs(s, &f, &users, &n, NULL) != VOX_OK)
            continue;
        for (size_t k = 0; k < n; k++) {
            if (strcmp(users[k].trunk, c->trunk->name) != 0)
                fprintf(out, "  Trunk %s has it, too, and gets the new one.\n", users[k].trunk);
        }
        trunk_certs_free(&users, n);
    }
}

static enum vox_err confirm(const struct cli_common *common, const struct claim *c, const struct plan *p,
                            struct store *s, const char *question, struct vox_error *err)
{
    if (p->nreplaced > 0 && (!common->yes || (!common->quiet && !common->json)))
        show_replaced(p, c, s, common->json ? stderr : stdout);
    if (question != NULL ? cli_confirm(common, "%s", question)
                         : p->nreplaced == 0 || cli_confirm(common, "Replace it?"))
        return VOX_OK;
    return vox_fail(err, VOX_E_NO, "nothing was changed (--yes answers the question)");
}

/* --- recording --- */

static enum vox_err id_of(struct store *s, const struct cert *cert, char **out, struct vox_error *err)
{
    char fingerprint[CERT_FINGERPRINT_MAX];
    const struct store_binding_filter f = {
        .place = TRUNK_PLACE, .node = "", .fingerprint_prefix = fingerprint, .state = -1, .live = true};
    struct store_binding *list;
    size_t n;
    enum vox_err code;

    cert_fingerprint(cert, fingerprint);
    code = store_bindings(s, &f, &list, &n, err);
    *out = NULL;
    if (code == VOX_OK && (n == 0 || (*out = strdup(list[0].id)) == NULL))
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    store_bindings_free(&list, n);
    return code;
}

static enum vox_err claim_one(struct store *s, const struct claim *c, const struct plan *p, size_t i,
                              struct vox_error *err)
{
    struct trunk_cert claim = {.device = i == 0, .brought = p->old[i] == NULL};
    enum vox_err code = id_of(s, c->certs[i], &claim.binding, err);

    memcpy(claim.trunk, c->trunk->name, sizeof claim.trunk);
    if (code == VOX_OK)
        code = trunk_cert_claim(s, &claim, err);
    for (size_t k = 0; i == 0 && k < p->nreplaced && code == VOX_OK; k++) {
        if ((code = trunk_cert_replace(s, p->replaced[k]->id, claim.binding, err)) == VOX_OK)
            code = store_binding_set_state(s, p->replaced[k]->id, BIND_RETIRED, err);
    }
    free(claim.binding);
    return code;
}

static enum vox_err change(struct store *s, const struct claim *c, const struct plan *p, const char *what,
                           struct vox_error *err)
{
    enum vox_err code = admit_store(s, &p->in, err);

    for (size_t i = 0; i < c->n && code == VOX_OK; i++)
        code = claim_one(s, c, p, i, err);
    return code == VOX_OK ? audit_append(s, what, "done", err) : code;
}

static bool same_trunk(const struct trunk *a, const struct trunk *b)
{
    bool same = strcmp(a->profile, b->profile) == 0 && a->n == b->n;

    for (size_t i = 0; same && i < a->n; i++)
        same = strcmp(a->destinations[i].host, b->destinations[i].host) == 0 &&
               a->destinations[i].port == b->destinations[i].port;
    return same;
}

static bool same_profile(const struct trunk_profile *a, const struct trunk_profile *b)
{
    bool same = a->mode == b->mode && a->nnames == b->nnames;

    for (size_t i = 0; same && i < a->nnames; i++)
        same = strcmp(a->names[i], b->names[i]) == 0;
    return same;
}

/* Is the trunk still the one that it was judged for, and would it be trusted with what is trusted now? */
static enum vox_err judged_still(struct store *s, const struct claim *c, bool *out, struct vox_error *err)
{
    struct peercheck_finding findings[PEERCHECK_MAX];
    struct trunk_profile *profile = NULL;
    struct trunk *trunk = NULL;
    struct ourside ours = {.nchain = 0};
    size_t n;
    enum vox_err code = find_both(s, c->trunk->name, &trunk, &profile, err);

    if (code == VOX_OK && (code = ourside_trust(s, &ours, err)) == VOX_OK) {
        *out = same_trunk(trunk, c->trunk) && same_profile(profile, c->profile);
        if (!examine(c, &ours, findings, &n))
            code = vox_fail(err, VOX_E_MEMORY, "no memory");
        for (size_t i = 0; code == VOX_OK && i < n; i++)
            *out = *out && !findings[i].fatal;
    }
    ourside_clear(&ours);
    trunk_profiles_free(&profile, profile != NULL ? 1 : 0);
    free(trunk);
    return code;
}

/* Looked at again under the lock: what was judged and asked about is what is done, or nothing. */
static enum vox_err look_again(struct store *s, const struct claim *c, const struct plan *seen, struct plan *now,
                               struct vox_error *err)
{
    bool same = true;
    enum vox_err code = judged_still(s, c, &same, err);

    if (code != VOX_OK || (code = make_plan(s, c, now, err)) != VOX_OK)
        return code;
    same = same && now->nreplaced == seen->nreplaced;
    for (size_t i = 0; same && i < now->nreplaced; i++)
        same = strcmp(now->replaced[i]->id, seen->replaced[i]->id) == 0;
    return same ? VOX_OK
                : vox_fail(err, VOX_E_STORE,
                           "somebody else has changed the trunk or CallManager-trust meanwhile: nothing was changed, "
                           "look again");
}

static enum vox_err record(struct store *s, const struct claim *c, const struct plan *seen, const char *verb,
                           const char *subject, struct vox_error *err)
{
    struct plan p = {.nreplaced = 0};
    char what[400], id[VIEW_ID_MAX];
    enum vox_err code = store_begin(s, err);

    if (code != VOX_OK)
        return code;
    view_id(c->certs[0], id);
    (void)snprintf(what, sizeof what, "voxtrunk %s %s %.200s (%s)%s", verb, c->trunk->name, subject, id,
                   seen->nreplaced > 0 ? ", in place of another" : "");
    if ((code = look_again(s, c, seen, &p, err)) != VOX_OK || (code = change(s, c, &p, what, err)) != VOX_OK ||
        (code = store_commit(s, err)) != VOX_OK)
        store_rollback(s);
    plan_free(&p);
    return code;
}

static int tell(const struct cli_common *common, const struct claim *c, const struct plan *p)
{
    char subject[SUBJECT_TEXT], fingerprint[CERT_FINGERPRINT_MAX];
    json_t *certs, *replaced;

    if (!common->json) {
        cli_say(common, "trunk %s:", c->trunk->name);
        for (size_t i = 0; i < c->n; i++) {
            view_subject(c->certs[i], subject, sizeof subject);
            cli_say(common, "  %s CallManager-trust: %s", p->old[i] == NULL ? "taken into" : "stood already in",
                    subject);
        }
        return EXIT_DONE;
    }
    certs = json_array();
    replaced = json_array();
    for (size_t i = 0; i < c->n; i++) {
        json_t *one = view_cert_json(c->certs[i], c->now);

        (void)json_object_set_new(one, "device", json_boolean(i == 0));
        (void)json_object_set_new(one, "brought", json_boolean(p->old[i] == NULL));
        (void)json_array_append_new(certs, one);
    }
    for (size_t i = 0; i < p->nreplaced; i++) {
        cert_fingerprint(p->replaced[i]->cert, fingerprint);
        (void)json_array_append_new(replaced, json_string(fingerprint));
    }
    return cli_json_print(
        json_pack("{s:s, s:o, s:o}", "trunk", c->trunk->name, "certificates", certs, "replaced", replaced));
}

int claim_make(const struct cli_common *common, const char *verb, const char *subject, const struct claim *c,
               struct store *s, const char *ask)
{
    struct plan p = {.nreplaced = 0};
    struct vox_error err;
    int status = judge(common, subject, c);

    if (status != EXIT_DONE) {
        cli_warn(common, subject, "nothing was changed");
        return status;
    }
    if (make_plan(s, c, &p, &err) != VOX_OK) {
        status = cli_report(common, subject, &err);
        goto out;
    }
    for (size_t i = 1; i < c->n; i++) {
        if (p.notes[i][0] != '\0')
            cli_warn(common, subject, "%s", p.notes[i]);
    }
    if (confirm(common, c, &p, s, ask, &err) != VOX_OK || record(s, c, &p, verb, subject, &err) != VOX_OK)
        status = cli_report(common, subject, &err);
    else {
        status = tell(common, c, &p);
        after_change(common, s, "trunk-certified", c->trunk->name);
    }
out:
    plan_free(&p);
    return status;
}
