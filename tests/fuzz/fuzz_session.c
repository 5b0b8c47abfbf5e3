/*
 * A CAPF session: the input is a list of frames (length in two bytes, then that many), and between them what the
 * runner's effects come to. Whatever comes, the signer is asked only after a plan to install, nothing goes on after an
 * end, and all that is sent is CAPF.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <capf/session.h>
#include <libcert/tlv.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SESSION = 0x01020304 };

static void must(bool true_always)
{
    if (!true_always)
        abort();
}

/* What one step left behind. */
static void look(const struct capf_session *s, struct capf_step *step, bool *planned)
{
    struct capf_message m;
    struct vox_error err;

    if (step->reply.len > 0) {
        must(capf_message_read(step->reply.data, step->reply.len, &m, &err) == VOX_OK && m.session == SESSION);
        must((m.command == CAPF_END_SESSION || m.command == CAPF_RETRY_LATER) == (step->effect == CAPF_DO_END));
        if (m.command == CAPF_STORE_CERTIFICATE_REQUEST)
            must(*planned);
    }
    if (step->effect == CAPF_DO_ISSUE)
        must(*planned && s->state == CAPF_S_ISSUING);
    must((step->effect == CAPF_DO_END) == (s->state == CAPF_S_ENDED));
    must(memchr(step->why, '\0', sizeof step->why) != NULL && strpbrk(step->why, "\r\n\033") == NULL);
    must(s->device[0] == '\0' || phone_name_check(s->device, NULL) == VOX_OK);
    bytes_free(&step->reply);
}

/* The runner's turn: what an effect comes to is what the next byte says. */
static enum vox_err effect(struct capf_session *s, uint8_t dice, bool *planned, struct capf_step *step)
{
    static const char *const curves[] = {"P-256", "P-384", "P-521"};
    const struct bytes_view der = {(const uint8_t *)"certificate", 11};
    struct capf_plan plan = {.key = {.type = KEY_RSA, .rsa_bits = 2048}};

    if (dice % 16 == 15)
        return capf_session_refuse(s, dice / 16 % 10, CAPF_R_REFUSED, "refused\n", step, NULL);
    if (dice % 16 == 14)
        return capf_session_later(s, "later", step, NULL);
    if (s->state == CAPF_S_ISSUING)
        return capf_session_issued(s, der, step, NULL);
    if (s->state == CAPF_S_RECORDING)
        return capf_session_recorded(s, step, NULL);
    plan.what = dice % 4;
    if (dice / 16 % 4 != 0)
        plan.key = (struct key_spec){.type = KEY_EC, .curve = curves[dice / 16 % 4 - 1]};
    *planned = plan.what == CAPF_PLAN_INSTALL;
    return capf_session_plan(s, &plan, step, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tlv_reader r = tlv_reader(data, size);
    struct capf_session s;
    struct capf_step step;
    struct vox_error err;
    bool planned = false;
    uint16_t len;
    uint8_t dice;

    must(capf_session_begin(&s, SESSION, &step, &err) == VOX_OK);
    look(&s, &step, &planned);
    while (s.state != CAPF_S_ENDED) {
        struct bytes_view frame;
        struct capf_message m;

        if (s.state == CAPF_S_AUTHORIZING || s.state == CAPF_S_ISSUING || s.state == CAPF_S_RECORDING) {
            if (!tlv_take_u8(&r, &dice))
                break;
            must(effect(&s, dice, &planned, &step) == VOX_OK);
        } else {
            if (!tlv_take_u16(&r, &len) || !tlv_take(&r, len, &frame))
                break;
            if (capf_message_read(frame.data, frame.len, &m, &err) == VOX_OK)
                must(capf_session_message(&s, &m, &step, &err) == VOX_OK);
            else
                must(capf_session_broken(&s, err.text, &step, &err) == VOX_OK);
        }
        look(&s, &step, &planned);
    }
    if (s.state != CAPF_S_ENDED) {
        must(capf_session_lost(&s, "gone", &step, &err) == VOX_OK);
        look(&s, &step, &planned);
    }
    must(capf_session_broken(&s, "more", &step, &err) == VOX_E_USAGE);
    return 0;
}
