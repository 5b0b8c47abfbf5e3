#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <libcert/printable.h>
#include <libcert/tlv.h>

#include "message_table.h"

#define PAGE "capf.md "

static void put_view(struct tlv_writer *w, uint8_t tag, struct bytes_view v)
{
    tlv_put_tlv(w, tag, v.data, v.len);
}

static void put_nested(struct tlv_writer *w, const struct capf_message *m, uint8_t tag)
{
    size_t inner;

    switch (tag) {
    case CAPF_CERTIFICATE:
        inner = tlv_begin(w, CAPF_INNER_CERTIFICATE);
        tlv_put_u8(w, 0);
        tlv_put_u8(w, m->certificate_kind);
        tlv_put(w, m->certificate.data, m->certificate.len);
        tlv_end(w, inner);
        break;
    case CAPF_SHA2_SIGNED_DATA:
        put_view(w, m->sha2_digest, m->sha2_signed_data);
        break;
    default:
        put_view(w, CAPF_SUDI_CERTIFICATE, m->sudi_certificate);
        if (m->sudi_sha1.len > 0)
            put_view(w, CAPF_SUDI_SHA1, m->sudi_sha1);
        if (m->sudi_sha512.len > 0)
            put_view(w, CAPF_SUDI_SHA512, m->sudi_sha512);
    }
}

static void put_value(struct tlv_writer *w, const struct capf_message *m, const struct capf_element_rule *rule)
{
    const void *field = (const char *)m + rule->field;
    const struct bytes_view *v = field;

    switch (rule->shape) {
    case CAPF_U8:
        tlv_put_u8(w, *(const uint8_t *)field);
        break;
    case CAPF_U16:
        tlv_put_u16(w, *(const uint16_t *)field);
        break;
    case CAPF_U32:
        tlv_put_u32(w, *(const uint32_t *)field);
        break;
    case CAPF_TEXT:
        tlv_put(w, v->data, v->len);
        tlv_put_u8(w, 0);
        break;
    case CAPF_OPAQUE:
        tlv_put(w, v->data, v->len);
        break;
    case CAPF_NESTED:
        put_nested(w, m, rule->tag);
        break;
    }
}

enum vox_err capf_message_write(const struct capf_message *m, struct bytes *out, struct vox_error *err)
{
    struct tlv_writer w = tlv_writer(CAPF_MESSAGE_MAX);
    struct capf_message again;
    size_t n;
    const struct capf_element_rule *rules = capf_element_rules(&n);
    enum vox_err code;

    tlv_put_u8(&w, CAPF_PROTOCOL_ID);
    tlv_put_u8(&w, m->command);
    tlv_put_u32(&w, m->session);
    tlv_put_u16(&w, 0);
    for (size_t i = 0; i < n; i++) {
        if (!CAPF_HAS(m, rules[i].tag))
            continue;
        size_t mark = tlv_begin(&w, rules[i].tag);

        put_value(&w, m, &rules[i]);
        tlv_end(&w, mark);
    }
    tlv_patch_u16(&w, CAPF_HEADER_LEN - 2, w.len - CAPF_HEADER_LEN);
    if ((code = tlv_finish(&w, out, err)) != VOX_OK)
        return code;
    /* What could not be read back is not sent: an empty certificate, a NUL in a name. */
    if ((code = capf_message_read(out->data, out->len, &again, err)) != VOX_OK)
        bytes_wipe(out);
    return code;
}

/* A value for people. */
static void value_text(const struct capf_message *m, const struct capf_element_rule *rule, char *out, size_t outlen)
{
    const void *field = (const char *)m + rule->field;
    const struct bytes_view *v = field;
    char raw[129];

    out[0] = '\0';
    if (rule->secret) {
        (void)snprintf(out, outlen, "(not shown)");
        return;
    }
    switch (rule->shape) {
    case CAPF_U8:
        (void)snprintf(out, outlen, "%u", *(const uint8_t *)field);
        break;
    case CAPF_U16:
        (void)snprintf(out, outlen, "%u", *(const uint16_t *)field);
        break;
    case CAPF_U32:
        (void)snprintf(out, outlen, "%" PRIu32, *(const uint32_t *)field);
        break;
    case CAPF_TEXT:
        (void)snprintf(raw, sizeof raw, "%.*s", (int)v->len, v->data != NULL ? (const char *)v->data : "");
        printable_escape(out, outlen, raw);
        break;
    case CAPF_OPAQUE:
        (void)snprintf(out, outlen, "%zu bytes", v->len);
        break;
    case CAPF_NESTED:
        (void)snprintf(out, outlen, "%zu bytes",
                       rule->tag == CAPF_CERTIFICATE        ? m->certificate.len
                       : rule->tag == CAPF_SHA2_SIGNED_DATA ? m->sha2_signed_data.len
                                                            : m->sudi_certificate.len);
        break;
    }
}

void capf_message_text(const struct capf_message *m, char *out, size_t outlen)
{
    const char *name = capf_command_name(m->command), *between = "";
    size_t n, at;
    const struct capf_element_rule *rules = capf_element_rules(&n);
    char value[300];

    at = name != NULL ? (size_t)snprintf(out, outlen, "%s {", name)
                      : (size_t)snprintf(out, outlen, "command %u {", m->command);
    for (size_t i = 0; i < n && at < outlen; i++) {
        if (!CAPF_HAS(m, rules[i].tag))
            continue;
        value_text(m, &rules[i], value, sizeof value);
        at += (size_t)snprintf(out + at, outlen - at, "%s%s %s", between, rules[i].name, value);
        between = ", ";
    }
    if (at < outlen)
        at += (size_t)snprintf(out + at, outlen - at, "}");
    if (m->nunknown > 0 && at < outlen)
        (void)snprintf(out + at, outlen - at, " and %zu unknown", m->nunknown);
}
