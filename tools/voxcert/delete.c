#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/impact.h>
#include <cluster/view.h>
#include <libcert/audit.h>
#include <libcert/file.h>
#include <libcert/trunks.h>

#include <cluster/naming.h>
#include <cluster/owner.h>
#include "pick.h"
#include "voxcert.h"

struct delete_args {
    const char *id, *node, *from;
    bool pending, force;
    int64_t force_lost;
};

enum { OPT_FROM = 0x100, OPT_PENDING };

static const struct argp_option options[] = {
    {"node", 'n', "NODE", 0, "only what belongs to this node", 0},
    {"from", OPT_FROM, "PLACE", 0, "the trust store or service where it is meant, when it stands in several", 0},
    {"pending", OPT_PENDING, NULL, 0, "with a service: the request that waits for the CA's answer", 0},
    {"force", 'f', "N", OPTION_ARG_OPTIONAL,
     "even the active certificate of a service, or one of a trunk; N: and though so many known phones would be locked "
     "out",
     0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct delete_args *a = state->input;
    enum service service;
    switch (key) {
    case 'n':
        a->node = arg;
        return 0;
    case OPT_FROM:
        a->from = service_parse(arg, &service) ? service_name(service) : trust_store_parse(arg);
        if (a->from == NULL)
            argp_error(state, "--from %s: neither a service nor a trust store", arg);
        return 0;
    case OPT_PENDING:
        a->pending = true;
        return 0;
    case 'f':
        a->force = true;
        if (arg == NULL)
            return 0;
        if (!impact_parse_forced(arg, &a->force_lost))
            argp_error(state, "--force=%s: how many phones may be locked out, as a number", arg);
        return 0;
    case ARGP_KEY_ARG:
        if (a->id != NULL)
            argp_error(state, "one ID at a time: %s", arg);
        a->id = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which ID?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "ID",
    .doc = "Delete a certificate from where it stands; of a service's own, the private key goes with it.",
};

/* The one binding that is meant, moved to the front of list. */
static enum vox_err narrow(const struct delete_args *a, struct store_binding *list, size_t n, struct vox_error *err)
{
    char candidates[700];
    size_t found = 0, at = 0;

    for (size_t i = 0; i < n; i++) {
        if (a->from != NULL && strcmp(list[i].place, a->from) != 0)
            continue;
        at = i;
        found++;
    }
    pick_candidates(list, n, candidates, sizeof candidates);
    if (found == 0)
        return vox_fail(err, VOX_E_INPUT, "it does not stand in %s, but here: %s", a->from, candidates);
    if (found > 1)
        return vox_fail(err, VOX_E_INPUT,
                        "it stands in several places: %s. Say which with --from PLACE and --node NODE", candidates);
    struct store_binding b = list[0];

    list[0] = list[at];
    list[at] = b;
    return VOX_OK;
}

static enum vox_err find(struct store *s, const struct delete_args *a, struct store_binding **list, size_t *n,
                         struct vox_error *err)
{
    struct owner o;
    enum vox_err code;

    if (!a->pending) {
        if ((code = pick(s, a->id, a->node, list, n, err)) != VOX_OK)
            return code;
        return narrow(a, *list, *n, err);
    }
    if ((code = owner_find(s, a->id, a->node, &o, err)) != VOX_OK)
        return code;
    const struct store_binding_filter f = {.place = o.place, .node = owner_node(&o), .state = BIND_PENDING};

    if ((code = store_bindings(s, &f, list, n, err)) == VOX_OK && *n == 0)
        code = vox_fail(err, VOX_E_INPUT, "no request for %s waits for an answer", o.place);
    owner_free(&o);
    return code;
}

static enum vox_err refuse_active(const struct delete_args *a, const struct store_binding *b, struct vox_error *err)
{
    enum service service;

    if (b->state != BIND_ACTIVE || a->force || !service_parse(b->place, &service))
        return VOX_OK;
    return vox_fail(err, VOX_E_INPUT,
                    "%s%s%s is in use with it: phones and peers that know this certificate would meet nothing they "
                    "trust. 'voxcert new %s --replace' puts another in its place; --force deletes it all the same",
                    b->place, b->node[0] != '\0' ? " of node " : "", b->node, b->place);
}

/* A trunk whose device's certificate vanishes does not come up any more. */
static enum vox_err refuse_trunk(struct store *s, const struct delete_args *a, const struct store_binding *b,
                                 struct vox_error *err)
{
    const struct trunk_cert_filter f = {.binding = b->id};
    struct trunk_cert *list;
    size_t n;
    enum vox_err code = trunk_certs(s, &f, &list, &n, err);

    if (code == VOX_OK && n > 0 && !a->force)
        code =
            vox_fail(err, VOX_E_INPUT,
                     "trunk %s%s relies on it: 'voxtrunk upload' puts another in its place, 'voxtrunk remove' removes "
                     "the trunk; --force deletes it all the same",
                     list[0].trunk, n > 1 ? " and others" : "");
    trunk_certs_free(&list, n);
    return code;
}

/* Is the key a file of ours that no other certificate uses? */
static enum vox_err key_is_free(struct store *s, const struct store_binding *b, bool *out, struct vox_error *err)
{
    const struct store_binding_filter f = {.place = b->place, .state = -1};
    struct store_binding *list;
    size_t n;
    enum vox_err code;

    *out = naming_key_is_ours(b->key_source);
    if (!*out || (code = store_bindings(s, &f, &list, &n, err)) != VOX_OK)
        return *out ? code : VOX_OK;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].id, b->id) != 0 && strcmp(list[i].key_source, b->key_source) == 0)
            *out = false;
    }
    store_bindings_free(&list, n);
    return VOX_OK;
}

