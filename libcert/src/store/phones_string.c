#include <libcert/phones.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <libcert/file.h>

#include "store/phones.h"

enum {
    KEY_LEN = 32,
    KEY_FILE_MAX = 256,
    HASH_LEN = 32,
    HASH_HEX_MAX = 2 * HASH_LEN + 1,
    WRONG_FREE = 4, /* tries that cost no time: the 5th locks */
    WAIT_FIRST = 30,
    WAIT_MAX = 15 * 60,
};

static const char KEY_FILE[] = "capf-strings.key";

struct phones_key {
    uint8_t key[KEY_LEN];
};

int64_t phones_wait(unsigned wrong, unsigned first)
{
    unsigned doubled = wrong < first ? 0 : wrong - first;

    if (wrong < first)
        return 0;
    return doubled > 5 ? WAIT_MAX : WAIT_FIRST << doubled < WAIT_MAX ? WAIT_FIRST << doubled : WAIT_MAX;
}

/* Digits and a line end, as all of the folder's files are text. */
static enum vox_err make_key(const char *dir, const char *path, struct vox_error *err)
{
    uint8_t key[KEY_LEN];
    char text[2 * KEY_LEN + 2];
    enum vox_err rc = file_make_private_dir(dir, err);

    if (rc != VOX_OK)
        return rc;
    if (RAND_bytes(key, sizeof key) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no random numbers for the key of authentication strings");
    hex_encode(key, sizeof key, text);
    text[2 * KEY_LEN] = '\n';
    rc = file_create_kept(path, text, 2 * KEY_LEN + 1, err);
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(text, sizeof text);
    if (rc == VOX_E_EXISTS) /* another program was faster: its key it is */
        return VOX_OK;
    if (rc != VOX_OK)
        (void)vox_error_prefix(err, "%s", path);
    return rc;
}

static enum vox_err read_key(const char *path, struct phones_key **out, struct vox_error *err)
{
    struct bytes text, raw = {NULL, 0};
    enum vox_err rc = file_read_private(path, KEY_FILE_MAX, &text, err);

    if (rc != VOX_OK) {
        (void)vox_error_prefix(err, "%s", path);
        return rc;
    }
    if (text.len == 2 * KEY_LEN + 1 && text.data[2 * KEY_LEN] == '\n') {
        text.data[2 * KEY_LEN] = '\0';
        (void)hex_decode((const char *)text.data, &raw, NULL);
    }
    bytes_wipe(&text);
    if (raw.len != KEY_LEN) {
        bytes_wipe(&raw);
        return vox_fail(err, VOX_E_STORE,
                        "%s: damaged: remove it, and set the authentication strings anew that phones wait for", path);
    }
    *out = malloc(sizeof **out);
    if (*out)
        memcpy((*out)->key, raw.data, KEY_LEN);
    bytes_wipe(&raw);
    return *out ? VOX_OK : vox_fail(err, VOX_E_MEMORY, "no memory");
}

enum vox_err phones_key_open(struct store *s, bool make, struct phones_key **out, struct vox_error *err)
{
    struct vox_error why = {.text = ""};
    char *path;
    enum vox_err rc;

