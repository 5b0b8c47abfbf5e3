/* Private keys of the cluster's own certificates. */
#ifndef CLUSTER_KEY_OPEN_H
#define CLUSTER_KEY_OPEN_H

#include <openssl/evp.h>

#include <libcert/password.h>
#include <libcert/store.h>

/*
 * cluster_key_open(s, key_source, pass, out, err): the private key of a binding: a file below the store's key folder
 * (refused when looser than 0600 in 0700), a path, or a URI. Free with EVP_PKEY_free().
 */
enum vox_err cluster_key_open(const struct store *s, const char *key_source, const struct password_source *pass,
                              EVP_PKEY **out, struct vox_error *err);

#endif
