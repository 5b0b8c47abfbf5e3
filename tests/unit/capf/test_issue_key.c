/* Which keys are certified: twenty bad ones of each class are refused, and before anything dear is computed; a thousand
 * good ones are not. */
#include "issuing.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>

#include <libcert/certcheck.h>

enum { MANY = 20, GOOD = 1000 };

/* What costs: whether a modulus is a prime, and what else is computed with one. The linker sends both calls through
 * here (tests/CMakeLists.txt: --wrap). */
static size_t nprimes_asked, nmoduli;
static unsigned largest_bits; /* of those that were computed with */

int __real_weakkey_primes(const BIGNUM *const *n, size_t count, bool *prime);
int __wrap_weakkey_primes(const BIGNUM *const *n, size_t count, bool *prime);
enum vox_err __real_weakkey_check_rsa(const BIGNUM *n, const BIGNUM *e, const struct weakkey_limits *limits,
                                      struct vox_error *err);
enum vox_err __wrap_weakkey_check_rsa(const BIGNUM *n, const BIGNUM *e, const struct weakkey_limits *limits,
                                      struct vox_error *err);

int __wrap_weakkey_primes(const BIGNUM *const *n, size_t count, bool *prime)
{
    nprimes_asked += count;
    return __real_weakkey_primes(n, count, prime);
}

enum vox_err __wrap_weakkey_check_rsa(const BIGNUM *n, const BIGNUM *e, const struct weakkey_limits *limits,
                                      struct vox_error *err)
{
    nmoduli++;
    largest_bits = (unsigned)BN_num_bits(n);
    return __real_weakkey_check_rsa(n, e, limits, err);
}

/* Refused before it costs: nothing is computed with a modulus of another size than the one that was ordered, and only
 * the last question is whether it is a prime. */
static enum vox_err check(const struct capf_request *r)
{
    enum vox_err code;

    why = (struct vox_error){0};
    nprimes_asked = nmoduli = largest_bits = 0;
    code = capf_key_check(&ec_issuer, r, &why);
    assert_int_equal(ERR_peek_error(), 0);
    assert_true(nmoduli <= 1 && nprimes_asked <= nmoduli);
    if (nmoduli > 0)
        assert_true(largest_bits == r->ordered.rsa_bits && largest_bits <= ec_issuer.profile.rsa_max);
    if (code != VOX_OK && strstr(why.text, "is a prime") == NULL)
        assert_int_equal(nprimes_asked, 0);
    return code;
}

static void expect_refused(const struct capf_request *r, const char *words)
{
    if (check(r) == VOX_OK)
        fail_msg("taken: %s", words);
    assert_int_equal(why.code, VOX_E_NO);
    if (strstr(why.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", why.text, words);
}

/* A SubjectPublicKeyInfo of any modulus and exponent, however silly. */
static struct capf_request rsa_request(const BIGNUM *n, const BIGNUM *e, unsigned ordered)
{
    const struct key_spec spec = {.type = KEY_RSA, .rsa_bits = ordered};
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    struct capf_request r;
    OSSL_PARAM *params;
    EVP_PKEY *key = NULL;

    assert_true(OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) > 0);
    assert_true(OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e) > 0);
    assert_non_null(params = OSSL_PARAM_BLD_to_param(b));
    assert_true(EVP_PKEY_fromdata_init(ctx) > 0);
    assert_true(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) > 0);
    r = request_for(key, &spec);
    EVP_PKEY_free(key);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    EVP_PKEY_CTX_free(ctx);
    return r;
}

static BIGNUM *f4(void)
{
    BIGNUM *e = BN_new();

    assert_true(BN_set_word(e, RSA_F4) > 0);
    return e;
}

/* Primes are dear: each pair of these is a good modulus of 2048 bits. */
enum { PRIMES = 48 };
static BIGNUM *primes[PRIMES];
static BN_CTX *ctx;

static int make_world(void **state)
{
    ctx = BN_CTX_new();
    for (int i = 0; i < PRIMES; i++) {
        primes[i] = BN_new();
        /* the two highest bits set: every product has 2,048 bits */
        do {
            assert_true(BN_rand(primes[i], 1024, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD) > 0);
            for (int tries = 0; tries < 400 && BN_check_prime(primes[i], ctx, NULL) != 1; tries++)
                assert_true(BN_add_word(primes[i], 2) > 0);
        } while (BN_check_prime(primes[i], ctx, NULL) != 1);
    }
    return make_issuers(state);
}

static int free_world(void **state)
{
    for (int i = 0; i < PRIMES; i++)
        BN_free(primes[i]);
    BN_CTX_free(ctx);
    return free_issuers(state);
}

