/* The state process: who is believed, what the store knows afterwards, and what happens when orders change meanwhile.
 */
#include "makers.h"

#define A "SEP0000000000A1"
#define B "SEP0000000000B2"

/* Wrong strings are counted by address; of IPv6 by the half that a host cannot choose. Empty ones prove nothing. */
static void sources_of_wrong_strings(void **state)
{
    const int64_t at = clock_now();
    char peer[64];
    int64_t until;

    (void)state;
    start(true);
    for (uint64_t i = 0; i < 20; i++) {
        (void)snprintf(peer, sizeof peer, "[2001:db8:1:2:%x::%x]:%u", (unsigned)i, (unsigned)i, 1000 + (unsigned)i);
        call(&net_link, i, peer);
        say(i, here_is(A, i < 10 ? "1234" : "4321"));
        assert_end(CAPF_UNKNOWN_DEVICE);
        call(&net_link, 100 + i, "192.0.2.1:77");
        say(100 + i, here_is(A, i % 2 == 0 ? NULL : ""));
        assert_end(CAPF_UNKNOWN_DEVICE);
        call(&net_link, 200 + i, i % 2 == 0 ? "192.0.2.2:77" : "192.0.2.3:78");
        say(200 + i, here_is(A, "1234"));
    }
    assert_int_equal(phone_source_locked(ours, "2001:db8:1:2::/64", at, &until, &why), VOX_OK);
    assert_true(until > at);
    assert_int_equal(number("SELECT count(*) FROM phone_sources"), 3);
    assert_int_equal(number("SELECT wrong FROM phone_sources WHERE source = '192.0.2.2'"), 10);
    /* the right string from there is no better, from next door it is */
    order(A, PHONE_INSTALL, PHONE_BY_STRING, "1234");
    call(&net_link, 300, "[2001:db8:1:2:ffff::1]:5");
    say(300, here_is(A, "1234"));
    assert_end(CAPF_UNKNOWN_DEVICE);
    assert_phone(A, PHONE_INSTALL, PHONE_PENDING);
    call(&net_link, 301, "[2001:db8:1:3:ffff::1]:5");
    say(301, here_is(A, "1234"));
    assert_int_equal(reply.said.command, CAPF_KEY_GENERATE_REQUEST);
}

/* SHA-256 over the lines of journal.md 2.2: what the signer keeps of how the phone proved itself. */
static void assert_evidence(const char *name, const char *proof, const char *fingerprint, const char *sudi,
                            const char *peer)
{
    char text[400];
    uint8_t digest[CAPF_EVIDENCE_LEN];
    const int len = snprintf(text, sizeof text, "%s\n%s\n%s\n%s\n%s\n%s\n%08x\n", name, phone_now(name).operation_id,
                             proof, fingerprint, sudi, peer, session);

    assert_true(EVP_Digest(text, (size_t)len, digest, NULL, EVP_sha256(), NULL) > 0);
    assert_memory_equal(asked.evidence, digest, sizeof digest);
}

static unsigned nchecked;

/* Another connection to the store sees it: it is committed. */
static void assert_committed(const struct ipc_message *m)
{
    struct capf_message said = {0};

    if (m->type == IPC_REPLY && m->bytes.len > 0)
        assert_int_equal(capf_message_read(m->bytes.data, m->bytes.len, &said, &why), VOX_OK);
    if (said.command == CAPF_KEY_GENERATE_REQUEST)
        assert_phone(A, PHONE_INSTALL, PHONE_IN_PROGRESS);
    else if (said.command == CAPF_STORE_CERTIFICATE_REQUEST || m->type == IPC_RECORDED)
        assert_int_equal(number("SELECT count(*) FROM ledger WHERE device = '" A "'"), 1);
    else if (said.command == CAPF_END_SESSION)
        assert_phone(A, PHONE_NONE, PHONE_DELIVERED);
    else
        return;
    nchecked++;
}

