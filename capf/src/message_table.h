/* The one table of CAPF elements; reading, writing and showing go by it. Source: docs/formats/capf.md 2.2. */
#ifndef CAPF_MESSAGE_TABLE_H
#define CAPF_MESSAGE_TABLE_H

#include <capf/message.h>

/* Tags inside SUDI_DATA (capf.md 5.4) and inside CERTIFICATE (capf.md 2.3). */
enum { CAPF_SUDI_CERTIFICATE = 0, CAPF_SUDI_SHA1 = 1, CAPF_SUDI_SHA512 = 3, CAPF_INNER_CERTIFICATE = 1 };

enum capf_shape {
    CAPF_U8,
    CAPF_U16,
    CAPF_U32,
    CAPF_TEXT,   /* one NUL, at the end; no byte at all is an empty text */
    CAPF_OPAQUE, /* any bytes */
    CAPF_NESTED, /* TLVs of its own: CERTIFICATE, SHA2_SIGNED_DATA, SUDI_DATA */
};

struct capf_element_rule {
    uint8_t tag;
    const char *name;
    enum capf_shape shape;
    uint16_t min, max; /* bytes of the value, a text's NUL included */
    size_t field;      /* offset in struct capf_message; unused when nested */
    bool secret;       /* never shown */
};

/* capf_element_rules(n): all of them in the order in which they are written. capf_element_rule(tag): NULL: unknown. */
const struct capf_element_rule *capf_element_rules(size_t *n);
const struct capf_element_rule *capf_element_rule(int tag);

#endif
