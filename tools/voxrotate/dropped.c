#include "lists.h"

#include <cli/report.h>
#include <ctl/show.h>

/* The certificate of one end of the rotation; NULL when it cannot be had. Clear with store_binding_clear(). */
static const struct cert *end_of(const struct turn *t, const char *id, struct store_binding *b)
{
    return turn_binding(t, id, b, NULL) == VOX_OK ? b->cert : NULL;
}

static bool stays(const struct composed *c, const struct cert *cert)
{
    for (size_t i = 0; i < c->nmembers; i++)
        if (c->members[i].cert != NULL && cert_same(c->members[i].cert, cert))
            return true;
    return false;
}

void lists_tell_dropped(const struct turn *t, const struct lists_one *one, const struct ctl_list *present)
{
    struct store_binding old, fresh;
    const struct cert *const ends[] = {end_of(t, t->r->old_id, &old), end_of(t, t->r->new_id, &fresh)};
    char label[CTL_LABEL_MAX];

    for (size_t i = 0; i < present->nrecords; i++) {
        const struct cert *cert = present->records[i].cert;

        if (cert == NULL || stays(&one->composed, cert) || (ends[0] != NULL && cert_same(cert, ends[0])) ||
            (ends[1] != NULL && cert_same(cert, ends[1])))
            continue;
        ctl_show_label(&present->records[i], label);
        cli_warn(t->common, NULL,
                 "%s/%s: phones will lose %s: it stands in the list that is served, and the store does not name it",
                 one->now.dir, one->now.name, label);
    }
    store_binding_clear(&old);
    store_binding_clear(&fresh);
}
