#include <stdlib.h>
#include <string.h>

#include <libcert/limits.h>
#include <libcert/tlv.h>

#include "feed.h"

enum { FEED_MAX = 64 * 1024 * 1024 };

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
    const struct store_roles_world world = {nodes, nnodes, mode != NULL && strcmp(mode, "mixed") == 0};

    for (size_t i = 0; i < nbindings; i++) {
        uint8_t roles[STORE_ROLES_MAX];
        size_t n = bindings[i].cert != NULL ? store_binding_roles(&bindings[i], &world, roles) : 0;
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
