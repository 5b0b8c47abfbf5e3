#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/report.h>
#include <cluster/answer.h>
#include <cluster/wanted.h>
#include <libcert/canaries.h>
#include <libcert/clock.h>
#include <libcert/limits.h>

#include "voxrotate.h"

enum { OPT_ANSWER = 0x600 };

static const struct argp_option options[] = {
    WANTED_OPTIONS,
    {"days", WANTED_DAYS, "N", 0, "how long it is valid (default: 1825, 5 years; ITLRecovery: 7300, 20 years)", 0},
    {"answer", OPT_ANSWER, "FILE", 0, "the CA's answer to the request that 'voxcert csr' made, with its chain", 0},
    {"force", TURN_FORCE, "N", OPTION_ARG_OPTIONAL, "although N known phones would be locked out", 0},
    {"password-file", TURN_PASSWORD, "FILE", 0, "first line: the PIN of the token that signs lists ('-': input)", 0},
    {0},
};

struct stage_args {
    struct wanted w;
    struct turn_args t;
    const char *answer; /* file */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct stage_args *a = state->input;

    if (key == OPT_ANSWER) {
        a->answer = arg;
        return 0;
    }
    if (key == ARGP_KEY_END && a->answer != NULL &&
        (a->w.key != NULL || a->w.subject != NULL || a->w.nsan > 0 || a->w.days != 0))
        argp_error(state, "--answer: key, names and days are those of the CA's answer");
    if (key == TURN_FORCE || key == TURN_PASSWORD)
        return turn_parse(key, arg, state, &a->t);
    return wanted_parse(key, arg, state, &a->w);
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "SERVICE",
    .doc =
        "Begin to replace a service's certificate: make a new key and certificate, or take a CA's answer to a request, "
        "which waits beside the one in use, and publish the lists with both, so that phones know the new one before "
        "they meet it.\v"
        "CallManager, TVS and ITLRecovery are replaced one at a time: phones that lose two of them at once can be "
        "helped by hand alone.",
};

/* The id of the active certificate's binding. Free with free(). */
static enum vox_err find_old(const struct turn *t, char **out, struct vox_error *err)
{
    const struct store_binding_filter f = {
        .place = t->owner.place, .node = owner_node(&t->owner), .state = BIND_ACTIVE};
    struct store_binding *list;
    size_t n;
    enum vox_err code = store_bindings(t->s, &f, &list, &n, err);

    *out = NULL;
    if (code != VOX_OK)
        return code;
    if (n == 0)
        code = vox_fail(err, VOX_E_INPUT, "there is no %s certificate to be replaced: 'voxcert new %s' makes one",
                        t->owner.place, t->owner.place);
    else if (n > 1)
        code = vox_fail(err, VOX_E_INPUT, "%s has %zu active certificates: 'voxcert delete' those that are not in use",
                        t->owner.place, n);
    else if ((*out = strdup(list[0].id)) == NULL)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    store_bindings_free(&list, n);
    return code;
}

/* What is to be brought in: a new key's certificate, or a CA's answer. */
struct bringing {
    const struct cert *cert;
    const char *key_source;      /* of a new one */
    const struct answer *answer; /* NULL: a new one */
};

static enum vox_err bind_new(struct turn *t, const struct bringing *in, struct vox_error *err)
{
    struct store_binding b = {.cert = (struct cert *)(uintptr_t)in->cert, /* only read, as the others */
                              .place = (char *)(uintptr_t)t->owner.place,
                              .node = (char *)(uintptr_t)owner_node(&t->owner),
                              .key_source = (char *)(uintptr_t)in->key_source,
                              .role = ROLE_NONE,
                              .state = BIND_PENDING};
    enum vox_err code = store_binding_add(t->s, &b, err);

    t->begun.new_id = b.id;
    free(b.added);
    return code;
}

