#include "header_write.h"

#include "tags.h"

enum { DEPTH_MAX = 3, HEADERLENGTH_VALUE = 8 }; /* VERSION is 5 bytes, then tag and length */

void header_plan(struct ctl_header *h)
{
    static const struct header_tlv plan[] = {
        {.tag = HTAG_VERSION},
        {.tag = HTAG_HEADERLENGTH},
        {.tag = HTAG_SIGNERVERSION},
        {.tag = HTAG_SIGNERID},
        {.tag = HTAG_SIGNERNAME, .depth = 1},
        {.tag = HTAG_SERIALNUMBER, .depth = 1},
        {.tag = HTAG_CANAME, .depth = 1},
        {.tag = HTAG_SIGNATUREINFO},
        {.tag = HTAG_DIGESTALGORITHM, .depth = 1},
        {.tag = HTAG_SIGNATUREALGOINFO, .depth = 1},
        {.tag = HTAG_SIGNATUREALGORITHM, .depth = 2},
        {.tag = HTAG_SIGNATUREMODULUS, .depth = 2},
        {.tag = HTAG_SIGNATURE},
        {.tag = HTAG_FILENAME},
        {.tag = HTAG_TIMESTAMP},
    };

    h->ntlvs = 0;
    for (size_t i = 0; i < sizeof plan / sizeof *plan; i++) {
        if (plan[i].tag == HTAG_SIGNERVERSION && h->signer_version == SIGNER_VERSION_ABSENT)
            continue;
        if (plan[i].tag == HTAG_TIMESTAMP && !h->has_timestamp)
            continue;
        h->tlvs[h->ntlvs++] = plan[i];
    }
}

static void put_view(struct tlv_writer *w, uint8_t tag, struct bytes_view v)
{
    tlv_put_tlv(w, tag, v.data, v.len);
}

/* One TLV that is no container, from its field. */
static void put_field(struct tlv_writer *w, const struct ctl_header *h, uint8_t tag)
{
    switch ((enum header_tag)tag) {
    case HTAG_VERSION:
        tlv_put_tlv_u16(w, tag, (uint16_t)(h->version_major << 8 | h->version_minor));
        break;
    case HTAG_HEADERLENGTH: /* filled in at the end */
        tlv_put_tlv_u16(w, tag, 0);
        break;
    case HTAG_SIGNERNAME:
        tlv_put_tlv_text(w, tag, h->signer_name);
        break;
    case HTAG_SERIALNUMBER:
        put_view(w, tag, h->serial);
        break;
    case HTAG_CANAME:
        tlv_put_tlv_text(w, tag, h->ca_name);
        break;
    case HTAG_DIGESTALGORITHM:
        tlv_put_tlv_u8(w, tag, h->digest);
        break;
    case HTAG_SIGNATUREALGORITHM:
        tlv_put_tlv_u8(w, tag, h->signature_algorithm);
        break;
    case HTAG_SIGNATUREMODULUS:
        tlv_put_tlv_u8(w, tag, h->modulus_code);
        break;
    case HTAG_SIGNATURE:
        put_view(w, tag, h->signature);
        break;
    case HTAG_FILENAME:
        tlv_put_tlv_text(w, tag, h->filename);
        break;
    case HTAG_TIMESTAMP:
        tlv_put_tlv_u32(w, tag, h->timestamp);
        break;
    case HTAG_CONTENT_ALGORITHM:
        tlv_put_tlv_u8(w, tag, h->content_algorithm);
        break;
    case HTAG_IV:
        put_view(w, tag, h->iv);
        break;
    case HTAG_PADDING_LENGTH:
        tlv_put_tlv_u16(w, tag, h->padding_length);
        break;
    case HTAG_KEY_UNKNOWN:
        tlv_put_tlv_u8(w, tag, h->key_unknown);
        break;
    case HTAG_KEY_SIZE:
        tlv_put_tlv_u16(w, tag, h->key_bits);
        break;
    case HTAG_KEY_ALGORITHM:
        tlv_put_tlv_u8(w, tag, h->key_algorithm);
        break;
    case HTAG_KEY:
        put_view(w, tag, h->wrapped_key);
        break;
    case HTAG_CONTENT_DIGEST_ALGORITHM:
        tlv_put_tlv_u8(w, tag, h->content_digest_algorithm);
        break;
    case HTAG_CONTENT_DIGEST:
        put_view(w, tag, h->content_digest);
        break;
    case HTAG_SIGNERVERSION:
        tlv_put_tlv_u16(w, tag, h->signer_version);
        break;
    case HTAG_SIGNERID:
    case HTAG_SIGNATUREINFO:
    case HTAG_SIGNATUREALGOINFO:
    case HTAG_PADDING:
    case HTAG_ENCRYPTION_INFO:
    case HTAG_IV_INFO:
    case HTAG_KEY_INFO:
        break;
    }
}

void header_write(struct tlv_writer *w, const struct ctl_header *h, const uint8_t *file, struct bytes_view extra)
{
    size_t open[DEPTH_MAX]; /* marks of the containers around the next TLV */
    size_t depth = 0;

    for (size_t i = 0; i < h->ntlvs; i++) {
        const struct header_tlv *t = &h->tlvs[i];
        const struct tag_row *row = tag_header_row(t->tag);

        while (depth > t->depth)
            tlv_end(w, open[--depth]);
        if (row == NULL)
            tlv_put_tlv(w, t->tag, file + t->offset + 3, t->len);
        else if (row->rule == RULE_CONTAINER)
            open[depth++] = tlv_begin(w, t->tag);
        else
            put_field(w, h, t->tag);
    }
    while (depth > 0)
        tlv_end(w, open[--depth]);
    tlv_put(w, extra.data, extra.len);

    const size_t padding = file != NULL ? h->padding : (4 - w->len % 4) % 4;
    for (size_t i = 0; i < padding; i++)
        tlv_put_u8(w, HTAG_PADDING);
    tlv_patch_u16(w, HEADERLENGTH_VALUE, w->len);
}
