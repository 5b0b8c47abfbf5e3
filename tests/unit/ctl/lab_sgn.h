/*
 * What the tests of signed files share.
 */
#ifndef TEST_LAB_SGN_H
#define TEST_LAB_SGN_H

#include "lab.h"

#include <ctl/sgn.h>

/* Reading must work. */
static inline struct bytes_view lab_sgn(struct bytes_view file, struct ctl_header *h)
{
    struct bytes_view content;
    struct vox_error err;

    if (sgn_read(file.data, file.len, h, &content, &err) != VOX_OK)
        fail_msg("refused: %s", err.text);
    return content;
}

/* What becomes of a file: read, then verified. */
static inline enum vox_err lab_sgn_verify(struct bytes_view file, const struct cert *signer, struct vox_error *err)
{
    struct bytes_view content;
    struct ctl_header h;
    enum vox_err code = sgn_read(file.data, file.len, &h, &content, err);

    return code != VOX_OK ? code : sgn_verify(file.data, file.len, &h, signer, err);
}

static inline void lab_says(const struct vox_error *err, const char *says)
{
    if (strstr(err->text, says) == NULL)
        fail_msg("not said: %s\nsaid: %s", says, err->text);
}

#endif
