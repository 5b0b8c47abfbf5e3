/* Ways between processes: whole messages in order, a slow other end, an end that goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <libcert/log.h>
#include <serve/link.h>

enum { MANY = 400 }; /* large messages: more than the kernel keeps for a socket */

/* One end under test, the other a bare socket, as a process that does as it likes. */
static struct fixture {
    struct event_base *base;
    struct serve_link *l;
    int other;
    unsigned got, gone;     /* messages; ends told */
    unsigned got_when_gone; /* messages before the end was told */
    unsigned refuse;        /* the message of this number is an error */
    bool in_order;
    size_t longest;
    uint8_t first[8]; /* of the last message */
} fx;

static enum vox_err on_message(void *arg, struct serve_link *l, struct bytes_view m, struct vox_error *err)
{
    uint32_t number = 0;

    assert_ptr_equal(arg, &fx);
    assert_ptr_equal(l, fx.l);
    assert_int_equal(fx.gone, 0);
    if (m.len >= sizeof number)
        memcpy(&number, m.data, sizeof number);
    fx.in_order = fx.in_order && (m.len < sizeof number || number == fx.got);
    fx.longest = m.len > fx.longest ? m.len : fx.longest;
    memcpy(fx.first, m.data, m.len < sizeof fx.first ? m.len : sizeof fx.first);
    if (++fx.got == fx.refuse)
        return vox_fail(err, VOX_E_INPUT, "refused");
    return VOX_OK;
}

static void on_gone(void *arg, struct serve_link *l)
{
    assert_ptr_equal(arg, &fx);
    assert_ptr_equal(l, fx.l);
    fx.gone++;
    fx.got_when_gone = fx.got;
}

static int begin(void **state)
{
    const struct link_calls calls = {.message = on_message, .gone = on_gone, .arg = &fx};
    int pair[2];

    (void)state;
    fx = (struct fixture){.in_order = true, .base = event_base_new()};
    if (fx.base == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        return -1;
    fx.other = pair[1];
    fx.l = link_new(fx.base, pair[0], "other", &calls);
    return fx.l != NULL ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    if (fx.gone == 0)
        link_free(fx.l);
    if (fx.other >= 0)
        (void)close(fx.other);
    event_base_free(fx.base);
    return 0;
}

/* All that can happen at this moment. */
static void turn(void)
{
    for (int i = 0; i < 8; i++)
        (void)event_base_loop(fx.base, EVLOOP_NONBLOCK);
}

static void leave(void)
{
    (void)close(fx.other);
    fx.other = -1;
}

static struct bytes_view numbered(uint8_t *room, size_t len, uint32_t number)
{
    memset(room, 0xa5, len);
    memcpy(room, &number, sizeof number);
    return (struct bytes_view){room, len};
}

static void test_whole_messages_in_order(void **state)
{
    static uint8_t room[SERVE_LINK_MAX];

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        const struct bytes_view m = numbered(room, i == 1 ? SERVE_LINK_MAX : 4 + i, i);
        assert_int_equal(send(fx.other, m.data, m.len, 0), m.len);
    }
    turn();
    assert_int_equal(fx.got, 3);
    assert_true(fx.in_order);
    assert_int_equal(fx.longest, SERVE_LINK_MAX);
    assert_int_equal(fx.gone, 0);
}

/* More than one turn of one end takes: nothing is forgotten, and nobody has to knock again. */
static void test_very_many_messages(void **state)
{
    uint8_t room[4];
    uint32_t sent = 0;

    (void)state;
    for (int i = 0; i < 20; i++) {
        for (;; sent++) {
            const struct bytes_view m = numbered(room, sizeof room, sent);
            if (send(fx.other, m.data, m.len, MSG_DONTWAIT) != (ssize_t)m.len)
                break;
        }
        turn();
        assert_int_equal(fx.got, sent);
    }
    assert_true(sent > 512);
    assert_true(fx.in_order);
}

