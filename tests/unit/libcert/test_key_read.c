/* Private keys in every form that people have them, and what is said about those that cannot be used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include <libcert/file.h>
#include <libcert/key.h>
#include <libcert/limits.h>

static EVP_PKEY *rsa, *ec;
static X509 *cert;

static int setup(void **state)
{
    struct bytes pem;

    (void)state;
    if (key_open(VOX_VECTORS "/lab/ccm.pem", NULL, &rsa, NULL) != VOX_OK ||
        key_generate(&(struct key_spec){.type = KEY_EC, .curve = "P-384"}, &ec, NULL) != VOX_OK ||
        file_read(VOX_VECTORS "/lab/ccm.pem", 10000, &pem, NULL) != VOX_OK)
        return 1;
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    bytes_wipe(&pem);
    return cert == NULL;
}

static int teardown(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
    X509_free(cert);
    return 0;
}

/* A password that counts how often it was asked for. */
struct asked {
    const char *answer; /* NULL: nobody there */
    const char *what;
    int times;
};

static enum vox_err get(void *arg, const char *what, struct bytes *out, struct vox_error *err)
{
    struct asked *a = arg;

    a->times++;
    a->what = what;
    if (a->answer == NULL)
        return vox_fail(err, VOX_E_USAGE, "nobody can be asked");
    return bytes_copy(out, a->answer, strlen(a->answer), err);
}

static enum vox_err try_bytes(const void *data, size_t len, const char *password, int *times, EVP_PKEY **out,
                              struct vox_error *err)
{
    struct asked a = {.answer = password};
    struct password_source source = {.get = get, .arg = &a};
    enum vox_err code = key_from_bytes(data, len, "the.key", &source, out, err);

    if (a.times > 0)
        assert_string_equal(a.what, "the.key");
    if (times != NULL)
        *times = a.times;
    assert_int_equal(code == VOX_OK, *out != NULL);
    assert_int_equal(ERR_peek_error(), 0); /* nothing is left behind for the next caller */
    return code;
}

/* The key in bio is key; frees bio. password NULL: none is asked for. */
static void expect_key(BIO *bio, const char *password, const EVP_PKEY *key)
{
    struct vox_error err = {0};
    EVP_PKEY *out;
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    int times;

    assert_true(len > 0);
    if (try_bytes(data, (size_t)len, password, &times, &out, &err) != VOX_OK)
        fail_msg("%s (%s)", err.text, err.detail);
    assert_int_equal(EVP_PKEY_eq(out, key), 1);
    EVP_PKEY_free(out);
    assert_int_equal(times, password != NULL);
    if (password != NULL) {
        assert_int_equal(try_bytes(data, (size_t)len, "wrong", &times, &out, &err), VOX_E_INPUT);
        assert_non_null(strstr(err.text, "wrong password"));
        assert_int_equal(times, 1);
        assert_int_equal(key_from_bytes((uint8_t *)data, (size_t)len, "x", NULL, &out, &err), VOX_E_USAGE);
        assert_non_null(strstr(err.text, "password is needed"));
        assert_int_equal(try_bytes(data, (size_t)len, NULL, &times, &out, &err), VOX_E_USAGE);
        assert_string_equal(err.text, "nobody can be asked");
        assert_null(strstr(err.text, password));
    }
    BIO_free(bio);
}

static BIO *memory(void)
{
    BIO *bio = BIO_new(BIO_s_mem());

    assert_non_null(bio);
    return bio;
}

static void test_pem(void **state)
{
    EVP_PKEY *keys[] = {rsa, ec};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        BIO *bio = memory();
        assert_true(PEM_write_bio_PKCS8PrivateKey(bio, keys[i], NULL, NULL, 0, NULL, NULL) > 0);
        expect_key(bio, NULL, keys[i]);
        bio = memory();
        assert_true(PEM_write_bio_PKCS8PrivateKey(bio, keys[i], EVP_aes_256_cbc(), "s3cret", 6, NULL, NULL) > 0);
        expect_key(bio, "s3cret", keys[i]);
        bio = memory();
        assert_true(PEM_write_bio_PrivateKey_traditional(bio, keys[i], NULL, NULL, 0, NULL, NULL) > 0);
        expect_key(bio, NULL, keys[i]);
        bio = memory();
        assert_true(PEM_write_bio_PrivateKey_traditional(bio, keys[i], EVP_aes_128_cbc(),
                                                         (const unsigned char *)"s3cret", 6, NULL, NULL) > 0);
        expect_key(bio, "s3cret", keys[i]);
    }
}

