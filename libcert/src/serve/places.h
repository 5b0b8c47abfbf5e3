/* Names for connections: an id finds its connection, and is never used twice. */
#ifndef LIBCERT_SERVE_PLACES_H
#define LIBCERT_SERVE_PLACES_H

#include <stdbool.h>
#include <stdint.h>

struct conn;

struct places {
    struct conn **by_place; /* NULL: free */
    uint32_t n, hint;
    uint64_t last;
};

/* places_enter(p, c, id): false: no memory. places_find(p, id): NULL, or the connection that has its place now: compare
 * its id. places_leave(p, id). */
bool places_enter(struct places *p, struct conn *c, uint64_t *id);
struct conn *places_find(const struct places *p, uint64_t id);
void places_leave(struct places *p, uint64_t id);
void places_free(struct places *p);

#endif
