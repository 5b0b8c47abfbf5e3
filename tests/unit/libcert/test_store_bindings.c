/* Certificates at their places. */
#include "unit/libcert/store_fixture.h"

static const struct store_binding_filter everything = {.state = -1};

static void test_round_trip(void **state)
{
    struct cert *c = lab_cert("ccm.pem");
    struct store_binding b = binding_of(c, "CallManager", "cm1"), *list;
    char fingerprint[CERT_FINGERPRINT_MAX], text[256];
    size_t n;

    (void)state;
    b.role = ROLE_CCM_TFTP;
    b.key_source = (char[]){"CallManager-cm1.key"};
    b.request = (char[]){"-----BEGIN CERTIFICATE REQUEST-----\n"};
    assert_done(store_binding_add(s, &b, err));
    assert_int_equal(strlen(b.id), 32);
    assert_int_equal(strspn(b.id, "0123456789abcdef"), 32);
    assert_int_equal(strlen(b.added), 20);
    assert_done(store_bindings(s, NULL, &list, &n, err));
    assert_int_equal(n, 1);
    assert_string_equal(list[0].id, b.id);
    assert_true(cert_same(list[0].cert, c));
    assert_string_equal(list[0].place, "CallManager");
    assert_string_equal(list[0].node, "cm1");
    assert_int_equal(list[0].role, ROLE_CCM_TFTP);
    assert_int_equal(list[0].state, BIND_ACTIVE);
    assert_string_equal(list[0].key_source, b.key_source);
    assert_string_equal(list[0].request, b.request);
    assert_string_equal(list[0].added, b.added);
    store_bindings_free(&list, n);
    cert_fingerprint(c, fingerprint);
    shell_ask("voxtrust.db", "SELECT fingerprint FROM v_certificates WHERE place = 'CallManager'", text, sizeof text);
    assert_string_equal(text, fingerprint);
    shell_ask("voxtrust.db", "SELECT subject FROM v_certificates", text, sizeof text);
    assert_non_null(strstr(text, "CN="));
    shell_ask("voxtrust.db", "SELECT substr(not_after, 5, 1) || substr(not_after, 20) FROM v_certificates", text,
              sizeof text);
    assert_string_equal(text, "-Z");
    free(b.id);
    free(b.added);
    cert_free(&c);
}

static void test_places_hold_it_once(void **state)
{
    struct cert *c = lab_cert("capf.pem");
    struct store_binding again = binding_of(c, "CAPF", "");
    char id[40], text[16];

    (void)state;
    strcpy(id, bind_cert(c, "CAPF", "", BIND_ACTIVE));
    assert_refused(store_binding_add(s, &again, err), VOX_E_EXISTS, "stands in CAPF already");
    assert_null(again.id);
    again.node = (char[]){"cm1"};
    bind_cert(c, "CAPF", "cm1", BIND_ACTIVE);
    assert_refused(store_binding_add(s, &again, err), VOX_E_EXISTS, "CAPF of node cm1 already");
    bind_cert(c, "CallManager-trust", "", BIND_ACTIVE);
    assert_int_equal(count_bindings(&everything), 3);
    shell_ask("voxtrust.db", "SELECT count(*) FROM certificates", text, sizeof text);
    assert_string_equal(text, "1");
    /* a retired one may come back, and then the old row cannot be revived beside it */
    assert_done(store_binding_set_state(s, id, BIND_RETIRED, err));
    bind_cert(c, "CAPF", "", BIND_PENDING);
    assert_refused(store_binding_set_state(s, id, BIND_ACTIVE, err), VOX_E_EXISTS, "bound there again");
    assert_int_equal(count_bindings(&everything), 4);
    cert_free(&c);
}

