/* A picture of when things end. */
#ifndef CLI_EXPIRY_SVG_H
#define CLI_EXPIRY_SVG_H

#include <stdint.h>
#include <stdio.h>

struct expiry_bar {
    char label[160]; /* from outside: it is escaped */
    char note[48];   /* for the tooltip, behind the day: ", on 3 ports"; ours */
    int64_t ends;    /* seconds since 1970 */
};

/*
 * expiry_svg(out, bars, n, now, warn_days): a bar for each from now to its end, as they come: the first to end should
 * be the first. Says so when there are more than fit. Nothing without bars. Colours are those of html_begin().
 */
void expiry_svg(FILE *out, const struct expiry_bar *bars, size_t n, int64_t now, int warn_days);

#endif