/* From the first word to the last: what is recorded when, and what of the order is left. */
static void an_installation(void **state)
{
    char fingerprint[CERT_FINGERPRINT_MAX];
    struct phone p;
    struct cert *c;

    (void)state;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_STRING, "123456");
    before_leaving = assert_committed;
    nchecked = 0;
    in_store("UPDATE phones SET complete_by = '2099-01-01T00:00:00Z', not_before = '2020-01-01T00:00:00Z'");
    call(&net_link, 1, "192.0.2.1:77");
    say(1, here_is(A, "123456"));
    assert_phone(A, PHONE_INSTALL, PHONE_IN_PROGRESS);
    assert_int_equal(reply.wait_s, options.key_timeout_s);
    here_is_key(1, 0);
    assert_int_equal(nasked, 1);
    assert_string_equal(asked.device, A);
    assert_evidence(A, "string", "", "", "192.0.2.1:77");
    assert_int_equal(number("SELECT count(*) FROM ledger"), 0);
    c = signed_for(&asked);
    cert_fingerprint(c, fingerprint);
    sign_says(IPC_ISSUED, &asked, cert_der(c), "");
    assert_int_equal(reply.said.command, CAPF_STORE_CERTIFICATE_REQUEST);
    assert_true(bytes_equal(reply.said.certificate, cert_der(c)));
    assert_int_equal(nrecorded, 1);
    assert_int_equal(number("SELECT count(*) FROM ledger WHERE delivered = ''"), 1);
    assert_int_equal(number("SELECT count(*) FROM audit WHERE what LIKE 'voxcapfd issue " A ": certificate %'"), 1);
    assert_phone(A, PHONE_INSTALL, PHONE_ISSUED);
    here_is_reason(1, CAPF_STORE_CERTIFICATE_RESPONSE, CAPF_OK);
    assert_end(CAPF_OK);
    assert_phone(A, PHONE_NONE, PHONE_DELIVERED);
    p = phone_now(A);
    assert_string_equal(p.lsc, fingerprint);
    assert_true(p.lsc_not_after == cert_not_after(c));
    assert_true(p.by == 0 && p.not_before == 0 && !p.has_string);
    assert_int_equal(nchecked, 4);
    assert_int_equal(number("SELECT count(*) FROM ledger WHERE delivered <> ''"), 1);
    assert_int_equal(
        number("SELECT count(*) FROM audit WHERE what LIKE 'voxcapfd deliver " A ": certificate %, from 192.0.2.1:77'"),
        1);
    cert_free(&c);
}

/* --- {proof that is asked for} x {credential that is shown} x {operation} x {whose} --- */

enum credential {
    NOTHING,
    RIGHT_STRING,
    WRONG_STRING,
    OWN_LSC,
    OTHERS_LSC,
    UNKNOWN_LSC,
    OWN_MIC,
    OTHERS_MIC,
    CREDENTIALS
};

static void into_ledger(struct cert *c, const char *device, const char *request)
{
    struct ledger_entry e = {.cert = c, .issued = clock_now()};

    (void)snprintf(e.device, sizeof e.device, "%s", device);
    (void)snprintf(e.request, sizeof e.request, "%s", request);
    assert_int_equal(store_begin(ours, &why), VOX_OK);
    if (ledger_add(ours, &e, &why) != VOX_OK)
        fail_msg("%s", why.text);
    assert_int_equal(store_commit(ours, &why), VOX_OK);
}

