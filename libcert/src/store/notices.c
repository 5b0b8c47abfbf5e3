#include <libcert/notices.h>

#include "store/phones.h"

enum { DAY = 86400 };

int notice_due(int64_t left, const int *at, size_t n, int told)
{
    int due = left < 0 ? NOTICE_ENDED : NOTICE_NONE;

    for (size_t i = 0; left >= 0 && i < n; i++)
        if (left / DAY < at[i] && (due == NOTICE_NONE || at[i] < due))
            due = at[i];
    if (due == NOTICE_NONE || told == NOTICE_NONE || due < told)
        return due;
    return left > (int64_t)(told + 1) * DAY ? due : NOTICE_NONE;
}

enum vox_err notice_get(struct store *s, const char *fingerprint, int *out, struct vox_error *err)
{
    struct store_query q;

    *out = NOTICE_NONE;
    store_query_begin(&q, s, "SELECT days FROM notices WHERE fingerprint = $1", err);
    store_query_text(&q, 1, fingerprint);
    if (store_query_next(&q))
        *out = (int)store_query_int_at(&q, 0); /* the table's own rule keeps it small */
    return store_query_end(&q);
}

enum vox_err notice_put(struct store *s, const char *fingerprint, int days, int64_t now, struct vox_error *err)
{
    char told[CLOCK_RFC3339_MAX];
    struct store_query q;

    clock_format(now, told);
    store_query_begin(&q, s,
                      "INSERT INTO notices (fingerprint, days, told)"
                      " SELECT fingerprint, CAST($2 AS INTEGER), CAST($3 AS TEXT) FROM certificates"
                      " WHERE fingerprint = $1"
                      " ON CONFLICT (fingerprint) DO UPDATE SET days = excluded.days, told = excluded.told",
                      err);
    store_query_text(&q, 1, fingerprint);
    store_query_int(&q, 2, days);
    store_query_text(&q, 3, told);
    return store_query_run(&q, NULL);
}
