/* The names that a certificate is for: its CN and alternative names. */
#ifndef X509_PEERCHECK_NAMES_H
#define X509_PEERCHECK_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include <libcert/cert.h>

enum { PEERCHECK_NAME_MAX = 256 };

/* peercheck_wildcard(c, out): has it a name with '*'? That one, as it may be shown. */
bool peercheck_wildcard(const struct cert *c, char out[static PEERCHECK_NAME_MAX]);

/* peercheck_names_text(c, out, outlen): "sbc, sbc.example.test, 192.0.2.9", cut if need be; "nobody" without a name. */
void peercheck_names_text(const struct cert *c, char *out, size_t outlen);

#endif
