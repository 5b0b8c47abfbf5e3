#include <string.h>

#include "record.h"
#include "tags.h"

/* Put a value whose form tag_check() has seen into its field. */
static enum vox_err store(struct ctl_record *r, const struct tlv *t, struct vox_error *err)
{
    enum vox_err code;
    size_t textlen;
    uint16_t u16;

    switch ((enum record_tag)t->tag) {
    case RTAG_RECORDLENGTH: /* read by record_read() */
        break;
    case RTAG_DNSNAME:
        r->dns_name = (const char *)t->value.data; /* ends with a NUL */
        break;
    case RTAG_SUBJECTNAME:
        tlv_as_text(t, &r->subject, &textlen);
        break;
    case RTAG_FUNCTION:
        if (tlv_as_u16(t, &u16))
            r->function = u16;
        break;
    case RTAG_ISSUERNAME:
        tlv_as_text(t, &r->issuer, &textlen);
        break;
    case RTAG_SERIALNUMBER:
        r->serial = t->value;
        break;
    case RTAG_PUBLICKEY:
        r->public_key = t->value;
        break;
    case RTAG_SIGNATURE:
        r->signature = t->value;
        break;
    case RTAG_CERTIFICATE:
        if ((code = cert_from_der(t->value.data, t->value.len, &r->cert, err)) == VOX_OK)
            break;
        if (err == NULL)
            return code;
        return vox_fail(err, code, "trust-list.md 3.9: CERTIFICATE: %s (byte %zu)", err->text, t->offset);
    case RTAG_IPADDRESS:
        r->ip = t->value;
        break;
    case RTAG_CERTHASH:
        r->cert_hash = t->value;
        break;
    case RTAG_HASHALGORITHM:
        r->has_hash_algorithm = tlv_as_u8(t, &r->hash_algorithm);
        break;
    }
    return VOX_OK;
}

/* One TLV after RECORDLENGTH. */
static enum vox_err take(struct ctl_record *out, const struct tlv *t, uint32_t *seen, struct vox_error *err)
{
    const struct tag_row *row = tag_record_row(t->tag);
    enum vox_err code;

    if (out->ntlvs == RECORD_TAGS_MAX)
        return vox_fail(err, VOX_E_INPUT, "trust-list.md 3: record: more than %d fields (byte %zu)", RECORD_TAGS_MAX,
                        t->offset);
    out->tlvs[out->ntlvs++] = (struct record_tlv){.tag = t->tag, .value = t->value, .offset = t->offset};
    if (row == NULL) /* unknown: kept as it is */
        return VOX_OK;
    if (*seen & (uint32_t)1 << t->tag)
        return vox_fail(err, VOX_E_INPUT, "trust-list.md 3.%u: %s: stands there twice (byte %zu)", t->tag, row->name,
                        t->offset);
    *seen |= (uint32_t)1 << t->tag;
    if ((code = tag_check(row, 3, t, err)) != VOX_OK)
        return code;
    return store(out, t, err);
}

/* RECORDLENGTH, and the reader that it opens. */
static enum vox_err open_record(struct tlv_reader *r, struct ctl_record *out, struct tlv_reader *body,
                                struct vox_error *err)
{
    struct tlv_reader whole = *r;
    struct tlv t;

    if (!tlv_next(r, &t) || t.tag != RTAG_RECORDLENGTH || !tlv_as_u16(&t, &out->record_length))
        return vox_fail(err, VOX_E_INPUT,
                        "trust-list.md 3.1: RECORDLENGTH: two bytes of it must start a record (byte %zu)", out->offset);
    const size_t head = tlv_offset(r) - out->offset;
    if (out->record_length < head)
        return vox_fail(err, VOX_E_INPUT, "trust-list.md 3.1: RECORDLENGTH: %u is too short for a record (byte %zu)",
                        out->record_length, out->offset);
    if (!tlv_child(r, out->record_length - head, body))
        return vox_fail(err, VOX_E_INPUT,
                        "trust-list.md 3.1: RECORDLENGTH: %u runs past the end of the file, %zu bytes are left (byte "
                        "%zu)",
                        out->record_length, tlv_left(&whole), out->offset);
    out->tlvs[out->ntlvs++] = (struct record_tlv){.tag = t.tag, .value = t.value, .offset = t.offset};
    return VOX_OK;
}

enum vox_err record_read(struct tlv_reader *r, size_t number, struct ctl_record *out, struct vox_error *err)
{
    uint32_t seen = 1 << RTAG_RECORDLENGTH;
    struct tlv_reader body;
    enum vox_err code;
    struct tlv t;
    size_t n;

    memset(out, 0, sizeof *out);
    out->offset = tlv_offset(r);
    if ((code = open_record(r, out, &body, err)) != VOX_OK)
        goto err0;
    while (tlv_next(&body, &t)) {
        if ((code = take(out, &t, &seen, err)) != VOX_OK)
            goto err0;
    }
    if (tlv_left(&body) > 0) {
        char why[128];

        tlv_why_not(&body, why, sizeof why);
        code = vox_fail(err, VOX_E_INPUT, "trust-list.md 3.1: record: %s", why);
        goto err0;
    }
    const struct tag_row *rows = tag_record_rows(&n);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].required && !(seen & (uint32_t)1 << rows[i].tag)) {
            code = vox_fail(err, VOX_E_INPUT, "trust-list.md 3.%u: %s: is missing (record at byte %zu)", rows[i].tag,
                            rows[i].name, out->offset);
            goto err0;
        }
    }
    return VOX_OK;

err0:
    record_free(out);
    if (code == VOX_E_INPUT)
        vox_error_prefix(err, "record %zu", number);
    return code;
}

void record_free(struct ctl_record *r)
{
    cert_free(&r->cert);
    memset(r, 0, sizeof *r);
}
