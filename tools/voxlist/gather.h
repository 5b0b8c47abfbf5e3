/*
 * What goes into a list that build or prepare makes: its records and the signer's certificate, from files or the store.
 */
#ifndef VOXLIST_GATHER_H
#define VOXLIST_GATHER_H

#include <cluster/compose.h>
#include <ctl/list.h>

#include "build_options.h"

struct gathered {
    struct store *store;        /* NULL: from files */
    struct composed composed;   /* from the store: borrowed by members */
    struct cert *signer_cert;   /* of --signer-cert; NULL without */
    const struct cert *signer;  /* one of the others; never NULL */
    const char *signer_file;    /* that names it; NULL: the store's first anchor */
    struct ctl_member *members; /* the signer in front, unless it is among the SASTs */
    size_t nmembers;
};

/* gather(common, o, blank, out): read everything that o names; blank: an ITL that phones check nothing by, after asking
 * (from the store alone). Says what is left out, and what is wrong. The exit status. Free with gathered_free(), also
 * after an error. */
int gather(struct cli_common *common, struct build_options *o, bool blank, struct gathered *out);
void gathered_free(struct gathered *g);

/* gathered_params(g, o): all that the list is built from, borrowed of both. */
struct ctl_build_params gathered_params(const struct gathered *g, const struct build_options *o);

#endif
