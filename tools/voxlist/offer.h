/*
 * What publish and rollback share: put lists in place under one or several names, all or none, and say so.
 */
#ifndef VOXLIST_OFFER_H
#define VOXLIST_OFFER_H

#include <cli/verb.h>
#include <cluster/publish.h>

struct offer {
    struct cli_common *common;
    struct store *store;
    enum cluster_list kind;
    struct bytes_view list;
    const char *dir;
    const char *const *names; /* file names to publish under */
    size_t nnames;
    const char *note;
    bool force;
    int64_t force_lost; /* as in publish_params */
};

/* The option --force[=N] of publish and rollback. force_parse(arg, state, force, lost): its argument, NULL without. */
#define FORCE_OPTION(group)                                                                                       \
    {                                                                                                             \
        "force", 'f', "N", OPTION_ARG_OPTIONAL,                                                                   \
            "publish although phones would refuse it, and so be stranded; N: how many known phones may be", group \
    }
void force_parse(const char *arg, struct argp_state *state, bool *force, int64_t *lost);

/* offer_publish(o): ask for all names what phones would do, then publish; the exit status. */
int offer_publish(const struct offer *o);

#endif
