/*
 * What a model of phone can do, by its name. Source: docs/formats/acceptance.md 6, tls-policy.md 6.
 */
#ifndef LIBCERT_PHONEMODEL_H
#define LIBCERT_PHONEMODEL_H

#include <stdbool.h>
#include <stdint.h>

struct phone_model {
    char name[8];                /* "8841"; "CIPC" for the IP Communicator */
    char family[20];             /* "88xx", "IP Communicator" */
    bool legacy;                 /* one of the families that a minimum of TLS 1.2 breaks */
    bool no_security_by_default; /* knows neither ITL nor TVS */
    bool no_ec;                  /* takes no EC certificate */
    bool sip_only;               /* does not speak SCCP */
    uint16_t tls_max;            /* newest TLS version that it speaks, as on the wire: 0x0301 is TLS 1.0 */
};

/*
 * phone_model_find(text, out): "8841", "CP-7962G", "Cisco Unified IP Phone 7962G-GE", "IP Communicator", "CIPC": any
 * case, with blanks, '-' or '_' between the words. A number that stands in another name ("ATA 7962", "79620") is not
 * known. False when the model is not known; *out then says what the newest can do.
 */
bool phone_model_find(const char *text, struct phone_model *out);

#endif
