/* One setting of the TLS policy becomes another, with its entry in the audit log. */
#ifndef VOXTLS_CHANGE_H
#define VOXTLS_CHANGE_H

#include <libcert/identity.h>

/*
 * change_setting(s, from, to, err): what `to` has other than `from` is written, and the audit log says so, both or
 * neither. from: what was seen when it was decided. Errors: VOX_E_INPUT (tlspolicy_settings_check()), VOX_E_STORE
 * (somebody else has changed the policy since).
 */
enum vox_err change_settings(struct store *s, const struct tls_settings *from, const struct tls_settings *to,
                             struct vox_error *err);

#endif