static void test_a_slow_other_end_gets_all_in_order(void **state)
{
    static uint8_t room[SERVE_LINK_MAX + 1];
    uint32_t expected = 0, number;

    (void)state;
    for (uint32_t i = 0; i < MANY; i++)
        assert_true(serve_link_send(fx.l, numbered(room, i % 2 == 0 ? SERVE_LINK_MAX : 16, i)));
    for (int idle = 0; idle < 2; idle++) {
        ssize_t n;

        while ((n = recv(fx.other, room, sizeof room, MSG_DONTWAIT)) > 0) {
            memcpy(&number, room, sizeof number);
            assert_int_equal(number, expected);
            assert_int_equal(n, expected % 2 == 0 ? SERVE_LINK_MAX : 16);
            expected++;
            idle = 0;
            turn();
        }
        turn();
    }
    assert_int_equal(expected, MANY);
    assert_int_equal(fx.gone, 0);
}

/* What waits in the queue goes first, though the socket has room again. */
static void test_later_messages_do_not_overtake(void **state)
{
    static uint8_t room[SERVE_LINK_MAX + 1];
    uint32_t expected = 0, number, sent = 0;

    (void)state;
    for (; sent < MANY; sent++)
        assert_true(serve_link_send(fx.l, numbered(room, SERVE_LINK_MAX, sent)));
    while (recv(fx.other, room, sizeof room, MSG_DONTWAIT) > 0) { /* room, but no turn yet for the queue */
        memcpy(&number, room, sizeof number);
        assert_int_equal(number, expected++);
        assert_true(serve_link_send(fx.l, numbered(room, 16, sent++)));
    }
    turn();
    while (recv(fx.other, room, sizeof room, MSG_DONTWAIT) > 0) {
        memcpy(&number, room, sizeof number);
        assert_int_equal(number, expected++);
        turn();
    }
    assert_int_equal(expected, sent);
}

static void test_too_long_or_empty_is_not_sent(void **state)
{
    static uint8_t room[SERVE_LINK_MAX + 1];

    (void)state;
    assert_false(serve_link_send(fx.l, (struct bytes_view){room, SERVE_LINK_MAX + 1}));
    assert_false(serve_link_send(fx.l, (struct bytes_view){room, 0}));
    assert_true(serve_link_send(fx.l, (struct bytes_view){room, 1})); /* and the way is as good as before */
    assert_int_equal(recv(fx.other, room, sizeof room, MSG_DONTWAIT), 1);
}

static void test_too_long_ends_the_way(void **state)
{
    static uint8_t room[SERVE_LINK_MAX + 1];

    (void)state;
    assert_int_equal(send(fx.other, room, sizeof room, 0), sizeof room);
    turn();
    assert_int_equal(fx.got, 0);
    assert_int_equal(fx.gone, 1);
    assert_int_equal(recv(fx.other, room, sizeof room, MSG_DONTWAIT), 0);
}

static void test_an_error_of_the_owner_ends_the_way(void **state)
{
    uint8_t room[4];

    (void)state;
    fx.refuse = 2;
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(send(fx.other, numbered(room, sizeof room, i).data, sizeof room, 0), sizeof room);
    turn();
    assert_int_equal(fx.got, 2);
    assert_int_equal(fx.gone, 1);
}

static void test_the_end_is_told_once_and_last(void **state)
{
    uint8_t room[4];

    (void)state;
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(send(fx.other, numbered(room, sizeof room, i).data, sizeof room, 0), sizeof room);
    leave();
    turn();
    assert_int_equal(fx.gone, 1);
    assert_int_equal(fx.got_when_gone, 3);
}

/* A process that dies with our messages unread makes the kernel speak of a reset before it hands over what the process
 * had said: its last answers count all the same. */
static void test_what_was_said_before_a_sudden_end_is_heard(void **state)
{
    uint8_t room[4];

    (void)state;
    assert_true(serve_link_send(fx.l, numbered(room, sizeof room, 7))); /* nobody will read it */
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(send(fx.other, numbered(room, sizeof room, i).data, sizeof room, 0), sizeof room);
    leave();
    turn();
    assert_int_equal(fx.got_when_gone, 3);
    assert_int_equal(fx.gone, 1);
}

