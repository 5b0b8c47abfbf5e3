#include "phones_pick.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 24 * 3600, UNSEEN_MAX = 36500 };

static const char *const lsc_words[] = {"valid", "ending", "ended", "none", "unknown"};

static long read_days(const char *arg, struct argp_state *state)
{
    char *end;
    long days;

    errno = 0;
    days = strtol(arg, &end, 10);
    if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || errno != 0 || days > UNSEEN_MAX)
        argp_error(state, "--unseen %s: a number of days", arg);
    return days;
}

error_t pick_parse(int key, char *arg, struct argp_state *state, struct phones_pick *p)
{
    switch (key) {
    case PICK_CTL:
        p->ctl = arg;
        return 0;
    case PICK_ITL:
        p->itl = arg;
        return 0;
    case PICK_MODEL:
        p->model = arg;
        return 0;
    case PICK_OUTDATED:
        p->outdated = true;
        return 0;
    case PICK_UNSEEN:
        p->unseen = read_days(arg, state);
        return 0;
    case PICK_LSC:
        for (size_t i = 0; i < sizeof lsc_words / sizeof *lsc_words; i++)
            if (strcmp(arg, lsc_words[i]) == 0)
                p->lsc = lsc_words[i];
        if (p->lsc == NULL)
            argp_error(state, "--lsc %s: valid, ending, ended, none or unknown", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const char *pick_lsc_word(const struct inventory_row *r, int64_t now)
{
    if (!r->capf)
        return "unknown";
    if (r->lsc[0] == '\0')
        return "none";
    if (r->lsc_not_after <= now)
        return "ended";
    return r->lsc_not_after < now + (int64_t)PICK_SOON_DAYS * DAY ? "ending" : "valid";
}

const char *pick_seen_word(int64_t seen, int64_t now)
{
    static const struct {
        int days;
        const char *word;
    } spans[] = {{1, "day"}, {7, "week"}, {30, "month"}, {90, "quarter"}};

    if (seen == 0)
        return "never";
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        if (seen > now - (int64_t)spans[i].days * DAY)
            return spans[i].word;
    return "earlier";
}

struct picking {
    const struct phones_held *held;
    const struct phones_pick *p;
    int64_t now;
    bool (*each)(void *arg, const struct inventory_row *r);
    void *arg;
};

static bool pick(void *arg, const struct inventory_row *r)
{
    const struct picking *w = arg;

    if ((w->p->outdated && !held_outdated(w->held, &r->phone)) ||
        (w->p->unseen >= 0 && r->phone.seen > w->now - (int64_t)w->p->unseen * DAY) ||
        (w->p->lsc != NULL && strcmp(w->p->lsc, pick_lsc_word(r, w->now)) != 0))
        return true;
    return w->each(w->arg, r);
}

enum vox_err pick_each(struct store *s, const struct phones_held *held, const struct phones_pick *p, int64_t now,
                       bool (*each)(void *arg, const struct inventory_row *r), void *arg, struct vox_error *err)
{
    struct picking w = {.held = held, .p = p, .now = now, .each = each, .arg = arg};
    struct inventory_filter f = {.name_prefix = p->prefix, .model = p->model};
    char ctl[INVENTORY_LIST_MAX], itl[INVENTORY_LIST_MAX];
    enum vox_err code = VOX_OK;

    if (p->ctl != NULL && (code = held_parse(held, "ctl", p->ctl, ctl, err)) == VOX_OK)
        f.ctl = ctl;
    if (code == VOX_OK && p->itl != NULL && (code = held_parse(held, "itl", p->itl, itl, err)) == VOX_OK)
        f.itl = itl;
    return code == VOX_OK ? inventory_survey(s, &f, pick, &w, err) : code;
}
