#include <libcert/inventory.h>

#include <string.h>

#include "store/phones.h"

static const char survey[] =
    "SELECT n.name, coalesce(i.model, ''), coalesce(i.address, ''), coalesce(i.how, ''), coalesce(i.seen, ''),"
    " coalesce(i.ctl, ''), coalesce(i.ctl_seen, ''), coalesce(i.itl, ''), coalesce(i.itl_seen, ''),"
    " coalesce(p.state, ''), coalesce(p.lsc, ''), coalesce(p.lsc_not_after, '')"
    " FROM (SELECT name FROM inventory UNION SELECT name FROM phones) AS n"
    " LEFT JOIN inventory AS i ON i.name = n.name LEFT JOIN phones AS p ON p.name = n.name"
    " WHERE (CAST($1 AS TEXT) IS NULL OR coalesce(i.ctl, '') = $1)"
    " AND (CAST($2 AS TEXT) IS NULL OR coalesce(i.itl, '') = $2)"
    " AND (CAST($3 AS TEXT) IS NULL OR coalesce(i.model, '') = $3)"
    " AND (CAST($4 AS TEXT) IS NULL OR substr(n.name, 1, length($4)) = $4) ORDER BY n.name";

static enum vox_err read_row(struct store_query *q, struct inventory_row *r)
{
    char state[16];

    memset(r, 0, sizeof *r);
    phones_text_at(q, 0, r->phone.name, sizeof r->phone.name);
    phones_text_at(q, 1, r->phone.model, sizeof r->phone.model);
    phones_text_at(q, 2, r->phone.address, sizeof r->phone.address);
    phones_text_at(q, 3, r->phone.how, sizeof r->phone.how);
    r->phone.seen = phones_time_at(q, 4);
    phones_text_at(q, 5, r->phone.ctl, sizeof r->phone.ctl);
    r->phone.ctl_seen = phones_time_at(q, 6);
    phones_text_at(q, 7, r->phone.itl, sizeof r->phone.itl);
    r->phone.itl_seen = phones_time_at(q, 8);
    phones_text_at(q, 9, state, sizeof state);
    phones_text_at(q, 10, r->lsc, sizeof r->lsc);
    r->lsc_not_after = phones_time_at(q, 11);
    r->capf = state[0] != '\0';
    if (q->rc == VOX_OK && r->capf && !phone_state_parse(state, &r->state))
        store_query_fail(q, vox_fail(q->err, VOX_E_STORE, "%s: the impossible state '%s'", r->phone.name, state));
    return q->rc;
}

enum vox_err inventory_survey(struct store *s, const struct inventory_filter *f,
                              bool (*each)(void *arg, const struct inventory_row *r), void *arg, struct vox_error *err)
{
    struct inventory_row r;
    struct store_query q;

    store_query_begin(&q, s, survey, err);
    store_query_text(&q, 1, f->ctl);
    store_query_text(&q, 2, f->itl);
    store_query_text(&q, 3, f->model);
    store_query_text(&q, 4, f->name_prefix);
    while (store_query_next(&q)) {
        if (read_row(&q, &r) != VOX_OK || !each(arg, &r))
            break;
    }
    return store_query_end(&q);
}
