/* Is a modulus a prime? Asked of several at once, of one alone, and of the library: three times the same answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libcert/certcheck.h>

#include "x509/weakkey.h"
#include "x509/weakkey_lanes.h"

enum { AT_ONCE = 19 };

/* 2^e - 1. */
static BIGNUM *mersenne(int e)
{
    BIGNUM *n = BN_new();

    assert_true(n != NULL && BN_set_bit(n, e) > 0 && BN_sub_word(n, 1) > 0);
    return n;
}

static void expect(BIGNUM *const *n, const bool *prime, size_t count)
{
    const BIGNUM *asked[AT_ONCE];
    bool together[AT_ONCE], alone;

    for (size_t i = 0; i < count; i++)
        asked[i] = n[i];
    memset(together, 7, sizeof together);
    assert_int_equal(weakkey_primes(asked, count, together), 1);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(weakkey_primes(&asked[i], 1, &alone), 1);
        if (alone != prime[i] || together[i] != prime[i])
            fail_msg("number %zu of %zu (%d bits): alone %d, together %d", i, count, BN_num_bits(n[i]), alone,
                     together[i]);
    }
}

/* Every size from 1 of a group to more than two groups, primes and composites in any lane, of different lengths. */
static void answers_agree(void **unused)
{
    static const int primes[] = {521, 607, 1279, 2203, 2281}; /* their Mersenne numbers are primes */
    BIGNUM *n[AT_ONCE];
    bool prime[AT_ONCE];

    (void)unused;
    for (size_t i = 0; i < AT_ONCE; i++) {
        prime[i] = i % 3 == 1;
        n[i] = mersenne(prime[i] ? primes[i / 3 % 5] : primes[i % 5]);
        if (!prime[i])
            assert_true(BN_add_word(n[i], 2) > 0 || i > 0);
        if (!prime[i] && i % 2 == 1) /* one more bit, and odd: a power of two and one */
            assert_true(BN_lshift1(n[i], n[i]) > 0 && BN_sub_word(n[i], 1) > 0);
    }
    for (size_t count = 1; count <= AT_ONCE; count++)
        expect(n, prime, count);
    for (size_t i = 0; i < AT_ONCE; i++)
        BN_free(n[i]);
}

/* Around the lengths at which a digit more is needed. */
static void lengths(void **unused)
{
    BN_CTX *ctx = BN_CTX_new();

    (void)unused;
    for (int bits = 508; bits <= 528; bits++) {
        BIGNUM *n[LANES];
        bool prime[LANES];

        for (size_t i = 0; i < LANES; i++) {
            n[i] = BN_new();
            assert_true(BN_rand(n[i], bits - (int)(i % 2), BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD) > 0);
            if (i == 5)
                assert_true(BN_generate_prime_ex(n[i], bits, 0, NULL, NULL, NULL) > 0);
            prime[i] = BN_check_prime(n[i], ctx, NULL) == 1;
        }
        assert_true(prime[5]);
        expect(n, prime, LANES);
        for (size_t i = 0; i < LANES; i++)
            BN_free(n[i]);
    }
    BN_CTX_free(ctx);
}

/* Keys as they come: products of two primes. And a modulus of all ones, whose columns are as full as can be. */
static void keys_of_2048_bits(void **unused)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *p[4], *n[LANES];
    bool prime[LANES] = {false};

    (void)unused;
    for (size_t i = 0; i < 4; i++) {
        p[i] = BN_new();
        assert_true(BN_generate_prime_ex(p[i], 1024, 0, NULL, NULL, NULL) > 0);
    }
    for (size_t i = 0; i < LANES; i++) {
        n[i] = BN_new();
        assert_true(BN_mul(n[i], p[i % 4], p[(i / 4 + i + 1) % 4], ctx) > 0);
    }
    assert_true(BN_copy(n[3], p[0]) != NULL && (prime[3] = true));
    BN_free(n[6]);
    n[6] = mersenne(2072);
    expect(n, prime, LANES);
    for (size_t i = 0; i < LANES; i++)
        BN_free(n[i]);
    for (size_t i = 0; i < 4; i++)
        BN_free(p[i]);
    BN_CTX_free(ctx);
}

/* Each small prime is found in a product with a large one, the smallest of two first. */
static void small_factors(void **unused)
{
    BIGNUM *large = mersenne(2203), *n = BN_new();

    (void)unused;
    assert_int_equal(weakkey_small_factor(large), 0);
    for (unsigned i = 3; i < 65536; i += 2) {
        unsigned d = 3;

        while (d * d <= i && i % d != 0)
            d += 2;
        if (i > 2000 && i < 65000 && i % 64 != 1) /* the ends, and some between */
            continue;
        assert_true(BN_copy(n, large) != NULL && BN_mul_word(n, i) > 0);
        assert_int_equal(weakkey_small_factor(n), d * d <= i ? d : i);
    }
    BN_free(large);
    BN_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_agree),
        cmocka_unit_test(lengths),
        cmocka_unit_test(keys_of_2048_bits),
        cmocka_unit_test(small_factors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
