/* Sessions as they go, and the calls that the runner makes. */
#include "sessions.h"

static void install(void **unused)
{
    struct capf_session s;

    (void)unused;
    bring(&s, CAPF_S_GREETED, CAPF_R_OPEN);
    assert_true(heard());
    assert_int_equal(said.command, CAPF_AUTH_REQUEST);
    assert_int_equal(said.present, BIT(CAPF_VERSION) | BIT(CAPF_AUTH_TYPE));
    assert_int_equal(said.version, 3);
    assert_int_equal(said.auth_type, 0);
    assert_int_equal(step.effect, CAPF_DO_NOTHING);
    send_message(&s, CAPF_AUTH_RESPONSE, BIT(CAPF_VERSION) | BIT(CAPF_DEVICE_NAME));
    assert_string_equal(s.device, "SEP001122334455");
    plan(&s, CAPF_PLAN_INSTALL);
    assert_true(step.key_wait && heard());
    assert_int_equal(said.command, CAPF_KEY_GENERATE_REQUEST);
    assert_int_equal(said.present, BIT(CAPF_KEY_TYPE) | BIT(CAPF_KEY_SIZE));
    assert_int_equal(said.key_type, CAPF_KEY_RSA);
    assert_int_equal(said.key_size, 2048);
    send_message(&s, CAPF_REQUEST_IN_PROGRESS, 0);
    assert_true(step.key_wait && step.reply.len == 0 && step.effect == CAPF_DO_NOTHING);
    send_message(&s, CAPF_KEY_GENERATE_RESPONSE, BIT(CAPF_PUBLIC_KEY));
    assert_int_equal(step.effect, CAPF_DO_ISSUE);
    forget();
    assert_int_equal(capf_session_issued(&s, VIEW_OF("DER of it"), &step, &why), VOX_OK);
    assert_true(!step.key_wait && heard());
    assert_int_equal(said.command, CAPF_STORE_CERTIFICATE_REQUEST);
    assert_int_equal(said.present, BIT(CAPF_CERTIFICATE_TYPE) | BIT(CAPF_CERTIFICATE));
    assert_int_equal(said.certificate_type, CAPF_LSC);
    assert_int_equal(said.certificate_kind, CAPF_LSC);
    assert_true(bytes_equal(said.certificate, VIEW_OF("DER of it")));
    send_message(&s, CAPF_STORE_CERTIFICATE_RESPONSE, BIT(CAPF_REASON));
    assert_int_equal(step.effect, CAPF_DO_RECORD);
    assert_int_equal(step.result, CAPF_R_ISSUED);
    assert_int_equal(step.reply.len, 0); /* nothing is told as done before it is recorded */
    forget();
    assert_int_equal(capf_session_recorded(&s, &step, &why), VOX_OK);
    assert_ended(&s, CAPF_OK, CAPF_R_ISSUED);
}

/* Its key came in an earlier session (capf.md 7): it is to store at once, and no key is made. */
static void a_certificate_of_before(void **unused)
{
    struct capf_session s;

    (void)unused;
    bring(&s, CAPF_S_AUTHORIZING, CAPF_R_OPEN);
    plan(&s, CAPF_PLAN_STORE);
    assert_int_equal(s.state, CAPF_S_STORING);
    assert_int_equal(step.effect, CAPF_DO_NOTHING);
    assert_true(!step.key_wait && heard());
    assert_int_equal(said.command, CAPF_STORE_CERTIFICATE_REQUEST);
    assert_int_equal(said.present, BIT(CAPF_CERTIFICATE_TYPE) | BIT(CAPF_CERTIFICATE));
    assert_int_equal(said.certificate_kind, CAPF_LSC);
    assert_true(bytes_equal(said.certificate, VIEW_OF("a certificate")));
    assert_null(s.plan.certificate.data); /* it was borrowed */
    send_message(&s, CAPF_STORE_CERTIFICATE_RESPONSE, BIT(CAPF_REASON));
    assert_int_equal(step.effect, CAPF_DO_RECORD);
    forget();
    assert_int_equal(capf_session_recorded(&s, &step, &why), VOX_OK);
    assert_ended(&s, CAPF_OK, CAPF_R_ISSUED);
}

