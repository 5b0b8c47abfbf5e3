/* A process of the daemon's own: struct serve_service of libcert/serve.h, run. */
#ifndef LIBCERT_SERVE_SERVICE_H
#define LIBCERT_SERVE_SERVICE_H

#include "shared.h"

/* service_run(app, index, slot, control, shared): be the service of that index until told to stop; the exit status. */
int service_run(const struct serve_app *app, size_t index, uint32_t slot, int control, struct shared *shared);

#endif