static enum vox_err record(struct store *s, const struct store_binding *b, int64_t force_lost, struct vox_error *err)
{
    char what[256], id[VIEW_ID_MAX];
    enum vox_err code;

    view_id(b->cert, id);
    (void)snprintf(what, sizeof what, "voxcert delete %s%s%.64s (%s, %s)", b->place, b->node[0] != '\0' ? " " : "",
                   b->node, b->cert != NULL ? id : "request", bind_state_word(b->state));
    if ((code = store_begin(s, err)) != VOX_OK)
        return code;
    /* Looked at again: a rotation may have begun, and phones fetched lists, while the question was on the screen. */
    if ((code = owner_binding_free(s, b->id, err)) != VOX_OK ||
        (code = impact_allow_loss(s, b->id, force_lost, err)) != VOX_OK ||
        (code = store_binding_remove(s, b->id, err)) != VOX_OK ||
        (code = audit_append(s, what, "done", err)) != VOX_OK || (code = store_commit(s, err)) != VOX_OK)
        store_rollback(s);
    return code == VOX_E_NOT_FOUND ? vox_fail(err, VOX_E_INPUT, "somebody else has deleted it meanwhile") : code;
}

static int tell(const struct cli_common *common, const struct store_binding *b, const char *removed)
{
    char place[VIEW_PLACE_MAX], subject[300] = "the request";

    if (b->cert != NULL)
        view_subject(b->cert, subject, sizeof subject);
    if (common->json)
        return cli_json_print(json_pack("{s:s, s:s, s:s, s:s?}", "deleted", subject, "place", b->place, "node", b->node,
                                        "key_removed", removed));
    view_place(b, place);
    cli_say(common, "deleted: %s (%s)", subject, place);
    if (removed != NULL)
        cli_say(common, "its private key is removed: %s", removed);
    else if (b->key_source[0] != '\0')
        cli_say(common, "its private key is left where it is: %s", b->key_source);
    if (b->state == BIND_ACTIVE)
        cli_say(common, "Lists that hold it must be published again: voxlist publish ctl|itl --to DIR");
    return EXIT_DONE;
}

/* The certificate first: a key without one is litter, one without its key would be a lie. */
static int delete_it(const struct cli_common *common, struct store *s, const struct store_binding *b,
                     int64_t force_lost)
{
    char path[PATH_MAX], name[300] = "the request";
    struct vox_error err;
    bool own_key;

    if (key_is_free(s, b, &own_key, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    if (b->cert != NULL)
        view_name(b->cert, name, sizeof name);
    if (!cli_confirm(common, "Delete %s from %s%s%s%s?", name, b->place, b->node[0] != '\0' ? " of node " : "", b->node,
                     own_key ? ", and its private key" : "")) {
        vox_fail(&err, VOX_E_NO, "nothing was deleted (--yes answers the question)");
        return cli_report(common, NULL, &err);
    }
    if (record(s, b, force_lost, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    if (b->cert != NULL && b->state != BIND_RETIRED)
        after_change(common, s, "deleted", b->place, b->node);
    own_key = own_key && naming_key_path(s, b->key_source, path, sizeof path);
    if (own_key && file_remove(path, &err) != VOX_OK && err.code != VOX_E_NOT_FOUND) {
        (void)vox_error_prefix(&err, "the certificate is deleted, its private key is not: remove it by hand");
        return cli_report(common, path, &err);
    }
    return tell(common, b, own_key ? path : NULL);
}

int voxcert_delete(struct cli_common *common, int argc, char **argv)
{
    struct delete_args a = {.force_lost = IMPACT_NOT_FORCED};
    struct store_binding *list = NULL;
    struct store *s = NULL;
    struct vox_error err;
    size_t n = 0;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || find(s, &a, &list, &n, &err) != VOX_OK ||
        owner_binding_free(s, list[0].id, &err) != VOX_OK || refuse_active(&a, list, &err) != VOX_OK ||
        refuse_trunk(s, &a, list, &err) != VOX_OK || impact_allow_loss(s, list[0].id, a.force_lost, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = delete_it(common, s, list, a.force_lost);
    store_bindings_free(&list, n);
    store_close(&s);
    return status;
}