static void orders(void **unused)
{
    static const struct {
        const char *curve; /* NULL: RSA */
        unsigned bits;
        uint8_t version;
        int key_type, detail; /* key_type -1: not said; -2: refused */
    } cases[] = {
        {NULL, 2048, 3, CAPF_KEY_RSA, 2048},
        {NULL, 4096, 2, -1, 4096},
        {NULL, 512, 4, CAPF_KEY_RSA, 512},
        {"P-256", 0, 3, CAPF_KEY_EC, CAPF_P256},
        {"P-384", 0, 3, CAPF_KEY_EC, CAPF_P384},
        {"P-521", 0, 255, CAPF_KEY_EC, CAPF_P521},
        {"P-384", 0, 2, -2, 0},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct capf_plan p = {.what = CAPF_PLAN_INSTALL};
        struct capf_message m = from_phone(CAPF_AUTH_RESPONSE, BIT(CAPF_VERSION) | BIT(CAPF_DEVICE_NAME));
        struct capf_session s;

        p.key = cases[i].curve != NULL ? (struct key_spec){.type = KEY_EC, .curve = cases[i].curve}
                                       : (struct key_spec){.type = KEY_RSA, .rsa_bits = cases[i].bits};
        bring(&s, CAPF_S_GREETED, CAPF_R_OPEN);
        m.version = cases[i].version;
        forget();
        assert_int_equal(capf_session_message(&s, &m, &step, &why), VOX_OK);
        assert_int_equal(s.version, cases[i].version > 3 ? 3 : cases[i].version);
        assert_int_equal(capf_session_plan(&s, &p, &step, &why), VOX_OK);
        if (cases[i].key_type == -2) {
            assert_ended(&s, CAPF_DECLINED, CAPF_R_REFUSED);
            continue;
        }
        assert_true(heard());
        assert_int_equal(CAPF_HAS(&said, CAPF_KEY_TYPE), cases[i].key_type >= 0);
        if (cases[i].key_type >= 0)
            assert_int_equal(said.key_type, cases[i].key_type);
        assert_int_equal(CAPF_HAS(&said, CAPF_CURVE), cases[i].curve != NULL);
        assert_int_equal(CAPF_HAS(&said, CAPF_KEY_SIZE), cases[i].curve == NULL);
        assert_int_equal(cases[i].curve != NULL ? said.curve : said.key_size, cases[i].detail);
    }
}

static void an_order_that_cannot_be_written_changes_nothing(void **unused)
{
    const struct capf_plan bad[] = {{.what = CAPF_PLAN_INSTALL, .key = {.type = KEY_EC, .curve = "P-192"}},
                                    {.what = CAPF_PLAN_INSTALL, .key = {.type = KEY_EC}},
                                    {.what = CAPF_PLAN_INSTALL, .key = {.type = KEY_RSA, .rsa_bits = 65536 + 2048}},
                                    {.what = CAPF_PLAN_INSTALL, .key = {.type = KEY_RSA}}};
    struct capf_session s;

    (void)unused;
    bring(&s, CAPF_S_AUTHORIZING, CAPF_R_OPEN);
    forget();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(capf_session_plan(&s, &bad[i], &step, &why), VOX_E_INPUT);
        assert_int_equal(s.state, CAPF_S_AUTHORIZING);
        assert_null(step.reply.data);
    }
}

static void fetch_and_delete(void **unused)
{
    static const struct {
        enum capf_session_state state;
        int asked, answer;
        uint32_t present;
        uint8_t reason;
        enum capf_result result;
        int end;
    } cases[] = {
        {CAPF_S_FETCHING, CAPF_FETCH_CERTIFICATE_REQUEST, CAPF_FETCH_CERTIFICATE_RESPONSE,
         BIT(CAPF_REASON) | BIT(CAPF_CERTIFICATE), 1, CAPF_R_FETCHED, 0},
        {CAPF_S_FETCHING, CAPF_FETCH_CERTIFICATE_REQUEST, CAPF_FETCH_CERTIFICATE_RESPONSE, BIT(CAPF_REASON), 7,
         CAPF_R_FETCHED_NONE, 0},
        {CAPF_S_DELETING, CAPF_DELETE_CERTIFICATE_REQUEST, CAPF_DELETE_CERTIFICATE_RESPONSE, BIT(CAPF_REASON), 1,
         CAPF_R_DELETED, 1},
        {CAPF_S_DELETING, CAPF_DELETE_CERTIFICATE_REQUEST, CAPF_DELETE_CERTIFICATE_RESPONSE, BIT(CAPF_REASON), 7,
         CAPF_R_DELETED, 1},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct capf_message m = from_phone(cases[i].answer, cases[i].present);
        struct capf_session s;

        bring(&s, cases[i].state, CAPF_R_OPEN);
        assert_true(heard() && !step.key_wait);
        assert_int_equal(said.command, cases[i].asked);
        assert_int_equal(said.present, 0);
        m.reason = cases[i].reason;
        forget();
        assert_int_equal(capf_session_message(&s, &m, &step, &why), VOX_OK);
        assert_int_equal(step.effect, CAPF_DO_RECORD);
        assert_int_equal(step.result, cases[i].result);
        assert_int_equal(capf_session_recorded(&s, &step, &why), VOX_OK);
        assert_ended(&s, cases[i].end, cases[i].result);
    }
}