static void test_filters(void **state)
{
    struct cert *ccm = lab_cert("ccm.pem"), *tvs = lab_cert("tvs.pem");
    char fp[CERT_FINGERPRINT_MAX], id[40];
    struct store_binding *list;
    size_t n;

    (void)state;
    bind_cert(tvs, "TVS", "cm1", BIND_ACTIVE);
    bind_cert(ccm, "CallManager", "cm2", BIND_RETIRED);
    bind_cert(tvs, "CallManager", "cm1", BIND_PENDING);
    bind_cert(ccm, "CallManager", "cm1", BIND_ACTIVE);
    strcpy(id, bind_cert(ccm, "CallManager-trust", "", BIND_RETIRING));
    assert_done(store_bindings(s, &everything, &list, &n, err));
    assert_int_equal(n, 5);
    /* by place, node, then in the order of adding, within one second too */
    assert_string_equal(list[0].node, "cm1");
    assert_int_equal(list[0].state, BIND_PENDING);
    assert_int_equal(list[1].state, BIND_ACTIVE);
    assert_string_equal(list[2].node, "cm2");
    assert_string_equal(list[3].place, "CallManager-trust");
    assert_string_equal(list[4].place, "TVS");
    store_bindings_free(&list, n);
    cert_fingerprint(ccm, fp);
#define COUNT(...) count_bindings(&(struct store_binding_filter){__VA_ARGS__})
    assert_int_equal(COUNT(.state = -1, .place = "CallManager"), 3);
    assert_int_equal(COUNT(.state = -1, .place = "callmanager"), 0);
    assert_int_equal(COUNT(.state = -1, .node = "cm1"), 3);
    assert_int_equal(COUNT(.state = -1, .node = ""), 1);
    assert_int_equal(COUNT(.state = BIND_ACTIVE), 2);
    assert_int_equal(COUNT(.state = BIND_PENDING), 1);
    assert_int_equal(COUNT(.state = -1, .live = true), 4);
    assert_int_equal(COUNT(.state = BIND_RETIRED, .live = true), 0);
    assert_int_equal(COUNT(.state = -1, .fingerprint_prefix = fp), 3);
    assert_int_equal(COUNT(.state = -1, .fingerprint_prefix = ""), 5);
    assert_int_equal(COUNT(.state = -1, .fingerprint_prefix = "%"), 0);
    assert_int_equal(COUNT(.state = -1, .id = id), 1);
    assert_int_equal(COUNT(.state = -1, .id = "' OR ''='"), 0);
    fp[8] = '\0';
    assert_int_equal(COUNT(.state = -1, .fingerprint_prefix = fp, .place = "CallManager", .live = true), 1);
    strcat(fp, "x");
    assert_int_equal(COUNT(.state = -1, .fingerprint_prefix = fp), 0);
#undef COUNT
    cert_free(&ccm);
    cert_free(&tvs);
}

static void test_requests_wait_for_certificates(void **state)
{
    struct cert *c = lab_cert("web-ec.pem"), *other = lab_cert("app.pem");
    struct store_binding b = binding_of(NULL, "tomcat", "cm1"), *list;
    char live[40];
    size_t n;

    (void)state;
    assert_refused(store_binding_add(s, &b, err), VOX_E_USAGE, "neither a certificate nor a request");
    b.state = BIND_PENDING;
    b.request = (char[]){"-----BEGIN CERTIFICATE REQUEST-----\n"};
    b.key_source = (char[]){"k"};
    assert_done(store_binding_add(s, &b, err));
    assert_done(store_bindings(s, NULL, &list, &n, err));
    assert_int_equal(n, 1);
    assert_null(list[0].cert);
    store_bindings_free(&list, n);
    /* the same certificate is live in that place by another way */
    strcpy(live, bind_cert(c, "tomcat", "cm1", BIND_ACTIVE));
    assert_refused(store_binding_set_cert(s, b.id, c, err), VOX_E_EXISTS, "stands in the same place");
    assert_done(store_binding_remove(s, live, err));
    assert_done(store_binding_set_cert(s, b.id, c, err));
    assert_refused(store_binding_set_cert(s, b.id, other, err), VOX_E_EXISTS, "has its certificate already");
    assert_done(store_bindings(s, NULL, &list, &n, err));
    assert_int_equal(n, 1);
    assert_true(cert_same(list[0].cert, c));
    assert_int_equal(list[0].state, BIND_PENDING);
    store_bindings_free(&list, n);
    assert_refused(store_binding_set_cert(s, "nope", c, err), VOX_E_NOT_FOUND, "'nope'");
    free(b.id);
    free(b.added);
    cert_free(&c);
    cert_free(&other);
}

