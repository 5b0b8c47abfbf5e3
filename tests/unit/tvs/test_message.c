/* TVS messages: the real phone's query, every field damaged in every way, and reading what was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libcert/tlv.h>
#include <tvs/message.h>

/* A QUERY_REQUEST with the proportions of the real trace: 10 + 27 + 69 + 25 + 22 = 153 bytes. */
static struct bytes real_query(uint8_t issuer_tag, uint8_t serial_tag)
{
    static const uint8_t serial[19] = {0x5a, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
    static const char subject[] = "CN=ucm11pub.example.test;OU=IST;O=Example;L=Sydney;ST=NSW;C=AU1234";
    struct tlv_writer w = tlv_writer(TVS_MESSAGE_MAX);
    struct bytes out;

    assert_int_equal(sizeof subject, 67);
    tlv_put(&w, "\x57\x01\x03\x00\x00\x00\x03\xe9\x00\x8f", 10);
    tlv_put_tlv(&w, 1,
                "\x01"
                "CP-8861-SEPB000B4BA0AEE",
                24);
    tlv_put_tlv(&w, 3, subject + 1, 66);
    tlv_put_tlv(&w, issuer_tag, "CN=Example Root CA, 1", 22);
    tlv_put_tlv(&w, serial_tag, serial, sizeof serial);
    assert_int_equal(tlv_finish(&w, &out, NULL), VOX_OK);
    assert_int_equal(out.len, 153);
    return out;
}

static void test_the_real_query(void **state)
{
    static const uint8_t tags[][2] = {{4, 5}, {5, 4}, {5, 6}, {6, 5}, {4, 6}};

    (void)state;
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        struct bytes b = real_query(tags[i][0], tags[i][1]);
        struct vox_error err = {0};
        struct tvs_message m;

        if (tvs_message_read(b.data, b.len, &m, &err) != VOX_OK)
            fail_msg("%s", err.text);
        assert_int_equal(m.command, TVS_QUERY_REQUEST);
        assert_int_equal(m.session, 0x3e9);
        assert_int_equal(m.device_len, 23);
        assert_memory_equal(m.device, "CP-8861-SEPB000B4BA0AEE", 23);
        assert_string_equal(m.issuer, "CN=Example Root CA, 1");
        assert_non_null(strstr(m.subject, "=ucm11pub"));
        assert_int_equal(m.serial.len, 19);
        bytes_free(&b);
    }
}

static void test_frames_arrive_in_pieces(void **state)
{
    struct bytes b = real_query(4, 5);
    size_t need;

    (void)state;
    for (size_t n = 0; n < b.len; n++) {
        assert_int_equal(tvs_frame(b.data, n, &need, NULL), VOX_E_NOT_FOUND);
        assert_int_equal(need, n < TVS_HEADER_LEN ? TVS_HEADER_LEN : b.len);
    }
    assert_int_equal(tvs_frame(b.data, b.len, &need, NULL), VOX_OK);
    assert_int_equal(need, b.len);

    uint8_t two[400];
    memcpy(two, b.data, b.len);
    memcpy(two + b.len, b.data, b.len);
    assert_int_equal(tvs_frame(two, 2 * b.len, &need, NULL), VOX_OK);
    assert_int_equal(need, b.len);

    /* What is no TVS is known by its first bytes. */
    assert_int_equal(tvs_frame((const uint8_t *)"GET / HTTP/1.0\r\n", 16, &need, NULL), VOX_E_INPUT);
    assert_int_equal(tvs_frame((const uint8_t *)"G", 1, &need, NULL), VOX_E_INPUT);
    assert_int_equal(tvs_frame((const uint8_t *)"\x57\x02", 2, &need, NULL), VOX_E_INPUT);
    bytes_free(&b);
}

static void test_every_truncation_is_refused(void **state)
{
    struct bytes b = real_query(4, 5);
    struct tvs_message m;

    (void)state;
    for (size_t n = 0; n < b.len; n++) {
        uint8_t *copy = malloc(n + 1); /* exact size, for the address sanitizer */
        struct vox_error err;

        memcpy(copy, b.data, n);
        assert_int_equal(tvs_message_read(copy, n, &m, &err), VOX_E_INPUT);
        assert_non_null(strstr(err.text, "tvs.md 2"));
        if (n >= TVS_HEADER_LEN) { /* the same with a header that agrees: cut inside the elements */
            size_t body = n - TVS_HEADER_LEN;
            enum vox_err code;

            copy[8] = (uint8_t)(body >> 8);
            copy[9] = (uint8_t)body;
            code = tvs_message_read(copy, n, &m, &err);
            assert_true(code == VOX_E_INPUT || (code == VOX_OK && m.subject != NULL));
        }
        free(copy);
    }
    bytes_free(&b);
}

