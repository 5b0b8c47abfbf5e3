/*
 * Every command in every state with every mixture of the elements that matter. What may pass stands here a second time,
 * written from capf.md 3 and not from the machine.
 */
#include "sessions.h"

static unsigned ntried, npassed, nissues;

struct expected {
    enum capf_session_state state;
    enum capf_effect effect;
    int reason; /* of END_SESSION; -1: none is sent */
};

static const struct expected broken = {CAPF_S_ENDED, CAPF_DO_END, CAPF_DECLINED};

static struct expected confirmation(const struct capf_message *m, bool seven_is_fine)
{
    if (!CAPF_HAS(m, CAPF_REASON))
        return broken;
    if (m->reason == 1 || (m->reason == 7 && seven_is_fine))
        return (struct expected){CAPF_S_RECORDING, CAPF_DO_RECORD, -1};
    return broken; /* declined: the same answer */
}

static struct expected model(enum capf_session_state state, const struct capf_message *m)
{
    bool well = !CAPF_HAS(m, CAPF_REASON) || m->reason <= 1;

    if (m->session != SESSION)
        return broken;
    if (state == CAPF_S_GREETED && m->command == 2 && CAPF_HAS(m, CAPF_VERSION) && CAPF_HAS(m, CAPF_DEVICE_NAME) &&
        m->version >= 2)
        return well ? (struct expected){CAPF_S_AUTHORIZING, CAPF_DO_AUTHORIZE, -1} : broken;
    if (state == CAPF_S_KEY && m->command == 17)
        return (struct expected){CAPF_S_KEY, CAPF_DO_NOTHING, -1};
    if (state == CAPF_S_KEY && m->command == 4 && CAPF_HAS(m, CAPF_PUBLIC_KEY))
        return well ? (struct expected){CAPF_S_ISSUING, CAPF_DO_ISSUE, -1} : broken;
    if (state == CAPF_S_STORING && m->command == 10)
        return confirmation(m, false);
    if (state == CAPF_S_FETCHING && m->command == 12)
        return CAPF_HAS(m, CAPF_REASON) && m->reason == 1 && !CAPF_HAS(m, CAPF_CERTIFICATE) ? broken
                                                                                            : confirmation(m, true);
    if (state == CAPF_S_DELETING && m->command == 14)
        return confirmation(m, true);
    return broken;
}

static void try_message(enum capf_session_state state, const struct capf_message *m)
{
    struct expected e = model(state, m);
    struct capf_session s, before;

    bring(&s, state, CAPF_R_ISSUED);
    before = s;
    forget();
    ntried++;
    if (state == CAPF_S_ENDED) { /* nobody is there any more */
        assert_int_equal(capf_session_message(&s, m, &step, &why), VOX_E_USAGE);
        assert_memory_equal(&s, &before, sizeof s);
        return;
    }
    assert_int_equal(capf_session_message(&s, m, &step, &why), VOX_OK);
    if (s.state != e.state || step.effect != e.effect)
        fail_msg("command %u in state %s, elements %x, reason %u: %s, effect %d", m->command,
                 capf_session_state_word(state), m->present, m->reason, capf_session_state_word(s.state), step.effect);
    nissues += step.effect == CAPF_DO_ISSUE;
    npassed += step.effect != CAPF_DO_END;
    if (e.reason < 0) {
        assert_false(heard());
        return;
    }
    assert_true(heard());
    assert_int_equal(said.command, CAPF_END_SESSION);
    assert_int_equal(said.reason, e.reason);
    assert_int_not_equal(step.why[0], '\0');
    assert_true(step.result == CAPF_R_PROTOCOL || step.result == CAPF_R_DECLINED);
}

static void each_command(enum capf_session_state state)
{
    static const int commands[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,
                                   13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 255};
    static const uint8_t reasons[] = {0, 1, 2, 7, 9, 255}, versions[] = {0, 1, 2, 3, 4, 255};
    static const int tags[] = {CAPF_REASON, CAPF_VERSION, CAPF_DEVICE_NAME, CAPF_PUBLIC_KEY, CAPF_CERTIFICATE};
    enum { TAGS = sizeof tags / sizeof *tags };

    for (size_t c = 0; c < sizeof commands / sizeof *commands; c++) {
        for (unsigned mix = 0; mix < 1u << TAGS; mix++) {
            struct capf_message m = from_phone(commands[c], 0);

            for (int t = 0; t < TAGS; t++)
                m.present |= (mix >> t & 1) != 0 ? BIT(tags[t]) : 0;
            for (size_t v = 0; v < sizeof reasons; v++) {
                m.reason = reasons[v];
                m.version = versions[(v + mix) % sizeof versions];
                try_message(state, &m);
            }
        }
    }
}