    *out = NULL;
    if (asprintf(&path, "%s/%s", store_key_dir(s), KEY_FILE) < 0)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    rc = read_key(path, out, &why);
    if (rc == VOX_E_NOT_FOUND && make) {
        rc = make_key(store_key_dir(s), path, &why);
        if (rc == VOX_OK)
            rc = read_key(path, out, &why);
    }
    if (rc != VOX_OK && err)
        *err = why;
    free(path);
    return rc;
}

void phones_key_free(struct phones_key **k)
{
    if (*k) {
        OPENSSL_cleanse(*k, sizeof **k);
        free(*k);
    }
    *k = NULL;
}

/* docs/formats/store.md 6.3. At most PHONE_STRING_MAX digits go in; of a longer text the front. */
static enum vox_err keyed_hash(const struct phones_key *key, const char *name, const uint8_t *digits, size_t ndigits,
                               uint8_t out[static HASH_LEN], struct vox_error *err)
{
    uint8_t text[PHONE_NAME_MAX + 1 + PHONE_STRING_MAX];
    size_t nname = strlen(name), n = ndigits < PHONE_STRING_MAX ? ndigits : PHONE_STRING_MAX;
    unsigned len = 0;
    enum vox_err rc = VOX_OK;

    memcpy(text, name, nname + 1);
    if (n > 0)
        memcpy(text + nname + 1, digits, n);
    if (!HMAC(EVP_sha256(), key->key, KEY_LEN, text, nname + 1 + n, out, &len) || len != HASH_LEN)
        rc = vox_fail_openssl(err, VOX_E_CRYPTO, "the keyed hash of an authentication string cannot be computed");
    OPENSSL_cleanse(text, sizeof text);
    return rc;
}

static bool is_string(const uint8_t *digits, size_t n)
{
    bool good = n >= PHONE_STRING_MIN && n <= PHONE_STRING_MAX;

    for (size_t i = 0; i < n && i < PHONE_STRING_MAX; i++)
        good = good & (digits[i] >= '0' && digits[i] <= '9');
    return good;
}

enum vox_err phone_string_set(struct store *s, const struct phones_key *key, const char *name, const char *digits,
                              int64_t expires, struct vox_error *err)
{
    char hex[HASH_HEX_MAX] = "", until[CLOCK_RFC3339_MAX] = "";
    uint8_t hash[HASH_LEN];
    struct store_query q;
    int64_t changed;
    enum vox_err rc = phone_name_check(name, err);

    if (rc != VOX_OK)
        return rc;
    if (digits && digits[0] != '\0') {
        if (!is_string((const uint8_t *)digits, strlen(digits)))
            return vox_fail(err, VOX_E_USAGE, "an authentication string has %d to %d digits and nothing else",
                            PHONE_STRING_MIN, PHONE_STRING_MAX);
        if ((rc = keyed_hash(key, name, (const uint8_t *)digits, strlen(digits), hash, err)) != VOX_OK)
            return rc;
        hex_encode(hash, sizeof hash, hex);
        phones_time_text(expires, until);
    }
    store_query_begin(&q, s,
                      "UPDATE phones SET string = $2, string_expires = $3, wrong = 0, locked_until = ''"
                      " WHERE name = $1",
                      err);
    store_query_text(&q, 1, name);
    store_query_text(&q, 2, hex);
    store_query_text(&q, 3, until);
    rc = store_query_run(&q, &changed);
    if (rc == VOX_OK && changed == 0)
        rc = vox_fail(err, VOX_E_NOT_FOUND, "there is no phone '%s'", name);
    return rc;
}

enum vox_err phone_string_random(unsigned ndigits, char out[static PHONE_STRING_MAX + 1], struct vox_error *err)
{
    unsigned n = 0;
    uint8_t byte;

    memset(out, 0, PHONE_STRING_MAX + 1);
    if (ndigits < PHONE_STRING_MIN || ndigits > PHONE_STRING_MAX)
        return vox_fail(err, VOX_E_USAGE, "an authentication string has %d to %d digits", PHONE_STRING_MIN,
                        PHONE_STRING_MAX);
    while (n < ndigits) {
        if (RAND_bytes(&byte, 1) <= 0) {
            OPENSSL_cleanse(out, PHONE_STRING_MAX + 1);
            return vox_fail_openssl(err, VOX_E_CRYPTO, "no random numbers for an authentication string");
        }
        if (byte < 250) /* the last six would favour small digits */
            out[n++] = (char)('0' + byte % 10);
    }
    return VOX_OK;
}

/* What the store knows of a phone's string; of an unknown phone, what it knows of its neighbour. */
struct kept_string {
    bool known, pending;
    char hash[HASH_HEX_MAX]; /* "" for none */
    int64_t expires, locked_until;
    unsigned wrong;
};

/*
 * The row that is read and written: the phone's own, or its neighbour's when there is no such phone. So both cost the
 * same, down to the page that a commit brings to the disk; a neighbour is not changed.
 */
#define ROW_OR_NEIGHBOUR                                                                         \
    " WHERE name = COALESCE((SELECT min(name) FROM phones WHERE name >= $1), (SELECT max(name) " \
    "FROM phones))"

static enum vox_err read_string(struct store *s, const char *name, struct kept_string *out, struct vox_error *err)
{
    struct store_query q;

