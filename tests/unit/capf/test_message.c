/* CAPF messages: what is right, frames, names. */
#include "draft.h"

static void every_element_has_a_sample(void **state)
{
    size_t n;
    const struct capf_element_rule *rules = capf_element_rules(&n);

    (void)state;
    assert_int_equal(n, SAMPLES);
    for (size_t i = 0; i < n; i++) {
        assert_non_null(sample_of(rules[i].tag));
        assert_string_equal(capf_element_name(rules[i].tag), rules[i].name);
    }
    assert_null(capf_element_name(0));
    assert_null(capf_element_name(14));
    assert_null(capf_element_name(-1));
    assert_null(capf_element_name(256));
}

static void all_elements_are_understood(void **state)
{
    struct capf_message m;
    struct vox_error err;
    char text[2048];

    (void)state;
    draft_start(&draft, CAPF_AUTH_RESPONSE);
    for (size_t i = SAMPLES; i-- > 0;) /* any order */
        add_sample(&samples[i]);
    assert_true(accepted(&m, &err));
    assert_int_equal(m.reason, 1);
    assert_true(bytes_equal(m.reason_info, VIEW("why")));
    assert_int_equal(m.certificate_type, 1);
    assert_int_equal(m.certificate_kind, CAPF_MIC);
    assert_true(bytes_equal(m.certificate, VIEW("DER..")));
    assert_true(bytes_equal(m.certificate_id, VIEW("id")));
    assert_true(bytes_equal(m.signed_data, VIEW("signature")));
    assert_int_equal(m.version, 3);
    assert_int_equal(m.auth_type, 0);
    assert_true(bytes_equal(m.public_key, VIEW("key")));
    assert_int_equal(m.key_size, 2048);
    assert_true(bytes_equal(m.password, VIEW("1234")));
    assert_int_equal(m.retry_delay, 60);
    assert_true(bytes_equal(m.device, VIEW("SEP001122334455")));
    assert_true(bytes_equal(m.sudi_certificate, VIEW("DER")));
    assert_true(bytes_equal(m.sudi_sha1, VIEW("s1")));
    assert_true(bytes_equal(m.sudi_sha512, VIEW("s512")));
    assert_int_equal(m.key_type, CAPF_KEY_EC);
    assert_int_equal(m.curve, CAPF_P521);
    assert_int_equal(m.digest_type, 2);
    assert_int_equal(m.sha2_digest, 3);
    assert_true(bytes_equal(m.sha2_signed_data, VIEW("s512")));
    assert_round_trip(&m);
    capf_message_text(&m, text, sizeof text);
    assert_non_null(strstr(text, "AUTH_RESPONSE {"));
    assert_non_null(strstr(text, "DEVICE_NAME SEP001122334455"));
    assert_non_null(strstr(text, "PASSWORD (not shown)"));
    assert_null(strstr(text, "1234,"));
    for (size_t n = 1; n < 64; n++) { /* cut anywhere */
        char small[64];

        memset(small, 'x', sizeof small);
        capf_message_text(&m, small, n);
        assert_non_null(memchr(small, '\0', n));
    }
}

static void the_order_of_peers(void **state)
{
    const struct capf_message m = {
        .command = CAPF_AUTH_RESPONSE,
        .session = 7,
        .present = 1u << CAPF_REASON | 1u << CAPF_VERSION | 1u << CAPF_PASSWORD | 1u << CAPF_DEVICE_NAME,
        .reason = 1,
        .version = 3,
        .device = VIEW("SEP001122334455"),
    };
    static const char expected[] = "\x55\2\0\0\0\7\0\x1f"
                                   "\1\0\1\1"
                                   "\7\0\1\3"
                                   "\x0d\0\x10SEP001122334455\0"
                                   "\x0b\0\1";
    struct bytes out;
    struct vox_error err;

    (void)state;
    assert_int_equal(capf_message_write(&m, &out, &err), VOX_OK);
    assert_true(bytes_equal(bytes_view_of(&out), (struct bytes_view){(const uint8_t *)expected, sizeof expected}));
    bytes_free(&out);
}

