#include <string.h>

#include <ctl/header.h>
#include <libcert/tlv.h>

#include "tags.h"

static const struct {
    uint8_t major, minor;
    const char *what;
} versions[] = {
    [HEADER_LIST] = {1, 2, "a trust list"},
    [HEADER_SGN] = {1, 0, "a signed file"},
    [HEADER_ENCSGN] = {2, 0, "an encrypted and signed file"},
};

enum { KINDS = sizeof versions / sizeof *versions };

static const unsigned modulus_bits[] = {512, 1024, 2048, 4096};

bool ctl_modulus_code(unsigned bits, uint8_t *out)
{
    for (uint8_t i = 0; i < sizeof modulus_bits / sizeof *modulus_bits; i++) {
        if (modulus_bits[i] == bits) {
            *out = i;
            return true;
        }
    }
    return false;
}

unsigned ctl_modulus_bits(uint8_t code)
{
    return code < sizeof modulus_bits / sizeof *modulus_bits ? modulus_bits[code] : 0;
}

/* The kind whose version t holds; false if none. */
static bool kind_of_version(const struct tlv *t, enum header_kind *out)
{
    uint16_t v;

    if (t->tag != HTAG_VERSION || !tlv_as_u16(t, &v))
        return false;
    for (int i = 0; i < KINDS; i++) {
        if (v == (versions[i].major << 8 | versions[i].minor)) {
            *out = (enum header_kind)i;
            return true;
        }
    }
    return false;
}

bool ctl_header_guess(const uint8_t *file, size_t len, enum header_kind *out)
{
    struct tlv_reader r = tlv_reader(file, len);
    struct tlv t;

    return tlv_next(&r, &t) && kind_of_version(&t, out);
}

void ctl_signed_text(const uint8_t *file, size_t len, const struct ctl_header *h, struct bytes_view parts[static 2])
{
    const size_t after = h->signature_tlv_offset + 3 + h->signature.len;

    parts[0] = (struct bytes_view){file, h->signature_tlv_offset};
    parts[1] = (struct bytes_view){file + after, len - after};
}

/* What reading carries along. */
struct reading {
    struct ctl_header *h;
    uint32_t seen; /* a bit per tag of the table */
    struct vox_error *err;
};

