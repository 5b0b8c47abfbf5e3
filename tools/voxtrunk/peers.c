#include "peers.h"

#include <stdlib.h>
#include <string.h>

#include <libcert/identity.h>
#include <libcert/peercheck.h>

static enum vox_err add_cert(struct peers *p, struct cert *c, struct vox_error *err)
{
    struct cert **more;

    for (size_t i = 0; i < p->ncerts; i++) {
        if (cert_same(p->certs[i], c))
            return VOX_OK;
    }
    if ((more = reallocarray(p->certs, p->ncerts + 1, sizeof *more)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    p->certs = more;
    p->certs[p->ncerts++] = cert_ref(c);
    return VOX_OK;
}

/* What is no host, as a CN with blanks, no configuration could name. */
static void add_name(void *arg, const char *name)
{
    struct peers *p = arg;
    char host[TRUNK_HOST_MAX];

    if (p->nnames == RECIPE_NAMES_MAX || trunk_host(name, host, NULL) != VOX_OK)
        return;
    for (size_t i = 0; i < p->nnames; i++) {
        if (strcmp(p->names[i], host) == 0)
            return;
    }
    if ((p->names[p->nnames] = strdup(host)) != NULL)
        p->nnames++;
}

/* Its issuers up to the root, or itself. */
static enum vox_err add_anchors(struct peers *p, const struct anchors *trust, struct cert *c, struct vox_error *err)
{
    struct cert *chain[LIMIT_CHAIN_DEPTH];
    size_t n = anchors_chain(trust, c, chain, LIMIT_CHAIN_DEPTH);
    enum vox_err code = VOX_OK;

    if (!cert_self_issued(chain[n - 1]))
        return vox_fail(err, VOX_E_INPUT,
                        "the issuers of a CallManager certificate do not stand in CallManager-trust up to the root: "
                        "'voxcert check' says which is missing");
    for (size_t i = n > 1 ? 1 : 0; i < n && code == VOX_OK; i++)
        code = add_cert(p, chain[i], err);
    peercheck_each_name(c, add_name, p);
    return code;
}

static enum vox_err read_service(struct store *s, enum service service, const struct anchors *trust, struct peers *p,
                                 struct vox_error *err)
{
    const struct store_binding_filter f = {.place = service_name(service), .state = BIND_ACTIVE};
    struct store_binding *list;
    size_t n;
    enum vox_err code = store_bindings(s, &f, &list, &n, err);

    for (size_t i = 0; i < n && code == VOX_OK; i++)
        code = add_anchors(p, trust, list[i].cert, err);
    store_bindings_free(&list, n);
    return code;
}

enum vox_err peers_read(struct store *s, struct peers *out, struct vox_error *err)
{
    struct tls_settings settings;
    struct anchors trust;
    enum vox_err code;

    if ((code = store_tls_settings(s, &settings, err)) != VOX_OK ||
        (code = anchors_read(s, TRUNK_PLACE, &trust, err)) != VOX_OK)
        return code;
    out->policy = tlspolicy_of(&settings, false);
    if ((code = read_service(s, SERVICE_CALLMANAGER, &trust, out, err)) == VOX_OK)
        code = read_service(s, SERVICE_CALLMANAGER_ECDSA, &trust, out, err);
    if (code == VOX_OK && out->ncerts == 0)
        code = vox_fail(err, VOX_E_NOT_FOUND,
                        "no node has a CallManager certificate that the device could trust: voxcert new CallManager");
    anchors_free(&trust);
    return code;
}

static enum vox_err add_node(struct peers *p, const struct store_node *n, struct vox_error *err)
{
    struct recipe_node *more = reallocarray(p->nodes, p->nnodes + 1, sizeof *more), *one;

    if (more == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    p->nodes = more;
    one = &more[p->nnodes];
    /* Looked at here as well: it goes into configuration files. */
    if ((n->dns[0] == '\0' && n->ip[0] == '\0') ||
        trunk_host(n->dns[0] != '\0' ? n->dns : n->ip, one->host, err) != VOX_OK ||
        trunk_host(n->ip[0] != '\0' ? n->ip : n->dns, one->address, err) != VOX_OK)
        return vox_fail(err, VOX_E_INPUT, "node %s has neither a DNS name nor an address that a device could call",
                        n->name);
    p->nnodes++;
    return VOX_OK;
}

enum vox_err peers_nodes(struct store *s, struct peers *p, struct vox_error *err)
{
    struct store_node *nodes;
    size_t n;
    enum vox_err code = store_nodes(s, &nodes, &n, err);

    if (code != VOX_OK)
        return code;
    for (size_t i = 0; i < n && code == VOX_OK; i++) {
        if ((nodes[i].services & NODE_CCM) != 0)
            code = add_node(p, &nodes[i], err);
    }
    if (code == VOX_OK && p->nnodes == 0)
        code =
            vox_fail(err, VOX_E_INPUT, "no node has the service ccm: there is no call manager for the device to call");
    store_nodes_free(&nodes, n);
    return code;
}

void peers_free(struct peers *p)
{
    for (size_t i = 0; i < p->ncerts; i++)
        cert_free(&p->certs[i]);
    free(p->certs);
    free(p->nodes);
    for (size_t i = 0; i < p->nnames; i++)
        free(p->names[i]);
    *p = (struct peers){.ncerts = 0};
}
