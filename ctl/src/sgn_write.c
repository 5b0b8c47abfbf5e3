#include <ctl/sgn.h>
#include <libcert/limits.h>

#include "signed_build.h"

enum vox_err sgn_write(const struct sgn_params *p, struct bytes_view content, struct bytes *out, struct vox_error *err)
{
    const struct signed_params sp = {
        .kind = HEADER_SGN,
        .signer = p->signer,
        .signer_version = SIGNER_VERSION_ABSENT,
        .digest = p->digest,
        .filename = p->filename,
        .timestamp = p->timestamp,
        .max = LIMIT_SIGNED_FILE,
    };

    *out = (struct bytes){NULL, 0};
    if (p->key == NULL) /* signed_build() would leave the signature empty */
        return vox_fail(err, VOX_E_USAGE, "a signed file needs the signer's private key");
    return signed_build(&sp, content, p->key, out, err);
}
