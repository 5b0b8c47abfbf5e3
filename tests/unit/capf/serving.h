/* The state process in this process, on a store of its own: the net processes, the signer and the phones are ours. */
#ifndef UNIT_CAPF_SERVING_H
#define UNIT_CAPF_SERVING_H

#define DAY STATE_DAY /* before the names of the tests */
#include "../daemon/counters.c"
#include "../daemon/ipc.c"
#include "../daemon/sign_issuer.c"
#include "../daemon/sign_memory.c"
#include "../daemon/state.c"
#include "../daemon/state_authorize.c"
#include "../daemon/state_issue.c"
#include "../daemon/state_offline.c"
#include "../daemon/state_record.c"
#include "../daemon/state_round.c"
#include "../daemon/state_session.c"
#include "../daemon/state_signer.c"
#include "../daemon/state_store.c"
#undef DAY

#include "issuing.h"

#include <sqlite3.h>

#define HAS(tag) (UINT32_C(1) << (tag))

/* --- what the skeleton of daemons would do --- */

struct serve_link {
    int number;
};
__attribute__((unused)) static struct serve_link net_link = {1}, second_net_link = {2}, sign_link = {3};

/* The last reply to a phone, read; nreplies counts them. */
static struct {
    uint64_t connection;
    bool end;
    unsigned wait_s;
    struct bytes bytes;
    struct capf_message said;
} reply;
static unsigned nreplies;
static int heard_at[16]; /* by connection, the smaller ones: the last command; 0: nothing was said */

/* Told when the process's code begins to work (true), and when it ends or calls us (false); says what was before. */
static bool (*at_work)(bool yes);

static bool working(bool yes)
{
    return at_work != NULL && at_work(yes);
}

/* Called before anything leaves the process: what it promises must be in the store by then. */
static void (*before_leaving)(const struct ipc_message *m);

/* What the signer was asked last, and what it was told. */
static struct capf_request asked;
static uint8_t asked_key[CAPF_SPKI_MAX];
static unsigned nasked, nreconcile, nrecorded;

static void heard_by_phone(const struct ipc_message *m)
{
    bytes_free(&reply.bytes);
    reply.connection = m->connection;
    reply.end = m->end;
    reply.wait_s = m->wait_s;
    memset(&reply.said, 0, sizeof reply.said);
    if (m->bytes.len > 0) {
        assert_int_equal(bytes_copy(&reply.bytes, m->bytes.data, m->bytes.len, &why), VOX_OK);
        assert_int_equal(capf_message_read(reply.bytes.data, reply.bytes.len, &reply.said, &why), VOX_OK);
    }
    if (m->connection < sizeof heard_at / sizeof *heard_at)
        heard_at[m->connection] = reply.said.command;
    nreplies++;
}

static void leaves(const struct serve_link *l, struct bytes_view data)
{
    struct ipc_message m;

    assert_int_equal(ipc_read(data, &m, &why), VOX_OK);
    if (before_leaving != NULL)
        before_leaving(&m);
    if (l != &sign_link) {
        assert_int_equal(m.type, IPC_REPLY);
        heard_by_phone(&m);
        return;
    }
    nreconcile += m.type == IPC_RECONCILE;
    nrecorded += m.type == IPC_RECORDED;
    if (m.type == IPC_ISSUE) {
        nasked++;
        asked = m.request;
        memcpy(asked_key, m.request.public_key.data, m.request.public_key.len);
        asked.public_key.data = asked_key;
    }
}

bool serve_link_send(struct serve_link *l, struct bytes_view data)
{
    const bool was = working(false);

    leaves(l, data);
    (void)working(was);
    return true;
}

static unsigned counted[COUNTERS];

void serve_add(size_t i, uint64_t n)
{
    assert_true(i < COUNTERS);
    counted[i] += (unsigned)n;
}

void serve_count(size_t i)
{
    serve_add(i, 1);
}

void serve_set(size_t i, uint64_t v)
{
    assert_true(i < COUNTERS);
    counted[i] = (unsigned)v;
}

/* Nothing is confined here; a state process that starts anew is one that a test did not mean. */
enum vox_err serve_may_use(struct serve_files *f, const char *path, struct vox_error *err)
{
    (void)f;
    (void)path;
    (void)err;
    return VOX_OK;
}

void serve_start_anew(const char *reason)
{
    fail_msg("%s", reason);
}

/* --- a folder with a store and an issuer --- */

static char dir[64], url[128], issuer_file[128];
static EVP_PKEY *ca_key, *phone_key[3];
static struct capf_issuer issuer;
static struct store *ours; /* another connection than the process has */
static struct phones_key *digits_key;
static struct state_options options = {.key_timeout_s = 1800};
static struct serve_service service;

static void settle(void)
{
    (void)working(true);
    service.settle(NULL);
    (void)working(false);
}

