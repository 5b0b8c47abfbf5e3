/*
 * What TVS answers: a snapshot of trusted certificates, and a pure function from request to reply. Source:
 * docs/formats/tvs.md 4, 5.
 */
#ifndef TVS_ANSWER_H
#define TVS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libcert/cert.h>
#include <tvs/message.h>

/* One certificate that the cluster trusts, with every role it has. */
struct tvs_entry {
    struct cert *cert;
    uint8_t roles[TVS_ROLES_MAX];
    size_t nroles;
    uint32_t ttl; /* seconds */
};

struct tvs_snapshot;

/*
 * tvs_snapshot_new(entries, n, out, err): an immutable set, looked up by SHA-256 of the DER, by issuer and serial, and
 * by subject. Entries of one certificate are merged: roles united, the shorter ttl. Takes references to the
 * certificates. Errors: VOX_E_MEMORY. Free with tvs_snapshot_free().
 */
enum vox_err tvs_snapshot_new(const struct tvs_entry *entries, size_t n, struct tvs_snapshot **out,
                              struct vox_error *err);
void tvs_snapshot_free(struct tvs_snapshot **s); /* NULL is fine */

/* tvs_snapshot_count(s): certificates in it. */
size_t tvs_snapshot_count(const struct tvs_snapshot *s);

/* Why a request was answered as it was: for the log and the metrics. */
enum tvs_reason {
    TVS_BY_CERTIFICATE, /* the very certificate is trusted */
    TVS_BY_SERIAL,      /* found by issuer and serial number */
    TVS_BY_SUBJECT,     /* found by a subject that is unique */
    TVS_UNKNOWN,        /* not in the store */
    TVS_AMBIGUOUS,      /* several certificates match what was asked */
    TVS_EXPIRED,        /* known, outside its validity, and the policy says to refuse such */
};

struct tvs_policy {
    int64_t now;         /* seconds since 1970 */
    bool refuse_expired; /* off by default: phones often have no clock yet */
};

struct tvs_outcome {
    enum tvs_status status;
    enum tvs_reason reason;
    bool outside_validity;         /* answered all the same, or refused: to be logged */
    const struct tvs_entry *entry; /* what was found, borrowed from the snapshot; NULL if nothing */
};

/* tvs_reason_word(r): "certificate", "serial", "subject", "unknown", "ambiguous", "expired". */
const char *tvs_reason_word(enum tvs_reason r);

/*
 * tvs_answer(request, snapshot, policy, reply, outcome, err): the reply's bytes for a VERIFY_REQUEST or QUERY_REQUEST.
 * Pure: no clock, no store. Errors: VOX_E_INPUT (another command), VOX_E_MEMORY. Free reply with bytes_free().
 */
enum vox_err tvs_answer(const struct tvs_message *request, const struct tvs_snapshot *snapshot,
                        const struct tvs_policy *policy, struct bytes *reply, struct tvs_outcome *outcome,
                        struct vox_error *err);

#endif
