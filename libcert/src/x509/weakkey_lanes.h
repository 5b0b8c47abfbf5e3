/*
 * Arithmetic on eight numbers at once, for processors that have it (AVX-512 with IFMA): the examination of phones' keys
 * is most of what an issuer computes. Everything here has a slower form elsewhere, which is taken when
 * weakkey_lanes_here() is false.
 */
#ifndef X509_WEAKKEY_LANES_H
#define X509_WEAKKEY_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LANES = 8,
    LANES_TOGETHER = 32,    /* small products whose rests are taken together */
    LANES_DIGIT = 52,       /* bits of a digit */
    LANES_DIGITS_MAX = 100, /* 5,200 bits; columns of products do not overflow 64 bits up to there */
    LANES_HEADROOM = 8,     /* bits that a modulus must leave free in its digits */
};

/* A number of each lane, lowest digit first. */
struct lanes_number {
    _Alignas(64) uint64_t digit[LANES_DIGITS_MAX][LANES];
};

/* weakkey_lanes_here(): may the others be called on this processor? */
bool weakkey_lanes_here(void);

/* weakkey_lanes_rests(words, nwords, product, inverse, rest): of the number of these words, lowest first, its rest
 * modulo each product up to a power of 2^32, by Montgomery's reduction. product: odd; inverse: -1 / product modulo
 * 2^32. */
void weakkey_lanes_rests(const uint32_t *words, size_t nwords, const uint32_t product[static LANES_TOGETHER],
                         const uint32_t inverse[static LANES_TOGETHER], uint64_t rest[static LANES_TOGETHER]);

/*
 * weakkey_lanes_power(n, inverse, digits, exponent, bits, x): x becomes x^(2^bits) times two to the exponent, in each
 * lane, up to a multiple of n and less than 3n, where n has LANES_HEADROOM bits less than its digits hold; all in
 * Montgomery's form to R = 2^(52 * digits). digits: even. inverse: -1 / n modulo 2^52. exponent: its bits, the highest
 * of them first, one mask of lanes each. x starts as R modulo n: one.
 */
void weakkey_lanes_power(const struct lanes_number *n, const uint64_t inverse[static LANES], size_t digits,
                         const uint8_t *exponent, size_t bits, struct lanes_number *x);

#endif
