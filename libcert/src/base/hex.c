#include <stdlib.h>
#include <string.h>

#include <libcert/bytes.h>

void hex_encode(const uint8_t *data, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    *out = '\0';
}

void hex_encode_sep(const uint8_t *data, size_t len, char sep, char *out)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < len; i++) {
        if (i > 0)
            *out++ = sep;
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    *out = '\0';
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

enum vox_err hex_decode(const char *text, struct bytes *out, struct vox_error *err)
{
    uint8_t *data = malloc(strlen(text) / 2 + 1);
    size_t n = 0;

    *out = (struct bytes){NULL, 0};
    if (data == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (const char *p = text; *p != '\0';) {
        if (*p == ':' || *p == ' ') {
            p++;
            continue;
        }
        int high = digit(p[0]);
        int low = high < 0 ? -1 : digit(p[1]);

        if (high < 0 || low < 0) {
            free(data);
            return vox_fail(err, VOX_E_INPUT, "not hexadecimal: two digits (0-9, a-f) a byte expected at character %zu",
                            (size_t)(p - text) + 1);
        }
        data[n++] = (uint8_t)(high * 16 + low);
        p += 2;
    }
    *out = (struct bytes){data, n};
    return VOX_OK;
}
