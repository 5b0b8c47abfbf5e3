#include <malloc.h>
#include <stdbool.h>

#include "tidy.h"

enum { TIDY_SECONDS = 10 };

static bool is_due;

/* The allocator keeps what lies between things still in use until it is told: after a flood, for ever. */
static void tidy(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
    is_due = false;
    (void)malloc_trim(0);
}

void tidy_later(struct event_base *base)
{
    static const struct timeval wait = {.tv_sec = TIDY_SECONDS};

    if (!is_due)
        is_due = event_base_once(base, -1, EV_TIMEOUT, tidy, NULL, &wait) == 0;
}