static void test_der(void **state)
{
    EVP_PKEY *keys[] = {rsa, ec};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        BIO *bio = memory();
        assert_true(i2d_PrivateKey_bio(bio, keys[i]) > 0); /* traditional */
        expect_key(bio, NULL, keys[i]);
        bio = memory();
        assert_true(i2d_PKCS8PrivateKey_bio(bio, keys[i], NULL, NULL, 0, NULL, NULL) > 0);
        expect_key(bio, NULL, keys[i]);
        bio = memory();
        assert_true(i2d_PKCS8PrivateKey_bio(bio, keys[i], EVP_aes_256_cbc(), "s3cret", 6, NULL, NULL) > 0);
        expect_key(bio, "s3cret", keys[i]);
    }
}

static BIO *pkcs12(const char *password, int key_nid, int cert_nid, int mac_iterations)
{
    PKCS12 *p12 = PKCS12_create(password, "cm1", rsa, cert, NULL, key_nid, cert_nid, 2048, mac_iterations, 0);
    BIO *bio = memory();

    assert_non_null(p12);
    assert_true(i2d_PKCS12_bio(bio, p12) > 0);
    PKCS12_free(p12);
    return bio;
}

static void test_pkcs12(void **state)
{
    (void)state;
    expect_key(pkcs12("s3cret", 0, 0, 2048), "s3cret", rsa);
    expect_key(pkcs12("s3cret", NID_pbe_WithSHA1And3_Key_TripleDES_CBC, -1, 2048), "s3cret", rsa);
    expect_key(pkcs12("s3cret", -1, -1, 2048), "s3cret", rsa); /* key in the clear, MAC with password */
    expect_key(pkcs12(NULL, -1, -1, 2048), NULL, rsa);
}

/* No password and an empty one are told apart by PKCS#12's own derivation; neither is asked for. */
static void test_pkcs12_without_a_password(void **state)
{
    (void)state;
    expect_key(pkcs12("", 0, 0, 2048), NULL, rsa);
    expect_key(pkcs12("", NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 2048), NULL,
               rsa);
    expect_key(pkcs12(NULL, NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 2048), NULL,
               rsa);
}

static void test_certificate_and_text_beside_the_key(void **state)
{
    BIO *bio = memory();

    (void)state;
    BIO_puts(bio, "0 a line of text that starts like DER\nBag Attributes\n    friendlyName: cm1\n");
    assert_true(PEM_write_bio_X509(bio, cert) > 0);
    BIO_puts(bio, "\r\nKey:\n");
    assert_true(PEM_write_bio_PKCS8PrivateKey(bio, rsa, NULL, NULL, 0, NULL, NULL) > 0);
    assert_true(PEM_write_bio_X509(bio, cert) > 0);
    expect_key(bio, NULL, rsa);
}

static void test_ec_parameters_before_the_key(void **state)
{
    BIO *bio = memory();

    (void)state;
    BIO_puts(bio, "-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n-----END EC PARAMETERS-----\n");
    assert_true(PEM_write_bio_PrivateKey_traditional(bio, ec, NULL, NULL, 0, NULL, NULL) > 0);
    expect_key(bio, NULL, ec);
}

