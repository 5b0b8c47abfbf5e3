/* Security profiles as they are named in arguments. */
#ifndef VOXCAPF_FIND_PROFILE_H
#define VOXCAPF_FIND_PROFILE_H

#include <libcert/phoneprofiles.h>

/* find_profile(b, name, out, err): that profile of the book. VOX_E_INPUT with the names that there are. */
enum vox_err find_profile(struct store *s, const struct phone_book *b, const char *name,
                          const struct phone_profile **out, struct vox_error *err);

/* find_tls_min(s, out, err): the oldest TLS that servers take, as the store's policy says. */
enum vox_err find_tls_min(struct store *s, int *out, struct vox_error *err);

#endif
