#include "impact.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctl/verify.h>

#include "group_held.h"

/* One question, asked of every group of phones. */
struct question {
    struct store *s;
    const struct ctl_list *offered; /* or: */
    const struct impact_certificates *certs;
    enum accept_purpose purpose;
    const char *without;
    const char *device;      /* the only phone that it concerns; "" for all */
    const char *const *only; /* or the only ones, sorted; NULL for all */
    size_t nonly;
    char **apart; /* phones that have a list of their own */
    size_t napart;
    struct impact_tvs tvs;
    struct group_lists lists;
    struct impact *out;
    struct vox_error *err;
};

/* --- which phones it concerns --- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool stands_among(const char *name, const char *const *names, size_t n)
{
    return n > 0 && bsearch(&name, names, n, sizeof *names, by_text) != NULL;
}

static bool concerns(const struct question *q, const char *name)
{
    if (q->only != NULL)
        return stands_among(name, q->only, q->nonly);
    if (q->device[0] != '\0')
        return strcmp(q->device, name) == 0;
    return !stands_among(name, (const char *const *)q->apart, q->napart);
}

struct counter {
    struct question *q;
    int64_t n;
    bool name_them;
};

static bool count_one(void *arg, const struct inventory_phone *p)
{
    struct counter *c = arg;
    struct impact *out = c->q->out;

    if (!concerns(c->q, p->name))
        return true;
    c->n++;
    if (c->name_them && out->nnames < IMPACT_NAMES_MAX)
        (void)snprintf(out->names[out->nnames++], sizeof out->names[0], "%s", p->name);
    return true;
}

/* How many of the group; the first ones by name when they are lost. Looks at each only when it must. */
static enum vox_err count(struct question *q, const struct inventory_group *g, bool name_them, int64_t *n)
{
    const struct inventory_filter f = {.ctl = g->ctl, .itl = g->itl, .model = g->model, .name_prefix = NULL};
    const bool each = q->device[0] != '\0' || q->only != NULL || q->napart > 0;
    struct counter c = {.q = q, .name_them = name_them};
    enum vox_err code = VOX_OK;

    *n = g->count;
    if (!each && (!name_them || q->out->nnames == IMPACT_NAMES_MAX))
        return VOX_OK;
    code = inventory_each(q->s, &f, count_one, &c, q->err);
    *n = c.n;
    return code;
}

/* --- the answer --- */

/* Of several certificates the one that the phone takes best. */
static void judge(const struct question *q, const struct accept_held *held, struct accept_result *best)
{
    struct accept_result r;

    if (q->offered != NULL) {
        accept_list(held, q->offered, best);
        return;
    }
    *best = (struct accept_result){.verdict = ACCEPT_REFUSED, .rule = "3.6", .why = "there is none"};
    for (size_t i = 0; i < q->certs->n; i++) {
        accept_certificate(held, q->certs->certs[i], q->purpose, &r);
        if (i == 0 || r.verdict < best->verdict)
            *best = r;
    }
}

static enum vox_err ask_group(struct question *q, const struct inventory_group *g)
{
    struct accept_result r;
    struct accept_held held;
    struct impact *out = q->out;
    bool is_known;
    int64_t n;
    enum vox_err code = group_held(q->s, &q->lists, g, &q->tvs.tvs, &held, &is_known, q->err);

    if (code != VOX_OK)
        return code;
    if (!is_known) {
        if ((code = count(q, g, false, &n)) == VOX_OK)
            out->unknown += n;
        out->all += code == VOX_OK ? n : 0;
        return code;
    }
    judge(q, &held, &r);
    if ((code = count(q, g, r.verdict == ACCEPT_REFUSED, &n)) != VOX_OK)
        return code;
    out->all += n;
    switch (r.verdict) {
    case ACCEPT_YES:
    case ACCEPT_IGNORED:
        out->accept += n;
        break;
    case ACCEPT_FIRST_TRUST:
        out->first += n;
        break;
    case ACCEPT_IF_TVS:
        out->by_tvs += n;
        break;
    case ACCEPT_REFUSED:
        if (n > 0 && out->lost == 0) {
            (void)snprintf(out->rule, sizeof out->rule, "%s", r.rule);
            memcpy(out->why, r.why, sizeof out->why);
        }
        out->lost += n;
        break;
    }
    return VOX_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static enum vox_err ask(struct question *q)
{
    struct inventory_group *groups = NULL;
    int64_t unheard = 0;
    size_t n = 0;
    enum vox_err code;

    if ((code = impact_tvs_read(q->s, q->purpose, q->without, &q->tvs, q->err)) == VOX_OK)
        code = inventory_groups(q->s, &groups, &n, &unheard, q->err);
    for (size_t i = 0; code == VOX_OK && i < n; i++)
        code = ask_group(q, &groups[i]);
    qsort(q->out->names, q->out->nnames, sizeof q->out->names[0], by_name);
    if (code == VOX_OK && q->only != NULL)
        unheard = (int64_t)q->nonly - q->out->all;
    if (code == VOX_OK && q->device[0] == '\0') {
        q->out->unknown += unheard;
        q->out->all += unheard;
    }
    free(groups);
    impact_tvs_clear(&q->tvs);
    group_lists_clear(&q->lists);
    return code;
}

/* The device of a file's name: what follows "CTL" or "ITL" when that is not "File"; "" otherwise. */
static void device_of(const char *name, char *out, size_t outlen)
{
    const size_t len = strlen(name);

    out[0] = '\0';
    if (len > 7 && len - 7 < outlen && (strncmp(name, "CTL", 3) == 0 || strncmp(name, "ITL", 3) == 0) &&
        strncmp(name + 3, "File", 4) != 0)
        (void)snprintf(out, outlen, "%.*s", (int)(len - 7), name + 3);
}

/* Phones to which a list of this kind is published apart do not take the plain one. */
static enum vox_err find_apart(struct question *q, const char *kind, char (*names)[PHONE_NAME_MAX + 1],
                               const struct store_list *lists, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!lists[i].current || strcmp(lists[i].kind, kind) != 0)
            continue;
        device_of(lists[i].name, names[q->napart], sizeof names[0]);
        if (names[q->napart][0] == '\0')
            continue;
        q->apart[q->napart] = names[q->napart];
        q->napart++;
    }
    qsort(q->apart, q->napart, sizeof *q->apart, by_text);
    return VOX_OK;
}