static void nothing_to_do(void **unused)
{
    struct capf_session s;

    (void)unused;
    bring(&s, CAPF_S_AUTHORIZING, CAPF_R_OPEN);
    plan(&s, CAPF_PLAN_NOTHING);
    assert_ended(&s, CAPF_NO_ACTION, CAPF_R_NOTHING);
}

/* Names that are none are an unknown device; what is told of them forges no line. */
static void hostile_names(void **unused)
{
    const struct bytes_view names[] = {VIEW_OF(""),
                                       VIEW_OF("sep001122334455"),
                                       VIEW_OF("../../etc/passwd"),
                                       VIEW_OF("SEP/1"),
                                       VIEW_OF("%s%n%x"),
                                       VIEW_OF("A'; DROP TABLE"),
                                       VIEW_OF("SEP\r\nroot"),
                                       VIEW_OF("\033[31mRED"),
                                       VIEW_OF("\xff\xfe"),
                                       VIEW_OF("SEP 1"),
                                       VIEW_OF("\xe2\x80\xaeX"),
                                       VIEW_OF(".."),
                                       VIEW_OF("-rf"),
                                       VIEW_OF("_X"),
                                       VIEW_OF("SEP0011223344556"),
                                       VIEW_OF("S\0P"),
                                       VIEW_OF("\"quoted\"")};

    (void)unused;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct capf_message m = from_phone(CAPF_AUTH_RESPONSE, BIT(CAPF_VERSION) | BIT(CAPF_DEVICE_NAME));
        struct capf_session s;

        bring(&s, CAPF_S_GREETED, CAPF_R_OPEN);
        m.device = names[i];
        forget();
        assert_int_equal(capf_session_message(&s, &m, &step, &why), VOX_OK);
        assert_ended(&s, CAPF_UNKNOWN_DEVICE, CAPF_R_REFUSED);
        assert_string_equal(s.device, "");
        for (const char *c = step.why; *c != '\0'; c++)
            assert_true((unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f);
    }
}

static void patience_ends(void **unused)
{
    struct capf_session s;

    (void)unused;
    bring(&s, CAPF_S_KEY, CAPF_R_OPEN);
    for (int i = 0; i < CAPF_PATIENCE_MAX; i++) {
        send_message(&s, CAPF_REQUEST_IN_PROGRESS, 0);
        assert_int_equal(step.effect, CAPF_DO_NOTHING);
    }
    send_message(&s, CAPF_REQUEST_IN_PROGRESS, 0);
    assert_ended(&s, CAPF_DECLINED, CAPF_R_PROTOCOL);
}

/* Each call of the runner in each state: where it does not belong it is refused and changes nothing. */
static void calls_that_do_not_fit(void **unused)
{
    enum { PLAN, REFUSE, LATER, ISSUED, RECORDED, BROKEN, LOST, CALLS };
    static const unsigned fits[CALLS] = {
        [PLAN] = BIT(CAPF_S_AUTHORIZING),
        [REFUSE] = BIT(CAPF_S_AUTHORIZING) | BIT(CAPF_S_ISSUING) | BIT(CAPF_S_RECORDING),
        [LATER] = BIT(CAPF_S_ENDED) - 1,
        [ISSUED] = BIT(CAPF_S_ISSUING),
        [RECORDED] = BIT(CAPF_S_RECORDING),
        [BROKEN] = BIT(CAPF_S_ENDED) - 1,
        [LOST] = BIT(CAPF_S_ENDED) - 1,
    };
    const struct capf_plan p = {.what = CAPF_PLAN_INSTALL, .key = rsa2048};

    (void)unused;
    for (unsigned state = 0; state < CAPF_SESSION_STATE_COUNT; state++) {
        for (int call = 0; call < CALLS; call++) {
            struct capf_session s, before;
            enum vox_err code = VOX_OK;
            bool fit = (fits[call] & BIT(state)) != 0;

            bring(&s, state, CAPF_R_ISSUED);
            before = s;
            forget();
            switch (call) {
            case PLAN:
                code = capf_session_plan(&s, &p, &step, &why);
                break;
            case REFUSE:
                code = capf_session_refuse(&s, CAPF_DECLINED, CAPF_R_KEY, "weak", &step, &why);
                break;
            case LATER:
                code = capf_session_later(&s, "the disk is full", &step, &why);
                break;
            case ISSUED:
                code = capf_session_issued(&s, VIEW_OF("c"), &step, &why);
                break;
            case RECORDED:
                code = capf_session_recorded(&s, &step, &why);
                break;
            case BROKEN:
                code = capf_session_broken(&s, "no CAPF", &step, &why);
                break;
            default:
                code = capf_session_lost(&s, "gone", &step, &why);
            }
            assert_int_equal(code, fit ? VOX_OK : VOX_E_USAGE);
            if (!fit) {
                assert_memory_equal(&s, &before, sizeof s);
                assert_null(step.reply.data);
                assert_int_equal(step.effect, CAPF_DO_NOTHING);
            }
        }
    }
}

