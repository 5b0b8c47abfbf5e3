#include <stddef.h>

#include <libcert/limits.h>
#include <tvs/message.h>

#include "elements.h"

#define IN(command) (1u << (command))
#define REQUESTS    (IN(TVS_VERIFY_REQUEST) | IN(TVS_QUERY_REQUEST))
#define RESPONSES   (IN(TVS_VERIFY_RESPONSE) | IN(TVS_QUERY_RESPONSE))
#define QUERY       IN(TVS_QUERY_REQUEST)

static const struct tvs_element_rule rules[] = {
    {TVS_EL_DEVICE_NAME, "DEVICE_NAME", 1, TVS_DEVICE_MAX + 1, REQUESTS},
    {TVS_EL_CERTIFICATE, "CERTIFICATE", 1, LIMIT_CERT_DER, IN(TVS_VERIFY_REQUEST) | RESPONSES},
    {TVS_EL_SUBJECT_NAME, "SUBJECT_NAME", 1, LIMIT_NAME_TEXT, QUERY},
    {TVS_EL_ISSUER_NAME, "ISSUER_NAME", 1, LIMIT_NAME_TEXT, QUERY},
    {TVS_EL_SERIAL_NUMBER, "SERIAL_NUMBER", 1, 64, QUERY},
    {TVS_EL_STATUS, "STATUS", 1, 1, RESPONSES},
    {TVS_EL_ROLES, "ROLES", 0, TVS_ROLES_MAX, RESPONSES},
    {TVS_EL_TTL, "TTL", 4, 4, RESPONSES},
};

const struct tvs_element_rule *tvs_element_find(uint8_t tag)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (rules[i].tag == tag)
            return &rules[i];
    }
    return NULL;
}
