/* What the server says in a session (capf.md 3). Errors: VOX_E_INPUT (a certificate too large), VOX_E_MEMORY. */
#ifndef CAPF_SESSION_REPLY_H
#define CAPF_SESSION_REPLY_H

#include <capf/session.h>

enum vox_err capf_reply_greeting(uint32_t session, struct bytes *out, struct vox_error *err);
enum vox_err capf_reply_end(uint32_t session, enum capf_reason reason, struct bytes *out, struct vox_error *err);
/* A message without elements. */
enum vox_err capf_reply_bare(uint32_t session, enum capf_command command, struct bytes *out, struct vox_error *err);
enum vox_err capf_reply_order(uint32_t session, uint8_t version, const struct key_spec *key, struct bytes *out,
                              struct vox_error *err);
enum vox_err capf_reply_store(uint32_t session, struct bytes_view certificate, struct bytes *out,
                              struct vox_error *err);

#endif
