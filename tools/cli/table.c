#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Cells come out of the store and out of files: nothing that a terminal obeys. libsmartcols itself lets pass what turns
 * the writing round. */
static int set_cell(struct libscols_line *line, size_t i, const char *text)
{
    const size_t room = text != NULL ? 4 * strlen(text) + 8 : 0;
    char *safe;

    if (room == 0)
        return scols_line_set_data(line, i, NULL);
    if ((safe = malloc(room)) == NULL)
        return -1;
    printable_escape(safe, room, text);
    if (scols_line_refer_data(line, i, safe) == 0) /* takes it over */
        return 0;
    free(safe);
    return -1;
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
        if (set_cell(line, i, cells[i]) != 0)
            no_memory();
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
