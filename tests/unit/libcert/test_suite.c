/* The table of cipher suites, beside the library's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ssl.h>

#include <libcert/tlssuite.h>

static void test_by_number(void **state)
{
    size_t n;
    const struct tlssuite *all = tlssuite_all(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(strncmp(all[i].iana, "TLS_", 4), 0);
        assert_ptr_equal(tlssuite_find(all[i].id), &all[i]);
        assert_true(i == 0 || all[i - 1].id < all[i].id);
    }
    assert_null(tlssuite_find(0x00ff));
}

/* Both names of every suite that the library has, but for those with a secret shared beforehand. */
static void test_names_are_the_library_s(void **state)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    STACK_OF(SSL_CIPHER) * ciphers;
    int compared = 0;

    (void)state;
    assert_non_null(ctx);
    assert_int_equal(SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL:@SECLEVEL=0"), 1);
    ciphers = SSL_CTX_get_ciphers(ctx);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        const SSL_CIPHER *c = sk_SSL_CIPHER_value(ciphers, i);
        const struct tlssuite *s = tlssuite_find(SSL_CIPHER_get_protocol_id(c));
        const char *name = SSL_CIPHER_standard_name(c);

        if (strstr(name, "PSK") != NULL || strstr(name, "SRP") != NULL) {
            assert_null(s);
            continue;
        }
        assert_non_null(s);
        assert_string_equal(s->iana, name);
        assert_string_equal(s->openssl, SSL_CIPHER_get_name(c));
        compared++;
    }
    assert_true(compared > 80);
    SSL_CTX_free(ctx);
}

static void test_grades(void **state)
{
    static const struct {
        uint16_t id;
        enum tlssuite_grade grade;
        enum tlssuite_key key;
    } rows[] = {
        {0x0002, TLSSUITE_BROKEN, TLSSUITE_KEY_RSA},  {0x0003, TLSSUITE_BROKEN, TLSSUITE_KEY_RSA},
        {0x0005, TLSSUITE_BROKEN, TLSSUITE_KEY_RSA},  {0x0009, TLSSUITE_BROKEN, TLSSUITE_KEY_RSA},
        {0x0034, TLSSUITE_BROKEN, TLSSUITE_KEY_NONE}, {0x000a, TLSSUITE_WEAK, TLSSUITE_KEY_RSA},
        {0xc008, TLSSUITE_WEAK, TLSSUITE_KEY_EC},     {0x0032, TLSSUITE_WEAK, TLSSUITE_KEY_DSA},
        {0x002f, TLSSUITE_DATED, TLSSUITE_KEY_RSA},   {0xc013, TLSSUITE_DATED, TLSSUITE_KEY_RSA},
        {0x009c, TLSSUITE_DATED, TLSSUITE_KEY_RSA},   {0xc02f, TLSSUITE_GOOD, TLSSUITE_KEY_RSA},
        {0xc02c, TLSSUITE_GOOD, TLSSUITE_KEY_EC},     {0xcca8, TLSSUITE_GOOD, TLSSUITE_KEY_RSA},
        {0x1301, TLSSUITE_GOOD, TLSSUITE_KEY_ANY},    {0xc00e, TLSSUITE_DATED, TLSSUITE_KEY_EC},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(tlssuite_grade(tlssuite_find(rows[i].id)), rows[i].grade);
        assert_int_equal(tlssuite_key(tlssuite_find(rows[i].id)), rows[i].key);
    }
}

static void test_versions(void **state)
{
    (void)state;
    assert_true(tlssuite_offered(tlssuite_find(0x002f), 0x0300));
    assert_true(tlssuite_offered(tlssuite_find(0x002f), 0x0303));
    assert_false(tlssuite_offered(tlssuite_find(0x002f), 0x0304));
    assert_false(tlssuite_offered(tlssuite_find(0xc02f), 0x0302));
    assert_false(tlssuite_offered(tlssuite_find(0x003c), 0x0302));
    assert_true(tlssuite_offered(tlssuite_find(0xc02f), 0x0303));
    assert_false(tlssuite_offered(tlssuite_find(0x1301), 0x0303));
    assert_true(tlssuite_offered(tlssuite_find(0x1301), 0x0304));
}

static void test_levels(void **state)
{
    const struct tls_policy strongest = {0x0303, TLS_CIPHERS_STRONGEST, false},
                            medium = {0x0303, TLS_CIPHERS_MEDIUM, false}, all = {0x0303, TLS_CIPHERS_ALL, false},
                            old = {0x0301, TLS_CIPHERS_STRONGEST, false};
    const struct tlssuite *gcm256 = tlssuite_find(0xc030), *gcm128 = tlssuite_find(0xc02b),
                          *cbc = tlssuite_find(0x002f), *newest = tlssuite_find(0x1301), *dhe = tlssuite_find(0x009f),
                          *nameless = tlssuite_find(0xc07a);

    (void)state;
    assert_true(tlssuite_in_policy(gcm256, &strongest));
    assert_false(tlssuite_in_policy(gcm128, &strongest));
    assert_false(tlssuite_in_policy(newest, &strongest));
    assert_true(tlssuite_in_policy(gcm128, &medium));
    assert_true(tlssuite_in_policy(newest, &medium));
    assert_false(tlssuite_in_policy(cbc, &medium)); /* "AES128-SHA" is a part of other names */
    assert_true(tlssuite_in_policy(cbc, &all));
    assert_true(tlssuite_in_policy(cbc, &old));
    assert_false(tlssuite_in_policy(dhe, &all));
    assert_false(tlssuite_in_policy(nameless, &all));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_number), cmocka_unit_test(test_names_are_the_library_s),
        cmocka_unit_test(test_grades),    cmocka_unit_test(test_versions),
        cmocka_unit_test(test_levels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
