#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/view.h>
#include <libcert/audit.h>

#include "find.h"
#include "voxtrunk.h"

enum { OPT_KEEP = 0x100 };

struct remove_args {
    const char *name;
    bool keep;
};

static const struct argp_option options[] = {
    {"keep-certificates", OPT_KEEP, NULL, 0, "leave all certificates in CallManager-trust", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct remove_args *a = state->input;

    switch (key) {
    case OPT_KEEP:
        a->keep = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->name != NULL)
            argp_error(state, "one NAME, not '%s' as well", arg);
        a->name = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->name == NULL)
            argp_error(state, "which NAME?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "NAME",
    .doc = "Remove a trunk. Certificates that were put into CallManager-trust for it alone go with it; those that "
           "stood there before, that another trunk has, or that issued something else there, stay.",
};

/* A certificate of the trunk, and why it stays; NULL: it goes. */
struct fate {
    const struct trunk_cert *cert;
    const char *stays;
};

struct removal {
    struct trunk *trunk;
    struct trunk_cert *certs;
    struct fate *fates;
    size_t n, going;
};

static void removal_free(struct removal *r)
{
    free(r->trunk);
    free(r->fates);
    trunk_certs_free(&r->certs, r->n);
}

static bool goes_with(const struct removal *r, const char *binding)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->fates[i].stays == NULL && strcmp(r->certs[i].binding, binding) == 0)
            return true;
    }
    return false;
}

/* Has it issued something in CallManager-trust that stays? */
static bool still_issues(const struct removal *r, const struct trunk_cert *c, const struct store_binding *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (all[i].cert != NULL && strcmp(all[i].id, c->binding) != 0 && !goes_with(r, all[i].id) &&
            !cert_same(all[i].cert, c->cert) && bytes_equal(cert_issuer_der(all[i].cert), cert_subject_der(c->cert)) &&
            cert_verify_signed_by(all[i].cert, c->cert))
            return true;
    }
    return false;
}

static enum vox_err other_trunk(struct store *s, const struct trunk_cert *c, bool *out, struct vox_error *err)
{
    const struct trunk_cert_filter f = {.binding = c->binding};
    struct trunk_cert *list;
    size_t n;
    enum vox_err code = trunk_certs(s, &f, &list, &n, err);

    *out = n > 1;
    trunk_certs_free(&list, n);
    return code;
}

static enum vox_err decide(struct store *s, const struct remove_args *a, struct removal *r, struct vox_error *err)
{
    const struct store_binding_filter f = {.place = TRUNK_PLACE, .state = -1, .live = true};
    struct store_binding *all;
    size_t nall;
    bool shared;
    enum vox_err code = store_bindings(s, &f, &all, &nall, err);

    if (code != VOX_OK)
        return code;
    for (size_t i = 0; i < r->n && code == VOX_OK; i++) {
        r->fates[i].cert = &r->certs[i];
        code = other_trunk(s, &r->certs[i], &shared, err);
        r->fates[i].stays = a->keep                ? "as you said"
                            : !r->certs[i].brought ? "it stood there before"
                            : shared               ? "another trunk has it"
                                                   : NULL;
    }
    /* An issuer that stays holds its own issuers: until nothing changes. */
    for (bool changed = code == VOX_OK; changed;) {
        changed = false;
        for (size_t i = 0; i < r->n; i++) {
            if (r->fates[i].stays == NULL && still_issues(r, &r->certs[i], all, nall)) {
                r->fates[i].stays = "it issued another certificate there";
                changed = true;
            }
        }
    }
    for (size_t i = 0; i < r->n; i++)
        r->going += r->fates[i].stays == NULL;
    store_bindings_free(&all, nall);
    return code;
}

static enum vox_err look(struct store *s, const struct remove_args *a, struct removal *r, struct vox_error *err)
{
    const struct trunk_cert_filter f = {.trunk = a->name};
    enum vox_err code;

