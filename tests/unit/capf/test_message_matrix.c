/* Every way in which an element can be wrong. */
#include "draft.h"

/* Each command with each element alone: nothing but the table decides. */
static void each_element_in_each_command(void **state)
{
    struct capf_message m;
    struct vox_error err;

    (void)state;
    for (unsigned command = 0; command <= 24; command++) {
        for (size_t i = 0; i < SAMPLES; i++) {
            draft_start(&draft, (uint8_t)command);
            add_sample(&samples[i]);
            assert_true(accepted(&m, &err));
            assert_int_equal(m.command, command);
            assert_int_equal(m.session, 0x12345678);
            assert_int_equal(m.present, UINT32_C(1) << samples[i].tag);
            assert_int_equal(m.nunknown, 0);
            assert_round_trip(&m);
        }
    }
}

static void doubled(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        draft_start(&draft, CAPF_AUTH_RESPONSE);
        add_sample(&samples[i]);
        add_sample(&samples[(i + 1) % SAMPLES]);
        add_sample(&samples[i]);
        assert_refused("a second one");
    }
}

/* Each element with each length around its limits, filled with zeros: right or refused by the table's numbers. */
static void lengths(void **state)
{
    static const uint8_t zeros[BODY_MAX];
    size_t n;
    const struct capf_element_rule *rules = capf_element_rules(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const size_t tried[] = {0,      1,      2,     3,    4, 5, rules[i].min - 1u, rules[i].max, rules[i].max + 1u,
                                0x7fff, 0x8000, 65531, 65532};

        for (size_t k = 0; k < sizeof tried / sizeof *tried; k++) {
            struct capf_message m;
            struct vox_error err;
            bool fits = tried[k] >= rules[i].min && tried[k] <= rules[i].max;

            if (tried[k] > BODY_MAX - 3)
                continue;
            draft_start(&draft, CAPF_AUTH_RESPONSE);
            draft_tlv(&draft, rules[i].tag, tried[k], zeros, tried[k]);
            if (rules[i].shape == CAPF_NESTED)
                fits = false; /* zeros are no TLVs */
            if (rules[i].shape == CAPF_TEXT && tried[k] > 1)
                fits = false; /* NULs inside */
            if (accepted(&m, &err) != fits)
                fail_msg("%s with %zu bytes: %s", rules[i].name, tried[k], err.text);
        }
    }
}

/* The numbers of capf.md 2.2, written from there and not from the table: the longest passes, one byte more does not. */
static void limits_of_the_document(void **state)
{
    static const struct {
        uint8_t tag;
        size_t least, most;
    } limits[] = {
        {CAPF_REASON, 1, 1},           {CAPF_REASON_INFO, 0, 1024},
        {CAPF_CERTIFICATE_TYPE, 1, 1}, {CAPF_CERTIFICATE_ID, 0, 256},
        {CAPF_SIGNED_DATA, 1, 2048},   {CAPF_VERSION, 1, 1},
        {CAPF_AUTH_TYPE, 1, 1},        {CAPF_PUBLIC_KEY, 1, 16384},
        {CAPF_KEY_SIZE, 2, 2},         {CAPF_PASSWORD, 0, 129},
        {CAPF_RETRY_DELAY, 4, 4},      {CAPF_DEVICE_NAME, 1, 129},
        {CAPF_KEY_TYPE, 1, 1},         {CAPF_CURVE, 1, 1},
        {CAPF_DIGEST_TYPE, 1, 1},      {CAPF_SHA2_SIGNED_DATA, 4, 2048 + 3},
    };
    static uint8_t value[BODY_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        const bool text = limits[i].tag == CAPF_PASSWORD || limits[i].tag == CAPF_DEVICE_NAME;

        for (size_t len = limits[i].least > 0 ? limits[i].least - 1 : 0; len <= limits[i].most + 1; len++) {
            struct capf_message m;
            struct vox_error err;
            const bool fits = len >= limits[i].least && len <= limits[i].most;

            if (len > limits[i].least + 1 && len + 2 < limits[i].most)
                continue; /* only around the limits */
            memset(value, 'A', len);
            if (text && len > 0)
                value[len - 1] = '\0';
            if (limits[i].tag == CAPF_SHA2_SIGNED_DATA && len >= 3) {
                value[0] = 3;
                value[1] = (uint8_t)((len - 3) >> 8);
                value[2] = (uint8_t)(len - 3);
            }
            draft_start(&draft, CAPF_AUTH_RESPONSE);
            draft_tlv(&draft, limits[i].tag, len, value, len);
            if (accepted(&m, &err) != fits)
                fail_msg("element %u with %zu bytes: %s", limits[i].tag, len, fits ? err.text : "accepted");
        }
    }
}

