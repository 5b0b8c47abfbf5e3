#include "session_reply.h"

#include <string.h>

#define BIT(tag) (UINT32_C(1) << (tag))

enum vox_err capf_reply_greeting(uint32_t session, struct bytes *out, struct vox_error *err)
{
    const struct capf_message m = {.command = CAPF_AUTH_REQUEST,
                                   .session = session,
                                   .present = BIT(CAPF_VERSION) | BIT(CAPF_AUTH_TYPE),
                                   .version = 3};

    return capf_message_write(&m, out, err);
}

enum vox_err capf_reply_end(uint32_t session, enum capf_reason reason, struct bytes *out, struct vox_error *err)
{
    const struct capf_message m = {
        .command = CAPF_END_SESSION, .session = session, .present = BIT(CAPF_REASON), .reason = (uint8_t)reason};

    return capf_message_write(&m, out, err);
}

enum vox_err capf_reply_bare(uint32_t session, enum capf_command command, struct bytes *out, struct vox_error *err)
{
    const struct capf_message m = {.command = (uint8_t)command, .session = session};

    return capf_message_write(&m, out, err);
}

static bool curve_of(const char *name, uint8_t *out)
{
    static const char *const names[] = {[CAPF_P256] = "P-256", [CAPF_P384] = "P-384", [CAPF_P521] = "P-521"};

    for (uint8_t i = 0; name != NULL && i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

enum vox_err capf_reply_order(uint32_t session, uint8_t version, const struct key_spec *key, struct bytes *out,
                              struct vox_error *err)
{
    struct capf_message m = {.command = CAPF_KEY_GENERATE_REQUEST, .session = session};

    if (key->type == KEY_EC) {
        m.present = BIT(CAPF_KEY_TYPE) | BIT(CAPF_CURVE);
        m.key_type = CAPF_KEY_EC;
        if (!curve_of(key->curve, &m.curve))
            return vox_fail(err, VOX_E_INPUT, "an EC key without one of the curves P-256, P-384, P-521 is ordered");
    } else {
        m.present = version < 3 ? BIT(CAPF_KEY_SIZE) : BIT(CAPF_KEY_TYPE) | BIT(CAPF_KEY_SIZE);
        m.key_type = CAPF_KEY_RSA;
        m.key_size = (uint16_t)key->rsa_bits;
        if (key->rsa_bits == 0 || key->rsa_bits > UINT16_MAX)
            return vox_fail(err, VOX_E_INPUT, "an RSA key of %u bits is ordered", key->rsa_bits);
    }
    return capf_message_write(&m, out, err);
}

enum vox_err capf_reply_store(uint32_t session, struct bytes_view certificate, struct bytes *out, struct vox_error *err)
{
    const struct capf_message m = {.command = CAPF_STORE_CERTIFICATE_REQUEST,
                                   .session = session,
                                   .present = BIT(CAPF_CERTIFICATE_TYPE) | BIT(CAPF_CERTIFICATE),
                                   .certificate_type = CAPF_LSC,
                                   .certificate_kind = CAPF_LSC,
                                   .certificate = certificate};

    return capf_message_write(&m, out, err);
}
