#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <libcert/role.h>

static void test_roles_and_words(void **state)
{
    static const int known[] = {ROLE_SAST, ROLE_CCM, ROLE_CCM_TFTP, ROLE_TFTP, ROLE_CAPF, ROLE_APP_SERVER, ROLE_TVS};
    int role;

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_true(role_parse(role_word(known[i]), &role));
        assert_int_equal(role, known[i]);
        assert_non_null(role_dump_name(known[i]));
    }
    assert_string_equal(role_dump_name(0), "System Administrator Security Token");
    assert_string_equal(role_dump_name(2), "CCM+TFTP");
    assert_null(role_dump_name(5));
    assert_null(role_word(ROLE_NONE));
    assert_int_equal(ROLE_TVS, 21);
}

static void test_role_parse(void **state)
{
    static const char *const bad[] = {"",      " ",   "65536", "-1", "+1", "1 ", "0x1", "99999999999999999999",
                                      "phone", "ccm-"};
    int role = 77;

    (void)state;
    assert_true(role_parse("CCM+tftp", &role));
    assert_int_equal(role, ROLE_CCM_TFTP);
    assert_true(role_parse("SAST", &role));
    assert_int_equal(role, ROLE_SAST);
    assert_true(role_parse("65535", &role));
    assert_int_equal(role, 65535);
    assert_true(role_parse("007", &role));
    assert_int_equal(role, ROLE_APP_SERVER);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(role_parse(bad[i], &role));
        assert_int_equal(role, ROLE_APP_SERVER);
    }
}

static void test_what_a_role_may(void **state)
{
    (void)state;
    for (int role = -1; role < 30; role++) {
        assert_int_equal(role_may_sign_files(role), role == 2 || role == 3);
        assert_int_equal(role_may_sign_lists(role), role == 0);
    }
}

static void test_services(void **state)
{
    enum service s;

    (void)state;
    for (int i = 0; i < SERVICE_COUNT; i++) {
        assert_true(service_parse(service_name((enum service)i), &s));
        assert_int_equal(s, i);
    }
    assert_true(service_parse("callmanager-ecdsa", &s));
    assert_int_equal(s, SERVICE_CALLMANAGER_ECDSA);
    assert_false(service_parse("CallManager-trust", &s));
    assert_true(service_per_node(SERVICE_TVS));
    assert_false(service_per_node(SERVICE_CAPF));
    assert_false(service_per_node(SERVICE_ITLRECOVERY));
    assert_null(service_name(SERVICE_COUNT));
}

static void test_trust_stores(void **state)
{
    size_t n = 0;

    (void)state;
    for (; trust_store_name(n) != NULL; n++)
        assert_ptr_equal(trust_store_parse(trust_store_name(n)), trust_store_name(n));
    assert_int_equal(n, 6);
    assert_string_equal(trust_store_parse("phone-sast-TRUST"), "Phone-SAST-trust");
    assert_null(trust_store_parse("CAPF"));
    assert_int_equal(trust_store_default_role("Phone-SAST-trust"), ROLE_SAST);
    assert_int_equal(trust_store_default_role("CAPF-trust"), ROLE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roles_and_words), cmocka_unit_test(test_role_parse),
        cmocka_unit_test(test_what_a_role_may), cmocka_unit_test(test_services),
        cmocka_unit_test(test_trust_stores),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
