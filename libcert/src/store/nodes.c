#include "store/query.h"

#include <stdlib.h>

#include "store/text.h"

enum { SERVICES_ALL = NODE_CCM | NODE_TFTP | NODE_CAPF | NODE_TVS };

enum vox_err store_node_add(struct store *s, const struct store_node *n, struct vox_error *err)
{
    struct store_query q;
    int64_t added;
    enum vox_err rc = store_text_check_name("node's name", n->name, err);

    if (rc == VOX_OK && n->dns && n->dns[0])
        rc = store_text_check_name("node's DNS name", n->dns, err);
    if (rc == VOX_OK && n->ip && n->ip[0])
        rc = store_text_check_name("node's IP address", n->ip, err);
    if (rc != VOX_OK)
        return rc;
    if (n->services & ~(unsigned)SERVICES_ALL)
        return vox_fail(err, VOX_E_USAGE, "unknown service bits 0x%x", n->services);
    store_query_begin(&q, s,
                      "INSERT INTO nodes (name, dns, ip, services) VALUES ($1, $2, $3, $4)"
                      " ON CONFLICT (name) DO NOTHING",
                      err);
    store_query_text(&q, 1, n->name);
    store_query_text(&q, 2, n->dns ? n->dns : "");
    store_query_text(&q, 3, n->ip ? n->ip : "");
    store_query_int(&q, 4, n->services);
    rc = store_query_run(&q, &added);
    if (rc == VOX_OK && added == 0)
        rc = vox_fail(err, VOX_E_EXISTS, "there is a node '%s' already", n->name);
    return rc;
}

enum vox_err store_node_remove(struct store *s, const char *name, struct vox_error *err)
{
    struct store_query q;
    int64_t removed;
    enum vox_err rc;

    store_query_begin(&q, s, "DELETE FROM nodes WHERE name = $1", err);
    store_query_text(&q, 1, name);
    rc = store_query_run(&q, &removed);
    if (rc == VOX_OK && removed == 0)
        rc = vox_fail(err, VOX_E_NOT_FOUND, "there is no node '%s'", name);
    return rc;
}

static void clear(struct store_node *n)
{
    free(n->name);
    free(n->dns);
    free(n->ip);
}

enum vox_err store_nodes(struct store *s, struct store_node **out, size_t *n, struct vox_error *err)
{
    struct store_node *list = NULL;
    size_t count = 0;
    struct store_query q;
    enum vox_err rc;

    *out = NULL;
    *n = 0;
    store_query_begin(&q, s, "SELECT name, dns, ip, services FROM nodes ORDER BY name", err);
    while (store_query_next(&q)) {
        struct store_node *more = reallocarray(list, count + 1, sizeof *list);
        if (!more) {
            store_query_fail(&q, vox_fail(err, VOX_E_MEMORY, "no memory"));
            break;
        }
        list = more;
        list[count++] = (struct store_node){
            .name = store_query_copy_text(&q, 0),
            .dns = store_query_copy_text(&q, 1),
            .ip = store_query_copy_text(&q, 2),
            .services = (unsigned)store_query_int_at(&q, 3),
        };
    }
    rc = store_query_end(&q);
    if (rc != VOX_OK) {
        store_nodes_free(&list, count);
        return rc;
    }
    *out = list;
    *n = count;
    return VOX_OK;
}

void store_nodes_free(struct store_node **nodes, size_t n)
{
    for (size_t i = 0; *nodes && i < n; i++)
        clear(&(*nodes)[i]);
    free(*nodes);
    *nodes = NULL;
}
