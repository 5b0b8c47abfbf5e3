#include <libcert/audit.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <libcert/clock.h>
#include <libcert/tlv.h>

#include "store/audit_who.h"
#include "store/query.h"
#include "store/text.h"

enum {
    HASH_LEN = 32,
    HASH_HEX_MAX = 2 * HASH_LEN + 1,
    COUNT_MAX = 24,
    INPUT_MAX = 1 << 20, /* bytes under one hash; names are at most some KB */
};

static const char KEY_COUNT[] = "audit.count";
static const char KEY_HEAD[] = "audit.head";

/* The end of the chain: number and hash of its last entry. An empty chain has number 0 and 32 zero bytes. */
struct head {
    int64_t count;
    uint8_t hash[HASH_LEN];
};

static void put_field(struct tlv_writer *w, const void *data, size_t len)
{
    tlv_put_u32(w, (uint32_t)len);
    tlv_put(w, data, len);
}

/* docs/formats/store.md 4.1 */
static enum vox_err chain_hash(const uint8_t previous[static HASH_LEN], const struct audit_entry *e,
                               uint8_t out[static HASH_LEN], struct vox_error *err)
{
    const char *const fields[] = {e->time, e->who, e->what, e->result};
    struct tlv_writer w = tlv_writer(INPUT_MAX);
    struct bytes input = {NULL, 0};
    enum vox_err rc;

    put_field(&w, previous, HASH_LEN);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        put_field(&w, fields[i], strlen(fields[i]));
    rc = tlv_finish(&w, &input, err);
    if (rc != VOX_OK)
        return rc;
    if (EVP_Digest(input.data, input.len, out, NULL, EVP_sha256(), NULL) <= 0)
        rc = vox_fail_openssl(err, VOX_E_CRYPTO, "SHA-256 cannot be computed");
    bytes_free(&input);
    return rc;
}

/* VOX_E_NO when the two settings, which are there from the start, are missing or make no sense. */
static enum vox_err read_head(struct store *s, struct head *out, struct vox_error *err)
{
    char *count = NULL, *hash = NULL;
    struct bytes raw = {NULL, 0};
    char *end;
    enum vox_err rc;

    memset(out, 0, sizeof *out);
    rc = store_setting_get(s, KEY_COUNT, &count, err);
    if (rc == VOX_OK)
        rc = store_setting_get(s, KEY_HEAD, &hash, err);
    if (rc != VOX_OK)
        goto out;
    if (!count || !hash || hex_decode(hash, &raw, NULL) != VOX_OK || raw.len != HASH_LEN) {
        rc = vox_fail(err, VOX_E_NO, "the record of the audit log's end is damaged");
        goto out;
    }
    memcpy(out->hash, raw.data, HASH_LEN);
    out->count = strtoll(count, &end, 10);
    if (*end != '\0' || out->count < 0)
        rc = vox_fail(err, VOX_E_NO, "the record of the audit log's end is damaged");
out:
    free(count);
    free(hash);
    bytes_free(&raw);
    return rc;
}

static enum vox_err write_head(struct store *s, const struct head *h, struct vox_error *err)
{
    char count[COUNT_MAX], hash[HASH_HEX_MAX];
    enum vox_err rc;

    snprintf(count, sizeof count, "%" PRId64, h->count);
    hex_encode(h->hash, HASH_LEN, hash);
    rc = store_setting_put(s, KEY_COUNT, count, err);
    return rc == VOX_OK ? store_setting_put(s, KEY_HEAD, hash, err) : rc;
}

static enum vox_err insert(struct store *s, const struct audit_entry *e, const struct head *h, struct vox_error *err)
{
    char hash[HASH_HEX_MAX];
    struct store_query q;
    enum vox_err rc;

    hex_encode(h->hash, HASH_LEN, hash);
    store_query_begin(&q, s,
                      "INSERT INTO audit (number, time, who, what, result, hash) VALUES ($1, $2, $3, $4, $5, $6)", err);
    store_query_int(&q, 1, h->count);
    store_query_text(&q, 2, e->time);
    store_query_text(&q, 3, e->who);
    store_query_text(&q, 4, e->what);
    store_query_text(&q, 5, e->result);
    store_query_text(&q, 6, hash);
    rc = store_query_run(&q, NULL);
    if (rc == VOX_E_EXISTS)
        rc =
            vox_fail(err, VOX_E_STORE, "the audit log has entries after its recorded end: see 'voxtrust log --verify'");
    return rc;
}

static enum vox_err append(struct store *s, const struct audit_entry *e, struct vox_error *err)
{
    struct head h;
    uint8_t next[HASH_LEN];
    enum vox_err rc = read_head(s, &h, err);

    if (rc == VOX_E_NO) /* what to answer is up to audit_verify(); here it is in the way */
        return vox_fail(err, VOX_E_STORE,
                        "the record of the audit log's end is damaged: put a backup in place with 'voxtrust restore'");
    if (rc == VOX_OK)
        rc = chain_hash(h.hash, e, next, err);
    if (rc != VOX_OK)
        return rc;
    memcpy(h.hash, next, HASH_LEN);
    h.count++;
    rc = insert(s, e, &h, err);
    return rc == VOX_OK ? write_head(s, &h, err) : rc;
}

enum vox_err audit_append(struct store *s, const char *what, const char *result, struct vox_error *err)
{
    char time[CLOCK_RFC3339_MAX];
    struct audit_entry e = {.time = time, .who = NULL};
    bool own;
    enum vox_err rc = VOX_E_MEMORY;

