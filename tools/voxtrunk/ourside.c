#include "ourside.h"

enum { TLS_1_2 = 0x0303 };

enum vox_err ourside_trust(struct store *s, struct ourside *out, struct vox_error *err)
{
    struct tls_settings settings;
    enum vox_err code = store_tls_settings(s, &settings, err);

    *out = (struct ourside){.nchain = 0};
    if (code != VOX_OK)
        return code;
    out->policy = tlspolicy_of(&settings, false);
    return anchors_read(s, TRUNK_PLACE, &out->trust, err);
}

enum vox_err ourside_open(struct store *s, const char *node, struct ourside *out, struct vox_error *err)
{
    enum vox_err code = ourside_trust(s, out, err);

    if (code != VOX_OK)
        return code;
    code = identity_of_node(s, SERVICE_CALLMANAGER, node, &out->identity, err);
    if (code == VOX_E_USAGE && node == NULL) /* a key's troubles have a file's name */
        code = vox_fail(err, VOX_E_USAGE, "several nodes have a CallManager certificate: say which with --node");
    if (code == VOX_OK)
        out->nchain = anchors_chain(&out->trust, out->identity.chain.certs[0], out->chain, LIMIT_CHAIN_DEPTH);
    return code;
}

void ourside_clear(struct ourside *o)
{
    anchors_free(&o->trust);
    identity_clear(&o->identity);
    o->nchain = 0;
}

struct tlsctx_identity ourside_identity(const struct ourside *o)
{
    size_t n = o->nchain;

    if (n > 1 && cert_self_issued(o->chain[n - 1]))
        n--;
    return (struct tlsctx_identity){.chain = o->chain, .nchain = n, .key = o->identity.key};
}

bool ourside_strong(const struct ourside *o)
{
    return o->policy.min_version >= TLS_1_2;
}
