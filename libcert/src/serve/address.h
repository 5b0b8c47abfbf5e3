/* Addresses as text, as sockets and as CIDR blocks. */
#ifndef LIBCERT_SERVE_ADDRESS_H
#define LIBCERT_SERVE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include <libcert/error.h>

struct address {
    struct sockaddr_storage sa;
    socklen_t len;
};

/* address_parse(text, out, err): "ADDR:PORT", "[V6]:PORT", ":PORT" (IPv6 and IPv4 alike). Numbers only: no name is
 * looked up. Errors: VOX_E_USAGE. */
enum vox_err address_parse(const char *text, struct address *out, struct vox_error *err);

/* address_text(a, out, outlen): back, for the log. */
void address_text(const struct address *a, char *out, size_t outlen);

/* address_source(a, out): the 16 bytes that stand for the source: an IPv6 address by its /64, IPv4 mapped. */
void address_source(const struct address *a, unsigned char out[static 16]);

struct cidr {
    unsigned char bytes[16]; /* IPv4 mapped into IPv6 */
    unsigned bits;           /* of the 128 */
};

/* cidr_parse(text, out, err), cidr_contains(c, a). */
enum vox_err cidr_parse(const char *text, struct cidr *out, struct vox_error *err);
bool cidr_contains(const struct cidr *c, const struct address *a);

#endif