static void a_sudi_with_one_signature(void **state)
{
    struct capf_message m;
    struct vox_error err;

    (void)state;
    draft_start(&draft, CAPF_AUTH_RESPONSE);
    draft_tlv(&draft, CAPF_SUDI_DATA, 13, "\3\0\4s512\0\0\3DER", 13);
    assert_true(accepted(&m, &err));
    assert_int_equal(m.sudi_sha1.len, 0);
    assert_round_trip(&m);
}

static void headers(void **state)
{
    struct capf_message m;
    struct vox_error err;
    const uint8_t empty[CAPF_HEADER_LEN] = {CAPF_PROTOCOL_ID, CAPF_REQUEST_IN_PROGRESS, 0xff, 0xff, 0xff, 0xff, 0, 0};
    uint8_t bad[CAPF_HEADER_LEN + 2];

    (void)state;
    assert_int_equal(capf_message_read(empty, sizeof empty, &m, &err), VOX_OK);
    assert_int_equal(m.session, 0xffffffff);
    assert_int_equal(m.present, 0);
    for (size_t len = 0; len < sizeof empty; len++)
        assert_int_equal(capf_message_read(empty, len, &m, &err), VOX_E_INPUT);
    for (unsigned id = 0; id < 256; id++) {
        memcpy(bad, empty, sizeof empty);
        bad[0] = (uint8_t)id;
        assert_int_equal(capf_message_read(bad, sizeof empty, &m, &err), id == 0x55 ? VOX_OK : VOX_E_INPUT);
    }
    memcpy(bad, empty, sizeof empty);
    bad[8] = bad[9] = 0;
    assert_int_equal(capf_message_read(bad, sizeof bad, &m, &err), VOX_E_INPUT); /* bytes left over */
    assert_non_null(strstr(err.text, "LENGTH: says 0, 2 bytes follow"));
    bad[7] = 3;
    assert_int_equal(capf_message_read(bad, sizeof bad, &m, &err), VOX_E_INPUT); /* bytes missing */
}

/* Cut at every byte, a frame says how much is needed; whole, it reads as before. */
static void frames(void **state)
{
    struct vox_error err;
    size_t need;

    (void)state;
    draft_start(&draft, CAPF_AUTH_RESPONSE);
    for (size_t i = 0; i < SAMPLES; i++)
        add_sample(&samples[i]);
    draft_end(&draft);
    for (size_t len = 0; len < draft.len; len++) {
        assert_int_equal(capf_frame(draft.data, len, &need, &err), VOX_E_NOT_FOUND);
        assert_int_equal(need, len < CAPF_HEADER_LEN ? CAPF_HEADER_LEN : draft.len);
    }
    for (size_t more = 0; more < 8; more++) { /* another one may follow */
        assert_int_equal(capf_frame(draft.data, draft.len + more, &need, &err), VOX_OK);
        assert_int_equal(need, draft.len);
    }
    draft.data[0] = 'G';
    for (size_t len = 1; len <= draft.len; len++)
        assert_int_equal(capf_frame(draft.data, len, &need, &err), VOX_E_INPUT);
    draft.data[0] = CAPF_PROTOCOL_ID;
    draft.data[6] = draft.data[7] = 0xff;
    assert_int_equal(capf_frame(draft.data, draft.len, &need, &err), VOX_E_NOT_FOUND);
    assert_int_equal(need, CAPF_MESSAGE_MAX);
}