/* The same when our own sending is what finds the end first. */
static void test_a_send_that_fails_keeps_what_was_said(void **state)
{
    uint8_t room[4];

    (void)state;
    assert_int_equal(send(fx.other, numbered(room, sizeof room, 0).data, sizeof room, 0), sizeof room);
    leave();
    assert_false(serve_link_send(fx.l, numbered(room, sizeof room, 7)));
    assert_false(serve_link_send(fx.l, numbered(room, sizeof room, 8)));
    assert_int_equal(fx.gone, 0); /* from the loop alone: a caller's struct does not vanish beneath it */
    turn();
    assert_int_equal(fx.got_when_gone, 1);
    assert_int_equal(fx.gone, 1);
}

static void test_an_end_with_a_full_queue_frees_it(void **state)
{
    static uint8_t room[SERVE_LINK_MAX];

    (void)state;
    for (uint32_t i = 0; i < MANY; i++)
        assert_true(serve_link_send(fx.l, numbered(room, sizeof room, i)));
    leave();
    turn();
    assert_int_equal(fx.gone, 1);
}

/* A process that never reads must not make another one grow without limit. */
static void test_who_never_reads_is_given_up(void **state)
{
    static uint8_t room[SERVE_LINK_MAX];
    size_t sent = 0;

    (void)state;
    while (serve_link_send(fx.l, numbered(room, sizeof room, 0))) {
        sent += sizeof room;
        assert_true(sent < 2 * (size_t)SERVE_QUEUE_MAX);
    }
    assert_true(sent >= SERVE_QUEUE_MAX);
    assert_int_equal(fx.gone, 0);
    turn();
    assert_int_equal(fx.gone, 1);
}

/* A kernel whose sockets are smaller than our largest message: an error that no other end causes. */
static void test_a_socket_that_is_too_small_is_an_end(void **state)
{
    static uint8_t room[SERVE_LINK_MAX];
    int small = 4096, pair[2];
    const struct link_calls calls = {.message = on_message, .gone = on_gone, .arg = &fx};

    (void)state;
    link_free(fx.l);
    leave();
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    fx.l = link_new(fx.base, pair[0], "other", &calls);
    fx.other = pair[1];
    assert_int_equal(send(fx.other, numbered(room, 4, 0).data, 4, 0), 4);
    assert_false(serve_link_send(fx.l, numbered(room, sizeof room, 0)));
    turn();
    assert_int_equal(fx.got_when_gone, 1);
    assert_int_equal(fx.gone, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whole_messages_in_order, begin, end),
        cmocka_unit_test_setup_teardown(test_very_many_messages, begin, end),
        cmocka_unit_test_setup_teardown(test_a_slow_other_end_gets_all_in_order, begin, end),
        cmocka_unit_test_setup_teardown(test_later_messages_do_not_overtake, begin, end),
        cmocka_unit_test_setup_teardown(test_too_long_or_empty_is_not_sent, begin, end),
        cmocka_unit_test_setup_teardown(test_too_long_ends_the_way, begin, end),
        cmocka_unit_test_setup_teardown(test_an_error_of_the_owner_ends_the_way, begin, end),
        cmocka_unit_test_setup_teardown(test_the_end_is_told_once_and_last, begin, end),
        cmocka_unit_test_setup_teardown(test_what_was_said_before_a_sudden_end_is_heard, begin, end),
        cmocka_unit_test_setup_teardown(test_a_send_that_fails_keeps_what_was_said, begin, end),
        cmocka_unit_test_setup_teardown(test_an_end_with_a_full_queue_frees_it, begin, end),
        cmocka_unit_test_setup_teardown(test_who_never_reads_is_given_up, begin, end),
        cmocka_unit_test_setup_teardown(test_a_socket_that_is_too_small_is_an_end, begin, end),
    };

    return cmocka_run_group_tests_name("links", tests, NULL, NULL);
}
