/* A net process that was taken over opens as many sessions as there is room for: the others are served all the same. */
#include "serving.h"

#define A "SEP0000000000A1"

static unsigned nended, nlater;

static void note_end(const struct ipc_message *m)
{
    nended += m->type == IPC_REPLY && m->end;
    nlater += m->type == IPC_REPLY && m->end && m->bytes.len > 0;
}

/* Connections [from, to) of a net process; rounds are as long as the skeleton lets them be. */
static void opens(struct serve_link *l, uint64_t from, uint64_t to)
{
    struct ipc_message m = {.type = IPC_OPENED, .text = "192.0.2.66:6"};

    for (m.connection = from; m.connection < to; m.connection++) {
        send_to_state(l, &m);
        if (m.connection % 512 == 0)
            settle();
    }
    settle();
}

static void the_table_is_full(void **state)
{
    const size_t share = SESSIONS_MAX / 2;

    (void)state;
    start(true);
    before_leaving = note_end;
    nended = nlater = 0;
    opens(&net_link, 0, SESSIONS_MAX);
    assert_int_equal(the_state.nsessions, SESSIONS_MAX);
    assert_int_equal(nended, 0); /* alone it may have all */
    opens(&net_link, SESSIONS_MAX, SESSIONS_MAX + 2);
    assert_int_equal(nended, 2);
    assert_int_equal(nlater, 0);
    /* another one, whose phone is served from the first word to the last */
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    opens(&second_net_link, 1000000, 1000001);
    assert_int_equal(reply.connection, 1000000);
    assert_int_equal(reply.said.command, CAPF_AUTH_REQUEST);
    assert_int_equal(nended, 3);
    assert_int_equal(nlater, 1); /* the oldest of the first one */
    assert_null(state_session_find(&the_state, &net_link, 0));
    assert_non_null(state_session_find(&the_state, &net_link, 1));
    session = reply.said.session;
    opens(&net_link, 2 * SESSIONS_MAX, 2 * SESSIONS_MAX + 9); /* that one gets nothing back */
    assert_int_equal(nended, 12);
    say_to(&second_net_link, 1000000, here_is(A, NULL));
    assert_int_equal(reply.said.command, CAPF_KEY_GENERATE_REQUEST);
    /* up to its share, and no more than that */
    opens(&second_net_link, 2000000, 2000000 + share - 1);
    assert_int_equal(the_state.nsessions, SESSIONS_MAX);
    assert_int_equal(nlater, share);
    opens(&second_net_link, 3000000, 3000001);
    opens(&net_link, 3000000, 3000001);
    assert_int_equal(nlater, share);
    assert_non_null(state_session_find(&the_state, &second_net_link, 1000000));
    /* one that is gone leaves its share to the others */
    service.gone(NULL, &net_link);
    settle();
    assert_int_equal(the_state.nsessions, share);
    before_leaving = NULL;
    opens(&second_net_link, 4000000, 4000000 + share);
    assert_int_equal(the_state.nsessions, SESSIONS_MAX);
}

/* What makes room may have ended in the very same round, or wait for the journal. */
static void who_makes_room(void **state)
{
    const struct ipc_message hangs_up = {.type = IPC_CLOSED, .connection = 0, .text = "it hung up"};
    const struct ipc_message comes = {.type = IPC_OPENED, .connection = 7, .text = "192.0.2.7:7"};

    (void)state;
    start(false);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    opens(&net_link, 0, 1);
    opens(&net_link, 1, 2);
    session = reply.said.session;
    say(1, here_is(A, NULL)); /* parked */
    opens(&net_link, 2, SESSIONS_MAX);
    send_to_state(&net_link, &hangs_up);
    send_to_state(&second_net_link, &comes);
    settle();
    assert_int_equal(the_state.nsessions, SESSIONS_MAX);
    assert_false(STAILQ_EMPTY(&the_state.parked));
    assert_int_equal(number("SELECT count(*) FROM phones WHERE state = 'pending'"), 1);
    call(&second_net_link, 8, "192.0.2.8:8");
    assert_true(STAILQ_EMPTY(&the_state.parked));
    assert_int_equal(the_state.nsessions, SESSIONS_MAX);
    sign_says(IPC_RECONCILED, NULL, (struct bytes_view){0}, "");
    assert_phone(A, PHONE_INSTALL, PHONE_PENDING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_table_is_full, forget_all),
        cmocka_unit_test_teardown(who_makes_room, forget_all),
    };

    return cmocka_run_group_tests(tests, make_serving, remove_serving);
}
