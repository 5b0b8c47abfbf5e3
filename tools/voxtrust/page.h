/* The cluster as one page of HTML. */
#ifndef VOXTRUST_PAGE_H
#define VOXTRUST_PAGE_H

#include <libcert/audit.h>
#include <libcert/rotations.h>

#include "phones_held.h"
#include "phones_pick.h"
#include "status.h"

enum { PAGE_COUNTS_MAX = 200, PAGE_ENTRIES = 20 };

/* Phones that have the same in common. */
struct page_count {
    char words[160];
    int64_t n;
};

struct page_counts {
    struct page_count list[PAGE_COUNTS_MAX];
    size_t n;
    int64_t more; /* phones of groups that found no room */
};

/* What the page tells beside the status. */
struct page {
    const struct status *status;
    int64_t now;
    int64_t phones, outdated; /* all that are known; of these: they hold another list than is served */
    struct page_counts by_lists, by_seen, by_lsc;
    struct trunk_profile *profiles;
    size_t nprofiles;
    struct rotation *rotations; /* the newest last */
    size_t nrotations;
    struct audit_entry *entries; /* the last PAGE_ENTRIES, oldest first */
    size_t nentries;
    int64_t audited; /* entries whose chain holds */
    bool chain;      /* all of them */
};

/* page_gather(s, st, now, out, err): free with page_free(). */
enum vox_err page_gather(struct store *s, const struct status *st, int64_t now, struct page *out,
                         struct vox_error *err);
void page_free(struct page *p);

/* page_write(out, p): the whole page. page_phones(out, p): its part on phones. */
void page_write(FILE *out, const struct page *p);
void page_phones(FILE *out, const struct page *p);

#endif
