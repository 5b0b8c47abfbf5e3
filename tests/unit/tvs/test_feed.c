/* From the store to the answers: which certificates are packed, with which roles; and what a damaged pack is. */
#include "../libcert/store_fixture.h"

#include <libcert/tlv.h>

#include "feed.h"

enum { TTL = 4711 };

/* What the answers would come from, for the store as it stands. */
static struct tvs_snapshot *fed(void)
{
    struct tvs_snapshot *snapshot = NULL;
    struct bytes packed = {NULL, 0};

    assert_done(feed_pack(s, TTL, &packed, err));
    assert_done(feed_unpack(bytes_view_of(&packed), &snapshot, err));
    bytes_free(&packed);
    return snapshot;
}

/* Ask about a certificate: its roles are the n bytes of roles, or it is not trusted (roles NULL). */
static void assert_roles(const struct tvs_snapshot *snapshot, const struct cert *c, const char *roles, size_t n)
{
    const struct tvs_message question = {.command = TVS_VERIFY_REQUEST, .certificate = cert_der(c)};
    const struct tvs_policy policy = {.now = 1800000000};
    struct tvs_outcome o;
    struct bytes reply;

    assert_done(tvs_answer(&question, snapshot, &policy, &reply, &o, err));
    bytes_free(&reply);
    assert_int_equal(o.status, roles != NULL ? TVS_TRUSTED : TVS_NOT_TRUSTED);
    if (roles == NULL)
        return;
    assert_int_equal(o.entry->nroles, n);
    assert_memory_equal(o.entry->roles, roles, n);
    assert_int_equal(o.entry->ttl, TTL);
}

#define ROLES(snapshot, c, roles) assert_roles(snapshot, c, roles, sizeof(roles) - 1)
#define STRANGER(snapshot, c)     assert_roles(snapshot, c, NULL, 0)

static void add_node(const char *name, unsigned services)
{
    char empty[] = "", copy[32];
    const struct store_node node = {.name = strcpy(copy, name), .dns = empty, .ip = empty, .services = services};

    assert_done(store_node_add(s, &node, err));
}

/* docs/formats/tvs.md 5: the roles of each service. */
static void test_services(void **state)
{
    static const struct {
        const char *place, *node, *file, *roles;
        size_t n;
    } cases[] = {
        {"CAPF", "", "capf.pem", "\x04", 1},
        {"TVS", "both", "tvs.pem", "\x15", 1},
        {"ITLRecovery", "", "sast.pem", "\x00", 1},
        {"tomcat", "both", "app.pem", "\x07", 1},
        {"CallManager", "both", "ccm.pem", "\x00\x03", 2}, /* as in the trace of a real server */
        {"CallManager", "calls", "sast2.pem", "\x00\x01", 2},
        {"CallManager", "files", "tftp.pem", "\x00\x03", 2},
        {"CallManager-ECDSA", "both", "web-ec.pem", "\x03", 1}, /* signs no lists */
    };
    struct cert *certs[sizeof cases / sizeof *cases];
    struct tvs_snapshot *snapshot;

    (void)state;
    add_node("both", NODE_CCM | NODE_TFTP);
    add_node("calls", NODE_CCM);
    add_node("files", NODE_TFTP);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        certs[i] = lab_cert(cases[i].file);
        bind_cert(certs[i], cases[i].place, cases[i].node, BIND_ACTIVE);
    }
    snapshot = fed();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_roles(snapshot, certs[i], cases[i].roles, cases[i].n);
    tvs_snapshot_free(&snapshot);

    assert_done(store_setting_set(s, "mode", "mixed", err));
    snapshot = fed();
    ROLES(snapshot, certs[4], "\x00\x02"); /* CCM and TFTP in one */
    ROLES(snapshot, certs[5], "\x00\x01");
    ROLES(snapshot, certs[7], "\x02");
    tvs_snapshot_free(&snapshot);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cert_free(&certs[i]);
}

