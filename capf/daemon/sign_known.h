/*
 * What the signer knows of requests: which it has answered, with what, and how many certificates a device got. In
 * memory; the journal is where it comes from. Pure.
 */
#ifndef CAPF_DAEMON_SIGN_KNOWN_H
#define CAPF_DAEMON_SIGN_KNOWN_H

#include <capf/journal.h>

enum {
    SIGN_DAY = 86400,
    SIGN_MINUTES = 60,
    SIGN_KEEP = 2 * SIGN_DAY, /* an answered request is answered the same way as long as that, at least */
};

struct sign_request {
    uint8_t id[CAPF_REQUEST_ID_LEN];
    uint8_t spki_sha256[CERT_SHA256_LEN];
    uint8_t serial[CAPF_SERIAL_LEN];
    char device[PHONE_NAME_MAX + 1];
    int64_t time;            /* of the intent */
    uint64_t intent, result; /* offsets in the journal: of the intent, of the certificate */
    uint32_t length;         /* bytes of the certificate; 0: nothing was signed (yet) */
    bool recorded;           /* the store holds it */
    bool doubted;            /* it said so, but may be an older one by now: to be told again */
    uint8_t source;          /* 0: our file; 1 and up: that of another signer, which is just ending */
    size_t next, before;     /* in chains of one id, of one device; 1 and up, 0 ends */
};

struct sign_known {
    struct sign_request *requests; /* in the order of their intents */
    size_t n, room;
    size_t *by_id, *by_device; /* newest request of a bucket, 1 and up */
    size_t nbuckets;           /* a power of two */
    struct {
        int64_t minute; /* since 1970 */
        size_t count;   /* of intents */
    } minutes[SIGN_MINUTES];
};

/* sign_known_clear(k). sign_known_room(k, more, err): make sure that so many intents can be added: VOX_E_MEMORY. */
void sign_known_clear(struct sign_known *k);
enum vox_err sign_known_room(struct sign_known *k, size_t more, struct vox_error *err);

/* sign_known_find(k, id): the newest request of that id that was answered, else the newest, else NULL.
 * sign_known_newest(k, id, source): the newest of that file. sign_known_has(k, id, serial): is this very intent there?
 * Pointers are valid until the next change of k. */
struct sign_request *sign_known_find(const struct sign_known *k, const uint8_t *id);
struct sign_request *sign_known_newest(const struct sign_known *k, const uint8_t *id, uint8_t source);
bool sign_known_has(const struct sign_known *k, const uint8_t *id, const uint8_t *serial);

/* sign_known_intent(k, r, at): add; there must be room. */
struct sign_request *sign_known_intent(struct sign_known *k, const struct capf_journal_record *r, uint64_t at);

/* Counts of intents, whatever came of them. Of one device: those that lie less than a day from now, on either side; it
 * stops counting at enough. Of all: in the last hour, to the minute. */
size_t sign_known_of_device(const struct sign_known *k, const char *device, int64_t now, size_t enough);
size_t sign_known_in_hour(const struct sign_known *k, int64_t now);

/* sign_known_keep(r, now): is it still needed: for a cap, to answer the same again, or since the store may lack it?
 * sign_known_prune(k, now): forget the others; false: no memory, nothing was forgotten. */
bool sign_known_keep(const struct sign_request *r, int64_t now);
bool sign_known_prune(struct sign_known *k, int64_t now);

#endif
