#include <libcert/phones.h>

#include <string.h>
#include <strings.h>

#include "store/phones.h"

enum { KEY_TEXT_MAX = 32, RSA_SMALLEST = 512 };

void phones_time_text(int64_t t, char out[static CLOCK_RFC3339_MAX])
{
    out[0] = '\0';
    if (t != 0)
        clock_format(t, out);
}

void phones_text_at(struct store_query *q, int i, char *out, size_t outlen)
{
    struct bytes_view v = store_query_bytes(q, i);

    out[0] = '\0';
    if (v.len >= outlen || (v.len > 0 && memchr(v.data, '\0', v.len))) {
        store_query_fail(q, vox_fail(q->err, VOX_E_STORE, "the store is damaged: a text about a phone is too long"));
        return;
    }
    if (v.len > 0)
        memcpy(out, v.data, v.len);
    out[v.len] = '\0';
}

int64_t phones_time_at(struct store_query *q, int i)
{
    char text[CLOCK_RFC3339_MAX];
    int64_t t = 0;

    phones_text_at(q, i, text, sizeof text);
    if (text[0] != '\0' && clock_parse(text, &t, NULL) != VOX_OK)
        store_query_fail(q, vox_fail(q->err, VOX_E_STORE, "the store is damaged: '%s' is no time", text));
    return t;
}

enum vox_err phone_key_parse(const char *text, struct key_spec *out, struct vox_error *err)
{
    /* no certificate of a server may have it, so key_spec_parse() does not know it */
    if (strcasecmp(text, "rsa:512") == 0) {
        *out = (struct key_spec){.type = KEY_RSA, .rsa_bits = RSA_SMALLEST, .curve = NULL};
        return VOX_OK;
    }
    return key_spec_parse(text, out, err);
}

/* The texts that a row needs beside the record itself. */
struct row_text {
    char key[KEY_TEXT_MAX], not_before[CLOCK_RFC3339_MAX], by[CLOCK_RFC3339_MAX], since[CLOCK_RFC3339_MAX];
    char locked[CLOCK_RFC3339_MAX], lsc_end[CLOCK_RFC3339_MAX];
};

static enum vox_err check_record(const struct phone *p, struct row_text *t, struct vox_error *err)
{
    struct key_spec again;
    enum vox_err rc = phone_name_check(p->name, err);

    if (rc != VOX_OK)
        return rc;
    if (!phone_operation_word(p->operation) || !phone_proof_word(p->proof) || !phone_state_word(p->state))
        return vox_fail(err, VOX_E_USAGE, "phone %s: an operation, proof or state that there is not", p->name);
    key_spec_text(&p->key, t->key, sizeof t->key);
    rc = phone_key_parse(t->key, &again, err);
    if (rc != VOX_OK) {
        (void)vox_error_prefix(err, "phone %s", p->name);
        return rc;
    }
    phones_time_text(p->not_before, t->not_before);
    phones_time_text(p->by, t->by);
    phones_time_text(p->state_since, t->since);
    phones_time_text(p->locked_until, t->locked);
    phones_time_text(p->lsc_not_after, t->lsc_end);
    return VOX_OK;
}

/*
 * A string is good for one operation: it goes with the end of that one, whoever ends it. Wrong tries and the lock are
 * its own: a caller that read the record before a try must not put an older count back.
 */
static const char put_phone[] =
    "INSERT INTO phones (name, operation, proof, key, operation_id, not_before, complete_by, string, string_expires,"
    " state, reason, state_since, wrong, locked_until, lsc, lsc_not_after)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', $8, $9, $10, $11, $12, $13, $14)"
    " ON CONFLICT (name) DO UPDATE SET operation = excluded.operation, proof = excluded.proof, key = excluded.key,"
    " operation_id = excluded.operation_id, not_before = excluded.not_before, complete_by = excluded.complete_by,"
    " string = CASE WHEN excluded.operation = 'none' THEN '' ELSE phones.string END,"
    " string_expires = CASE WHEN excluded.operation = 'none' THEN '' ELSE phones.string_expires END,"
    " state = excluded.state, reason = excluded.reason, state_since = excluded.state_since,"
    " lsc = excluded.lsc, lsc_not_after = excluded.lsc_not_after";

