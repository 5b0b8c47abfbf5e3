/* Certificates that pass by after a ServerHello: whole, in pieces, damaged. */
#include "x509_fixture.h"

#include "tls/scan.h"

struct wire {
    uint8_t data[2 * LIMIT_SCAN_SHOWN];
    size_t len;
};

static void put(struct wire *w, const void *data, size_t len)
{
    assert_true(len <= sizeof w->data - w->len);
    memcpy(w->data + w->len, data, len);
    w->len += len;
}

static void put_u24(struct wire *w, size_t n)
{
    put(w, (const uint8_t[]){(uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}, 3);
}

/* What follows a hello: a ServerHello of four bytes, and the certificate so many times. */
static struct wire messages(const struct cert *c, size_t times)
{
    const struct bytes_view der = cert_der(c);
    struct wire w = {.len = 0};

    put(&w, "\2\0\0\4abcd\13", 9);
    put_u24(&w, 3 + times * (3 + der.len));
    put_u24(&w, times * (3 + der.len));
    for (size_t i = 0; i < times; i++) {
        put_u24(&w, der.len);
        put(&w, der.data, der.len);
    }
    return w;
}

static struct wire in_records(const struct wire *m, size_t each)
{
    struct wire w = {.len = 0};

    for (size_t at = 0; at < m->len; at += each) {
        const size_t n = m->len - at < each ? m->len - at : each;

        put(&w, (const uint8_t[]){22, 3, 1, (uint8_t)(n >> 8), (uint8_t)n}, 5);
        put(&w, m->data + at, n);
    }
    return w;
}

static struct cert *subject;

static int begin(void **state)
{
    EVP_PKEY *key = fixture_key();
    X509 *x = fixture_x509("CN=shown", key, NULL, key);

    (void)state;
    assert_int_equal(cert_from_x509(x, &subject, NULL), VOX_OK);
    X509_free(x);
    EVP_PKEY_free(key);
    return 0;
}

static int end(void **state)
{
    (void)state;
    cert_free(&subject);
    return 0;
}

static void test_whole_and_in_pieces(void **state)
{
    const struct wire m = messages(subject, 2);
    struct tlsscan_chain chain = {NULL, 0};
    struct wire w = in_records(&m, 5000);

    (void)state;
    for (size_t n = 0; n < w.len; n++) {
        assert_false(scan_shown_read(w.data, n, &chain));
        assert_int_equal(chain.n, 0);
    }
    for (size_t each = 1; each < 5000; each = each * 3 + 1) {
        w = in_records(&m, each);
        assert_true(scan_shown_read(w.data, w.len, &chain));
        assert_int_equal(chain.n, 2);
        assert_true(cert_same(chain.certs[0], subject));
        scan_chain_clear(&chain);
    }
}

static void test_no_more_than_a_chain(void **state)
{
    const struct wire m = messages(subject, 2 * LIMIT_CHAIN_DEPTH), w = in_records(&m, 16000);
    struct tlsscan_chain chain = {NULL, 0};

    (void)state;
    assert_true(scan_shown_read(w.data, w.len, &chain));
    assert_int_equal(chain.n, LIMIT_CHAIN_DEPTH);
    scan_chain_clear(&chain);
}

/* Lengths that lie, another message, an alert, another certificate than one: over, with what was sound. */
static void test_damage(void **state)
{
    struct tlsscan_chain chain = {NULL, 0};
    struct wire m = messages(subject, 2), w;

    (void)state;
    m.data[11] ^= 1; /* the message is longer than its list */
    put(&m, "\0", 1);
    w = in_records(&m, 5000);
    (void)scan_shown_read(w.data, w.len, &chain);
    assert_int_equal(chain.n, 0);
    scan_chain_clear(&chain);
    m = messages(subject, 2);
    m.data[m.len - cert_der(subject).len] ^= 0xff; /* the second one is none */
    w = in_records(&m, 5000);
    assert_true(scan_shown_read(w.data, w.len, &chain));
    assert_int_equal(chain.n, 1);
    scan_chain_clear(&chain);
    assert_true(scan_shown_read((const uint8_t *)"\x16\3\1\0\4\x0c\0\0\0", 9, &chain));
    assert_true(scan_shown_read((const uint8_t *)"\x16\3\1\0\4\x0b\xff\xff\xff", 9, &chain));
    assert_true(scan_shown_read((const uint8_t *)"\x15\3\1\0\2\2\x28", 7, &chain));
    assert_int_equal(chain.n, 0);
}

static void test_endless(void **state)
{
    struct tlsscan_chain chain = {NULL, 0};
    struct wire w = {.len = 0};

    (void)state;
    while (w.len < LIMIT_SCAN_SHOWN)
        put(&w, "\x16\3\1\0\4\2\0\0\0", 9);
    assert_true(scan_shown_read(w.data, w.len, &chain));
    assert_int_equal(chain.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_and_in_pieces),
        cmocka_unit_test(test_no_more_than_a_chain),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_endless),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
