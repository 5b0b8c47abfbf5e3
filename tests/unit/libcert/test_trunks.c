/* Profiles, trunks and the certificates of trunks: kept as given, refused when they cannot work, damage by hand found.
 */
#include "unit/libcert/store_fixture.h"

#include <libcert/file.h>
#include <libcert/trunks.h>

static struct trunk_profile encrypted(const char *name)
{
    struct trunk_profile p = {.mode = TRUNK_ENCRYPTED,
                              .outgoing = TRUNK_TLS,
                              .incoming = TRUNK_TLS,
                              .port = TRUNK_PORT_SIPS,
                              .nonce_validity = TRUNK_NONCE_VALIDITY};

    snprintf(p.name, sizeof p.name, "%s", name);
    return p;
}

static struct trunk trunk_to(const char *name, const char *profile, const char *host, unsigned port)
{
    struct trunk t = {.n = 1, .destinations = {{.port = port}}};

    snprintf(t.name, sizeof t.name, "%s", name);
    snprintf(t.profile, sizeof t.profile, "%s", profile);
    snprintf(t.destinations[0].host, sizeof t.destinations[0].host, "%s", host);
    return t;
}

static void test_profiles_are_kept(void **state)
{
    char *names[] = {(char[]){"SBC.example.test"}, (char[]){"sbc2.example.test"}};
    struct trunk_profile p = encrypted("SBC TLS"), *got;
    size_t n;

    (void)state;
    p.names = names;
    p.nnames = 2;
    p.digest = true;
    p.port = 5071;
    assert_done(trunk_profile_add(s, &p, err));
    assert_refused(trunk_profile_add(s, &p, err), VOX_E_EXISTS, "a profile 'SBC TLS' already");
    assert_done(trunk_profiles(s, "SBC TLS", &got, &n, err));
    assert_int_equal(n, 1);
    assert_int_equal(got->mode, TRUNK_ENCRYPTED);
    assert_int_equal(got->outgoing, TRUNK_TLS);
    assert_int_equal(got->port, 5071);
    assert_true(got->digest);
    assert_int_equal(got->nonce_validity, 600);
    assert_int_equal(got->nnames, 2);
    assert_string_equal(got->names[0], "SBC.example.test");
    trunk_profiles_free(&got, n);
    assert_done(trunk_profiles(s, "sbc tls", &got, &n, err)); /* names are as given */
    assert_int_equal(n, 0);
    trunk_profiles_free(&got, n);
}

static void test_name_and_port_are_unique(void **state)
{
    char *names[] = {(char[]){"sbc.example.test"}}, *again[] = {(char[]){"other"}, (char[]){"SBC.EXAMPLE.TEST"}};
    struct trunk_profile a = encrypted("a"), b = encrypted("b"), *got;
    size_t n;

    (void)state;
    a.names = names;
    a.nnames = 1;
    b.names = again;
    b.nnames = 2;
    assert_done(trunk_profile_add(s, &a, err));
    assert_refused(trunk_profile_add(s, &b, err), VOX_E_EXISTS, "profile a has the subject name SBC.EXAMPLE.TEST");
    assert_done(trunk_profiles(s, NULL, &got, &n, err)); /* nothing of it is left */
    assert_int_equal(n, 1);
    trunk_profiles_free(&got, n);
    b.port = 5062;
    assert_done(trunk_profile_add(s, &b, err));
    assert_done(trunk_profile_remove(s, "a", err)); /* the name is free again */
    a.port = 5061;
    assert_done(trunk_profile_add(s, &a, err));
}

static void test_profiles_that_cannot_work(void **state)
{
    struct trunk_profile p = encrypted("p");
    char *name = (char[]){"x"}, long_one[300], *many[40];

    (void)state;
    p.outgoing = TRUNK_TCP;
    assert_refused(trunk_profile_check(&p, err), VOX_E_INPUT, "mode encrypted is TLS");
    p = encrypted("p");
    p.mode = TRUNK_AUTHENTICATED;
    p.incoming = TRUNK_TCP_UDP;
    assert_refused(trunk_profile_check(&p, err), VOX_E_INPUT, "mode authenticated is TLS");
    p = encrypted("p");
    p.mode = TRUNK_NON_SECURE;
    assert_refused(trunk_profile_check(&p, err), VOX_E_INPUT, "non-secure with TLS");
    p.outgoing = TRUNK_UDP;
    p.incoming = TRUNK_UDP;
    assert_done(trunk_profile_check(&p, err));
    p.names = &name;
    p.nnames = 1;
    assert_refused(trunk_profile_check(&p, err), VOX_E_INPUT, "without TLS");
    p.nnames = 0;
    p.outgoing = TRUNK_TCP_UDP;
    assert_refused(trunk_profile_check(&p, err), VOX_E_INPUT, "calls that go out take one");
    p = encrypted("p");
    p.port = 65536;
    assert_refused(trunk_profile_check(&p, err), VOX_E_INPUT, "not a port");
    p = encrypted("p");
    p.nonce_validity = 0;
    assert_refused(trunk_profile_check(&p, err), VOX_E_INPUT, "nonce");
    p = encrypted("p");
    memset(long_one, 'n', 253);
    long_one[253] = '\0';
    for (int i = 0; i < 17; i++) { /* 17 times 253 and 16 between: 4,317 */
        many[i] = strdup(long_one);
        many[i][0] = (char)('a' + i);
    }
    p.names = many;
    p.nnames = 16; /* 4,063 */
    assert_done(trunk_profile_check(&p, err));
    p.nnames = 17;
    assert_refused(trunk_profile_check(&p, err), VOX_E_INPUT, "more than 4096");
    for (int i = 0; i < 17; i++)
        free(many[i]);
}

