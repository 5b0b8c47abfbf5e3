#include "sign_known.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS_MIN = 1024 };

void sign_known_clear(struct sign_known *k)
{
    free(k->requests);
    free(k->by_id);
    free(k->by_device);
    *k = (struct sign_known){0};
}

/* Ids are the beginnings of hashes. */
static size_t id_bucket(const struct sign_known *k, const uint8_t *id)
{
    size_t h;

    memcpy(&h, id, sizeof h);
    return h & (k->nbuckets - 1);
}

/* FNV-1a: names are checked and come from the cluster's own table of phones. */
static size_t device_bucket(const struct sign_known *k, const char *device)
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (; *device != '\0'; device++)
        h = (h ^ (uint8_t)*device) * UINT64_C(1099511628211);
    return (size_t)(h ^ h >> 32) & (k->nbuckets - 1);
}

static void link_request(struct sign_known *k, size_t i)
{
    struct sign_request *r = &k->requests[i];
    size_t *by_id = &k->by_id[id_bucket(k, r->id)], *by_device = &k->by_device[device_bucket(k, r->device)];

    r->next = *by_id;
    *by_id = i + 1;
    r->before = *by_device;
    *by_device = i + 1;
}

static void link_all(struct sign_known *k)
{
    memset(k->by_id, 0, k->nbuckets * sizeof *k->by_id);
    memset(k->by_device, 0, k->nbuckets * sizeof *k->by_device);
    for (size_t i = 0; i < k->n; i++)
        link_request(k, i);
}

enum vox_err sign_known_room(struct sign_known *k, size_t more, struct vox_error *err)
{
    size_t room = k->room > 0 ? k->room : BUCKETS_MIN, *by_id, *by_device;
    struct sign_request *requests;

    if (more <= k->room - k->n)
        return VOX_OK;
    while (room - k->n < more)
        room *= 2;
    by_id = calloc(room, sizeof *by_id);
    by_device = calloc(room, sizeof *by_device);
    requests = realloc(k->requests, room * sizeof *requests);
    if (requests != NULL)
        k->requests = requests;
    if (by_id == NULL || by_device == NULL || requests == NULL) {
        free(by_id);
        free(by_device);
        return vox_fail(err, VOX_E_MEMORY, "no memory for another request");
    }
    free(k->by_id);
    free(k->by_device);
    k->by_id = by_id;
    k->by_device = by_device;
    k->room = k->nbuckets = room; /* a power of two, as BUCKETS_MIN is */
    link_all(k);
    return VOX_OK;
}

/* Down the chain of a bucket: the next one with that id; i as in the chain. */
static struct sign_request *next_of(const struct sign_known *k, const uint8_t *id, size_t *i)
{
    while (*i != 0) {
        struct sign_request *r = &k->requests[*i - 1];

        *i = r->next;
        if (memcmp(r->id, id, CAPF_REQUEST_ID_LEN) == 0)
            return r;
    }
    return NULL;
}

static size_t chain_of(const struct sign_known *k, const uint8_t *id)
{
    return k->nbuckets > 0 ? k->by_id[id_bucket(k, id)] : 0;
}

struct sign_request *sign_known_find(const struct sign_known *k, const uint8_t *id)
{
    size_t i = chain_of(k, id);
    struct sign_request *newest = next_of(k, id, &i);

    for (struct sign_request *r = newest; r != NULL; r = next_of(k, id, &i))
        if (r->length > 0)
            return r;
    return newest;
}

struct sign_request *sign_known_newest(const struct sign_known *k, const uint8_t *id, uint8_t source)
{
    size_t i = chain_of(k, id);

    for (struct sign_request *r; (r = next_of(k, id, &i)) != NULL;)
        if (r->source == source)
            return r;
    return NULL;
}

bool sign_known_has(const struct sign_known *k, const uint8_t *id, const uint8_t *serial)
{
    size_t i = chain_of(k, id);

    for (const struct sign_request *r; (r = next_of(k, id, &i)) != NULL;)
        if (memcmp(r->serial, serial, sizeof r->serial) == 0)
            return true;
    return false;
}

/* An hour has sixty minutes: whatever else stands in the place is older, or from before the clock was set. */
static size_t *minute_of(struct sign_known *k, int64_t when)
{
    const int64_t minute = when / 60;
    size_t i = (size_t)(uint64_t)minute % SIGN_MINUTES;

    if (k->minutes[i].minute != minute) {
        k->minutes[i].minute = minute;
        k->minutes[i].count = 0;
    }
    return &k->minutes[i].count;
}

struct sign_request *sign_known_intent(struct sign_known *k, const struct capf_journal_record *r, uint64_t at)
{
    struct sign_request *q = &k->requests[k->n];

    *q = (struct sign_request){.time = r->time, .intent = at};
    memcpy(q->id, r->id, sizeof q->id);
    memcpy(q->spki_sha256, r->spki_sha256, sizeof q->spki_sha256);
    memcpy(q->serial, r->serial, sizeof q->serial);
    memcpy(q->device, r->device, sizeof q->device);
    link_request(k, k->n++);
    ++*minute_of(k, q->time);
    return q;
}

static bool within(int64_t a, int64_t b, int64_t span)
{
    return a < b ? b - a < span : a - b < span;
}

size_t sign_known_of_device(const struct sign_known *k, const char *device, int64_t now, size_t enough)
{
    size_t count = 0;

    if (k->nbuckets == 0)
        return 0;
    for (size_t i = k->by_device[device_bucket(k, device)]; i != 0 && count < enough; i = k->requests[i - 1].before)
        if (strcmp(k->requests[i - 1].device, device) == 0 && within(k->requests[i - 1].time, now, SIGN_DAY))
            count++;
    return count;
}

size_t sign_known_in_hour(const struct sign_known *k, int64_t now)
{
    size_t count = 0;

    for (size_t i = 0; i < SIGN_MINUTES; i++)
        if (within(k->minutes[i].minute, now / 60, SIGN_MINUTES))
            count += k->minutes[i].count;
    return count;
}

bool sign_known_keep(const struct sign_request *r, int64_t now)
{
    if (r->length == 0)
        return within(r->time, now, SIGN_DAY);
    return !r->recorded || r->doubted || r->time > now - SIGN_KEEP;
}

bool sign_known_prune(struct sign_known *k, int64_t now)
{
    struct sign_known fresh = {0};
    size_t n = 0;

    for (size_t i = 0; i < k->n; i++)
        n += sign_known_keep(&k->requests[i], now);
    if (n == k->n)
        return true;
    if (sign_known_room(&fresh, n + 1, NULL) != VOX_OK)
        return false;
    for (size_t i = 0; i < k->n; i++)
        if (sign_known_keep(&k->requests[i], now))
            fresh.requests[fresh.n++] = k->requests[i];
    link_all(&fresh);
    memcpy(fresh.minutes, k->minutes, sizeof fresh.minutes);
    sign_known_clear(k);
    *k = fresh;
    return true;
}