    if ((code = find_trunk(s, a->name, &r->trunk, err)) != VOX_OK ||
        (code = trunk_certs(s, &f, &r->certs, &r->n, err)) != VOX_OK)
        return code;
    if ((r->fates = calloc(r->n + 1, sizeof *r->fates)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    return decide(s, a, r, err);
}

static enum vox_err change(struct store *s, const struct remove_args *a, const struct removal *r, struct vox_error *err)
{
    char what[256];
    enum vox_err code = trunk_remove(s, r->trunk->name, err);

    for (size_t i = 0; i < r->n && code == VOX_OK; i++) {
        if (r->fates[i].stays == NULL)
            code = store_binding_remove(s, r->certs[i].binding, err);
    }
    (void)snprintf(what, sizeof what, "voxtrunk remove %.64s (%zu of %zu certificates with it)", a->name, r->going,
                   r->n);
    return code == VOX_OK ? audit_append(s, what, "done", err) : code;
}

/* The same certificates go, and the same stay? */
static bool same_removal(const struct removal *a, const struct removal *b)
{
    bool same = a->n == b->n;

    for (size_t i = 0; same && i < a->n; i++)
        same = strcmp(a->certs[i].binding, b->certs[i].binding) == 0 &&
               (a->fates[i].stays == NULL) == (b->fates[i].stays == NULL);
    return same;
}

static int tell(const struct cli_common *common, const struct removal *r)
{
    json_t *removed = json_array(), *kept = json_array();

    for (size_t i = 0; i < r->n; i++) {
        const struct fate *f = &r->fates[i];
        char fingerprint[CERT_FINGERPRINT_MAX];

        cert_fingerprint(f->cert->cert, fingerprint);
        (void)json_array_append_new(f->stays == NULL ? removed : kept,
                                    f->stays == NULL ? json_string(fingerprint)
                                                     : json_pack("{s:s, s:s}", "sha256", fingerprint, "why", f->stays));
    }
    if (common->json)
        return cli_json_print(json_pack("{s:s, s:o, s:o}", "removed", r->trunk->name, "certificates_removed", removed,
                                        "certificates_kept", kept));
    json_decref(removed);
    json_decref(kept);
    cli_say(common, "trunk %s: removed", r->trunk->name);
    for (size_t i = 0; i < r->n; i++) {
        const struct fate *f = &r->fates[i];
        char subject[300];

        view_subject(f->cert->cert, subject, sizeof subject);
        if (f->stays == NULL)
            cli_say(common, "  out of CallManager-trust: %s", subject);
        else
            cli_say(common, "  stays in CallManager-trust, %s: %s", f->stays, subject);
    }
    return EXIT_DONE;
}

int voxtrunk_remove(struct cli_common *common, int argc, char **argv)
{
    struct remove_args a = {0};
    struct removal r = {0};
    struct store *s = NULL;
    struct vox_error err;
    enum vox_err code;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if ((code = cli_store_open(common, &s, &err)) == VOX_OK && (code = look(s, &a, &r, &err)) == VOX_OK) {
        if (!cli_confirm(common, "Remove trunk %s, and %zu of its %zu certificates from CallManager-trust?", a.name,
                         r.going, r.n))
            code = vox_fail(&err, VOX_E_NO, "nothing was removed (--yes answers the question)");
    }
    /* Looked at again under the lock: what was said is what is done, or nothing. */
    if (code == VOX_OK && (code = store_begin(s, &err)) == VOX_OK) {
        struct removal said = r;

        r = (struct removal){0};
        if ((code = look(s, &a, &r, &err)) == VOX_OK && !same_removal(&said, &r))
            code = vox_fail(&err, VOX_E_STORE, "somebody else has changed the trunk meanwhile: look again");
        if (code != VOX_OK || (code = change(s, &a, &r, &err)) != VOX_OK || (code = store_commit(s, &err)) != VOX_OK)
            store_rollback(s);
        removal_free(&said);
    }
    status = code == VOX_OK ? tell(common, &r) : cli_report(common, NULL, &err);
    if (code == VOX_OK)
        after_change(common, s, "trunk-removed", r.trunk->name);
    removal_free(&r);
    store_close(&s);
    return status;
}
