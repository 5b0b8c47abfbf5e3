/* The state process when something changes in the middle: orders, keys, the signer, connections. */
#include "serving.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define A "SEP0000000000A1"
#define B "SEP0000000000B2"

enum { HERE = 1, THERE = 2 };

/* A connection of a phone that may come without a proof, up to the order for a key. */
static void comes(uint64_t connection, const char *name)
{
    call(&net_link, connection, "192.0.2.1:77");
    say(connection, here_is(name, NULL));
    assert_int_equal(reply.said.command, CAPF_KEY_GENERATE_REQUEST);
}

static void assert_later(void)
{
    assert_true(reply.end);
    assert_int_equal(reply.said.command, CAPF_RETRY_LATER);
}

/* While it makes its key another order of the same kind takes the place of this one, or its time ends. */
static void an_order_changes_before_the_key(void **state)
{
    (void)state;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    comes(HERE, A);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    here_is_key(HERE, 0);
    assert_end(CAPF_DECLINED);
    assert_phone(A, PHONE_INSTALL, PHONE_PENDING);
    comes(HERE, A);
    in_store("UPDATE phones SET complete_by = '2020-01-01T00:00:00Z'");
    here_is_key(HERE, 0);
    assert_end(CAPF_DECLINED);
    assert_phone(A, PHONE_INSTALL, PHONE_FAILED);
    assert_non_null(strstr(phone_now(A).reason, "late"));
    call(&net_link, HERE, "192.0.2.1:77"); /* it had ended before */
    say(HERE, here_is(A, NULL));
    assert_end(CAPF_DECLINED);
    assert_phone(A, PHONE_INSTALL, PHONE_FAILED);
    assert_string_equal(phone_now(A).reason, "late request: was to be complete by 2020-01-01T00:00:00Z");
    in_store("UPDATE phones SET complete_by = '', not_before = '2099-01-01T00:00:00Z', state = 'pending'");
    call(&net_link, HERE, "192.0.2.1:77"); /* and another is not yet its turn */
    say(HERE, here_is(A, NULL));
    assert_end(CAPF_NO_ACTION);
    assert_phone(A, PHONE_INSTALL, PHONE_PENDING);
    assert_int_equal(nasked, 0);
}

/* While the signer signs: what it made is recorded and handed out, and the new order waits as it was given. */
static void an_order_changes_before_the_certificate(void **state)
{
    char fingerprint[CERT_FINGERPRINT_MAX];
    struct cert *c;

    (void)state;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    comes(HERE, A);
    here_is_key(HERE, 0);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    c = signed_for(&asked);
    cert_fingerprint(c, fingerprint);
    sign_says(IPC_ISSUED, &asked, cert_der(c), "");
    assert_int_equal(reply.said.command, CAPF_STORE_CERTIFICATE_REQUEST);
    assert_phone(A, PHONE_INSTALL, PHONE_PENDING);
    here_is_reason(HERE, CAPF_STORE_CERTIFICATE_RESPONSE, CAPF_OK);
    assert_end(CAPF_OK);
    assert_phone(A, PHONE_INSTALL, PHONE_PENDING);
    assert_string_equal(phone_now(A).lsc, fingerprint); /* which it has all the same */
    cert_free(&c);
    /* of another kind, between the certificate and its confirmation */
    comes(HERE, A);
    here_is_key(HERE, 1);
    c = signed_for(&asked);
    sign_says(IPC_ISSUED, &asked, cert_der(c), "");
    assert_phone(A, PHONE_INSTALL, PHONE_ISSUED);
    order(A, PHONE_DELETE, PHONE_BY_NULL, NULL);
    here_is_reason(HERE, CAPF_STORE_CERTIFICATE_RESPONSE, CAPF_OK);
    assert_end(CAPF_OK);
    assert_phone(A, PHONE_DELETE, PHONE_PENDING);
    cert_free(&c);
    assert_int_equal(number("SELECT count(*) FROM ledger"), 2);
}

