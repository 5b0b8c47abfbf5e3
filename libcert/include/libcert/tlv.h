/*
 * The bounded cursor: the only way in which this project reads foreign bytes, and its writing twin.
 *
 * A TLV is tag (1 byte), length (2 bytes, big-endian), value. A container's value is read through a child reader that
 * cannot leave it. Every multi-byte integer is big-endian. Source: docs/formats/trust-list.md 1.
 */
#ifndef LIBCERT_TLV_H
#define LIBCERT_TLV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libcert/bytes.h>

/* A window on foreign bytes. Copy it freely; it owns nothing. Fields are private to tlv_read.c. */
struct tlv_reader {
    const uint8_t *data;
    size_t len;
    size_t pos;
    size_t base; /* offset of data[0] in the file: what messages name */
};

/* One TLV as it stands in the input. */
struct tlv {
    uint8_t tag;
    size_t offset;           /* of the tag byte, from the start of the file */
    struct bytes_view value; /* borrowed from the reader's bytes */
};

/* tlv_reader(data, len): a reader over a whole file. */
struct tlv_reader tlv_reader(const uint8_t *data, size_t len);

/* tlv_left(r): bytes not yet read. tlv_offset(r): position of the next byte in the file. */
size_t tlv_left(const struct tlv_reader *r);
size_t tlv_offset(const struct tlv_reader *r);

/*
 * Take from the front. false, with nothing taken, when fewer bytes are left.
 * tlv_take(r, n, out): n raw bytes, borrowed. tlv_child(r, n, out): the same n bytes as a reader of their own.
 * tlv_peek(r, out): the next byte, which stays.
 */
bool tlv_take(struct tlv_reader *r, size_t n, struct bytes_view *out);
bool tlv_child(struct tlv_reader *r, size_t n, struct tlv_reader *out);
bool tlv_take_u8(struct tlv_reader *r, uint8_t *out);
bool tlv_take_u16(struct tlv_reader *r, uint16_t *out);
bool tlv_take_u24(struct tlv_reader *r, uint32_t *out); /* three bytes, as TLS writes lengths */
bool tlv_take_u32(struct tlv_reader *r, uint32_t *out);
bool tlv_peek(const struct tlv_reader *r, uint8_t *out);

/*
 * tlv_next(r, out): take one TLV. false, with nothing taken, when the bytes left are too few for its tag, its length or
 * its value; tlv_why_not(r, ...) then says which, for the message.
 */
bool tlv_next(struct tlv_reader *r, struct tlv *out);

/* tlv_why_not(r, out, outlen): after a false tlv_next(): words such as "length 700 runs past the end (12 bytes left)".
 */
void tlv_why_not(const struct tlv_reader *r, char *out, size_t outlen);

/* tlv_within(t): a reader over the value of t, with file offsets kept. */
struct tlv_reader tlv_within(const struct tlv *t);

/* Whole-value conversions. false unless the value has exactly the size. */
bool tlv_as_u8(const struct tlv *t, uint8_t *out);
bool tlv_as_u16(const struct tlv *t, uint16_t *out);
bool tlv_as_u32(const struct tlv *t, uint32_t *out);

/*
 * tlv_as_text(t, out, outlen): the value is text with exactly one NUL, the last byte. *out borrows it (so it is a C
 * string), *outlen counts without the NUL. false: no NUL at the end, or one inside.
 */
bool tlv_as_text(const struct tlv *t, const char **out, size_t *outlen);

/*
 * A growing output with a ceiling. The first failure sticks: write everything, then ask tlv_finish() once.
 * Start with tlv_writer(); end with tlv_finish() or tlv_writer_free().
 */
struct tlv_writer {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max;
    bool too_large;
    bool no_memory;
};

/* tlv_writer(max): an empty output that refuses to grow over max bytes. */
struct tlv_writer tlv_writer(size_t max);

/* Raw: tlv_put() len bytes; tlv_put_u8(), tlv_put_u16(), tlv_put_u32() a big-endian number. */
void tlv_put(struct tlv_writer *w, const void *data, size_t len);
void tlv_put_u8(struct tlv_writer *w, uint8_t v);
void tlv_put_u16(struct tlv_writer *w, uint16_t v);
void tlv_put_u32(struct tlv_writer *w, uint32_t v);

/* A whole TLV. A value over 65,535 bytes fails the writer. tlv_put_tlv_text() adds the NUL. */
void tlv_put_tlv(struct tlv_writer *w, uint8_t tag, const void *data, size_t len);
void tlv_put_tlv_u8(struct tlv_writer *w, uint8_t tag, uint8_t v);
void tlv_put_tlv_u16(struct tlv_writer *w, uint8_t tag, uint16_t v);
void tlv_put_tlv_u32(struct tlv_writer *w, uint8_t tag, uint32_t v);
void tlv_put_tlv_text(struct tlv_writer *w, uint8_t tag, const char *text);

/* tlv_begin(w, tag): open a container, returns its mark for tlv_end(w, mark), which fills in the length. */
size_t tlv_begin(struct tlv_writer *w, uint8_t tag);
void tlv_end(struct tlv_writer *w, size_t mark);

/* tlv_patch_u16(w, at, v): overwrite the two bytes at offset at with v (0 to 65,535; above fails the writer). */
void tlv_patch_u16(struct tlv_writer *w, size_t at, size_t v);

/*
 * tlv_finish(w, out, err): hand the bytes over and clear the writer. Errors: VOX_E_INPUT (too large for the format or
 * the ceiling), VOX_E_MEMORY; the writer is freed then. Free out with bytes_free().
 */
enum vox_err tlv_finish(struct tlv_writer *w, struct bytes *out, struct vox_error *err);

/* tlv_writer_free(w): give up. */
void tlv_writer_free(struct tlv_writer *w);

#endif
