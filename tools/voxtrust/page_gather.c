#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"

static void count(struct page_counts *c, const char *words)
{
    for (size_t i = 0; i < c->n; i++) {
        if (strcmp(c->list[i].words, words) == 0) {
            c->list[i].n++;
            return;
        }
    }
    if (c->n == PAGE_COUNTS_MAX) {
        c->more++;
        return;
    }
    (void)snprintf(c->list[c->n].words, sizeof c->list[c->n].words, "%s", words);
    c->list[c->n++].n = 1;
}

struct counting {
    struct page *p;
    const struct phones_held *held;
};

static bool count_phone(void *arg, const struct inventory_row *r)
{
    const struct counting *w = arg;
    char ctl[HELD_WORDS_MAX], itl[HELD_WORDS_MAX], words[160];
    struct page *p = w->p;

    held_words(w->held, r->phone.ctl, ctl);
    held_words(w->held, r->phone.itl, itl);
    (void)snprintf(words, sizeof words, "CTL %s, ITL %s%s%.31s", ctl, itl, r->phone.model[0] != '\0' ? ", model " : "",
                   r->phone.model);
    count(&p->by_lists, words);
    count(&p->by_seen, pick_seen_word(r->phone.seen, p->now));
    count(&p->by_lsc, pick_lsc_word(r, p->now));
    p->phones++;
    p->outdated += held_outdated(w->held, &r->phone);
    return true;
}

static int most_first(const void *a, const void *b)
{
    const struct page_count *x = a, *y = b;

    return x->n != y->n ? (x->n > y->n ? -1 : 1) : strcmp(x->words, y->words);
}

static enum vox_err count_phones(struct store *s, struct page *p, struct vox_error *err)
{
    const struct phones_pick any = PHONES_PICK_ANY;
    struct counting w = {.p = p};
    struct phones_held *held;
    enum vox_err code = held_read(s, &held, err);

    if (code != VOX_OK)
        return code;
    w.held = held;
    code = pick_each(s, held, &any, p->now, count_phone, &w, err);
    held_free(&held);
    qsort(p->by_lists.list, p->by_lists.n, sizeof *p->by_lists.list, most_first);
    qsort(p->by_seen.list, p->by_seen.n, sizeof *p->by_seen.list, most_first);
    qsort(p->by_lsc.list, p->by_lsc.n, sizeof *p->by_lsc.list, most_first);
    return code;
}

enum vox_err page_gather(struct store *s, const struct status *st, int64_t now, struct page *out, struct vox_error *err)
{
    struct vox_error broken;
    enum vox_err code;

    *out = (struct page){.status = st, .now = now};
    if ((code = count_phones(s, out, err)) == VOX_OK &&
        (code = trunk_profiles(s, NULL, &out->profiles, &out->nprofiles, err)) == VOX_OK &&
        (code = rotations_read(s, true, &out->rotations, &out->nrotations, err)) == VOX_OK &&
        (code = audit_entries(s, PAGE_ENTRIES, &out->entries, &out->nentries, err)) == VOX_OK)
        out->chain = audit_verify(s, &out->audited, &broken) == VOX_OK; /* a broken one stands in the attention */
    if (code != VOX_OK)
        page_free(out);
    return code;
}

void page_free(struct page *p)
{
    trunk_profiles_free(&p->profiles, p->nprofiles);
    rotations_free(&p->rotations, p->nrotations);
    audit_entries_free(&p->entries, p->nentries);
}
