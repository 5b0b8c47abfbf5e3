#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cli/report.h>
#include <libcert/clock.h>

#include "voxrotate.h"

static const struct argp_option options[] = {
    {"node", TURN_NODE, "NODE", 0, "the node whose certificate it is (not needed when the cluster has one)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    return turn_parse(key, arg, state, state->input);
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "SERVICE",
    .doc = "Tell what depends on a service's certificate, what becomes of known phones, and which steps replace it. "
           "Nothing is "
           "changed.",
};

/* What phones and others know the certificate by. */
static const char *const depends[SERVICE_COUNT] = {
    [SERVICE_CALLMANAGER] = "phones (CTL, ITL), trunk peers, and configurations that it signed",
    [SERVICE_CALLMANAGER_ECDSA] = "phones and trunk peers that take EC keys (CTL)",
    [SERVICE_CAPF] = "phones (CTL, ITL: CAPF), whoever believes the certificates that it issued to phones",
    [SERVICE_TVS] = "phones (ITL: whom they ask about certificates that they do not know)",
    [SERVICE_ITLRECOVERY] = "phones (CTL, ITL: first signer of lists)",
    [SERVICE_TOMCAT] = "browsers, and phone services by HTTPS",
};

/* How many phones could be given no list any more that they take, were it gone from one moment to the next. */
static enum vox_err tell_phones(const struct turn *t, const char *old_id, struct vox_error *err)
{
    struct impact i;
    enum vox_err code = impact_of_deletion(t->s, old_id, &i, err);

    if (code != VOX_OK)
        return code;
    if (i.all == 0)
        cli_say(t->common, "Phones: none is known. 'voxtrust phones import' learns from access logs what they hold;\n"
                           "  without that nothing can be foreseen, and nothing is refused on their account");
    else
        cli_say(t->common,
                "Phones: %" PRId64 " known, of %" PRId64 " it is not known what they hold; replaced from one moment "
                "to the next, %" PRId64 " would be locked out",
                i.all, i.unknown, i.lost);
    return VOX_OK;
}

static enum vox_err plan(struct turn *t, struct vox_error *err)
{
    const struct store_binding_filter f = {
        .place = t->owner.place, .node = owner_node(&t->owner), .state = BIND_ACTIVE};
    struct store_binding *list;
    char what[256], words[160], when[CLOCK_RFC3339_MAX];
    size_t n;
    enum vox_err code = store_bindings(t->s, &f, &list, &n, err);

    if (code != VOX_OK)
        return code;
    owner_text(&t->owner, what, sizeof what);
    if (n == 0) {
        code = vox_fail(err, VOX_E_INPUT, "%s has no certificate: 'voxcert new %s' makes one", what, t->owner.place);
        goto out;
    }
    clock_format(cert_not_after(list[0].cert), when);
    cli_say(t->common, "%s: good until %s%s", what, when,
            cert_not_after(list[0].cert) < clock_now() ? " (it has ended: phones do not look at that)" : "");
    cli_say(t->common, "Known to: %s", depends[t->owner.service]);
    if ((code = tell_phones(t, list[0].id, err)) != VOX_OK)
        goto out;
    for (size_t i = 0; i < t->nopen; i++)
        cli_say(t->common, "Open: the rotation of %s%s%s is %s", t->open[i].place,
                t->open[i].node[0] != '\0' ? " of node " : "", t->open[i].node, rotation_step_word(t->open[i].step));
    turn_words(t, words, sizeof words);
    cli_say(t->common, "Steps:");
    cli_say(t->common, "  1. voxrotate stage %s       new key and certificate%s", words,
            t->owner.service == SERVICE_TOMCAT ? "" : "; all lists name it beside the old one");
    cli_say(t->common, "  2. phones fetch the lists: 'voxtrust phones import LOG', 'voxtrust phones list --outdated'");
    cli_say(t->common, "  3. voxrotate activate %s    it is the service's; reload, and a handshake proves it", words);
    cli_say(t->common, "  4. voxrotate retire %s      after the time of grace; lists without the old one", words);
    cli_say(t->common, "Until then 'voxrotate rollback %s' undoes all of it.", words);
out:
    store_bindings_free(&list, n);
    return code;
}

int voxrotate_plan(struct cli_common *common, int argc, char **argv)
{
    struct turn_args a = {.force_lost = IMPACT_NOT_FORCED};
    struct turn t = {.common = common};
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (turn_begin(&t, a.service, a.node, &err) != VOX_OK || plan(&t, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    turn_clear(&t);
    return status;
}
