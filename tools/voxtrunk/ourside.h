/* What the cluster brings to a handshake: its policy, its CallManager certificate and key, and whom it trusts. */
#ifndef VOXTRUNK_OURSIDE_H
#define VOXTRUNK_OURSIDE_H

#include <cluster/anchors.h>
#include <libcert/identity.h>
#include <libcert/limits.h>
#include <libcert/tlsctx.h>
#include <libcert/trunks.h>

struct ourside {
    struct tls_policy policy;
    struct anchors trust;                  /* CallManager-trust */
    struct identity identity;              /* key, and the certificate alone */
    struct cert *chain[LIMIT_CHAIN_DEPTH]; /* borrowed: the certificate, and its issuers as far as they are trusted */
    size_t nchain;                         /* 0: opened without an identity */
};

/*
 * ourside_trust(s, out, err): policy and trust alone. ourside_open(s, node, out, err): with the identity of that node;
 * node NULL: of the only one that has a CallManager certificate. Errors: VOX_E_NOT_FOUND (none), VOX_E_USAGE (several:
 * --node), those of keys. Clear with ourside_clear().
 */
enum vox_err ourside_trust(struct store *s, struct ourside *out, struct vox_error *err);
enum vox_err ourside_open(struct store *s, const char *node, struct ourside *out, struct vox_error *err);
void ourside_clear(struct ourside *o);

/* ourside_identity(o): for a context; borrowed. The root is left out: who trusts it has it. */
struct tlsctx_identity ourside_identity(const struct ourside *o);

/* ourside_strong(o): keys and signatures as TLS 1.2 and up ask for. */
bool ourside_strong(const struct ourside *o);

#endif
