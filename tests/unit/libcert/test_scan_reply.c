/* Replies to a ClientHello: whole, in pieces, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <libcert/limits.h>

#include "tls/scan.h"

struct wire {
    uint8_t data[3 * LIMIT_SCAN_REPLY];
    size_t len;
};

static void put(struct wire *w, const void *data, size_t len)
{
    assert_true(len <= sizeof w->data - w->len);
    memcpy(w->data + w->len, data, len);
    w->len += len;
}

static void put_record(struct wire *w, uint8_t type, const uint8_t *data, size_t len)
{
    const uint8_t head[] = {type, 3, 3, (uint8_t)(len >> 8), (uint8_t)len};

    put(w, head, sizeof head);
    put(w, data, len);
}

/* A ServerHello: the version of its extension if not 0, and so many bytes of session. */
static struct wire hello(uint16_t version, uint16_t newer, uint16_t suite, uint8_t session)
{
    struct wire w = {.len = 0};
    uint8_t body[128] = {(uint8_t)(version >> 8), (uint8_t)version};
    size_t n = 34;

    body[n++] = session;
    n += session;
    body[n++] = (uint8_t)(suite >> 8);
    body[n++] = (uint8_t)suite;
    body[n++] = 0;
    if (newer != 0) {
        const uint8_t extensions[] = {0, 10, 0, 23, 0, 0, 0, 43, 0, 2, (uint8_t)(newer >> 8), (uint8_t)newer};

        memcpy(body + n, extensions, sizeof extensions);
        n += sizeof extensions;
    }
    put(&w, (const uint8_t[]){2, 0, 0, (uint8_t)n}, 4);
    put(&w, body, n);
    return w;
}

static struct wire in_record(const struct wire *message)
{
    struct wire w = {.len = 0};

    put_record(&w, 22, message->data, message->len);
    return w;
}

static struct scan_reply reply_to(const struct wire *w)
{
    struct scan_reply r;

    scan_reply_read(w->data, w->len, &r);
    return r;
}

static void assert_hello(const struct scan_reply *r, int version, uint16_t suite)
{
    assert_int_equal(r->kind, SCAN_REPLY_HELLO);
    assert_int_equal(r->version, version);
    assert_int_equal(r->suite, suite);
}

static void assert_says(const struct scan_reply *r, enum scan_reply_kind kind, const char *words)
{
    assert_int_equal(r->kind, kind);
    if (strstr(r->why, words) == NULL)
        fail_msg("not said: %s; said: %s", words, r->why);
}

static void test_versions(void **state)
{
    const struct wire ssl = hello(0x0300, 0, 5, 32), old = hello(0x0301, 0, 0x2f, 32),
                      usual = hello(0x0303, 0, 0xc030, 0), newest = hello(0x0303, 0x0304, 0x1301, 32);
    struct wire w = in_record(&ssl);
    struct scan_reply r = reply_to(&w);

    (void)state;
    assert_hello(&r, 0x0300, 5);
    w = in_record(&old);
    r = reply_to(&w);
    assert_hello(&r, 0x0301, 0x2f);
    w = in_record(&usual);
    r = reply_to(&w);
    assert_hello(&r, 0x0303, 0xc030);
    w = in_record(&newest);
    r = reply_to(&w);
    assert_hello(&r, 0x0304, 0x1301);
}

/* Each beginning of an answer wants more, and never says anything else; a record per byte is the same answer. */
static void test_pieces(void **state)
{
    const struct wire message = hello(0x0303, 0x0304, 0x1302, 32);
    const struct wire whole = in_record(&message);
    struct wire split = {.len = 0}, shared = {.len = 0};
    struct scan_reply r;

    (void)state;
    for (size_t n = 0; n < whole.len; n++) {
        scan_reply_read(whole.data, n, &r);
        assert_int_equal(r.kind, SCAN_REPLY_MORE);
    }
    for (size_t i = 0; i < message.len; i++)
        put_record(&split, 22, message.data + i, 1);
    r = reply_to(&split);
    assert_hello(&r, 0x0304, 0x1302);
    /* With the certificate in the same record, of which the end is not there yet. */
    put(&shared, (const uint8_t[]){22, 3, 3, 0x40, 0}, 5);
    put(&shared, message.data, message.len);
    put(&shared, "\x0b\0\x10\0", 4);
    r = reply_to(&shared);
    assert_hello(&r, 0x0304, 0x1302);
}

static void test_alerts(void **state)
{
    const struct wire message = hello(0x0303, 0, 0xc02f, 0);
    struct wire w = {.len = 0};
    struct scan_reply r;

    (void)state;
    put_record(&w, 21, (const uint8_t[]){1, 112}, 2); /* a warning: the name is not known */
    r = reply_to(&w);
    assert_int_equal(r.kind, SCAN_REPLY_MORE);
    put_record(&w, 22, message.data, message.len);
    r = reply_to(&w);
    assert_hello(&r, 0x0303, 0xc02f);
    w.len = 0;
    put_record(&w, 21, (const uint8_t[]){2, 70}, 2);
    r = reply_to(&w);
    assert_says(&r, SCAN_REPLY_ALERT, "protocol_version");
    assert_int_equal(r.alert, 70);
    w.len = 0;
    put_record(&w, 21, (const uint8_t[]){2, 200}, 2);
    r = reply_to(&w);
    assert_says(&r, SCAN_REPLY_ALERT, "alert 200");
    w.len = 0;
    put_record(&w, 21, (const uint8_t[]){1, 0}, 2); /* close_notify is a warning, too */
    r = reply_to(&w);
    assert_says(&r, SCAN_REPLY_ALERT, "close_notify");
}