static void test_hostile_names(void **state)
{
    static const char *const profiles[] = {"", " a", "a ", "-a", "a\nb", "a'b", "\x1b[m", "a;b", "\xc3\xa4"};
    static const char *const trunks[] = {"", "a b", "-a", "a/b", "../a", "a\n", "a]", "\xff"};
    static const char *const subjects[] = {"", "a b", "a,b", "a;b", "a:b", "*.example.test", "a\n", "a\x7f", "\xff"};
    static const char *const hosts[] = {
        "",        ".",         "a..b", "-a",      "a-",           "a b", "a\nb",          "a;b", "300.1.2.3", "1.2.3",
        "0.0.0.0", "224.0.0.1", "::",   "ff02::1", "fe80::1%eth0", "a/b", "\xc3\xa4.test", "a'b", "a\"b",      "[::1]"};
    char host[TRUNK_HOST_MAX], name[400];

    (void)state;
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
        assert_refused(trunk_profile_name_check(profiles[i], err), VOX_E_INPUT, "not a profile's name");
    for (size_t i = 0; i < sizeof trunks / sizeof *trunks; i++)
        assert_refused(trunk_name_check(trunks[i], err), VOX_E_INPUT, "not a trunk's name");
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        assert_refused(trunk_subject_name_check(subjects[i], err), VOX_E_INPUT, "subject name");
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        assert_refused(trunk_host(hosts[i], host, err), VOX_E_INPUT, "");
    memset(name, 'a', sizeof name);
    name[65] = '\0';
    assert_refused(trunk_name_check(name, err), VOX_E_INPUT, "at most 64");
    name[64] = '\0';
    assert_done(trunk_name_check(name, err));
    assert_refused(trunk_host(name, host, err), VOX_E_INPUT, "not a host");
    name[63] = '\0';
    assert_done(trunk_host(name, host, err));
}

static void test_hosts_have_one_form(void **state)
{
    char host[TRUNK_HOST_MAX];

    (void)state;
    assert_done(trunk_host("SBC.Example.Test.", host, err));
    assert_string_equal(host, "sbc.example.test");
    assert_done(trunk_host("2001:DB8:0:0::9", host, err));
    assert_string_equal(host, "2001:db8::9");
    assert_done(trunk_host("192.0.2.9", host, err));
    assert_string_equal(host, "192.0.2.9");
}

static void test_trunks_are_kept(void **state)
{
    struct trunk_profile p = encrypted("p");
    struct trunk t = trunk_to("t", "p", "sbc.example.test", 5061), *got;
    size_t n;

    (void)state;
    assert_refused(trunk_add(s, &t, err), VOX_E_NOT_FOUND, "no profile 'p'");
    assert_done(trunk_profile_add(s, &p, err));
    t.n = LIMIT_TRUNK_DESTINATIONS;
    for (unsigned i = 0; i < LIMIT_TRUNK_DESTINATIONS; i++) {
        snprintf(t.destinations[i].host, sizeof t.destinations[i].host, "192.0.2.%u", 100 - i);
        t.destinations[i].port = 5061 + i;
    }
    assert_done(trunk_add(s, &t, err));
    assert_refused(trunk_add(s, &t, err), VOX_E_EXISTS, "a trunk 't' already");
    assert_done(trunks_list(s, NULL, &got, &n, err));
    assert_int_equal(n, 1);
    assert_int_equal(got->n, LIMIT_TRUNK_DESTINATIONS);
    assert_string_equal(got->profile, "p");
    assert_string_equal(got->destinations[0].host, "192.0.2.100"); /* in the order given */
    assert_int_equal(got->destinations[15].port, 5076);
    free(got);
    assert_refused(trunk_profile_remove(s, "p", err), VOX_E_EXISTS, "in use by t");
    assert_done(trunk_remove(s, "t", err));
    assert_refused(trunk_remove(s, "t", err), VOX_E_NOT_FOUND, "no trunk 't'");
    assert_done(trunk_profile_remove(s, "p", err));
    assert_refused(trunk_profile_remove(s, "p", err), VOX_E_NOT_FOUND, "no profile 'p'");
}

