#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/rotations.h>

#include "owner.h"

enum { NAMES_MAX = 400 };

/* "cm1, cm2" */
static void node_names(const struct store_node *nodes, size_t n, char *out, size_t outlen)
{
    size_t used = 0;

    (void)snprintf(out, outlen, "none yet: voxtrust node add NAME");
    for (size_t i = 0; i < n && used < outlen; i++)
        used += (size_t)snprintf(out + used, outlen - used, "%s%s", i > 0 ? ", " : "", nodes[i].name);
}

enum vox_err owner_service_unknown(const char *word, struct vox_error *err)
{
    char names[200] = "";
    const char *store = trust_store_parse(word);

    if (store != NULL)
        return vox_fail(err, VOX_E_USAGE,
                        "%s is a trust store, which holds certificates of others ('voxcert upload' puts them there); a "
                        "service is expected",
                        store);
    for (int i = 0; i < SERVICE_COUNT; i++) {
        strncat(names, i > 0 ? ", " : "", sizeof names - strlen(names) - 1);
        strncat(names, service_name((enum service)i), sizeof names - strlen(names) - 1);
    }
    return vox_fail(err, VOX_E_USAGE, "no such service: '%.64s' (%s)", word, names);
}

static const struct store_node *find(const struct store_node *nodes, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(nodes[i].name, name) == 0)
            return &nodes[i];
    }
    return NULL;
}

static enum vox_err no_such_node(const struct store_node *nodes, size_t n, const char *name, struct vox_error *err)
{
    char names[NAMES_MAX];

    node_names(nodes, n, names, sizeof names);
    return vox_fail(err, VOX_E_INPUT, "no such node: '%.64s' (nodes: %s)", name, names);
}

enum vox_err owner_node_known(struct store *s, const char *node, struct vox_error *err)
{
    struct store_node *nodes;
    size_t n;
    enum vox_err code = store_nodes(s, &nodes, &n, err);

    if (code != VOX_OK)
        return code;
    if (find(nodes, n, node) == NULL)
        code = no_such_node(nodes, n, node, err);
    store_nodes_free(&nodes, n);
    return code;
}

static enum vox_err choose(struct owner *o, const char *node, struct vox_error *err)
{
    char names[NAMES_MAX];

    if (!service_per_node(o->service)) {
        if (node != NULL && node[0] != '\0')
            return vox_fail(err, VOX_E_USAGE, "%s belongs to the whole cluster: leave --node out", o->place);
        return VOX_OK;
    }
    if (node != NULL) {
        o->node = find(o->nodes, o->nnodes, node);
        return o->node != NULL ? VOX_OK : no_such_node(o->nodes, o->nnodes, node, err);
    }
    if (o->nnodes == 1) {
        o->node = &o->nodes[0];
        return VOX_OK;
    }
    node_names(o->nodes, o->nnodes, names, sizeof names);
    if (o->nnodes == 0)
        return vox_fail(err, VOX_E_INPUT, "%s belongs to a node, and the cluster has none: voxtrust node add NAME",
                        o->place);
    return vox_fail(err, VOX_E_USAGE, "which node's %s? --node NAME (nodes: %s)", o->place, names);
}

enum vox_err owner_find(struct store *s, const char *word, const char *node, struct owner *out, struct vox_error *err)
{
    enum vox_err code;

    *out = (struct owner){0};
    if (!service_parse(word, &out->service))
        return owner_service_unknown(word, err);
    out->place = service_name(out->service);
    if ((code = store_nodes(s, &out->nodes, &out->nnodes, err)) != VOX_OK ||
        (code = store_setting_get(s, "cluster", &out->cluster, err)) != VOX_OK ||
        (code = choose(out, node, err)) != VOX_OK)
        owner_free(out);
    return code;
}

void owner_free(struct owner *o)
{
    store_nodes_free(&o->nodes, o->nnodes);
    free(o->cluster);
    *o = (struct owner){0};
}

