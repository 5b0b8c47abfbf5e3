/* Lines of a table that were refused: the first ones are shown, all are counted. */
#ifndef VOXCAPF_REFUSALS_H
#define VOXCAPF_REFUSALS_H

#include <cli/verb.h>
#include <libcert/error.h>

enum { REFUSALS_SHOWN = 20 };

struct refusals {
    struct {
        size_t line; /* 0: not from a table */
        char why[VOX_ERROR_TEXT_MAX];
    } first[REFUSALS_SHOWN];
    size_t n; /* all of them, shown or not */
};

/* refusals_add(r, line, why). */
void refusals_add(struct refusals *r, size_t line, const char *why);

/* refusals_tell(common, file, r): each on standard error, then how many; the exit status. file: NULL for none. */
int refusals_tell(const struct cli_common *common, const char *file, const struct refusals *r);

#endif