enum vox_err phone_put(struct store *s, const struct phone *p, struct vox_error *err)
{
    struct row_text t;
    struct store_query q;
    enum vox_err rc = check_record(p, &t, err);

    if (rc != VOX_OK)
        return rc;
    store_query_begin(&q, s, put_phone, err);
    store_query_text(&q, 1, p->name);
    store_query_text(&q, 2, phone_operation_word(p->operation));
    store_query_text(&q, 3, phone_proof_word(p->proof));
    store_query_text(&q, 4, t.key);
    store_query_text(&q, 5, p->operation_id);
    store_query_text(&q, 6, t.not_before);
    store_query_text(&q, 7, t.by);
    store_query_text(&q, 8, phone_state_word(p->state));
    store_query_text(&q, 9, p->reason);
    store_query_text(&q, 10, t.since);
    store_query_int(&q, 11, p->wrong);
    store_query_text(&q, 12, t.locked);
    store_query_text(&q, 13, p->lsc);
    store_query_text(&q, 14, t.lsc_end);
    return store_query_run(&q, NULL);
}

/* The columns in the order of read_phone(). */
#define PHONE_COLUMNS                                                                                           \
    "name, operation, proof, key, operation_id, not_before, complete_by, string <> '', string_expires, state, " \
    "reason, state_since, wrong, locked_until, lsc, lsc_not_after"

static enum vox_err read_phone(struct store_query *q, struct phone *p)
{
    char operation[16], proof[16], key[KEY_TEXT_MAX], state[16];

    memset(p, 0, sizeof *p);
    phones_text_at(q, 0, p->name, sizeof p->name);
    phones_text_at(q, 1, operation, sizeof operation);
    phones_text_at(q, 2, proof, sizeof proof);
    phones_text_at(q, 3, key, sizeof key);
    phones_text_at(q, 4, p->operation_id, sizeof p->operation_id);
    p->not_before = phones_time_at(q, 5);
    p->by = phones_time_at(q, 6);
    p->has_string = store_query_int_at(q, 7) != 0;
    p->string_expires = phones_time_at(q, 8);
    phones_text_at(q, 9, state, sizeof state);
    phones_text_at(q, 10, p->reason, sizeof p->reason);
    p->state_since = phones_time_at(q, 11);
    p->wrong = (unsigned)store_query_int_at(q, 12);
    p->locked_until = phones_time_at(q, 13);
    phones_text_at(q, 14, p->lsc, sizeof p->lsc);
    p->lsc_not_after = phones_time_at(q, 15);
    if (q->rc == VOX_OK && (!phone_operation_parse(operation, &p->operation) || !phone_proof_parse(proof, &p->proof) ||
                            !phone_state_parse(state, &p->state) || phone_key_parse(key, &p->key, NULL) != VOX_OK))
        store_query_fail(
            q, vox_fail(q->err, VOX_E_STORE, "the store is damaged: the record of phone %s makes no sense", p->name));
    return q->rc;
}

static enum vox_err no_phone(const char *name, struct vox_error *err)
{
    return vox_fail(err, VOX_E_NOT_FOUND, "there is no phone '%s'", name);
}

enum vox_err phone_get(struct store *s, const char *name, struct phone *out, struct vox_error *err)
{
    struct store_query q;
    bool found;

    memset(out, 0, sizeof *out);
    store_query_begin(&q, s, "SELECT " PHONE_COLUMNS " FROM phones WHERE name = $1", err);
    store_query_text(&q, 1, name);
    found = store_query_next(&q);
    if (found)
        read_phone(&q, out);
    else if (q.rc == VOX_OK)
        store_query_fail(&q, no_phone(name, err));
    return store_query_end(&q);
}

