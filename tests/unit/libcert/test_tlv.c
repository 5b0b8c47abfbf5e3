/* The cursor cannot be made to leave its window; the writer cannot be made to lie about a length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <libcert/limits.h>
#include <libcert/tlv.h>

static void test_take_stays_inside(void **state)
{
    static const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7};
    struct tlv_reader r = tlv_reader(data, sizeof data);
    struct bytes_view v;
    uint32_t u32;
    uint16_t u16;
    uint8_t u8;

    (void)state;
    assert_true(tlv_take_u8(&r, &u8));
    assert_int_equal(u8, 1);
    assert_true(tlv_take_u16(&r, &u16));
    assert_int_equal(u16, 0x0203);
    assert_true(tlv_peek(&r, &u8));
    assert_int_equal(u8, 4);
    assert_true(tlv_take_u32(&r, &u32));
    assert_int_equal(u32, 0x04050607);
    assert_int_equal(tlv_left(&r), 0);
    assert_false(tlv_take_u8(&r, &u8));
    assert_false(tlv_take_u16(&r, &u16));
    assert_false(tlv_take_u32(&r, &u32));
    assert_false(tlv_peek(&r, &u8));
    assert_false(tlv_take(&r, 1, &v));
    assert_true(tlv_take(&r, 0, &v));
    assert_false(tlv_take(&r, SIZE_MAX, &v));
    assert_int_equal(tlv_offset(&r), 7);
}

static void test_three_bytes(void **state)
{
    static const uint8_t data[] = {1, 2, 3, 4, 5};
    struct tlv_reader r = tlv_reader(data, sizeof data);
    uint32_t v;

    (void)state;
    assert_true(tlv_take_u24(&r, &v));
    assert_int_equal(v, 0x010203);
    assert_false(tlv_take_u24(&r, &v));
    assert_int_equal(tlv_left(&r), 2);
}

static void test_every_truncation_of_a_tlv_is_noticed(void **state)
{
    static const uint8_t data[] = {9, 0, 3, 'a', 'b', 0};
    struct tlv t;
    char why[128];

    (void)state;
    for (size_t len = 0; len < sizeof data; len++) {
        struct tlv_reader r = tlv_reader(data, len);

        assert_false(tlv_next(&r, &t));
        assert_int_equal(tlv_offset(&r), 0); /* nothing taken */
        tlv_why_not(&r, why, sizeof why);
        assert_non_null(strstr(why, len == 0 ? "end at 0" : len < 3 ? "no room for its length" : "says length 3"));
    }
    struct tlv_reader r = tlv_reader(data, sizeof data);
    const char *text;
    size_t textlen;

    assert_true(tlv_next(&r, &t));
    assert_int_equal(t.tag, 9);
    assert_int_equal(t.value.len, 3);
    assert_true(tlv_as_text(&t, &text, &textlen));
    assert_string_equal(text, "ab");
    assert_int_equal(textlen, 2);
}

static void test_a_child_cannot_leave_its_container(void **state)
{
    static const uint8_t data[] = {3, 0, 4, 1, 0, 9, 7, 2, 0, 1, 5};
    struct tlv_reader r = tlv_reader(data, sizeof data), child;
    struct tlv t, inner;

    (void)state;
    assert_true(tlv_next(&r, &t));
    child = tlv_within(&t);
    assert_int_equal(tlv_offset(&child), 3);
    assert_false(tlv_next(&child, &inner)); /* length 9 would run into the neighbour */
    assert_true(tlv_next(&r, &t));
    assert_int_equal(t.offset, 7);
    assert_true(tlv_child(&r, 0, &child));
    assert_false(tlv_child(&r, 1, &child));
}

static void test_text_needs_exactly_one_nul(void **state)
{
    const struct {
        const char *bytes;
        size_t len;
        bool ok;
    } cases[] = {{"", 0, false},  {"a", 1, false},      {"a\0", 2, true},
                 {"\0", 1, true}, {"a\0b\0", 4, false}, {"\0\0", 2, false}};
    const char *text;
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tlv t = {.value = {(const uint8_t *)cases[i].bytes, cases[i].len}};

        assert_int_equal(tlv_as_text(&t, &text, &len), cases[i].ok);
    }
}

