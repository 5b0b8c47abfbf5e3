#include <libcert/store.h>

#include <string.h>

/* tvs.md 5: which roles a node's CallManager certificate has. Mixed mode: CCM and TFTP in one; otherwise phones meet it
 * as the TFTP signer. */
static size_t callmanager_roles(const struct store_node *node, bool mixed, bool may_sign_lists, uint8_t *roles)
{
    unsigned services = node != NULL ? node->services : NODE_CCM | NODE_TFTP;
    size_t n = 0;

    if (may_sign_lists)
        roles[n++] = ROLE_SAST;
    if ((services & NODE_CCM) != 0 && (services & NODE_TFTP) != 0)
        roles[n++] = mixed ? ROLE_CCM_TFTP : ROLE_TFTP;
    else
        roles[n++] = (services & NODE_TFTP) != 0 ? ROLE_TFTP : ROLE_CCM;
    return n;
}

static const struct store_node *find_node(const struct store_node *nodes, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(nodes[i].name, name) == 0)
            return &nodes[i];
    }
    return NULL;
}

size_t store_binding_roles(const struct store_binding *b, const struct store_roles_world *w,
                           uint8_t roles[static STORE_ROLES_MAX])
{
    enum service service;

    if (b->role != ROLE_NONE && b->role >= 0 && b->role <= UINT8_MAX) {
        roles[0] = (uint8_t)b->role;
        return 1;
    }
    if (!service_parse(b->place, &service))
        return 0; /* uploaded without a role: known, but for nothing that a phone asks */
    switch (service) {
    case SERVICE_CALLMANAGER:
        return callmanager_roles(find_node(w->nodes, w->nnodes, b->node), w->mixed, true, roles);
    case SERVICE_CALLMANAGER_ECDSA:
        return callmanager_roles(find_node(w->nodes, w->nnodes, b->node), w->mixed, false, roles);
    case SERVICE_CAPF:
        roles[0] = ROLE_CAPF;
        return 1;
    case SERVICE_TVS:
        roles[0] = ROLE_TVS;
        return 1;
    case SERVICE_ITLRECOVERY:
        roles[0] = ROLE_SAST;
        return 1;
    case SERVICE_TOMCAT:
        roles[0] = ROLE_APP_SERVER;
        return 1;
    case SERVICE_COUNT:
        break;
    }
    return 0;
}
