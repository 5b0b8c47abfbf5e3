/*
 * Walking strict DER by the library's header reader: definite lengths in their shortest form, nothing outside the
 * window. Private to the x509 room.
 */
#ifndef X509_CERT_DER_H
#define X509_CERT_DER_H

#include <stdbool.h>
#include <stdint.h>

#include <libcert/bytes.h>

/* Identifier octets that certificates are made of (X.690 8.1.2). */
enum {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT = 0x80,          /* [0] IMPLICIT, primitive; + n for [n] */
    DER_CONTEXT_EXPLICIT = 0xa0, /* [0] EXPLICIT or constructed; + n for [n] */
};

struct cert_der_item {
    uint8_t id;                /* first identifier octet */
    struct bytes_view whole;   /* identifier and length included */
    struct bytes_view content; /* without them */
};

/* cert_der_next(in, out): take one item from the front of in. false, with nothing taken, when there is none. */
bool cert_der_next(struct bytes_view *in, struct cert_der_item *out);

/* cert_der_take(in, id, out): the same if its identifier octet is id. */
bool cert_der_take(struct bytes_view *in, uint8_t id, struct cert_der_item *out);

/* cert_der_is_next(in, id): does in start with the identifier octet id? */
bool cert_der_is_next(struct bytes_view in, uint8_t id);

/* cert_der_take_bits(in, out): a BIT STRING of whole bytes; out is the bytes. */
bool cert_der_take_bits(struct bytes_view *in, struct bytes_view *out);

/* cert_der_take_unsigned(in, out): an INTEGER in its shortest form that is not negative, without its sign byte. */
bool cert_der_take_unsigned(struct bytes_view *in, struct bytes_view *out);

#endif
