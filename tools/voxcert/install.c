#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/answer.h>
#include <cluster/impact.h>
#include <cluster/view.h>
#include <libcert/audit.h>
#include <libcert/clock.h>
#include <libcert/limits.h>

#include <cluster/owner.h>
#include "voxcert.h"

struct install_args {
    const char *service, *file, *node;
    int64_t force_lost;
};

static const struct argp_option options[] = {
    {"node", 'n', "NODE", 0, "the node it is for (not needed when the cluster has one)", 0},
    {"force", 'f', "N", 0, "although N known phones would be locked out", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct install_args *a = state->input;

    switch (key) {
    case 'n':
        a->node = arg;
        return 0;
    case 'f':
        if (!impact_parse_forced(arg, &a->force_lost))
            argp_error(state, "--force=%s: how many phones may be locked out, as a number", arg);
        return 0;
    default:
        return service_file_parse(key, arg, state, &a->service, &a->file);
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "SERVICE FILE",
    .doc =
        "Install the CA's answer to a request of 'voxcert csr': PEM, DER or PKCS#7, with its chain in any order. The "
        "issuers go to the service's trust store, the old certificate is retired at once. 'voxrotate stage --answer' "
        "replaces it in steps that phones follow.",
};

/* All that an installation is about. */
struct install {
    struct owner owner;
    struct answer answer;
    size_t retired;
    int64_t force_lost;
};

static void install_free(struct install *in)
{
    answer_free(&in->answer);
    owner_free(&in->owner);
}

static enum vox_err read_answer(const char *path, struct answer *out, struct vox_error *err)
{
    struct bytes file;
    enum vox_err code = cli_read(path, LIMIT_BUNDLE_FILE, &file, err);

    if (code != VOX_OK)
        return code;
    code = answer_read(bytes_view_of(&file), path, out, err);
    bytes_wipe(&file); /* a key may stand in it */
    return code;
}

static enum vox_err record(struct store *s, struct install *in, struct vox_error *err)
{
    char what[256], id[VIEW_ID_MAX];
    enum vox_err code;

    view_id(in->answer.bundle.certs[0], id);
    (void)snprintf(what, sizeof what, "voxcert install %s%s%.64s (%s)", in->owner.place,
                   in->owner.node != NULL ? " " : "", owner_node(&in->owner), id);
    if ((code = owner_not_rotating(s, &in->owner, err)) != VOX_OK)
        return code;
    for (size_t i = 0; i < in->answer.nbindings; i++) {
        if (in->answer.bindings[i].state != BIND_ACTIVE)
            continue;
        if ((code = owner_others_stand_still(s, &in->owner, err)) != VOX_OK ||
            (code = impact_allow_loss(s, in->answer.bindings[i].id, in->force_lost, err)) != VOX_OK ||
            (code = store_binding_set_state(s, in->answer.bindings[i].id, BIND_RETIRED, err)) != VOX_OK)
            return code;
        in->retired++;
    }
    if ((code = answer_take(s, &in->answer, err)) != VOX_OK ||
        (code = store_binding_set_state(s, in->answer.pending->id, BIND_ACTIVE, err)) != VOX_OK ||
        (code = audit_append(s, what, "done", err)) != VOX_OK)
        return code;
    return store_commit(s, err);
}

/* Under the write lock from the look at the requests to the commit: nobody answers one twice. */
static enum vox_err install(struct store *s, struct install *in, int64_t now, struct vox_error *err)
{
    const struct password_source pass = cli_password(NULL, NULL);
    enum vox_err code;

    if ((code = store_begin(s, err)) != VOX_OK)
        return code;
    if ((code = answer_match(s, &in->owner, &pass, now, &in->answer, err)) != VOX_OK ||
        (code = record(s, in, err)) != VOX_OK)
        store_rollback(s);
    return code;
}

static int tell(const struct cli_common *common, const struct install *in, int64_t now)
{
    char what[VIEW_PLACE_MAX], subject[300];

    if (common->json) {
        json_t *doc = view_cert_json(in->answer.bundle.certs[0], now), *issuers = json_array();

        for (size_t i = 0; i < in->answer.issuers.n; i++)
            (void)json_array_append_new(issuers, view_cert_json(in->answer.issuers.certs[i], now));
        (void)json_object_set_new(doc, "place", json_string(in->owner.place));
        (void)json_object_set_new(doc, "node", json_string(owner_node(&in->owner)));
        (void)json_object_set_new(doc, "retired", json_integer((json_int_t)in->retired));
        (void)json_object_set_new(doc, "issuers", issuers);
        return cli_json_print(doc);
    }
    owner_text(&in->owner, what, sizeof what);
    view_subject(in->answer.bundle.certs[0], subject, sizeof subject);
    cli_say(common, "%s: installed %s", what, subject);
    for (size_t i = 0; i < in->answer.issuers.n; i++) {
        view_subject(in->answer.issuers.certs[i], subject, sizeof subject);
        cli_say(common, "%s: %s", in->answer.issuers.p.place, subject);
    }
    if (in->retired > 0)
        cli_say(common, "The old certificate is retired.");
    cli_say(common, "Next: voxlist publish ctl --to DIR, voxlist publish itl --to DIR; then restart the service");
    return EXIT_DONE;
}

int voxcert_install(struct cli_common *common, int argc, char **argv)
{
    struct install_args a = {.force_lost = IMPACT_NOT_FORCED};
    struct install in = {.retired = 0};
    int64_t now = clock_now();
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    in.force_lost = a.force_lost;
    if (cli_store_open(common, &s, &err) != VOX_OK || owner_find(s, a.service, a.node, &in.owner, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else if (read_answer(a.file, &in.answer, &err) != VOX_OK || install(s, &in, now, &err) != VOX_OK) {
        status = cli_report(common, a.file, &err);
    } else {
        warn_findings(common, s, in.answer.bundle.certs[0], in.owner.service, now);
        status = tell(common, &in, now);
        after_change(common, s, "installed", in.owner.place, owner_node(&in.owner));
    }
    install_free(&in);
    store_close(&s);
    return status;
}
