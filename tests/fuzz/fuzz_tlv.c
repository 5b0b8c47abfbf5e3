/* What the reader takes, the writer writes again byte for byte, containers and all; no child leaves its parent. */
#include <stdlib.h>
#include <string.h>

#include <libcert/limits.h>
#include <libcert/tlv.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { DEPTH = 6 };

static void check(bool good)
{
    if (!good)
        abort();
}

/* Do the bytes divide into TLVs without a rest? */
static bool is_container(const struct tlv *t)
{
    struct tlv_reader r = tlv_within(t);
    struct tlv inner;

    while (tlv_next(&r, &inner)) {
        check(inner.value.data >= t->value.data && inner.value.data + inner.value.len <= t->value.data + t->value.len);
        check(inner.offset > t->offset);
    }
    return t->value.len > 0 && tlv_left(&r) == 0;
}

static void copy(struct tlv_reader *r, struct tlv_writer *w, int depth)
{
    const char *text;
    uint32_t u32;
    uint16_t u16;
    size_t textlen;
    struct tlv t;

    while (tlv_next(r, &t)) {
        if (depth < DEPTH && is_container(&t)) {
            struct tlv_reader inner = tlv_within(&t);
            size_t mark = tlv_begin(w, t.tag);

            copy(&inner, w, depth + 1);
            check(tlv_left(&inner) == 0);
            tlv_end(w, mark);
        } else if (tlv_as_u16(&t, &u16)) {
            tlv_put_tlv_u16(w, t.tag, u16);
        } else if (tlv_as_u32(&t, &u32)) {
            tlv_put_tlv_u32(w, t.tag, u32);
        } else if (tlv_as_text(&t, &text, &textlen)) {
            check(strlen(text) == textlen && textlen + 1 == t.value.len);
            tlv_put_tlv_text(w, t.tag, text);
        } else {
            tlv_put_tlv(w, t.tag, t.value.data, t.value.len);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tlv_reader r = tlv_reader(data, len);
    struct tlv_writer w = tlv_writer(LIMIT_LIST_FILE);
    struct vox_error err;
    struct bytes out;
    char why[128] = "";
    size_t used;

    copy(&r, &w, 0);
    used = len - tlv_left(&r);
    check(tlv_offset(&r) == used);
    if (tlv_left(&r) > 0) {
        tlv_why_not(&r, why, sizeof why);
        check(why[0] != '\0');
    }
    if (used > LIMIT_LIST_FILE) {
        tlv_writer_free(&w);
        return 0;
    }
    check(tlv_finish(&w, &out, &err) == VOX_OK);
    check(out.len == used && (used == 0 || memcmp(out.data, data, used) == 0));
    bytes_free(&out);
    return 0;
}
