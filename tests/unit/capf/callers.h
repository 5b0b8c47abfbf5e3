/*
 * Phones and a signer around the state process that take it as it comes: who is told to come again goes, who hears
 * nothing hangs up, and whatever else is not the answer that is right fails the test. What is told is compared with the
 * store at the moment it leaves the process: before_leaving = note.
 */
#ifndef UNIT_CAPF_CALLERS_H
#define UNIT_CAPF_CALLERS_H

#include "makers.h"

enum { CONNECTIONS = 16, MADE = 8, ROUNDS = 10 };

/* --- what phones hear: by connection --- */

static struct {
    bool came, end;
    size_t len;
    struct capf_message said;
    uint8_t bytes[CAPF_MESSAGE_LIMIT];
} heard[CONNECTIONS];

/* --- a signer: what it made it gives again, until it hears that it is recorded --- */

static struct {
    uint8_t id[CAPF_REQUEST_ID_LEN];
    char device[PHONE_NAME_MAX + 1];
    struct cert *c;
    bool recorded, to_send;
} made[MADE];
static size_t nmade;
static bool all_to_send;

static void sign(const struct capf_request *r)
{
    size_t i = 0;

    while (i < nmade && memcmp(made[i].id, r->id, sizeof r->id) != 0)
        i++;
    if (i == nmade) {
        assert_true(i < MADE);
        nmade++;
        memcpy(made[i].id, r->id, sizeof r->id);
        memcpy(made[i].device, r->device, sizeof r->device);
        made[i].c = signed_for(r);
        made[i].recorded = false;
    }
    assert_string_equal(made[i].device, r->device);
    made[i].to_send = true;
}

static void forget_signed(void)
{
    while (nmade > 0)
        cert_free(&made[--nmade].c);
    all_to_send = false;
}

static void send_made(size_t i)
{
    struct capf_request r = {0};

    memcpy(r.id, made[i].id, sizeof r.id);
    memcpy(r.device, made[i].device, sizeof r.device);
    made[i].to_send = false;
    post_of_signer(IPC_ISSUED, &r, cert_der(made[i].c), "");
}

/* Until the signer owes nothing. */
static void signer_answers(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        bool all = all_to_send, any = all;

        all_to_send = false;
        for (size_t k = 0; k < nmade; k++) {
            if (!made[k].to_send && (!all || made[k].recorded))
                continue;
            any = true;
            send_made(k);
        }
        if (all)
            post_of_signer(IPC_RECONCILED, NULL, (struct bytes_view){0}, "");
        if (!any)
            return;
        settle();
    }
    fail_msg("the signer is asked again and again");
}

/* --- what leaves the process --- */

struct search_for {
    struct bytes_view der;
    bool is_there;
};

static bool is_the_one(void *arg, const struct ledger_entry *e)
{
    struct search_for *s = arg;

    s->is_there = bytes_equal(cert_der(e->cert), s->der);
    return !s->is_there;
}

static bool recorded_for(const char *name, struct bytes_view der)
{
    struct search_for s = {.der = der};

    assert_int_equal(ledger_each(ours, name, is_the_one, &s, &why), VOX_OK);
    return s.is_there;
}

static const char *whose[CONNECTIONS]; /* the phones that are connected */

/* A phone is told of a certificate, or that all is done: the store has it, for this phone. */
static void assert_true_to_the_store(uint64_t connection, const struct capf_message *said)
{
    const char *name = whose[connection];

    if (said->command == CAPF_STORE_CERTIFICATE_REQUEST && !recorded_for(name, said->certificate))
        fail_msg("%s is told to store a certificate that is not in the ledger as its own", name);
    if (said->command == CAPF_KEY_GENERATE_REQUEST)
        assert_phone(name, PHONE_INSTALL, PHONE_IN_PROGRESS);
    if (said->command == CAPF_END_SESSION && said->reason == CAPF_OK)
        assert_phone(name, PHONE_NONE, PHONE_DELIVERED);
    if (said->command == CAPF_END_SESSION && said->reason == CAPF_UNKNOWN_DEVICE && phone_now(name).has_string)
        assert_true(phone_now(name).wrong > 0);
}

static void note(const struct ipc_message *m)
{
    size_t i = 0;

    switch (m->type) {
    case IPC_REPLY:
        assert_true(m->connection < CONNECTIONS && m->bytes.len <= CAPF_MESSAGE_LIMIT);
        heard[m->connection].came = true;
        heard[m->connection].end = m->end;
        heard[m->connection].len = m->bytes.len;
        memset(&heard[m->connection].said, 0, sizeof heard[m->connection].said);
        if (m->bytes.len == 0)
            break;
        memcpy(heard[m->connection].bytes, m->bytes.data, m->bytes.len);
        assert_int_equal(capf_message_read(heard[m->connection].bytes, m->bytes.len, &heard[m->connection].said, &why),
                         VOX_OK);
        assert_true_to_the_store(m->connection, &heard[m->connection].said);
        break;
    case IPC_ISSUE:
        sign(&m->request);
        break;
    case IPC_RECONCILE:
        all_to_send = true;
        break;
    case IPC_RECORDED:
        while (i < nmade && memcmp(made[i].id, m->request.id, sizeof m->request.id) != 0)
            i++;
        assert_true(i < nmade && recorded_for(made[i].device, cert_der(made[i].c)));
        made[i].recorded = true;
        break;
    default:
        fail_msg("a message of type %u", m->type);
    }
}

/* --- phones --- */

