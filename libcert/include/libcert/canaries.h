/*
 * Lists that some phones try first, under file names of their own. Source: docs/formats/store.md 13.
 *
 * Changes happen in the caller's transaction (store_begin()) and are audited by the caller.
 */
#ifndef LIBCERT_CANARIES_H
#define LIBCERT_CANARIES_H

#include <libcert/phone.h>
#include <libcert/store.h>

/* Words ending in -ing: the store says it already, the files in the folder not yet all; the same command goes on. */
enum canary_step {
    CANARY_GROWING,
    CANARY_OPEN, /* every phone of it has its file */
    CANARY_PROMOTING,
    CANARY_PROMOTED, /* the end: the list is everybody's */
    CANARY_WITHDRAWING,
    CANARY_WITHDRAWN, /* the other end */
    CANARY_STEP_COUNT,
};

/* canary_step_word(st): "growing", "open" ... */
const char *canary_step_word(enum canary_step st);

struct canary {
    char *id;   /* random; set by canary_add() */
    char *kind; /* "ctl" or "itl" */
    char *dir;  /* the folder, absolute */
    enum canary_step step;
    char *sha256;             /* of the list */
    int64_t started, changed; /* seconds since 1970 */
};

/*
 * canary_add(s, c, data, err): begin; c->id and c->sha256 are set (free with canary_clear()), the bytes of the list are
 * kept. VOX_E_EXISTS: one of that kind is open in that folder. canary_set_step(s, id, step, now, err): VOX_E_NOT_FOUND.
 */
enum vox_err canary_add(struct store *s, struct canary *c, struct bytes_view data, struct vox_error *err);
enum vox_err canary_set_step(struct store *s, const char *id, enum canary_step step, int64_t now,
                             struct vox_error *err);

/* canaries_read(s, ended, out, n, err): the open ones, and those that have ended if wanted; the oldest first. Free with
 * canaries_free(). */
enum vox_err canaries_read(struct store *s, bool ended, struct canary **out, size_t *n, struct vox_error *err);
void canaries_free(struct canary **list, size_t n);
void canary_clear(struct canary *c);

/* A phone's name. */
struct canary_phone {
    char name[PHONE_NAME_MAX + 1];
};

/* canary_phone_add(s, id, name, err): one that is in it already is fine. canary_phones(s, id, out, n, err): by name.
 * Free with free(). */
enum vox_err canary_phone_add(struct store *s, const char *id, const char *name, struct vox_error *err);
enum vox_err canary_phones(struct store *s, const char *id, struct canary_phone **out, size_t *n,
                           struct vox_error *err);

#endif
