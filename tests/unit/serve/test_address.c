/* Addresses and networks from options; what counts as one source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <serve/address.h>

static struct address parsed(const char *text)
{
    struct address a;
    struct vox_error err;

    if (address_parse(text, &a, &err) != VOX_OK)
        fail_msg("%s", err.text);
    return a;
}

static void test_there_and_back(void **state)
{
    static const char *const same[] = {"192.0.2.1:2445", "[2001:db8::1]:2445", "[::]:1", "127.0.0.1:65535",
                                       "0.0.0.0:0"};
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct address a = parsed(same[i]);

        address_text(&a, text, sizeof text);
        assert_string_equal(text, same[i]);
    }
    struct address a = parsed(":2445");
    address_text(&a, text, sizeof text);
    assert_string_equal(text, "[::]:2445");
    a = parsed("[::ffff:192.0.2.9]:5");
    address_text(&a, text, sizeof text);
    assert_string_equal(text, "192.0.2.9:5");
}

static void test_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "2445",
                                      "host:2445",
                                      "192.0.2.1",
                                      "192.0.2.1:",
                                      "192.0.2.1:65536",
                                      "192.0.2.1:-1",
                                      "192.0.2.1: 1",
                                      "2001:db8::1:2445",
                                      "[2001:db8::1]",
                                      "[2001:db8::1:2445",
                                      "[x]:1",
                                      "192.0.2.300:1",
                                      "192.0.2.1:123456"};
    struct address a;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(address_parse(bad[i], &a, NULL), VOX_E_USAGE);
}

static void test_networks(void **state)
{
    static const struct {
        const char *net, *address;
        bool in;
    } cases[] = {
        {"192.0.2.0/24", "192.0.2.255:1", true},
        {"192.0.2.0/24", "192.0.3.0:1", false},
        {"192.0.2.128/25", "192.0.2.127:1", false},
        {"192.0.2.128/25", "192.0.2.200:1", true},
        {"192.0.2.7", "192.0.2.7:1", true},
        {"192.0.2.7", "192.0.2.6:1", false},
        {"0.0.0.0/0", "203.0.113.9:1", true},
        {"0.0.0.0/0", "[2001:db8::1]:1", false},
        {"2001:db8::/32", "[2001:db8:1::1]:1", true},
        {"2001:db8::/32", "[2001:db9::1]:1", false},
        {"192.0.2.0/24", "[::ffff:192.0.2.1]:1", true},
        {"::/0", "192.0.2.1:1", true},
    };
    static const char *const bad[] = {"",    "192.0.2.0/33",   "192.0.2.0/", "192.0.2.0/-1",
                                      "x/8", "2001:db8::/129", "192.0.2/24"};
    struct cidr c;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct address a = parsed(cases[i].address);

        assert_int_equal(cidr_parse(cases[i].net, &c, NULL), VOX_OK);
        if (cidr_contains(&c, &a) != cases[i].in)
            fail_msg("%s in %s", cases[i].address, cases[i].net);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(cidr_parse(bad[i], &c, NULL), VOX_E_USAGE);
}

static void test_sources(void **state)
{
    unsigned char a[16], b[16];
    struct address x;

    (void)state;
    x = parsed("192.0.2.1:1");
    address_source(&x, a);
    x = parsed("192.0.2.1:2"); /* another port is the same source */
    address_source(&x, b);
    assert_memory_equal(a, b, 16);
    x = parsed("[::ffff:192.0.2.1]:2"); /* and so is the mapped form */
    address_source(&x, b);
    assert_memory_equal(a, b, 16);
    x = parsed("192.0.2.2:1");
    address_source(&x, b);
    assert_memory_not_equal(a, b, 16);
    x = parsed("[2001:db8:0:1::1]:1");
    address_source(&x, a);
    x = parsed("[2001:db8:0:1:ffff::2]:1"); /* one /64 is one source */
    address_source(&x, b);
    assert_memory_equal(a, b, 16);
    x = parsed("[2001:db8:0:2::1]:1");
    address_source(&x, b);
    assert_memory_not_equal(a, b, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_sources),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
