#include <endian.h>
#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>

#include "x509/weakkey.h"
#include "x509/weakkey_lanes.h"

enum { SMALL = 1 << 16, SMALL_ROOT = 1 << 8 };

/*
 * Several small primes at once: a number of 32 bits that is their product. That each of them divides a large number is
 * asked of its rest modulo the product, up to a power of 2^32 that divides nothing: Montgomery's reduction from the low
 * end, which needs no division. A dozen times faster than a division for each prime and word, and each phone's key is
 * asked. The products are the same for every key: made once.
 */
enum { PRODUCTS_MAX = 3328, PRIMES_EACH = 10 };
static struct {
    size_t n;
    uint32_t product[PRODUCTS_MAX];
    uint32_t inverse[PRODUCTS_MAX];             /* -1 / product modulo 2^32 */
    uint16_t primes[PRODUCTS_MAX][PRIMES_EACH]; /* 0 ends */
} table;
static CRYPTO_ONCE table_made = CRYPTO_ONCE_STATIC_INIT;

_Static_assert(PRODUCTS_MAX % LANES_TOGETHER == 0, "whole groups");

static void add_product(uint32_t product)
{
    uint32_t inverse = product; /* right in 3 bits; each step doubles them */

    for (int i = 0; i < 4; i++)
        inverse *= 2 - product * inverse;
    table.product[table.n] = product;
    table.inverse[table.n++] = 0 - inverse;
}

static void make_table(void)
{
    unsigned char composite[SMALL / 2] = {0}; /* of the odd number 2i + 1 */
    uint64_t product = 1;
    size_t n = 0;

    for (uint32_t p = 3; p < SMALL; p += 2) {
        if (composite[p / 2])
            continue;
        for (uint32_t multiple = p * p; p < SMALL_ROOT && multiple < SMALL; multiple += 2 * p)
            composite[multiple / 2] = 1;
        if (product * p > UINT32_MAX) {
            add_product((uint32_t)product);
            product = 1;
            n = 0;
        }
        product *= p;
        table.primes[table.n][n++] = (uint16_t)p;
    }
    add_product((uint32_t)product);
    while (table.n % LANES_TOGETHER != 0) /* of no primes: they divide nothing */
        add_product(1);
}

static void rests(const uint32_t *words, size_t nwords, const uint32_t *product, const uint32_t *inverse,
                  uint64_t *rest)
{
    memset(rest, 0, LANES_TOGETHER * sizeof *rest);
    for (size_t i = 0; i < nwords; i++) {
        for (size_t k = 0; k < LANES_TOGETHER; k++) {
            const uint64_t t = rest[k] + words[i];
            const uint32_t low = (uint32_t)t, m = low * inverse[k];

            rest[k] = (t >> 32) + ((uint64_t)m * product[k] >> 32) + (low != 0);
        }
    }
}

/* The smallest prime of the table that divides the number of these words, lowest first; 0 if none, -1 if that failed.
 */
static int smallest_factor(const uint32_t *words, size_t nwords)
{
    const bool lanes = weakkey_lanes_here();
    uint64_t rest[LANES_TOGETHER];

    if (CRYPTO_THREAD_run_once(&table_made, make_table) <= 0)
        return -1;
    for (size_t from = 0; from < table.n; from += LANES_TOGETHER) {
        (lanes ? weakkey_lanes_rests : rests)(words, nwords, table.product + from, table.inverse + from, rest);
        for (size_t k = 0; k < LANES_TOGETHER; k++)
            for (size_t i = 0; i < PRIMES_EACH && table.primes[from + k][i] != 0; i++)
                if (rest[k] % table.primes[from + k][i] == 0)
                    return table.primes[from + k][i];
    }
    return 0;
}

int weakkey_small_factor(const BIGNUM *n)
{
    const size_t nwords = ((size_t)BN_num_bits(n) + 31) / 32;
    uint32_t *words;
    int factor = -1;

    if (!BN_is_odd(n))
        return 2;
    words = OPENSSL_malloc(nwords * sizeof *words);
    if (words != NULL && BN_bn2lebinpad(n, (unsigned char *)words, (int)(nwords * sizeof *words)) > 0) {
        for (size_t i = 0; i < nwords; i++)
            words[i] = le32toh(words[i]);
        factor = smallest_factor(words, nwords);
    }
    OPENSSL_free(words);
    return factor;
}