/* Wrap elements in a header for command. */
static enum vox_err read_elements(uint8_t command, const char *elements, size_t len, struct vox_error *err)
{
    struct tlv_writer w = tlv_writer(TVS_MESSAGE_MAX);
    struct tvs_message m;
    struct bytes b;
    enum vox_err code;

    tlv_put(&w, "\x57\x01", 2);
    tlv_put_u8(&w, command);
    tlv_put(&w, "\0\0\0\0\1", 5);
    tlv_put_u16(&w, (uint16_t)len);
    tlv_put(&w, elements, len);
    assert_int_equal(tlv_finish(&w, &b, NULL), VOX_OK);
    code = tvs_message_read(b.data, b.len, &m, err);
    bytes_free(&b);
    return code;
}

#define REFUSED(command, elements, words)                                                             \
    do {                                                                                              \
        struct vox_error err_ = {0};                                                                  \
        assert_int_equal(read_elements(command, elements, sizeof(elements) - 1, &err_), VOX_E_INPUT); \
        if (strstr(err_.text, words) == NULL)                                                         \
            fail_msg("said: %s", err_.text);                                                          \
    } while (0)
#define TAKEN(command, elements) assert_int_equal(read_elements(command, elements, sizeof(elements) - 1, NULL), VOX_OK)

static void test_refusals_name_the_fault(void **state)
{
    (void)state;
    REFUSED(0, "", "COMMAND: 0");
    REFUSED(5, "", "COMMAND: 5");
    REFUSED(255, "", "COMMAND: 255");
    REFUSED(1, "", "CERTIFICATE: missing");
    REFUSED(1, "\2\0\1x\2\0\1x", "CERTIFICATE: a second one");
    REFUSED(1, "\2\0\0", "CERTIFICATE: length 0");
    REFUSED(1, "\2\0\1x\1\0\0", "DEVICE_NAME: length 0");
    REFUSED(1, "\2\0\2x", "says length 2");
    REFUSED(3, "", "neither a subject nor a serial");
    REFUSED(3, "\3\0\4CN=x", "neither a name");     /* no NUL */
    REFUSED(3, "\3\0\6CN\0=x\0", "neither a name"); /* a NUL inside */
    REFUSED(3, "\3\0\0", "neither a subject nor a serial");
    REFUSED(3, "\4\0\5CN=x\0", "neither a subject nor a serial"); /* an issuer alone */
    REFUSED(3, "\3\0\5CN=x\0\3\0\5CN=y\0", "a second one");
    REFUSED(3, "\3\0\5CN=x\0\4\0\5CN=y\0\5\0\5CN=z\0", "three names");
    REFUSED(3, "\4\0\1\x05\5\0\1\x06", "a second one");
    REFUSED(3, "\3\0\5CN=x\0\6\0\1a\6\0\1a", "tag 6: a second one");
    REFUSED(2, "", "STATUS: missing");
    REFUSED(2, "\7\0\2\0\0", "STATUS: length 2");
    REFUSED(2, "\7\0\1\0\x09\0\3\0\0\0", "TTL: length 3");
    REFUSED(4, "\7\0\1\0\7\0\1\0", "STATUS: a second one");
    TAKEN(2, "\7\0\1\1");
    TAKEN(2, "\7\0\1\0\x08\0\2\0\3\x09\0\4\0\1\x51\x80");
    TAKEN(1, "\2\0\1x\x63\0\3abc"); /* an unknown tag is skipped */
    {
        static const uint8_t longer[] = "\x57\x01\x02\0\0\0\0\1\0\4\7\0\1\1x"; /* a byte behind what LENGTH says */
        struct tvs_message m;
        struct vox_error err;

        assert_int_equal(tvs_message_read(longer, sizeof longer - 2, &m, &err), VOX_OK);
        assert_int_equal(tvs_message_read(longer, sizeof longer - 1, &m, &err), VOX_E_INPUT);
        assert_non_null(strstr(err.text, "LENGTH: says 4, 5 bytes follow"));
        assert_int_equal(tvs_message_read(longer, sizeof longer - 3, &m, &err), VOX_E_INPUT);
    }
    TAKEN(1, "\2\0\1x\6\0\1a");
    TAKEN(3, "\5\0\2\0\x09"); /* a serial number alone */
    TAKEN(3, "\4\0\5CN=x\0\5\0\5CN=y\0");
}

