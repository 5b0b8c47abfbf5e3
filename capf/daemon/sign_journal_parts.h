/* What opening and writing the journal share. Private to sign_journal*.c. */
#ifndef CAPF_DAEMON_SIGN_JOURNAL_PARTS_H
#define CAPF_DAEMON_SIGN_JOURNAL_PARTS_H

#include "sign_journal.h"

enum {
    SIGN_OTHERS_MAX = 16,
    SIGN_PENDING_MAX = 16 * 1024 * 1024,
};

/* The journal of a signer that still answers the connections of before a reload: read, never written. */
struct sign_other {
    int fd;
    uint8_t nonce[CAPF_JOURNAL_NONCE_LEN];
    uint64_t at; /* read up to there */
};

struct sign_journal {
    int fd;
    uint8_t nonce[CAPF_JOURNAL_NONCE_LEN];
    uint64_t size;    /* bytes of the file that are whole records */
    uint64_t durable; /* of these, what the disk holds */
    uint64_t claimed; /* what the newest record says about that */
    bool ragged;      /* there may be more bytes in the file, which must go first */
    struct tlv_writer pending;
    struct sign_other others[SIGN_OTHERS_MAX];
    size_t nothers;
};

/* sign_replay_record(arg, r, at, err): arg is a struct sign_replay: take a record of the file with that number into
 * known. Errors: VOX_E_INPUT (no signer wrote that), VOX_E_MEMORY. */
struct sign_replay {
    struct sign_known *known;
    uint8_t source;
};
enum vox_err sign_replay_record(void *arg, const struct capf_journal_record *r, uint64_t at, struct vox_error *err);

#endif
