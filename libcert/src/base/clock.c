#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/clock.h>

/* Seconds of 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z: what four digits of a year can say. */
#define CLOCK_FIRST (-62167219200)
#define CLOCK_LAST  253402300799

int64_t clock_now(void)
{
    return (int64_t)time(NULL);
}

void clock_format(int64_t t, char out[static CLOCK_RFC3339_MAX])
{
    struct tm tm;
    time_t clamped = (time_t)(t < CLOCK_FIRST ? CLOCK_FIRST : t > CLOCK_LAST ? CLOCK_LAST : t);

    if (gmtime_r(&clamped, &tm) == NULL || strftime(out, CLOCK_RFC3339_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        memcpy(out, "0000-00-00T00:00:00Z", CLOCK_RFC3339_MAX); /* cannot happen within the clamp */
    /* strftime does not pad the year. */
    size_t len = strlen(out);
    if (len < CLOCK_RFC3339_MAX - 1) {
        size_t missing = CLOCK_RFC3339_MAX - 1 - len;

        memmove(out + missing, out, len + 1);
        memset(out, '0', missing);
    }
}

/* Take exactly n digits from *p. */
static bool take_number(const char **p, int n, int *out)
{
    int v = 0;

    for (int i = 0; i < n; i++, (*p)++) {
        if (**p < '0' || **p > '9')
            return false;
        v = v * 10 + (**p - '0');
    }
    *out = v;
    return true;
}

static bool take_char(const char **p, char c)
{
    if (**p != c)
        return false;
    (*p)++;
    return true;
}

/* "Z" or "+01:30" at *p, to the end of the text: seconds east. */
static bool take_zone(const char **p, int *out)
{
    int h, m, sign = **p == '-' ? -1 : 1;

    *out = 0;
    if (**p == 'Z' || **p == 'z') {
        (*p)++;
        return true;
    }
    if (**p != '+' && **p != '-')
        return false;
    (*p)++;
    if (!take_number(p, 2, &h) || !take_char(p, ':') || !take_number(p, 2, &m) || h > 23 || m > 59)
        return false;
    *out = sign * (h * 3600 + m * 60);
    return true;
}

static bool parse_rfc3339(const char *p, int64_t *out)
{
    struct tm tm = {0};
    int zone = 0, year, month;

    if (!take_number(&p, 4, &year) || !take_char(&p, '-') || !take_number(&p, 2, &month) || !take_char(&p, '-') ||
        !take_number(&p, 2, &tm.tm_mday))
        return false;
    if (*p != '\0') {
        if ((*p != 'T' && *p != 't' && *p != ' ') || !take_number((p++, &p), 2, &tm.tm_hour) || !take_char(&p, ':') ||
            !take_number(&p, 2, &tm.tm_min) || !take_char(&p, ':') || !take_number(&p, 2, &tm.tm_sec) ||
            !take_zone(&p, &zone) || *p != '\0')
            return false;
    }
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    struct tm wanted = tm;
    int64_t t = (int64_t)timegm(&tm); /* normalises: 31 February would become March */

    if (tm.tm_year != wanted.tm_year || tm.tm_mon != wanted.tm_mon || tm.tm_mday != wanted.tm_mday ||
        tm.tm_hour != wanted.tm_hour || tm.tm_min != wanted.tm_min || tm.tm_sec != wanted.tm_sec)
        return false;
    *out = t - zone;
    return true;
}

enum vox_err clock_parse(const char *text, int64_t *out, struct vox_error *err)
{
    const char *digits = text[0] == '@' ? text + 1 : text;

    if (digits[0] != '\0' && strspn(digits, "0123456789") == strlen(digits)) {
        char *end;

        errno = 0;
        long long v = strtoll(digits, &end, 10);
        if (errno == 0 && v <= CLOCK_LAST) {
            *out = v;
            return VOX_OK;
        }
    } else if (parse_rfc3339(text, out)) {
        return VOX_OK;
    }
    return vox_fail(err, VOX_E_INPUT,
                    "not a time: %.64s (seconds since 1970, 2026-11-23 or 2026-11-23T12:00:00Z expected)", text);
}

int64_t clock_days_between(int64_t from, int64_t to)
{
    int64_t diff, days;

    if (__builtin_sub_overflow(to, from, &diff))
        diff = to > from ? INT64_MAX : INT64_MIN;
    days = diff / 86400;
    return diff % 86400 < 0 ? days - 1 : days;
}
