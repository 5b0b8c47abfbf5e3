/*
 * Walking an encoded Name (RFC 5280 4.1.2.4) attribute by attribute. Private to the x509 room.
 */
#ifndef X509_NAME_WALK_H
#define X509_NAME_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include <libcert/bytes.h>

#include "x509/cert_der.h"

/* Where a walk stands. Fields are private to name_walk.c. */
struct name_walk {
    struct bytes_view sets; /* RDNs not yet entered */
    struct bytes_view set;  /* rest of the current one */
    bool broken;
    bool entered; /* the next attribute is not the first of its RDN */
};

struct name_attribute {
    struct bytes_view oid;      /* content of the OBJECT IDENTIFIER */
    struct cert_der_item value; /* any string type, or something else */
    bool joined;                /* in one RDN with the attribute before it */
};

/* name_walk_start(w, der): false if der is not exactly one SEQUENCE. */
bool name_walk_start(struct name_walk *w, struct bytes_view der);

/* name_walk_next(w, out): false at the end or at damage: name_walk_sound() tells which. */
bool name_walk_next(struct name_walk *w, struct name_attribute *out);
bool name_walk_sound(const struct name_walk *w);

/* name_well_formed(der): the walk reaches the end. */
bool name_well_formed(struct bytes_view der);

#endif