/* Put a value whose form tag_check() has seen into its field. */
static void store(struct ctl_header *h, const struct tlv *t)
{
    size_t textlen;

    switch ((enum header_tag)t->tag) {
    case HTAG_HEADERLENGTH:
        tlv_as_u16(t, &h->header_length);
        break;
    case HTAG_SIGNERNAME:
        tlv_as_text(t, &h->signer_name, &textlen);
        break;
    case HTAG_SERIALNUMBER:
        h->serial = t->value;
        break;
    case HTAG_CANAME:
        tlv_as_text(t, &h->ca_name, &textlen);
        break;
    case HTAG_DIGESTALGORITHM:
        tlv_as_u8(t, &h->digest);
        break;
    case HTAG_SIGNATUREALGORITHM:
        tlv_as_u8(t, &h->signature_algorithm);
        break;
    case HTAG_SIGNATUREMODULUS:
        tlv_as_u8(t, &h->modulus_code);
        break;
    case HTAG_SIGNATURE:
        h->signature = t->value;
        h->signature_tlv_offset = t->offset;
        break;
    case HTAG_FILENAME:
        tlv_as_text(t, &h->filename, &textlen);
        break;
    case HTAG_TIMESTAMP:
        h->has_timestamp = tlv_as_u32(t, &h->timestamp);
        break;
    case HTAG_CONTENT_ALGORITHM:
        tlv_as_u8(t, &h->content_algorithm);
        break;
    case HTAG_IV:
        h->iv = t->value;
        break;
    case HTAG_PADDING_LENGTH:
        tlv_as_u16(t, &h->padding_length);
        break;
    case HTAG_KEY_UNKNOWN:
        tlv_as_u8(t, &h->key_unknown);
        break;
    case HTAG_KEY_SIZE:
        tlv_as_u16(t, &h->key_bits);
        break;
    case HTAG_KEY_ALGORITHM:
        tlv_as_u8(t, &h->key_algorithm);
        break;
    case HTAG_KEY:
        h->wrapped_key = t->value;
        break;
    case HTAG_CONTENT_DIGEST_ALGORITHM:
        tlv_as_u8(t, &h->content_digest_algorithm);
        break;
    case HTAG_CONTENT_DIGEST:
        h->content_digest = t->value;
        break;
    case HTAG_SIGNERVERSION:
        tlv_as_u16(t, &h->signer_version);
        break;
    case HTAG_VERSION: /* read by read_start() */
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

/* Note that t stands in the header. */
static enum vox_err keep(struct reading *g, const struct tlv *t, uint8_t depth)
{
    struct ctl_header *h = g->h;

    if (h->ntlvs == HEADER_TAGS_MAX)
        return vox_fail(g->err, VOX_E_INPUT, "trust-list.md 2: header: more than %d fields (byte %zu)", HEADER_TAGS_MAX,
                        t->offset);
    h->tlvs[h->ntlvs++] =
        (struct header_tlv){.tag = t->tag, .depth = depth, .len = (uint16_t)t->value.len, .offset = t->offset};
    return VOX_OK;
}

/* Check that a TLV of the table may stand here, inside parent, and has the right form. */
static enum vox_err admit(struct reading *g, const struct tag_row *row, uint8_t parent, const struct tlv *t)
{
    if (!(row->kinds & 1 << g->h->kind))
        return vox_fail(g->err, VOX_E_INPUT, "trust-list.md 2.%u: %s: has no place in %s (byte %zu)", t->tag, row->name,
                        versions[g->h->kind].what, t->offset);
    if (row->parent != parent)
        return vox_fail(g->err, VOX_E_INPUT, "trust-list.md 2.%u: %s: belongs %s%s, stands %s%s (byte %zu)", t->tag,
                        row->name, row->parent == 0 ? "outside of containers" : "in ",
                        row->parent == 0 ? "" : tag_header_row(row->parent)->name,
                        parent == 0 ? "outside of it" : "in ", parent == 0 ? "" : tag_header_row(parent)->name,
                        t->offset);
    if (g->seen & (uint32_t)1 << t->tag)
        return vox_fail(g->err, VOX_E_INPUT, "trust-list.md 2.%u: %s: stands there twice (byte %zu)", t->tag, row->name,
                        t->offset);
    g->seen |= (uint32_t)1 << t->tag;
    return tag_check(row, 2, t, g->err);
}

/* Nothing but padding to the end. */
static enum vox_err read_padding(struct reading *g, struct tlv_reader *r)
{
    uint8_t b;

    while (tlv_left(r) > 0) {
        const size_t at = tlv_offset(r);

        tlv_take_u8(r, &b);
        if (b != HTAG_PADDING)
            return vox_fail(g->err, VOX_E_INPUT, "trust-list.md 2.13: PADDING: byte 0x%02x follows it (byte %zu)", b,
                            at);
        g->h->padding++;
    }
    return VOX_OK;
}

/* The TLVs of one container (or, with parent 0, of the header itself). The table ends the recursion: containers stand
 * in their own parent only. */
static enum vox_err read_level(struct reading *g, struct tlv_reader r, uint8_t parent, uint8_t depth)
{
    enum vox_err code;
    struct tlv t;
    uint8_t next;

    while (tlv_peek(&r, &next)) {
        if (parent == 0 && next == HTAG_PADDING)
            return read_padding(g, &r);
        if (!tlv_next(&r, &t)) {
            char why[128];

            tlv_why_not(&r, why, sizeof why);
            if (parent == 0)
                return vox_fail(g->err, VOX_E_INPUT, "trust-list.md 2.2: header: %s", why);
            return vox_fail(g->err, VOX_E_INPUT, "trust-list.md 2.%u: %s: %s", parent, tag_header_row(parent)->name,
                            why);
        }
        if ((code = keep(g, &t, depth)) != VOX_OK)
            return code;
        const struct tag_row *row = tag_header_row(t.tag);
        if (row == NULL) /* unknown: kept as it is */
            continue;
        if ((code = admit(g, row, parent, &t)) != VOX_OK)
            return code;
        store(g->h, &t);
        if (row->rule == RULE_CONTAINER && (code = read_level(g, tlv_within(&t), t.tag, depth + 1)) != VOX_OK)
            return code;
    }
    return VOX_OK;
}

/* VERSION and HEADERLENGTH, which stand first and say what follows. */
static enum vox_err read_start(struct reading *g, struct tlv_reader *r, size_t len)
{
    const enum header_kind kind = g->h->kind;
    enum header_kind is;
    enum vox_err code;
    struct tlv t;

    if (len == 0)
        return vox_fail(g->err, VOX_E_INPUT, "trust-list.md 1: not %s: it is empty", versions[kind].what);
    if (!tlv_next(r, &t) || t.tag != HTAG_VERSION || t.value.len != 2)
        return vox_fail(g->err, VOX_E_INPUT,
                        "trust-list.md 2.1: VERSION: not %s: it does not start with a version (byte 0)",
                        versions[kind].what);
    g->h->version_major = t.value.data[0];
    g->h->version_minor = t.value.data[1];
    if (!kind_of_version(&t, &is))
        return vox_fail(g->err, VOX_E_INPUT, "trust-list.md 2.1: VERSION: must be %u.%u for %s, is %u.%u (byte 0)",
                        versions[kind].major, versions[kind].minor, versions[kind].what, g->h->version_major,
                        g->h->version_minor);
    if (is != kind)
        return vox_fail(g->err, VOX_E_INPUT, "trust-list.md 2.1: VERSION: %u.%u says that this is %s, not %s (byte 0)",
                        g->h->version_major, g->h->version_minor, versions[is].what, versions[kind].what);
    g->seen |= 1 << HTAG_VERSION;
    if ((code = keep(g, &t, 0)) != VOX_OK)
        return code;

    const size_t at = tlv_offset(r);
    if (!tlv_next(r, &t) || t.tag != HTAG_HEADERLENGTH || t.value.len != 2)
        return vox_fail(g->err, VOX_E_INPUT,
                        "trust-list.md 2.2: HEADERLENGTH: two bytes of it must follow VERSION (byte %zu)", at);
    store(g->h, &t);
    g->seen |= 1 << HTAG_HEADERLENGTH;
    if (g->h->header_length < tlv_offset(r))
        return vox_fail(g->err, VOX_E_INPUT, "trust-list.md 2.2: HEADERLENGTH: %u is too short for a header (byte %zu)",
                        g->h->header_length, at);
    if (g->h->header_length > len)
        return vox_fail(g->err, VOX_E_INPUT,
                        "trust-list.md 2.2: HEADERLENGTH: %u runs past the end of the file, %zu bytes (byte %zu)",
                        g->h->header_length, len, at);
    return keep(g, &t, 0);
}

enum vox_err ctl_header_read(const uint8_t *file, size_t len, enum header_kind kind, struct ctl_header *out,
                             struct vox_error *err)
{
    struct tlv_reader r = tlv_reader(file, len), body;
    struct reading g = {.h = out, .err = err};
    enum vox_err code;
    size_t n;

    memset(out, 0, sizeof *out);
    out->kind = kind;
    if ((code = read_start(&g, &r, len)) != VOX_OK)
        return code;
    if (!tlv_child(&r, out->header_length - tlv_offset(&r), &body)) /* cannot be: read_start() has compared */
        return vox_fail(err, VOX_E_INPUT, "trust-list.md 2.2: HEADERLENGTH: runs past the end of the file (byte 5)");
    if ((code = read_level(&g, body, 0, 0)) != VOX_OK)
        return code;

    const struct tag_row *rows = tag_header_rows(&n);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].required & 1 << kind && !(g.seen & (uint32_t)1 << rows[i].tag))
            return vox_fail(err, VOX_E_INPUT, "trust-list.md 2.%u: %s: is missing (header of %u bytes)", rows[i].tag,
                            rows[i].name, out->header_length);
    }
    return VOX_OK;
}
