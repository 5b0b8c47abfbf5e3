/* Settings of certificates: what they are, and what they can be. */
#include "issuing.h"

static void defaults(void **state)
{
    const struct capf_profile p = capf_profile_default();

    (void)state;
    assert_int_equal(p.days, 1825);
    assert_int_equal(p.backdate_s, 3600);
    assert_int_equal(p.digest, DIGEST_SHA256);
    assert_true(p.server_auth && p.client_auth && p.ipsec);
    assert_int_equal(p.san, CAPF_SAN_URI);
    assert_int_equal(p.rsa_min, 2048);
    assert_int_equal(p.rsa_max, 4096);
    assert_int_equal(p.per_device_day, 10);
    assert_int_equal(p.per_hour, 0);
}

static void values(void **state)
{
    static const struct {
        const char *name, *good[4], *bad[8];
    } cases[] = {
        {"days", {"1", "365", "7300"}, {"0", "7301", "-1", "", " 1", "1d", "99999999999999999999", "0x10"}},
        {"backdate", {"0", "300", "86400"}, {"86401", "-1", "", "5m"}},
        {"digest", {"sha256", "SHA-512", "sha512"}, {"sha1", "md5", "", "sha", "256"}},
        {"usages",
         {"server,client,ipsec", "client", "ipsec,server", "none"},
         {"", ",", "server,", "server,server", "codeSigning", "none,server", "Server"}},
        {"san", {"uri", "dns", "none"}, {"", "URI", "email"}},
        {"rsa-min", {"512", "1024", "4096"}, {"511", "504", "513", "4097", "8192", ""}},
        {"rsa-max", {"512", "2048", "4096"}, {"0", "16384", "2047", "4104", ""}},
        {"per-device-day", {"1", "10", "10000"}, {"0", "10001", "", "-5"}},
        {"per-hour", {"0", "5000", "10000000"}, {"10000001", "", "x"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct capf_profile p = capf_profile_default(), before;

        assert_string_equal(capf_profile_name(i), cases[i].name);
        for (size_t k = 0; k < 4 && cases[i].good[k] != NULL; k++)
            if (capf_profile_set(&p, cases[i].name, cases[i].good[k], &why) != VOX_OK)
                fail_msg("%s = %s: %s", cases[i].name, cases[i].good[k], why.text);
        before = p;
        for (size_t k = 0; k < 8 && cases[i].bad[k] != NULL; k++) {
            if (capf_profile_set(&p, cases[i].name, cases[i].bad[k], &why) != VOX_E_USAGE)
                fail_msg("%s = \"%s\" was taken", cases[i].name, cases[i].bad[k]);
            assert_memory_equal(&p, &before, sizeof p);
        }
    }
    assert_null(capf_profile_name(sizeof cases / sizeof *cases));
}

static void what_they_set(void **state)
{
    struct capf_profile p = capf_profile_default();

    (void)state;
    assert_int_equal(capf_profile_set(&p, "days", "30", &why), VOX_OK);
    assert_int_equal(capf_profile_set(&p, "backdate", "60", &why), VOX_OK);
    assert_int_equal(capf_profile_set(&p, "digest", "sha512", &why), VOX_OK);
    assert_int_equal(capf_profile_set(&p, "usages", "ipsec,client", &why), VOX_OK);
    assert_int_equal(capf_profile_set(&p, "san", "dns", &why), VOX_OK);
    assert_int_equal(capf_profile_set(&p, "rsa-min", "512", &why), VOX_OK);
    assert_int_equal(capf_profile_set(&p, "rsa-max", "3072", &why), VOX_OK);
    assert_int_equal(capf_profile_set(&p, "per-device-day", "3", &why), VOX_OK);
    assert_int_equal(capf_profile_set(&p, "per-hour", "500", &why), VOX_OK);
    assert_int_equal(p.days, 30);
    assert_int_equal(p.backdate_s, 60);
    assert_int_equal(p.digest, DIGEST_SHA512);
    assert_true(!p.server_auth && p.client_auth && p.ipsec);
    assert_int_equal(p.san, CAPF_SAN_DNS);
    assert_int_equal(p.rsa_min, 512);
    assert_int_equal(p.rsa_max, 3072);
    assert_int_equal(p.per_device_day, 3);
    assert_int_equal(p.per_hour, 500);
    assert_int_equal(capf_profile_set(&p, "colour", "blue", &why), VOX_E_USAGE);
    assert_non_null(strstr(why.text, "per-hour"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(values),
        cmocka_unit_test(what_they_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
