/* Memory of connections that have gone, back to the system. */
#ifndef LIBCERT_SERVE_TIDY_H
#define LIBCERT_SERVE_TIDY_H

#include <event2/event.h>

/* tidy_later(base): some seconds from now, unless it is arranged already. */
void tidy_later(struct event_base *base);

#endif
