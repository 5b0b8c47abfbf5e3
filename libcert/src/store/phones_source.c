#include <libcert/phones.h>

#include "store/phones.h"
#include "store/text.h"

enum {
    SOURCE_FIRST = 20,         /* wrong tries from one address until it has to wait */
    SOURCE_FORGET = 24 * 3600, /* seconds of quiet after which they begin anew: addresses are shared and change hands */
};

/* The clock was put back since: its wait begins now. */
static enum vox_err begin_anew(struct store *s, const char *source, int64_t now, int64_t until, struct vox_error *err)
{
    char until_text[CLOCK_RFC3339_MAX], now_text[CLOCK_RFC3339_MAX];
    struct store_query q;

    phones_time_text(until, until_text);
    clock_format(now, now_text);
    store_query_begin(&q, s, "UPDATE phone_sources SET locked_until = $2, last = $3 WHERE source = $1", err);
    store_query_text(&q, 1, source);
    store_query_text(&q, 2, until_text);
    store_query_text(&q, 3, now_text);
    return store_query_run(&q, NULL);
}

enum vox_err phone_source_locked(struct store *s, const char *source, int64_t now, int64_t *out, struct vox_error *err)
{
    struct store_query q;
    int64_t until = 0, last = 0, longest = now;
    enum vox_err rc;

    store_query_begin(&q, s, "SELECT locked_until, last, wrong FROM phone_sources WHERE source = $1", err);
    store_query_text(&q, 1, source);
    if (store_query_next(&q)) {
        until = phones_time_at(&q, 0);
        last = phones_time_at(&q, 1);
        longest += phones_wait((unsigned)store_query_int_at(&q, 2), SOURCE_FIRST);
    }
    *out = 0;
    if ((rc = store_query_end(&q)) != VOX_OK)
        return rc;
    if (last > now || until > longest) {
        until = until > longest ? longest : until;
        if ((rc = begin_anew(s, source, now, until, err)) != VOX_OK)
            return rc;
    }
    *out = until > now ? until : 0;
    return VOX_OK;
}

static enum vox_err read_source(struct store *s, const char *source, unsigned *wrong, int64_t *last,
                                struct vox_error *err)
{
    struct store_query q;

    *wrong = 0;
    *last = 0;
    store_query_begin(&q, s, "SELECT wrong, last FROM phone_sources WHERE source = $1", err);
    store_query_text(&q, 1, source);
    if (store_query_next(&q)) {
        *wrong = (unsigned)store_query_int_at(&q, 0);
        *last = phones_time_at(&q, 1);
    }
    return store_query_end(&q);
}

/* The oldest go: once in a while many, so that it costs little each time. */
static enum vox_err make_room(struct store *s, struct vox_error *err)
{
    struct store_query q;
    int64_t n = 0;
    enum vox_err rc;

    store_query_begin(&q, s, "SELECT count(*) FROM phone_sources", err);
    if (store_query_next(&q))
        n = store_query_int_at(&q, 0);
    rc = store_query_end(&q);
    if (rc != VOX_OK || n < PHONE_SOURCES_MAX)
        return rc;
    store_query_begin(&q, s,
                      "DELETE FROM phone_sources WHERE source IN"
                      " (SELECT source FROM phone_sources ORDER BY last, source LIMIT $1)",
                      err);
    store_query_int(&q, 1, n - PHONE_SOURCES_MAX + PHONE_SOURCES_MAX / 16);
    return store_query_run(&q, NULL);
}

enum vox_err phone_source_wrong(struct store *s, const char *source, int64_t now, struct vox_error *err)
{
    char until[CLOCK_RFC3339_MAX], text[CLOCK_RFC3339_MAX];
    struct store_query q;
    unsigned wrong;
    int64_t last, wait;
    bool own;
    enum vox_err rc = store_text_check_name("address", source, err);

    if (rc != VOX_OK || (rc = store_step_begin(s, &own, err)) != VOX_OK)
        return rc;
    if ((rc = read_source(s, source, &wrong, &last, err)) != VOX_OK)
        goto out;
    if (wrong == 0 && (rc = make_room(s, err)) != VOX_OK)
        goto out;
    wrong = wrong == 0 || now - last >= SOURCE_FORGET ? 1 : wrong + (wrong < UINT32_MAX / 2);
    wait = phones_wait(wrong, SOURCE_FIRST);
    phones_time_text(wait > 0 ? now + wait : 0, until);
    clock_format(now, text);
    store_query_begin(&q, s,
                      "INSERT INTO phone_sources (source, wrong, locked_until, last) VALUES ($1, $2, $3, $4)"
                      " ON CONFLICT (source) DO UPDATE SET wrong = excluded.wrong,"
                      " locked_until = excluded.locked_until, last = excluded.last",
                      err);
    store_query_text(&q, 1, source);
    store_query_int(&q, 2, wrong);
    store_query_text(&q, 3, until);
    store_query_text(&q, 4, text);
    rc = store_query_run(&q, NULL);
out:
    return store_step_end(s, own, rc, err);
}