static void refused(const void *data, size_t len, const char *why)
{
    struct vox_error err;
    EVP_PKEY *out;

    if (try_bytes(data, len, "s3cret", NULL, &out, &err) != VOX_E_INPUT)
        fail_msg("taken: %s", why);
    if (strstr(err.text, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static void test_what_is_no_private_key_says_what_it_is(void **state)
{
    static const char ssh[] = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
    static const char dsa[] = "-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----\n";
    static const char cut[] = "-----BEGIN PRIVATE KEY-----\nMIIB\n";
    static const char not_base64[] = "-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n";
    static const char empty[] = "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n";
    static uint8_t big[LIMIT_KEY_FILE + 1];
    BIO *bio = memory();
    char *data;

    (void)state;
    refused("", 0, "empty");
    refused("hello", 5, "no private key in it");
    refused(big, sizeof big, "too large");
    refused(big, sizeof big - 1, "no private key in it");
    refused(ssh, strlen(ssh), "ssh-keygen");
    refused(dsa, strlen(dsa), "RSA and EC");
    refused(cut, strlen(cut), "damaged");
    refused(not_base64, strlen(not_base64), "damaged");
    refused(empty, strlen(empty), "damaged");
    assert_true(PEM_write_bio_X509(bio, cert) > 0);
    long len = BIO_get_mem_data(bio, &data);
    refused(data, (size_t)len, "only: CERTIFICATE");
    BIO_free(bio);
    bio = memory();
    PKCS12 *p12 = PKCS12_create("s3cret", "cm1", NULL, cert, NULL, 0, 0, 1, 1, 0);
    assert_true(i2d_PKCS12_bio(bio, p12) > 0);
    PKCS12_free(p12);
    len = BIO_get_mem_data(bio, &data);
    refused(data, (size_t)len, "without a private key");
    BIO_free(bio);
}

static void test_two_keys_are_one_too_many(void **state)
{
    BIO *bio = memory();
    char *data;

    (void)state;
    assert_true(PEM_write_bio_PKCS8PrivateKey(bio, rsa, NULL, NULL, 0, NULL, NULL) > 0);
    assert_true(PEM_write_bio_PKCS8PrivateKey(bio, ec, NULL, NULL, 0, NULL, NULL) > 0);
    long len = BIO_get_mem_data(bio, &data);
    refused(data, (size_t)len, "more than one private key");
    BIO_free(bio);
}

/* A PKCS#12 file without MAC, its bags in one safe: in the clear with nid -1, else stretched by 65,536 iterations. */
static BIO *safe_of(STACK_OF(PKCS12_SAFEBAG) * bags, int nid)
{
    STACK_OF(PKCS7) *safes = NULL;
    PKCS12 *p12;
    BIO *bio = memory();

    assert_true(PKCS12_add_safe(&safes, bags, nid, 65536, nid < 0 ? NULL : "s3cret") > 0);
    p12 = PKCS12_add_safes(safes, 0);
    assert_true(p12 != NULL && i2d_PKCS12_bio(bio, p12) > 0);
    PKCS12_free(p12);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return bio;
}

static void test_two_keys_in_a_pkcs12_file(void **state)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    char *data;

    (void)state;
    assert_non_null(PKCS12_add_key(&bags, rsa, 0, 1, -1, NULL));
    assert_non_null(PKCS12_add_key(&bags, ec, 0, 1, -1, NULL));
    BIO *bio = safe_of(bags, -1);
    long len = BIO_get_mem_data(bio, &data);
    refused(data, (size_t)len, "more than one private key");
    BIO_free(bio);
}

/* The key may be in the clear, and what lies around it stretched without end. */
static void test_hostile_stretching_of_a_safe(void **state)
{
    static const unsigned char was[] = {2, 3, 1, 0, 0}, is[] = {2, 3, 0x7f, 0xff, 0xff};
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    char *data;

    (void)state;
    assert_non_null(PKCS12_add_key(&bags, rsa, 0, 1, -1, NULL));
    BIO *bio = safe_of(bags, NID_pbe_WithSHA1And3_Key_TripleDES_CBC);
    long len = BIO_get_mem_data(bio, &data);
    char *count = memmem(data, (size_t)len, was, sizeof was);
    assert_non_null(count);
    memcpy(count, is, sizeof is);
    refused(data, (size_t)len, "8388607 iterations");
    BIO_free(bio);
}

static void test_other_algorithms(void **state)
{
    static const char *const types[] = {"ED25519", "X25519", "RSA-PSS"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        EVP_PKEY *key =
            i == 2 ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024) : EVP_PKEY_Q_keygen(NULL, NULL, types[i]);
        BIO *bio = memory();
        char *data;

        assert_non_null(key);
        if (i == 2) {
            EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
            EVP_PKEY_free(key);
            key = NULL;
            assert_true(EVP_PKEY_keygen_init(ctx) > 0 && EVP_PKEY_generate(ctx, &key) > 0);
            EVP_PKEY_CTX_free(ctx);
        }
        assert_true(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) > 0);
        long len = BIO_get_mem_data(bio, &data);
        refused(data, (size_t)len, "phones take RSA and EC keys");
        BIO_free(bio);
        EVP_PKEY_free(key);
    }
}