/* Lengths that run past the end of the message, by one byte and by all that the format can say. */
static void past_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample *s = &samples[i];
        const size_t claims[] = {s->len + 1, 0x7fff, 0x8000, 65535};

        for (size_t k = 0; k < sizeof claims / sizeof *claims; k++) {
            draft_start(&draft, CAPF_AUTH_RESPONSE);
            draft_tlv(&draft, s->tag, claims[k], s->value, s->len);
            assert_refused("capf.md 2.2: tag");
        }
        for (size_t cut = 1; cut < 3; cut++) { /* no room for tag and length */
            draft_start(&draft, CAPF_AUTH_RESPONSE);
            add_sample(s);
            draft_tlv(&draft, s->tag == 1 ? 2 : 1, 0, NULL, 0);
            draft.len -= cut;
            assert_refused("capf.md 2.2: tag");
        }
    }
}

static void texts(void **state)
{
    static const struct {
        const char *value;
        size_t len;
        bool good;
    } cases[] = {
        {"\0", 1, true},         {"A", 1, false},
        {"A\0", 2, true},        {"A\0\0", 3, false},
        {"A\0B\0", 4, false},    {"\0A\0", 3, false},
        {"\xff\xfe\0", 3, true}, {"%s%n\0", 5, true},
        {"\r\nX\0", 4, true},    {"SEP001122334455", 15, false},
    };
    static const uint8_t tags[] = {CAPF_DEVICE_NAME, CAPF_PASSWORD};

    (void)state;
    for (size_t t = 0; t < sizeof tags; t++) {
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            struct capf_message m;
            struct vox_error err;

            draft_start(&draft, CAPF_AUTH_RESPONSE);
            draft_tlv(&draft, tags[t], cases[i].len, cases[i].value, cases[i].len);
            assert_int_equal(accepted(&m, &err), cases[i].good);
            if (cases[i].good)
                assert_round_trip(&m);
        }
    }
}

