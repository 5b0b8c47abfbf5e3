/* Lines of a table that are refused: told all at once, so that a table is mended in one go. */
#ifndef VOXTLS_REFUSALS_H
#define VOXTLS_REFUSALS_H

#include <stddef.h>

#include <cli/verb.h>

enum { REFUSALS_SHOWN = 20 };

struct refusals {
    struct {
        size_t line;
        char why[200];
    } first[REFUSALS_SHOWN];
    size_t n;
};

/* refusals_add(r, line, why): one more. refusals_tell(common, file, r): all of them to standard error; the exit
 * status, EXIT_DONE when there are none. */
void refusals_add(struct refusals *r, size_t line, const char *why);
int refusals_tell(const struct cli_common *common, const char *file, const struct refusals *r);

#endif
