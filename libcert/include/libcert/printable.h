/*
 * Foreign text for human eyes: nothing that a terminal would obey, that forges a line, or that turns the writing round.
 */
#ifndef LIBCERT_PRINTABLE_H
#define LIBCERT_PRINTABLE_H

#include <stddef.h>

enum { PRINTABLE_PIECE_MAX = 5 };

/*
 * printable_piece(text, len, out): the first piece of len (at least 1) bytes of text as it may be shown: a whole UTF-8
 * character, or one byte as \xNN when it is a control (C0, DEL, C1), no UTF-8, or a character that changes the
 * direction of writing or is not to be seen. Returns how many bytes of text it stands for; out is NUL-terminated.
 */
size_t printable_piece(const char *text, size_t len, char out[static PRINTABLE_PIECE_MAX]);

/* printable_escape(out, outlen, text): all of text; cut with "..." between pieces when it does not fit outlen (at least
 * 8) bytes. */
void printable_escape(char *out, size_t outlen, const char *text);

#endif