/* Everything that can be wrong inside the elements that hold TLVs. */
static void nested(void **state)
{
    static const struct {
        uint8_t tag;
        const char *value;
        size_t len;
        const char *why;
    } cases[] = {
#define CASE(tag, text, why) {tag, text, sizeof(text) - 1, why}
        CASE(CAPF_CERTIFICATE, "\2\0\6\0\2DER.", "inner tag 2"),
        CASE(CAPF_CERTIFICATE, "\0\0\6\0\2DER.", "inner tag 0"),
        CASE(CAPF_CERTIFICATE, "\1\0\7\0\2DER.", "says length 7"),
        CASE(CAPF_CERTIFICATE, "\1\xff\xff\0\2DER.", "says length 65535"),
        CASE(CAPF_CERTIFICATE, "\1\0\5\0\2DER.", "1 bytes left over"),
        CASE(CAPF_CERTIFICATE, "\1\0\0\0\2DER.", "6 bytes left over"),
        CASE(CAPF_CERTIFICATE, "\1\0\6\1\2DER.", "0x01 before its type"),
        CASE(CAPF_CERTIFICATE, "\1\0\2\0\2\1\0\0", "3 bytes left over"),
        CASE(CAPF_CERTIFICATE, "\1\0\2\0\2", "must be 6 to"),
        CASE(CAPF_CERTIFICATE, "\1\0\6\0\2DER.\1\0\6\0\2DER.", "9 bytes left over"),
        CASE(CAPF_SHA2_SIGNED_DATA, "\3\0\0s", "1 bytes left over"),
        CASE(CAPF_SHA2_SIGNED_DATA, "\3\0\2s", "says length 2"),
        CASE(CAPF_SHA2_SIGNED_DATA, "\3\xff\xffs", "says length 65535"),
        CASE(CAPF_SHA2_SIGNED_DATA, "\3\0\1st", "1 bytes left over"),
        CASE(CAPF_SHA2_SIGNED_DATA, "\3\0\1s\3\0\1s", "4 bytes left over"),
        CASE(CAPF_SHA2_SIGNED_DATA, "\3\0\0", "must be 4 to"),
        CASE(CAPF_SUDI_DATA, "\0\0\3DER", "no signature"),
        CASE(CAPF_SUDI_DATA, "\1\0\2s1\3\0\4s512", "no certificate"),
        CASE(CAPF_SUDI_DATA, "\0\0\3DER\1\0\2s1\1\0\2s1", "a second part 1"),
        CASE(CAPF_SUDI_DATA, "\0\0\3DER\0\0\3DER\1\0\2s1", "a second part 0"),
        CASE(CAPF_SUDI_DATA, "\0\0\0\1\0\2s1", "part 0 is empty"),
        CASE(CAPF_SUDI_DATA, "\0\0\3DER\1\0\0", "part 1 is empty"),
        CASE(CAPF_SUDI_DATA, "\0\0\3DER\3\0\0", "part 3 is empty"),
        CASE(CAPF_SUDI_DATA, "\0\0\3DER\2\0\2s2", "inner tag 2"),
        CASE(CAPF_SUDI_DATA, "\0\0\3DER\1\0\2s1\3\0\4s51", "says length 4"),
        CASE(CAPF_SUDI_DATA, "\0\0\3DER\1\0\2s1\3\0", "no room for its length"),
        CASE(CAPF_SUDI_DATA,
             "\0\xff\xff"
             "DER\1\0\2s1",
             "says length 65535"),
#undef CASE
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        draft_start(&draft, CAPF_AUTH_RESPONSE);
        draft_tlv(&draft, cases[i].tag, cases[i].len, cases[i].value, cases[i].len);
        assert_refused(cases[i].why);
    }
}

static void unknown_tags_are_skipped(void **state)
{
    struct capf_message m;
    struct vox_error err;
    unsigned unknown = 0;
    uint32_t expected = 0;

    (void)state;
    draft_start(&draft, CAPF_AUTH_RESPONSE);
    for (unsigned tag = 0; tag < 256; tag++) {
        if (capf_element_name((int)tag) != NULL) {
            add_sample(sample_of((uint8_t)tag));
            expected |= UINT32_C(1) << tag;
        } else {
            draft_tlv(&draft, (uint8_t)tag, tag % 7, "abcdefg", tag % 7);
            unknown++;
        }
    }
    draft_tlv(&draft, 99, 2, "xy", 2); /* twice is nobody's business */
    unknown++;
    assert_true(accepted(&m, &err));
    assert_int_equal(m.present, expected);
    assert_int_equal(m.nunknown, unknown);
    assert_int_equal(m.unknown[0], 0);
    assert_int_equal(m.unknown[1], 14);
    assert_int_equal(m.unknown[2], 15);
    assert_int_equal(m.unknown[3], 21);
}

static void enough_cases(void **state)
{
    (void)state;
    assert_true(ncases >= 600); /* of the matrix above */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_element_in_each_command),
        cmocka_unit_test(doubled),
        cmocka_unit_test(lengths),
        cmocka_unit_test(limits_of_the_document),
        cmocka_unit_test(past_the_end),
        cmocka_unit_test(texts),
        cmocka_unit_test(nested),
        cmocka_unit_test(unknown_tags_are_skipped),
        cmocka_unit_test(enough_cases),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
