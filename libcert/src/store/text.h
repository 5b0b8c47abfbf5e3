/*
 * What may be a text in the store.
 */
#ifndef STORE_TEXT_H
#define STORE_TEXT_H

#include <libcert/bytes.h>

/* store_text_is_utf8(text): well-formed UTF-8 (RFC 3629: no surrogates, no over-long forms). */
bool store_text_is_utf8(const char *text);

/* store_text_check_name(what, text, err): a name of something: not empty, at most LIMIT_NAME_TEXT bytes of UTF-8, no
 * control character. what names it for the sentence. VOX_E_INPUT otherwise. */
enum vox_err store_text_check_name(const char *what, const char *text, struct vox_error *err);

/* store_text_printable(text, err): a copy with control characters and bytes that are not UTF-8 written as \xNN. NULL
 * without memory. Free with free(). */
char *store_text_printable(const char *text, struct vox_error *err);

#endif
