/*
 * What programs print: JSON, tables, progress, colour. Colour and progress on a terminal only; NO_COLOR is respected.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

/* cli_json_print(doc): print doc (indented, key order kept) and a newline to standard output; steals the reference.
 * Returns 0, or EXIT_ENVIRONMENT after saying that memory or output failed. */
int cli_json_print(json_t *doc);

/* cli_json_text(text): text from outside, as the name of a file: as it is when it is UTF-8, else with \xNN for what a
 * terminal should not get (printable.h); null for NULL. NULL without memory. */
json_t *cli_json_text(const char *text);

/* A table on standard output: columns squeeze to the terminal's width, full width when piped. Built on libsmartcols. */
struct cli_table;
enum { CLI_COL_LEFT = 0, CLI_COL_RIGHT = 1, CLI_COL_TRUNCATE = 2 };
/* cli_table_new(): NULL without memory; all others accept NULL. cli_table_column(t, title, flags). cli_table_row(t,
 * cell...): as many strings as columns. */
struct cli_table *cli_table_new(void);
void cli_table_column(struct cli_table *t, const char *title, int flags);
void cli_table_row(struct cli_table *t, const char *const *cells);
void cli_table_print(struct cli_table *t);
void cli_table_free(struct cli_table **t);

/* Colours: cli_colour(fd, "1;31") is the escape sequence when fd is a terminal and NO_COLOR is unset, else "".
 * cli_colour(fd, "0") ends it. */
const char *cli_colour(int fd, const char *code);

/* cli_takes_blocks(fd): a terminal that shows UTF-8: block characters mean something there. */
bool cli_takes_blocks(int fd);

/*
 * cli_progress_new(what, total): progress on standard error: bar, rate, time left; appears after 2 s on a terminal,
 * says nothing elsewhere. cli_progress_update() may be called as often as wished, from one thread.
 */
struct cli_progress;
struct cli_progress *cli_progress_new(const char *what, uint64_t total);
void cli_progress_update(struct cli_progress *p, uint64_t done);
void cli_progress_free(struct cli_progress **p); /* clears the line */

#endif
