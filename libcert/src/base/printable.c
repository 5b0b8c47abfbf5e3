#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <libcert/printable.h>

/* Length of the UTF-8 character at p (n bytes left) when it may be shown as it stands, else 0. */
static size_t showable(const unsigned char *p, size_t n)
{
    static const struct {
        unsigned char lead, mask;
        uint32_t least;
    } forms[] = {{0x00, 0x80, 0}, {0xc0, 0xe0, 0x80}, {0xe0, 0xf0, 0x800}, {0xf0, 0xf8, 0x10000}};
    size_t len;
    uint32_t c;

    for (len = 1; len <= 4 && (p[0] & forms[len - 1].mask) != forms[len - 1].lead; len++)
        ;
    if (len > 4 || len > n)
        return 0;
    c = p[0] & (uint32_t)~forms[len - 1].mask & 0xff;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = (c << 6) + (p[i] & 0x3f);
    }
    if (c < forms[len - 1].least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    if (c < 0x20 || (c >= 0x7f && c <= 0x9f)) /* C0, DEL, C1: what a terminal obeys */
        return 0;
    if (c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
        return 0; /* the direction of writing */
    if (c == 0xad || c == 0x200b || (c >= 0x2060 && c <= 0x2065) || (c >= 0x206a && c <= 0x206f) || c == 0xfeff ||
        (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f))
        return 0; /* not to be seen at all: two names that look the same */
    return len;
}

size_t printable_piece(const char *text, size_t n, char out[static PRINTABLE_PIECE_MAX])
{
    const unsigned char *p = (const unsigned char *)text;
    size_t len = showable(p, n);

    if (len > 0) {
        memcpy(out, p, len);
        out[len] = '\0';
        return len;
    }
    (void)snprintf(out, PRINTABLE_PIECE_MAX, "\\x%02x", *p);
    return 1;
}

void printable_escape(char *out, size_t outlen, const char *text)
{
    size_t left = strlen(text), at = 0, fallback = 0;
    char one[PRINTABLE_PIECE_MAX];

    while (left > 0) {
        size_t took = printable_piece(text, left, one), need = strlen(one);

        if (at + need >= outlen) {
            memcpy(out + fallback, "...", 4);
            return;
        }
        memcpy(out + at, one, need);
        at += need;
        if (at + 4 <= outlen)
            fallback = at;
        text += took;
        left -= took;
    }
    out[at] = '\0';
}