/*
 * Primes of the faulty generator are k * M + (65537^a mod M), M a product of the first primes. So modulo each of these
 * its moduli are powers of 65537. That is so for other moduli once in 2^27.
 */
int weakkey_roca(const BIGNUM *n)
{
    static const unsigned char primes[] = {3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
                                           47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
                                           107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

    for (size_t i = 0; i < sizeof primes; i++) {
        unsigned p = primes[i], power = 1;
        BN_ULONG rest = BN_mod_word(n, p);

        if (rest == (BN_ULONG)-1)
            return -1;
        do
            power = power * (65537 % p) % p;
        while (power != 1 && power != rest);
        if (power != rest)
            return 0;
    }
    return 1;
}

/* Newton's method from above: root = floor(sqrt(n)). */
static int integer_root(BIGNUM *root, const BIGNUM *n, BN_CTX *ctx)
{
    BIGNUM *next;
    int ok = 0;

    BN_CTX_start(ctx);
    next = BN_CTX_get(ctx);
    if (next == NULL)
        goto out;
    BN_zero(root);
    if (!BN_is_zero(n) && BN_set_bit(root, (BN_num_bits(n) + 1) / 2) <= 0)
        goto out;
    for (;;) {
        if (BN_is_zero(root))
            break;
        if (BN_div(next, NULL, n, root, ctx) <= 0 || BN_add(next, next, root) <= 0 || BN_rshift1(next, next) <= 0)
            goto out;
        if (BN_cmp(next, root) >= 0)
            break;
        if (BN_copy(root, next) == NULL)
            goto out;
    }
    ok = 1;
out:
    BN_CTX_end(ctx);
    return ok;
}

/* Few numbers are squares modulo all of these: saves nearly every root. */
static int may_be_square(const BIGNUM *n)
{
    static const unsigned moduli[] = {64, 63, 65, 11};

    for (size_t i = 0; i < sizeof moduli / sizeof *moduli; i++) {
        BN_ULONG rest = BN_mod_word(n, moduli[i]);
        unsigned x = 0;

        if (rest == (BN_ULONG)-1)
            return -1;
        while (x < moduli[i] && x * x % moduli[i] != rest)
            x++;
        if (x == moduli[i])
            return 0;
    }
    return 1;
}

static int is_square(const BIGNUM *n, BIGNUM *root, BIGNUM *square, BN_CTX *ctx)
{
    int maybe = may_be_square(n);

    if (maybe != 1)
        return maybe;
    if (!integer_root(root, n, ctx) || BN_sqr(square, root, ctx) <= 0)
        return -1;
    return BN_cmp(square, n) == 0;
}

int weakkey_fermat(const BIGNUM *n, int rounds)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *a, *rest, *root, *square;
    int found = -1;

    if (ctx == NULL)
        return -1;
    BN_CTX_start(ctx);
    a = BN_CTX_get(ctx);
    rest = BN_CTX_get(ctx);
    root = BN_CTX_get(ctx);
    square = BN_CTX_get(ctx);
    if (square == NULL || !integer_root(a, n, ctx))
        goto out;
    /* n = a^2 - b^2 with a from the root up. The root itself counts: n may be a square. */
    for (int i = 0; i <= rounds; i++) {
        int yes;

        if (BN_sqr(rest, a, ctx) <= 0 || BN_sub(rest, rest, n) <= 0)
            goto out;
        if (!BN_is_negative(rest)) {
            if ((yes = is_square(rest, root, square, ctx)) != 0) {
                found = yes;
                goto out;
            }
        }
        if (BN_add_word(a, 1) <= 0)
            goto out;
    }
    found = 0;
out:
    BN_CTX_end(ctx);
    BN_CTX_free(ctx);
    return found;
}
