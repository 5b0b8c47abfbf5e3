/* The PIN's way from its source into a question. */
#ifndef TOKEN_PIN_H
#define TOKEN_PIN_H

#include "token/wire.h"

/* token_pin_from_file(path, out, err): the first line of a file that is ours alone: a regular one, no link, owned by
 * this user or root, mode 0600 or stricter. Errors: VOX_E_IO, VOX_E_NOT_FOUND, VOX_E_INPUT. Free with bytes_wipe(). */
enum vox_err token_pin_from_file(const char *path, struct bytes *out, struct vox_error *err);

/* token_pin_into(t, source, pass, q, err): whether a try may be made, and the PIN for it. */
enum vox_err token_pin_into(const struct token_info *t, const char *source, const struct password_source *pass,
                            struct token_question *q, struct vox_error *err);

#endif
