/* Which certificate an ID means: a prefix of its SHA-256 fingerprint, or a service. */
#ifndef VOXCERT_PICK_H
#define VOXCERT_PICK_H

#include <libcert/store.h>

enum { PICK_ID_MIN = 4 };

/* pick_fingerprint(text, out): text can be a prefix of a fingerprint: 4 to 64 hex digits, ':' allowed between them.
 * out gets it in lower case without ':'. */
bool pick_fingerprint(const char *text, char out[static CERT_FINGERPRINT_MAX]);

/*
 * pick(s, id, node, out, n, err): the bindings of the one certificate that id means. A fingerprint: every place where
 * it stands, retired ones too; node (NULL: any) narrows that. A service: its active certificate; without one its
 * pending request or what is retiring. Errors: VOX_E_INPUT (nothing, or several: the candidates), VOX_E_USAGE (a trust
 * store, or no ID at all). Free with store_bindings_free().
 */
enum vox_err pick(struct store *s, const char *id, const char *node, struct store_binding **out, size_t *n,
                  struct vox_error *err);

/* pick_candidates(list, n, out, outlen): "9f3a12345678 CN=a (TVS of node cm1, active); ..." for a message. */
void pick_candidates(const struct store_binding *list, size_t n, char *out, size_t outlen);

#endif