static void each_command_in_each_state(void **unused)
{
    (void)unused;
    for (unsigned state = 0; state < CAPF_SESSION_STATE_COUNT; state++)
        each_command(state);
    assert_int_equal(ntried, 9 * 26 * 32 * 6);
    assert_true(npassed > 0 && nissues > 0);
}

/* A phone that is to store the certificate of an earlier session gets no second one, whatever it says. */
static void each_command_after_a_certificate_of_before(void **unused)
{
    (void)unused;
    ntried = npassed = nissues = 0;
    sent_its_key_before = true;
    each_command(CAPF_S_STORING);
    each_command(CAPF_S_RECORDING);
    sent_its_key_before = false;
    assert_int_equal(ntried, 2 * 26 * 32 * 6);
    assert_true(npassed > 0);
    assert_int_equal(nissues, 0);
}

/* A right message under a session that is not this one breaks the protocol, wherever it comes. */
static void another_session(void **unused)
{
    static const uint32_t ids[] = {0, SESSION + 1, SESSION - 1, 0x0df0ad8b, UINT32_MAX};

    (void)unused;
    nissues = 0;
    for (unsigned state = 0; state < CAPF_S_ENDED; state++) {
        for (int command = 0; command < 25; command++) {
            for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
                struct capf_message m = from_phone(command, BIT(CAPF_REASON) | BIT(CAPF_VERSION) |
                                                                BIT(CAPF_DEVICE_NAME) | BIT(CAPF_PUBLIC_KEY));

                m.session = ids[i];
                try_message(state, &m);
            }
            for (int bit = 0; bit < 32; bit++) { /* all of the number is compared */
                struct capf_message m = from_phone(command, BIT(CAPF_REASON) | BIT(CAPF_VERSION) |
                                                                BIT(CAPF_DEVICE_NAME) | BIT(CAPF_PUBLIC_KEY));

                m.session ^= UINT32_C(1) << bit;
                try_message(state, &m);
            }
        }
    }
    assert_int_equal(nissues, 0);
}

/* No way leads to DO_ISSUE but: greeted, authorized, planned to install, key. Walk at random and see. */
static void random_walks_issue_only_what_was_planned(void **unused)
{
    unsigned issues = 0;

    (void)unused;
    srandom(4711);
    for (int walk = 0; walk < 100000; walk++) {
        struct capf_session s;
        bool planned = false;

        bring(&s, CAPF_S_GREETED, CAPF_R_OPEN);
        for (unsigned i = 0; i < 12 && s.state != CAPF_S_ENDED; i++) {
            static const int likely[] = {2, 4, 10, 12, 14, 17};
            long dice = random() % 8;
            unsigned what = (unsigned)random() % 5;

            if (s.state == CAPF_S_AUTHORIZING && dice < 6) {
                planned = what == CAPF_PLAN_INSTALL;
                plan(&s, what);
            } else if (s.state == CAPF_S_ISSUING && dice < 6) {
                forget();
                assert_int_equal(capf_session_issued(&s, VIEW_OF("c"), &step, &why), VOX_OK);
            } else if (s.state == CAPF_S_RECORDING && dice < 6) {
                forget();
                assert_int_equal(capf_session_recorded(&s, &step, &why), VOX_OK);
            } else {
                int command = dice < 6 ? likely[random() % 6] : (int)(random() % 25);

                send_message(&s, command, (uint32_t)random() | BIT(CAPF_VERSION) | BIT(CAPF_DEVICE_NAME));
                if (step.effect == CAPF_DO_ISSUE) {
                    assert_true(planned);
                    assert_int_equal(command, CAPF_KEY_GENERATE_RESPONSE);
                    issues++;
                }
            }
        }
    }
    assert_true(issues > 100);
}

static int clear(void **unused)
{
    (void)unused;
    forget();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_command_in_each_state, clear),
        cmocka_unit_test_teardown(each_command_after_a_certificate_of_before, clear),
        cmocka_unit_test_teardown(another_session, clear),
        cmocka_unit_test_teardown(random_walks_issue_only_what_was_planned, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
