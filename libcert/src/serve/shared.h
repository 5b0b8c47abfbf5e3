/* Memory that the processes of one daemon share: counters, gauges, and what /healthz tells. */
#ifndef LIBCERT_SERVE_SHARED_H
#define LIBCERT_SERVE_SHARED_H

#include <stdatomic.h>

#include <libcert/serve.h>
#include <libcert/tlsctx.h>

enum {
    SHARED_SOURCES = 65536,
    SHARED_SECRETS = 65536, /* bytes that hold secrets and nothing else: whole pages, however large these are */
};

/* Counters of the skeleton; the daemon's own follow. */
enum shared_counter {
    COUNT_ACCEPTED,
    COUNT_REFUSED_TOTAL,
    COUNT_REFUSED_SOURCE,
    COUNT_REFUSED_LEGACY,
    COUNT_HANDSHAKES,
    COUNT_RESUMED,
    COUNT_HANDSHAKE_FAILED,
    COUNT_MESSAGES,
    COUNT_MALFORMED,
    COUNT_TIMED_OUT,
    COUNT_SKELETON, /* how many */
};

/* What one process counts. */
struct shared_slot {
    _Atomic uint64_t counters[SERVE_COUNTERS_MAX];
    _Atomic int32_t open;                     /* connections at this moment */
    _Atomic uint16_t sources[SHARED_SOURCES]; /* the same by hash of the source */
};

struct shared {
    union {
        struct {
            uint8_t ticket_secret[TLSCTX_TICKET_SECRET_LEN];
            uint8_t source_key[16]; /* so that nobody outside can choose colliding addresses */
        };
        uint8_t secrets[SHARED_SECRETS]; /* shared_blind() */
    };
    _Atomic uint64_t restarts; /* net processes started again after a crash */
    _Atomic uint64_t reloads, reloads_refused;
    _Atomic int64_t payload_time;    /* when the present payload was made */
    _Atomic uint64_t payload_number; /* 1, 2, 3 ... */
    _Atomic int64_t refresh_failing; /* since when, 0: not */
    _Atomic int32_t workers_ready;
    _Atomic int32_t open;                        /* connections of all processes at this moment */
    _Atomic int32_t sources[SHARED_SOURCES];     /* the same by hash of the source */
    _Atomic uint32_t used;                       /* slots below this one have been in use: the sums look no further */
    _Atomic uint64_t gauges[SERVE_COUNTERS_MAX]; /* the daemon's own, by the place of its counter */
    struct shared_slot slots[]; /* one for each process that runs at a time, so that what it counted can be forgotten */
};

/*
 * shared_create(nslots, fd, err): zeroed, secrets filled, mapped; *fd for the other processes. shared_map(fd, err):
 * theirs. NULL: err says why. shared_slots(): how many slots there are, which is not read from the memory that a
 * process may have written to. shared_blind(s): the secrets can no more be read, for good once fd is closed; for
 * processes that have no TLS. VOX_E_IO.
 */
struct shared *shared_create(uint32_t nslots, int *fd, struct vox_error *err);
struct shared *shared_map(int fd, struct vox_error *err);
uint32_t shared_slots(void);
enum vox_err shared_blind(struct shared *s, struct vox_error *err);

/* shared_take(s, slot): a process begins to count there. shared_forget(s, slot): it is gone, and with it all that it
 * held open; what it counted in all stays. */
void shared_take(struct shared *s, uint32_t slot);
void shared_forget(struct shared *s, uint32_t slot);

/* shared_count_here(s, slot): from now on serve_count() and its like of this process count there. */
void shared_count_here(struct shared *s, uint32_t slot);

/* shared_source(s, source): index of a source's count. */
uint16_t shared_source(const struct shared *s, const unsigned char source[static 16]);

/*
 * shared_enter(s, slot, source, of_source): one more connection; how many there are now in all and of this source,
 * itself among them: of processes that enter at once only one gets the last place. shared_leave(s, slot, source): one
 * less.
 */
int32_t shared_enter(struct shared *s, struct shared_slot *slot, uint16_t source, int32_t *of_source);
void shared_leave(struct shared *s, struct shared_slot *slot, uint16_t source);

#endif
