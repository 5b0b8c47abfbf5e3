#include "number.h"

#include <errno.h>
#include <stdlib.h>

unsigned number_parse(struct argp_state *state, const char *option, const char *arg, unsigned min, unsigned max)
{
    char *end;

    errno = 0;
    unsigned long value = strtoul(arg, &end, 10);

    if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || errno != 0 || value < min || value > max)
        argp_error(state, "%s %s: a number from %u to %u", option, arg, min, max);
    return (unsigned)value;
}
