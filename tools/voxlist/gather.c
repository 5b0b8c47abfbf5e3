#include "gather.h"

#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/report.h>

#include "blank.h"

static int no_memory(struct cli_common *common)
{
    struct vox_error err;

    vox_fail(&err, VOX_E_MEMORY, "no memory");
    return cli_report(common, NULL, &err);
}

/* The members of list, with the signer in front unless it is among the SASTs. */
static int with_signer(struct cli_common *common, const struct ctl_member *list, size_t n, struct gathered *g)
{
    const bool stored = g->store != NULL;
    bool is_member = false;

    g->members = calloc(n + 1, sizeof *g->members);
    if (g->members == NULL)
        return no_memory(common);
    for (size_t i = 0; i < n && !is_member; i++)
        is_member = list[i].role == ROLE_SAST && list[i].cert != NULL && cert_same(list[i].cert, g->signer);
    if (!is_member)
        g->members[g->nmembers++] =
            (struct ctl_member){.cert = g->signer, .role = ROLE_SAST, .dns_name = stored ? "" : NULL, .has_ip = stored};
    for (size_t i = 0; i < n; i++)
        g->members[g->nmembers++] = list[i];
    return EXIT_DONE;
}

static int from_files(struct cli_common *common, struct build_options *o, struct gathered *g)
{
    const struct named_member *first = members_first(&o->members, ROLE_SAST);
    struct ctl_member *list;
    int status;

    if ((status = members_load(common, &o->members)) != EXIT_DONE)
        return status;
    g->signer = g->signer_cert != NULL ? g->signer_cert : first->cert;
    g->signer_file = o->signer_cert != NULL ? o->signer_cert : first->file;
    if ((list = calloc(o->members.n + 1, sizeof *list)) == NULL)
        return no_memory(common);
    for (size_t i = 0; i < o->members.n; i++) {
        const struct named_member *x = &o->members.list[i];

        list[i] = (struct ctl_member){.cert = x->cert, .role = x->role, .dns_name = x->dns, .has_ip = x->has_ip};
        memcpy(list[i].ip, x->ip, sizeof x->ip);
    }
    status = with_signer(common, list, o->members.n, g);
    free(list);
    return status;
}

static int from_store(struct cli_common *common, const struct build_options *o, bool blank, struct gathered *g)
{
    const struct compose_params p = {.kind = o->kind, .node = o->node};
    struct vox_error err;

    if (cli_store_open(common, &g->store, &err) != VOX_OK ||
        cluster_compose(g->store, &p, &g->composed, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    making_notes(common, &g->composed);
    if (blank) {
        if (blank_confirm(common, g->store, &err) != VOX_OK)
            return cli_report(common, NULL, &err);
        g->composed.nmembers = blank_members(g->composed.members, g->composed.nmembers);
    }
    g->signer = g->signer_cert != NULL ? g->signer_cert : g->composed.anchors[0].cert;
    g->signer_file = o->signer_cert;
    return with_signer(common, g->composed.members, g->composed.nmembers, g);
}

int gather(struct cli_common *common, struct build_options *o, bool blank, struct gathered *out)
{
    struct vox_error err;
    int status;

    *out = (struct gathered){.store = NULL};
    if ((status = making_time(common, &o->making)) != EXIT_DONE)
        return status;
    if (o->signer_cert != NULL && cli_cert_open(o->signer_cert, &out->signer_cert, &err) != VOX_OK)
        return cli_report(common, o->signer_cert, &err);
    return o->members.n > 0 ? from_files(common, o, out) : from_store(common, o, blank, out);
}

struct ctl_build_params gathered_params(const struct gathered *g, const struct build_options *o)
{
    struct ctl_build_params p = making_params(&o->making, build_options_filename(o));

    p.signer = g->signer;
    p.members = g->members;
    p.nmembers = g->nmembers;
    return p;
}

void gathered_free(struct gathered *g)
{
    free(g->members);
    cert_free(&g->signer_cert);
    composed_free(&g->composed);
    store_close(&g->store);
}
