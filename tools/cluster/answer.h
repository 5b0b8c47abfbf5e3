/*
 * A CA's answer to a request of 'voxcert csr': which request it answers, whether it will do, and what comes with it.
 * Source: docs/formats/certificates.md.
 */
#ifndef CLUSTER_ANSWER_H
#define CLUSTER_ANSWER_H

#include <libcert/bundle.h>
#include <libcert/password.h>
#include <libcert/store.h>

#include "admit.h"
#include "owner.h"

struct answer {
    struct bundle bundle;           /* after answer_match(): the leaf first, then its issuers */
    struct store_binding *bindings; /* live ones of the service */
    size_t nbindings;
    const struct store_binding *pending; /* the request that it answers, one of bindings */
    struct admit issuers;                /* those that the trust store lacks */
};

/* answer_read(file, what, out, err): PEM, DER or PKCS#7, called what in errors. VOX_E_INPUT: nothing of that, or a
 * private key stands in it. Clear with answer_free(), also after an error. */
enum vox_err answer_read(struct bytes_view file, const char *what, struct answer *out, struct vox_error *err);
void answer_free(struct answer *a);

/*
 * answer_match(s, o, pass, now, a, err): find the request of o that it answers, by the public key, and judge it: dates,
 * key, and whether it agrees with the request. VOX_E_INPUT with what is wrong. Opens the key of each request that
 * waits; pass is for those on tokens.
 */
enum vox_err answer_match(struct store *s, const struct owner *o, const struct password_source *pass, int64_t now,
                          struct answer *a, struct vox_error *err);

/* answer_issuers(s, o, now, a, err): into a->issuers what follows the first certificate of its bundle, those left out
 * that the trust store of o has; answer_match() does it, too. VOX_E_INPUT: one that no trust store takes. */
enum vox_err answer_issuers(struct store *s, const struct owner *o, int64_t now, struct answer *a,
                            struct vox_error *err);

/* answer_take(s, a, err): in the caller's transaction, the certificate to its request, the issuers to the service's
 * trust store. VOX_E_EXISTS: the request got another one meanwhile. The state stays. */
enum vox_err answer_take(struct store *s, const struct answer *a, struct vox_error *err);

#endif
