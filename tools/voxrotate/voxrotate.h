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
int voxrotate_run(struct cli_common *common, int argc, char **argv);
int voxrotate_status(struct cli_common *common, int argc, char **argv);

/* One rotation at work. Clear with turn_clear(). */
struct turn {
    struct cli_common *common;
    struct store *s;
    struct owner owner;
    struct rotation *open; /* all that are open */
    size_t nopen;
    struct rotation *r;    /* that of the owner, NULL if none is open */
    struct rotation begun; /* by this run */
    const char *password_file;
    int64_t force_lost; /* as in publish_params */
    bool terse;         /* next_say() says nothing: another step follows by itself */
};

/*
 * turn_begin(t, service, node, err): the store, whose certificate it is, and the rotation of it that is open.
 * t->common, password_file and force_lost are the caller's. Errors: those of cli_store_open() and owner_find().
 */
enum vox_err turn_begin(struct turn *t, const char *service, const char *node, struct vox_error *err);
void turn_clear(struct turn *t);

/* turn_reread(t, err): t->open and t->r as the store has them now. */
enum vox_err turn_reread(struct turn *t, struct vox_error *err);

/* turn_must_be(t, err, verb, steps, n): VOX_E_INPUT when no rotation is open, or it is at none of the steps, with what
 * can be done. */
enum vox_err turn_must_be(const struct turn *t, const char *verb, const enum rotation_step *steps, size_t n,
                          struct vox_error *err);

/* turn_binding(t, id, out, err): one binding with its certificate. Clear with store_binding_clear(). */
enum vox_err turn_binding(const struct turn *t, const char *id, struct store_binding *out, struct vox_error *err);

/* turn_note(t, what, out, outlen): "rotation of TVS of cm1: what", as the history of lists has it. */
void turn_note(const struct turn *t, const char *what, char *out, size_t outlen);

/* turn_words(t, out, outlen): what is typed after the verb: "TVS", "TVS --node cm2" where there are several nodes. */
void turn_words(const struct turn *t, char *out, size_t outlen);

/* turn_still(t, err): is the rotation at the step that t says? VOX_E_NO: another run went on with it. */
enum vox_err turn_still(const struct turn *t, struct vox_error *err);

/* A change of states that is recorded before lists go out: bindings and step, with its entry in the log. */
struct turn_change {
    enum rotation_step during, after;
    enum bind_state old_state, new_state;
    const char *verb;
    /* Before them, in the same transaction, when the rotation is not there yet: adds it, and t->r points to t->begun.
     * Called twice: the first time to see what the lists would say, and undone. NULL: it is there. */
    enum vox_err (*begin)(struct turn *t, void *arg, int64_t now, struct vox_error *err);
    void *arg;
    const char *told; /* when it is recorded; NULL: nothing */
};

/*
 * turn_change(t, c, err): make the lists that the change brings about, judge them, record the change, publish them; or
 * go on where an interrupted run of the same change stopped. When phones would be lost, or the linter refuses, nothing
 * is recorded. Lists have the time of the first run inside, so that those that went out already stay as they are.
 */
enum vox_err turn_change(struct turn *t, const struct turn_change *c, struct vox_error *err);

/* turn_hooks(t, event): run what is to be run after it (voxtrust-hooks(5)). */
void turn_hooks(const struct turn *t, const char *event);

/* ask.c: ask_phones(t, cert, err): do known phones believe cert for what the service needs? VOX_E_NO with how many do
 * not. Tells what they would do. */
enum vox_err ask_phones(const struct turn *t, const struct cert *cert, struct vox_error *err);

/* ask_count(t, cert, out, err): the same question, only counted; out->all 0 when it concerns no phone. */
enum vox_err ask_count(const struct turn *t, const struct cert *cert, struct impact *out, struct vox_error *err);

enum { PROOF_AT_MAX = 32, PROOF_WAIT_MAX = 86400 };

/* Where the new certificate has to be shown. */
struct proof {
    const char *at[PROOF_AT_MAX]; /* HOST:PORT; none: the service's port at the node */
    size_t nat;
    unsigned wait_s; /* how long it may take, 0 to PROOF_WAIT_MAX seconds */
    bool none;       /* do not look */
};

/* proof.c: proof_show(t, p, cert, err): a handshake with each: does it show cert? VOX_E_NO: one shows another;
 * VOX_E_IO: one was not reached. */
enum vox_err proof_show(const struct turn *t, const struct proof *p, const struct cert *cert, struct vox_error *err);

enum { PROOF_AT = 0x700, PROOF_WAIT, PROOF_NONE };
#define PROOF_OPTIONS                                                                                                 \
    {"at", PROOF_AT, "HOST:PORT", 0, "where the service is; may be repeated (default: its port at the node)", 0},     \
        {"wait", PROOF_WAIT, "SECONDS", 0, "how long it may take until it shows the new certificate (default 0)", 0}, \
    {                                                                                                                 \
        "no-proof", PROOF_NONE, NULL, 0, "do not look whether the new certificate is shown", 0                        \
    }
/* proof_parse(key, arg, state, p): an option of PROOF_OPTIONS; ARGP_ERR_UNKNOWN for others. */
error_t proof_parse(int key, char *arg, struct argp_state *state, struct proof *p);

/* The steps, as their verbs do them; each goes on where an interrupted one stopped. */
struct wanted;
enum vox_err step_stage(struct turn *t, const struct wanted *w, const char *answer, struct vox_error *err);
enum vox_err step_activate(struct turn *t, const struct proof *p, struct vox_error *err);
enum vox_err step_retire(struct turn *t, unsigned grace_days, struct vox_error *err);

enum { GRACE_DAYS = 7 };
/* grace_parse(arg, state): DAYS of --grace. */
unsigned grace_parse(const char *arg, const struct argp_state *state);

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
