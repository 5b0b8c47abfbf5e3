/* The one table of TVS elements; reading, writing and showing go by it. Source: docs/formats/tvs.md 3. */
#ifndef TVS_ELEMENTS_H
#define TVS_ELEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include <libcert/bytes.h>

enum tvs_element {
    TVS_EL_DEVICE_NAME = 1,
    TVS_EL_CERTIFICATE = 2,
    TVS_EL_SUBJECT_NAME = 3,
    TVS_EL_ISSUER_NAME = 4,
    TVS_EL_SERIAL_NUMBER = 5,
    TVS_EL_STATUS = 7,
    TVS_EL_ROLES = 8,
    TVS_EL_TTL = 9,
};

struct tvs_element_rule {
    uint8_t tag;
    const char *name;
    uint16_t min_len, max_len; /* bytes of the value */
    uint8_t commands; /* bit 1 << enum tvs_command: where it is understood; elsewhere it is skipped as unknown */
};

/* tvs_element_find(tag): its rule, NULL if unknown. */
const struct tvs_element_rule *tvs_element_find(uint8_t tag);

/* tvs_is_name(v): would a query's value be taken for a name: printable text with its NUL that holds a '='? */
bool tvs_is_name(struct bytes_view v);

#endif
