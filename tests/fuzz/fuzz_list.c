/* Whatever is read as a list must be written again byte for byte; asking who signed it must not fall over. */
#include <stdlib.h>
#include <string.h>

#include <ctl/list.h>
#include <ctl/verify.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct vox_error err;
    enum header_kind kind;
    struct ctl_list *l;
    struct bytes again;

    if (ctl_list_read(data, len, &l, &err) != VOX_OK) {
        if (err.text[0] == '\0' || l != NULL)
            abort();
        return 0;
    }
    if (!ctl_header_guess(data, len, &kind) || kind != HEADER_LIST)
        abort();
    if (ctl_list_encode(l, &again, &err) != VOX_OK || again.len != len || memcmp(again.data, data, len) != 0)
        abort();
    bytes_free(&again);
    if ((ctl_verify(l, &err) == VOX_OK) !=
        (ctl_signer_record(l) >= 0 && ctl_signed_by(l, (size_t)ctl_signer_record(l))))
        abort();
    ctl_list_free(&l);
    return 0;
}
