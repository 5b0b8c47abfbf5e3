/*
 * Time: wall clock, RFC 3339, and the text forms that programs print.
 */
#ifndef LIBCERT_CLOCK_H
#define LIBCERT_CLOCK_H

#include <stdint.h>
#include <time.h>

#include <libcert/error.h>

enum { CLOCK_RFC3339_MAX = sizeof "2026-11-23T22:55:41Z" };

/* clock_now(): seconds since 1970. */
int64_t clock_now(void);

/* clock_format(t, out): t in UTC as RFC 3339, out of CLOCK_RFC3339_MAX bytes. Years outside 0 to 9999 are clamped. */
void clock_format(int64_t t, char out[static CLOCK_RFC3339_MAX]);

/*
 * clock_parse(text, out, err): "@SECONDS", plain SECONDS, "2026-11-23" (midnight UTC) or RFC 3339 with Z or an offset.
 * Errors: VOX_E_INPUT.
 */
enum vox_err clock_parse(const char *text, int64_t *out, struct vox_error *err);

/* clock_days_between(from, to): whole days, rounded down (negative when to is before from). */
int64_t clock_days_between(int64_t from, int64_t to);

#endif
