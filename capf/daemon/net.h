/* The net process of voxcapfd: carries messages between phones and the state process, and understands none of them. */
#ifndef VOXCAPFD_NET_H
#define VOXCAPFD_NET_H

#include <libcert/serve.h>

/* Callbacks of struct serve_app. net_frame(): what is no CAPF counts as a message too: the state process says what is
 * wrong with it, to the log and to the peer. */
enum vox_err net_frame(const uint8_t *data, size_t len, size_t *need, struct vox_error *err);
void net_opened(void *arg, const struct serve_peer *peer);
void net_closed(void *arg, const struct serve_peer *peer, const char *why);
enum serve_verdict net_message(void *arg, const struct serve_peer *peer, struct bytes_view message, struct bytes *reply,
                               struct vox_error *err);
enum vox_err net_linked(void *arg, struct bytes_view m, struct vox_error *err);

#endif