/* During a rotation the old and the new one are trusted; a retired one is not. */
static void test_states(void **state)
{
    static const struct {
        const char *file;
        enum bind_state bound;
        bool trusted;
    } cases[] = {{"sast.pem", BIND_PENDING, true},
                 {"ccm.pem", BIND_ACTIVE, true},
                 {"tftp.pem", BIND_RETIRING, true},
                 {"capf.pem", BIND_RETIRED, false}};
    struct cert *certs[sizeof cases / sizeof *cases];
    struct tvs_snapshot *snapshot;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        certs[i] = lab_cert(cases[i].file);
        bind_cert(certs[i], "ITLRecovery", "", cases[i].bound);
    }
    snapshot = fed();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].trusted)
            ROLES(snapshot, certs[i], "\x00");
        else
            STRANGER(snapshot, certs[i]);
        cert_free(&certs[i]);
    }
    assert_int_equal(tvs_snapshot_count(snapshot), 3);
    tvs_snapshot_free(&snapshot);
}

/* What others' certificates are uploaded for is said with them; several places are united. */
static void test_trust_stores(void **state)
{
    struct cert *app = lab_cert("app.pem"), *bare = lab_cert("tvs.pem"), *odd = lab_cert("capf.pem");
    struct store_binding b = binding_of(app, "CallManager-trust", "");
    struct tvs_snapshot *snapshot;

    (void)state;
    b.role = ROLE_APP_SERVER;
    assert_done(store_binding_add(s, &b, err));
    free(b.id);
    free(b.added);
    b = binding_of(app, "Phone-SAST-trust", "");
    b.role = ROLE_SAST;
    assert_done(store_binding_add(s, &b, err));
    free(b.id);
    free(b.added);
    bind_cert(bare, "CallManager-trust", "", BIND_ACTIVE); /* no role: for nothing that a phone asks */
    b = binding_of(odd, "tomcat-trust", "");
    b.role = 300; /* an answer has one byte for it */
    assert_done(store_binding_add(s, &b, err));
    free(b.id);
    free(b.added);

    snapshot = fed();
    ROLES(snapshot, app, "\x00\x07");
    STRANGER(snapshot, bare);
    STRANGER(snapshot, odd);
    tvs_snapshot_free(&snapshot);
    cert_free(&app);
    cert_free(&bare);
    cert_free(&odd);
}

static void test_an_empty_store(void **state)
{
    struct tvs_snapshot *snapshot = fed();

    (void)state;
    assert_int_equal(tvs_snapshot_count(snapshot), 0);
    tvs_snapshot_free(&snapshot);
}

/* Cut anywhere, or with a length that lies: refused, nothing half. */
static void test_damaged_packs(void **state)
{
    struct cert *c = lab_cert("ccm.pem");
    struct tvs_snapshot *snapshot;
    struct bytes packed;

    (void)state;
    bind_cert(c, "CAPF", "", BIND_ACTIVE);
    assert_done(feed_pack(s, TTL, &packed, err));
    for (size_t n = 1; n < packed.len; n++) {
        uint8_t *cut = malloc(n); /* exact, for the address sanitizer */

        memcpy(cut, packed.data, n);
        assert_int_equal(feed_unpack((struct bytes_view){cut, n}, &snapshot, NULL), VOX_E_INPUT);
        assert_null(snapshot);
        free(cut);
    }
    packed.data[0] = TVS_ROLES_MAX + 1;
    assert_refused(feed_unpack(bytes_view_of(&packed), &snapshot, err), VOX_E_INPUT, "damaged at byte");
    { /* whole in all else: more roles than an entry has room for */
        const struct bytes_view der = cert_der(c);
        struct tlv_writer w = tlv_writer(1 << 16);
        struct bytes many;

        tlv_put_u8(&w, TVS_ROLES_MAX + 1);
        for (uint8_t role = 0; role <= TVS_ROLES_MAX; role++)
            tlv_put_u8(&w, role);
        tlv_put_u32(&w, TTL);
        tlv_put_u32(&w, (uint32_t)der.len);
        tlv_put(&w, der.data, der.len);
        assert_done(tlv_finish(&w, &many, err));
        assert_refused(feed_unpack(bytes_view_of(&many), &snapshot, err), VOX_E_INPUT, "damaged at byte");
        bytes_free(&many);
    }
    packed.data[0] = 1;
    packed.data[9] ^= 0xff; /* the length of the certificate */
    assert_int_equal(feed_unpack(bytes_view_of(&packed), &snapshot, NULL), VOX_E_INPUT);
    bytes_free(&packed);
    cert_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_services, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_states, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_trust_stores, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_an_empty_store, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_damaged_packs, store_setup, store_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