/* What could not be read is not written. */
static void writing_refuses(void **state)
{
    static const uint8_t big[BODY_MAX];
    const struct capf_message bad[] = {
        {.present = 1u << CAPF_CERTIFICATE},
        {.present = 1u << CAPF_SIGNED_DATA},
        {.present = 1u << CAPF_SHA2_SIGNED_DATA, .sha2_digest = 3},
        {.present = 1u << CAPF_SUDI_DATA, .sudi_certificate = VIEW("x")},
        {.present = 1u << CAPF_SUDI_DATA, .sudi_sha1 = VIEW("x")},
        {.present = 1u << CAPF_PUBLIC_KEY},
        {.present = 1u << CAPF_DEVICE_NAME, .device = VIEW("a\0b")},
        {.present = 1u << CAPF_PASSWORD, .password = {big, 129}},
        {.present = 1u << CAPF_REASON_INFO, .reason_info = {big, 1025}},
        {.present = 1u << CAPF_CERTIFICATE, .certificate = {big, 65535}},
        {.present = 1u << CAPF_CERTIFICATE, .certificate = {big, 65530}},
        {.present = 1u << CAPF_SIGNED_DATA | 1u << CAPF_PUBLIC_KEY,
         .signed_data = {big, 40000},
         .public_key = {big, 40000}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct vox_error err;
        struct bytes out;

        assert_int_equal(capf_message_write(&bad[i], &out, &err), VOX_E_INPUT);
        assert_null(out.data);
    }
}

static void names_of_devices(void **state)
{
    static const struct {
        const char *name;
        bool good;
    } cases[] = {
        {"SEP001122334455", true},
        {"CSFJDOE", true},
        {"A", true},
        {"TCT-1.A_2", true},
        {"", false},
        {"SEP0011223344556", false},
        {"sep0", false},
        {"SEP 1", false},
        {"../X", false},
        {"..", false},
        {".", false},
        {"-A", false},
        {"_A", false},
        {"A/B", false},
        {"%s", false},
        {"A'B", false},
        {"A\"B", false},
        {"A;--", false},
        {"A\r", false},
        {"A\n", false},
        {"A\x1b[m", false},
        {"A\xe2\x80\xae", false},
        {"\xc3\x84", false},
    };
    char out[CAPF_DEVICE_MAX + 1];
    struct vox_error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct bytes_view v = {(const uint8_t *)cases[i].name, strlen(cases[i].name)};
        enum vox_err code = capf_device_text(v, out, &err);

        assert_int_equal(code, cases[i].good ? VOX_OK : VOX_E_INPUT);
        assert_string_equal(out, cases[i].good ? cases[i].name : "");
        if (!cases[i].good) {
            assert_non_null(strstr(err.text, "DEVICE_NAME"));
            for (const char *p = err.text; *p != '\0'; p++)
                assert_true((unsigned char)*p >= 0x20 && *p != 0x7f); /* one line, whatever the name */
        }
    }
    assert_int_equal(capf_device_text((struct bytes_view){(const uint8_t *)"A\0B", 3}, out, &err), VOX_E_INPUT);
    assert_int_equal(capf_device_text((struct bytes_view){NULL, 0}, out, &err), VOX_E_INPUT);
}

static void commands(void **state)
{
    char text[64];

    (void)state;
    assert_string_equal(capf_command_name(CAPF_SIGN_CERTIFICATE_RESPONSE), "SIGN_CERTIFICATE_RESPONSE");
    for (int c = 1; c <= 23; c++)
        assert_non_null(capf_command_name(c));
    assert_null(capf_command_name(0));
    assert_null(capf_command_name(24));
    assert_null(capf_command_name(-1));
    capf_message_text(&(struct capf_message){.command = 200, .nunknown = 2}, text, sizeof text);
    assert_string_equal(text, "command 200 {} and 2 unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_element_has_a_sample),
        cmocka_unit_test(all_elements_are_understood),
        cmocka_unit_test(the_order_of_peers),
        cmocka_unit_test(a_sudi_with_one_signature),
        cmocka_unit_test(headers),
        cmocka_unit_test(frames),
        cmocka_unit_test(writing_refuses),
        cmocka_unit_test(names_of_devices),
        cmocka_unit_test(commands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