static void send_to_state(struct serve_link *l, const struct ipc_message *m)
{
    struct bytes wire;
    enum vox_err code;

    assert_int_equal(ipc_write(m, &wire, &why), VOX_OK);
    (void)working(true);
    code = service.message(NULL, l, bytes_view_of(&wire), &why);
    (void)working(false);
    if (code != VOX_OK)
        fail_msg("%s", why.text);
    bytes_free(&wire);
}

static void post_of_signer(uint8_t type, const struct capf_request *r, struct bytes_view certificate, const char *text)
{
    struct ipc_message m = {.type = type, .bytes = certificate, .end = type == IPC_RECONCILED};

    if (r != NULL) {
        memcpy(m.request.id, r->id, sizeof m.request.id);
        memcpy(m.request.device, r->device, sizeof m.request.device);
    }
    (void)snprintf(m.text, sizeof m.text, "%s", text);
    send_to_state(&sign_link, &m);
}

static void sign_says(uint8_t type, const struct capf_request *r, struct bytes_view certificate, const char *text)
{
    post_of_signer(type, r, certificate, text);
    settle();
}

static void start(bool reconciled)
{
    struct serve_files files = {.n = 0};

    service = state_service(&options, dir);

    if (service.start(NULL, &why) != VOX_OK || service.prepare(NULL, &files, &why) != VOX_OK ||
        service.ready(NULL, &why) != VOX_OK)
        fail_msg("%s", why.text);
    service.linked(NULL, &sign_link, "sign");
    if (reconciled)
        sign_says(IPC_RECONCILED, NULL, (struct bytes_view){0}, "");
}

static void stop(void)
{
    service.stop(NULL);
    the_state = (struct state){.o = &options};
}

static int make_serving(void **state)
{
    const int64_t today = clock_now();
    const struct like like = {.from = today - now - DAY, .to = today - now + (int64_t)3650 * DAY};
    mode_t mask = umask(077);
    FILE *f;

    (void)state;
    (void)strcpy(dir, "/tmp/state-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(url, sizeof url, "%s/db", dir);
    (void)snprintf(issuer_file, sizeof issuer_file, "%s/issuer.pem", dir);
    if (store_create(url, "test", &ours, &why) != VOX_OK)
        fail_msg("%s", why.text);
    assert_int_equal(phones_key_open(ours, true, &digits_key, &why), VOX_OK);
    ca_key = EVP_EC_gen("P-256");
    issuer = (struct capf_issuer){.cert = make_ca(ca_key, &like), .key = ca_key, .profile = capf_profile_default()};
    assert_non_null(f = fopen(issuer_file, "w"));
    assert_true(PEM_write_X509(f, cert_x509(issuer.cert)) > 0);
    fclose(f);
    (void)umask(mask);
    for (int i = 0; i < 3; i++)
        phone_key[i] = EVP_EC_gen("P-256");
    options.store_url = url;
    options.issuer_path = issuer_file;
    return 0;
}

static int remove_serving(void **state)
{
    struct cert *c = (struct cert *)(uintptr_t)issuer.cert;
    char command[100];

    (void)state;
    phones_key_free(&digits_key);
    store_close(&ours);
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    assert_int_equal(system(command), 0);
    bytes_free(&reply.bytes);
    cert_free(&c);
    EVP_PKEY_free(ca_key);
    for (int i = 0; i < 3; i++)
        EVP_PKEY_free(phone_key[i]);
    return 0;
}

/* --- the store, as the operator changes it and as it is found --- */

static void in_store(const char *sql)
{
    sqlite3 *db;
    char *complaint = NULL;

    assert_int_equal(sqlite3_open(url, &db), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(db, 10000), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &complaint) != SQLITE_OK)
        fail_msg("%s: %s", sql, complaint);
    (void)sqlite3_close(db);
}