/* Every cut of each binary form, and a byte too many. */
static void test_cut_and_prolonged(void **state)
{
    BIO *forms[4] = {memory(), memory(), memory(), pkcs12("s3cret", 0, 0, 1)};

    (void)state;
    assert_true(i2d_PrivateKey_bio(forms[0], ec) > 0);
    assert_true(i2d_PKCS8PrivateKey_bio(forms[1], ec, NULL, NULL, 0, NULL, NULL) > 0);
    assert_true(i2d_PKCS8PrivateKey_bio(forms[2], ec, EVP_aes_128_cbc(), "s3cret", 6, NULL, NULL) > 0);
    for (size_t i = 0; i < 4; i++) {
        char *data;
        long len = BIO_get_mem_data(forms[i], &data);
        struct bytes copy;

        for (long n = 0; n < len; n += i == 3 ? 7 : 1) {
            assert_int_equal(bytes_copy(&copy, data, (size_t)n, NULL), VOX_OK); /* of its own, for the sanitizer */
            refused(copy.data, copy.len, "");
            bytes_free(&copy);
        }
        BIO_write(forms[i], "", 1);
        len = BIO_get_mem_data(forms[i], &data);
        refused(data, (size_t)len, "");
        BIO_free(forms[i]);
    }
}

/* A key file must not keep a program busy for hours: iterations are bounded before the first one is done. */
static void test_hostile_stretching(void **state)
{
    BIO *bio = pkcs12("s3cret", 0, 0, 1);
    char *data;
    const unsigned char *p;
    long len = BIO_get_mem_data(bio, &data);

    (void)state;
    p = (const unsigned char *)data;
    PKCS12 *p12 = d2i_PKCS12(NULL, &p, len);
    BIO_free(bio);
    const ASN1_INTEGER *iterations;
    assert_true(PKCS12_set_mac(p12, "s3cret", -1, NULL, 8, 2, NULL) > 0);
    PKCS12_get0_mac(NULL, NULL, NULL, &iterations, p12);
    assert_non_null(iterations);
    static const int64_t counts[] = {LIMIT_KDF_ITERATIONS + 1, INT32_MAX, INT64_C(1) << 40, -5};
    for (size_t i = 0; i < 4; i++) {
        ASN1_INTEGER *own = (ASN1_INTEGER *)(uintptr_t)iterations; /* the library has no setter for it */

        assert_true(ASN1_INTEGER_set_int64(own, counts[i]) > 0);
        bio = memory();
        assert_true(i2d_PKCS12_bio(bio, p12) > 0);
        len = BIO_get_mem_data(bio, &data);
        refused(data, (size_t)len, "iterations");
        BIO_free(bio);
    }
    PKCS12_free(p12);

    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(ec);
    static const struct {
        int count;
        const char *why;
    } pbes2[] = {{LIMIT_KDF_ITERATIONS + 1, "iterations"}, {INT32_MAX, "iterations"}};
    for (size_t i = 0; i < 2; i++) {
        /* Encrypted with one iteration, then the number is exchanged. */
        X509_ALGOR *alg = PKCS5_pbe2_set_iv(EVP_aes_128_cbc(), 1, NULL, 0, NULL, NID_hmacWithSHA256);
        X509_SIG *sig = PKCS8_set0_pbe("s3cret", 6, info, alg);
        X509_ALGOR *inside;
        ASN1_OCTET_STRING *ciphertext;
        X509_SIG_getm(sig, &inside, &ciphertext);
        X509_ALGOR *other = PKCS5_pbe2_set_iv(EVP_aes_128_cbc(), pbes2[i].count, NULL, 0, NULL, NID_hmacWithSHA256);
        assert_true(X509_ALGOR_copy(inside, other) > 0);
        X509_ALGOR_free(other);
        bio = memory();
        assert_true(i2d_PKCS8_bio(bio, sig) > 0);
        len = BIO_get_mem_data(bio, &data);
        refused(data, (size_t)len, pbes2[i].why);
        BIO_free(bio);
        X509_SIG_free(sig);
    }
    X509_ALGOR *scrypt = PKCS5_pbe2_set_scrypt(EVP_aes_128_cbc(), NULL, 0, NULL, 1 << 20, 16, 1);
    X509_SIG *sig = X509_SIG_new();
    X509_ALGOR *inside;
    ASN1_OCTET_STRING *ciphertext;
    X509_SIG_getm(sig, &inside, &ciphertext);
    if (scrypt != NULL) {
        assert_true(X509_ALGOR_copy(inside, scrypt) > 0);
        assert_true(ASN1_OCTET_STRING_set(ciphertext, (const unsigned char *)"0123456789abcdef", 16) > 0);
        bio = memory();
        assert_true(i2d_PKCS8_bio(bio, sig) > 0);
        len = BIO_get_mem_data(bio, &data);
        refused(data, (size_t)len, "iterations");
        BIO_free(bio);
    }
    X509_ALGOR_free(scrypt);
    X509_SIG_free(sig);
    PKCS8_PRIV_KEY_INFO_free(info);
}

