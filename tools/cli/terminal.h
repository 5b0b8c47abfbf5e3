/* Talking to the person at the terminal, whatever the standard streams are. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

enum { TERMINAL_NONE = -1, TERMINAL_NO_ANSWER = -2 };

/*
 * terminal_ask(prompt, echo, out, outlen): print prompt on the controlling terminal and read a line without its end.
 * Without echo the terminal is restored whatever happens, signals included; those have their effect afterwards. Returns
 * the number of bytes, TERMINAL_NONE without a terminal, or TERMINAL_NO_ANSWER: end of input, interrupted, or longer
 * than outlen - 1; out is wiped then.
 */
int terminal_ask(const char *prompt, bool echo, char *out, size_t outlen);

#endif
