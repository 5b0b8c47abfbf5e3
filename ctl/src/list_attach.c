#include <ctl/list.h>
#include <ctl/verify.h>

#include "signed_build.h"

enum vox_err ctl_attach(struct bytes_view file, struct bytes_view sig, struct bytes *out, struct vox_error *err)
{
    struct ctl_list *l;
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if ((code = ctl_list_read(file.data, file.len, &l, err)) != VOX_OK) /* before anything is put into it */
        return code;
    ctl_list_free(&l);
    if ((code = bytes_copy(out, file.data, file.len, err)) != VOX_OK ||
        (code = signed_put_signature(out, HEADER_LIST, sig, err)) != VOX_OK ||
        (code = ctl_list_read(out->data, out->len, &l, err)) != VOX_OK)
        goto err0;
    code = ctl_verify(l, err);
    ctl_list_free(&l);
    if (code == VOX_OK)
        return VOX_OK;
err0:
    bytes_free(out);
    return code;
}