static void test_numbers_need_their_exact_size(void **state)
{
    static const uint8_t b[] = {1, 2, 3, 4, 5};
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;

    (void)state;
    for (size_t n = 0; n <= sizeof b; n++) {
        struct tlv t = {.value = {b, n}};

        assert_int_equal(tlv_as_u8(&t, &u8), n == 1);
        assert_int_equal(tlv_as_u16(&t, &u16), n == 2);
        assert_int_equal(tlv_as_u32(&t, &u32), n == 4);
    }
}

static void test_writer_and_reader_agree(void **state)
{
    struct tlv_writer w = tlv_writer(4096);
    struct bytes out;
    struct tlv t, inner;
    uint32_t u32;

    (void)state;
    size_t mark = tlv_begin(&w, 3);
    tlv_put_tlv_text(&w, 4, "CN=x");
    tlv_put_tlv_u8(&w, 8, 1);
    tlv_end(&w, mark);
    tlv_put_tlv_u32(&w, 15, 0x6b04ae06);
    assert_int_equal(tlv_finish(&w, &out, NULL), VOX_OK);
    assert_int_equal(out.len, 3 + 8 + 4 + 7);

    struct tlv_reader r = tlv_reader(out.data, out.len);
    assert_true(tlv_next(&r, &t));
    assert_int_equal(t.value.len, 12);
    struct tlv_reader child = tlv_within(&t);
    assert_true(tlv_next(&child, &inner));
    assert_int_equal(inner.tag, 4);
    assert_true(tlv_next(&child, &inner));
    assert_int_equal(tlv_left(&child), 0);
    assert_true(tlv_next(&r, &t));
    assert_true(tlv_as_u32(&t, &u32));
    assert_int_equal(u32, 0x6b04ae06);
    bytes_free(&out);
}

static void test_writer_refuses_what_16_bits_cannot_say(void **state)
{
    static uint8_t big[LIMIT_TLV_VALUE + 1];
    struct vox_error err;
    struct bytes out;

    (void)state;
    struct tlv_writer w = tlv_writer(1 << 20);
    tlv_put_tlv(&w, 1, big, LIMIT_TLV_VALUE);
    assert_int_equal(tlv_finish(&w, &out, &err), VOX_OK);
    bytes_free(&out);

    w = tlv_writer(1 << 20);
    tlv_put_tlv(&w, 1, big, LIMIT_TLV_VALUE + 1);
    tlv_put_u8(&w, 1); /* the failure sticks */
    assert_int_equal(tlv_finish(&w, &out, &err), VOX_E_INPUT);

    w = tlv_writer(1 << 20); /* a container that grows too long */
    size_t mark = tlv_begin(&w, 3);
    tlv_put(&w, big, sizeof big);
    tlv_end(&w, mark);
    assert_int_equal(tlv_finish(&w, &out, &err), VOX_E_INPUT);

    w = tlv_writer(10); /* the ceiling */
    tlv_put(&w, big, 11);
    assert_int_equal(tlv_finish(&w, &out, &err), VOX_E_INPUT);

    w = tlv_writer(10);
    tlv_put(&w, big, 10);
    assert_int_equal(tlv_finish(&w, &out, &err), VOX_OK);
    assert_int_equal(out.len, 10);
    bytes_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take_stays_inside),
        cmocka_unit_test(test_three_bytes),
        cmocka_unit_test(test_every_truncation_of_a_tlv_is_noticed),
        cmocka_unit_test(test_a_child_cannot_leave_its_container),
        cmocka_unit_test(test_text_needs_exactly_one_nul),
        cmocka_unit_test(test_numbers_need_their_exact_size),
        cmocka_unit_test(test_writer_and_reader_agree),
        cmocka_unit_test(test_writer_refuses_what_16_bits_cannot_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