static void authorization_table(void **state)
{
    static const char *const words[] = {"nothing",     "right string", "wrong string", "own LSC",
                                        "other's LSC", "unknown LSC",  "own MIC",      "other's MIC"};
    static const enum phone_operation operations[] = {PHONE_INSTALL, PHONE_FETCH, PHONE_DELETE, PHONE_NONE};
    static const uint8_t commands[] = {CAPF_KEY_GENERATE_REQUEST, CAPF_FETCH_CERTIFICATE_REQUEST,
                                       CAPF_DELETE_CERTIFICATE_REQUEST, CAPF_END_SESSION};
    struct cert *certs[CREDENTIALS] = {NULL};
    unsigned admitted = 0, cases = 0;

    (void)state;
    a_maker();
    certs[OWN_LSC] = certs[UNKNOWN_LSC] = NULL;
    certs[OWN_LSC] = made_by(issuer.cert, issuer.key, A);
    certs[OTHERS_LSC] = made_by(issuer.cert, issuer.key, B);
    certs[UNKNOWN_LSC] = made_by(issuer.cert, issuer.key, A);
    certs[OWN_MIC] = made_by(maker, maker_key, "CP-8841-" A);
    certs[OTHERS_MIC] = made_by(maker, maker_key, "CP-8841-" B);
    in_store("DELETE FROM ledger");
    into_ledger(certs[OWN_LSC], A, "00000000000000000000000000000001");
    start(true);
    for (int proof = 0; proof < PHONE_PROOF_COUNT; proof++) {
        for (int shown = 0; shown < CREDENTIALS; shown++) {
            for (size_t o = 0; o < 4; o++) {
                for (int known = 0; known < 2; known++) {
                    const uint64_t connection = 1000 + cases++;
                    const bool right = proof == PHONE_BY_NULL || (proof == PHONE_BY_STRING && shown == RIGHT_STRING) ||
                                       (proof == PHONE_BY_LSC && (shown == OWN_LSC || shown == OWN_MIC)) ||
                                       (proof == PHONE_BY_MIC && shown == OWN_MIC);
                    struct capf_message m = here_is(A, shown == RIGHT_STRING   ? "1234"
                                                       : shown == WRONG_STRING ? "1235"
                                                                               : NULL);
                    struct capf_credentials credentials = {0};

                    in_store("DELETE FROM phones; DELETE FROM phone_sources;");
                    if (known)
                        order(A, operations[o], (enum phone_proof)proof, operations[o] != PHONE_NONE ? "1234" : NULL);
                    call(&net_link, connection, "192.0.2.1:77");
                    m.session = session;
                    if (certs[shown] != NULL) {
                        const struct capf_identity id = {.cert = certs[shown], .kind = CAPF_LSC, .key = phone_key[0]};

                        assert_int_equal(capf_credentials_make(A, &id, &m, &credentials, &why), VOX_OK);
                    }
                    say(connection, m);
                    const int want = !known                        ? CAPF_UNKNOWN_DEVICE
                                     : operations[o] == PHONE_NONE ? CAPF_NO_ACTION
                                     : right                       ? -1
                                                                   : CAPF_UNKNOWN_DEVICE;
                    const int is = reply.said.command == CAPF_END_SESSION ? reply.said.reason : -1;
                    if (is != want || (want < 0 && reply.said.command != commands[o]))
                        fail_msg("proof %s, shown %s, %s, %s: command %u, reason %d, not %d",
                                 phone_proof_word((enum phone_proof)proof), words[shown],
                                 phone_operation_word(operations[o]), known ? "known" : "unknown", reply.said.command,
                                 is, want);
                    admitted += want < 0;
                    if (want == CAPF_UNKNOWN_DEVICE && known) {
                        /* A phone that shows a bad certificate is told to the operator; anybody could send the rest. */
                        const bool told = proof != PHONE_BY_STRING && certs[shown] != NULL;

                        assert_phone(A, operations[o], told ? PHONE_FAILED : PHONE_PENDING);
                        assert_int_equal(phone_now(A).wrong, proof == PHONE_BY_STRING && shown == WRONG_STRING ? 1 : 0);
                    }
                    if (want < 0) /* and who proved nothing was not seen */
                        assert_int_equal(number("SELECT count(*) FROM inventory WHERE seen <> ''") > 0,
                                         proof != PHONE_BY_NULL);
                    in_store("DELETE FROM inventory");
                    capf_credentials_clear(&credentials);
                }
            }
        }
    }
    assert_int_equal(cases, 4 * CREDENTIALS * 4 * 2);
    assert_int_equal(admitted, 3 * (CREDENTIALS + 1 + 2 + 1));
    assert_int_equal(nasked, 0);
    for (int i = 0; i < CREDENTIALS; i++)
        cert_free(&certs[i]);
    cert_free(&maker);
    EVP_PKEY_free(maker_key);
}

