/*
 * A list that is to be signed on another machine, and the signature that comes back. Both are text: a part for people,
 * then PEM blocks. The part for people is never believed: every program reckons it anew from the blocks.
 * Source: docs/formats/prepared.md.
 */
#ifndef CLUSTER_PREPARED_H
#define CLUSTER_PREPARED_H

#include <stdio.h>

#include <ctl/list.h>

enum {
    PREPARED_FILE_MAX = 4 * 1024 * 1024, /* bytes of such a file: two lists in base64 */
    PREPARED_CHECK_MAX = 65,             /* SHA-256 in hex with its NUL */
};

struct prepared_list {
    struct ctl_list *list;          /* whole but for its signature, which is zeros */
    struct ctl_list *present;       /* what phones hold; NULL when that is not known */
    char check[PREPARED_CHECK_MAX]; /* SHA-256 of the list: what the people on both sides compare */
};

/* prepared_make(list, present, out, err): from the bytes of an unsigned list and of what phones hold (empty if not
 * known). Errors: VOX_E_INPUT. Clear with prepared_clear(), also after an error. */
enum vox_err prepared_make(struct bytes_view list, struct bytes_view present, struct prepared_list *out,
                           struct vox_error *err);
void prepared_clear(struct prepared_list *p);

/* prepared_write(p, qr, out, err): the file; with the check number as a QR code among the words, if qr.
 * prepared_read(data, len, out, err): back. Errors: VOX_E_INPUT (no such file, doubled or unknown blocks, no list, a
 * list that is signed already). Free the bytes with bytes_free(). */
enum vox_err prepared_write(const struct prepared_list *p, bool qr, struct bytes *out, struct vox_error *err);
enum vox_err prepared_read(const uint8_t *data, size_t len, struct prepared_list *out, struct vox_error *err);

/* prepared_tell(p, out): what will be signed, in words: the list, its records, what changes, whether phones know the
 * signer, and the check number in groups of four. */
enum vox_err prepared_tell(const struct prepared_list *p, FILE *out, struct vox_error *err);

/* prepared_signer(p): the certificate that the header names; NULL if no record is that of a SAST. */
const struct cert *prepared_signer(const struct prepared_list *p);

/* prepared_check_agrees(p, typed): are these the first digits of the check number, 8 at least? Blanks and case do not
 * count. prepared_sha256(list, out, err): of any list, in hex. */
bool prepared_check_agrees(const struct prepared_list *p, const char *typed);
enum vox_err prepared_sha256(struct bytes_view list, char out[static PREPARED_CHECK_MAX], struct vox_error *err);

/* A signature: of the list with that check number. */
struct prepared_signature {
    char check[PREPARED_CHECK_MAX];
    struct bytes signature;
};

/* prepared_signature_write(s, out, err), prepared_signature_read(data, len, out, err): the file that goes back. Free
 * with bytes_free(). */
enum vox_err prepared_signature_write(const struct prepared_signature *s, struct bytes *out, struct vox_error *err);
enum vox_err prepared_signature_read(const uint8_t *data, size_t len, struct prepared_signature *out,
                                     struct vox_error *err);

#endif
