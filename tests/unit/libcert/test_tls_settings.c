/* What may be set, and what a listener makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <libcert/tlspolicy.h>

enum { V1_0 = 0x0301, V1_1, V1_2, V1_3 };

static struct tls_settings set(int min, bool common_criteria)
{
    return (struct tls_settings){
        .min_version = min, .ciphers = TLS_CIPHERS_STRONGEST, .common_criteria = common_criteria};
}

static void test_common_criteria_takes_1_1_and_1_2(void **state)
{
    (void)state;
    for (int v = V1_0; v <= V1_3; v++) {
        const struct tls_settings normal = set(v, false), cc = set(v, true);
        struct vox_error err = {.text = ""};

        assert_int_equal(tlspolicy_settings_check(&normal, &err), VOX_OK);
        if (v == V1_1 || v == V1_2) {
            assert_int_equal(tlspolicy_settings_check(&cc, &err), VOX_OK);
        } else {
            assert_int_equal(tlspolicy_settings_check(&cc, &err), VOX_E_INPUT);
            assert_non_null(strstr(err.text, "1.1 or 1.2"));
            assert_non_null(strstr(err.text, tlspolicy_version_text(v)));
        }
    }
}

static void test_listeners(void **state)
{
    (void)state;
    for (int v = V1_0; v <= V1_3; v++) {
        const struct tls_settings normal = set(v, false), cc = set(v, true);

        assert_int_equal(tlspolicy_of(&normal, false).min_version, v);
        assert_int_equal(tlspolicy_of(&normal, false).ciphers, TLS_CIPHERS_STRONGEST);
        assert_int_equal(tlspolicy_of(&cc, false).min_version, v == V1_0 ? V1_1 : v);
        assert_int_equal(tlspolicy_of(&normal, true).min_version, V1_0);
        assert_int_equal(tlspolicy_of(&cc, true).min_version, V1_1); /* "TLS 1.0 is off" holds for old phones, too */
        assert_int_equal(tlspolicy_of(&cc, true).ciphers, TLS_CIPHERS_ALL);
    }
}

static void test_equal(void **state)
{
    const struct tls_settings a = tlspolicy_settings_default();
    struct tls_settings b = a;

    (void)state;
    assert_int_equal(a.min_version, V1_2);
    assert_int_equal(a.ciphers, TLS_CIPHERS_MEDIUM);
    assert_false(a.common_criteria);
    assert_true(tlspolicy_settings_equal(&a, &b));
    b.common_criteria = true;
    assert_false(tlspolicy_settings_equal(&a, &b));
    b = a;
    b.min_version = V1_3;
    assert_false(tlspolicy_settings_equal(&a, &b));
    b = a;
    b.ciphers = TLS_CIPHERS_ALL;
    assert_false(tlspolicy_settings_equal(&a, &b));
}

static void test_https(void **state)
{
    struct tls_settings s = tlspolicy_settings_default();
    const struct tls_settings before = s;
    struct vox_error err;

    (void)state;
    assert_string_equal(tlspolicy_https_ciphers_text(&s), "same");
    assert_string_equal(tlspolicy_https_keys_text(&s), "all");
    s.ciphers = TLS_CIPHERS_ALL;
    assert_int_equal(tlspolicy_https(&s).ciphers, TLS_CIPHERS_ALL);
    s = before;
    assert_int_equal(tlspolicy_https_ciphers_parse("STRONGEST", &s, &err), VOX_OK);
    assert_false(tlspolicy_settings_equal(&s, &before));
    assert_int_equal(tlspolicy_https(&s).ciphers, TLS_CIPHERS_STRONGEST);
    assert_int_equal(tlspolicy_of(&s, false).ciphers, TLS_CIPHERS_MEDIUM);
    assert_int_equal(tlspolicy_https_ciphers_parse("same", &s, &err), VOX_OK);
    assert_true(tlspolicy_settings_equal(&s, &before)); /* whatever level was named before */
    assert_int_equal(tlspolicy_https_keys_parse("rsa", &s, &err), VOX_OK);
    assert_false(tlspolicy_settings_equal(&s, &before));
    assert_true(tlspolicy_https(&s).rsa_only);
    assert_false(tlspolicy_of(&s, false).rsa_only);
    assert_int_equal(tlspolicy_https_keys_parse("ec", &s, &err), VOX_E_USAGE);
    assert_int_equal(tlspolicy_https_ciphers_parse("", &s, &err), VOX_E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_common_criteria_takes_1_1_and_1_2),
        cmocka_unit_test(test_listeners),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_https),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
