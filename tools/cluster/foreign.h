/*
 * Another cluster, as a file tells of it: its servers, certificates and published lists, never a key. One cluster
 * writes it of itself, the other reads it when phones are to move between them. Source: docs/formats/bundle.md.
 */
#ifndef CLUSTER_FOREIGN_H
#define CLUSTER_FOREIGN_H

#include <libcert/store.h>

#include "cluster/compose.h"

enum { FOREIGN_DIGEST_MAX = 65 }; /* SHA-256 in hex with its NUL */

/* A certificate of one of its services. */
struct foreign_cert {
    struct cert *cert;
    enum service service;
    char *node; /* "" for the cluster */
    enum bind_state state;
};

/* A list that its phones fetch. */
struct foreign_list {
    enum cluster_list kind;
    char *name; /* file name: "ITLFile.tlv" */
    struct bytes data;
};

/* A certificate of others that it trusts. */
struct foreign_trust {
    const char *store; /* as trust_store_parse() spells it */
    char sha256[CERT_FINGERPRINT_MAX];
};

struct foreign {
    char *cluster; /* its name */
    char *created; /* RFC 3339 */
    bool mixed;    /* its security mode */
    struct store_node *nodes;
    size_t nnodes;
    struct foreign_cert *certs;
    size_t ncerts;
    struct foreign_list *lists;
    size_t nlists;
    struct foreign_trust *trusted;
    size_t ntrusted;
};

/*
 * foreign_gather(s, now, out, err): this cluster, as it is to tell another of itself: live certificates of its
 * services, the lists that are current and meant for all phones. Errors: VOX_E_INPUT (nothing to tell: no certificate),
 * VOX_E_STORE. Clear with foreign_clear(), also after an error.
 */
enum vox_err foreign_gather(struct store *s, int64_t now, struct foreign *out, struct vox_error *err);
void foreign_clear(struct foreign *f);

/* foreign_write(f, out, err): the file. Free with bytes_free(). */
enum vox_err foreign_write(const struct foreign *f, struct bytes *out, struct vox_error *err);

/*
 * foreign_read(data, len, out, err): back. All of the file is checked: what it does not know, what stands twice, what
 * is over a limit, a certificate or list that is not sound, and anything that looks like a private key are VOX_E_INPUT
 * with the place in the file. Clear with foreign_clear(), also after an error.
 */
enum vox_err foreign_read(const uint8_t *data, size_t len, struct foreign *out, struct vox_error *err);

/* foreign_digest(data, len, out, err): SHA-256 of the file, as sha256sum prints it: what people on both sides compare.
 */
enum vox_err foreign_digest(const uint8_t *data, size_t len, char out[static FOREIGN_DIGEST_MAX],
                            struct vox_error *err);

/*
 * foreign_list(f, kind): the list that its phones fetch. Several TFTP servers have an ITL each: the first, as phones
 * take one when they take the other. NULL when it has published none.
 */
const struct foreign_list *foreign_list(const struct foreign *f, enum cluster_list kind);

/* foreign_trusts(f, store, c): does it have c in that trust store? store NULL: in any. */
bool foreign_trusts(const struct foreign *f, const char *store, const struct cert *c);

/*
 * Where certificates of another cluster go. foreign_stores(service, out): the trust stores for those of a service; how
 * many. foreign_role(store): the role in lists that it has there.
 */
enum { FOREIGN_STORES_MAX = 2 };
size_t foreign_stores(enum service s, const char *out[static FOREIGN_STORES_MAX]);
int foreign_role(const char *store);

#endif