static void test_other_protocols(void **state)
{
    static const struct {
        const char *said, *words;
    } rows[] = {
        {"SSH-2.0-OpenSSH_9.2\r\n", "\"SSH-2.0-OpenSSH_9.2\""},
        {"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", "\"HTTP/1.1 400 Bad Request\""},
        {"220 mail.example.test ESMTP\r\n", "\"220 mail.example.test ESMTP\""},
        {"\x1b[2Jgone", "\"\\x1b[2Jgone\""},
        {"\r\n", "first byte 0d"},
        {"\x16\x02", "\"\\x16\\x02\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scan_reply r;

        scan_reply_read((const uint8_t *)rows[i].said, strlen(rows[i].said), &r);
        assert_says(&r, SCAN_REPLY_NOT_TLS, rows[i].words);
    }
}

static void test_damage(void **state)
{
    struct wire message, w = {.len = 0};
    struct scan_reply r;

    (void)state;
    message = hello(0x0303, 0, 0x2f, 33); /* a session may have 32 bytes */
    w = in_record(&message);
    r = reply_to(&w);
    assert_says(&r, SCAN_REPLY_NOT_TLS, "damaged");
    message = hello(0x0303, 0x0304, 0x1301, 0);
    message.data[3]--; /* the last extension runs past the end */
    message.len--;
    w = in_record(&message);
    r = reply_to(&w);
    assert_says(&r, SCAN_REPLY_NOT_TLS, "damaged");
    message = hello(0x0303, 0x0304, 0x1301, 0); /* something behind the extensions */
    message.data[3]++;
    message.data[message.len++] = 0;
    w = in_record(&message);
    r = reply_to(&w);
    assert_says(&r, SCAN_REPLY_NOT_TLS, "damaged");
    message = hello(0x0302, 0x0304, 0x1301, 0); /* what only 1.2 may carry */
    w = in_record(&message);
    r = reply_to(&w);
    assert_says(&r, SCAN_REPLY_NOT_TLS, "damaged");
    w.len = 0;
    put_record(&w, 22, (const uint8_t[]){2, 0xff, 0xff, 0xff}, 4);
    r = reply_to(&w);
    assert_says(&r, SCAN_REPLY_NOT_TLS, "16777215 bytes");
    w.len = 0;
    put_record(&w, 22, (const uint8_t[]){2, 0, LIMIT_SCAN_HELLO >> 8, (LIMIT_SCAN_HELLO & 255) + 1}, 4);
    r = reply_to(&w);
    assert_says(&r, SCAN_REPLY_NOT_TLS, "4097 bytes");
    w.len = 0;
    put_record(&w, 22, (const uint8_t[]){2, 0, LIMIT_SCAN_HELLO >> 8, LIMIT_SCAN_HELLO & 255}, 4);
    r = reply_to(&w);
    assert_int_equal(r.kind, SCAN_REPLY_MORE); /* the rest is to come */
    w.len = 0;
    put_record(&w, 22, (const uint8_t[]){11, 0, 0, 9}, 4);
    r = reply_to(&w);
    assert_says(&r, SCAN_REPLY_NOT_TLS, "handshake message 11");
    r.kind = SCAN_REPLY_MORE;
    scan_reply_read((const uint8_t *)"\x16\3\3\xff\xff", 5, &r);
    assert_says(&r, SCAN_REPLY_NOT_TLS, "65535 bytes");
    scan_reply_read((const uint8_t *)"\x16\3\3\0\0", 5, &r);
    assert_says(&r, SCAN_REPLY_NOT_TLS, "0 bytes");
}

/* Whatever comes, there is an end. */
static void test_endless(void **state)
{
    struct wire w = {.len = 0};
    struct scan_reply r;

    (void)state;
    while (w.len < LIMIT_SCAN_REPLY)
        put_record(&w, 21, (const uint8_t[]){1, 112}, 2);
    r = reply_to(&w);
    assert_says(&r, SCAN_REPLY_NOT_TLS, "without a ServerHello");
    w.len = 0;
    put(&w, (const uint8_t[]){22, 3, 3, 0x40, 0, 2, 0, 0x0f, 0xff}, 9);
    w.len = sizeof w.data; /* an extension as long as the message */
    r = reply_to(&w);
    assert_int_equal(r.kind, SCAN_REPLY_NOT_TLS);
}

static void test_ends(void **state)
{
    const struct wire message = hello(0x0303, 0, 0x2f, 0);
    const struct wire w = in_record(&message);
    struct scan_reply r;

    (void)state;
    scan_reply_end(w.data, 0, &r);
    assert_says(&r, SCAN_REPLY_CLOSED, "without a word");
    scan_reply_end(w.data, 7, &r);
    assert_says(&r, SCAN_REPLY_CLOSED, "after 7 bytes");
    scan_reply_end(w.data, w.len, &r);
    assert_hello(&r, 0x0303, 0x2f);
    scan_reply_late(w.data, 0, 5, &r);
    assert_says(&r, SCAN_REPLY_SILENT, "nothing for 5 s");
    scan_reply_late(w.data, 7, 5, &r);
    assert_says(&r, SCAN_REPLY_SLOW, "(7 bytes)");
    scan_reply_late(w.data, w.len, 5, &r);
    assert_hello(&r, 0x0303, 0x2f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions), cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_alerts),   cmocka_unit_test(test_other_protocols),
        cmocka_unit_test(test_damage),   cmocka_unit_test(test_endless),
        cmocka_unit_test(test_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
