#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/report.h>
#include <cluster/wanted.h>
#include <libcert/audit.h>
#include <libcert/clock.h>

#include "voxrotate.h"

static const struct argp_option options[] = {
    WANTED_OPTIONS,
    {"days", WANTED_DAYS, "N", 0, "how long it is valid (default: 1825, 5 years; ITLRecovery: 7300, 20 years)", 0},
    {"force", TURN_FORCE, "N", OPTION_ARG_OPTIONAL, "although N known phones would be locked out", 0},
    {"password-file", TURN_PASSWORD, "FILE", 0, "first line: the PIN of the token that signs lists ('-': input)", 0},
    {0},
};

struct stage_args {
    struct wanted w;
    struct turn_args t;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct stage_args *a = state->input;

    if (key == TURN_FORCE || key == TURN_PASSWORD)
        return turn_parse(key, arg, state, &a->t);
    return wanted_parse(key, arg, state, &a->w);
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "SERVICE",
    .doc = "Begin to replace a service's certificate: make a new key and certificate, which waits beside the one in "
           "use, and "
           "publish the lists with both, so that phones know the new one before they meet it.\v"
           "CallManager, TVS and ITLRecovery are replaced one at a time: phones that lose two of them at once can be "
           "helped by hand alone.",
};

/* These three vouch for each other: as long as two stand still, phones follow the third. */
static bool is_anchor(const char *place)
{
    return strcmp(place, service_name(SERVICE_CALLMANAGER)) == 0 || strcmp(place, service_name(SERVICE_TVS)) == 0 ||
           strcmp(place, service_name(SERVICE_ITLRECOVERY)) == 0;
}

static enum vox_err check_order(const struct turn *t, struct vox_error *err)
{
    for (size_t i = 0; is_anchor(t->owner.place) && i < t->nopen; i++) {
        const struct rotation *r = &t->open[i];

        if (r == t->r || !is_anchor(r->place))
            continue;
        return vox_fail(
            err, VOX_E_NO,
            "%s%s%s is being replaced (%s): phones believe a new %s by the certificates that stand still, and "
            "those that lose two at once keep what they have until their lists are deleted by hand "
            "(acceptance.md 3.6, 3.7). Finish that one first: 'voxrotate retire %s' or 'voxrotate rollback %s'",
            r->place, r->node[0] != '\0' ? " of node " : "", r->node, rotation_step_word(r->step), t->owner.place,
            r->place, r->place);
    }
    return VOX_OK;
}

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

/* The new binding, the rotation, and the entry in the log. */
static enum vox_err record(struct turn *t, const struct ready *p, struct cert *cert, char *old_id,
                           struct vox_error *err)
{
    const struct owner *o = &t->owner;
    struct store_binding b = {.cert = cert,
                              .place = (char *)(uintptr_t)o->place, /* only read, as the others */
                              .node = (char *)(uintptr_t)owner_node(o),
                              .key_source = p->key_source,
                              .role = ROLE_NONE,
                              .state = BIND_PENDING};
    struct rotation r = {.place = b.place, .node = b.node, .step = ROTATION_STAGING, .old_id = old_id};
    char what[256];
    enum vox_err code;

    (void)snprintf(what, sizeof what, "voxrotate stage %s%s%s", o->place, b.node[0] != '\0' ? " " : "", b.node);
    r.started = clock_now();
    if ((code = store_begin(t->s, err)) != VOX_OK)
        return code;
    if ((code = store_binding_add(t->s, &b, err)) == VOX_OK) {
        r.new_id = b.id;
        code = rotation_add(t->s, &r, err);
    }
    if (code == VOX_OK && (code = audit_append(t->s, what, rotation_step_word(r.step), err)) == VOX_OK)
        code = store_commit(t->s, err);
    store_rollback(t->s);
    free(r.id);
    free(b.id);
    free(b.added);
    return code;
}

static enum vox_err make(struct turn *t, const struct wanted *w, struct ready *p, struct vox_error *err)
{
    struct certbuild_params params;
    struct cert *cert = NULL;
    char *old_id = NULL;
    enum vox_err code;

    if ((code = check_order(t, err)) != VOX_OK || (code = find_old(t, &old_id, err)) != VOX_OK ||
        (code = ready_key(t->s, w, p, err)) != VOX_OK)
        goto out;
    params = ready_build(p, w);
    params.not_before = clock_now();
    if ((code = certbuild_self_signed(&params, &cert, err)) == VOX_OK && (code = ready_save_key(p, err)) == VOX_OK &&
        (code = record(t, p, cert, old_id, err)) != VOX_OK)
        ready_drop_key(p);
out:
    cert_free(&cert);
    free(old_id);
    return code;
}

/* The rotation that make() recorded. */
static enum vox_err reread(struct turn *t, struct vox_error *err)
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

static enum vox_err stage(struct turn *t, const struct stage_args *a, struct ready *p, struct vox_error *err)
{
    const enum rotation_step fine[] = {ROTATION_STAGING};
    const struct turn_change change = {.during = ROTATION_STAGING,
                                       .after = ROTATION_STAGED,
                                       .old_state = BIND_ACTIVE,
                                       .new_state = BIND_PENDING,
                                       .verb = "stage"};
    struct store_binding b;
    char fingerprint[CERT_FINGERPRINT_MAX];
    bool again = t->r != NULL;
    enum vox_err code;

    if (again)
        code = turn_must_be(t, "be staged", fine, 1, err);
    else if ((code = ready_names(t->s, &a->w, p, err)) == VOX_OK && (code = make(t, &a->w, p, err)) == VOX_OK)
        code = reread(t, err);
    if (code != VOX_OK || (code = turn_binding(t, t->r->new_id, &b, err)) != VOX_OK)
        return code;
    cert_fingerprint(b.cert, fingerprint);
    cli_say(t->common, "%s: new certificate %s", t->owner.place, fingerprint);
    store_binding_clear(&b);
    t->fresh = !again;
    return turn_change(t, &change, err);
}

int voxrotate_stage(struct cli_common *common, int argc, char **argv)
{
    struct stage_args a = {.t = {.force_lost = IMPACT_NOT_FORCED}};
    struct turn t = {.common = common};
    struct ready p = {.key = NULL};
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    a.w.pass = cli_password(common, a.t.password_file);
    t.password_file = a.t.password_file;
    t.force_lost = a.t.force_lost;
    if (turn_begin(&t, a.w.service, a.w.node, &err) != VOX_OK || stage(&t, &a, &p, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        next_say(&t, ROTATION_STAGED);
    ready_free(&p);
    turn_clear(&t);
    return status;
}
