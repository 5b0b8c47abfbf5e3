/*
 * The certificate, chain and private key that a service shows to its peers, from files or from the store, and the
 * cluster's TLS settings. Source: docs/formats/certificates.md 1, tls-policy.md.
 */
#ifndef LIBCERT_IDENTITY_H
#define LIBCERT_IDENTITY_H

#include <libcert/bundle.h>
#include <libcert/store.h>
#include <libcert/tlspolicy.h>

/* Clear with identity_clear(). */
struct identity {
    struct bundle chain; /* its own certificate first */
    EVP_PKEY *key;
};

/*
 * identity_from_files(cert, key, password_file, out, err): cert is a bundle, key a key source (NULL: the key stands in
 * cert), password_file holds the password of an encrypted key (NULL: none; a daemon has nobody to ask). Errors: those
 * of files, bundles and keys, each with the file's name.
 */
enum vox_err identity_from_files(const char *cert, const char *key, const char *password_file, struct identity *out,
                                 struct vox_error *err);

/* identity_from_store(s, service, out, err): the active certificate of that service. Errors: VOX_E_NOT_FOUND,
 * VOX_E_USAGE (several nodes have one: it must be named), those of store and keys. */
enum vox_err identity_from_store(struct store *s, enum service service, struct identity *out, struct vox_error *err);

/* identity_of_node(s, service, node, out, err): that of one node; node NULL: identity_from_store(). Errors:
 * VOX_E_NOT_FOUND as well when the node has none. */
enum vox_err identity_of_node(struct store *s, enum service service, const char *node, struct identity *out,
                              struct vox_error *err);

void identity_clear(struct identity *i);

/* store_tls_settings(s, out, err): the cluster's TLS settings; tlspolicy_settings_default() where it says nothing.
 * Errors: VOX_E_STORE, also when one of them has no meaning. */
enum vox_err store_tls_settings(struct store *s, struct tls_settings *out, struct vox_error *err);

#endif
