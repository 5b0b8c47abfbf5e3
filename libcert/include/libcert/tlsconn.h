/*
 * A TLS connection as a client: connect, handshake, send and receive whole buffers, each against one total deadline.
 */
#ifndef LIBCERT_TLSCONN_H
#define LIBCERT_TLSCONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include <libcert/bytes.h>
#include <libcert/cert.h>

struct tlsconn;

/* What to connect to: split from "HOST", "HOST:PORT", "[V6]:PORT" by tlsconn_target_parse(). */
struct tlsconn_target {
    char host[256];
    char port[12];
};

/* tlsconn_target_parse(text, default_port, out, err): errors VOX_E_USAGE. default_port 0: a port must be given. */
enum vox_err tlsconn_target_parse(const char *text, unsigned default_port, struct tlsconn_target *out,
                                  struct vox_error *err);

struct tlsconn_params {
    const struct tlsconn_target *target;
    SSL_CTX *ctx;        /* of tlsctx_client() */
    const char *sni;     /* server name to ask for; NULL: none */
    unsigned timeout_ms; /* for everything until the handshake is done, but the look-up of the name */
};

/*
 * tlsconn_open(p, out, err): errors VOX_E_IO (no such host, refused, timed out), VOX_E_NO (the peer's certificate is
 * not trusted, with the reason), VOX_E_CRYPTO (the handshake failed otherwise, with TLS's own word). None names the
 * target: whoever reports it does, as it was typed. Close with tlsconn_close().
 */
enum vox_err tlsconn_open(const struct tlsconn_params *p, struct tlsconn **out, struct vox_error *err);
void tlsconn_close(struct tlsconn **c); /* NULL is fine */

/* tlsconn_ssl(c): the library's object, borrowed: version, cipher. */
SSL *tlsconn_ssl(const struct tlsconn *c);

/* tlsconn_peer_chain(c, certs, n, err): what the peer showed, leaf first. Free each with cert_free() and the array with
 * free(). */
enum vox_err tlsconn_peer_chain(const struct tlsconn *c, struct cert ***certs, size_t *n, struct vox_error *err);

/* tlsconn_send(c, data, len, timeout_ms, err): all of it, in one record if it fits. Errors: VOX_E_IO. */
enum vox_err tlsconn_send(struct tlsconn *c, const void *data, size_t len, unsigned timeout_ms, struct vox_error *err);

/* tlsconn_receive(c, data, len, timeout_ms, err): exactly len bytes. Errors: VOX_E_IO (closed, timed out: says after
 * how many bytes). */
enum vox_err tlsconn_receive(struct tlsconn *c, void *data, size_t len, unsigned timeout_ms, struct vox_error *err);

/* tlsconn_hung_up(c): after a send or receive that failed: had the server closed the connection before it took a whole
 * buffer or sent a byte? Such a request may be made again on another connection. */
bool tlsconn_hung_up(const struct tlsconn *c);

#endif
