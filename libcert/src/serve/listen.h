/* Listening sockets: bound by us, one per net process, or handed over by systemd. */
#ifndef LIBCERT_SERVE_LISTEN_H
#define LIBCERT_SERVE_LISTEN_H

#include "address.h"

enum { LISTEN_BACKLOG = 4096 };

/*
 * listen_bind(a, reuseport, out, err): a non-blocking, close-on-exec socket bound to a; with reuseport several of this
 * user may be. IPv6 wildcard takes IPv4 too. It listens after listen(out, LISTEN_BACKLOG). Errors: VOX_E_IO with the
 * address.
 */
enum vox_err listen_bind(const struct address *a, bool reuseport, int *out, struct vox_error *err);

/* listen_open(a, reuseport, out, err): the same, listening. */
enum vox_err listen_open(const struct address *a, bool reuseport, int *out, struct vox_error *err);

/*
 * listen_inherited(legacy, max): how many sockets systemd handed over (descriptors LISTEN_FDS_START and on), 0 if none.
 * legacy[i] is set when the socket's FileDescriptorName is "legacy". Clears the environment.
 */
enum { LISTEN_FDS_START = 3 };
size_t listen_inherited(bool *legacy, size_t max);

#endif
