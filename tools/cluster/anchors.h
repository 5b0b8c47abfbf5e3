/* The certificates that the cluster has at hand when it looks for an issuer. */
#ifndef CLUSTER_ANCHORS_H
#define CLUSTER_ANCHORS_H

#include <libcert/store.h>

struct anchors {
    struct cert **certs;
    size_t n;
};

/* anchors_read(s, place, out, err): every certificate that is in use at place (NULL: anywhere), each once. Free with
 * anchors_free(). */
enum vox_err anchors_read(struct store *s, const char *place, struct anchors *out, struct vox_error *err);
void anchors_free(struct anchors *a);

/* anchors_trust_store(s): the trust store where the issuers of a service's certificate go, NULL if it has none. */
const char *anchors_trust_store(enum service s);

/*
 * anchors_chain(a, leaf, chain, max): leaf, its issuer, that one's ..., root, as far as a has them; how many. chain
 * holds max pointers, borrowed from leaf and a.
 */
size_t anchors_chain(const struct anchors *a, struct cert *leaf, struct cert **chain, size_t max);

#endif
