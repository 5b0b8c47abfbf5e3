/*
 * Certificates that are being replaced: how far each is. Source: docs/formats/store.md 9.
 *
 * Changes happen in the caller's transaction (store_begin()) and are audited by the caller.
 */
#ifndef LIBCERT_ROTATIONS_H
#define LIBCERT_ROTATIONS_H

#include <libcert/store.h>

/* Words ending in -ing: bindings are changed already, lists not all of them; the same command goes on. */
enum rotation_step {
    ROTATION_STAGING,
    ROTATION_STAGED, /* the new certificate is made known beside the old */
    ROTATION_ACTIVATING,
    ROTATION_ACTIVATED, /* the new one is in use, the old one still believed */
    ROTATION_RETIRING,
    ROTATION_RETIRED, /* the end */
    ROTATION_ROLLING_BACK,
    ROTATION_ROLLED_BACK, /* the other end */
    ROTATION_STEP_COUNT,
};

/* rotation_step_word(st): "staging", "staged" ... */
const char *rotation_step_word(enum rotation_step st);

struct rotation {
    char *id;    /* random; set by rotation_add() */
    char *place; /* service */
    char *node;  /* "" for the cluster */
    enum rotation_step step;
    char *old_id, *new_id;    /* bindings */
    int64_t started, changed; /* seconds since 1970; changed: when the step was reached that it is in */
};

/*
 * rotation_add(s, r, err): begin; r->id is set (free with rotation_clear()), the lists that are current now are
 * remembered with it. VOX_E_EXISTS: one of that service and node is open. rotation_set_step(s, id, step, now, err):
 * VOX_E_NOT_FOUND.
 */
enum vox_err rotation_add(struct store *s, struct rotation *r, struct vox_error *err);
enum vox_err rotation_set_step(struct store *s, const char *id, enum rotation_step step, int64_t now,
                               struct vox_error *err);

/* rotations_read(s, ended, out, n, err): the open ones, and those that have ended if wanted; the oldest first. Free
 * with rotations_free(). */
enum vox_err rotations_read(struct store *s, bool ended, struct rotation **out, size_t *n, struct vox_error *err);
void rotations_free(struct rotation **list, size_t n);
void rotation_clear(struct rotation *r);

/* rotation_lists(s, id, out, n, err): numbers of the lists that were current when it began. Free with free(). */
enum vox_err rotation_lists(struct store *s, const char *id, int64_t **out, size_t *n, struct vox_error *err);

#endif