static void test_old_encryption_says_what_to_do(void **state)
{
    /* RC2 lives in the library's legacy part: the file cannot be made here without loading it for a moment. */
    OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(NULL, "legacy"), *normal = OSSL_PROVIDER_load(NULL, "default");

    (void)state;
    if (legacy == NULL)
        skip();
    BIO *bio = pkcs12("s3cret", NID_pbe_WithSHA1And40BitRC2_CBC, NID_pbe_WithSHA1And40BitRC2_CBC, 1);
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    OSSL_PROVIDER_unload(legacy);
    refused(data, (size_t)len, "-legacy");
    OSSL_PROVIDER_unload(normal);
    BIO_free(bio);
}

static void test_open(void **state)
{
    struct vox_error err;
    EVP_PKEY *key;
    char text[32];

    (void)state;
    assert_int_equal(key_open(VOX_VECTORS "/lab/web-ec.pem", NULL, &key, &err), VOX_OK);
    key_describe(key, text, sizeof text);
    assert_string_equal(text, "EC P-384");
    EVP_PKEY_free(key);
    assert_int_equal(key_open("/nowhere/x.pem", NULL, &key, &err), VOX_E_NOT_FOUND);
    assert_null(key);
    assert_int_equal(key_open("/", NULL, &key, &err), VOX_E_IO);
    assert_int_equal(key_open("/dev/zero", NULL, &key, &err), VOX_E_INPUT);
    assert_int_equal(key_open("pkcs11:token=t;object=k;foo=bar", NULL, &key, &err), VOX_E_USAGE);
    assert_non_null(strstr(err.text, "foo= in the URI is not known"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pem),
        cmocka_unit_test(test_der),
        cmocka_unit_test(test_pkcs12),
        cmocka_unit_test(test_pkcs12_without_a_password),
        cmocka_unit_test(test_certificate_and_text_beside_the_key),
        cmocka_unit_test(test_ec_parameters_before_the_key),
        cmocka_unit_test(test_what_is_no_private_key_says_what_it_is),
        cmocka_unit_test(test_two_keys_are_one_too_many),
        cmocka_unit_test(test_two_keys_in_a_pkcs12_file),
        cmocka_unit_test(test_hostile_stretching_of_a_safe),
        cmocka_unit_test(test_other_algorithms),
        cmocka_unit_test(test_cut_and_prolonged),
        cmocka_unit_test(test_hostile_stretching),
        cmocka_unit_test(test_old_encryption_says_what_to_do),
        cmocka_unit_test(test_open),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
