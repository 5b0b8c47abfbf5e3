#include <ctl/sgn.h>
#include <libcert/tlv.h>

enum vox_err sgn_read(const uint8_t *file, size_t len, struct ctl_header *h, struct bytes_view *content,
                      struct vox_error *err)
{
    struct tlv_reader r = tlv_reader(file, len);
    struct bytes_view header;
    enum header_kind kind;
    enum vox_err code;

    if (!ctl_header_guess(file, len, &kind))
        return vox_fail(err, VOX_E_INPUT,
                        "signed-files.md 1: VERSION: neither a signed file (1.0) nor an encrypted one (2.0): it does "
                        "not start with such a version (byte 0)");
    if (kind == HEADER_LIST)
        return vox_fail(err, VOX_E_INPUT,
                        "signed-files.md 1: VERSION: 1.2 says that this is a trust list, not a signed file (byte 0)");
    if ((code = ctl_header_read(file, len, kind, h, err)) != VOX_OK)
        return code;
    /* ctl_header_read() has compared the length with the file. */
    if (!tlv_take(&r, h->header_length, &header) || !tlv_take(&r, tlv_left(&r), content))
        return vox_fail(err, VOX_E_INPUT, "trust-list.md 2.2: HEADERLENGTH: runs past the end of the file (byte 5)");
    return VOX_OK;
}