static void test_removal_forgets_the_certificate(void **state)
{
    struct cert *c = lab_cert("sast.pem");
    char one[40], two[40], text[16];

    (void)state;
    strcpy(one, bind_cert(c, "ITLRecovery", "", BIND_ACTIVE));
    strcpy(two, bind_cert(c, "Phone-SAST-trust", "", BIND_RETIRED));
    assert_done(store_binding_remove(s, one, err));
    shell_ask("voxtrust.db", "SELECT count(*) FROM certificates", text, sizeof text);
    assert_string_equal(text, "1");
    assert_done(store_binding_remove(s, two, err));
    shell_ask("voxtrust.db", "SELECT count(*) FROM certificates", text, sizeof text);
    assert_string_equal(text, "0");
    assert_refused(store_binding_remove(s, two, err), VOX_E_NOT_FOUND, "no binding");
    assert_refused(store_binding_set_state(s, two, BIND_ACTIVE, err), VOX_E_NOT_FOUND, "no binding");
    assert_refused(store_binding_set_state(s, one, (enum bind_state)9, err), VOX_E_USAGE, "unknown state");
    cert_free(&c);
}

static void test_values_out_of_bounds(void **state)
{
    struct cert *c = lab_cert("sast.pem");
    struct store_binding b = binding_of(c, "TVS", "");

    (void)state;
    b.role = 65536;
    assert_refused(store_binding_add(s, &b, err), VOX_E_USAGE, "role");
    b.role = -2;
    assert_refused(store_binding_add(s, &b, err), VOX_E_USAGE, "role");
    b = binding_of(c, "", "");
    assert_refused(store_binding_add(s, &b, err), VOX_E_INPUT, "place is empty");
    b = binding_of(c, "TVS", "a\x01");
    assert_refused(store_binding_add(s, &b, err), VOX_E_INPUT, "control");
    b = binding_of(c, "TVS", "");
    b.state = (enum bind_state)7;
    assert_refused(store_binding_add(s, &b, err), VOX_E_USAGE, "state 7");
    assert_int_equal(count_bindings(&everything), 0);
    assert_null(bind_state_word(BIND_STATE_COUNT));
    assert_string_equal(bind_state_word(BIND_RETIRING), "retiring");
    cert_free(&c);
}

/* A refused add inside a caller's transaction leaves no half of itself behind. */
static void test_refusal_inside_a_transaction(void **state)
{
    struct cert *c = lab_cert("sast.pem"), *d = lab_cert("sast2.pem");
    struct store_binding b = binding_of(d, "TVS", "");
    char text[16];

    (void)state;
    assert_done(store_begin(s, err));
    bind_cert(c, "TVS", "", BIND_ACTIVE);
    b.key_source = (char[]){"\xff"};
    assert_refused(store_binding_add(s, &b, err), VOX_E_INPUT, "not UTF-8");
    assert_done(store_commit(s, err));
    shell_ask("voxtrust.db", "SELECT count(*) FROM certificates", text, sizeof text);
    assert_string_equal(text, "1");
    assert_int_equal(count_bindings(&everything), 1);
    cert_free(&c);
    cert_free(&d);
}

static void test_changed_behind_our_back(void **state)
{
    struct cert *c = lab_cert("sast.pem");
    struct store_binding *list;
    size_t n;

    (void)state;
    bind_cert(c, "TVS", "", BIND_ACTIVE);
    shell("voxtrust.db", "UPDATE certificates SET der = x'3000'");
    assert_refused(store_bindings(s, NULL, &list, &n, err), VOX_E_STORE, "not well-formed");
    shell("voxtrust.db", "PRAGMA foreign_keys=OFF; DELETE FROM certificates");
    assert_refused(store_bindings(s, NULL, &list, &n, err), VOX_E_STORE, "damaged");
    assert_null(list);
    cert_free(&c);
}

static void test_another_certificate_in_its_row(void **state)
{
    struct cert *c = lab_cert("sast.pem"), *d = lab_cert("sast2.pem");
    struct store_binding *list;
    size_t n;

    (void)state;
    bind_cert(c, "TVS", "", BIND_ACTIVE);
    bind_cert(d, "CAPF", "", BIND_ACTIVE);
    shell("voxtrust.db", "UPDATE certificates SET der = (SELECT der FROM certificates ORDER BY fingerprint LIMIT 1)");
    assert_refused(store_bindings(s, NULL, &list, &n, err), VOX_E_STORE, "recorded as");
    cert_free(&c);
    cert_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_places_hold_it_once, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_filters, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_requests_wait_for_certificates, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_removal_forgets_the_certificate, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_values_out_of_bounds, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_refusal_inside_a_transaction, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_changed_behind_our_back, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_another_certificate_in_its_row, store_setup, store_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
