#include <ctl/sgn.h>
#include <libcert/limits.h>
#include <libcert/tlv.h>

#include "signed_build.h"
#include "tags.h"

/* What signed_build() writes anew, or by what it is given. */
static bool is_anew(uint8_t tag)
{
    switch (tag) {
    case HTAG_VERSION:
    case HTAG_HEADERLENGTH:
    case HTAG_SIGNERVERSION:
    case HTAG_SIGNERID:
    case HTAG_SIGNATUREINFO:
    case HTAG_SIGNATURE:
    case HTAG_FILENAME:
    case HTAG_TIMESTAMP:
        return true;
    default:
        return false;
    }
}

/* All other fields, byte for byte: how the content is encrypted, and what is unknown. */
static enum vox_err keep_others(const uint8_t *file, size_t len, const struct ctl_header *h, struct bytes *out,
                                struct vox_error *err)
{
    struct tlv_writer w = tlv_writer(LIMIT_TLV_VALUE);
    enum vox_err code;

    for (size_t i = 0; i < h->ntlvs; i++) {
        struct tlv_reader r = tlv_reader(file, len);
        struct bytes_view before;
        struct tlv t;

        if (h->tlvs[i].depth == 0 && !is_anew(h->tlvs[i].tag) && tlv_take(&r, h->tlvs[i].offset, &before) &&
            tlv_next(&r, &t))
            tlv_put_tlv(&w, t.tag, t.value.data, t.value.len);
    }
    code = tlv_finish(&w, out, err);
    tlv_writer_free(&w);
    return code;
}

enum vox_err sgn_resign(const struct sgn_params *p, const uint8_t *file, size_t len, struct bytes *out,
                        struct vox_error *err)
{
    struct signed_params sp = {
        .signer = p->signer,
        .signer_version = SIGNER_VERSION_ABSENT,
        .timestamp = p->timestamp,
        .max = LIMIT_SIGNED_FILE,
    };
    struct bytes others = {NULL, 0};
    struct bytes_view content;
    struct ctl_header h;
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if (p->key == NULL) /* signed_build() would leave the signature empty */
        return vox_fail(err, VOX_E_USAGE, "a signed file needs the signer's private key");
    if ((code = sgn_read(file, len, &h, &content, err)) != VOX_OK ||
        (code = keep_others(file, len, &h, &others, err)) != VOX_OK)
        return code;
    sp.kind = h.kind;
    sp.digest = (enum digest)h.digest;
    sp.filename = h.filename;
    sp.extra = bytes_view_of(&others);
    code = signed_build(&sp, content, p->key, out, err);
    bytes_free(&others);
    return code;
}