enum vox_err phone_remove(struct store *s, const char *name, struct vox_error *err)
{
    struct store_query q;
    int64_t removed;
    enum vox_err rc;

    store_query_begin(&q, s, "DELETE FROM phones WHERE name = $1", err);
    store_query_text(&q, 1, name);
    rc = store_query_run(&q, &removed);
    return rc == VOX_OK && removed == 0 ? no_phone(name, err) : rc;
}

#define PHONE_FILTER                                                                  \
    " FROM phones WHERE (CAST($1 AS TEXT) IS NULL OR state = $1)"                     \
    " AND (CAST($2 AS TEXT) IS NULL OR locked_until > $2)"                            \
    " AND (CAST($3 AS TEXT) IS NULL OR (lsc_not_after <> '' AND lsc_not_after < $3))" \
    " AND (CAST($4 AS TEXT) IS NULL OR substr(name, 1, length($4)) = $4)"

/* Times stand in columns so that they sort as texts. */
struct filter_text {
    char now[CLOCK_RFC3339_MAX], before[CLOCK_RFC3339_MAX];
};

static void begin_filtered(struct store_query *q, struct store *s, const char *sql, const struct phone_filter *f,
                           struct filter_text *t, struct vox_error *err)
{
    clock_format(f->now, t->now);
    clock_format(f->lsc_ends_before, t->before);
    store_query_begin(q, s, sql, err);
    store_query_text(q, 1, f->state >= 0 ? phone_state_word((enum phone_state)f->state) : NULL);
    store_query_text(q, 2, f->locked ? t->now : NULL);
    store_query_text(q, 3, f->lsc_ends_before != 0 ? t->before : NULL);
    store_query_text(q, 4, f->name_prefix);
}

static const struct phone_filter any_phone = {.state = -1};

enum vox_err phones_each(struct store *s, const struct phone_filter *f, bool (*each)(void *arg, const struct phone *p),
                         void *arg, struct vox_error *err)
{
    struct filter_text t;
    struct store_query q;
    struct phone p;

    begin_filtered(&q, s, "SELECT " PHONE_COLUMNS PHONE_FILTER " ORDER BY name", f ? f : &any_phone, &t, err);
    while (store_query_next(&q)) {
        if (read_phone(&q, &p) != VOX_OK || !each(arg, &p))
            break;
    }
    return store_query_end(&q);
}

enum vox_err phones_tally(struct store *s, int64_t now, int64_t ends_before, struct phones_tally *out,
                          struct vox_error *err)
{
    char now_text[CLOCK_RFC3339_MAX], before[CLOCK_RFC3339_MAX], word[16];
    struct store_query q;
    enum phone_state state;

    memset(out, 0, sizeof *out);
    clock_format(now, now_text);
    clock_format(ends_before, before);
    store_query_begin(&q, s,
                      "SELECT state, count(*), sum(locked_until > $1), sum(lsc_not_after <> ''),"
                      " sum(lsc_not_after <> '' AND lsc_not_after >= $1 AND lsc_not_after < $2),"
                      " sum(lsc_not_after <> '' AND lsc_not_after < $1) FROM phones GROUP BY state",
                      err);
    store_query_text(&q, 1, now_text);
    store_query_text(&q, 2, before);
    while (store_query_next(&q)) {
        phones_text_at(&q, 0, word, sizeof word);
        if (!phone_state_parse(word, &state))
            continue; /* the table's own rule has no other */
        out->by_state[state] = store_query_int_at(&q, 1);
        out->all += store_query_int_at(&q, 1);
        out->locked += store_query_int_at(&q, 2);
        out->with_lsc += store_query_int_at(&q, 3);
        out->ending += store_query_int_at(&q, 4);
        out->ended += store_query_int_at(&q, 5);
    }
    return store_query_end(&q);
}
