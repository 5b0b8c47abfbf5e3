/*
 * What the files of the state process share. Private to state*.c.
 *
 * Messages come in rounds. What a round changes in the store is one transaction: settle commits it, and only then are
 * the round's replies sent. If the commit fails nothing of it has happened: whoever took part is told to come again.
 */
#ifndef VOXCAPFD_STATE_PARTS_H
#define VOXCAPFD_STATE_PARTS_H

#include <sys/queue.h>
#include <sys/stat.h>

#include <capf/issuer.h>
#include <capf/proof.h>
#include <capf/session.h>
#include <libcert/audit.h>
#include <libcert/phones.h>

#include "counters.h"
#include "ipc.h"
#include "state.h"

#define STATE_WAITS_FOR_CA "its key waits for the CA (voxcapf ca dump)"

enum { KEY_PATIENCE = 4 }; /* times key_timeout_s: no key generation lasts longer in all */

/* One connection of a phone. */
struct session {
    LIST_ENTRY(session) same_hash;
    LIST_ENTRY(session) all;
    LIST_ENTRY(session) issuing; /* the signer works for it */
    STAILQ_ENTRY(session) round;
    STAILQ_ENTRY(session) parked;
    TAILQ_ENTRY(session) of_net;
    struct serve_link *link; /* NULL: its net process is gone */
    struct net *net;         /* NULL: it counts no more */
    uint64_t connection;
    char peer[64];
    struct capf_session machine;

    /* Of the round that is open. */
    bool in_round, uses_store;
    struct capf_session before;
    struct bytes reply; /* to the phone */
    unsigned wait_s;
    bool answers, ends;

    /* What the log says at its end. */
    enum capf_result result;
    char why[sizeof((struct capf_step *)NULL)->why];
    char unknown_tags[48];

    /* Since the phone has proved who it is. */
    bool proved;
    enum phone_operation operation;
    char operation_id[sizeof((struct phone *)NULL)->operation_id];
    uint8_t evidence[CAPF_EVIDENCE_LEN];
    struct key_spec ordered;
    int64_t key_since, issue_since; /* milliseconds, monotonic */
    bool is_issuing, has_request, waits_for_ca;
    struct bytes asks; /* the signer, as long as it is issuing */
    bool asks_now;     /* with this round */
    bool is_held;      /* until there is a signer */
    int64_t held_since;
    unsigned tries;              /* how often a signer was asked */
    struct capf_request request; /* id and device; no key */
    uint8_t spki_sha256[CERT_SHA256_LEN];
    struct cert *cert; /* issued for it, or shown by the phone */

    struct bytes waiting; /* a frame that came before the journal and the store agreed */
    bool is_parked;
    int64_t parked_since;
};

LIST_HEAD(session_list, session);

enum {
    BUCKETS = 4096,
    SESSIONS_MAX = 65536, /* of all net processes; each is sure of its share */
    FULL_SECONDS = 10,    /* between lines of the log that say so */
};

/* A net process, and its sessions, the oldest first. */
struct net {
    LIST_ENTRY(net) all;
    struct serve_link *link;
    TAILQ_HEAD(, session) sessions;
    size_t n;
};

struct trust {
    int64_t version; /* of the store when it was read; -1: never */
    struct cert **issuers, **roots;
    size_t nissuers, nroots;
};

struct state {
    const struct state_options *o;
    struct store *store;
    struct stat file;       /* what it has open */
    int64_t version;        /* of the store when it was last looked whether it is an older one; -1: never */
    struct audit_mark mark; /* an entry that it must have */
    struct phones_key *strings;
    struct cert *issuer; /* of --issuer; NULL */
    struct trust trust;
    struct serve_link *sign;

    struct session_list buckets[BUCKETS], sessions, issuing;
    LIST_HEAD(, net) nets;
    size_t nsessions, nheld;
    int64_t told_full;
    STAILQ_HEAD(, session) parked;

    /* The round that is open. */
    STAILQ_HEAD(, session) round;
    bool in_transaction, failed;
    char failure[VOX_ERROR_TEXT_MAX];
    uint8_t (*recorded)[CAPF_REQUEST_ID_LEN]; /* results that this transaction holds: the signer may forget them */
    size_t nrecorded, room_recorded;
    bool reconciling_ends; /* the last result of the journal was in this round */

    bool reconciled;  /* journal and store agree: phones are served */
    bool out_of_step; /* a result was not recorded: the journal is asked again */
    bool more_results,
        compare_all;    /* it has more to tell; it is asked for all of it, since the store is an older one */
    bool comparing_all; /* it was asked for all of it, and has not told it yet */
    bool ending;        /* a signer that falls does not come back */
    bool store_failing;
    int64_t told_gauges;
};

/*
 * state_session.c: sessions by link and connection. state_session_new(): NULL when memory is out, or there are
 * SESSIONS_MAX and this net process has its share of them; if it has less, the oldest session of the one that has most
 * ends with this round. So one that somebody has taken over denies nobody the service. state_net_forget(st, l): it is
 * gone, and its sessions count no more.
 */
struct session *state_session_find(struct state *st, const struct serve_link *l, uint64_t connection);
struct session *state_session_new(struct state *st, struct serve_link *l, uint64_t connection, const char *peer);
void state_session_free(struct state *st, struct session *s);
void state_net_forget(struct state *st, const struct serve_link *l);
int64_t state_milliseconds(void);

