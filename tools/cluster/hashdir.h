/* A folder of certificates as OpenSSL looks them up: links named by the hash of the subject. */
#ifndef CLUSTER_HASHDIR_H
#define CLUSTER_HASHDIR_H

#include <stddef.h>

#include <libcert/cert.h>

/*
 * hashdir_write(path, certs, n, err): make the folder path (0755) with a PEM file per certificate and links to them,
 * "2e5ac55d.0", beside each other. A folder that is there is exchanged for the new one in one step, so that a reader
 * sees either; it must be empty or one that this function made. Errors: VOX_E_EXISTS (something else stands there),
 * VOX_E_NOT_FOUND, VOX_E_IO, VOX_E_CRYPTO, VOX_E_MEMORY; path is as it was then.
 */
enum vox_err hashdir_write(const char *path, struct cert *const *certs, size_t n, struct vox_error *err);

#endif
