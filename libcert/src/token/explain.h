/* What a module's return code means for the person at the desk. Source: PKCS#11 v2.40, 5.1. */
#ifndef TOKEN_EXPLAIN_H
#define TOKEN_EXPLAIN_H

#include "token/wire.h"

/* token_explain(a, t, err): the sentence for a's return code, with the token's label and serial number when t is not
 * NULL; the code's name and number go to the detail. Returns its error, VOX_OK when nothing failed. */
enum vox_err token_explain(const struct token_answer *a, const struct token_info *t, struct vox_error *err);

#endif
