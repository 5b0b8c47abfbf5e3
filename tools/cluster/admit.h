/* What comes into a trust store, and what does not: upload, fetch and install ask the same questions. */
#ifndef CLUSTER_ADMIT_H
#define CLUSTER_ADMIT_H

#include <libcert/bundle.h>
#include <libcert/store.h>

/*
 * admit_bundle(data, len, what, pass, out, err): bundle_read(), and a refusal (VOX_E_INPUT) when a private key stands
 * among the certificates: those who hand certificates in do not mean to hand their key in. Free with bundle_free().
 */
enum vox_err admit_bundle(const uint8_t *data, size_t len, const char *what, const struct password_source *pass,
                          struct bundle *out, struct vox_error *err);

struct admit_params {
    const char *place; /* a trust store, as trust_store_parse() spells it */
    const char *node;  /* "" for the cluster */
    int role;
    const char *key_source; /* of a token that signs lists; NULL: the key is somebody else's */
    bool may_force;         /* the verb has a --force for expired ones, and says so when it refuses one */
    bool force;             /* expired ones, too */
    int64_t now;
};

/* Certificates on their way in. */
struct admit {
    struct admit_params p;
    struct store_binding *present; /* what stands there now */
    size_t npresent;
    struct cert **certs; /* accepted so far, each once */
    size_t n, room;
};

/* admit_open(s, p, out, err): p's texts are borrowed. Free with admit_free(). */
enum vox_err admit_open(struct store *s, const struct admit_params *p, struct admit *out, struct vox_error *err);
void admit_free(struct admit *a);

/*
 * admit_cert(a, c, near, nearlen, err): accept c, or say why not. near gets a sentence when one of the same subject and
 * issuer stands there already, else "". What was accepted before in this run is accepted again, once. Errors:
 * VOX_E_INPUT (ended, weak key, not decodable), VOX_E_EXISTS (stands there already), VOX_E_MEMORY; the sentence begins
 * with subject and fingerprint.
 */
enum vox_err admit_cert(struct admit *a, struct cert *c, char *near, size_t nearlen, struct vox_error *err);

/* admit_store(s, a, err): bind what was accepted, inside the caller's transaction. */
enum vox_err admit_store(struct store *s, const struct admit *a, struct vox_error *err);

/* admit_ids(a, out, outlen): "9f3a12345678, 0badc0de1234, ..." for the audit log. */
void admit_ids(const struct admit *a, char *out, size_t outlen);

/* admit_store_name(word, err): the trust store that word names; NULL and VOX_E_USAGE in err with those that there are.
 */
const char *admit_store_name(const char *word, struct vox_error *err);

#endif