/* One element of len bytes, alone with what its command needs: the longest that is taken, and one byte more. */
static enum vox_err read_sized(uint8_t command, uint8_t tag, size_t len)
{
    static char elements[65000];
    size_t n = 0;
    struct vox_error err;

    if (command == TVS_VERIFY_REQUEST && tag != 2) {
        memcpy(elements, "\2\0\1x", 4);
        n = 4;
    } else if (command == TVS_QUERY_RESPONSE) {
        memcpy(elements, "\7\0\1\0", 4);
        n = 4;
    }
    elements[n] = (char)tag;
    elements[n + 1] = (char)(len >> 8);
    elements[n + 2] = (char)len;
    memset(elements + n + 3, 'a', len);
    if (command == TVS_QUERY_REQUEST && tag <= 4 && len > 3) {
        memcpy(elements + n + 3, "CN=", 3);
        elements[n + 3 + len - 1] = '\0';
    }
    return read_elements(command, elements, n + 3 + len, &err);
}

static void test_the_longest_that_is_taken(void **state)
{
    static const struct {
        uint8_t command, tag;
        size_t most;
    } cases[] = {
        {TVS_VERIFY_REQUEST, 1, 129},       {TVS_QUERY_REQUEST, 3, 1024}, {TVS_QUERY_REQUEST, 5, 65},
        {TVS_VERIFY_REQUEST, 2, 60 * 1024}, {TVS_QUERY_RESPONSE, 8, 32},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(read_sized(cases[i].command, cases[i].tag, cases[i].most), VOX_OK);
        assert_int_equal(read_sized(cases[i].command, cases[i].tag, cases[i].most + 1), VOX_E_INPUT);
    }
    REFUSED(3, "\3\0\6CN=\x7fx\0", "neither a name"); /* DEL is no text */
}

/* Read a query; the message borrows the bytes, which the caller frees. */
static struct bytes read_query(const char *elements, size_t len, struct tvs_message *m)
{
    struct tlv_writer w = tlv_writer(TVS_MESSAGE_MAX);
    struct vox_error err = {0};
    struct bytes b;

    tlv_put(&w, "\x57\x01\x03\0\0\0\0\1", 8);
    tlv_put_u16(&w, (uint16_t)len);
    tlv_put(&w, elements, len);
    assert_int_equal(tlv_finish(&w, &b, NULL), VOX_OK);
    if (tvs_message_read(b.data, b.len, m, &err) != VOX_OK)
        fail_msg("%s", err.text);
    return b;
}

/* Tag 6 gives what the others leave open, and is skipped otherwise; an empty element says nothing. */
static void test_the_open_ends_of_a_query(void **state)
{
#define SUBJECT "\3\0\5CN=s\0"
#define ISSUER  "\5CN=i\0"
#define SERIAL  "\2\x21\x22"
    static const struct {
        const char *elements;
        size_t len;
        bool subject, issuer, serial;
        size_t skipped;
    } cases[] = {
#define CASE(bytes, ...) {bytes, sizeof(bytes) - 1, __VA_ARGS__}
        CASE(SUBJECT "\4\0" ISSUER "\5\0" SERIAL "\6\0\0", true, true, true, 1),
        CASE(SUBJECT "\4\0" ISSUER "\5\0" SERIAL "\6\0\3abc", true, true, true, 1),
        CASE("\6\0\3abc" SUBJECT "\4\0" ISSUER "\5\0" SERIAL, true, true, true, 1), /* wherever it stands */
        CASE(SUBJECT "\4\0" ISSUER "\5\0" SERIAL "\6\0\5CN=x\0", true, true, true, 1),
        CASE(SUBJECT "\5\0" ISSUER "\6\0" SERIAL, true, true, true, 0),
        CASE(SUBJECT "\5\0" SERIAL "\6\0" ISSUER, true, true, true, 0),
        CASE("\4\0\5CN=s\0\6\0" ISSUER, true, true, false, 0),
        CASE("\6\0\5CN=s\0\4\0" ISSUER, true, true, false, 0), /* the first one is the subject */
        CASE(SUBJECT "\4\0\1\0\5\0\0", true, false, false, 2),
        CASE("\3\0\1\0\4\0" ISSUER "\5\0" SERIAL, false, true, true, 1),
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tvs_message m;
        struct bytes b = read_query(cases[i].elements, cases[i].len, &m);

        if ((m.subject != NULL) != cases[i].subject || (m.issuer != NULL) != cases[i].issuer ||
            (m.serial.data != NULL) != cases[i].serial || m.nunknown != cases[i].skipped)
            fail_msg("case %zu", i);
        if (m.subject != NULL)
            assert_string_equal(m.subject, "CN=s");
        if (m.issuer != NULL)
            assert_string_equal(m.issuer, "CN=i");
        if (m.serial.data != NULL)
            assert_memory_equal(m.serial.data, "\x21\x22", 2);
        bytes_free(&b);
    }
}

