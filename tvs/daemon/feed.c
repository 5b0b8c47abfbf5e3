#include <stdlib.h>
#include <string.h>

#include <libcert/limits.h>
#include <libcert/tlv.h>

#include "feed.h"

enum { FEED_MAX = 64 * 1024 * 1024 };

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

/* Roles of a binding into roles; 0 when it is not answered for. */
static size_t roles_of(const struct store_binding *b, const struct store_node *nodes, size_t nnodes, bool mixed,
                       uint8_t *roles)
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
        return callmanager_roles(find_node(nodes, nnodes, b->node), mixed, true, roles);
    case SERVICE_CALLMANAGER_ECDSA:
        return callmanager_roles(find_node(nodes, nnodes, b->node), mixed, false, roles);
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

enum vox_err feed_pack(struct store *s, uint32_t ttl, struct bytes *out, struct vox_error *err)
{
    const struct store_binding_filter live = {.state = -1, .live = true};
    struct tlv_writer w = tlv_writer(FEED_MAX);
    struct store_binding *bindings = NULL;
    struct store_node *nodes = NULL;
    size_t nbindings = 0, nnodes = 0;
    char *mode = NULL;
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if ((code = store_bindings(s, &live, &bindings, &nbindings, err)) != VOX_OK ||
        (code = store_nodes(s, &nodes, &nnodes, err)) != VOX_OK ||
        (code = store_setting_get(s, "mode", &mode, err)) != VOX_OK)
        goto out;
    for (size_t i = 0; i < nbindings; i++) {
        uint8_t roles[TVS_ROLES_MAX];
        size_t n = bindings[i].cert != NULL
                       ? roles_of(&bindings[i], nodes, nnodes, mode != NULL && strcmp(mode, "mixed") == 0, roles)
                       : 0;
        struct bytes_view der;

        if (n == 0)
            continue;
        der = cert_der(bindings[i].cert);
        tlv_put_u8(&w, (uint8_t)n);
        tlv_put(&w, roles, n);
        tlv_put_u32(&w, ttl);
        tlv_put_u32(&w, (uint32_t)der.len);
        tlv_put(&w, der.data, der.len);
    }
    code = tlv_finish(&w, out, err);
out:
    tlv_writer_free(&w);
    store_bindings_free(&bindings, nbindings);
    store_nodes_free(&nodes, nnodes);
    free(mode);
    return code;
}

static enum vox_err unpack_one(struct tlv_reader *r, struct tvs_entry *e, struct vox_error *err)
{
    struct bytes_view roles, der;
    uint32_t len;
    uint8_t n;

    if (!tlv_take_u8(r, &n) || n > TVS_ROLES_MAX || !tlv_take(r, n, &roles) || !tlv_take_u32(r, &e->ttl) ||
        !tlv_take_u32(r, &len) || !tlv_take(r, len, &der))
        return vox_fail(err, VOX_E_INPUT, "damaged at byte %zu", tlv_offset(r));
    if (n > 0)
        memcpy(e->roles, roles.data, n);
    e->nroles = n;
    return cert_from_der(der.data, der.len, &e->cert, err);
}

enum vox_err feed_unpack(struct bytes_view data, struct tvs_snapshot **out, struct vox_error *err)
{
    struct tlv_reader r = tlv_reader(data.data, data.len);
    struct tvs_entry *entries = NULL;
    size_t n = 0, room = 0;
    enum vox_err code = VOX_OK;

    *out = NULL;
    while (tlv_left(&r) > 0) {
        if (n == room) {
            struct tvs_entry *more = realloc(entries, (room = room * 2 + 16) * sizeof *more);

            if (more == NULL) {
                code = vox_fail(err, VOX_E_MEMORY, "no memory");
                goto out;
            }
            entries = more;
        }
        entries[n] = (struct tvs_entry){0};
        if ((code = unpack_one(&r, &entries[n], err)) != VOX_OK)
            goto out;
        n++;
    }
    code = tvs_snapshot_new(entries, n, out, err);
out:
    for (size_t i = 0; i < n; i++)
        cert_free(&entries[i].cert); /* the snapshot has its own references */
    free(entries);
    return code;
}
