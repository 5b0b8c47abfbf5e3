/* What is asked next, against servers that are played. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tls/scan.h"

/* A server: what it takes, and how it refuses. */
struct server {
    uint16_t takes[5][4];    /* suites of each version, 0 ends */
    enum scan_reply_kind no; /* its refusal */
    uint8_t alert;
    size_t room;                /* suites of a hello that it can bear; 0: all */
    bool lies;                  /* chooses what was not offered */
    enum scan_reply_kind first; /* said to the first question, if not MORE */
    unsigned asked, shown;      /* questions; of them those for a certificate that passes by */
};

static void refuse(const struct server *s, struct scan_reply *r)
{
    r->kind = s->no;
    r->alert = s->alert;
    (void)snprintf(r->why, sizeof r->why, "no");
}

static struct scan_reply answer(struct server *s, const struct scan_hello *h)
{
    struct scan_reply r = {.kind = SCAN_REPLY_MORE};
    const uint16_t *takes = s->takes[h->version - 0x0300];

    if (s->asked++ == 0 && s->first != SCAN_REPLY_MORE) {
        r.kind = s->first;
        (void)snprintf(r.why, sizeof r.why, "first");
        return r;
    }
    refuse(s, &r);
    if (s->room != 0 && h->nsuites > s->room)
        return r;
    for (size_t i = 0; i < 4 && takes[i] != 0; i++) {
        for (size_t k = 0; k < h->nsuites; k++) {
            if (h->suites[k] != takes[i] && !s->lies)
                continue;
            r = (struct scan_reply){.kind = SCAN_REPLY_HELLO, .version = h->version, .suite = takes[i]};
            return r;
        }
    }
    return r;
}

/* The whole of it; bits of the keys that were asked for in *keys. */
static void play(struct server *s, struct tlsscan_port *port, unsigned *keys)
{
    struct scan_plan p;
    struct scan_hello h;

    memset(port, 0, sizeof *port);
    scan_plan_begin(&p, port);
    for (*keys = 0;;) {
        const enum scan_question q = scan_plan_question(&p, &h);

        if (q == SCAN_ASK_NOTHING)
            break;
        if (q == SCAN_ASK_CERTIFICATE) {
            *keys |= 1u << p.key;
            scan_plan_certificate(&p);
        } else if (q == SCAN_ASK_SHOWN) {
            assert_int_equal(h.nsuites, 1);
            assert_int_not_equal(tlssuite_key(tlssuite_find(h.suites[0])), TLSSUITE_KEY_NONE);
            s->shown++;
            scan_plan_certificate(&p);
        } else {
            const struct scan_reply r = answer(s, &h);

            scan_plan_answer(&p, &r);
        }
        assert_true(s->asked < 1000);
    }
}

static void assert_versions(const struct tlsscan_port *port, const size_t n[TLSSCAN_VERSIONS])
{
    for (int v = 0; v < TLSSCAN_VERSIONS; v++)
        assert_int_equal(port->nsuites[v], n[v]);
}

static void test_each_suite_once(void **state)
{
    struct server s = {.takes = {[2] = {0x2f}, [3] = {0xc030, 0xc02f, 0x2f}, [4] = {0x1302, 0x1301}},
                       .no = SCAN_REPLY_ALERT,
                       .alert = 40};
    struct tlsscan_port port;
    unsigned keys;

    (void)state;
    play(&s, &port, &keys);
    assert_int_equal(port.state, TLSSCAN_TLS);
    assert_versions(&port, (const size_t[]){0, 0, 1, 3, 2});
    assert_int_equal(port.suites[TLSSCAN_1_2][0], 0xc030);
    assert_int_equal(port.suites[TLSSCAN_1_2][2], 0x2f);
    assert_int_equal(s.asked, 6 + 5); /* accepted + 1 a version */
    assert_int_equal(keys, 3);        /* 1.3 does not tell which key */
    tlsscan_port_clear(&port);
}

