#include "store/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/limits.h>

/* Bytes of the well-formed sequence at p (1 to 4), 0 if there is none. Stops at the NUL. RFC 3629 4. */
static size_t sequence(const unsigned char *p)
{
    unsigned char low = 0x80, high = 0xbf;
    size_t len;

    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (p[0] == 0xe0)
        low = 0xa0;
    else if (p[0] == 0xed)
        high = 0x9f;
    else if (p[0] == 0xf0)
        low = 0x90;
    else if (p[0] == 0xf4)
        high = 0x8f;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if (p[i] < 0x80 || p[i] > 0xbf)
            return 0;
    return len;
}

bool store_text_is_utf8(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    while (*p) {
        size_t len = sequence(p);
        if (len == 0)
            return false;
        p += len;
    }
    return true;
}

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

enum vox_err store_text_check_name(const char *what, const char *text, struct vox_error *err)
{
    size_t len = text ? strlen(text) : 0;

    if (len == 0)
        return vox_fail(err, VOX_E_INPUT, "the %s is empty", what);
    if (len > LIMIT_NAME_TEXT)
        return vox_fail(err, VOX_E_INPUT, "the %s is longer than %d bytes", what, LIMIT_NAME_TEXT);
    if (!store_text_is_utf8(text))
        return vox_fail(err, VOX_E_INPUT, "the %s is not UTF-8 text", what);
    for (size_t i = 0; i < len; i++)
        if (is_control((unsigned char)text[i]))
            return vox_fail(err, VOX_E_INPUT, "the %s has a control character in it", what);
    return VOX_OK;
}

char *store_text_printable(const char *text, struct vox_error *err)
{
    const unsigned char *p = (const unsigned char *)text;
    char *out = malloc(4 * strlen(text) + 1);
    char *to = out;

    if (!out) {
        (void)vox_fail(err, VOX_E_MEMORY, "no memory");
        return NULL;
    }
    while (*p) {
        size_t len = sequence(p);
        if (len == 0 || is_control(*p)) {
            to += sprintf(to, "\\x%02x", *p++);
            continue;
        }
        memcpy(to, p, len);
        to += len;
        p += len;
    }
    *to = '\0';
    return out;
}
