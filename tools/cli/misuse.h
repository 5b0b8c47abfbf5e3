/* What argp says of misuse, in the form of the house. */
#ifndef CLI_MISUSE_H
#define CLI_MISUSE_H

#include <stdio.h>

/*
 * misuse_stream(title): where argp is to write its errors (argp_state.err_stream). At the exit they are said on
 * standard error: "TITLE: sentence" in one line, with what a terminal would obey escaped, and where help is. title is
 * borrowed for ever. Without memory: standard error itself.
 */
FILE *misuse_stream(const char *title);

#endif