static void good_keys(void **state)
{
    static const char *const curves[] = {"P-256", "P-384", "P-521"};
    BIGNUM *n = BN_new(), *e = f4();
    int count = 0;

    (void)state;
    for (int i = 0; i < PRIMES && count < GOOD / 4; i++) {
        for (int j = 0; j < i && count < GOOD / 4; j++, count++) {
            struct capf_request r;

            assert_true(BN_mul(n, primes[i], primes[j], ctx) > 0);
            r = rsa_request(n, e, 2048);
            if (check(&r) != VOX_OK)
                fail_msg("%s", why.text);
            assert_int_equal(nprimes_asked, 1);
            free_request(&r);
        }
    }
    assert_int_equal(count, GOOD / 4);
    for (; count < GOOD; count++) {
        const struct key_spec spec = {.type = KEY_EC, .curve = curves[count % 8 < 6 ? 0 : count % 8 - 5]};
        EVP_PKEY *key = EVP_EC_gen(spec.curve);
        struct capf_request r = request_for(key, &spec);

        if (check(&r) != VOX_OK)
            fail_msg("%s", why.text);
        free_request(&r);
        EVP_PKEY_free(key);
    }
    BN_free(n);
    BN_free(e);
}

static void exponents(void **state)
{
    static const BN_ULONG bad[] = {1,  2,  3,   17,   35,    0,     4,     5,      7,          15,
                                   33, 65, 257, 4097, 65535, 65536, 65539, 131071, 0x7fffffff, 0xffffffff};
    BIGNUM *n = BN_new(), *e = BN_new();

    (void)state;
    assert_true(BN_mul(n, primes[0], primes[1], ctx) > 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad + MANY; i++) {
        struct capf_request r;

        if (i < sizeof bad / sizeof *bad) {
            assert_true(BN_set_word(e, bad[i]) > 0);
        } else { /* over 32 bits */
            assert_true(BN_rand(e, 33 + (int)i, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) > 0);
        }
        r = rsa_request(n, e, 2048);
        expect_refused(&r, "public exponent");
        free_request(&r);
    }
    BN_free(n);
    BN_free(e);
}

/* Random odd numbers do: their size is looked at first. */
static void sizes(void **state)
{
    static const int sizes[] = {512, 1023, 1024, 2047, 2049, 3072, 4096, 4097, 8192, 15000, 16384};
    BIGNUM *n = BN_new(), *e = f4();

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int k = 0; k < MANY; k++) {
            struct capf_request r;

            assert_true(BN_rand(n, sizes[i], BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) > 0);
            r = rsa_request(n, e, 2048);
            expect_refused(&r, sizes[i] == 16384 ? "2048 are taken" : "but 2048 were ordered");
            /* and those that were ordered outside the limits */
            r.ordered.rsa_bits = (unsigned)sizes[i];
            if (sizes[i] < 2048 || (sizes[i] > 4096 && sizes[i] < 16384))
                expect_refused(&r, "2048 to 4096 are taken");
            free_request(&r);
        }
    }
    BN_free(n);
    BN_free(e);
}

static void moduli(void **state)
{
    BIGNUM *n = BN_new(), *e = f4(), *p = BN_new(), *q = BN_new();
    struct capf_request r;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        assert_true(BN_mul(n, primes[i], primes[i + 1], ctx) > 0 && BN_clear_bit(n, 0) > 0);
        r = rsa_request(n, e, 2048);
        expect_refused(&r, "even modulus");
        free_request(&r);

        assert_true(BN_sqr(n, primes[i], ctx) > 0);
        r = rsa_request(n, e, 2048);
        expect_refused(&r, "primes are so close");
        free_request(&r);

        assert_true(BN_set_word(p, 65521) > 0 && BN_rand(q, 2032, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD) > 0);
        assert_true(BN_mul(n, p, q, ctx) > 0);
        r = rsa_request(n, e, 2048);
        expect_refused(&r, "divisible by");
        free_request(&r);

        /* the next prime after one: Fermat's method */
        assert_non_null(BN_copy(p, primes[i]));
        do
            assert_true(BN_add_word(p, 2) > 0);
        while (BN_check_prime(p, ctx, NULL) != 1);
        assert_true(BN_mul(n, primes[i], p, ctx) > 0);
        r = rsa_request(n, e, 2048);
        expect_refused(&r, "primes are so close");
        free_request(&r);
    }
    BN_free(n);
    BN_free(e);
    BN_free(p);
    BN_free(q);
}

