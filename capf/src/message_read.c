#include <string.h>

#include <libcert/tlv.h>

#include "message_table.h"

#define PAGE "capf.md "

/* The fixed part, as far as the reader has it. */
static enum vox_err read_header(struct tlv_reader *r, struct capf_message *out, uint16_t *body, struct vox_error *err)
{
    uint8_t protocol;

    if (!tlv_take_u8(r, &protocol))
        return VOX_E_NOT_FOUND;
    if (protocol != CAPF_PROTOCOL_ID)
        return vox_fail(err, VOX_E_INPUT, PAGE "2.1: PROTOCOL: 0x%02x, not 0x55: this is no CAPF message", protocol);
    if (!tlv_take_u8(r, &out->command) || !tlv_take_u32(r, &out->session) || !tlv_take_u16(r, body))
        return VOX_E_NOT_FOUND;
    return VOX_OK;
}

enum vox_err capf_frame(const uint8_t *data, size_t len, size_t *need, struct vox_error *err)
{
    struct tlv_reader r = tlv_reader(data, len);
    struct capf_message m;
    uint16_t body;
    enum vox_err code = read_header(&r, &m, &body, err);

    *need = CAPF_HEADER_LEN;
    if (code != VOX_OK)
        return code;
    *need = (size_t)CAPF_HEADER_LEN + body;
    return len < *need ? VOX_E_NOT_FOUND : VOX_OK;
}

/* One TLV that fills a value to its end. That there is something in it, the table's least length says. */
static enum vox_err only_tlv(const struct tlv *t, const char *name, struct tlv *out, struct vox_error *err)
{
    struct tlv_reader r = tlv_within(t);
    char why[128];

    if (!tlv_next(&r, out)) {
        tlv_why_not(&r, why, sizeof why);
        return vox_fail(err, VOX_E_INPUT, PAGE "2.3: %s: inside it %s", name, why);
    }
    if (tlv_left(&r) > 0)
        return vox_fail(err, VOX_E_INPUT, PAGE "2.3: %s: %zu bytes left over inside it (byte %zu)", name, tlv_left(&r),
                        tlv_offset(&r));
    return VOX_OK;
}

static enum vox_err read_certificate(const struct tlv *t, struct capf_message *m, struct vox_error *err)
{
    struct tlv inner;
    struct tlv_reader r;
    uint8_t zero;
    enum vox_err code;

    if ((code = only_tlv(t, "CERTIFICATE", &inner, err)) != VOX_OK)
        return code;
    if (inner.tag != CAPF_INNER_CERTIFICATE)
        return vox_fail(err, VOX_E_INPUT, PAGE "2.3: CERTIFICATE: inner tag %u, must be 1 (byte %zu)", inner.tag,
                        inner.offset);
    r = tlv_within(&inner);
    if (!tlv_take_u8(&r, &zero) || !tlv_take_u8(&r, &m->certificate_kind) ||
        !tlv_take(&r, tlv_left(&r), &m->certificate))
        return vox_fail(err, VOX_E_INPUT, PAGE "2.3: CERTIFICATE: no certificate in it (byte %zu)", inner.offset);
    if (zero != 0)
        return vox_fail(err, VOX_E_INPUT, PAGE "2.3: CERTIFICATE: 0x%02x before its type, must be 0 (byte %zu)", zero,
                        inner.offset + 3);
    return VOX_OK;
}

static enum vox_err read_sha2(const struct tlv *t, struct capf_message *m, struct vox_error *err)
{
    struct tlv inner;
    enum vox_err code = only_tlv(t, "SHA2_SIGNED_DATA", &inner, err);

    if (code != VOX_OK)
        return code;
    m->sha2_digest = inner.tag;
    m->sha2_signed_data = inner.value;
    return VOX_OK;
}

static enum vox_err read_sudi(const struct tlv *t, struct capf_message *m, struct vox_error *err)
{
    struct tlv_reader r = tlv_within(t);
    struct tlv inner;
    char why[128];

    while (tlv_left(&r) > 0) {
        struct bytes_view *part;

        if (!tlv_next(&r, &inner)) {
            tlv_why_not(&r, why, sizeof why);
            return vox_fail(err, VOX_E_INPUT, PAGE "5.4: SUDI_DATA: inside it %s", why);
        }
        part = inner.tag == CAPF_SUDI_CERTIFICATE ? &m->sudi_certificate
               : inner.tag == CAPF_SUDI_SHA1      ? &m->sudi_sha1
               : inner.tag == CAPF_SUDI_SHA512    ? &m->sudi_sha512
                                                  : NULL;
        if (part == NULL)
            return vox_fail(err, VOX_E_INPUT, PAGE "5.4: SUDI_DATA: inner tag %u, must be 0, 1 or 3 (byte %zu)",
                            inner.tag, inner.offset);
        if (part->data != NULL)
            return vox_fail(err, VOX_E_INPUT, PAGE "5.4: SUDI_DATA: a second part %u (byte %zu)", inner.tag,
                            inner.offset);
        if (inner.value.len == 0)
            return vox_fail(err, VOX_E_INPUT, PAGE "5.4: SUDI_DATA: part %u is empty (byte %zu)", inner.tag,
                            inner.offset);
        *part = inner.value;
    }
    if (m->sudi_certificate.data == NULL)
        return vox_fail(err, VOX_E_INPUT, PAGE "5.4: SUDI_DATA: no certificate in it (byte %zu)", t->offset);
    if (m->sudi_sha1.data == NULL && m->sudi_sha512.data == NULL)
        return vox_fail(err, VOX_E_INPUT, PAGE "5.4: SUDI_DATA: no signature in it (byte %zu)", t->offset);
    return VOX_OK;
}

