/*
 * Slips of the finger: which word was meant, and which option there is not.
 */
#ifndef LIBCERT_MISTYPED_H
#define LIBCERT_MISTYPED_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * mistyped_edits(a, b): how many slips lead from one word to the other: a letter too many, too few, or another one, two
 * neighbours exchanged. MISTYPED_FAR for words that are too long to be looked at.
 * mistyped_near(typed, meant, best): is it a slip, and nearer than best slips? Then best is set. One slip in words of
 * up to four letters, two in longer ones. Begin with *best = MISTYPED_FAR.
 */
enum { MISTYPED_FAR = 64 };
size_t mistyped_edits(const char *a, const char *b);
bool mistyped_near(const char *typed, const char *meant, size_t *best);

/*
 * mistyped_option(tables, argc, argv, nearest): the first long option in argv that is in none of the argp tables (ends
 * with NULL), nor one of argp's own; NULL when there is none. *nearest: the one that was meant, without "--"; NULL when
 * none is near. Borrows argv and the tables. Abbreviations are options; what follows "--" and values are not.
 */
const char *mistyped_option(const struct argp_option *const *tables, int argc, char *const *argv, const char **nearest);

#endif
