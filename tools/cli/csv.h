/*
 * Tables of texts: a record per line, RFC 4180 with ',', ';' or a tab between fields. A field in quotes may hold the
 * separator and doubled quotes, but no line end.
 */
#ifndef CLI_CSV_H
#define CLI_CSV_H

#include <libcert/bytes.h>

enum { CSV_FIELDS_MAX = 16, CSV_LINE_MAX = 4096 };

struct csv {
    struct bytes_view left; /* not read yet */
    size_t line;            /* number of the line that was read last, from 1 */
    bool commented;         /* lines that begin with '#' say nothing */
    char separator;
    char text[CSV_LINE_MAX + CSV_FIELDS_MAX]; /* the fields of that line, each with its NUL */
    const char *fields[CSV_FIELDS_MAX];
    size_t nfields;
};

/* csv_begin(c, data): at the front of data, which stays the caller's; a byte order mark is skipped. The separator is
 * the first of the three that stands in the first line. csv_begin_commented(c, data): the same where lines that begin
 * with '#' are passed over. */
void csv_begin(struct csv *c, struct bytes_view data);
void csv_begin_commented(struct csv *c, struct bytes_view data);

/*
 * csv_next(c, more, err): the next line that is not empty into c->fields, blanks around each taken off; *more false:
 * there is none. Errors: VOX_E_INPUT with the reason, without line number (c->line): a NUL or another control
 * character, no UTF-8, a quote in the wrong place or not closed, too long, too many fields; the line is skipped then.
 */
enum vox_err csv_next(struct csv *c, bool *more, struct vox_error *err);

/* csv_wipe(c): forget the last line: it may hold a secret. */
void csv_wipe(struct csv *c);

#endif
