#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/impact.h>
#include <cluster/view.h>
#include <libcert/audit.h>
#include <libcert/clock.h>

#include "voxcert.h"
#include <cluster/wanted.h>

enum { OPT_FORCE = 'f' };

struct new_args {
    struct wanted w;
    int64_t force_lost;
};

static const struct argp_option options[] = {
    WANTED_OPTIONS,
    {"days", WANTED_DAYS, "N", 0, "how long it is valid (default: 1825, 5 years; ITLRecovery: 7300, 20 years)", 0},
    {"replace", WANTED_REPLACE, NULL, 0, "retire the active certificate of that service", 0},
    {"force", OPT_FORCE, "N", 0, "with --replace: although N known phones would be locked out", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct new_args *a = state->input;

    if (key == OPT_FORCE) {
        if (!impact_parse_forced(arg, &a->force_lost))
            argp_error(state, "--force=%s: how many phones may be locked out, as a number", arg);
        return 0;
    }
    return wanted_parse(key, arg, state, &a->w);
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "SERVICE",
    .doc = "Make a private key and a self-signed certificate for a service: CallManager, CallManager-ECDSA, CAPF, TVS, "
           "ITLRecovery or tomcat.\v"
           "A certificate that phones know must not vanish from one day to the next: with --replace, change one "
           "service at a time, publish the lists, and let phones fetch them before the next.",
};

static enum vox_err refuse(const struct owner *o, const struct store_binding *active, struct vox_error *err)
{
    char what[VIEW_PLACE_MAX], name[300];

    owner_text(o, what, sizeof what);
    view_subject(active->cert, name, sizeof name);
    return vox_fail(
        err, VOX_E_EXISTS,
        "%s has an active certificate: %s. Phones and peers know that one; replacing certificates in the "
        "wrong order locks phones out: 'voxrotate plan %s' tells the right one. --replace makes a new one and "
        "retires it at once; the lists must then be published again before phones meet the new one",
        what, name, o->place);
}

/* Binding, retirement and audit entry in one transaction. */
static enum vox_err record(struct store *s, const struct ready *p, struct cert *cert, const struct new_args *a,
                           size_t *retired, struct vox_error *err)
{
    char what[256], id[VIEW_ID_MAX];
    struct store_binding b = {.cert = cert, .role = ROLE_NONE, .state = BIND_ACTIVE};
    struct store_binding *active = NULL;
    enum vox_err code;

    *retired = 0;
    if ((code = store_begin(s, err)) != VOX_OK)
        return code;
    /* Looked at again: another program may have been faster, and phones may have fetched lists meanwhile. */
    if ((code = owner_active(s, &p->owner, &active, retired, err)) != VOX_OK)
        goto out;
    if ((code = owner_not_rotating(s, &p->owner, err)) != VOX_OK)
        goto out;
    if (*retired > 0 && !a->w.replace) {
        code = refuse(&p->owner, active, err);
        goto out;
    }
    if (*retired > 0 && (code = owner_others_stand_still(s, &p->owner, err)) != VOX_OK)
        goto out;
    for (size_t i = 0; i < *retired; i++) {
        if ((code = impact_allow_loss(s, active[i].id, a->force_lost, err)) != VOX_OK ||
            (code = store_binding_set_state(s, active[i].id, BIND_RETIRED, err)) != VOX_OK)
            goto out;
    }
    b.place = (char *)(uintptr_t)p->owner.place; /* only read */
    b.node = (char *)(uintptr_t)owner_node(&p->owner);
    b.key_source = p->key_source;
    view_id(cert, id);
    (void)snprintf(what, sizeof what, "voxcert new %s%s%.64s (%s)%s", p->owner.place, b.node[0] != '\0' ? " " : "",
                   b.node, id, *retired > 0 ? " --replace" : "");
    code = store_binding_add(s, &b, err);
    free(b.id);
    free(b.added);
    if (code == VOX_OK && (code = audit_append(s, what, "done", err)) == VOX_OK)
        code = store_commit(s, err);
out:
    if (code != VOX_OK)
        store_rollback(s);
    store_bindings_free(&active, *retired);
    return code;
}

static enum vox_err make(struct store *s, struct ready *p, const struct new_args *a, struct cert **out, size_t *retired,
                         struct vox_error *err)
{
    const struct wanted *w = &a->w;
    struct certbuild_params params;
    enum vox_err code;

    if ((code = ready_key(s, w, p, err)) != VOX_OK)
        return code;
    params = ready_build(p, w);
    params.not_before = clock_now();
    if ((code = certbuild_self_signed(&params, out, err)) != VOX_OK || (code = ready_save_key(p, err)) != VOX_OK)
        return code;
    if ((code = record(s, p, *out, a, retired, err)) != VOX_OK)
        ready_drop_key(p);
    return code;
}

static int tell(const struct cli_common *common, const struct ready *p, const struct cert *cert, size_t retired)
{
    char what[VIEW_PLACE_MAX], until[CLOCK_RFC3339_MAX], key[64], fingerprint[CERT_FINGERPRINT_MAX], name[300];

    if (common->json) {
        json_t *doc = view_cert_json(cert, clock_now());

        (void)json_object_set_new(doc, "place", json_string(p->owner.place));
        (void)json_object_set_new(doc, "node", json_string(owner_node(&p->owner)));
        (void)json_object_set_new(doc, "key_file", json_string(p->key_source));
        (void)json_object_set_new(doc, "retired", json_integer((json_int_t)retired));
        return cli_json_print(doc);
    }
    owner_text(&p->owner, what, sizeof what);
    clock_format(cert_not_after(cert), until);
    cert_key_text(cert, key, sizeof key);
    cert_fingerprint(cert, fingerprint);
    view_name(cert, name, sizeof name);
    cli_say(common, "%s: new certificate %s", what, name);
    cli_say(common, "  SHA-256      %s\n  key          %s, until %s\n  private key  %s", fingerprint, key, until,
            p->key_path);
    if (retired > 0) {
        cli_say(common, "The old one is retired. Now, before anything else is replaced:");
        cli_say(common, "  voxlist publish ctl --to DIR, voxlist publish itl --to DIR    so that phones learn of it");
        cli_say(common, "  restart the service; upload the new certificate to peers that hold the old one");
        cli_say(common, "  wait until phones have fetched the lists");
    }
    return EXIT_DONE;
}

static enum vox_err may_replace(const struct cli_common *common, struct store *s, const struct owner *o,
                                const struct new_args *a, struct vox_error *err)
{
    const struct wanted *w = &a->w;
    struct store_binding *active = NULL;
    char what[VIEW_PLACE_MAX], name[300];
    size_t n = 0;
    enum vox_err code = owner_active(s, o, &active, &n, err);

    if (code == VOX_OK && n > 0 && !w->replace) {
        code = refuse(o, active, err);
    } else if (code == VOX_OK && n > 0 && (code = owner_others_stand_still(s, o, err)) == VOX_OK &&
               (code = impact_allow_loss(s, active->id, a->force_lost, err)) == VOX_OK) {
        owner_text(o, what, sizeof what);
        view_name(active->cert, name, sizeof name);
        if (!cli_confirm(common, "Retire %s's certificate %s? Phones trust it until new lists reach them.", what, name))
            code = vox_fail(err, VOX_E_NO, "nothing was replaced (--yes answers the question)");
    }
    store_bindings_free(&active, n);
    return code;
}

int voxcert_new(struct cli_common *common, int argc, char **argv)
{
    struct new_args a = {.force_lost = IMPACT_NOT_FORCED};
    struct ready p = {0};
    struct cert *cert = NULL;
    struct store *s = NULL;
    struct vox_error err;
    size_t retired = 0;
    int status;

    a.w.pass = cli_password(common, NULL);
    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || ready_names(s, &a.w, &p, &err) != VOX_OK ||
        may_replace(common, s, &p.owner, &a, &err) != VOX_OK || make(s, &p, &a, &cert, &retired, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else {
        status = tell(common, &p, cert, retired);
        after_change(common, s, "installed", p.owner.place, owner_node(&p.owner));
    }
    cert_free(&cert);
    ready_free(&p);
    store_close(&s);
    return status;
}
