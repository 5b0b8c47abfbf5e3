#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/limits.h>
#include <libcert/name.h>

#include "compose.h"

struct compose {
    struct composed *c;
    enum cluster_list kind;
    bool mixed, bridged;
    const struct store_node *first; /* of those that run ccm or tftp */
    const struct store_node *own;   /* ITL: the node it is for */
    struct vox_error *err;
};

static enum vox_err no_memory(struct compose *g)
{
    return vox_fail(g->err, VOX_E_MEMORY, "no memory");
}

static void note(struct compose *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void note(struct compose *g, const char *fmt, ...)
{
    va_list ap;

    if (g->c->nnotes == COMPOSE_NOTES_MAX)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(g->c->notes[g->c->nnotes++], sizeof g->c->notes[0], fmt, ap);
    va_end(ap);
}

/* The newest active certificate of a service at node ("": the cluster's), NULL if none. */
static const struct store_binding *active(const struct compose *g, enum service service, const char *node)
{
    const struct store_binding *found = NULL;

    for (size_t i = 0; i < g->c->nbindings; i++) {
        const struct store_binding *b = &g->c->bindings[i];

        if (b->cert != NULL && b->state == BIND_ACTIVE && strcmp(b->place, service_name(service)) == 0 &&
            strcmp(b->node, node) == 0)
            found = b; /* they come by time added */
    }
    return found;
}

/* What phones call a node by. */
static const char *address_of(const struct store_node *n)
{
    if (n->dns[0] != '\0')
        return n->dns;
    return n->ip[0] != '\0' ? n->ip : n->name;
}

/* One more member. node may be NULL: no address is known. */
static enum vox_err add(struct compose *g, const struct cert *cert, int role, const char *dns_name,
                        const struct store_node *node)
{
    struct composed *c = g->c;
    struct ctl_member *m;

    if (c->nmembers == LIMIT_LIST_RECORDS)
        return vox_fail(g->err, VOX_E_INPUT, "the cluster has more certificates than a list may hold: %d",
                        LIMIT_LIST_RECORDS);
    m = &c->members[c->nmembers++];
    *m = (struct ctl_member){.cert = cert, .role = role, .dns_name = dns_name, .has_ip = g->kind == CLUSTER_CTL};
    if (node != NULL && inet_pton(AF_INET, node->ip, m->ip) != 1)
        memset(m->ip, 0, sizeof m->ip); /* IPv6, or none: 0.0.0.0 */
    return VOX_OK;
}

static bool is_sast(const struct compose *g, const struct cert *cert)
{
    for (size_t i = 0; i < g->c->nmembers; i++) {
        const struct ctl_member *m = &g->c->members[i];

        if (m->role == ROLE_SAST && m->cert != NULL && cert_same(m->cert, cert))
            return true;
    }
    return false;
}

static bool runs_calls_or_files(const struct store_node *n)
{
    return (n->services & (NODE_CCM | NODE_TFTP)) != 0;
}

/* The role of a node's CallManager certificate, by what the node runs. */
static int call_role(const struct store_node *n)
{
    if ((n->services & NODE_CCM) && (n->services & NODE_TFTP))
        return ROLE_CCM_TFTP;
    return n->services & NODE_CCM ? ROLE_CCM : ROLE_TFTP;
}

/* The first node that runs ccm or tftp. */
static enum vox_err find_first(struct compose *g)
{
    for (size_t i = 0; i < g->c->nnodes && g->first == NULL; i++) {
        if (runs_calls_or_files(&g->c->nodes[i]))
            g->first = &g->c->nodes[i];
    }
    if (g->first == NULL)
        return vox_fail(g->err, VOX_E_INPUT,
                        "no node of the cluster runs ccm or tftp: add one with 'voxtrust node add NAME --services "
                        "ccm,tftp'");
    return VOX_OK;
}

/* The node that an ITL is for. */
static enum vox_err find_own(struct compose *g, const char *name)
{
    const struct store_node *only = NULL;
    size_t candidates = 0;

    for (size_t i = 0; i < g->c->nnodes; i++) {
        const struct store_node *n = &g->c->nodes[i];

        if (name != NULL && strcmp(n->name, name) == 0)
            g->own = n;
        if (n->services & NODE_TFTP) {
            candidates++;
            only = n;
        }
    }
    if (name != NULL) {
        if (g->own == NULL)
            return vox_fail(g->err, VOX_E_INPUT, "there is no node %s: see 'voxtrust node list'", name);
        if (!(g->own->services & NODE_TFTP))
            return vox_fail(g->err, VOX_E_INPUT, "node %s does not run tftp, so phones fetch no ITL from it", name);
        return VOX_OK;
    }
    if (candidates == 0)
        return vox_fail(g->err, VOX_E_INPUT,
                        "no node of the cluster runs tftp, so phones have nowhere to fetch an ITL");
    if (candidates > 1)
        return vox_fail(g->err, VOX_E_INPUT, "%zu nodes run tftp, and each has its own ITL: say which with --node",
                        candidates);
    g->own = only;
    return VOX_OK;
}

static enum vox_err no_call_manager(struct compose *g, const struct store_node *n)
{
    return vox_fail(g->err, VOX_E_INPUT,
                    "node %s has no CallManager certificate: make one with 'voxcert new CallManager --node %s'",
                    n->name, n->name);
}

/* Does place name a trust store, not one of our services? */
static bool is_uploaded(const struct store_binding *b)
{
    return b->cert != NULL && b->state == BIND_ACTIVE && trust_store_parse(b->place) != NULL;
}

/* A certificate of ours as SAST, once. */
static enum vox_err add_anchor(struct compose *g, const struct store_binding *b, const struct store_node *node)
{
    struct composed *c = g->c;

    if (is_sast(g, b->cert))
        return VOX_OK;
    c->anchors[c->nanchors++] = (struct composed_anchor){b->cert, b->key_source, b->place, false};
    return add(g, b->cert, ROLE_SAST, address_of(node), node);
}

/* Tokens of the administrators: they come first, and the first that is at hand signs (trust-list.md 5.3). */
static enum vox_err add_token_anchors(struct compose *g)
{
    enum { SERVICES_KEEP = 3 }; /* ITLRecovery and CallManager certificates */
    struct composed *c = g->c;
    enum vox_err code;

    for (size_t i = 0; i < c->nbindings; i++) {
        const struct store_binding *b = &c->bindings[i];

        if (!is_uploaded(b) || b->role != ROLE_SAST || b->key_source[0] == '\0' || is_sast(g, b->cert))
            continue;
        if (c->nanchors == COMPOSE_ANCHORS_MAX - SERVICES_KEEP)
            return vox_fail(g->err, VOX_E_INPUT, "more than %d tokens are anchors: delete those that are gone",
                            COMPOSE_ANCHORS_MAX - SERVICES_KEEP);
        c->anchors[c->nanchors++] = (struct composed_anchor){b->cert, b->key_source, b->place, true};
        if ((code = add(g, b->cert, ROLE_SAST, "", NULL)) != VOX_OK)
            return code;
    }
    if (c->nanchors == 1)
        note(g,
             "one token alone is an anchor: with a second one, kept elsewhere, the CTL can be signed when it is lost "
             "('voxcert upload Phone-SAST-trust FILE --key URI')");
    return VOX_OK;
}

/* Certificates that are not yet, or no longer, the service's own, and that phones are to believe meanwhile: what a
 * rotation has made known, and what it has replaced. */
static enum vox_err add_companions(struct compose *g, enum service service, const char *owner, int role,
                                   const struct store_node *node)
{
    enum vox_err code;

    for (size_t i = 0; i < g->c->nbindings; i++) {
        const struct store_binding *b = &g->c->bindings[i];

        if (b->cert == NULL || (b->state != BIND_PENDING && b->state != BIND_RETIRING) ||
            strcmp(b->place, service_name(service)) != 0 || strcmp(b->node, owner) != 0 ||
            (role == ROLE_SAST && is_sast(g, b->cert)))
            continue;
        if ((code = add(g, b->cert, role, address_of(node), node)) != VOX_OK)
            return code;
    }
    return VOX_OK;
}

/* The anchors: ITLRecovery, and the CallManager of a node. Without ITLRecovery the first node's CallManager signs. */
static enum vox_err add_anchors(struct compose *g, const struct store_node *node)
{
    const struct store_binding *recovery = active(g, SERVICE_ITLRECOVERY, ""),
                               *ccm = active(g, SERVICE_CALLMANAGER, node->name), *first = recovery;
    enum vox_err code;

    if (ccm == NULL)
        return no_call_manager(g, node);
    if (recovery == NULL) {
        note(g, "there is no ITLRecovery certificate: phones have one anchor less when a CallManager certificate "
                "changes ('voxcert new ITLRecovery')");
        if ((first = active(g, SERVICE_CALLMANAGER, g->first->name)) == NULL)
            return no_call_manager(g, g->first);
    }
    if ((code = add_anchor(g, first, g->first)) != VOX_OK || (code = add_anchor(g, ccm, node)) != VOX_OK)
        return code;
    return add_companions(g, SERVICE_ITLRECOVERY, "", ROLE_SAST, g->first);
}

/* Other clusters' anchors. */
static enum vox_err add_foreign_anchors(struct compose *g)
{
    enum vox_err code;

    for (size_t i = 0; i < g->c->nbindings; i++) {
        const struct store_binding *b = &g->c->bindings[i];

        if (is_uploaded(b) && b->role == ROLE_SAST && !is_sast(g, b->cert) &&
            (code = add(g, b->cert, ROLE_SAST, "", NULL)) != VOX_OK)
            return code;
    }
    return VOX_OK;
}

/* May a certificate that was uploaded with this role stand in this list? */
static bool is_wanted(const struct compose *g, int role)
{
    if (role == ROLE_NONE || role == ROLE_SAST)
        return false;
    if (g->kind == CLUSTER_ITL)
        return role == ROLE_APP_SERVER || role == ROLE_TVS;
    if (role == ROLE_TVS)
        return false;
    return g->mixed || (role != ROLE_CCM && role != ROLE_CCM_TFTP && role != ROLE_TFTP);
}

static enum vox_err add_uploaded(struct compose *g)
{
    enum vox_err code;

    for (size_t i = 0; i < g->c->nbindings; i++) {
        const struct store_binding *b = &g->c->bindings[i];
        char *name;

        if (!is_uploaded(b) || !is_wanted(g, b->role))
            continue;
        if ((code = name_common_name(cert_subject_der(b->cert), &name, g->err)) != VOX_OK)
            return code;
        g->c->texts[g->c->ntexts++] = name; /* one per binding at most */
        if ((code = add(g, b->cert, b->role, name, NULL)) != VOX_OK)
            return code;
    }
    return VOX_OK;
}

/* A node's record in a CTL, or what is left of it in non-secure mode. */
static enum vox_err add_call_manager(struct compose *g, const struct store_node *n)
{
    const struct store_binding *ccm = active(g, SERVICE_CALLMANAGER, n->name),
                               *ec = active(g, SERVICE_CALLMANAGER_ECDSA, n->name);
    enum vox_err code;

    if (!g->mixed)
        return add(g, NULL, call_role(n), address_of(n), n);
    if (ccm == NULL)
        return no_call_manager(g, n);
    if ((code = add(g, ccm->cert, call_role(n), address_of(n), n)) != VOX_OK ||
        (code = add_companions(g, SERVICE_CALLMANAGER, n->name, call_role(n), n)) != VOX_OK ||
        (ec != NULL && (code = add(g, ec->cert, call_role(n), address_of(n), n)) != VOX_OK))
        return code;
    return add_companions(g, SERVICE_CALLMANAGER_ECDSA, n->name, call_role(n), n);
}

static enum vox_err add_capf(struct compose *g)
{
    const struct store_binding *capf = active(g, SERVICE_CAPF, "");
    enum vox_err code;

    if (capf == NULL) {
        for (size_t i = 0; i < g->c->nnodes; i++) {
            if (g->c->nodes[i].services & NODE_CAPF) {
                note(g, "node %s runs CAPF, but there is no CAPF certificate: left out ('voxcert new CAPF')",
                     g->c->nodes[i].name);
                break;
            }
        }
        return VOX_OK;
    }
    if ((code = add(g, capf->cert, ROLE_CAPF, address_of(g->first), g->first)) != VOX_OK)
        return code;
    return add_companions(g, SERVICE_CAPF, "", ROLE_CAPF, g->first);
}

static enum vox_err add_tvs(struct compose *g)
{
    enum vox_err code;

    for (size_t i = 0; i < g->c->nnodes; i++) {
        const struct store_node *n = &g->c->nodes[i];
        const struct store_binding *tvs = active(g, SERVICE_TVS, n->name);

        if (tvs == NULL) {
            if (n->services & NODE_TVS)
                note(g, "node %s runs TVS, but has no TVS certificate: left out ('voxcert new TVS --node %s')", n->name,
                     n->name);
            continue;
        }
        if ((code = add(g, tvs->cert, ROLE_TVS, address_of(n), n)) != VOX_OK ||
            (code = add_companions(g, SERVICE_TVS, n->name, ROLE_TVS, n)) != VOX_OK)
            return code;
    }
    return VOX_OK;
}

static enum vox_err compose_ctl(struct compose *g)
{
    enum vox_err code;

    if ((code = add_token_anchors(g)) != VOX_OK || (code = add_anchors(g, g->first)) != VOX_OK ||
        (code = add_foreign_anchors(g)) != VOX_OK)
        return code;
    for (size_t i = 0; i < g->c->nnodes; i++) {
        if (runs_calls_or_files(&g->c->nodes[i]) && (code = add_call_manager(g, &g->c->nodes[i])) != VOX_OK)
            return code;
    }
    if ((code = add_capf(g)) != VOX_OK)
        return code;
    return add_uploaded(g);
}

static enum vox_err compose_itl(struct compose *g)
{
    const int role = g->mixed ? ROLE_CCM_TFTP : ROLE_TFTP;
    const struct store_binding *ccm;
    enum vox_err code;

    if ((code = add_anchors(g, g->own)) != VOX_OK || (g->bridged && (code = add_foreign_anchors(g)) != VOX_OK))
        return code;
    ccm = active(g, SERVICE_CALLMANAGER, g->own->name); /* is there: it is an anchor */
    if ((code = add(g, ccm->cert, role, address_of(g->own), g->own)) != VOX_OK ||
        (code = add_companions(g, SERVICE_CALLMANAGER, g->own->name, role, g->own)) != VOX_OK ||
        (code = add_capf(g)) != VOX_OK || (code = add_uploaded(g)) != VOX_OK)
        return code;
    return add_tvs(g);
}

enum vox_err cluster_compose(struct store *s, const struct compose_params *p, struct composed *out,
                             struct vox_error *err)
{
    const struct store_binding_filter any = {.state = -1, .live = true};
    struct compose g = {.c = out, .kind = p->kind, .err = err};
    enum vox_err code;

    memset(out, 0, sizeof *out);
    if ((code = cluster_is_mixed(s, &g.mixed, err)) != VOX_OK ||
        (code = cluster_is_bridged(s, &g.bridged, err)) != VOX_OK ||
        (code = store_nodes(s, &out->nodes, &out->nnodes, err)) != VOX_OK ||
        (code = store_bindings(s, &any, &out->bindings, &out->nbindings, err)) != VOX_OK)
        goto err0;
    out->members = calloc(LIMIT_LIST_RECORDS, sizeof *out->members);
    out->texts = calloc(out->nbindings + 1, sizeof *out->texts);
    if (out->members == NULL || out->texts == NULL) {
        code = no_memory(&g);
        goto err0;
    }
    if ((code = find_first(&g)) != VOX_OK || (p->kind == CLUSTER_ITL && (code = find_own(&g, p->node)) != VOX_OK))
        goto err0;
    if ((code = p->kind == CLUSTER_CTL ? compose_ctl(&g) : compose_itl(&g)) == VOX_OK)
        return VOX_OK;
err0:
    composed_free(out);
    return code;
}

void composed_free(struct composed *c)
{
    for (size_t i = 0; i < c->ntexts; i++)
        free(c->texts[i]);
    free(c->texts);
    free(c->members);
    store_bindings_free(&c->bindings, c->nbindings);
    store_nodes_free(&c->nodes, c->nnodes);
    memset(c, 0, sizeof *c);
}
