#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/identity.h>
#include <libcert/phoneprofiles.h>

#include "status.h"

enum { PROFILES_SAID = 5 };

/* A profile whose phones it does not fit (any more). */
struct misfit {
    const struct phone_profile *p;
    size_t n;
    char device[PHONE_NAME_MAX + 1];
    char why[VOX_ERROR_TEXT_MAX];
};

struct misfits {
    struct misfit list[PROFILES_SAID];
    size_t n;
    int tls_min;
};

static bool look(void *arg, const struct phone_device *d)
{
    struct misfits *m = arg;
    struct vox_error why;
    size_t i = 0;

    if (d->profile == NULL || phone_profile_fits(d->profile, d->model, m->tls_min, &why) == VOX_OK)
        return true;
    while (i < m->n && m->list[i].p != d->profile)
        i++;
    if (i == PROFILES_SAID)
        return true;
    if (i == m->n) {
        m->list[m->n++] = (struct misfit){.p = d->profile};
        (void)snprintf(m->list[i].device, sizeof m->list[i].device, "%s", d->name);
        (void)snprintf(m->list[i].why, sizeof m->list[i].why, "%s", why.text);
    }
    m->list[i].n++;
    return true;
}

void status_judge_profiles(struct status *st, struct store *s)
{
    struct misfits m = {.n = 0};
    struct tls_settings settings;
    struct phone_book *book = NULL;
    struct vox_error err;

    if (store_tls_settings(s, &settings, &err) != VOX_OK) /* said elsewhere */
        return;
    m.tls_min = tlspolicy_of(&settings, false).min_version;
    if (phone_book_open(s, &book, &err) != VOX_OK ||
        (phone_book_any(book) && phone_book_each(book, look, &m, &err) != VOX_OK))
        status_attention(st, "security profiles of phones: %s", err.text);
    for (size_t i = 0; i < m.n; i++)
        status_attention(st, "profile %s does not work for %zu phone%s (%s%s): %s", m.list[i].p->name, m.list[i].n,
                         m.list[i].n == 1 ? "" : "s", m.list[i].device, m.list[i].n == 1 ? "" : " ...", m.list[i].why);
    phone_book_free(&book);
}