const char *owner_node(const struct owner *o)
{
    return o->node != NULL ? o->node->name : "";
}

void owner_text(const struct owner *o, char *out, size_t outlen)
{
    if (o->node != NULL)
        (void)snprintf(out, outlen, "%s of node %s", o->place, o->node->name);
    else
        (void)snprintf(out, outlen, "%s", o->place);
}

enum vox_err owner_active(struct store *s, const struct owner *o, struct store_binding **out, size_t *n,
                          struct vox_error *err)
{
    const struct store_binding_filter f = {.place = o->place, .node = owner_node(o), .state = BIND_ACTIVE};

    return store_bindings(s, &f, out, n, err);
}

enum vox_err owner_not_rotating(struct store *s, const struct owner *o, struct vox_error *err)
{
    struct rotation *list;
    size_t n;
    enum vox_err code = rotations_read(s, false, &list, &n, err);

    for (size_t i = 0; code == VOX_OK && i < n; i++)
        if (strcmp(list[i].place, o->place) == 0 && strcmp(list[i].node, owner_node(o)) == 0)
            code = vox_fail(err, VOX_E_EXISTS,
                            "a rotation of %s%s%s is %s: 'voxrotate status'; finish it or roll it back first", o->place,
                            o->node != NULL ? " of node " : "", owner_node(o), rotation_step_word(list[i].step));
    rotations_free(&list, n);
    return code;
}

/* These three vouch for each other: as long as two stand still, phones follow the third. */
static bool is_anchor(const char *place)
{
    return strcmp(place, service_name(SERVICE_CALLMANAGER)) == 0 || strcmp(place, service_name(SERVICE_TVS)) == 0 ||
           strcmp(place, service_name(SERVICE_ITLRECOVERY)) == 0;
}

enum vox_err owner_others_stand_still(struct store *s, const struct owner *o, struct vox_error *err)
{
    struct rotation *list = NULL;
    size_t n = 0;
    enum vox_err code = is_anchor(o->place) ? rotations_read(s, false, &list, &n, err) : VOX_OK;

    for (size_t i = 0; code == VOX_OK && i < n; i++) {
        const struct rotation *r = &list[i];

        if (!is_anchor(r->place) || (strcmp(r->place, o->place) == 0 && strcmp(r->node, owner_node(o)) == 0))
            continue;
        const char *option = o->nnodes > 1 && r->node[0] != '\0' ? " --node " : "";

        code = vox_fail(
            err, VOX_E_NO,
            "%s%s%s is being replaced (%s): phones believe a new %s by the certificates that stand still, and "
            "those that lose two at once keep what they have until their lists are deleted by hand "
            "(acceptance.md 3.6, 3.7). Finish that one first: 'voxrotate retire %s%s%s' or 'voxrotate rollback %s%s%s'",
            r->place, r->node[0] != '\0' ? " of node " : "", r->node, rotation_step_word(r->step), o->place, r->place,
            option, option[0] != '\0' ? r->node : "", r->place, option, option[0] != '\0' ? r->node : "");
    }
    rotations_free(&list, n);
    return code;
}

enum vox_err owner_binding_free(struct store *s, const char *id, struct vox_error *err)
{
    struct rotation *list;
    size_t n;
    enum vox_err code = rotations_read(s, false, &list, &n, err);

    for (size_t i = 0; code == VOX_OK && i < n; i++)
        if (strcmp(list[i].old_id, id) == 0 || strcmp(list[i].new_id, id) == 0)
            code = vox_fail(err, VOX_E_INPUT,
                            "it belongs to the rotation of %s%s%s, which is %s: 'voxrotate rollback %s%s%s' or "
                            "'voxrotate retire' ends that first",
                            list[i].place, list[i].node[0] != '\0' ? " of node " : "", list[i].node,
                            rotation_step_word(list[i].step), list[i].place, list[i].node[0] != '\0' ? " --node " : "",
                            list[i].node);
    rotations_free(&list, n);
    return code;
}
