#include <string.h>

#include <libcert/limits.h>

#include "message_table.h"

#define FIELD(name) offsetof(struct capf_message, name)

enum {
    NAME_MAX_BYTES = 129, /* names and strings that nobody has are read, so that the log can tell of them */
    SIGNATURE_MAX = 2048, /* of the largest RSA key that is looked at */
    INFO_MAX = 1024,
    ID_MAX = 256,
};

static const struct capf_element_rule rules[] = {
    {CAPF_REASON, "REASON", CAPF_U8, 1, 1, FIELD(reason), false},
    {CAPF_REASON_INFO, "REASON_INFO", CAPF_OPAQUE, 0, INFO_MAX, FIELD(reason_info), false},
    {CAPF_CERTIFICATE_TYPE, "CERTIFICATE_TYPE", CAPF_U8, 1, 1, FIELD(certificate_type), false},
    {CAPF_CERTIFICATE, "CERTIFICATE", CAPF_NESTED, 6, CAPF_MESSAGE_LIMIT, 0, false},
    {CAPF_CERTIFICATE_ID, "CERTIFICATE_ID", CAPF_OPAQUE, 0, ID_MAX, FIELD(certificate_id), false},
    {CAPF_SIGNED_DATA, "SIGNED_DATA", CAPF_OPAQUE, 1, SIGNATURE_MAX, FIELD(signed_data), false},
    {CAPF_VERSION, "VERSION", CAPF_U8, 1, 1, FIELD(version), false},
    {CAPF_DEVICE_NAME, "DEVICE_NAME", CAPF_TEXT, 1, NAME_MAX_BYTES, FIELD(device), false},
    {CAPF_AUTH_TYPE, "AUTH_TYPE", CAPF_U8, 1, 1, FIELD(auth_type), false},
    {CAPF_PUBLIC_KEY, "PUBLIC_KEY", CAPF_OPAQUE, 1, CAPF_MESSAGE_LIMIT, FIELD(public_key), false},
    {CAPF_KEY_SIZE, "KEY_SIZE", CAPF_U16, 2, 2, FIELD(key_size), false},
    {CAPF_PASSWORD, "PASSWORD", CAPF_TEXT, 0, NAME_MAX_BYTES, FIELD(password), true},
    {CAPF_RETRY_DELAY, "RETRY_DELAY", CAPF_U32, 4, 4, FIELD(retry_delay), false},
    {CAPF_SUDI_DATA, "SUDI_DATA", CAPF_NESTED, 4, CAPF_MESSAGE_LIMIT, 0, false},
    {CAPF_KEY_TYPE, "KEY_TYPE", CAPF_U8, 1, 1, FIELD(key_type), false},
    {CAPF_CURVE, "CURVE", CAPF_U8, 1, 1, FIELD(curve), false},
    {CAPF_DIGEST_TYPE, "DIGEST_TYPE", CAPF_U8, 1, 1, FIELD(digest_type), false},
    {CAPF_SHA2_SIGNED_DATA, "SHA2_SIGNED_DATA", CAPF_NESTED, 4, SIGNATURE_MAX + 3, 0, false},
};
enum { RULES = sizeof rules / sizeof *rules };

const struct capf_element_rule *capf_element_rules(size_t *n)
{
    *n = RULES;
    return rules;
}

const struct capf_element_rule *capf_element_rule(int tag)
{
    for (size_t i = 0; i < RULES; i++)
        if (rules[i].tag == tag)
            return &rules[i];
    return NULL;
}

const char *capf_element_name(int tag)
{
    const struct capf_element_rule *rule = capf_element_rule(tag);

    return rule != NULL ? rule->name : NULL;
}

const char *capf_command_name(int command)
{
    static const char *const names[] = {
        [CAPF_AUTH_REQUEST] = "AUTH_REQUEST",
        [CAPF_AUTH_RESPONSE] = "AUTH_RESPONSE",
        [CAPF_KEY_GENERATE_REQUEST] = "KEY_GENERATE_REQUEST",
        [CAPF_KEY_GENERATE_RESPONSE] = "KEY_GENERATE_RESPONSE",
        [CAPF_ENCRYPT_RESPONSE] = "ENCRYPT_RESPONSE",
        [CAPF_ENCRYPT_REQUEST] = "ENCRYPT_REQUEST",
        [CAPF_DECRYPT_REQUEST] = "DECRYPT_REQUEST",
        [CAPF_DECRYPT_RESPONSE] = "DECRYPT_RESPONSE",
        [CAPF_STORE_CERTIFICATE_REQUEST] = "STORE_CERTIFICATE_REQUEST",
        [CAPF_STORE_CERTIFICATE_RESPONSE] = "STORE_CERTIFICATE_RESPONSE",
        [CAPF_FETCH_CERTIFICATE_REQUEST] = "FETCH_CERTIFICATE_REQUEST",
        [CAPF_FETCH_CERTIFICATE_RESPONSE] = "FETCH_CERTIFICATE_RESPONSE",
        [CAPF_DELETE_CERTIFICATE_REQUEST] = "DELETE_CERTIFICATE_REQUEST",
        [CAPF_DELETE_CERTIFICATE_RESPONSE] = "DELETE_CERTIFICATE_RESPONSE",
        [CAPF_END_SESSION] = "END_SESSION",
        [CAPF_RETRY_LATER] = "RETRY_LATER",
        [CAPF_REQUEST_IN_PROGRESS] = "REQUEST_IN_PROGRESS",
        [CAPF_STATUS_REQUEST] = "STATUS_REQUEST",
        [CAPF_STATUS_RESPONSE] = "STATUS_RESPONSE",
        [CAPF_ABORT_REQUEST] = "ABORT_REQUEST",
        [CAPF_ABORT_RESPONSE] = "ABORT_RESPONSE",
        [CAPF_SIGN_CERTIFICATE_REQUEST] = "SIGN_CERTIFICATE_REQUEST",
        [CAPF_SIGN_CERTIFICATE_RESPONSE] = "SIGN_CERTIFICATE_RESPONSE",
    };

    return command >= 0 && command < (int)(sizeof names / sizeof *names) ? names[command] : NULL;
}

enum vox_err capf_device_text(struct bytes_view name, char out[static CAPF_DEVICE_MAX + 1], struct vox_error *err)
{
    out[0] = '\0';
    if (name.len > CAPF_DEVICE_MAX)
        return vox_fail(err, VOX_E_INPUT, "capf.md 2.2: DEVICE_NAME: %zu characters, at most %d are allowed", name.len,
                        CAPF_DEVICE_MAX);
    if (name.len > 0 && memchr(name.data, '\0', name.len) != NULL)
        return vox_fail(err, VOX_E_INPUT, "capf.md 2.2: DEVICE_NAME: a NUL inside the name");
    if (name.len > 0)
        memcpy(out, name.data, name.len);
    out[name.len] = '\0';
    if (phone_name_check(out, err) != VOX_OK) {
        out[0] = '\0';
        return vox_error_prefix(err, "capf.md 2.2: DEVICE_NAME");
    }
    return VOX_OK;
}
