/* One end of a way between two processes: whole messages in order, never waiting. */
#ifndef LIBCERT_SERVE_LINK_H
#define LIBCERT_SERVE_LINK_H

#include <event2/event.h>

#include <libcert/serve.h>

/* What the owner is told. message(): an error ends the link as if the other end had gone. gone(): the last call. */
struct link_calls {
    enum vox_err (*message)(void *arg, struct serve_link *l, struct bytes_view m, struct vox_error *err);
    void (*gone)(void *arg, struct serve_link *l);
    void *arg;
};

/*
 * link_new(base, fd, name, calls): takes fd, a SOCK_SEQPACKET socket, over. name is borrowed: who is at the other end,
 * for the log. NULL: no memory, fd is closed. link_free(l): forget it without gone(). link_finish(l): hear what the
 * other end had said, then gone().
 */
struct serve_link *link_new(struct event_base *base, int fd, const char *name, const struct link_calls *calls);
void link_free(struct serve_link *l);
void link_finish(struct serve_link *l);

#endif