/* One key is one phone's: in the ledger, on its way, and when the journal tells of it too late. */
static void keys_of_other_phones(void **state)
{
    struct capf_request of_a, of_b;
    uint8_t key_of_b[CAPF_SPKI_MAX];
    struct cert *a, *b;

    (void)state;
    start(true);
    a = install(A, 0);
    cert_free(&a);
    order(B, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    nasked = 0;
    comes(HERE, B);
    here_is_key(HERE, 0);
    assert_end(CAPF_DECLINED);
    assert_phone(B, PHONE_INSTALL, PHONE_FAILED);
    assert_int_equal(nasked, 0);
    /* its own key again is no other's: another certificate for it */
    a = install(A, 0);
    cert_free(&a);
    assert_int_equal(nasked, 1);
    /* both at once, neither certified before */
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    comes(HERE, A);
    here_is_key(HERE, 1);
    of_a = asked;
    assert_int_equal(nasked, 2);
    comes(THERE, B);
    here_is_key(THERE, 1);
    assert_end(CAPF_DECLINED);
    assert_int_equal(nasked, 2);
    sign_says(IPC_REFUSED, &of_a, (struct bytes_view){0}, "not this one");
    /* a certificate for it comes out of the journal while another phone's is being signed */
    comes(THERE, B);
    here_is_key(THERE, 1);
    of_b = asked;
    memcpy(key_of_b, asked_key, sizeof key_of_b);
    of_b.public_key.data = key_of_b;
    of_a.public_key = of_b.public_key;
    a = signed_for(&of_a);
    b = signed_for(&of_b);
    sign_says(IPC_ISSUED, &of_a, cert_der(a), "");
    sign_says(IPC_ISSUED, &of_b, cert_der(b), "");
    assert_end(CAPF_DECLINED);
    assert_phone(B, PHONE_INSTALL, PHONE_FAILED);
    assert_int_equal(number("SELECT count(*) FROM ledger WHERE device = '" B "' AND delivered = ''"), 1); /* recorded */
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL); /* it stays the phone's that had it first */
    nasked = 0;
    comes(HERE, A);
    here_is_key(HERE, 1);
    assert_int_equal(nasked, 1);
    cert_free(&a);
    cert_free(&b);
}

/* The signer tells a result twice, and then another one under the same number. */
static void results_that_are_told_again(void **state)
{
    struct capf_request first;
    struct cert *c, *other;

    (void)state;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    comes(HERE, A);
    here_is_key(HERE, 0);
    first = asked;
    c = signed_for(&first);
    other = signed_for(&first);
    sign_says(IPC_ISSUED, &first, cert_der(c), "");
    const int64_t rows = number("SELECT count(*) FROM ledger"), told = number("SELECT count(*) FROM audit");
    sign_says(IPC_ISSUED, &first, cert_der(c), "");
    assert_int_equal(nrecorded, 2);
    nreconcile = 0;
    sign_says(IPC_ISSUED, &first, cert_der(other), "");
    assert_int_equal(nrecorded, 2); /* not recorded: the signer keeps it */
    assert_int_equal(counted[COUNT_ROUNDS_FAILED], 1);
    service.tick(NULL);
    assert_int_equal(nreconcile, 1);
    memcpy(first.device, B, sizeof B); /* the same certificate, said to be another's */
    sign_says(IPC_ISSUED, &first, cert_der(c), "");
    assert_int_equal(nrecorded, 2);
    assert_int_equal(number("SELECT count(*) FROM ledger"), rows);
    assert_int_equal(number("SELECT count(*) FROM audit"), told);
    cert_free(&c);
    cert_free(&other);
}

static void what_the_signer_answers(void **state)
{
    (void)state;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    comes(HERE, A);
    here_is_key(HERE, 0);
    sign_says(IPC_REFUSED, &asked, (struct bytes_view){0}, "a weak key");
    assert_end(CAPF_DECLINED);
    assert_phone(A, PHONE_INSTALL, PHONE_FAILED);
    assert_non_null(strstr(phone_now(A).reason, "a weak key"));
    comes(HERE, A);
    here_is_key(HERE, 0);
    sign_says(IPC_LATER, &asked, (struct bytes_view){0}, "the disk is full");
    assert_later();
    assert_phone(A, PHONE_INSTALL, PHONE_PENDING);
    /* nothing for a minute */
    comes(HERE, A);
    here_is_key(HERE, 0);
    nreplies = 0;
    LIST_FIRST(&the_state.issuing)->issue_since -= 59 * 1000;
    service.tick(NULL);
    settle();
    assert_int_equal(nreplies, 0);
    LIST_FIRST(&the_state.issuing)->issue_since -= 2 * 1000;
    service.tick(NULL);
    settle();
    assert_later();
    assert_phone(A, PHONE_INSTALL, PHONE_PENDING);
}

