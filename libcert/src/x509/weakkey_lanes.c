#include "x509/weakkey_lanes.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define WIDE __attribute__((target("avx512f,avx512ifma")))

bool weakkey_lanes_here(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512ifma");
}

WIDE void weakkey_lanes_rests(const uint32_t *words, size_t nwords, const uint32_t product[static LANES_TOGETHER],
                              const uint32_t inverse[static LANES_TOGETHER], uint64_t rest[static LANES_TOGETHER])
{
    enum { GROUPS = LANES_TOGETHER / LANES };
    const __m512i low32 = _mm512_set1_epi64(UINT32_MAX), one = _mm512_set1_epi64(1);
    __m512i p[GROUPS], q[GROUPS], r[GROUPS];

    for (size_t g = 0; g < GROUPS; g++) {
        p[g] = _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)(product + g * LANES)));
        q[g] = _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)(inverse + g * LANES)));
        r[g] = _mm512_setzero_si512();
    }
    for (size_t i = 0; i < nwords; i++) {
        const __m512i word = _mm512_set1_epi64(words[i]);

        for (size_t g = 0; g < GROUPS; g++) { /* they do not wait for each other */
            const __m512i t = _mm512_add_epi64(r[g], word), m = _mm512_mul_epu32(t, q[g]);
            const __m512i high = _mm512_srli_epi64(_mm512_mul_epu32(m, p[g]), 32);
            const __mmask8 carry = _mm512_test_epi64_mask(t, low32);

            r[g] = _mm512_add_epi64(_mm512_srli_epi64(t, 32), high);
            r[g] = _mm512_mask_add_epi64(r[g], carry, r[g], one);
        }
    }
    for (size_t g = 0; g < GROUPS; g++)
        _mm512_storeu_si512(rest + g * LANES, r[g]);
}

/* column = x * x. */
WIDE static void square(const __m512i *x, size_t digits, __m512i *column)
{
    const __m512i zero = _mm512_setzero_si512();

    for (size_t i = 0; i < 2 * digits + 1; i++)
        column[i] = zero;
    for (size_t i = 0; i + 1 < digits; i++) {
        __m512i below = zero; /* the digit whose upper half belongs to this column */

        for (size_t j = i + 1; j < digits; j++) {
            const __m512i v = _mm512_madd52lo_epu64(column[i + j], x[i], x[j]);

            column[i + j] = _mm512_madd52hi_epu64(v, x[i], below);
            below = x[j];
        }
        column[i + digits] = _mm512_madd52hi_epu64(column[i + digits], x[i], below);
    }
    for (size_t i = 0; i < digits; i++) { /* each pair was met once */
        const __m512i even = column[2 * i], odd = column[2 * i + 1];

        column[2 * i] = _mm512_madd52lo_epu64(_mm512_add_epi64(even, even), x[i], x[i]);
        column[2 * i + 1] = _mm512_madd52hi_epu64(_mm512_add_epi64(odd, odd), x[i], x[i]);
    }
}

/*
 * Multiples of n go on top until the lower half of the columns is nothing but carries. Two rows at a time: a column is
 * fetched and put back once for both. n has a digit of zero behind its last one.
 */
WIDE static void reduce(__m512i *column, const __m512i *n, __m512i inverse, size_t digits)
{
    const __m512i zero = _mm512_setzero_si512();

    for (size_t i = 0; i < digits; i += 2) {
        const __m512i m = _mm512_madd52lo_epu64(zero, column[i], inverse);
        const __m512i first = _mm512_madd52lo_epu64(column[i], m, n[0]);
        const __m512i second = _mm512_madd52hi_epu64(_mm512_madd52lo_epu64(column[i + 1], m, n[1]), m, n[0]);
        const __m512i start = _mm512_add_epi64(second, _mm512_srli_epi64(first, LANES_DIGIT));
        const __m512i k = _mm512_madd52lo_epu64(zero, start, inverse);
        const __m512i done = _mm512_madd52lo_epu64(start, k, n[0]);
        __m512i below = n[0], here = n[1]; /* digits j - 1 and j */

        column[i + 2] = _mm512_add_epi64(column[i + 2], _mm512_srli_epi64(done, LANES_DIGIT));
        for (size_t j = 1; j < digits; j++) {
            const __m512i above = n[j + 1];
            const __m512i v = _mm512_madd52lo_epu64(column[i + 1 + j], m, above);
            const __m512i u = _mm512_madd52lo_epu64(zero, k, here);

            column[i + 1 + j] = _mm512_add_epi64(_mm512_madd52hi_epu64(v, m, here), _mm512_madd52hi_epu64(u, k, below));
            below = here;
            here = above;
        }
        column[i + 1 + digits] = _mm512_madd52hi_epu64(column[i + 1 + digits], k, below);
    }
}

WIDE void weakkey_lanes_power(const struct lanes_number *n, const uint64_t inverse[static LANES], size_t digits,
                              const uint8_t *exponent, size_t bits, struct lanes_number *x)
{
    __m512i modulus[LANES_DIGITS_MAX + 1], power[LANES_DIGITS_MAX], column[2 * LANES_DIGITS_MAX + 1];
    const __m512i q = _mm512_loadu_si512(inverse), mask = _mm512_set1_epi64((INT64_C(1) << LANES_DIGIT) - 1);

    for (size_t i = 0; i < digits; i++) {
        modulus[i] = _mm512_load_si512(n->digit[i]);
        power[i] = _mm512_load_si512(x->digit[i]);
    }
    modulus[digits] = _mm512_setzero_si512();
    for (size_t bit = 0; bit < bits; bit++) {
        __m512i carry = _mm512_setzero_si512();

        square(power, digits, column);
        reduce(column, modulus, q, digits);
        for (size_t i = 0; i < digits; i++) { /* doubled where the exponent says so; the headroom takes it */
            const __m512i c = column[digits + i];
            const __m512i v = _mm512_add_epi64(_mm512_mask_add_epi64(c, exponent[bit], c, c), carry);

            power[i] = _mm512_and_si512(v, mask);
            carry = _mm512_srli_epi64(v, LANES_DIGIT);
        }
    }
    for (size_t i = 0; i < digits; i++)
        _mm512_store_si512(x->digit[i], power[i]);
}

#else

/* Nobody calls the others here. */
bool weakkey_lanes_here(void)
{
    return false;
}

void weakkey_lanes_rests(const uint32_t *words, size_t nwords, const uint32_t product[static LANES_TOGETHER],
                         const uint32_t inverse[static LANES_TOGETHER], uint64_t rest[static LANES_TOGETHER])
{
    (void)words;
    (void)nwords;
    (void)product;
    (void)inverse;
    (void)rest;
}

void weakkey_lanes_power(const struct lanes_number *n, const uint64_t inverse[static LANES], size_t digits,
                         const uint8_t *exponent, size_t bits, struct lanes_number *x)
{
    (void)n;
    (void)inverse;
    (void)digits;
    (void)exponent;
    (void)bits;
    (void)x;
}

#endif
