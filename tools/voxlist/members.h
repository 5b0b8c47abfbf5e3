/*
 * Members of a list that are named on the command line: "--ccm FILE,dns=NAME,ip=ADDR".
 */
#ifndef VOXLIST_MEMBERS_H
#define VOXLIST_MEMBERS_H

#include <cli/verb.h>
#include <ctl/list.h>

/* One of them. */
struct named_member {
    int role;
    char *file;
    char *dns; /* NULL if not given */
    bool has_ip;
    uint8_t ip[4];
    struct cert *cert; /* after members_load() */
};

struct named_members {
    struct named_member *list;
    size_t n;
};

/* members_add(m, role, spec, err): take "FILE[,dns=NAME][,ip=ADDR]". Errors: VOX_E_USAGE, VOX_E_MEMORY. */
enum vox_err members_add(struct named_members *m, int role, const char *spec, struct vox_error *err);

/* members_load(common, m): read the certificates; the exit status, after saying what is wrong. */
int members_load(const struct cli_common *common, struct named_members *m);

/* members_first(m, role): the first of a role, NULL if none. */
const struct named_member *members_first(const struct named_members *m, int role);

/* members_free(m): give up. */
void members_free(struct named_members *m);

#endif