    clock_format(clock_now(), time);
    e.who = store_text_printable(audit_who_now(&s->who), err);
    e.what = e.who ? store_text_printable(what, err) : NULL;
    e.result = e.what ? store_text_printable(result, err) : NULL;
    if (!e.result)
        goto out;
    rc = store_step_begin(s, &own, err);
    if (rc != VOX_OK)
        goto out;
    rc = append(s, &e, err);
    rc = store_step_end(s, own, rc, err);
out:
    free(e.who);
    free(e.what);
    free(e.result);
    return rc;
}

static void clear(struct audit_entry *e)
{
    free(e->time);
    free(e->who);
    free(e->what);
    free(e->result);
    free(e->hash);
}

static void read_row(struct store_query *q, struct audit_entry *e)
{
    e->number = store_query_int_at(q, 0);
    e->time = store_query_copy_text(q, 1);
    e->who = store_query_copy_text(q, 2);
    e->what = store_query_copy_text(q, 3);
    e->result = store_query_copy_text(q, 4);
    e->hash = store_query_copy_text(q, 5);
}

/* All rows of a question that was asked, and its end. */
static enum vox_err read_rows(struct store_query *q, struct audit_entry **out, size_t *n)
{
    struct audit_entry *list = NULL;
    size_t count = 0;
    enum vox_err rc;

    *out = NULL;
    *n = 0;
    while (store_query_next(q)) {
        struct audit_entry *more = reallocarray(list, count + 1, sizeof *list);
        if (!more) {
            store_query_fail(q, vox_fail(q->err, VOX_E_MEMORY, "no memory"));
            break;
        }
        list = more;
        memset(&list[count], 0, sizeof list[count]);
        read_row(q, &list[count++]);
    }
    rc = store_query_end(q);
    if (rc != VOX_OK) {
        audit_entries_free(&list, count);
        return rc;
    }
    *out = list;
    *n = count;
    return VOX_OK;
}

enum vox_err audit_entries(struct store *s, size_t last, struct audit_entry **out, size_t *n, struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s,
                      "SELECT number, time, who, what, result, hash FROM audit"
                      " WHERE $1 = 0 OR number > (SELECT MAX(number) FROM audit) - $1 ORDER BY number",
                      err);
    store_query_int(&q, 1, last > INT64_MAX / 2 ? 0 : (int64_t)last);
    return read_rows(&q, out, n);
}

/* What replace() changes has the word in it: a function that all engines call the same. */
enum vox_err audit_entries_about(struct store *s, const char *word, struct audit_entry **out, size_t *n,
                                 struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s,
                      "SELECT number, time, who, what, result, hash FROM audit WHERE"
                      " replace(' ' || replace(replace(replace(what, ',', ' '), ':', ' '), ';', ' ') || ' ',"
                      " ' ' || $1 || ' ', '') <>"
                      " ' ' || replace(replace(replace(what, ',', ' '), ':', ' '), ';', ' ') || ' ' ORDER BY number",
                      err);
    store_query_text(&q, 1, word);
    return read_rows(&q, out, n);
}

void audit_entries_free(struct audit_entry **list, size_t n)
{
    for (size_t i = 0; *list && i < n; i++)
        clear(&(*list)[i]);
    free(*list);
    *list = NULL;
}

/* Does e follow from *at? Then *at moves on to it. */
static enum vox_err follow(struct head *at, const struct audit_entry *e, struct vox_error *err)
{
    uint8_t next[HASH_LEN];
    char hash[HASH_HEX_MAX];
    enum vox_err rc;

    if (e->number != at->count + 1)
        return vox_fail(err, VOX_E_NO, "entry %" PRId64 " of the audit log is missing", at->count + 1);
    rc = chain_hash(at->hash, e, next, err);
    if (rc != VOX_OK)
        return rc;
    hex_encode(next, HASH_LEN, hash);
    if (strcmp(hash, e->hash) != 0)
        return vox_fail(err, VOX_E_NO, "entry %" PRId64 " of the audit log does not follow from the one before",
                        e->number);
    memcpy(at->hash, next, HASH_LEN);
    at->count++;
    return VOX_OK;
}

static enum vox_err verify_rows(struct store *s, struct head *at, struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s, "SELECT number, time, who, what, result, hash FROM audit ORDER BY number", err);
    while (store_query_next(&q)) {
        struct audit_entry e = {0};
        read_row(&q, &e);
        if (q.rc == VOX_OK)
            store_query_fail(&q, follow(at, &e, err));
        clear(&e);
    }
    return store_query_end(&q);
}

enum vox_err audit_verify(struct store *s, int64_t *count, struct vox_error *err)
{
    struct head end, at = {0};
    bool own;
    enum vox_err rc;

    *count = 0;
    rc = store_snapshot_begin(s, &own, err);
    if (rc != VOX_OK)
        return rc;
    rc = verify_rows(s, &at, err);
    *count = at.count;
    if (rc == VOX_OK)
        rc = read_head(s, &end, err);
    store_snapshot_end(s, own);
    if (rc != VOX_OK)
        return rc;
    if (at.count < end.count)
        return vox_fail(err, VOX_E_NO, "entry %" PRId64 " of the audit log is missing: it had %" PRId64 " at least",
                        at.count + 1, end.count);
    if (at.count > end.count)
        return vox_fail(err, VOX_E_NO, "entry %" PRId64 " of the audit log was not written by voxtrust", end.count + 1);
    if (memcmp(at.hash, end.hash, HASH_LEN) != 0)
        return vox_fail(err, VOX_E_NO, "entry %" PRId64 " of the audit log is not the one that was written last",
                        at.count);
    return VOX_OK;
}
