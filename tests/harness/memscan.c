/*
 * Does a process hold the private half of a key? Usage: memscan KEY.pem|text:TEXT PID... Looks for 16 bytes out of the
 * middle of each private number, in both byte orders, or for a text of at most 16 bytes, in all memory that can be
 * read. Prints "PID clean" or "PID NUMBER" ("PID text").
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/pem.h>

enum { PATTERN = 16, CHUNK = 1 << 20 };

struct pattern {
    const char *name;
    size_t len;
    unsigned char bytes[2][PATTERN]; /* as written, and turned round */
};

static size_t patterns_of(EVP_PKEY *key, struct pattern *out)
{
    static const char *const names[] = {OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
                                        OSSL_PKEY_PARAM_PRIV_KEY};
    size_t n = 0;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        unsigned char whole[1024];
        BIGNUM *number = NULL;
        int len;

        if (EVP_PKEY_get_bn_param(key, names[i], &number) <= 0)
            continue;
        if ((len = BN_bn2bin(number, whole)) >= PATTERN) {
            out[n].name = names[i];
            out[n].len = PATTERN;
            for (int k = 0; k < PATTERN; k++) {
                out[n].bytes[0][k] = whole[(len - PATTERN) / 2 + k];
                out[n].bytes[1][PATTERN - 1 - k] = whole[(len - PATTERN) / 2 + k];
            }
            n++;
        }
        BN_clear_free(number);
    }
    return n;
}

static const char *look(const unsigned char *data, size_t len, const struct pattern *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (int order = 0; order < 2; order++)
            if (memmem(data, len, p[i].bytes[order], p[i].len) != NULL)
                return p[i].name;
    return NULL;
}

/* The number that was found, NULL for none; *read counts what was looked at. */
static const char *scan(const char *pid, const struct pattern *p, size_t n, size_t *looked)
{
    static unsigned char buffer[CHUNK + PATTERN];
    const char *found = NULL;
    char path[64], line[512];
    FILE *maps, *mem;

    (void)snprintf(path, sizeof path, "/proc/%s/maps", pid);
    maps = fopen(path, "r");
    (void)snprintf(path, sizeof path, "/proc/%s/mem", pid);
    mem = fopen(path, "r");
    while (maps != NULL && mem != NULL && found == NULL && fgets(line, sizeof line, maps) != NULL) {
        uint64_t from, to;
        char rights[5];

        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &from, &to, rights) != 3 || rights[0] != 'r' ||
            strstr(line, "[v") != NULL)
            continue;
        while (from < to && found == NULL) {
            size_t want = to - from < CHUNK + PATTERN ? (size_t)(to - from) : CHUNK + PATTERN, got;

            if (fseeko(mem, (off_t)from, SEEK_SET) != 0 || (got = fread(buffer, 1, want, mem)) == 0)
                break;
            *looked += got;
            found = look(buffer, got, p, n);
            from += got > PATTERN && got == want && want > CHUNK ? CHUNK : got;
        }
        clearerr(mem);
    }
    if (maps != NULL)
        (void)fclose(maps);
    if (mem != NULL)
        (void)fclose(mem);
    return found;
}

int main(int argc, char **argv)
{
    struct pattern patterns[4];
    const bool is_text = argc > 2 && strncmp(argv[1], "text:", 5) == 0 && strlen(argv[1]) > 5;
    FILE *file = argc > 2 && !is_text ? fopen(argv[1], "r") : NULL;
    EVP_PKEY *key = file != NULL ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    size_t n = key != NULL ? patterns_of(key, patterns) : 0;

    if (is_text && strlen(argv[1] + 5) <= PATTERN) {
        patterns[0] = (struct pattern){.name = "text", .len = strlen(argv[1] + 5)};
        for (int order = 0; order < 2; order++)
            memcpy(patterns[0].bytes[order], argv[1] + 5, patterns[0].len);
        n = 1;
    }
    if (n == 0) {
        fprintf(stderr, "memscan: KEY.pem|text:TEXT PID...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        size_t looked = 0;
        const char *found = scan(argv[i], patterns, n, &looked);

        if (looked == 0) {
            fprintf(stderr, "memscan: the memory of %s cannot be read\n", argv[i]);
            return 4;
        }
        printf("%s %s\n", argv[i], found != NULL ? found : "clean");
    }
    EVP_PKEY_free(key);
    if (file != NULL)
        (void)fclose(file);
    return 0;
}
