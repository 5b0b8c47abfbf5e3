/*
 * Who renews its certificate, when, and how: phones whose certificates end before a moment, the soonest first, each
 * with a turn of its own. Source: voxcapf(1), renew.
 */
#ifndef VOXCAPF_RENEW_PLAN_H
#define VOXCAPF_RENEW_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "order.h"

/* What was asked for. Times are seconds since 1970. */
struct renew_wish {
    int64_t now, before; /* those that end before `before` */
    long per_hour;       /* 1 or more: how many have their turn in an hour */
    bool has_proof;      /* else their profiles', and lsc where these say none that a renewal can ask for */
    enum phone_proof proof;
};

/* One phone. The order has proof, key (of a phone with a profile) and not_before, which is its turn; it has no string.
 */
struct renewal {
    char name[PHONE_NAME_MAX + 1];
    int64_t ends;    /* its certificate */
    bool by_profile; /* proof or key are its profile's */
    struct order order;
};

struct renew_plan {
    struct renewal *list; /* in the order of their turns */
    size_t n;
    size_t nprofiles;        /* of these: by their profile */
    size_t nmic;             /* of these: prove themselves with the manufacturer's certificate */
    size_t late;             /* of these: their certificate ends before their turn, and it is the proof */
    size_t misfits;          /* of these: as before, since their profile cannot work for their model */
    struct vox_error misfit; /* the first of the misfits, and why */
    size_t ended;            /* not in the list: they cannot prove anything with what they have */
    size_t busy;             /* not in the list: something waits for them already */
};

/*
 * renew_plan_draw_up(s, wish, out, err): in the caller's transaction, so that nobody gives the same turns away
 * meanwhile; turns that were given away earlier come first. A profile that says mic or lsc gives the proof; one that
 * says string or null does not, as nobody is there to be told a string, and the certificate that a phone has proves
 * more than nothing. Errors: those of the store; VOX_E_MEMORY. Free out with renew_plan_free(), in any case.
 */
enum vox_err renew_plan_draw_up(struct store *s, const struct renew_wish *wish, struct renew_plan *out,
                                struct vox_error *err);
void renew_plan_free(struct renew_plan *p);

#endif