/* Primes of full size take long to find; the operator lets 512 bits in here, so that twenty of them can be. */
static void prime_moduli(void **state)
{
    const unsigned before = ec_issuer.profile.rsa_min;
    BIGNUM *n = BN_new(), *e = f4();

    (void)state;
    ec_issuer.profile.rsa_min = 512;
    for (int i = 0; i < MANY; i++) {
        const int bits = 512 + 8 * i;
        struct capf_request r;

        assert_true(BN_generate_prime_ex2(n, bits, 0, NULL, NULL, NULL, ctx) > 0);
        r = rsa_request(n, e, (unsigned)bits);
        expect_refused(&r, "modulus is a prime");
        free_request(&r);
    }
    for (int i = 0; i < MANY; i++) {
        struct capf_request r = rsa_request(primes[i], e, 1024);

        expect_refused(&r, "modulus is a prime");
        free_request(&r);
    }
    ec_issuer.profile.rsa_min = before;
    BN_free(n);
    BN_free(e);
}

/* Public keys of a file of the vectors: PEM of keys, or of certificates whose keys are looked at. */
static void expect_file(const char *name, const struct key_spec *ordered, const char *words)
{
    char path[300], *label, *header;
    unsigned char *der;
    long len;
    int n = 0;
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/weak/%s", VOX_VECTORS, name);
    assert_non_null(f = fopen(path, "r"));
    while (PEM_read(f, &label, &header, &der, &len) > 0) {
        struct capf_request r = {.device = PHONE, .ordered = *ordered};
        struct cert *c = NULL;

        r.public_key = (struct bytes_view){der, (size_t)len};
        if (strcmp(label, PEM_STRING_X509) == 0) {
            assert_int_equal(cert_from_der(der, (size_t)len, &c, &why), VOX_OK);
            r.public_key = cert_spki_der(c);
        }
        n++;
        expect_refused(&r, words);
        cert_free(&c);
        OPENSSL_free(der);
        OPENSSL_free(label);
        OPENSSL_free(header);
    }
    ERR_clear_error();
    fclose(f);
    assert_true(n > 0);
}

static void weak_vectors(void **state)
{
    const unsigned before = ec_issuer.profile.rsa_min;
    const struct key_spec rsa1024 = {.type = KEY_RSA, .rsa_bits = 1024};

    (void)state;
    expect_file("ec-explicit.pem", &p256, "");
    expect_file("ec-off-curve.pem", &p256, "");
    expect_file("ec-infinity.pem", &p256, "");
    expect_file("ec-other-curve.pem", &p256, "was ordered");
    expect_file("other-algorithm.pem", &p256, "but EC was ordered");
    expect_file("other-algorithm.pem", &rsa2048, "but RSA was ordered");
    ec_issuer.profile.rsa_min = 512;
    expect_file("roca.pem", &rsa1024, "");
    expect_file("roca.pem", &rsa2048, "");
    expect_file("small-factor.pem", &rsa2048, "");
    ec_issuer.profile.rsa_min = before;
}

/* Each of the vectors' ROCA keys for the reason that it has, not for its size. */
static void roca(void **state)
{
    const unsigned before = ec_issuer.profile.rsa_min;
    char path[300];
    EVP_PKEY *key;
    FILE *f;
    int n = 0;

    (void)state;
    ec_issuer.profile.rsa_min = 512;
    (void)snprintf(path, sizeof path, "%s/weak/roca.pem", VOX_VECTORS);
    assert_non_null(f = fopen(path, "r"));
    while ((key = PEM_read_PUBKEY(f, NULL, NULL, NULL)) != NULL) {
        const struct key_spec spec = {.type = KEY_RSA, .rsa_bits = (unsigned)EVP_PKEY_get_bits(key)};
        struct capf_request r = request_for(key, &spec);

        expect_refused(&r, "ROCA");
        free_request(&r);
        EVP_PKEY_free(key);
        n++;
    }
    ERR_clear_error();
    fclose(f);
    assert_int_equal(n, MANY);
    ec_issuer.profile.rsa_min = before;
}

/* On the right curve by name, but with what no phone may send as a point. */
static void points(void **state)
{
    static const struct key_spec specs[] = {
        {.type = KEY_EC, .curve = "P-256"}, {.type = KEY_EC, .curve = "P-384"}, {.type = KEY_EC, .curve = "P-521"}};

    (void)state;
    for (int i = 0; i < MANY; i++) {
        const struct key_spec *spec = &specs[i % 3];
        EVP_PKEY *key = EVP_EC_gen(spec->curve);
        struct capf_request r = request_for(key, spec), other;
        uint8_t *der = (uint8_t *)(uintptr_t)r.public_key.data;

        der[r.public_key.len - 1 - (size_t)i] ^= 1;
        expect_refused(&r, "no point of its curve");
        der[r.public_key.len - 1 - (size_t)i] ^= 1;
        assert_int_equal(check(&r), VOX_OK);
        for (int k = 0; k < 3; k++) { /* another curve, or RSA, was ordered */
            r.ordered = k == i % 3 ? rsa2048 : specs[k];
            expect_refused(&r, "was ordered");
        }
        free_request(&r);
        assert_true(EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                                   i % 2 ? "compressed" : "hybrid") > 0);
        other = request_for(key, spec);
        expect_refused(&other, "not written out in full");
        free_request(&other);
        EVP_PKEY_free(key);
    }
}

