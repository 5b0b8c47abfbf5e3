/* The signer falls and comes back: phones wait for it, some of them and for some time. */
#include "serving.h"

#define A "SEP0000000000A1"
#define B "SEP0000000000B2"

enum { HERE = 1, THERE = 2 };

/* A connection of a phone, up to the key that it sends. */
static void sends_key(uint64_t connection, const char *name, int key)
{
    call(&net_link, connection, "192.0.2.1:77");
    say(connection, here_is(name, NULL));
    assert_int_equal(reply.said.command, CAPF_KEY_GENERATE_REQUEST);
    here_is_key(connection, key);
}

static void falls(void)
{
    service.gone(NULL, &sign_link);
    settle();
}

static void is_back(void)
{
    service.linked(NULL, &sign_link, "sign");
    settle();
}

static void ticks(void)
{
    service.tick(NULL);
    settle();
}

static void assert_later(uint64_t connection)
{
    assert_int_equal(reply.connection, connection);
    assert_true(reply.end);
    assert_int_equal(reply.said.command, CAPF_RETRY_LATER);
}

static void gets_certificate(const char *name)
{
    struct cert *c = signed_for(&asked);

    sign_says(IPC_ISSUED, &asked, cert_der(c), "");
    assert_int_equal(reply.said.command, CAPF_STORE_CERTIFICATE_REQUEST);
    assert_true(bytes_equal(reply.said.certificate, cert_der(c)));
    assert_phone(name, PHONE_INSTALL, PHONE_ISSUED);
    cert_free(&c);
}

/* It falls while a phone waits for it: the same request goes to its successor, after the question what was signed. */
static void what_was_under_way_is_asked_again(void **state)
{
    struct capf_request before;

    (void)state;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    sends_key(HERE, A, 0);
    assert_int_equal(nasked, 1);
    before = asked;
    nreplies = nreconcile = 0;
    falls();
    ticks();
    assert_int_equal(nreplies, 0);
    assert_int_equal(nasked, 1);
    is_back();
    assert_int_equal(nreconcile, 1);
    assert_int_equal(nasked, 2);
    assert_memory_equal(asked.id, before.id, sizeof asked.id);
    assert_memory_equal(asked.evidence, before.evidence, sizeof asked.evidence);
    assert_string_equal(asked.device, A);
    assert_int_equal(asked.public_key.len, before.public_key.len);
    assert_int_equal(nreplies, 0);
    gets_certificate(A);
    here_is_reason(HERE, CAPF_STORE_CERTIFICATE_RESPONSE, CAPF_OK);
    assert_end(CAPF_OK);
    assert_int_equal(the_state.nheld, 0);
}

/* It had signed already: the answer is what it tells of its journal. */
static void what_was_signed_is_not_asked_for_twice(void **state)
{
    struct cert *c;

    (void)state;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    sends_key(HERE, A, 0);
    c = signed_for(&asked);
    falls();
    is_back();
    nreplies = 0;
    sign_says(IPC_ISSUED, &asked, cert_der(c), ""); /* of the journal */
    assert_int_equal(nreplies, 1);
    sign_says(IPC_RECONCILED, NULL, (struct bytes_view){0}, "");
    sign_says(IPC_ISSUED, &asked, cert_der(c), ""); /* to the question */
    assert_int_equal(nreplies, 1);
    assert_int_equal(number("SELECT count(*) FROM ledger WHERE device = '" A "'"), 1);
    cert_free(&c);
}

/* There is none when a phone sends its key. */
static void a_key_comes_while_there_is_none(void **state)
{
    (void)state;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    falls();
    nreplies = 0;
    sends_key(HERE, A, 0);
    assert_int_equal(nreplies, 2); /* greeting and order */
    assert_int_equal(nasked, 0);
    is_back();
    assert_int_equal(nasked, 1);
    gets_certificate(A);
}

