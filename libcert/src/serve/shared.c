#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/rand.h>
#include <openssl/sha.h>

#include "shared.h"

static uint32_t slots_here;

static size_t size_of(uint32_t nslots)
{
    return sizeof(struct shared) + nslots * sizeof(struct shared_slot);
}

struct shared *shared_create(uint32_t nslots, int *fd, struct vox_error *err)
{
    size_t size = size_of(nslots);
    struct shared *s;

    *fd = memfd_create("voxtrust-shared", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (*fd < 0 || ftruncate(*fd, (off_t)size) != 0 ||
        fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0 ||
        (s = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0)) == MAP_FAILED) {
        (void)vox_fail_errno(err, VOX_E_IO, "no shared memory");
        return NULL;
    }
    slots_here = nslots;
    if (RAND_bytes(s->ticket_secret, sizeof s->ticket_secret) <= 0 ||
        RAND_bytes(s->source_key, sizeof s->source_key) <= 0) {
        (void)vox_fail_openssl(err, VOX_E_CRYPTO, "no random numbers");
        (void)munmap(s, size);
        return NULL;
    }
    return s;
}

struct shared *shared_map(int fd, struct vox_error *err)
{
    struct stat st;
    struct shared *s;

    if (fstat(fd, &st) != 0 || (size_t)st.st_size < sizeof *s ||
        (s = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED) {
        (void)vox_fail_errno(err, VOX_E_IO, "no shared memory");
        return NULL;
    }
    slots_here = (uint32_t)(((size_t)st.st_size - sizeof *s) / sizeof(struct shared_slot));
    if (size_of(slots_here) != (size_t)st.st_size) {
        (void)vox_fail(err, VOX_E_IO, "the shared memory is another program's");
        (void)munmap(s, (size_t)st.st_size);
        return NULL;
    }
    return s;
}

uint32_t shared_slots(void)
{
    return slots_here;
}

enum vox_err shared_blind(struct shared *s, struct vox_error *err)
{
    if (mmap(s, sizeof s->secrets, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
        return vox_fail_errno(err, VOX_E_IO, "secrets cannot be hidden");
    return VOX_OK;
}

void shared_take(struct shared *s, uint32_t slot)
{
    if (slot >= atomic_load(&s->used))
        atomic_store(&s->used, slot + 1); /* the parent alone takes slots */
}

void shared_forget(struct shared *s, uint32_t slot)
{
    struct shared_slot *gone = &s->slots[slot];

    atomic_fetch_sub(&s->open, atomic_exchange(&gone->open, 0));
    for (size_t i = 0; i < SHARED_SOURCES; i++) {
        if (atomic_load_explicit(&gone->sources[i], memory_order_relaxed) > 0)
            atomic_fetch_sub(&s->sources[i], atomic_exchange(&gone->sources[i], 0));
    }
}

/* Where this process counts: serve_count() has no other way to it. */
static struct shared *here;
static struct shared_slot *here_slot;

void shared_count_here(struct shared *s, uint32_t slot)
{
    here = s;
    here_slot = &s->slots[slot];
}

void serve_add(size_t i, uint64_t n)
{
    if (here != NULL && COUNT_SKELETON + i < SERVE_COUNTERS_MAX)
        atomic_fetch_add_explicit(&here_slot->counters[COUNT_SKELETON + i], n, memory_order_relaxed);
}

void serve_count(size_t i)
{
    serve_add(i, 1);
}

void serve_set(size_t i, uint64_t v)
{
    if (here != NULL && i < SERVE_COUNTERS_MAX)
        atomic_store_explicit(&here->gauges[i], v, memory_order_relaxed);
}

uint16_t shared_source(const struct shared *s, const unsigned char source[static 16])
{
    uint8_t in[32], hash[SHA256_DIGEST_LENGTH];
    uint16_t index;

    memcpy(in, s->source_key, 16);
    memcpy(in + 16, source, 16);
    SHA256(in, sizeof in, hash);
    memcpy(&index, hash, sizeof index);
    return index;
}

int32_t shared_enter(struct shared *s, struct shared_slot *slot, uint16_t source, int32_t *of_source)
{
    atomic_fetch_add(&slot->open, 1);
    atomic_fetch_add(&slot->sources[source], 1);
    *of_source = atomic_fetch_add(&s->sources[source], 1) + 1;
    return atomic_fetch_add(&s->open, 1) + 1;
}

void shared_leave(struct shared *s, struct shared_slot *slot, uint16_t source)
{
    atomic_fetch_sub(&s->open, 1);
    atomic_fetch_sub(&s->sources[source], 1);
    atomic_fetch_sub(&slot->sources[source], 1);
    atomic_fetch_sub(&slot->open, 1);
}
