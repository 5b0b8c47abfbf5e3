#include <stdlib.h>
#include <string.h>

#include "compose.h"
#include "impact.h"

static bool has_role(const uint8_t *roles, size_t n, enum accept_purpose purpose)
{
    if (purpose != ACCEPT_FOR_LISTS)
        return n > 0;
    for (size_t i = 0; i < n; i++)
        if (role_may_sign_lists(roles[i]))
            return true;
    return false;
}

static bool is_there(const struct store_binding *b, const char *without)
{
    return b->cert != NULL && (without == NULL || strcmp(b->id, without) != 0);
}

/* Phones reach the TVS that show active certificates; TVS vouch for whatever lives. */
static void pick(struct impact_tvs *t, const struct store_roles_world *w, enum accept_purpose purpose,
                 const char *without)
{
    const struct cert **at = t->certs;
    uint8_t roles[STORE_ROLES_MAX];

    t->tvs.servers = at;
    for (size_t i = 0; i < t->nbindings; i++) {
        const struct store_binding *b = &t->bindings[i];

        if (is_there(b, without) && b->state == BIND_ACTIVE && strcmp(b->place, service_name(SERVICE_TVS)) == 0)
            at[t->tvs.nservers++] = b->cert;
    }
    at += t->tvs.nservers;
    t->tvs.vouched = at;
    for (size_t i = 0; i < t->nbindings; i++) {
        const struct store_binding *b = &t->bindings[i];

        if (is_there(b, without) && has_role(roles, store_binding_roles(b, w, roles), purpose))
            at[t->tvs.nvouched++] = b->cert;
    }
}

enum vox_err impact_tvs_read(struct store *s, enum accept_purpose purpose, const char *without, struct impact_tvs *out,
                             struct vox_error *err)
{
    const struct store_binding_filter live = {.state = -1, .live = true};
    struct store_node *nodes = NULL;
    size_t nnodes = 0;
    bool mixed = false;
    enum vox_err code;

    *out = (struct impact_tvs){0};
    if ((code = store_bindings(s, &live, &out->bindings, &out->nbindings, err)) != VOX_OK ||
        (code = store_nodes(s, &nodes, &nnodes, err)) != VOX_OK || (code = cluster_is_mixed(s, &mixed, err)) != VOX_OK)
        goto out;
    if ((out->certs = calloc(2 * out->nbindings + 1, sizeof *out->certs)) == NULL) {
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
        goto out;
    }
    pick(out, &(struct store_roles_world){nodes, nnodes, mixed}, purpose, without);
out:
    store_nodes_free(&nodes, nnodes);
    if (code != VOX_OK)
        impact_tvs_clear(out);
    return code;
}

void impact_tvs_clear(struct impact_tvs *t)
{
    store_bindings_free(&t->bindings, t->nbindings);
    free(t->certs);
    *t = (struct impact_tvs){0};
}