/* In one round, in whichever order: the request leaves when the round is written, and once. */
static void falls_and_comes_back_in_a_round(void **state)
{
    const int len = i2d_PUBKEY(phone_key[0], NULL);
    unsigned char *der = NULL;
    uint32_t of_a;

    (void)state;
    assert_int_equal(i2d_PUBKEY(phone_key[0], &der), len);
    const struct capf_message key = {
        .command = CAPF_KEY_GENERATE_RESPONSE, .present = HAS(CAPF_PUBLIC_KEY), .public_key = {der, (size_t)len}};

    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    call(&net_link, HERE, "192.0.2.1:77");
    of_a = session;
    say(HERE, here_is(A, NULL));
    post(&net_link, HERE, of_a, key);
    service.gone(NULL, &sign_link);
    service.linked(NULL, &sign_link, "sign");
    assert_int_equal(nasked, 0);
    settle();
    assert_int_equal(nasked, 1);
    falls();
    settle();
    is_back();
    assert_int_equal(nasked, 2);
    gets_certificate(A);
    /* a round that cannot be written asks nothing, also not later */
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    call(&net_link, THERE, "192.0.2.1:77");
    of_a = session;
    say(THERE, here_is(A, NULL));
    falls();
    post(&net_link, THERE, of_a, key);
    round_fail(&the_state, &(struct vox_error){.text = "the disk is full"});
    settle();
    assert_later(THERE);
    is_back();
    assert_int_equal(nasked, 2);
    assert_int_equal(the_state.nheld, 0);
    OPENSSL_free(der);
}

/* It is waited for five seconds; a request under which it falls twice may be why it falls. */
static void not_for_ever(void **state)
{
    (void)state;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    sends_key(HERE, A, 0);
    falls();
    nreplies = 0;
    LIST_FIRST(&the_state.issuing)->held_since -= 4 * 1000;
    ticks();
    assert_int_equal(nreplies, 0);
    LIST_FIRST(&the_state.issuing)->held_since -= 2 * 1000;
    ticks();
    assert_later(HERE);
    assert_phone(A, PHONE_INSTALL, PHONE_PENDING);
    is_back();
    nasked = 0;
    sends_key(HERE, A, 0);
    falls();
    is_back();
    assert_int_equal(nasked, 2);
    falls();
    assert_later(HERE);
    assert_phone(A, PHONE_INSTALL, PHONE_PENDING);
    assert_int_equal(the_state.nheld, 0);
}

