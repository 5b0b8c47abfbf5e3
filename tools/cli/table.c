#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <libsmartcols.h>

#include <cli/output.h>
#include <libcert/printable.h>

#include "lost.h"

struct cli_table {
    struct libscols_table *scols;
    size_t columns;
};

static void no_memory(void)
{
    lost_because("no memory for a table: what was printed is not complete");
}

struct cli_table *cli_table_new(void)
{
    struct cli_table *t = calloc(1, sizeof *t);

    if (t == NULL || (t->scols = scols_new_table()) == NULL) {
        free(t);
        no_memory();
        return NULL;
    }
    /* The library would escape once more what is escaped already ("\x1b" became "\x5cx1b"): showable() does it for it.
     */
    (void)scols_table_enable_noencoding(t->scols, 1);
    return t;
}

void cli_table_column(struct cli_table *t, const char *title, int flags)
{
    if (t == NULL)
        return;
    if (scols_table_new_column(t->scols, title, 0,
                               ((flags & CLI_COL_RIGHT) != 0 ? SCOLS_FL_RIGHT : 0) |
                                   ((flags & CLI_COL_TRUNCATE) != 0 ? SCOLS_FL_TRUNC : 0)) == NULL)
        no_memory();
    else
        t->columns++;
}

/* What printable.h lets pass and this locale has no character for: the library measures characters, and must find some.
 */
static void escape_for_locale(char *out, size_t outlen, const char *text)
{
    size_t left = strlen(text), at = 0;
    mbstate_t state = {0};

    while (left > 0) {
        wchar_t c;
        size_t n = mbrtowc(&c, text, left, &state);
        const bool good = n > 0 && n <= left && wcwidth(c) >= 0;

        if (!good) {
            n = 1;
            state = (mbstate_t){0};
            (void)snprintf(out + at, outlen - at, "\\x%02x", (unsigned)(unsigned char)*text);
            at += 4;
        } else {
            memcpy(out + at, text, n);
            at += n;
        }
        text += n;
        left -= n;
    }
    out[at] = '\0';
}

/* The text as it may be shown here; NULL without memory. Free it. */
static char *showable(const char *text)
{
    const size_t len = 4 * strlen(text) + 8, room = 4 * len;
    char *plain = malloc(len), *out = malloc(room);

    if (plain != NULL && out != NULL) {
        printable_escape(plain, len, text);
        escape_for_locale(out, room, plain);
    } else {
        free(out);
        out = NULL;
    }
    free(plain);
    return out;
}

static void set_cell(struct libscols_line *line, size_t column, const char *text)
{
    char *shown = showable(text);

    if (shown == NULL || scols_line_refer_data(line, column, shown) != 0) {
        free(shown);
        no_memory();
    }
}

void cli_table_row(struct cli_table *t, const char *const *cells)
{
    struct libscols_line *line;

    if (t == NULL)
        return;
    if ((line = scols_table_new_line(t->scols, NULL)) == NULL) {
        no_memory();
        return;
    }
    for (size_t i = 0; i < t->columns; i++) {
        if (cells[i] != NULL)
            set_cell(line, i, cells[i]);
    }
}

void cli_table_print(struct cli_table *t)
{
    if (t != NULL && scols_print_table(t->scols) != 0 && !ferror(stdout))
        no_memory();
}

void cli_table_free(struct cli_table **t)
{
    if (t == NULL || *t == NULL)
        return;
    scols_unref_table((*t)->scols);
    free(*t);
    *t = NULL;
}
