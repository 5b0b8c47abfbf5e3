/* What certificates of phones are like, as the store has it. */
#ifndef VOXCAPF_PROFILE_H
#define VOXCAPF_PROFILE_H

#include <stdbool.h>

#include <capf/issuer.h>
#include <libcert/store.h>

/* profile_read(s, out, err): the default with the store's settings "capf.NAME". VOX_E_USAGE when one of them is
 * none, which only another hand can have written. */
enum vox_err profile_read(struct store *s, struct capf_profile *out, struct vox_error *err);

/* profile_value(p, name, out): a setting as it is written: what capf_profile_set() takes. */
enum { PROFILE_VALUE_MAX = 64 };
void profile_value(const struct capf_profile *p, const char *name, char out[static PROFILE_VALUE_MAX]);

/* profile_takes(p, key): will a key of this kind be certified? */
bool profile_takes(const struct capf_profile *p, const struct key_spec *key);

#endif
