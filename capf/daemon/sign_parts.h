/* What the files of the signer share. Private to sign*.c. */
#ifndef CAPF_DAEMON_SIGN_PARTS_H
#define CAPF_DAEMON_SIGN_PARTS_H

#include "sign.h"

#include "ipc.h"
#include "sign_issuer.h"
#include "sign_journal.h"

enum { SIGN_GROUP_MAX = 64 }; /* requests made durable together, at most: the first of them waits for the last */

/* A request of the group. */
struct sign_waiting {
    struct serve_link *link; /* NULL: nobody waits any more, or it has its answer */
    struct capf_request request;
    uint8_t public_key[CAPF_SPKI_MAX]; /* the request's */
    uint8_t serial[CAPF_SERIAL_LEN];
    uint8_t spki_sha256[CERT_SHA256_LEN];
    int64_t time;
    bool again;               /* the same request as one before it in the group */
    bool refused;             /* it has its answer, and leaves the group */
    struct capf_draft *draft; /* NULL: not examined yet, or again */
    struct cert *cert;
    uint64_t at; /* of its intent, then of its result */
};

struct signer {
    struct sign_options o;
    struct capf_issuer issuer;
    struct sign_journal *journal;
    struct sign_known known;
    struct sign_waiting group[SIGN_GROUP_MAX];
    size_t n;
    int64_t pruned, warned; /* when */
};
extern struct signer signer;

/* Answers to the state process; l NULL: to nobody. Refusals and failures are logged and counted. */
void sign_answer(struct serve_link *l, const struct capf_request *r, struct bytes_view certificate, bool recorded);
void sign_answer_known(struct serve_link *l, const struct capf_request *r, const struct sign_request *q);
void sign_refuse(struct serve_link *l, const struct capf_request *r, const char *why);
void sign_later(struct serve_link *l, const struct capf_request *r, const char *why);
void sign_alarm(struct serve_link *l, const struct capf_request *r, const char *who, const char *setting, unsigned cap);

/* sign_issue(l, r): answer at once, or put it into the group. sign_settle(): examine the group, make it durable, sign,
 * answer. */
void sign_issue(struct serve_link *l, const struct capf_request *r);
void sign_settle(void);

#endif