/* The evidence of a certificate names it. */
static void evidence_of_a_certificate(void **state)
{
    struct cert *c = made_by(issuer.cert, issuer.key, A);
    const struct capf_identity id = {.cert = c, .kind = CAPF_LSC, .key = phone_key[0]};
    struct capf_message m = here_is(A, NULL);
    char fingerprint[CERT_FINGERPRINT_MAX];
    struct capf_credentials credentials;

    (void)state;
    cert_fingerprint(c, fingerprint);
    in_store("DELETE FROM ledger");
    into_ledger(c, A, "00000000000000000000000000000001");
    order(A, PHONE_INSTALL, PHONE_BY_LSC, NULL);
    start(true);
    call(&net_link, 1, "[2001:db8::1]:77");
    m.session = session;
    assert_int_equal(capf_credentials_make(A, &id, &m, &credentials, &why), VOX_OK);
    say(1, m);
    here_is_key(1, 1);
    assert_int_equal(nasked, 1);
    assert_evidence(A, "lsc", fingerprint, "", "[2001:db8::1]:77");
    capf_credentials_clear(&credentials);
    cert_free(&c);
}

/* A phone comes with a certificate: is it believed? */
static bool believed(struct cert *c)
{
    static uint64_t connection = 5000;
    const struct capf_identity id = {.cert = c, .kind = CAPF_LSC, .key = phone_key[0]};
    struct capf_message m = here_is(A, NULL);
    struct capf_credentials credentials;

    call(&net_link, ++connection, "192.0.2.1:77");
    m.session = session;
    assert_int_equal(capf_credentials_make(A, &id, &m, &credentials, &why), VOX_OK);
    say(connection, m);
    capf_credentials_clear(&credentials);
    return reply.said.command == CAPF_KEY_GENERATE_REQUEST;
}

static void bind_to(struct cert *c, const char *place, enum bind_state state)
{
    char where[32];
    struct store_binding b = {.cert = c,
                              .place = where,
                              .node = (char[]){""},
                              .role = ROLE_NONE,
                              .state = state,
                              .key_source = (char[]){""},
                              .request = (char[]){""}};

    (void)snprintf(where, sizeof where, "%s", place);
    assert_int_equal(store_begin(ours, &why), VOX_OK);
    if (store_binding_add(ours, &b, &why) != VOX_OK)
        fail_msg("%s", why.text);
    assert_int_equal(store_commit(ours, &why), VOX_OK);
    free(b.id);
    free(b.added);
}

/* What is uploaded, retired or allowed while it runs counts for the next phone. */
static void trust_follows_the_store(void **state)
{
    struct cert *own_lsc = made_by(issuer.cert, issuer.key, A), *mic, *old;

    (void)state;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_MIC, NULL);
    a_maker();
    mic = made_by(maker, maker_key, "CP-8841-" A);
    made_until = -DAY;
    old = made_by(maker, maker_key, "CP-8841-" A);
    made_until = DAY;
    assert_true(believed(mic));
    assert_false(believed(old));
    assert_int_equal(store_begin(ours, &why), VOX_OK);
    assert_int_equal(store_binding_set_state(ours, maker_binding, BIND_RETIRED, &why), VOX_OK);
    assert_int_equal(store_commit(ours, &why), VOX_OK);
    assert_false(believed(mic));
    bind_to(maker, "CAPF-trust", BIND_ACTIVE);
    assert_true(believed(mic));
    stop();
    options.accept_expired_mic = true;
    start(true);
    assert_true(believed(old));
    options.accept_expired_mic = false;
    stop();
    /* LSCs outlive CAPF's certificate: a retired one still says whose they are */
    in_store("DELETE FROM ledger");
    into_ledger(own_lsc, A, "00000000000000000000000000000001");
    options.issuer_path = NULL;
    start(true);
    order(A, PHONE_INSTALL, PHONE_BY_LSC, NULL);
    assert_false(believed(own_lsc));
    bind_to((struct cert *)(uintptr_t)issuer.cert, "CAPF", BIND_RETIRED);
    assert_true(believed(own_lsc));
    options.issuer_path = issuer_file;
    cert_free(&own_lsc);
    cert_free(&mic);
    cert_free(&old);
    cert_free(&maker);
    EVP_PKEY_free(maker_key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(sources_of_wrong_strings, forget_all),
        cmocka_unit_test_teardown(an_installation, forget_all),
        cmocka_unit_test_teardown(authorization_table, forget_all),
        cmocka_unit_test_teardown(evidence_of_a_certificate, forget_all),
        cmocka_unit_test_teardown(trust_follows_the_store, forget_all),
    };

    return cmocka_run_group_tests(tests, make_serving, remove_serving);
}
