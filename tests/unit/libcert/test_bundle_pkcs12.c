#include "bundle_fixture.h"

#include <openssl/pkcs12.h>
#include <openssl/provider.h>

static void test_passwords(void **state)
{
    static const char *const files[] = {"chain-aes.p12", "chain-3des.p12", "chain-rc2.p12"};

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct fixture_password good = {"secret", 0}, wrong = {"Secret", 0}, none = {NULL, 0};
        struct vox_error err = {0};
        struct bundle b;

        if (fixture_read(files[i], &good, &b, &err) != VOX_OK)
            fail_msg("%s: %s", files[i], err.text);
        fixture_expect_names(&b, LEAF "," ISSUING "," ROOT);
        assert_true(b.has_private_key);
        assert_int_equal(b.form, BUNDLE_PKCS12);
        assert_int_equal(good.asked, 1);
        bundle_free(&b);

        assert_int_equal(fixture_read(files[i], &wrong, &b, &err), VOX_E_INPUT);
        assert_non_null(strstr(err.text, "wrong password"));
        assert_int_equal(wrong.asked, 1);
        assert_int_equal(fixture_read(files[i], NULL, &b, &err), VOX_E_USAGE);
        assert_string_equal(err.text, "needs a password");
        assert_int_equal(fixture_read(files[i], &none, &b, &err), VOX_E_USAGE);
        assert_string_equal(err.text, "nobody to ask");
        assert_null(b.certs);
    }
    assert_false(OSSL_PROVIDER_available(NULL, "legacy")); /* RC2 stayed where it was needed */
}

static void test_no_password_needed(void **state)
{
    static const char *const files[] = {"chain-empty-password.p12", "chain-no-mac.p12", "chain-open.p12"};

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct fixture_password unused = {"x", 0};
        struct vox_error err = {0};
        struct bundle b;

        if (fixture_read(files[i], &unused, &b, &err) != VOX_OK)
            fail_msg("%s: %s", files[i], err.text);
        fixture_expect_names(&b, LEAF "," ISSUING "," ROOT);
        assert_int_equal(unused.asked, 0);
        bundle_free(&b);
    }
}

/* A file of one certificate; mac_iterations -1 leaves the MAC out. */
static struct bytes make(const char *password, int iterations, int mac_iterations)
{
    EVP_PKEY *key = fixture_key();
    X509 *x = fixture_x509("CN=one", key, NULL, NULL);
    PKCS12 *p12 = PKCS12_create(password, NULL, NULL, x, NULL, -1, NID_aes_256_cbc, iterations, mac_iterations, 0);
    struct bytes out = {NULL, 0};
    unsigned char *der = NULL;
    int len;

    assert_non_null(p12);
    len = i2d_PKCS12(p12, &der);
    assert_int_equal(bytes_copy(&out, der, (size_t)len, NULL), VOX_OK);
    OPENSSL_free(der);
    PKCS12_free(p12);
    X509_free(x);
    EVP_PKEY_free(key);
    return out;
}

static void test_encrypted_without_mac(void **state)
{
    struct fixture_password good = {"secret", 0}, wrong = {"x", 0};
    struct password_source ask_good = {.get = fixture_get_password, .arg = &good},
                           ask_wrong = {.get = fixture_get_password, .arg = &wrong};
    struct bytes file = make("secret", 1000, -1);
    struct vox_error err = {0};
    struct bundle b;

    (void)state;
    assert_int_equal(bundle_read(file.data, file.len, "x", &ask_good, &b, &err), VOX_OK);
    fixture_expect_names(&b, "one");
    assert_false(b.has_private_key);
    bundle_free(&b);
    assert_int_equal(bundle_read(file.data, file.len, "x", &ask_wrong, &b, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "wrong password"));
    assert_int_equal(bundle_read(file.data, file.len, "x", NULL, &b, &err), VOX_E_USAGE);
    bytes_free(&file);
}

/* A count in the file that would keep us busy for hours: the number is raised where it stands. */
static void raise_count(struct bytes *file, const char *small, const char *big, size_t len)
{
    uint8_t *at = memmem(file->data, file->len, small, len);

    assert_non_null(at);
    memcpy(at, big, len);
}

static void test_counts_of_hours(void **state)
{
    struct fixture_password p = {"secret", 0};
    struct password_source ask = {.get = fixture_get_password, .arg = &p};
    struct vox_error err = {0};
    struct bytes file;
    struct bundle b;

    (void)state;
    file = make("secret", 1000, 0x10001); /* the MAC's */
    raise_count(&file, "\x02\x03\x01\x00\x01", "\x02\x03\x7f\xff\xff", 5);
    assert_int_equal(bundle_read(file.data, file.len, "x", &ask, &b, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "at most 2000000 iterations"));
    bytes_free(&file);
    file = make("secret", 0x10001, -1); /* the certificates' */
    raise_count(&file, "\x02\x03\x01\x00\x01", "\x02\x03\x7f\xff\xff", 5);
    assert_int_equal(bundle_read(file.data, file.len, "x", &ask, &b, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "at most 2000000 iterations"));
    assert_int_equal(p.asked, 0);
    bytes_free(&file);
}

static void test_damage(void **state)
{
    struct bytes file = fixture_file("chain-open.p12");
    struct vox_error err = {0};
    struct bundle b;

    (void)state;
    for (size_t n = 1; n < file.len; n += 7)
        assert_int_equal(bundle_read(file.data, n, "x", NULL, &b, &err), VOX_E_INPUT);
    for (size_t i = 0; i < file.len; i++) { /* whatever comes of it: no crash, no leak */
        file.data[i] ^= 0x11;
        (void)bundle_read(file.data, file.len, "x", NULL, &b, &err);
        bundle_free(&b);
        file.data[i] ^= 0x11;
    }
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passwords),
        cmocka_unit_test(test_no_password_needed),
        cmocka_unit_test(test_encrypted_without_mac),
        cmocka_unit_test(test_counts_of_hours),
        cmocka_unit_test(test_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
