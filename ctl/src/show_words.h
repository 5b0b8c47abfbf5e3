/*
 * Words that all views of a list share: safe text, what a record is called. Private to ctl.
 */
#ifndef CTL_SRC_SHOW_WORDS_H
#define CTL_SRC_SHOW_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include <ctl/list.h>

enum {
    SHOW_SERIAL_MAX = 3 * 64 + 4, /* serial of up to 64 bytes; longer ones end in "..." */
    SHOW_ROLE_MAX = 48,
    SHOW_IP_MAX = 3 * 16 + 1,
};

/* show_fit(out, outlen, fmt, ...): format, then printable_escape(). */
void show_fit(char *out, size_t outlen, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* show_put(out, text): the same, whole, to a stream. */
void show_put(FILE *out, const char *text);

/* show_json_text(text): the same as a JSON string; null for NULL. NULL without memory. */
json_t *show_json_text(const char *text);

/* show_json_hex(v): lower-case hex; null when v has no data. */
json_t *show_json_hex(struct bytes_view v);

/* show_serial(v, out): "70:CA:F6", "" when empty. */
void show_serial(struct bytes_view v, char out[static SHOW_SERIAL_MAX]);

/* show_role(function, out): "SAST", "CCM+TFTP", ... or "role 9". */
void show_role(int function, char out[static SHOW_ROLE_MAX]);

/* show_ip(v, out): "192.0.2.1", an IPv6 address, or hex when it is neither long; "" when absent. */
void show_ip(struct bytes_view v, char out[static SHOW_IP_MAX]);

/* show_name(der, fallback, out, outlen): a Name in RFC 4514 order, escaped; fallback (may be NULL) when it cannot be
 * read. */
void show_name(struct bytes_view der, const char *fallback, char *out, size_t outlen);

#endif