    *out = (struct kept_string){.known = false};
    store_query_begin(&q, s,
                      "SELECT name = $1, string, string_expires, operation <> 'none', wrong, locked_until FROM "
                      "phones" ROW_OR_NEIGHBOUR,
                      err);
    store_query_text(&q, 1, name);
    if (store_query_next(&q)) {
        out->known = store_query_int_at(&q, 0) != 0;
        phones_text_at(&q, 1, out->hash, sizeof out->hash);
        out->expires = phones_time_at(&q, 2);
        out->pending = store_query_int_at(&q, 3) != 0;
        out->wrong = (unsigned)store_query_int_at(&q, 4);
        out->locked_until = phones_time_at(&q, 5);
    }
    return store_query_end(&q);
}

static enum vox_err write_tries(struct store *s, const char *name, unsigned wrong, int64_t locked_until,
                                struct vox_error *err)
{
    char until[CLOCK_RFC3339_MAX];
    struct store_query q;

    phones_time_text(locked_until, until);
    store_query_begin(&q, s,
                      "UPDATE phones SET wrong = CASE WHEN name = $1 THEN $2 ELSE wrong END,"
                      " locked_until = CASE WHEN name = $1 THEN $3 ELSE locked_until END" ROW_OR_NEIGHBOUR,
                      err);
    store_query_text(&q, 1, name);
    store_query_int(&q, 2, wrong);
    store_query_text(&q, 3, until);
    return store_query_run(&q, NULL);
}

/* Does the hash that was kept fit? The same steps whether there is one or not. */
static bool same_hash(const char kept[static HASH_HEX_MAX], const uint8_t tried[static HASH_LEN])
{
    char hex[HASH_HEX_MAX], against[HASH_HEX_MAX] = "";
    bool same;

    hex_encode(tried, HASH_LEN, hex);
    memcpy(against, kept, HASH_HEX_MAX);
    same = CRYPTO_memcmp(hex, against, HASH_HEX_MAX - 1) == 0;
    OPENSSL_cleanse(hex, sizeof hex);
    return same;
}

enum vox_err phone_string_try(struct store *s, const struct phones_key *key, const char *name, const uint8_t *digits,
                              size_t ndigits, int64_t now, struct vox_error *err)
{
    char until[CLOCK_RFC3339_MAX];
    uint8_t hash[HASH_LEN];
    struct kept_string kept;
    bool same, right, locked;
    enum vox_err rc = phone_name_check(name, err);

    if (rc != VOX_OK || (rc = read_string(s, name, &kept, err)) != VOX_OK ||
        (rc = keyed_hash(key, name, digits, ndigits, hash, err)) != VOX_OK)
        return rc;
    same = same_hash(kept.hash, hash); /* whatever else speaks against it */
    right =
        same && is_string(digits, ndigits) && (kept.expires == 0 || now < kept.expires) && kept.pending && kept.known;
    OPENSSL_cleanse(hash, sizeof hash);
    const int64_t longest = now + phones_wait(kept.wrong, WRONG_FREE + 1);
    if (kept.locked_until > longest) /* the clock was put back since */
        kept.locked_until = longest;
    locked = kept.locked_until > now;
    if (right && !locked)
        return write_tries(s, name, 0, 0, err);
    /* Neither an early knock nor an empty one is a guess: a phone that repeats itself must not lock itself out. */
    if (!locked && ndigits > 0) {
        kept.wrong += kept.wrong < UINT32_MAX / 2;
        if (kept.wrong > WRONG_FREE)
            kept.locked_until = now + phones_wait(kept.wrong, WRONG_FREE + 1);
    }
    rc = write_tries(s, name, kept.wrong, kept.locked_until, err);
    if (rc != VOX_OK)
        return rc;
    clock_format(kept.locked_until, until);
    if (!kept.known)
        return vox_fail(err, VOX_E_NO, "there is no such phone");
    if (locked)
        return vox_fail(err, VOX_E_NO, "locked until %s after %u wrong authentication strings", until, kept.wrong);
    if (kept.hash[0] == '\0' || !kept.pending)
        return vox_fail(err, VOX_E_NO, "no authentication string is set");
    if (kept.expires != 0 && now >= kept.expires)
        return vox_fail(err, VOX_E_NO, "the authentication string has expired");
    if (ndigits == 0)
        return vox_fail(err, VOX_E_NO, "the phone sent no authentication string");
    if (kept.wrong > WRONG_FREE)
        return vox_fail(err, VOX_E_NO, "wrong authentication string (%u in a row), locked until %s", kept.wrong, until);
    return vox_fail(err, VOX_E_NO, "wrong authentication string (%u in a row)", kept.wrong);
}