/* Before journal and store agree no phone is served: it waits a little, then it is told to come again. */
static void before_journal_and_store_agree(void **state)
{
    struct capf_request r = request_for(phone_key[0], &p256);
    struct cert *c;

    (void)state;
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    order(B, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    in_store("UPDATE phones SET state = 'in-progress'"); /* of sessions that ended with the process */
    start(false);
    assert_int_equal(nreconcile, 1);
    call(&net_link, HERE, "192.0.2.1:77");
    nreplies = 0;
    say(HERE, here_is(A, NULL));
    assert_int_equal(nreplies, 0);
    service.tick(NULL);
    settle();
    assert_int_equal(nreplies, 0);
    STAILQ_FIRST(&the_state.parked)->parked_since -= 6 * 1000;
    service.tick(NULL);
    settle();
    assert_later();
    call(&net_link, HERE, "192.0.2.1:77");
    nreplies = 0;
    say(HERE, here_is(A, NULL));
    assert_int_equal(nreplies, 0);
    (void)snprintf(r.device, sizeof r.device, "%s", A);
    assert_true(capf_request_id(A, phone_now(A).operation_id, r.public_key, r.id));
    c = signed_for(&r);
    sign_says(IPC_ISSUED, &r, cert_der(c), ""); /* what the signer signed and the ledger lacks */
    assert_int_equal(nreplies, 0);
    assert_int_equal(number("SELECT count(*) FROM ledger WHERE device = '" A "'"), 1);
    assert_phone(B, PHONE_INSTALL, PHONE_IN_PROGRESS);
    sign_says(IPC_RECONCILED, NULL, (struct bytes_view){0}, "");
    assert_int_equal(reply.said.command, CAPF_KEY_GENERATE_REQUEST);
    assert_phone(B, PHONE_INSTALL, PHONE_PENDING);
    /* the phone comes with the key of that certificate: it gets that one */
    here_is_key(HERE, 0);
    assert_int_equal(reply.said.command, CAPF_STORE_CERTIFICATE_REQUEST);
    assert_true(bytes_equal(reply.said.certificate, cert_der(c)));
    assert_int_equal(nasked, 0);
    free_request(&r);
    cert_free(&c);
}

/* Connections are told apart by their process, too; one that ends says what became of its order. */
static void connections(void **state)
{
    struct ipc_message m = {.type = IPC_CLOSED, .connection = HERE};
    struct bytes wire;
    struct cert *c;

    (void)state;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    order(B, PHONE_FETCH, PHONE_BY_NULL, NULL);
    comes(HERE, A);
    const uint32_t of_a = session;
    call(&second_net_link, HERE, "192.0.2.2:78");
    assert_int_not_equal(session, of_a);
    say_to(&second_net_link, HERE, here_is(B, NULL));
    assert_int_equal(reply.said.command, CAPF_FETCH_CERTIFICATE_REQUEST);
    m.type = IPC_OPENED;
    assert_int_equal(ipc_write(&m, &wire, &why), VOX_OK);
    assert_int_equal(service.message(NULL, &net_link, bytes_view_of(&wire), &why), VOX_E_INPUT); /* it is open */
    bytes_free(&wire);
    service.gone(NULL, &second_net_link); /* its phones are gone, the others' are not */
    settle();
    assert_phone(B, PHONE_FETCH, PHONE_FAILED);
    assert_phone(A, PHONE_INSTALL, PHONE_IN_PROGRESS);
    m.type = IPC_CLOSED;
    (void)strcpy(m.text, "the peer closed the connection");
    send_to_state(&net_link, &m);
    settle();
    assert_phone(A, PHONE_INSTALL, PHONE_FAILED);
    assert_non_null(strstr(phone_now(A).reason, "lost"));
    /* after the certificate is recorded a loss is no failure: it comes again for the same one */
    comes(HERE, A);
    here_is_key(HERE, 0);
    c = signed_for(&asked);
    sign_says(IPC_ISSUED, &asked, cert_der(c), "");
    send_to_state(&net_link, &m);
    settle();
    assert_phone(A, PHONE_INSTALL, PHONE_ISSUED);
    comes(HERE, A);
    here_is_key(HERE, 0);
    assert_true(bytes_equal(reply.said.certificate, cert_der(c)));
    here_is_reason(HERE, CAPF_STORE_CERTIFICATE_RESPONSE, CAPF_DECLINED); /* and one that does not want it is */
    assert_end(CAPF_DECLINED);
    assert_phone(A, PHONE_INSTALL, PHONE_FAILED);
    cert_free(&c);
    assert_int_equal(the_state.nsessions, 0);
}

/* A key may take four times its time limit in all, however often the phone asks for patience. */
static void patience(void **state)
{
    const struct capf_message more = {.command = CAPF_REQUEST_IN_PROGRESS};

    (void)state;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    comes(HERE, A);
    assert_int_equal(reply.wait_s, options.key_timeout_s);
    say(HERE, more);
    assert_int_equal(reply.wait_s, options.key_timeout_s);
    LIST_FIRST(&the_state.sessions)->key_since -= (int64_t)options.key_timeout_s * 3500;
    say(HERE, more);
    assert_true(reply.wait_s <= options.key_timeout_s / 2 && reply.wait_s > options.key_timeout_s / 2 - 60);
    LIST_FIRST(&the_state.sessions)->key_since -= (int64_t)options.key_timeout_s * 1000;
    say(HERE, more);
    assert_int_equal(reply.wait_s, 1);
}

static void fetched_and_deleted(void **state)
{
    char path[160], aside[160];
    struct stat st;
    struct cert *c;

    (void)state;
    start(true);
    c = install(A, 0);
    order(A, PHONE_FETCH, PHONE_BY_NULL, NULL);
    in_store("UPDATE phones SET lsc = (SELECT fingerprint FROM ledger ORDER BY number DESC LIMIT 1), "
             "lsc_not_after = '2030-01-01T00:00:00Z'");
    call(&net_link, HERE, "192.0.2.1:77");
    say(HERE, here_is(A, NULL));
    say(HERE, (struct capf_message){.command = CAPF_FETCH_CERTIFICATE_RESPONSE,
                                    .present = HAS(CAPF_REASON) | HAS(CAPF_CERTIFICATE),
                                    .reason = CAPF_OK,
                                    .certificate_kind = CAPF_LSC,
                                    .certificate = cert_der(c)});
    assert_end(CAPF_NO_ACTION);
    assert_phone(A, PHONE_NONE, PHONE_DELIVERED);
    (void)snprintf(path, sizeof path, "%s/fetched/" A ".pem", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    *strrchr(path, '/') = '\0';
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_string_not_equal(phone_now(A).lsc, "");
    in_store("UPDATE phones SET operation = 'delete', operation_id = 'd', state = 'pending'");
    call(&net_link, HERE, "192.0.2.1:77");
    say(HERE, here_is(A, NULL));
    here_is_reason(HERE, CAPF_DELETE_CERTIFICATE_RESPONSE, CAPF_OK);
    assert_end(CAPF_OK);
    assert_phone(A, PHONE_NONE, PHONE_DELIVERED);
    assert_string_equal(phone_now(A).lsc, "");
    assert_true(phone_now(A).lsc_not_after == 0);
    assert_int_equal(number("SELECT count(*) FROM audit WHERE what LIKE 'voxcapfd fetch " A ": certificate %'"), 1);
    assert_int_equal(number("SELECT count(*) FROM audit WHERE what LIKE 'voxcapfd delete " A ": %'"), 1);
    /* where there is no room for what it shows, it comes again; nobody else's trouble */
    order(A, PHONE_FETCH, PHONE_BY_NULL, NULL);
    (void)snprintf(aside, sizeof aside, "%s/aside", dir);
    assert_int_equal(rename(path, aside), 0);
    assert_int_equal(close(open(path, O_WRONLY | O_CREAT, 0600)), 0);
    call(&net_link, HERE, "192.0.2.1:77");
    say(HERE, here_is(A, NULL));
    say(HERE, (struct capf_message){.command = CAPF_FETCH_CERTIFICATE_RESPONSE,
                                    .present = HAS(CAPF_REASON) | HAS(CAPF_CERTIFICATE),
                                    .reason = CAPF_OK,
                                    .certificate_kind = CAPF_LSC,
                                    .certificate = cert_der(c)});
    assert_later();
    assert_phone(A, PHONE_FETCH, PHONE_PENDING);
    assert_int_equal(counted[COUNT_ROUNDS_FAILED], 0);
    cert_free(&c);
}

/* One of a round cannot be written: nothing of the round has happened, and whoever needed the store comes again. Who
 * did not goes on. */
static void a_round_that_fails(void **state)
{
    const struct capf_message more = {.command = CAPF_REQUEST_IN_PROGRESS};
    unsigned char *der = NULL;
    const int len = i2d_PUBKEY(phone_key[0], &der);
    const struct capf_message key = {
        .command = CAPF_KEY_GENERATE_RESPONSE, .present = HAS(CAPF_PUBLIC_KEY), .public_key = {der, (size_t)len}};
    uint32_t of_a, of_b, of_c;
    struct cert *c;

    (void)state;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    order(B, PHONE_INSTALL, PHONE_BY_STRING, "1234");
    order("C", PHONE_INSTALL, PHONE_BY_NULL, NULL);
    comes(1, A);
    of_a = session;
    comes(3, "C");
    of_c = session;
    call(&net_link, 2, "192.0.2.1:77");
    of_b = session;
    in_store("ALTER TABLE inventory RENAME TO aside"); /* B is noted there when it has proved itself */
    post(&net_link, 1, of_a, key);
    post(&net_link, 2, of_b, here_is(B, "1234"));
    post(&net_link, 3, of_c, more);
    settle();
    assert_int_equal(counted[COUNT_ROUNDS_FAILED], 1);
    assert_int_equal(heard_at[1], CAPF_RETRY_LATER);
    assert_int_equal(heard_at[2], CAPF_RETRY_LATER);
    assert_int_equal(heard_at[3], 0);
    assert_int_equal(nasked, 0); /* what the signer would be asked is part of the round */
    assert_phone(A, PHONE_INSTALL, PHONE_IN_PROGRESS);
    assert_phone(B, PHONE_INSTALL, PHONE_PENDING);
    post(&net_link, 3, of_c, key);
    settle();
    assert_int_equal(nasked, 1);
    /* a certificate was made, and the round in which it is recorded fails: the signer must not forget it */
    c = signed_for(&asked);
    call(&net_link, 2, "192.0.2.1:77");
    nreconcile = 0;
    const int64_t told = number("SELECT count(*) FROM audit");
    post_of_signer(IPC_ISSUED, &asked, cert_der(c), "");
    post(&net_link, 2, session, here_is(B, "1234"));
    settle();
    assert_int_equal(counted[COUNT_ROUNDS_FAILED], 2);
    assert_int_equal(heard_at[3], CAPF_RETRY_LATER);
    assert_int_equal(number("SELECT count(*) FROM ledger"), 0);
    assert_int_equal(number("SELECT count(*) FROM audit"), told);
    assert_phone("C", PHONE_INSTALL, PHONE_IN_PROGRESS);
    in_store("ALTER TABLE aside RENAME TO inventory");
    service.tick(NULL);
    settle();
    assert_int_equal(nreconcile, 1);
    assert_int_equal(nrecorded, 0);
    assert_int_equal(counted[GAUGE_STORE_FAILING], 1);
    sign_says(IPC_ISSUED, &asked, cert_der(c), "");
    assert_int_equal(nrecorded, 1);
    assert_int_equal(number("SELECT count(*) FROM ledger"), 1);
    assert_phone("C", PHONE_INSTALL, PHONE_ISSUED);
    service.tick(NULL);
    settle();
    assert_int_equal(nreconcile, 1);
    assert_int_equal(counted[GAUGE_STORE_FAILING], 0);
    comes(3, "C");
    post(&net_link, 3, session, key);
    settle();
    assert_true(bytes_equal(reply.said.certificate, cert_der(c)));
    assert_int_equal(nasked, 1);
    OPENSSL_free(der);
    cert_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(an_order_changes_before_the_key, forget_ledger),
        cmocka_unit_test_teardown(an_order_changes_before_the_certificate, forget_ledger),
        cmocka_unit_test_teardown(keys_of_other_phones, forget_ledger),
        cmocka_unit_test_teardown(results_that_are_told_again, forget_ledger),
        cmocka_unit_test_teardown(what_the_signer_answers, forget_ledger),
        cmocka_unit_test_teardown(before_journal_and_store_agree, forget_ledger),
        cmocka_unit_test_teardown(connections, forget_ledger),
        cmocka_unit_test_teardown(patience, forget_ledger),
        cmocka_unit_test_teardown(fetched_and_deleted, forget_ledger),
        cmocka_unit_test_teardown(a_round_that_fails, forget_ledger),
    };

    return cmocka_run_group_tests(tests, make_serving, remove_serving);
}