static enum vox_err bind_answer(struct turn *t, const struct bringing *in, struct vox_error *err)
{
    if ((t->begun.new_id = strdup(in->answer->pending->id)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    return answer_take(t->s, in->answer, err);
}

/* The new binding and the rotation; looked at again, as another run may have been faster. */
static enum vox_err begin(struct turn *t, void *arg, int64_t now, struct vox_error *err)
{
    const struct bringing *in = arg;
    struct rotation *r = &t->begun;
    enum vox_err code;

    *r = (struct rotation){.step = ROTATION_STAGING, .started = now, .changed = now};
    if ((code = turn_reread(t, err)) != VOX_OK || (code = owner_others_stand_still(t->s, &t->owner, err)) != VOX_OK)
        return code;
    if (t->r != NULL) {
        t->r = NULL;
        return vox_fail(err, VOX_E_NO, "another run has begun this rotation meanwhile: see 'voxrotate status'");
    }
    t->r = r;
    if ((code = find_old(t, &r->old_id, err)) != VOX_OK ||
        (code = in->answer != NULL ? bind_answer(t, in, err) : bind_new(t, in, err)) != VOX_OK)
        return code;
    r->place = strdup(t->owner.place);
    r->node = strdup(owner_node(&t->owner));
    return r->place != NULL && r->node != NULL ? rotation_add(t->s, r, err) : vox_fail(err, VOX_E_MEMORY, "no memory");
}

static enum vox_err bring_in(struct turn *t, struct bringing *in, struct vox_error *err)
{
    char fingerprint[CERT_FINGERPRINT_MAX], told[CERT_FINGERPRINT_MAX + 64];
    const struct turn_change change = {.during = ROTATION_STAGING,
                                       .after = ROTATION_STAGED,
                                       .old_state = BIND_ACTIVE,
                                       .new_state = BIND_PENDING,
                                       .verb = "stage",
                                       .begin = begin,
                                       .arg = in,
                                       .told = told};

    cert_fingerprint(in->cert, fingerprint);
    (void)snprintf(told, sizeof told, "%s: new certificate %s", t->owner.place, fingerprint);
    return turn_change(t, &change, err);
}

/* All phones would get what some of them are trying. */
static enum vox_err check_canaries(const struct turn *t, struct vox_error *err)
{
    struct canary *list;
    size_t n;
    enum vox_err code = canaries_read(t->s, false, &list, &n, err);

    if (code == VOX_OK && n > 0)
        code =
            vox_fail(err, VOX_E_NO,
                     "a canary of the %s in %.700s is open: all phones would be given what it tries. 'voxlist canary "
                     "promote %s --all' or 'voxlist canary withdraw %s' first",
                     list[0].kind, list[0].dir, list[0].kind, list[0].kind);
    canaries_free(&list, n);
    return code;
}

/* May it begin at all? Before a key is made. */
static enum vox_err may_begin(const struct turn *t, struct vox_error *err)
{
    char *old_id = NULL;
    enum vox_err code;

    if ((code = check_canaries(t, err)) != VOX_OK)
        return code;
    if ((code = owner_others_stand_still(t->s, &t->owner, err)) == VOX_OK)
        code = find_old(t, &old_id, err);
    free(old_id);
    return code;
}

static enum vox_err stage_new(struct turn *t, const struct wanted *w, struct vox_error *err)
{
    struct certbuild_params params;
    struct ready p = {.key = NULL};
    struct bringing in = {.answer = NULL};
    struct cert *cert = NULL;
    enum vox_err code;

    if ((code = ready_names(t->s, w, &p, err)) != VOX_OK || (code = ready_key(t->s, w, &p, err)) != VOX_OK)
        goto out;
    params = ready_build(&p, w);
    params.not_before = clock_now();
    if ((code = certbuild_self_signed(&params, &cert, err)) != VOX_OK || (code = ready_save_key(&p, err)) != VOX_OK)
        goto out;
    in.cert = cert;
    in.key_source = p.key_source;
    if ((code = bring_in(t, &in, err)) != VOX_OK && t->r == NULL)
        ready_drop_key(&p);
out:
    cert_free(&cert);
    ready_free(&p);
    return code;
}

static enum vox_err stage_answer(struct turn *t, const char *path, const struct password_source *pass,
                                 struct vox_error *err)
{
    struct answer answer = {.pending = NULL};
    struct bringing in = {.answer = &answer};
    struct bytes file;
    enum vox_err code = cli_read(path, LIMIT_BUNDLE_FILE, &file, err);

    if (code != VOX_OK)
        return vox_error_prefix(err, "%s", path);
    if ((code = answer_read(bytes_view_of(&file), path, &answer, err)) == VOX_OK &&
        (code = answer_match(t->s, &t->owner, pass, clock_now(), &answer, err)) != VOX_OK)
        (void)vox_error_prefix(err, "%s", path);
    if (code == VOX_OK) {
        in.cert = answer.bundle.certs[0];
        code = bring_in(t, &in, err);
    }
    bytes_wipe(&file); /* a key may stand in it */
    answer_free(&answer);
    return code;
}

enum vox_err step_stage(struct turn *t, const struct wanted *w, const char *answer, struct vox_error *err)
{
    const enum rotation_step fine[] = {ROTATION_STAGING};
    const struct turn_change go_on = {.during = ROTATION_STAGING,
                                      .after = ROTATION_STAGED,
                                      .old_state = BIND_ACTIVE,
                                      .new_state = BIND_PENDING,
                                      .verb = "stage"};
    enum vox_err code;

    if (t->r != NULL)
        return (code = turn_must_be(t, "be staged", fine, 1, err)) == VOX_OK ? turn_change(t, &go_on, err) : code;
    if ((code = may_begin(t, err)) != VOX_OK)
        return code;
    return answer != NULL ? stage_answer(t, answer, &w->pass, err) : stage_new(t, w, err);
}

int voxrotate_stage(struct cli_common *common, int argc, char **argv)
{
    struct stage_args a = {.t = {.force_lost = IMPACT_NOT_FORCED}};
    struct turn t = {.common = common};
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    a.w.pass = cli_password(common, a.t.password_file);
    t.password_file = a.t.password_file;
    t.force_lost = a.t.force_lost;
    if (turn_begin(&t, a.w.service, a.w.node, &err) != VOX_OK || step_stage(&t, &a.w, a.answer, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        next_say(&t, ROTATION_STAGED);
    turn_clear(&t);
    return status;
}