static enum vox_err read_nested(const struct tlv *t, struct capf_message *m, struct vox_error *err)
{
    switch (t->tag) {
    case CAPF_CERTIFICATE:
        return read_certificate(t, m, err);
    case CAPF_SHA2_SIGNED_DATA:
        return read_sha2(t, m, err);
    default:
        return read_sudi(t, m, err);
    }
}

static enum vox_err read_text(const struct tlv *t, const struct capf_element_rule *rule, struct bytes_view *out,
                              struct vox_error *err)
{
    const char *text;
    size_t len;

    if (t->value.len == 0) {
        *out = t->value;
        return VOX_OK;
    }
    if (!tlv_as_text(t, &text, &len))
        return vox_fail(err, VOX_E_INPUT, PAGE "2.2: %s: must end with a NUL and have none before it (byte %zu)",
                        rule->name, t->offset);
    *out = (struct bytes_view){t->value.data, len};
    return VOX_OK;
}

static enum vox_err read_element(const struct tlv *t, const struct capf_element_rule *rule, struct capf_message *m,
                                 struct vox_error *err)
{
    void *field = (char *)m + rule->field;
    size_t len = t->value.len;

    if (CAPF_HAS(m, t->tag))
        return vox_fail(err, VOX_E_INPUT, PAGE "2.2: %s: a second one (byte %zu)", rule->name, t->offset);
    if (rule->min == rule->max && len != rule->min)
        return vox_fail(err, VOX_E_INPUT, PAGE "2.2: %s: must be %u byte%s, has %zu (byte %zu)", rule->name, rule->min,
                        rule->min == 1 ? "" : "s", len, t->offset);
    if (len < rule->min || len > rule->max)
        return vox_fail(err, VOX_E_INPUT, PAGE "2.2: %s: must be %u to %u bytes, has %zu (byte %zu)", rule->name,
                        rule->min, rule->max, len, t->offset);
    m->present |= UINT32_C(1) << t->tag;
    switch (rule->shape) { /* lengths are right: the conversions cannot fail */
    case CAPF_U8:
        (void)tlv_as_u8(t, field);
        return VOX_OK;
    case CAPF_U16:
        (void)tlv_as_u16(t, field);
        return VOX_OK;
    case CAPF_U32:
        (void)tlv_as_u32(t, field);
        return VOX_OK;
    case CAPF_TEXT:
        return read_text(t, rule, field, err);
    case CAPF_OPAQUE:
        *(struct bytes_view *)field = t->value;
        return VOX_OK;
    case CAPF_NESTED:
        break;
    }
    return read_nested(t, m, err);
}

enum vox_err capf_message_read(const uint8_t *data, size_t len, struct capf_message *out, struct vox_error *err)
{
    struct tlv_reader r = tlv_reader(data, len);
    struct tlv t;
    uint16_t body = 0;
    enum vox_err code;

    memset(out, 0, sizeof *out);
    code = read_header(&r, out, &body, err);
    if (code == VOX_E_NOT_FOUND)
        return vox_fail(err, VOX_E_INPUT, PAGE "2.1: %zu bytes are no whole header", len);
    if (code != VOX_OK)
        return code;
    if (body != tlv_left(&r))
        return vox_fail(err, VOX_E_INPUT, PAGE "2.1: LENGTH: says %u, %zu bytes follow", body, tlv_left(&r));
    while (tlv_left(&r) > 0) {
        const struct capf_element_rule *rule;

        if (!tlv_next(&r, &t)) {
            char why[128];

            tlv_why_not(&r, why, sizeof why);
            return vox_fail(err, VOX_E_INPUT, PAGE "2.2: %s", why);
        }
        if ((rule = capf_element_rule(t.tag)) == NULL) { /* of a later phone: it must not be locked out by that */
            if (out->nunknown < CAPF_UNKNOWN_MAX)
                out->unknown[out->nunknown] = t.tag;
            out->nunknown++;
            continue;
        }
        if ((code = read_element(&t, rule, out, err)) != VOX_OK)
            return code;
    }
    return VOX_OK;
}
