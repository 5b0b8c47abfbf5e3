/*
 * A CAPF session as the server sees it: a pure state machine. Messages go in, a reply and an effect come out; whoever
 * runs it carries the effect out and tells the result. No sockets, no store, no clock. Source: docs/formats/capf.md 3.
 */
#ifndef CAPF_SESSION_H
#define CAPF_SESSION_H

#include <capf/message.h>
#include <libcert/key.h>

enum capf_session_state {
    CAPF_S_GREETED,     /* AUTH_REQUEST is out */
    CAPF_S_AUTHORIZING, /* effect: who is it, and what is to be done? */
    CAPF_S_KEY,         /* KEY_GENERATE_REQUEST is out */
    CAPF_S_ISSUING,     /* effect: the signer works */
    CAPF_S_STORING,     /* STORE_CERTIFICATE_REQUEST is out */
    CAPF_S_FETCHING,    /* FETCH_CERTIFICATE_REQUEST is out */
    CAPF_S_DELETING,    /* DELETE_CERTIFICATE_REQUEST is out */
    CAPF_S_RECORDING,   /* effect: what the phone confirmed is made durable */
    CAPF_S_ENDED,
    CAPF_SESSION_STATE_COUNT,
};

/* What the runner has to do now, and which call follows. */
enum capf_effect {
    CAPF_DO_NOTHING,   /* send the reply, wait for the next message */
    CAPF_DO_AUTHORIZE, /* look at the message's credentials: capf_session_plan() or capf_session_refuse() */
    CAPF_DO_ISSUE,     /* certify the message's PUBLIC_KEY: capf_session_issued(), _refuse() or _later() */
    CAPF_DO_RECORD,    /* result (and the certificate fetched, in the message): then capf_session_recorded() */
    CAPF_DO_END,       /* send the reply and close; result says how it went */
};

/* How a session went: what the log, the phone's state and the counters say. */
enum capf_result {
    CAPF_R_OPEN,    /* still going */
    CAPF_R_NOTHING, /* nothing was pending */
    CAPF_R_ISSUED,  /* certificate confirmed by the phone */
    CAPF_R_FETCHED,
    CAPF_R_FETCHED_NONE, /* the phone has no certificate */
    CAPF_R_DELETED,
    CAPF_R_REFUSED,  /* unknown device, no proof, late: see why */
    CAPF_R_DECLINED, /* the phone could not or would not: see why */
    CAPF_R_KEY,      /* the key was refused */
    CAPF_R_LATER,    /* told to come back */
    CAPF_R_PROTOCOL, /* it broke the protocol */
    CAPF_R_LOST,     /* it went away, or took too long */
    CAPF_RESULT_COUNT,
};

/* capf_result_word(r): "issued", "fetched-none", "protocol" ... for log and metrics. capf_session_state_word(st):
 * "key", "storing" ...: where a session stands. */
const char *capf_result_word(enum capf_result r);
const char *capf_session_state_word(enum capf_session_state st);

enum { CAPF_PATIENCE_MAX = 10000 }; /* REQUEST_IN_PROGRESS of one session: a phone says it every few seconds */

/* What is to be done with an authorized device. */
struct capf_plan {
    enum { CAPF_PLAN_NOTHING, CAPF_PLAN_INSTALL, CAPF_PLAN_FETCH, CAPF_PLAN_DELETE, CAPF_PLAN_STORE } what;
    struct key_spec key;           /* for CAPF_PLAN_INSTALL */
    struct bytes_view certificate; /* for CAPF_PLAN_STORE: of the key that it sent before, durably recorded */
};

struct capf_session {
    enum capf_session_state state;
    uint32_t id;
    uint8_t version; /* of the phone: 2 or 3 */
    char device[CAPF_DEVICE_MAX + 1];
    struct capf_plan plan;
    enum capf_result pending; /* result that CAPF_S_RECORDING will have */
    unsigned patience;        /* REQUEST_IN_PROGRESS so far */
};

/* Outcome of one step. reply is owned by the caller (bytes_free()); it may be empty. */
struct capf_step {
    struct bytes reply;
    enum capf_effect effect;
    enum capf_result result;
    bool key_wait; /* the next message may take as long as a key generation */
    char why[200]; /* for the log: what the phone did, or why it was refused; "" if nothing to say */
};

/*
 * capf_session_begin(s, id, out, err): id from the CSPRNG. Each of these returns VOX_OK with *out filled, also when the
 * peer broke the protocol (effect CAPF_DO_END); errors are VOX_E_MEMORY and VOX_E_USAGE (a call that does not fit the
 * state: the runner's mistake, nothing changed).
 */
enum vox_err capf_session_begin(struct capf_session *s, uint32_t id, struct capf_step *out, struct vox_error *err);

/* capf_session_message(s, m, out, err): a message that was read. capf_session_broken(s, why, out, err): bytes that were
 * none. capf_session_lost(s, why, out, err): the peer is gone or took too long; nothing is sent. */
enum vox_err capf_session_message(struct capf_session *s, const struct capf_message *m, struct capf_step *out,
                                  struct vox_error *err);
enum vox_err capf_session_broken(struct capf_session *s, const char *why, struct capf_step *out, struct vox_error *err);
enum vox_err capf_session_lost(struct capf_session *s, const char *why, struct capf_step *out, struct vox_error *err);

/*
 * Results of effects. capf_session_plan(s, plan, out, err): in CAPF_S_AUTHORIZING: the device is who it says, and this
 * is to be done; an EC key for a client of version 2 ends the session (CAPF_R_REFUSED). capf_session_issued(s,
 * certificate, out, err): in CAPF_S_ISSUING: its DER, durably recorded. capf_session_recorded(s, out, err): in
 * CAPF_S_RECORDING. capf_session_refuse(s, reason, result, why, out, err): in each of the three: END_SESSION with
 * reason. capf_session_later(s, why, out, err): RETRY_LATER, wherever it stands: the server cannot go on.
 */
enum vox_err capf_session_plan(struct capf_session *s, const struct capf_plan *plan, struct capf_step *out,
                               struct vox_error *err);
enum vox_err capf_session_refuse(struct capf_session *s, enum capf_reason reason, enum capf_result result,
                                 const char *why, struct capf_step *out, struct vox_error *err);
enum vox_err capf_session_later(struct capf_session *s, const char *why, struct capf_step *out, struct vox_error *err);
enum vox_err capf_session_issued(struct capf_session *s, struct bytes_view certificate, struct capf_step *out,
                                 struct vox_error *err);
enum vox_err capf_session_recorded(struct capf_session *s, struct capf_step *out, struct vox_error *err);

#endif
