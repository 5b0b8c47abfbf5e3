#include "qr.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <qrencode.h>

enum { QUIET = 4, MARGIN_BLANKS = 4 };

/* Light outside of it. */
static bool is_dark(const QRcode *q, int x, int y)
{
    return x >= 0 && y >= 0 && x < q->width && y < q->width && (q->data[y * q->width + x] & 1) != 0;
}

static void print_line(const QRcode *q, int y, const char *begin, const char *end, FILE *out)
{
    static const char *const halves[] = {" ", "\u2584", "\u2580", "\u2588"}; /* none, lower, upper, both */

    (void)fprintf(out, "%*s%s", MARGIN_BLANKS, "", begin);
    for (int x = -QUIET; x < q->width + QUIET; x++)
        (void)fputs(halves[2 * is_dark(q, x, y) + is_dark(q, x, y + 1)], out);
    (void)fprintf(out, "%s\n", end);
}

enum vox_err qr_print(const char *text, const char *begin, const char *end, FILE *out, struct vox_error *err)
{
    char *capitals = strdup(text);
    QRcode *q;

    if (capitals == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (char *c = capitals; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    q = QRcode_encodeString(capitals, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    free(capitals);
    if (q == NULL)
        return errno == ERANGE ? vox_fail(err, VOX_E_INPUT, "too long for a QR code")
                               : vox_fail(err, VOX_E_MEMORY, "no QR code could be made");
    for (int y = -QUIET; y < q->width + QUIET; y += 2)
        print_line(q, y, begin, end, out);
    QRcode_free(q);
    return VOX_OK;
}
