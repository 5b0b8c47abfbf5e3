#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/report.h>
#include <cluster/hooks.h>
#include <libcert/audit.h>
#include <libcert/clock.h>

#include "lists.h"
#include "voxrotate.h"

error_t turn_parse(int key, char *arg, struct argp_state *state, struct turn_args *a)
{
    switch (key) {
    case TURN_NODE:
        a->node = arg;
        return 0;
    case TURN_PASSWORD:
        a->password_file = arg;
        return 0;
    case TURN_FORCE:
        if (arg == NULL)
            argp_error(state, "--force=N: the number of phones that would be locked out, as it was told");
        if (!impact_parse_forced(arg, &a->force_lost))
            argp_error(state, "--force=%s: how many phones may be locked out, as a number", arg);
        return 0;
    case ARGP_KEY_ARG:
        if (a->service != NULL)
            argp_error(state, "one SERVICE at a time: %s", arg);
        a->service = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which SERVICE? CallManager, CallManager-ECDSA, CAPF, TVS, ITLRecovery or tomcat");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

enum vox_err turn_begin(struct turn *t, const char *service, const char *node, struct vox_error *err)
{
    enum vox_err code;

    if ((code = cli_store_open(t->common, &t->s, err)) != VOX_OK ||
        (code = owner_find(t->s, service, node, &t->owner, err)) != VOX_OK)
        return code;
    return turn_reread(t, err);
}

enum vox_err turn_reread(struct turn *t, struct vox_error *err)
{
    enum vox_err code;

    rotations_free(&t->open, t->nopen);
    t->r = NULL;
    if ((code = rotations_read(t->s, false, &t->open, &t->nopen, err)) != VOX_OK)
        return code;
    for (size_t i = 0; i < t->nopen; i++)
        if (strcmp(t->open[i].place, t->owner.place) == 0 && strcmp(t->open[i].node, owner_node(&t->owner)) == 0)
            t->r = &t->open[i];
    return VOX_OK;
}

void turn_clear(struct turn *t)
{
    rotations_free(&t->open, t->nopen);
    rotation_clear(&t->begun);
    owner_free(&t->owner);
    store_close(&t->s);
}

enum vox_err turn_must_be(const struct turn *t, const char *verb, const enum rotation_step *steps, size_t n,
                          struct vox_error *err)
{
    char what[256];

    owner_text(&t->owner, what, sizeof what);
    if (t->r == NULL)
        return vox_fail(err, VOX_E_INPUT, "no rotation of %s is open: 'voxrotate stage %s' begins one", what,
                        t->owner.place);
    for (size_t i = 0; i < n; i++)
        if (t->r->step == steps[i])
            return VOX_OK;
    return vox_fail(err, VOX_E_INPUT, "the rotation of %s is %s: it cannot %s now ('voxrotate status')", what,
                    rotation_step_word(t->r->step), verb);
}

enum vox_err turn_binding(const struct turn *t, const char *id, struct store_binding *out, struct vox_error *err)
{
    const struct store_binding_filter f = {.id = id, .state = -1};
    struct store_binding *list;
    size_t n;
    enum vox_err code = store_bindings(t->s, &f, &list, &n, err);

    *out = (struct store_binding){.id = NULL};
    if (code != VOX_OK)
        return code;
    if (n != 1 || list[0].cert == NULL) {
        store_bindings_free(&list, n);
        return vox_fail(err, VOX_E_INPUT, "a certificate of the rotation was deleted: 'voxrotate rollback %s' ends it",
                        t->owner.place);
    }
    *out = list[0];
    free(list);
    return VOX_OK;
}

static enum vox_err audit(const struct turn *t, const char *verb, const char *result, struct vox_error *err)
{
    char what[256];

    (void)snprintf(what, sizeof what, "voxrotate %s %s%s%s", verb, t->owner.place,
                   owner_node(&t->owner)[0] != '\0' ? " " : "", owner_node(&t->owner));
    return audit_append(t->s, what, result, err);
}

void turn_note(const struct turn *t, const char *what, char *out, size_t outlen)
{
    (void)snprintf(out, outlen, "rotation of %s%s%s: %s", t->owner.place,
                   owner_node(&t->owner)[0] != '\0' ? " of " : "", owner_node(&t->owner), what);
}

void turn_words(const struct turn *t, char *out, size_t outlen)
{
    const bool several = t->owner.nnodes > 1 && t->owner.node != NULL;

    (void)snprintf(out, outlen, "%s%s%s", t->owner.place, several ? " --node " : "",
                   several ? owner_node(&t->owner) : "");
}

enum vox_err turn_still(const struct turn *t, struct vox_error *err)
{
    struct rotation *list;
    bool same = false;
    size_t n;
    enum vox_err code = rotations_read(t->s, true, &list, &n, err);

    for (size_t i = 0; code == VOX_OK && i < n; i++)
        same = same ||
               (strcmp(list[i].id, t->r->id) == 0 && list[i].step == t->r->step && list[i].changed == t->r->changed);
    rotations_free(&list, n);
    if (code == VOX_OK && !same)
        code = vox_fail(err, VOX_E_NO, "somebody else went on with this rotation meanwhile: see 'voxrotate status'");
    return code;
}

/* In the transaction: whatever begins it, then states and step. The rotation in memory follows. */
static enum vox_err apply(struct turn *t, const struct turn_change *c, int64_t now, struct vox_error *err)
{
    enum vox_err code;

    if ((code = c->begin != NULL ? c->begin(t, c->arg, now, err) : turn_still(t, err)) != VOX_OK)
        return code;
    if ((code = store_binding_set_state(t->s, t->r->old_id, c->old_state, err)) == VOX_OK &&
        (code = store_binding_set_state(t->s, t->r->new_id, c->new_state, err)) == VOX_OK &&
        (code = rotation_set_step(t->s, t->r->id, c->during, now, err)) == VOX_OK) {
        t->r->step = c->during;
        t->r->changed = now;
    }
    return code;
}

static void unapply(struct turn *t, const struct turn_change *c, const struct rotation *was)
{
    store_rollback(t->s);
    if (c->begin != NULL) {
        rotation_clear(&t->begun);
        t->r = NULL;
    } else {
        t->r->step = was->step;
        t->r->changed = was->changed;
    }
}

/* What the lists would say. */
static enum vox_err foresee(struct turn *t, const struct turn_change *c, int64_t now, struct lists_next *next,
                            struct vox_error *err)
{
    const struct rotation was = t->r != NULL ? *t->r : (struct rotation){.id = NULL};
    enum vox_err code = store_begin(t->s, err);

    if (code != VOX_OK)
        return code;
    if ((code = apply(t, c, now, err)) == VOX_OK)
        code = lists_compose(t, c->after == ROTATION_ROLLED_BACK, next, err);
    unapply(t, c, &was);
    return code;
}

/* Judged with the new states in force, and recorded, in one transaction: refused means that nothing was changed. */
static enum vox_err record(struct turn *t, const struct turn_change *c, int64_t now, const struct lists_next *next,
                           struct vox_error *err)
{
    const struct rotation was = t->r != NULL ? *t->r : (struct rotation){.id = NULL};
    enum vox_err code = store_begin(t->s, err);

    if (code != VOX_OK)
        return code;
    if ((code = apply(t, c, now, err)) == VOX_OK && (code = lists_still(t, next, err)) == VOX_OK &&
        (code = lists_judge(t, next, err)) == VOX_OK &&
        (code = audit(t, c->verb, rotation_step_word(c->during), err)) == VOX_OK)
        code = store_commit(t->s, err);
    if (code != VOX_OK)
        unapply(t, c, &was);
    return code;
}

static enum vox_err finish(struct turn *t, const struct turn_change *c, struct vox_error *err)
{
    enum vox_err code = store_begin(t->s, err);

    if (code != VOX_OK)
        return code;
    if ((code = turn_still(t, err)) == VOX_OK &&
        (code = rotation_set_step(t->s, t->r->id, c->after, t->r->changed, err)) == VOX_OK &&
        (code = audit(t, c->verb, rotation_step_word(c->after), err)) == VOX_OK)
        code = store_commit(t->s, err);
    store_rollback(t->s);
    if (code == VOX_OK)
        t->r->step = c->after;
    return code;
}

enum vox_err turn_change(struct turn *t, const struct turn_change *c, struct vox_error *err)
{
    const bool again = t->r != NULL && t->r->step == c->during;
    const int64_t now = again ? t->r->changed : clock_now();
    struct lists_next next = {.list = NULL};
    char note[128];
    enum vox_err code;

    if (again) {
        cli_say(t->common, "An earlier run was interrupted: it goes on from there.");
        code = lists_compose(t, c->after == ROTATION_ROLLED_BACK, &next, err);
    } else {
        code = foresee(t, c, now, &next, err);
    }
    if (code == VOX_OK && (code = lists_make(t, &next, (uint32_t)now, err)) == VOX_OK && !again)
        code = record(t, c, now, &next, err);
    if (code == VOX_OK) {
        if (c->told != NULL)
            cli_say(t->common, "%s", c->told);
        turn_note(t, rotation_step_word(c->after), note, sizeof note);
        if ((code = lists_put(t, &next, note, err)) == VOX_OK)
            code = finish(t, c, err);
        lists_hooks(t, &next);
    }
    lists_clear(&next);
    return code;
}

void turn_hooks(const struct turn *t, const char *event)
{
    const struct hooks_event e = {
        .program = t->common->program, .name = event, .subject = t->owner.place, .node = owner_node(&t->owner)};

    hooks_run(t->s, &e, cli_hook, t->common, NULL);
}