/* So many at once; the next one is told to come again at once. A place is free again when a phone hangs up. */
static void not_any_number(void **state)
{
    const struct ipc_message hangs_up = {.type = IPC_CLOSED, .connection = HERE, .text = "it hung up"};

    (void)state;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    order(B, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    falls();
    the_state.nheld = HELD_MAX - 1;
    sends_key(HERE, A, 0);
    assert_int_equal(the_state.nheld, HELD_MAX);
    sends_key(THERE, B, 1);
    assert_later(THERE);
    send_to_state(&net_link, &hangs_up);
    settle();
    assert_int_equal(the_state.nheld, HELD_MAX - 1);
    the_state.nheld = 0;
    is_back();
    assert_int_equal(nasked, 0);
    /* those that were under way when it fell count, too */
    sends_key(HERE, A, 0);
    sends_key(THERE, B, 1);
    the_state.nheld = HELD_MAX - 1;
    nreplies = 0;
    falls();
    assert_int_equal(nreplies, 1);
    assert_int_equal(reply.said.command, CAPF_RETRY_LATER);
    the_state.nheld = 1;
}

/* A stop, or a reload that has taken over: what is gone does not come back, and nobody waits for it. */
static void not_at_the_end(void **state)
{
    (void)state;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    order(B, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    sends_key(HERE, A, 0);
    falls();
    service.ending(NULL);
    settle();
    assert_later(HERE);
    sends_key(HERE, A, 0);
    assert_later(HERE);
    stop();
    start(true);
    sends_key(HERE, A, 0);
    nreplies = 0;
    service.ending(NULL); /* a signer that is there answers to the end */
    settle();
    assert_int_equal(nreplies, 0);
    gets_certificate(A);
    sends_key(THERE, B, 1);
    falls();
    assert_later(THERE);
}

/* What stands in the journal is taken over when a CA of ours has signed it for that device; else it is told loudly, and
 * neither recorded nor, since nobody says RECORDED, forgotten. Phones are served all the same. */
static void what_stands_in_the_journal_is_examined(void **state)
{
    struct capf_request r;
    struct cert *good, *foreign;
    const struct capf_issuer ours_is = issuer;
    const int64_t today = clock_now();
    const struct like like = {.from = today - now - STATE_DAY, .to = today - now + (int64_t)3650 * STATE_DAY};
    EVP_PKEY *other_key = EVP_EC_gen("P-256");
    struct cert *other_ca = make_ca(other_key, &like); /* of the same name */

    (void)state;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    sends_key(HERE, A, 0);
    r = asked;
    good = signed_for(&r);
    issuer.cert = other_ca;
    issuer.key = other_key;
    foreign = signed_for(&r);
    issuer = ours_is;
    stop();
    start(false);
    nrecorded = 0;
    post_of_signer(IPC_ISSUED, &r, cert_der(foreign), "");
    memcpy(r.device, B, sizeof B); /* and one for another device than it says */
    post_of_signer(IPC_ISSUED, &r, cert_der(good), "");
    sign_says(IPC_RECONCILED, NULL, (struct bytes_view){0}, "");
    assert_int_equal(nrecorded, 0);
    assert_int_equal(number("SELECT count(*) FROM ledger"), 0);
    assert_int_equal(counted[COUNT_ROUNDS_FAILED], 0);
    assert_true(the_state.reconciled);
    /* a phone that waits for it comes again */
    sends_key(HERE, A, 0);
    falls();
    is_back();
    sign_says(IPC_ISSUED, &asked, cert_der(foreign), "");
    assert_later(HERE);
    assert_int_equal(number("SELECT count(*) FROM ledger"), 0);
    memcpy(r.device, A, sizeof A);
    sign_says(IPC_ISSUED, &r, cert_der(good), "");
    assert_int_equal(nrecorded, 1);
    assert_int_equal(number("SELECT count(*) FROM ledger"), 1);
    cert_free(&good);
    cert_free(&foreign);
    cert_free(&other_ca);
    EVP_PKEY_free(other_key);
}

/* It falls while all of its journal is compared with a store that was put back: its successor is asked for all. */
static void all_is_compared_by_its_successor(void **state)
{
    (void)state;
    start(true);
    state_store_is_older(&the_state);
    ticks();
    assert_false(the_state.compare_all);
    falls();
    assert_true(the_state.compare_all);
    is_back();
    assert_false(the_state.compare_all);
    sign_says(IPC_RECONCILED, NULL, (struct bytes_view){0}, "");
    assert_true(the_state.reconciled);
    falls();
    assert_false(the_state.compare_all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_was_under_way_is_asked_again, forget_ledger),
        cmocka_unit_test_teardown(what_was_signed_is_not_asked_for_twice, forget_ledger),
        cmocka_unit_test_teardown(a_key_comes_while_there_is_none, forget_ledger),
        cmocka_unit_test_teardown(falls_and_comes_back_in_a_round, forget_ledger),
        cmocka_unit_test_teardown(not_for_ever, forget_ledger),
        cmocka_unit_test_teardown(not_any_number, forget_ledger),
        cmocka_unit_test_teardown(not_at_the_end, forget_ledger),
        cmocka_unit_test_teardown(what_stands_in_the_journal_is_examined, forget_ledger),
        cmocka_unit_test_teardown(all_is_compared_by_its_successor, forget_ledger),
    };

    return cmocka_run_group_tests(tests, make_serving, remove_serving);
}
