/* The verbs of voxrotate and what they share. Source: docs/formats/store.md 9, voxrotate(1). */
#ifndef VOXROTATE_H
#define VOXROTATE_H

#include <cli/verb.h>
#include <cluster/impact.h>
#include <cluster/owner.h>
#include <libcert/rotations.h>

int voxrotate_plan(struct cli_common *common, int argc, char **argv);
int voxrotate_stage(struct cli_common *common, int argc, char **argv);
int voxrotate_activate(struct cli_common *common, int argc, char **argv);
int voxrotate_retire(struct cli_common *common, int argc, char **argv);
int voxrotate_rollback(struct cli_common *common, int argc, char **argv);
int voxrotate_status(struct cli_common *common, int argc, char **argv);

/* One rotation at work. Clear with turn_clear(). */
struct turn {
    struct cli_common *common;
    struct store *s;
    struct owner owner;
    struct rotation *open; /* all that are open */
    size_t nopen;
    struct rotation *r; /* that of the owner, NULL if none is open */
    bool fresh;         /* begun by this run */
    const char *password_file;
    int64_t force_lost; /* as in publish_params */
};

/*
 * turn_begin(t, service, node, err): the store, whose certificate it is, and the rotation of it that is open.
 * t->common, password_file and force_lost are the caller's. Errors: those of cli_store_open() and owner_find().
 */
enum vox_err turn_begin(struct turn *t, const char *service, const char *node, struct vox_error *err);
void turn_clear(struct turn *t);

/* turn_must_be(t, err, verb, steps, n): VOX_E_INPUT when no rotation is open, or it is at none of the steps, with what
 * can be done. */
enum vox_err turn_must_be(const struct turn *t, const char *verb, const enum rotation_step *steps, size_t n,
                          struct vox_error *err);

/* turn_binding(t, id, out, err): one binding with its certificate. Clear with store_binding_clear(). */
enum vox_err turn_binding(const struct turn *t, const char *id, struct store_binding *out, struct vox_error *err);

/* A change of states that is recorded before lists go out: bindings and step, with its entry in the log. */
struct turn_change {
    enum rotation_step during, after;
    enum bind_state old_state, new_state;
    const char *verb;
};

/*
 * turn_change(t, c, err): record it and publish all lists anew; or go on where an interrupted run of the same change
 * stopped. Lists have the time of the first run inside, so that those that went out already stay as they are.
 */
enum vox_err turn_change(struct turn *t, const struct turn_change *c, struct vox_error *err);

/* turn_hooks(t, event): run what is to be run after it (voxtrust-hooks(5)). */
void turn_hooks(const struct turn *t, const char *event);

/* lists.c: lists_publish(t, note, err): every list that is served, made anew and published. lists_restore(t, note,
 * err): every list that was served when the rotation began, byte for byte, or made anew when anything else was
 * published since. VOX_E_NO: phones would be lost; lists that went out before stay. */
enum vox_err lists_publish(struct turn *t, const char *note, struct vox_error *err);
enum vox_err lists_restore(struct turn *t, const char *note, struct vox_error *err);

/* ask.c: ask_phones(t, cert, err): do known phones believe cert for what the service needs? VOX_E_NO with how many do
 * not. Tells what they would do. */
enum vox_err ask_phones(const struct turn *t, const struct cert *cert, struct vox_error *err);

/* proof.c: proof_show(t, at, n, wait_s, cert, err): a handshake with each: does it show cert? VOX_E_NO: one shows
 * another. n 0: the service's port at the node. */
enum vox_err proof_show(const struct turn *t, const char *const *at, size_t n, unsigned wait_s, const struct cert *cert,
                        struct vox_error *err);

/* next.c: next_say(t, step): what is to be done after it, in words. */
void next_say(const struct turn *t, enum rotation_step step);

/* Options that all verbs share. */
enum { TURN_FORCE = 'f', TURN_NODE = 'n', TURN_PASSWORD = 0x500 };
#define TURN_OPTIONS                                                                                                   \
    {"node", TURN_NODE, "NODE", 0, "the node whose certificate it is (not needed when the cluster has one)", 0},       \
        {"force", TURN_FORCE, "N", OPTION_ARG_OPTIONAL, "although N known phones would be locked out", 0},             \
    {                                                                                                                  \
        "password-file", TURN_PASSWORD, "FILE", 0, "first line: the PIN of the token that signs lists ('-': input)", 0 \
    }
struct turn_args {
    const char *service, *node, *password_file;
    int64_t force_lost;
};
/* turn_parse(key, arg, state, a): an option of TURN_OPTIONS or the argument SERVICE; ARGP_ERR_UNKNOWN for others. */
error_t turn_parse(int key, char *arg, struct argp_state *state, struct turn_args *a);

#endif
