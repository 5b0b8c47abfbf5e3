/* A text as a QR code, for a camera on the other side of an air gap. */
#ifndef CLUSTER_QR_H
#define CLUSTER_QR_H

#include <stdio.h>

#include <libcert/error.h>

/*
 * qr_print(text, begin, end, out, err): UTF-8 half blocks, dark on light, four modules of light around (ISO/IEC 18004);
 * letters of text become capitals, as those take less room. Each line stands between begin and end: escape sequences
 * for black on white, "" without colours. Errors: VOX_E_INPUT (too long), VOX_E_MEMORY.
 */
enum vox_err qr_print(const char *text, const char *begin, const char *end, FILE *out, struct vox_error *err);

#endif