static void test_unknown_tags_are_remembered_but_bounded(void **state)
{
    char elements[4 + 100 * 3] = "\2\0\1x";
    struct tlv_writer w = tlv_writer(1000);
    struct tvs_message m;
    struct bytes b;

    (void)state;
    for (size_t i = 0; i < 100; i++)
        elements[4 + 3 * i] = (char)(100 + i);
    tlv_put(&w, "\x57\x01\x01\x00\0\0\0\1", 8);
    tlv_put_u16(&w, sizeof elements);
    tlv_put(&w, elements, sizeof elements);
    assert_int_equal(tlv_finish(&w, &b, NULL), VOX_OK);
    assert_int_equal(tvs_message_read(b.data, b.len, &m, NULL), VOX_OK);
    assert_int_equal(m.nunknown, 100);
    assert_int_equal(m.unknown[0], 100);
    assert_int_equal(m.unknown[TVS_UNKNOWN_MAX - 1], 107);
    bytes_free(&b);
}

static void test_what_is_written_is_read(void **state)
{
    static const uint8_t roles[] = {0, 3}, der[] = {0x30, 0x00}, serial[] = {0, 0x99};
    struct tvs_message m = {.command = TVS_QUERY_RESPONSE,
                            .session = 0xfffffffe,
                            .has_status = true,
                            .certificate = {der, sizeof der},
                            .roles = {roles, sizeof roles},
                            .has_ttl = true,
                            .ttl = TVS_TTL_DEFAULT};
    struct tvs_message back;
    struct bytes b;

    (void)state;
    assert_int_equal(tvs_message_write(&m, &b, NULL), VOX_OK);
    /* The layout of the real reply: 7, 2, 8, 9. */
    assert_memory_equal(b.data,
                        "\x57\x01\x04\x00\xff\xff\xff\xfe\x00\x15\x07\x00\x01\x00\x02\x00\x02\x30\x00\x08\x00\x02\x00"
                        "\x03\x09\x00\x04\x00\x01\x51\x80",
                        b.len);
    assert_int_equal(tvs_message_read(b.data, b.len, &back, NULL), VOX_OK);
    assert_int_equal(back.session, m.session);
    assert_int_equal(back.ttl, 86400);
    assert_int_equal(back.roles.len, 2);
    bytes_free(&b);

    m = (struct tvs_message){.command = TVS_QUERY_REQUEST,
                             .session = 7,
                             .device = "SEP1",
                             .device_len = 4,
                             .subject = "CN=a",
                             .issuer = "CN=b",
                             .serial = {serial, 2}};
    assert_int_equal(tvs_message_write(&m, &b, NULL), VOX_OK);
    assert_int_equal(tvs_message_read(b.data, b.len, &back, NULL), VOX_OK);
    assert_string_equal(back.subject, "CN=a");
    assert_string_equal(back.issuer, "CN=b");
    assert_int_equal(back.serial.len, 1); /* without the sign byte */
    bytes_free(&b);
}

/* A serial number whose bytes happen to be text must not come out as a name. */
static void test_a_serial_number_that_looks_like_a_name(void **state)
{
    static const uint8_t serial[] = {'N', '=', '&', 0};
    const struct tvs_message m = {.command = TVS_QUERY_REQUEST, .serial = {serial, sizeof serial}};
    struct tvs_message back;
    struct bytes b;

    (void)state;
    assert_int_equal(tvs_message_write(&m, &b, NULL), VOX_OK);
    assert_int_equal(tvs_message_read(b.data, b.len, &back, NULL), VOX_OK);
    assert_null(back.subject);
    assert_null(back.issuer);
    assert_true(bytes_equal(back.serial, m.serial));
    bytes_free(&b);
    TAKEN(3, "\5\0\4\x11=\x7f\0"); /* no text: a serial number */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_real_query),
        cmocka_unit_test(test_frames_arrive_in_pieces),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_refusals_name_the_fault),
        cmocka_unit_test(test_the_longest_that_is_taken),
        cmocka_unit_test(test_the_open_ends_of_a_query),
        cmocka_unit_test(test_unknown_tags_are_remembered_but_bounded),
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_a_serial_number_that_looks_like_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
