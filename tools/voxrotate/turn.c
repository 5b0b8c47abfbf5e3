#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/report.h>
#include <cluster/hooks.h>
#include <libcert/audit.h>
#include <libcert/clock.h>

#include "voxrotate.h"

error_t turn_parse(int key, char *arg, struct argp_state *state, struct turn_args *a)
{
    char *end;

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
        errno = 0;
        a->force_lost = strtoll(arg, &end, 10);
        if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || errno != 0)
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
        (code = owner_find(t->s, service, node, &t->owner, err)) != VOX_OK ||
        (code = rotations_read(t->s, false, &t->open, &t->nopen, err)) != VOX_OK)
        return code;
    for (size_t i = 0; i < t->nopen; i++)
        if (strcmp(t->open[i].place, t->owner.place) == 0 && strcmp(t->open[i].node, owner_node(&t->owner)) == 0)
            t->r = &t->open[i];
    return VOX_OK;
}

void turn_clear(struct turn *t)
{
    rotations_free(&t->open, t->nopen);
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

/* States and step in one transaction. */
static enum vox_err record(struct turn *t, const struct turn_change *c, struct vox_error *err)
{
    const int64_t now = clock_now();
    enum vox_err code;

    if ((code = store_begin(t->s, err)) != VOX_OK)
        return code;
    if ((code = store_binding_set_state(t->s, t->r->old_id, c->old_state, err)) == VOX_OK &&
        (code = store_binding_set_state(t->s, t->r->new_id, c->new_state, err)) == VOX_OK &&
        (code = rotation_set_step(t->s, t->r->id, c->during, now, err)) == VOX_OK &&
        (code = audit(t, c->verb, rotation_step_word(c->during), err)) == VOX_OK)
        code = store_commit(t->s, err);
    store_rollback(t->s);
    if (code == VOX_OK) {
        t->r->step = c->during;
        t->r->changed = now;
    }
    return code;
}

static enum vox_err finish(struct turn *t, const struct turn_change *c, struct vox_error *err)
{
    enum vox_err code = store_begin(t->s, err);

    if (code != VOX_OK)
        return code;
    if ((code = rotation_set_step(t->s, t->r->id, c->after, t->r->changed, err)) == VOX_OK &&
        (code = audit(t, c->verb, rotation_step_word(c->after), err)) == VOX_OK)
        code = store_commit(t->s, err);
    store_rollback(t->s);
    if (code == VOX_OK)
        t->r->step = c->after;
    return code;
}

enum vox_err turn_change(struct turn *t, const struct turn_change *c, struct vox_error *err)
{
    char note[128];
    enum vox_err code;

    if (t->r->step != c->during) {
        if ((code = record(t, c, err)) != VOX_OK)
            return code;
    } else if (!t->fresh) {
        cli_say(t->common, "An earlier run was interrupted: it goes on from there.");
    }
    (void)snprintf(note, sizeof note, "rotation of %s%s%s: %s", t->owner.place,
                   owner_node(&t->owner)[0] != '\0' ? " " : "", owner_node(&t->owner), rotation_step_word(c->after));
    code = c->after == ROTATION_ROLLED_BACK ? lists_restore(t, note, err) : lists_publish(t, note, err);
    return code == VOX_OK ? finish(t, c, err) : code;
}

void turn_hooks(const struct turn *t, const char *event)
{
    const struct hooks_event e = {
        .program = t->common->program, .name = event, .subject = t->owner.place, .node = owner_node(&t->owner)};

    hooks_run(t->s, &e, cli_hook, t->common, NULL);
}