static void test_destinations_that_cannot_be(void **state)
{
    struct trunk_profile p = encrypted("p");
    struct trunk t = trunk_to("t", "p", "sbc.example.test", 5061), *got;
    size_t n;

    (void)state;
    assert_done(trunk_profile_add(s, &p, err));
    t.n = 2;
    t.destinations[1] = t.destinations[0];
    assert_refused(trunk_add(s, &t, err), VOX_E_INPUT, "twice");
    t.destinations[1].port = 0;
    assert_refused(trunk_add(s, &t, err), VOX_E_INPUT, "not a port");
    t.n = 0;
    assert_refused(trunk_add(s, &t, err), VOX_E_INPUT, "1 to 16");
    t = trunk_to("t", "p", "SBC.example.test", 5061);
    assert_refused(trunk_add(s, &t, err), VOX_E_INPUT, "to be written sbc.example.test");
    assert_done(trunks_list(s, NULL, &got, &n, err));
    assert_int_equal(n, 0);
}

static void test_certificates_of_trunks(void **state)
{
    struct trunk_profile p = encrypted("p");
    struct trunk a = trunk_to("a", "p", "a.example.test", 5061), b = trunk_to("b", "p", "b.example.test", 5061);
    struct cert *one = lab_cert("ccm.pem"), *other = lab_cert("tvs.pem");
    struct trunk_cert claim = {.trunk = "a", .device = false, .brought = true}, *got;
    char first[40], second[40];
    size_t n;

    (void)state;
    assert_done(trunk_profile_add(s, &p, err));
    assert_done(trunk_add(s, &a, err));
    assert_done(trunk_add(s, &b, err));
    strcpy(first, bind_cert(one, TRUNK_PLACE, "", BIND_ACTIVE));
    strcpy(second, bind_cert(other, TRUNK_PLACE, "", BIND_ACTIVE));
    claim.binding = first;
    assert_done(trunk_cert_claim(s, &claim, err));
    claim.device = true; /* again, and better known */
    assert_done(trunk_cert_claim(s, &claim, err));
    strcpy(claim.trunk, "b");
    claim.brought = false;
    assert_done(trunk_cert_claim(s, &claim, err));
    assert_done(trunk_certs(s, &(struct trunk_cert_filter){.trunk = "a"}, &got, &n, err));
    assert_int_equal(n, 1);
    assert_true(got->device && got->brought && cert_same(got->cert, one));
    trunk_certs_free(&got, n);
    assert_done(trunk_certs(s, &(struct trunk_cert_filter){.binding = first}, &got, &n, err));
    assert_int_equal(n, 2);
    trunk_certs_free(&got, n);
    assert_done(trunk_cert_replace(s, first, second, err));
    assert_done(trunk_certs(s, &(struct trunk_cert_filter){.trunk = "b"}, &got, &n, err));
    assert_int_equal(n, 1);
    assert_true(got->device && got->brought && cert_same(got->cert, other));
    trunk_certs_free(&got, n);
    assert_done(store_binding_remove(s, second, err)); /* the claims go with it */
    assert_done(trunk_certs(s, &(struct trunk_cert_filter){.trunk = NULL}, &got, &n, err));
    assert_int_equal(n, 0);
    cert_free(&one);
    cert_free(&other);
}

/* The database's rules hold against most; what they let through is found when it is read. */
static void test_changed_by_hand(void **state)
{
    struct trunk_profile p = encrypted("p"), *profiles;
    struct trunk t = trunk_to("t", "p", "a.example.test", 5061), *trunks;
    size_t n;

    (void)state;
    assert_done(trunk_profile_add(s, &p, err));
    assert_done(trunk_add(s, &t, err));
    shell("voxtrust.db", "UPDATE trunk_destinations SET host = 'a..example.test'");
    assert_refused(trunks_list(s, NULL, &trunks, &n, err), VOX_E_STORE, "damaged: trunk t");
    shell("voxtrust.db",
          "PRAGMA ignore_check_constraints=1; UPDATE trunk_destinations SET host = 'a' || char(10) || 'b'");
    assert_refused(trunks_list(s, NULL, &trunks, &n, err), VOX_E_STORE, "damaged: trunk t");
    shell("voxtrust.db", "PRAGMA ignore_check_constraints=1; UPDATE trunk_profiles SET mode = 'open'");
    assert_refused(trunk_profiles(s, NULL, &profiles, &n, err), VOX_E_STORE, "profile p makes no sense");
    shell("voxtrust.db",
          "PRAGMA ignore_check_constraints=1; UPDATE trunk_profiles SET mode = 'encrypted', incoming = 'udp'");
    assert_refused(trunk_profiles(s, NULL, &profiles, &n, err), VOX_E_STORE, "damaged: profile: mode encrypted is TLS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_profiles_are_kept, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_name_and_port_are_unique, store_setup, store_teardown),
        cmocka_unit_test(test_profiles_that_cannot_work),
        cmocka_unit_test(test_hostile_names),
        cmocka_unit_test(test_hosts_have_one_form),
        cmocka_unit_test_setup_teardown(test_trunks_are_kept, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_destinations_that_cannot_be, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_certificates_of_trunks, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_changed_by_hand, store_setup, store_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
