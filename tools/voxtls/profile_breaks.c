#include "profile_breaks.h"

#include <stdio.h>

#include <libcert/phoneprofiles.h>

struct look {
    int from, to;
    struct profile_breaks *out;
};

static bool look(void *arg, const struct phone_device *d)
{
    struct look *l = arg;
    struct vox_error why;

    if (d->profile == NULL || phone_profile_fits(d->profile, d->model, l->from, &why) != VOX_OK ||
        phone_profile_fits(d->profile, d->model, l->to, &why) == VOX_OK)
        return true;
    if (l->out->n++ == 0) {
        (void)snprintf(l->out->first, sizeof l->out->first, "%s", d->name);
        (void)snprintf(l->out->why, sizeof l->out->why, "%s", why.text);
    }
    return true;
}

enum vox_err profile_breaks_find(struct store *s, const struct tls_settings *from, const struct tls_settings *to,
                                 struct profile_breaks *out, struct vox_error *err)
{
    struct look l = {
        .from = tlspolicy_of(from, false).min_version, .to = tlspolicy_of(to, false).min_version, .out = out};
    struct phone_book *book = NULL;
    enum vox_err code = phone_book_open(s, &book, err);

    *out = (struct profile_breaks){.n = 0};
    if (code == VOX_OK && phone_book_any(book))
        code = phone_book_each(book, look, &l, err);
    phone_book_free(&book);
    return code;
}
