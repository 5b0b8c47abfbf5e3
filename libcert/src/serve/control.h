/* What the parent says to its processes, over the control channel: a letter, a number, perhaps a descriptor. */
#ifndef LIBCERT_SERVE_CONTROL_H
#define LIBCERT_SERVE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

enum {
    CONTROL_PAYLOAD = 'P', /* number: its length; with the memory */
    CONTROL_LINK =
        'L', /* number: index of the service at the other end, CONTROL_NET for a net process; with the socket */
    CONTROL_DRAIN = 'D', /* take no more connections; to a service: its set ends */
    CONTROL_STOP = 'T',
};
#define CONTROL_NET UINT64_MAX

struct control {
    char type; /* CONTROL_STOP too when the parent is gone */
    uint64_t number;
    int fd;    /* the receiver's to close; -1: none */
    bool gone; /* the parent: its channel stays readable for ever */
};

/* control_send(channel, m): m->fd stays the caller's. false: not taken at this moment, or the process is gone. */
bool control_send(int channel, const struct control *m);

/* control_receive(channel, out): false when there is nothing yet. */
bool control_receive(int channel, struct control *out);

#endif