static void dsa(void **state)
{
    EVP_PKEY_CTX *pctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL), *kctx;
    EVP_PKEY *params = NULL;

    (void)state;
    assert_true(EVP_PKEY_paramgen_init(pctx) > 0 && EVP_PKEY_CTX_set_dsa_paramgen_bits(pctx, 1024) > 0);
    assert_true(EVP_PKEY_paramgen(pctx, &params) > 0);
    kctx = EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL);
    for (int i = 0; i < 2 * MANY; i++) {
        EVP_PKEY *key = NULL;
        struct capf_request r;

        if (i < MANY) {
            assert_true(EVP_PKEY_keygen_init(kctx) > 0 && EVP_PKEY_generate(kctx, &key) > 0);
        } else {
            assert_non_null(key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
        }
        r = request_for(key, i % 2 ? &p256 : &rsa2048);
        expect_refused(&r, i % 2 ? "but EC was ordered" : "but RSA was ordered");
        free_request(&r);
        EVP_PKEY_free(key);
    }
    EVP_PKEY_CTX_free(pctx);
    EVP_PKEY_CTX_free(kctx);
    EVP_PKEY_free(params);
}

static void the_issuers_own(void **state)
{
    struct capf_request r = request_for(ec_issuer.key, &p256);

    (void)state;
    expect_refused(&r, "the issuer's own key");
    free_request(&r);
    r = request_for(rsa_issuer.key, &rsa2048);
    assert_int_equal(capf_key_check(&rsa_issuer, &r, &why), VOX_E_NO);
    assert_non_null(strstr(why.text, "the issuer's own key"));
    free_request(&r);
}

/* Every truncation, every byte more, other writings of the same key. */
static void not_der(void **state)
{
    EVP_PKEY *keys[] = {EVP_EC_gen("P-256"), EVP_RSA_gen(2048)};
    uint8_t room[CAPF_SPKI_MAX + 100];

    (void)state;
    for (int k = 0; k < 2; k++) {
        struct capf_request whole = request_for(keys[k], k == 0 ? &p256 : &rsa2048), r = whole;
        size_t len = whole.public_key.len;

        for (size_t cut = 0; cut < len; cut++) {
            r.public_key.len = cut;
            assert_int_equal(check(&r), VOX_E_NO);
        }
        memcpy(room, whole.public_key.data, len);
        for (size_t more = 1; more <= MANY; more++) {
            room[len + more - 1] = (uint8_t)(more & 1);
            r.public_key = (struct bytes_view){room, len + more};
            expect_refused(&r, "no SubjectPublicKeyInfo");
        }
        /* every header byte turned: the key itself may turn into another good one, what is around it not */
        memcpy(room, whole.public_key.data, len);
        r.public_key = (struct bytes_view){room, len};
        for (size_t at = 0; at < (k == 0 ? 27U : 33U); at++) {
            for (int bit = 0; bit < 8; bit++) {
                room[at] ^= (uint8_t)(1U << bit);
                if (check(&r) == VOX_OK)
                    fail_msg("taken: key %d, byte %zu, bit %d", k, at, bit);
                room[at] ^= (uint8_t)(1U << bit);
            }
        }
        free_request(&whole);
    }
    /* the outer length in four bytes where one does */
    {
        struct capf_request whole = request_for(keys[0], &p256), r = whole;

        memcpy(room, "\x30\x83\x00\x00\x59", 5);
        memcpy(room + 5, whole.public_key.data + 2, whole.public_key.len - 2);
        r.public_key = (struct bytes_view){room, whole.public_key.len + 3};
        expect_refused(&r, "not written in DER");
        memcpy(room, "\x30\x80", 2); /* indefinite */
        memcpy(room + 2, whole.public_key.data + 2, whole.public_key.len - 2);
        memset(room + whole.public_key.len, 0, 2);
        r.public_key = (struct bytes_view){room, whole.public_key.len + 2};
        expect_refused(&r, "no SubjectPublicKeyInfo");
        memset(room, 0x30, sizeof room);
        r.public_key = (struct bytes_view){room, sizeof room};
        expect_refused(&r, "2048 are taken");
        free_request(&whole);
    }
    EVP_PKEY_free(keys[0]);
    EVP_PKEY_free(keys[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_keys),    cmocka_unit_test(exponents),
        cmocka_unit_test(sizes),        cmocka_unit_test(moduli),
        cmocka_unit_test(prime_moduli), cmocka_unit_test(weak_vectors),
        cmocka_unit_test(roca),         cmocka_unit_test(points),
        cmocka_unit_test(dsa),          cmocka_unit_test(the_issuers_own),
        cmocka_unit_test(not_der),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
