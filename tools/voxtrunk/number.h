/* Numbers in options. */
#ifndef VOXTRUNK_NUMBER_H
#define VOXTRUNK_NUMBER_H

#include <argp.h>

/* number_parse(state, option, arg, min, max): arg as a decimal number of that range; else argp_error() ends the
 * program. */
unsigned number_parse(struct argp_state *state, const char *option, const char *arg, unsigned min, unsigned max);

#endif