/* The first value of an answer, as a number. */
static int64_t number(const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *q;
    int64_t n = -1;

    assert_int_equal(sqlite3_open(url, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    if (sqlite3_step(q) == SQLITE_ROW)
        n = sqlite3_column_int64(q, 0);
    (void)sqlite3_finalize(q);
    (void)sqlite3_close(db);
    return n;
}

/* A phone with an order; digits NULL: no authentication string. */
static void order(const char *name, enum phone_operation what, enum phone_proof proof, const char *digits)
{
    static unsigned n;
    struct phone p = {.operation = what, .proof = proof, .key = p256, .state = PHONE_PENDING};

    (void)snprintf(p.name, sizeof p.name, "%s", name);
    (void)snprintf(p.operation_id, sizeof p.operation_id, "%032x", ++n);
    assert_int_equal(store_begin(ours, &why), VOX_OK);
    if (phone_put(ours, &p, &why) != VOX_OK ||
        (digits != NULL && phone_string_set(ours, digits_key, name, digits, 0, &why) != VOX_OK))
        fail_msg("%s", why.text);
    assert_int_equal(store_commit(ours, &why), VOX_OK);
}

static struct phone phone_now(const char *name)
{
    struct phone p;

    assert_int_equal(phone_get(ours, name, &p, &why), VOX_OK);
    return p;
}

#define assert_phone(name, what, is)                                                                           \
    do {                                                                                                       \
        const struct phone p_ = phone_now(name);                                                               \
        if (p_.operation != (what) || p_.state != (is))                                                        \
            fail_msg("%s is %s %s (%s)", name, phone_state_word(p_.state), phone_operation_word(p_.operation), \
                     p_.reason);                                                                               \
    } while (0)

/* --- what phones do --- */

static uint32_t session;

/* A connection: the greeting tells the session. */
static void call(struct serve_link *l, uint64_t connection, const char *peer)
{
    struct ipc_message m = {.type = IPC_OPENED, .connection = connection};

    (void)snprintf(m.text, sizeof m.text, "%s", peer);
    send_to_state(l, &m);
    settle();
    assert_int_equal(reply.connection, connection);
    assert_int_equal(reply.said.command, CAPF_AUTH_REQUEST);
    session = reply.said.session;
}

/* Words of one round: settle() ends it. */
static void post(struct serve_link *l, uint64_t connection, uint32_t in_session, struct capf_message m)
{
    struct ipc_message out = {.type = IPC_FRAME, .connection = connection};
    struct bytes wire;

    m.session = in_session;
    assert_int_equal(capf_message_write(&m, &wire, &why), VOX_OK);
    out.bytes = bytes_view_of(&wire);
    send_to_state(l, &out);
    bytes_free(&wire);
}

static void say_to(struct serve_link *l, uint64_t connection, struct capf_message m)
{
    post(l, connection, session, m);
    settle();
}

static void say(uint64_t connection, struct capf_message m)
{
    say_to(&net_link, connection, m);
}

/* The answer to the greeting; digits NULL: none. */
static struct capf_message here_is(const char *name, const char *digits)
{
    struct capf_message m = {.command = CAPF_AUTH_RESPONSE,
                             .present = HAS(CAPF_VERSION) | HAS(CAPF_DEVICE_NAME),
                             .version = 3,
                             .device = {(const uint8_t *)name, strlen(name)}};

    if (digits != NULL) {
        m.present |= HAS(CAPF_PASSWORD);
        m.password = (struct bytes_view){(const uint8_t *)digits, strlen(digits)};
    }
    return m;
}

static void here_is_key(uint64_t connection, int key)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(phone_key[key], &der);

    assert_true(len > 0);
    say(connection, (struct capf_message){.command = CAPF_KEY_GENERATE_RESPONSE,
                                          .present = HAS(CAPF_PUBLIC_KEY),
                                          .public_key = {der, (size_t)len}});
    OPENSSL_free(der);
}

static void here_is_reason(uint64_t connection, int command, int reason)
{
    say(connection,
        (struct capf_message){.command = (uint8_t)command, .present = HAS(CAPF_REASON), .reason = (uint8_t)reason});
}

/* What the signer would make of a request. Free with cert_free(). */
static struct cert *signed_for(const struct capf_request *r)
{
    static uint8_t serial[CAPF_SERIAL_LEN] = {0xf0};
    struct cert *c;

    serial[CAPF_SERIAL_LEN - 1]++;
    if (capf_issue(&issuer, r, serial, clock_now(), &c, &why) != VOX_OK)
        fail_msg("%s", why.text);
    return c;
}

/* A phone gets its certificate for one of the keys, from the first word to the last. Free with cert_free(). */
__attribute__((unused)) static struct cert *install(const char *name, int key)
{
    struct cert *c;

    order(name, PHONE_INSTALL, PHONE_BY_NULL, NULL);
    call(&net_link, 999, "192.0.2.9:999");
    say(999, here_is(name, NULL));
    here_is_key(999, key);
    c = signed_for(&asked);
    sign_says(IPC_ISSUED, &asked, cert_der(c), "");
    here_is_reason(999, CAPF_STORE_CERTIFICATE_RESPONSE, CAPF_OK);
    assert_int_equal(reply.said.command, CAPF_END_SESSION);
    assert_int_equal(reply.said.reason, CAPF_OK);
    assert_phone(name, PHONE_NONE, PHONE_DELIVERED);
    return c;
}

#define assert_end(code)                                                                                               \
    do {                                                                                                               \
        if (!reply.end || reply.said.command != CAPF_END_SESSION || reply.said.reason != (code))                       \
            fail_msg("command %u, reason %u, not END_SESSION %d", reply.said.command, reply.said.reason, (int)(code)); \
    } while (0)

__attribute__((unused)) static int forget_all(void **state)
{
    (void)state;
    stop();
    in_store("DELETE FROM phones; DELETE FROM phone_sources;");
    nreplies = nasked = nreconcile = nrecorded = 0;
    before_leaving = NULL;
    memset(counted, 0, sizeof counted);
    return 0;
}

/* For stories that issue: the certificates go, too. */
static inline int forget_ledger(void **state)
{
    (void)forget_all(state);
    in_store("DELETE FROM ledger");
    return 0;
}

#endif