static void test_keys_follow_the_suites(void **state)
{
    struct server rsa = {.takes = {[3] = {0xc030}}, .no = SCAN_REPLY_ALERT, .alert = 40};
    struct server ec = {.takes = {[3] = {0xc02c}}, .no = SCAN_REPLY_ALERT, .alert = 40};
    struct server nobody = {.takes = {[3] = {0x34}}, .no = SCAN_REPLY_ALERT, .alert = 40};
    struct tlsscan_port port;
    unsigned keys;

    (void)state;
    play(&rsa, &port, &keys);
    assert_int_equal(keys, 1u << SCAN_KEY_RSA);
    assert_int_equal(rsa.shown, 1); /* none came by a handshake */
    tlsscan_port_clear(&port);
    play(&ec, &port, &keys);
    assert_int_equal(keys, 1u << SCAN_KEY_EC);
    tlsscan_port_clear(&port);
    play(&nobody, &port, &keys);
    assert_int_equal(keys + nobody.shown, 0);
    tlsscan_port_clear(&port);
}

/* One that closes on a long hello is asked in parts. */
static void test_little_room(void **state)
{
    struct server s = {.takes = {[1] = {0x05, 0x35}, [3] = {0x2f, 0xc030}}, .no = SCAN_REPLY_CLOSED, .room = 64};
    struct tlsscan_port port;
    unsigned keys;

    (void)state;
    play(&s, &port, &keys);
    assert_versions(&port, (const size_t[]){0, 2, 0, 2, 0});
    tlsscan_port_clear(&port);
}

static void test_what_is_no_tls(void **state)
{
    static const struct {
        enum scan_reply_kind first, no;
        enum tlsscan_state state;
        unsigned most; /* questions */
    } rows[] = {
        {SCAN_REPLY_NOT_TLS, SCAN_REPLY_NOT_TLS, TLSSCAN_NOT_TLS, 1},
        {SCAN_REPLY_SILENT, SCAN_REPLY_SILENT, TLSSCAN_SILENT, 2},
        {SCAN_REPLY_SLOW, SCAN_REPLY_SILENT, TLSSCAN_SILENT, 2},
        {SCAN_REPLY_SILENT, SCAN_REPLY_NOT_TLS, TLSSCAN_NOT_TLS, 2},
        {SCAN_REPLY_UNREACHABLE, SCAN_REPLY_SILENT, TLSSCAN_UNREACHABLE, 1},
        {SCAN_REPLY_CLOSED, SCAN_REPLY_CLOSED, TLSSCAN_NOT_TLS, 12},
        {SCAN_REPLY_ALERT, SCAN_REPLY_ALERT, TLSSCAN_REFUSES, 30},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct server s = {.first = rows[i].first, .no = rows[i].no, .alert = 40};
        struct tlsscan_port port;
        unsigned keys;

        play(&s, &port, &keys);
        assert_int_equal(port.state, rows[i].state);
        assert_true(port.why[0] != '\0');
        assert_true(s.asked <= rows[i].most);
        assert_int_equal(keys, 0);
        tlsscan_port_clear(&port);
    }
}

/* A server that stumbles over 1.2, and takes 1.0. */
static void test_silent_to_newer_hellos(void **state)
{
    struct server s = {.first = SCAN_REPLY_SILENT, .takes = {[1] = {0x04}}, .no = SCAN_REPLY_SILENT};
    struct tlsscan_port port;
    unsigned keys;

    (void)state;
    play(&s, &port, &keys);
    assert_int_equal(port.state, TLSSCAN_TLS);
    assert_versions(&port, (const size_t[]){0, 1, 0, 0, 0});
    assert_true(port.unclear[TLSSCAN_1_0]); /* the end of its list was not heard */
    tlsscan_port_clear(&port);
}

/* What was not offered is not taken, and is no endless list. */
static void test_a_liar(void **state)
{
    struct server s = {.takes = {[1] = {0x1301}, [3] = {0x9999}, [4] = {0x2f}}, .no = SCAN_REPLY_ALERT, .lies = true};
    struct tlsscan_port port;
    unsigned keys;

    (void)state;
    play(&s, &port, &keys);
    assert_versions(&port, (const size_t[]){0, 0, 0, 0, 0});
    assert_int_equal(port.state, TLSSCAN_REFUSES);
    tlsscan_port_clear(&port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_suite_once),
        cmocka_unit_test(test_keys_follow_the_suites),
        cmocka_unit_test(test_little_room),
        cmocka_unit_test(test_what_is_no_tls),
        cmocka_unit_test(test_silent_to_newer_hellos),
        cmocka_unit_test(test_a_liar),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
