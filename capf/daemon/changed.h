/* What processes of voxcapfd read from the store when they start, and who they are then. */
#ifndef VOXCAPFD_CHANGED_H
#define VOXCAPFD_CHANGED_H

#include <libcert/error.h>

/* daemon_changed(arg, what, err): callback of struct serve_app; arg is a struct options. The TLS policy, which the net
 * processes take, or who issues, which decides whether the signer has a key. */
enum vox_err daemon_changed(void *arg, const char **what, struct vox_error *err);

#endif