/*
 * state_round.c. round_enter(st, s): s takes part in the round; to be called before its machine moves.
 * round_store(st, s, err): the transaction is open, s depends on it; an error means that the round has failed.
 * round_fail(st, err): something in the store does not work: nothing of the round will happen. round_later(st, s, why):
 * s is told to come again. round_step(st, s, code, step, err): what a machine said goes out with the round.
 */
void round_enter(struct state *st, struct session *s);
enum vox_err round_store(struct state *st, struct session *s, struct vox_error *err);
void round_fail(struct state *st, const struct vox_error *err);
void round_later(struct state *st, struct session *s, const char *why);
void round_step(struct state *st, struct session *s, enum vox_err code, struct capf_step *step,
                const struct vox_error *err);
void round_recorded(struct state *st, const uint8_t id[static CAPF_REQUEST_ID_LEN]);
void round_settle(struct state *st);

/* state_store.c: state_store_open(st, f, err): before files are confined: opens the database; f names what of the
 * store's folder may be opened later. state_store_current(st, err): it is still the file that stands there; if not,
 * this process starts anew. state_store_continues(st, err): is it still the one that we wrote to, or has somebody put
 * back an older one? (state_store_is_older() then.) Trust in certificates. state_record.c: state_fetched_folder(st,
 * out, outlen, err): where certificates that phones show are kept; made if it is missing. */
enum vox_err state_store_open(struct state *st, struct serve_files *f, struct vox_error *err);
enum vox_err state_fetched_folder(const struct state *st, char *out, size_t outlen, struct vox_error *err);
enum vox_err state_store_current(struct state *st, struct vox_error *err);
enum vox_err state_store_continues(struct state *st, struct vox_error *err);
enum vox_err state_trust_current(struct state *st, struct capf_trust *out, struct vox_error *err);
enum vox_err state_read_issuer(const char *path, struct cert **out, struct vox_error *err);
void state_trust_clear(struct trust *t);

/* The effects. state_authorize.c: capf_session_plan() or a refusal. state_issue.c: a known certificate, a request to
 * the signer, or a refusal. state_record.c: what the phone confirmed. Each ends with round_step(). */
void state_authorize(struct state *st, struct session *s, const struct capf_message *m);
void state_issue(struct state *st, struct session *s, const struct capf_message *m);
void state_record(struct state *st, struct session *s, const struct capf_message *m);

/* state_store_is_older(st): not what the signer knows as the store: no phone is served until all of the journal was
 * compared with it. state_issue.c: answers of the signer. */
void state_store_is_older(struct state *st);
enum vox_err state_issued(struct state *st, const struct ipc_message *m, struct vox_error *err);
void state_not_issued(struct state *st, const struct ipc_message *m);

/*
 * state_signer.c: requests wait for the signer, some seconds also while there is none: one that falls is started anew.
 * The same request id gets the same certificate, so what was under way is asked again. state_asks_signer(st, s): with
 * this round s->asks goes out, or the phone is told to come again: too many wait already. state_signer_ask(st, s):
 * now. state_not_issuing(st, s): it waits for no answer any more. state_signer_linked(st, l), state_signer_gone(st),
 * state_signer_ending(st), state_signer_tick(st, now): as the callbacks of serve.h. state_signer_reconcile(st): it is
 * to tell what the store may lack.
 */
void state_asks_signer(struct state *st, struct session *s);
void state_signer_ask(struct state *st, struct session *s);
void state_not_issuing(struct state *st, struct session *s);
void state_signer_linked(struct state *st, struct serve_link *l);
void state_signer_gone(struct state *st);
void state_signer_ending(struct state *st);
void state_signer_tick(struct state *st, int64_t now);
void state_signer_reconcile(struct state *st);

/*
 * state_offline.c: a CA that is elsewhere. state_offline_keep(st, s, m, err): is the CA elsewhere? Then the phone's key
 * is kept for it, or refused, and the phone told to come again, and *kept is set. state_offline_answer(st, s, p, step,
 * found, err): has the CA answered what this phone sent before? Then it is to store the certificate.
 * state_offline_done( st, s, err): it has, or will not.
 */
enum vox_err state_offline_keep(struct state *st, struct session *s, const struct capf_message *m, bool *kept,
                                struct vox_error *err);
enum vox_err state_offline_answer(struct state *st, struct session *s, struct phone *p, struct capf_step *step,
                                  bool *found, struct vox_error *err);
enum vox_err state_offline_done(struct state *st, struct session *s, struct vox_error *err);

/*
 * state_record.c: state_phone_of(st, s, out, err): the phone, if the operation is still the one that s is about;
 * VOX_E_NOT_FOUND: it is gone, or was given another. state_unfinished(st, s, step): the session ended before its
 * operation did: the phone's record says so. state_phone_set(st, p, state, reason, err): one change of it.
 */
enum vox_err state_phone_of(struct state *st, const struct session *s, struct phone *out, struct vox_error *err);
void state_unfinished(struct state *st, struct session *s, const struct capf_step *step);
enum vox_err state_phone_set(struct state *st, struct phone *p, enum phone_state to, const char *reason,
                             struct vox_error *err);
enum vox_err state_audit(struct state *st, const struct session *s, const char *verb, const char *device,
                         const char *detail, struct vox_error *err);

#endif
