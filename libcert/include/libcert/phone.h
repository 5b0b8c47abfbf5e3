/*
 * What the cluster knows of a phone, and what CAPF is to do with it: the record alone; libcert/phones.h keeps it.
 * Source: docs/formats/store.md 6.
 */
#ifndef LIBCERT_PHONE_H
#define LIBCERT_PHONE_H

#include <stdbool.h>
#include <stdint.h>

#include <libcert/cert.h>
#include <libcert/key.h>

/* The certificate operation that waits for the phone. */
enum phone_operation { PHONE_NONE, PHONE_INSTALL, PHONE_FETCH, PHONE_DELETE, PHONE_OPERATION_COUNT };

/* How it has to prove who it is. */
enum phone_proof {
    PHONE_BY_STRING, /* authentication string */
    PHONE_BY_NULL,   /* null string: no proof */
    PHONE_BY_LSC,    /* existing certificate, precedence to LSC */
    PHONE_BY_MIC,    /* existing certificate, precedence to MIC */
    PHONE_PROOF_COUNT,
};

/* What operators see. "locked" is no state of its own: locked_until lies ahead. */
enum phone_state {
    PHONE_IDLE,        /* "none": nothing to do, or never seen */
    PHONE_PENDING,     /* waits for the phone */
    PHONE_IN_PROGRESS, /* the phone has proved itself and works on it */
    PHONE_ISSUED,      /* its certificate is recorded; the phone has not confirmed it */
    PHONE_DELIVERED,   /* and has (also: fetched, deleted) */
    PHONE_FAILED,      /* see reason */
    PHONE_STATE_COUNT,
};

/* Words: "none", "install", "fetch", "delete"; "string", "null", "lsc", "mic"; "none", "pending", "in-progress",
 * "issued", "delivered", "failed". _parse(): back, false if none. */
const char *phone_operation_word(enum phone_operation op);
bool phone_operation_parse(const char *word, enum phone_operation *out);
const char *phone_proof_word(enum phone_proof proof);
bool phone_proof_parse(const char *word, enum phone_proof *out);
const char *phone_state_word(enum phone_state st);
bool phone_state_parse(const char *word, enum phone_state *out);

enum {
    PHONE_NAME_MAX = 15,  /* characters of a device name: upper-case letters, digits, '.', '_', '-' */
    PHONE_STRING_MIN = 4, /* digits of an authentication string */
    PHONE_STRING_MAX = 15,
    PHONE_STRING_DEFAULT = 8, /* of generated ones */
    PHONE_REASON_MAX = 200,
};

/* phone_name_check(name, err): is it a device's name? Errors: VOX_E_INPUT with what is wrong. */
enum vox_err phone_name_check(const char *name, struct vox_error *err);

/* All in place: no pointers to free. Times are seconds since 1970, 0 for none. */
struct phone {
    char name[PHONE_NAME_MAX + 1];
    enum phone_operation operation;
    enum phone_proof proof;
    struct key_spec key;   /* curve points to a constant */
    char operation_id[33]; /* random hex, new with every operation that is set: an LSC is issued once for it */
    int64_t not_before;    /* the operation waits until then (paced renewals) */
    int64_t by;            /* and must be complete by then */
    bool has_string;       /* an authentication string is stored (as a keyed hash) */
    int64_t string_expires;
    enum phone_state state;
    char reason[PHONE_REASON_MAX + 1]; /* of PHONE_FAILED, one line */
    int64_t state_since;
    unsigned wrong;                 /* wrong tries in a row */
    int64_t locked_until;           /* no string is taken until then */
    char lsc[CERT_FINGERPRINT_MAX]; /* the last certificate that was delivered; "" for none */
    int64_t lsc_not_after;
};

#endif