static void ends(void **unused)
{
    struct capf_session s;

    (void)unused;
    for (unsigned state = 0; state < CAPF_S_ENDED; state++) {
        bring(&s, state, CAPF_R_DELETED);
        forget();
        assert_int_equal(capf_session_broken(&s, "line\nbreak", &step, &why), VOX_OK);
        assert_ended(&s, CAPF_DECLINED, CAPF_R_PROTOCOL);
        assert_string_equal(step.why, "line\\x0abreak");
        bring(&s, state, CAPF_R_FETCHED);
        forget();
        assert_int_equal(capf_session_later(&s, "the disk is full", &step, &why), VOX_OK);
        assert_int_equal(s.state, CAPF_S_ENDED);
        assert_int_equal(step.result, CAPF_R_LATER);
        assert_int_equal(step.effect, CAPF_DO_END);
        assert_true(heard());
        assert_int_equal(said.command, CAPF_RETRY_LATER);
        bring(&s, state, CAPF_R_ISSUED);
        forget();
        assert_int_equal(capf_session_lost(&s, "gone", &step, &why), VOX_OK);
        assert_int_equal(s.state, CAPF_S_ENDED);
        assert_int_equal(step.result, CAPF_R_LOST);
        assert_int_equal(step.effect, CAPF_DO_END);
        assert_false(heard());
    }
    bring(&s, CAPF_S_ISSUING, CAPF_R_OPEN);
    forget();
    assert_int_equal(capf_session_refuse(&s, CAPF_DECLINED, CAPF_R_KEY, "weak", &step, &why), VOX_OK);
    assert_ended(&s, CAPF_DECLINED, CAPF_R_KEY);
    assert_string_equal(step.why, "weak");
    bring(&s, CAPF_S_AUTHORIZING, CAPF_R_OPEN);
    forget();
    assert_int_equal(capf_session_refuse(&s, CAPF_UNKNOWN_DEVICE, CAPF_R_REFUSED, "who", &step, &why), VOX_OK);
    assert_ended(&s, CAPF_UNKNOWN_DEVICE, CAPF_R_REFUSED);
}

static void a_certificate_that_fits_in_no_message(void **unused)
{
    static uint8_t large[65535];
    struct capf_session s;

    (void)unused;
    bring(&s, CAPF_S_ISSUING, CAPF_R_OPEN);
    forget();
    assert_int_equal(capf_session_issued(&s, (struct bytes_view){large, sizeof large}, &step, &why), VOX_E_INPUT);
    assert_int_equal(s.state, CAPF_S_ISSUING);
    assert_null(step.reply.data);
}

static void words(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < CAPF_RESULT_COUNT; i++)
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(capf_result_word(i), capf_result_word(k));
    for (unsigned i = 0; i < CAPF_SESSION_STATE_COUNT; i++)
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(capf_session_state_word(i), capf_session_state_word(k));
    assert_string_equal(capf_result_word(CAPF_RESULT_COUNT), "unknown");
    assert_string_equal(capf_session_state_word(CAPF_SESSION_STATE_COUNT), "unknown");
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
        cmocka_unit_test_teardown(install, clear),
        cmocka_unit_test_teardown(a_certificate_of_before, clear),
        cmocka_unit_test_teardown(orders, clear),
        cmocka_unit_test_teardown(an_order_that_cannot_be_written_changes_nothing, clear),
        cmocka_unit_test_teardown(fetch_and_delete, clear),
        cmocka_unit_test_teardown(nothing_to_do, clear),
        cmocka_unit_test_teardown(hostile_names, clear),
        cmocka_unit_test_teardown(patience_ends, clear),
        cmocka_unit_test_teardown(calls_that_do_not_fit, clear),
        cmocka_unit_test_teardown(ends, clear),
        cmocka_unit_test_teardown(a_certificate_that_fits_in_no_message, clear),
        cmocka_unit_test_teardown(words, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
