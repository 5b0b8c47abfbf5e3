#include <endian.h>
#include <string.h>

#include <libcert/certcheck.h>

#include "x509/weakkey_lanes.h"

/* Below that many the library is faster one after the other than all lanes together. */
enum { WORTHWHILE = 3, DIGIT_MASK_BITS = LANES_DIGIT };

static const uint64_t digit_mask = (UINT64_C(1) << DIGIT_MASK_BITS) - 1;

static int one_by_one(const BIGNUM *const *n, size_t count, bool *prime)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *exponent = BN_new(), *rest = BN_new();
    int ok = ctx != NULL && exponent != NULL && rest != NULL ? 1 : -1;

    for (size_t i = 0; i < count && ok > 0; i++) {
        ok = BN_copy(exponent, n[i]) != NULL && BN_sub_word(exponent, 1) > 0 &&
                     BN_mod_exp_mont_word(rest, 2, exponent, n[i], ctx, NULL) > 0
                 ? 1
                 : -1;
        prime[i] = ok > 0 && BN_is_one(rest);
    }
    BN_free(exponent);
    BN_free(rest);
    BN_CTX_free(ctx);
    return ok;
}

/* Into one lane. bytes: room for all digits, and a word more. */
static bool put_lane(const BIGNUM *from, size_t digits, uint8_t *bytes, size_t nbytes, struct lanes_number *to,
                     size_t lane)
{
    if (BN_bn2lebinpad(from, bytes, (int)nbytes) < 0)
        return false;
    for (size_t i = 0; i < digits; i++) {
        const size_t bit = i * LANES_DIGIT;
        uint64_t word;

        memcpy(&word, bytes + bit / 8, sizeof word);
        to->digit[i][lane] = le64toh(word) >> bit % 8 & digit_mask;
    }
    return true;
}

static bool take_lane(const struct lanes_number *from, size_t digits, size_t lane, BIGNUM *to)
{
    BN_zero(to);
    for (size_t i = digits; i-- > 0;)
        if (BN_lshift(to, to, LANES_DIGIT) <= 0 || BN_add_word(to, from->digit[i][lane]) <= 0)
            return false;
    return true;
}

/* -1 / n modulo 2^52: right in 3 bits at first, and each step doubles them. */
static uint64_t inverse_of(uint64_t n)
{
    uint64_t inverse = n;

    for (int i = 0; i < 5; i++)
        inverse *= 2 - n * inverse;
    return (0 - inverse) & digit_mask;
}

struct work {
    struct lanes_number n, x;
    uint64_t inverse[LANES];
    uint8_t exponent[LANES_DIGITS_MAX * LANES_DIGIT];
    uint8_t bytes[LANES_DIGITS_MAX * LANES_DIGIT / 8 + sizeof(uint64_t)];
};

/* 2^(n - 1) in Montgomery's form is R modulo n, if n is a prime. */
static bool together(const BIGNUM *const *n, size_t count, size_t digits, struct work *w, BN_CTX *ctx, bool *prime)
{
    const size_t bits = digits * LANES_DIGIT - LANES_HEADROOM, nbytes = (digits * LANES_DIGIT + 7) / 8;
    BIGNUM *r = BN_CTX_get(ctx), *one = BN_CTX_get(ctx), *rest = BN_CTX_get(ctx);

    if (rest == NULL || BN_set_bit(r, (int)(digits * LANES_DIGIT)) <= 0)
        return false;
    for (size_t lane = 0; lane < LANES; lane++) {
        const BIGNUM *mine = n[lane < count ? lane : 0];

        if (!put_lane(mine, digits, w->bytes, nbytes, &w->n, lane) || BN_mod(one, r, mine, ctx) <= 0 ||
            !put_lane(one, digits, w->bytes, nbytes, &w->x, lane))
            return false;
        w->inverse[lane] = inverse_of(w->n.digit[0][lane]);
        for (size_t bit = 1; bit < bits; bit++) /* of n - 1: the lowest is not set */
            if (BN_is_bit_set(mine, (int)bit))
                w->exponent[bits - 1 - bit] |= (uint8_t)(1U << lane);
    }
    weakkey_lanes_power(&w->n, w->inverse, digits, w->exponent, bits, &w->x);
    for (size_t lane = 0; lane < count; lane++) {
        if (!take_lane(&w->x, digits, lane, rest) || BN_sub(rest, rest, r) <= 0 ||
            BN_nnmod(rest, rest, n[lane], ctx) <= 0)
            return false;
        prime[lane] = BN_is_zero(rest);
    }
    return true;
}

static int in_lanes(const BIGNUM *const *n, size_t count, size_t digits, bool *prime)
{
    struct work *w = OPENSSL_zalloc(sizeof *w + _Alignof(struct work));
    BN_CTX *ctx = BN_CTX_new();
    int ok = -1;

    if (w != NULL && ctx != NULL) {
        const size_t off = (uintptr_t)w % _Alignof(struct work);
        struct work *aligned = (struct work *)((char *)w + (off > 0 ? _Alignof(struct work) - off : 0));

        BN_CTX_start(ctx);
        ok = together(n, count, digits, aligned, ctx, prime) ? 1 : -1;
        BN_CTX_end(ctx);
    }
    OPENSSL_free(w);
    BN_CTX_free(ctx);
    return ok;
}

int weakkey_primes(const BIGNUM *const *n, size_t count, bool *prime)
{
    for (size_t done = 0, part; done < count; done += part) {
        int bits = 0, ok;
        size_t digits;

        part = count - done < LANES ? count - done : LANES;
        for (size_t i = done; i < done + part; i++)
            bits = BN_num_bits(n[i]) > bits ? BN_num_bits(n[i]) : bits;
        digits = ((size_t)bits + LANES_HEADROOM + LANES_DIGIT - 1) / LANES_DIGIT;
        digits += digits % 2;
        if (part >= WORTHWHILE && digits <= LANES_DIGITS_MAX && weakkey_lanes_here())
            ok = in_lanes(n + done, part, digits, prime + done);
        else
            ok = one_by_one(n + done, part, prime + done);
        if (ok < 0)
            return -1;
    }
    return 1;
}