struct caller {
    const char *name, *digits;
    int key;
    uint64_t connection;
    bool on; /* it is connected, and was not told to go */
    uint32_t session;
    const struct capf_identity *shows; /* NULL: no certificate */
    struct bytes_view got;             /* the certificate that it has */
};

static void calls(struct caller *p)
{
    struct ipc_message m = {.type = IPC_OPENED, .connection = p->connection, .text = "192.0.2.1:77"};

    whose[p->connection] = p->name;
    heard[p->connection].came = false;
    send_to_state(&net_link, &m);
}

static void says(struct caller *p, struct capf_message m)
{
    heard[p->connection].came = false;
    post(&net_link, p->connection, p->session, m);
}

/* Its net process notices that it has hung up, or was not answered in time. */
static void hangs_up(struct caller *p)
{
    struct ipc_message m = {.type = IPC_CLOSED, .connection = p->connection, .text = "the daemon did not answer"};

    p->on = false;
    send_to_state(&net_link, &m);
}

/* Was it told this? Else it was told to come again, or nothing at all, and nothing else is right. */
static bool is_told(struct caller *p, int command, int reason)
{
    const struct capf_message *said = &heard[p->connection].said;

    if (!heard[p->connection].came) {
        hangs_up(p);
        settle();
        return false;
    }
    p->on = !heard[p->connection].end;
    if (heard[p->connection].len > 0 && said->command == command &&
        (command != CAPF_END_SESSION || said->reason == reason))
        return true;
    if (p->on || (heard[p->connection].len > 0 && said->command != CAPF_RETRY_LATER))
        fail_msg("%s: command %u, reason %u in place of %d", p->name, said->command, said->reason, command);
    return false;
}

static void introduces_itself(struct caller *p)
{
    struct capf_message m = here_is(p->name, p->digits);
    struct capf_credentials credentials = {0};

    m.session = p->session;
    if (p->shows != NULL)
        assert_int_equal(capf_credentials_make(p->name, p->shows, &m, &credentials, &why), VOX_OK);
    says(p, m);
    capf_credentials_clear(&credentials);
}

/* Connections of those phones, up to the answer to their names. */
static void come(struct caller *p, size_t n, int command, int reason)
{
    for (size_t i = 0; i < n; i++)
        calls(&p[i]);
    settle();
    for (size_t i = 0; i < n; i++) {
        if (!is_told(&p[i], CAPF_AUTH_REQUEST, 0))
            continue;
        p[i].session = heard[p[i].connection].said.session;
        introduces_itself(&p[i]);
    }
    settle();
    signer_answers(); /* whose journal may be awaited */
    settle();
    for (size_t i = 0; i < n; i++)
        if (p[i].on)
            (void)is_told(&p[i], command, reason);
}

/* What phones answer that were told what to do. */
static void go_on(struct caller *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char *der = NULL;
        int len;

        if (!p[i].on)
            continue;
        len = i2d_PUBKEY(phone_key[p[i].key], &der);
        assert_true(len > 0);
        says(&p[i], (struct capf_message){.command = CAPF_KEY_GENERATE_RESPONSE,
                                          .present = HAS(CAPF_PUBLIC_KEY),
                                          .public_key = {der, (size_t)len}});
        OPENSSL_free(der);
    }
    settle();
    signer_answers();
    for (size_t i = 0; i < n; i++) {
        if (!p[i].on || !is_told(&p[i], CAPF_STORE_CERTIFICATE_REQUEST, 0))
            continue;
        p[i].got = heard[p[i].connection].said.certificate;
        says(&p[i], (struct capf_message){
                        .command = CAPF_STORE_CERTIFICATE_RESPONSE, .present = HAS(CAPF_REASON), .reason = CAPF_OK});
    }
    settle();
    for (size_t i = 0; i < n; i++)
        if (p[i].on)
            (void)is_told(&p[i], CAPF_END_SESSION, CAPF_OK);
}

static void tick(void)
{
    (void)working(true);
    service.tick(NULL);
    (void)working(false);
    settle();
}

/* Those who are there still go, and the process has its second of rest. */
static void all_go(struct caller *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i].on)
            hangs_up(&p[i]);
    settle();
    tick();
    signer_answers();
}

static void enrol(struct caller *p, size_t n)
{
    come(p, n, CAPF_KEY_GENERATE_REQUEST, 0);
    go_on(p, n);
    all_go(p, n);
}

/* It has exactly one certificate, for its own key, and the store says that it has. */
static void assert_has_its_own(const struct caller *p)
{
    char sql[120];
    struct phone is;
    struct cert *c;

    assert_phone(p->name, PHONE_NONE, PHONE_DELIVERED);
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM ledger WHERE device = '%s'", p->name);
    assert_int_equal(number(sql), 1);
    for (size_t i = 0; i < nmade; i++) {
        char fingerprint[CERT_FINGERPRINT_MAX];

        if (strcmp(made[i].device, p->name) != 0)
            continue;
        c = made[i].c;
        is = phone_now(p->name);
        cert_fingerprint(c, fingerprint);
        assert_true(recorded_for(p->name, cert_der(c)));
        assert_int_equal(EVP_PKEY_eq(cert_key(c), phone_key[p->key]), 1);
        assert_string_equal(is.lsc, fingerprint);
        assert_true(made[i].recorded);
    }
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM ledger WHERE device = '%s' AND delivered <> ''", p->name);
    assert_int_equal(number(sql), 1);
}

#endif
