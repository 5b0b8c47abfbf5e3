/* Sessions brought into each of their states, by the way that a right phone takes. */
#ifndef UNIT_CAPF_SESSIONS_H
#define UNIT_CAPF_SESSIONS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <capf/session.h>

#define BIT(tag)       (UINT32_C(1) << (tag))
#define VIEW_OF(bytes) ((struct bytes_view){(const uint8_t *)(bytes), sizeof(bytes) - 1})

#define SESSION UINT32_C(0x8badf00d)

static const struct key_spec rsa2048 = {.type = KEY_RSA, .rsa_bits = 2048};
__attribute__((unused)) static const struct key_spec p384 = {.type = KEY_EC, .curve = "P-384"};

static struct capf_step step;
static struct capf_message said; /* what the last reply says */
static struct vox_error why;

/* The reply of the last step, read; false if it has none. */
static bool heard(void)
{
    memset(&said, 0, sizeof said);
    if (step.reply.len == 0)
        return false;
    assert_int_equal(capf_message_read(step.reply.data, step.reply.len, &said, &why), VOX_OK);
    assert_int_equal(said.session, SESSION);
    return true;
}

static void forget(void)
{
    bytes_free(&step.reply);
}

static struct capf_message from_phone(int command, uint32_t present)
{
    return (struct capf_message){.command = (uint8_t)command,
                                 .session = SESSION,
                                 .present = present,
                                 .version = 3,
                                 .reason = CAPF_OK,
                                 .device = VIEW_OF("SEP001122334455"),
                                 .public_key = VIEW_OF("a key"),
                                 .certificate = VIEW_OF("a certificate"),
                                 .certificate_kind = CAPF_LSC};
}

static void send_message(struct capf_session *s, int command, uint32_t present)
{
    const struct capf_message m = from_phone(command, present);

    forget();
    assert_int_equal(capf_session_message(s, &m, &step, &why), VOX_OK);
}

static void plan(struct capf_session *s, unsigned what)
{
    struct capf_plan p = {.key = rsa2048, .certificate = VIEW_OF("a certificate")};

    p.what = what;
    forget();
    assert_int_equal(capf_session_plan(s, &p, &step, &why), VOX_OK);
}

static bool sent_its_key_before; /* the phone stores the certificate of an earlier session */

/* A session in the state; pending is what a recording one records. */
static void bring(struct capf_session *s, enum capf_session_state state, enum capf_result pending)
{
    const uint32_t hello = BIT(CAPF_VERSION) | BIT(CAPF_DEVICE_NAME) | BIT(CAPF_REASON);

    forget();
    assert_int_equal(capf_session_begin(s, SESSION, &step, &why), VOX_OK);
    if (state == CAPF_S_GREETED)
        return;
    if (state == CAPF_S_ENDED) {
        forget();
        assert_int_equal(capf_session_lost(s, "gone", &step, &why), VOX_OK);
        return;
    }
    send_message(s, CAPF_AUTH_RESPONSE, hello);
    if (state == CAPF_S_AUTHORIZING)
        return;
    if (state == CAPF_S_FETCHING || (state == CAPF_S_RECORDING && pending == CAPF_R_FETCHED)) {
        plan(s, CAPF_PLAN_FETCH);
        if (state == CAPF_S_RECORDING)
            send_message(s, CAPF_FETCH_CERTIFICATE_RESPONSE, BIT(CAPF_REASON) | BIT(CAPF_CERTIFICATE));
    } else if (state == CAPF_S_DELETING || (state == CAPF_S_RECORDING && pending == CAPF_R_DELETED)) {
        plan(s, CAPF_PLAN_DELETE);
        if (state == CAPF_S_RECORDING)
            send_message(s, CAPF_DELETE_CERTIFICATE_RESPONSE, BIT(CAPF_REASON));
    } else if (sent_its_key_before && state >= CAPF_S_STORING) {
        plan(s, CAPF_PLAN_STORE);
        if (state == CAPF_S_RECORDING)
            send_message(s, CAPF_STORE_CERTIFICATE_RESPONSE, BIT(CAPF_REASON));
    } else {
        plan(s, CAPF_PLAN_INSTALL);
        if (state == CAPF_S_KEY)
            return;
        send_message(s, CAPF_KEY_GENERATE_RESPONSE, BIT(CAPF_PUBLIC_KEY));
        if (state == CAPF_S_ISSUING)
            return;
        forget();
        assert_int_equal(capf_session_issued(s, VIEW_OF("a certificate"), &step, &why), VOX_OK);
        if (state == CAPF_S_RECORDING)
            send_message(s, CAPF_STORE_CERTIFICATE_RESPONSE, BIT(CAPF_REASON));
    }
    assert_int_equal(s->state, state);
}

__attribute__((unused)) static void assert_ended(const struct capf_session *s, int reason, enum capf_result result)
{
    assert_int_equal(s->state, CAPF_S_ENDED);
    assert_int_equal(step.effect, CAPF_DO_END);
    assert_int_equal(step.result, result);
    assert_true(heard());
    assert_int_equal(said.command, CAPF_END_SESSION);
    assert_int_equal(said.present, BIT(CAPF_REASON));
    assert_int_equal(said.reason, reason);
}

#endif