enum vox_err impact_of_list(struct store *s, const char *name, struct bytes_view list, struct impact *out,
                            struct vox_error *err)
{
    struct question q = {.s = s, .purpose = ACCEPT_FOR_LISTS, .out = out, .err = err};
    char device[PHONE_NAME_MAX + 1], (*names)[PHONE_NAME_MAX + 1] = NULL;
    struct store_list *lists = NULL;
    struct ctl_list *offered = NULL;
    size_t n = 0;
    enum vox_err code;

    *out = (struct impact){0};
    device_of(name, device, sizeof device);
    q.device = device;
    if ((code = ctl_list_read(list.data, list.len, &offered, err)) != VOX_OK ||
        (code = store_lists(s, NULL, false, &lists, &n, err)) != VOX_OK)
        goto out;
    names = calloc(n + 1, sizeof *names);
    q.apart = calloc(n + 1, sizeof *q.apart);
    if (names == NULL || q.apart == NULL) {
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
        goto out;
    }
    q.offered = offered;
    if (device[0] == '\0')
        code = find_apart(&q, ctl_is_itl(offered) ? "itl" : "ctl", names, lists, n);
    if (code == VOX_OK)
        code = ask(&q);
out:
    store_lists_free(&lists, n);
    ctl_list_free(&offered);
    free(q.apart);
    free(names);
    return code;
}

enum vox_err impact_of_list_for(struct store *s, const char *const *names, size_t n, struct bytes_view list,
                                struct impact *out, struct vox_error *err)
{
    struct question q = {
        .s = s, .purpose = ACCEPT_FOR_LISTS, .device = "", .only = names, .nonly = n, .out = out, .err = err};
    struct ctl_list *offered = NULL;
    enum vox_err code;

    *out = (struct impact){0};
    if ((code = ctl_list_read(list.data, list.len, &offered, err)) != VOX_OK)
        return code;
    q.offered = offered;
    code = ask(&q);
    ctl_list_free(&offered);
    return code;
}

enum vox_err impact_of_certificates(struct store *s, const struct impact_certificates *c, struct impact *out,
                                    struct vox_error *err)
{
    struct question q = {
        .s = s, .certs = c, .purpose = c->purpose, .without = c->without, .device = "", .out = out, .err = err};

    *out = (struct impact){0};
    return ask(&q);
}

enum vox_err impact_allowed(const struct impact *i, int64_t forced, struct vox_error *err)
{
    char names[IMPACT_NAMES_MAX * (PHONE_NAME_MAX + 3) + 8] = "";
    size_t used = 0;

    if (i->lost == 0 || forced == i->lost || forced == IMPACT_WHATEVER)
        return VOX_OK;
    for (size_t k = 0; k < i->nnames; k++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", k > 0 ? ", " : "", i->names[k]);
    if (i->lost > (int64_t)i->nnames)
        (void)snprintf(names + used, sizeof names - used, " ...");
    if (forced >= 0)
        return vox_fail(err, VOX_E_NO,
                        "%" PRId64 " of %" PRId64 " phones would be locked out, not %" PRId64 ": %s. Look again",
                        i->lost, i->all, forced, names);
    return vox_fail(err, VOX_E_NO,
                    "%" PRId64 " of %" PRId64 " phones would be locked out, each to be reset by hand: %s; %s "
                    "(acceptance.md %s)",
                    i->lost, i->all, names, i->why, i->rule);
}

bool impact_parse_forced(const char *text, int64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoll(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

void impact_text(const struct impact *i, char *out, size_t outlen)
{
    const struct {
        int64_t n;
        const char *words;
    } parts[] = {{i->accept, "accept it"},
                 {i->first, "take it on faith"},
                 {i->by_tvs, "only when a TVS confirms it"},
                 {i->lost, "would be locked out"},
                 {i->unknown, "hold what is not known"}};
    size_t used = 0;

    (void)snprintf(out, outlen, "no phones are known");
    for (size_t k = 0; k < sizeof parts / sizeof *parts && used < outlen; k++)
        if (parts[k].n > 0)
            used += (size_t)snprintf(out + used, outlen - used, "%s%" PRId64 " %s", used > 0 ? ", " : "", parts[k].n,
                                     parts[k].words);
}

json_t *impact_json(const struct impact *i)
{
    json_t *names = json_array();

    for (size_t k = 0; k < i->nnames; k++)
        (void)json_array_append_new(names, json_string(i->names[k]));
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:s, s:s}", "all", (json_int_t)i->all, "accept",
                     (json_int_t)i->accept, "first_trust", (json_int_t)i->first, "by_tvs", (json_int_t)i->by_tvs,
                     "locked_out", (json_int_t)i->lost, "unknown", (json_int_t)i->unknown, "locked_out_first", names,
                     "rule", i->rule, "why", i->why);
}
