#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include <libcert/gzip.h>

enum { PACKED_MAX = 4096 };

/* text, repeated n times, packed behind what is in out already. */
static size_t pack(uint8_t *out, size_t used, const char *text, size_t n)
{
    z_stream z = {.next_out = out + used, .avail_out = (uInt)(PACKED_MAX - used)};

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    for (size_t i = 0; i < n; i++) {
        z.next_in = (Bytef *)(uintptr_t)text;
        z.avail_in = (uInt)strlen(text);
        assert_int_equal(deflate(&z, Z_NO_FLUSH), Z_OK);
    }
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    used += z.total_out;
    assert_int_equal(deflateEnd(&z), Z_OK);
    return used;
}

static struct bytes_view view(const uint8_t *data, size_t len)
{
    return (struct bytes_view){data, len};
}

static void test_is(void **state)
{
    (void)state;
    assert_true(gzip_is(view((const uint8_t *)"\x1f\x8b", 2)));
    assert_false(gzip_is(view((const uint8_t *)"\x1f", 1)));
    assert_false(gzip_is(view((const uint8_t *)"Nov 28", 6)));
}

static void test_whole(void **state)
{
    uint8_t packed[PACKED_MAX] = {0};
    struct bytes out;
    size_t len = pack(packed, 0, "one line\n", 3);

    (void)state;
    assert_int_equal(gzip_unpack(view(packed, len), 27, &out, NULL), VOX_OK);
    assert_int_equal(out.len, 27);
    assert_memory_equal(out.data, "one line\none line\none line\n", 27);
    bytes_free(&out);
    /* several, and zeros behind them, as on a tape */
    len = pack(packed, len, "two\n", 1);
    assert_int_equal(gzip_unpack(view(packed, len + 100), 1000, &out, NULL), VOX_OK);
    assert_int_equal(out.len, 31);
    assert_memory_equal(out.data + 27, "two\n", 4);
    bytes_free(&out);
    /* of nothing */
    len = pack(packed, 0, "", 0);
    assert_int_equal(gzip_unpack(view(packed, len), 0, &out, NULL), VOX_OK);
    assert_int_equal(out.len, 0);
    bytes_free(&out);
}

static void test_to_a_file(void **state)
{
    uint8_t packed[PACKED_MAX];
    char read_back[16] = "";
    int fd = memfd_create("unpacked", MFD_CLOEXEC);
    size_t len = pack(packed, 0, "one line\n", 1);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(gzip_unpack_fd(view(packed, len), 100, fd, NULL), VOX_OK);
    assert_int_equal(pread(fd, read_back, sizeof read_back, 0), 9);
    assert_string_equal(read_back, "one line\n");
    assert_int_equal(close(fd), 0);
    assert_int_equal(gzip_unpack_fd(view(packed, len), 100, fd, NULL), VOX_E_IO);
}

/* However much a small file claims to hold, no more than max is taken. */
static void test_too_large(void **state)
{
    uint8_t packed[PACKED_MAX];
    struct vox_error err;
    struct bytes out;
    size_t len = pack(packed, 0, "0123456789abcdef", 60000);

    (void)state;
    assert_int_equal(gzip_unpack(view(packed, len), 60000 * 16 - 1, &out, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "more than 959999 bytes"));
    assert_null(out.data);
    assert_int_equal(gzip_unpack(view(packed, len), 60000 * 16, &out, &err), VOX_OK);
    assert_int_equal(out.len, 60000 * 16);
    bytes_free(&out);
}

static void test_damaged(void **state)
{
    uint8_t packed[PACKED_MAX];
    struct vox_error err;
    struct bytes out;
    size_t len = pack(packed, 0, "one line\n", 3);

    (void)state;
    for (size_t i = 1; i < len; i++) { /* its end is missing, wherever */
        assert_int_equal(gzip_unpack(view(packed, i), 1000, &out, &err), VOX_E_INPUT);
        assert_non_null(strstr(err.text, "not whole"));
        assert_null(out.data);
    }
    assert_int_equal(gzip_unpack(view(packed, 0), 1000, &out, &err), VOX_E_INPUT);
    packed[len - 8] ^= 1; /* the check sum */
    assert_int_equal(gzip_unpack(view(packed, len), 1000, &out, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "damaged"));
    packed[len - 8] ^= 1;
    packed[len] = 'x'; /* something behind it */
    assert_int_equal(gzip_unpack(view(packed, len + 1), 1000, &out, &err), VOX_E_INPUT);
    assert_int_equal(gzip_unpack(view((const uint8_t *)"one line\n", 9), 1000, &out, &err), VOX_E_INPUT);
}

static void test_begin(void **state)
{
    uint8_t packed[PACKED_MAX], out[20];
    size_t len = pack(packed, 0, "one line\n", 1);

    (void)state;
    assert_int_equal(gzip_begin(view(packed, len), out, 3), 3);
    assert_memory_equal(out, "one", 3);
    len = pack(packed, len, "two\n", 1);
    assert_int_equal(gzip_begin(view(packed, len), out, sizeof out), 13);
    assert_memory_equal(out, "one line\ntwo\n", 13);
    assert_int_equal(gzip_begin(view(packed, 10), out, sizeof out), 0);
    assert_int_equal(gzip_begin(view((const uint8_t *)"one line\n", 9), out, sizeof out), 0);
    assert_int_equal(gzip_begin(view(packed, 0), out, sizeof out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is),        cmocka_unit_test(test_whole),   cmocka_unit_test(test_to_a_file),
        cmocka_unit_test(test_too_large), cmocka_unit_test(test_damaged), cmocka_unit_test(test_begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
