#include <string.h>

#include <libcert/tlv.h>
#include <tvs/message.h>

#include "elements.h"

enum vox_err tvs_message_write(const struct tvs_message *m, struct bytes *out, struct vox_error *err)
{
    struct tlv_writer w = tlv_writer(TVS_MESSAGE_MAX);
    size_t mark;

    tlv_put_u8(&w, TVS_PROTOCOL);
    tlv_put_u8(&w, TVS_VERSION);
    tlv_put_u8(&w, m->command);
    tlv_put_u8(&w, 0);
    tlv_put_u32(&w, m->session);
    tlv_put_u16(&w, 0);
    if (m->device != NULL) {
        mark = tlv_begin(&w, TVS_EL_DEVICE_NAME);
        tlv_put_u8(&w, 1); /* the type of the name, as every phone sends it */
        tlv_put(&w, m->device, m->device_len);
        tlv_end(&w, mark);
    }
    if (m->command == TVS_QUERY_RESPONSE && m->has_status) /* the order of the real server's reply: 7, 2, 8, 9 */
        tlv_put_tlv_u8(&w, TVS_EL_STATUS, m->status);
    if (m->certificate.data != NULL)
        tlv_put_tlv(&w, TVS_EL_CERTIFICATE, m->certificate.data, m->certificate.len);
    if (m->subject != NULL)
        tlv_put_tlv_text(&w, TVS_EL_SUBJECT_NAME, m->subject);
    if (m->issuer != NULL)
        tlv_put_tlv_text(&w, TVS_EL_ISSUER_NAME, m->issuer);
    if (m->serial.data != NULL) {
        mark = tlv_begin(&w, TVS_EL_SERIAL_NUMBER);
        if (tvs_is_name(m->serial)) /* tvs.md 3.3: values are told apart by content: a sign byte makes it no text */
            tlv_put_u8(&w, 0);
        tlv_put(&w, m->serial.data, m->serial.len);
        tlv_end(&w, mark);
    }
    if (m->command != TVS_QUERY_RESPONSE && m->has_status)
        tlv_put_tlv_u8(&w, TVS_EL_STATUS, m->status);
    if (m->roles.data != NULL)
        tlv_put_tlv(&w, TVS_EL_ROLES, m->roles.data, m->roles.len);
    if (m->has_ttl)
        tlv_put_tlv_u32(&w, TVS_EL_TTL, m->ttl);
    tlv_patch_u16(&w, TVS_HEADER_LEN - 2, w.len - TVS_HEADER_LEN);
    return tlv_finish(&w, out, err);
}
