/* The trunk or profile that an argument names. */
#ifndef VOXTRUNK_FIND_H
#define VOXTRUNK_FIND_H

#include <libcert/trunks.h>

/* find_profile(s, name, out, err): VOX_E_INPUT with the names that there are. Free with trunk_profiles_free(out, 1). */
enum vox_err find_profile(struct store *s, const char *name, struct trunk_profile **out, struct vox_error *err);

/* find_trunk(s, name, out, err): likewise. Free with free(). */
enum vox_err find_trunk(struct store *s, const char *name, struct trunk **out, struct vox_error *err);

/* find_both(s, name, trunk, profile, err): a trunk and its profile. */
enum vox_err find_both(struct store *s, const char *name, struct trunk **trunk, struct trunk_profile **profile,
                       struct vox_error *err);

/* find_destination(t, text, index, err): the destination of t that text, HOST[:PORT], means; without a port the first
 * with that host. Errors: VOX_E_INPUT with those that there are. */
enum vox_err find_destination(const struct trunk *t, const char *text, size_t *index, struct vox_error *err);

#endif
