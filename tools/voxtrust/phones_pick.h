/* Which phones 'phones list' shows and 'phones count' counts: options, and the words for what they tell apart. */
#ifndef VOXTRUST_PHONES_PICK_H
#define VOXTRUST_PHONES_PICK_H

#include <argp.h>

#include "phones_held.h"

struct phones_pick {
    const char *ctl, *itl, *model, *prefix; /* NULL: any */
    bool outdated;
    long unseen;     /* days, -1: any */
    const char *lsc; /* one of the words, NULL: any */
};

enum { PICK_CTL = 0x200, PICK_ITL, PICK_MODEL, PICK_OUTDATED, PICK_UNSEEN, PICK_LSC, PICK_SOON_DAYS = 60 };

#define PICK_OPTIONS                                                                                                  \
    {"ctl", PICK_CTL, "VERSION", 0, "only those that hold this version of the CTL ('voxlist history'), or none", 0},  \
        {"itl", PICK_ITL, "VERSION", 0, "likewise of the ITL", 0},                                                    \
        {"model", PICK_MODEL, "MODEL", 0, "only this model, as it is listed", 0},                                     \
        {"outdated", PICK_OUTDATED, NULL, 0, "only those that hold another list than is published now", 0},           \
        {"unseen", PICK_UNSEEN, "DAYS", 0, "only those that were not seen for so many days, or never", 0},            \
    {                                                                                                                 \
        "lsc", PICK_LSC, "STATE", 0, "only those whose LSC is valid, ending (in 60 days), ended, none, or unknown", 0 \
    }

#define PHONES_PICK_ANY \
    {                   \
        .unseen = -1    \
    }

/* pick_parse(key, arg, state, p): one of these options, else ARGP_ERR_UNKNOWN. */
error_t pick_parse(int key, char *arg, struct argp_state *state, struct phones_pick *p);

/*
 * pick_each(s, held, p, now, each, arg, err): those that are picked, by name, until each says false. Errors:
 * VOX_E_USAGE for a version that there is not.
 */
enum vox_err pick_each(struct store *s, const struct phones_held *held, const struct phones_pick *p, int64_t now,
                       bool (*each)(void *arg, const struct inventory_row *r), void *arg, struct vox_error *err);

/* pick_lsc_word(r, now): "valid", "ending", "ended", "none"; "unknown": CAPF does not know the phone. */
const char *pick_lsc_word(const struct inventory_row *r, int64_t now);

/* pick_seen_word(seen, now): "day", "week", "month", "quarter": seen within the last one; "earlier", "never". */
const char *pick_seen_word(int64_t seen, int64_t now);

#endif
