#include "span.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/clock.h>

enum { SPAN_MAX = 10 * 365 * 24 * 3600 };

static const struct {
    char letter;
    int seconds;
} units[] = {{'m', 60}, {'h', 3600}, {'d', 24 * 3600}, {'w', 7 * 24 * 3600}};

enum vox_err span_parse(const char *text, int64_t *out, struct vox_error *err)
{
    char *end;
    long n;

    errno = 0;
    n = strtol(text, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (text[0] < '0' || text[0] > '9' || end[0] != units[i].letter || end[1] != '\0' || errno != 0 || n < 1 ||
            n > SPAN_MAX / units[i].seconds)
            continue;
        *out = (int64_t)n * units[i].seconds;
        return VOX_OK;
    }
    return vox_fail(err, VOX_E_USAGE,
                    "'%.64s' is no length of time: a number and m, h, d or w, as 12h or 7d; at most ten years", text);
}

enum vox_err span_moment(const char *text, int64_t now, int64_t *out, struct vox_error *err)
{
    enum vox_err code;

    if (text[0] == '+') {
        if ((code = span_parse(text + 1, out, err)) == VOX_OK)
            *out += now;
        return code;
    }
    if (clock_parse(text, out, NULL) != VOX_OK)
        return vox_fail(err, VOX_E_USAGE,
                        "'%.64s' is no time: 2026-11-23, 2026-11-23T12:00:00Z, seconds since 1970, or +7d from now",
                        text);
    return *out > now ? VOX_OK : vox_fail(err, VOX_E_USAGE, "%.64s is over already", text);
}
