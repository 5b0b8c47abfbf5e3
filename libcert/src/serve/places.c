#include <stdlib.h>
#include <string.h>

#include "places.h"

enum {
    PLACE_BITS = 20, /* of an id: the place in the table; the rest counts on */
    PLACES_MAX = 1 << PLACE_BITS,
    PLACES_FIRST = 64,
};

static uint32_t place_of(uint64_t id)
{
    return (uint32_t)(id % PLACES_MAX);
}

bool places_enter(struct places *p, struct conn *c, uint64_t *id)
{
    uint32_t place = p->hint;

    while (place < p->n && p->by_place[place] != NULL)
        place++;
    if (place == p->n) {
        uint32_t n = p->n > 0 ? 2 * p->n : PLACES_FIRST;
        struct conn **more = n <= PLACES_MAX ? realloc(p->by_place, n * sizeof(struct conn *)) : NULL;

        if (more == NULL)
            return false;
        memset(more + p->n, 0, (n - p->n) * sizeof(struct conn *));
        p->by_place = more;
        p->n = n;
    }
    p->by_place[place] = c;
    p->hint = place + 1;
    *id = ++p->last * PLACES_MAX + place;
    return true;
}

/* The place may be another connection's by now: the caller compares ids. */
struct conn *places_find(const struct places *p, uint64_t id)
{
    return place_of(id) < p->n ? p->by_place[place_of(id)] : NULL;
}

void places_leave(struct places *p, uint64_t id)
{
    p->by_place[place_of(id)] = NULL;
    if (place_of(id) < p->hint)
        p->hint = place_of(id);
}

void places_free(struct places *p)
{
    free(p->by_place);
    *p = (struct places){0};
}
