/*
 * From what phones fetched to what they hold. Source: docs/formats/store.md 8.3 to 8.6.
 */
#ifndef VOXTRUST_LEARN_H
#define VOXTRUST_LEARN_H

#include <libcert/inventory.h>
#include <libcert/store.h>

#include "sighting.h"

struct learner;

/* learner_new(s, out, err): reads the published lists. Free with learner_free(). */
enum vox_err learner_new(struct store *s, struct learner **out, struct vox_error *err);
void learner_free(struct learner **l);

/*
 * learner_see(l, seen, err): an address asked for a file. Addresses get their phone's name from the files that are one
 * phone's; what an address fetched within 15 minutes before it had a name is kept for it. Notes in the store
 * (inventory_note()), in the caller's transaction.
 */
enum vox_err learner_see(struct learner *l, const struct sighting *seen, struct vox_error *err);

/*
 * For those who follow logs for months. learner_renew(l, err): lists, and whom TVS vouch for, are read again when the
 * store has changed; the tally begins anew. learner_remember(l, err): addresses have the names that the inventory
 * knows. learner_recall(l, seen): a line that was read and noted before: only which phone an address is, and what it
 * fetched before it had a name.
 */
enum vox_err learner_renew(struct learner *l, struct vox_error *err);
enum vox_err learner_remember(struct learner *l, struct vox_error *err);
enum vox_err learner_recall(struct learner *l, const struct sighting *seen, struct vox_error *err);

/* learner_phone(l, p, err): p->ctl and p->itl are what it fetched: noted if it accepts it, given what it holds. */
enum vox_err learner_phone(struct learner *l, const struct inventory_phone *p, struct vox_error *err);

/* learner_hold(l, p, err): p->ctl and p->itl are what it holds. */
enum vox_err learner_hold(struct learner *l, const struct inventory_phone *p, struct vox_error *err);

/* What came of it. */
struct learner_tally {
    int64_t phones;   /* different ones */
    int64_t lists;    /* fetched, and by which phone is known */
    int64_t refused;  /* of these: not accepted, so that the phone holds what it held */
    int64_t nameless; /* addresses that fetched lists and whose phone is not known */
    int64_t foreign;  /* fetched, but not published from here at that time */
};
struct learner_tally learner_tally(const struct learner *l);

#endif
