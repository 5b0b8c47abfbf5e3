/*
 * The lists that a change of a rotation brings about: composed from the store, made and signed, judged, put out. Apart,
 * so that a list that phones would refuse is refused before anything is recorded, and no token is asked for a signature
 * while the store is locked. Source: docs/formats/store.md 9.2.
 */
#ifndef VOXROTATE_LISTS_H
#define VOXROTATE_LISTS_H

#include "voxrotate.h"

#include <cluster/compose.h>
#include <cluster/hooks_files.h>

struct lists_one {
    struct store_list now;    /* what is served */
    struct composed composed; /* what the next one says; unused when data is there from the start */
    struct bytes data;        /* the next one; empty: nothing to do */
    bool made;
};

struct lists_next {
    struct lists_one *list;
    size_t n;
    size_t blank;                                /* so many are blank ITLs, and left alone */
    bool restored;                               /* old bytes, whatever is current */
    bool anew;                                   /* wanted so, but made anew: other changes were published meanwhile */
    struct hooks_files changed[CLUSTER_ITL + 1]; /* what lists_put() put in place, of either kind */
};

/*
 * lists_compose(t, restore, out, err): from the store as it is, in the caller's transaction or not. restore: what was
 * served when the rotation began, byte for byte, unless anything else was published since. A blank ITL is left alone:
 * the operator took security by default away on purpose, and 'voxlist publish itl' brings it back. Clear with
 * lists_clear(), also after an error.
 */
enum vox_err lists_compose(struct turn *t, bool restore, struct lists_next *out, struct vox_error *err);
void lists_clear(struct lists_next *l);

/* dropped.c: lists_tell_dropped(t, one, present): a warning for each certificate of the present list that the next one
 * lacks, but those of the rotation itself: a record of somebody else's, or what was deleted meanwhile. */
void lists_tell_dropped(const struct turn *t, const struct lists_one *one, const struct ctl_list *present);

/* lists_make(t, l, timestamp, err): sign those that are to be, with that time inside. A list that would come out the
 * same but for the time is not made. */
enum vox_err lists_make(struct turn *t, struct lists_next *l, uint32_t timestamp, struct vox_error *err);

/* lists_still(t, l, err): VOX_E_NO when something else was published since they were composed. */
enum vox_err lists_still(const struct turn *t, const struct lists_next *l, struct vox_error *err);

/* lists_judge(t, l, err): may they be published? VOX_E_NO: the linter, or phones would be lost. Changes nothing. */
enum vox_err lists_judge(const struct turn *t, const struct lists_next *l, struct vox_error *err);

/* lists_put(t, l, note, err): publish them, as long as the rotation is at the step that it is in. */
enum vox_err lists_put(struct turn *t, struct lists_next *l, const char *note, struct vox_error *err);

/* lists_hooks(t, l): run what is to be run after it, however far it came (voxtrust-hooks(5), published). */
void lists_hooks(const struct turn *t, struct lists_next *l);

#endif
