/*
 * What was wiped. A program that includes this has OPENSSL_cleanse() of its own, which keeps what it is given before it
 * overwrites it: so a test can ask whether a secret that it knows was wiped before its memory was given back, and in
 * how many places.
 */
#ifndef TEST_WIPED_H
#define TEST_WIPED_H

#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>

static uint8_t wiped_bytes[1 << 18];
static size_t wiped_len;

/* Forget what was wiped so far. */
static inline void wiped_begin(void)
{
    wiped_len = 0;
}

void OPENSSL_cleanse(void *p, size_t n)
{
    volatile uint8_t *at = p;

    if (n <= sizeof wiped_bytes - wiped_len) {
        if (n > 0)
            memcpy(wiped_bytes + wiped_len, p, n);
        wiped_len += n;
    }
    for (size_t i = 0; i < n; i++)
        at[i] = 0;
}

/* How often the secret was wiped since. Not counted where it overlaps itself. */
static inline size_t wiped_times(const void *secret, size_t n)
{
    const uint8_t *at = wiped_bytes;
    size_t times = 0;

    while ((at = memmem(at, wiped_len - (size_t)(at - wiped_bytes), secret, n)) != NULL) {
        times++;
        at += n;
    }
    return times;
}

#endif
