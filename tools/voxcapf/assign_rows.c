#include "assign_rows.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/output.h>
#include <libcert/phonemodel.h>

bool assign_rows_add(struct assign_rows *r, const char *device, const char *profile, size_t line)
{
    struct assign_row *row;

    if (r->n == r->cap) {
        size_t cap = r->cap == 0 ? 256 : r->cap * 2;
        struct assign_row *more = reallocarray(r->rows, cap, sizeof *more);

        if (more == NULL)
            return false;
        r->rows = more;
        r->cap = cap;
    }
    row = &r->rows[r->n++];
    (void)snprintf(row->device, sizeof row->device, "%s", device);
    (void)snprintf(row->profile, sizeof row->profile, "%s", profile);
    row->line = line;
    return true;
}

void assign_rows_free(struct assign_rows *r)
{
    free(r->rows);
    *r = (struct assign_rows){.rows = NULL};
}

/* --- by pattern --- */

struct match {
    const struct assign_filter *f;
    const char *profile;
    struct assign_rows *out;
    bool no_memory;
};

static bool is_of(const char *model, const char *wanted)
{
    struct phone_model m;

    return phone_model_find(model, &m) && (strcmp(m.name, wanted) == 0 || strcmp(m.family, wanted) == 0);
}

static bool look(void *arg, const struct phone_device *d)
{
    struct match *m = arg;
    const struct assign_filter *f = m->f;

    if ((f->pattern != NULL && fnmatch(f->pattern, d->name, 0) != 0) ||
        (f->model != NULL && !is_of(d->model, f->model)) ||
        (f->from != NULL && (d->by != PHONE_PROFILE_ASSIGNED || strcmp(d->profile->name, f->from) != 0)))
        return true;
    m->no_memory = !assign_rows_add(m->out, d->name, m->profile, 0);
    return !m->no_memory;
}

enum vox_err assign_rows_match(const struct phone_book *b, const struct assign_filter *f, const char *profile,
                               struct assign_rows *out, struct vox_error *err)
{
    struct match m = {.f = f, .profile = profile, .out = out};
    enum vox_err code = phone_book_each(b, look, &m, err);

    return code == VOX_OK && m.no_memory ? vox_fail(err, VOX_E_MEMORY, "no memory") : code;
}

/* --- judging --- */

static void note(size_t *count, char sample[static PHONE_NAME_MAX + 1], const char *device)
{
    if ((*count)++ == 0)
        (void)snprintf(sample, PHONE_NAME_MAX + 1, "%s", device);
}

static enum vox_err no_profile(const char *name, struct vox_error *err)
{
    return vox_fail(err, VOX_E_INPUT, "no such profile: '%.64s' ('voxcapf security-profile list')", name);
}

static enum vox_err judge(const struct phone_book *b, int tls_min, bool strangers, const struct assign_row *row,
                          struct assign_rows *r, struct vox_error *err)
{
    const struct phone_profile *p = phone_book_find(b, row->profile);
    struct phone_device d;
    enum vox_err code = phone_book_device(b, row->device, &d, err);

    if (code != VOX_OK)
        return code;
    if (row->profile[0] != '\0' && p == NULL)
        return no_profile(row->profile, err);
    if (!d.known && d.by != PHONE_PROFILE_ASSIGNED && !strangers)
        return vox_fail(err, VOX_E_INPUT,
                        "%s: no such phone is known, neither to CAPF nor in the inventory; --new takes it all the same",
                        row->device);
    if (p != NULL && (code = phone_profile_fits(p, d.model, tls_min, err)) != VOX_OK) {
        (void)vox_error_prefix(err, "%s", row->device);
        return code;
    }
    r->fresh += p != NULL && d.by != PHONE_PROFILE_ASSIGNED;
    r->same += p != NULL ? d.by == PHONE_PROFILE_ASSIGNED && d.profile == p : d.by != PHONE_PROFILE_ASSIGNED;
    r->changed += d.by == PHONE_PROFILE_ASSIGNED && d.profile != p;
    if (p == NULL)
        return VOX_OK;
    if (p->model[0] != '\0' && d.model[0] == '\0')
        note(&r->no_model, r->sample_model, d.name);
    if (p->proof == PHONE_BY_LSC && !d.has_lsc)
        note(&r->no_lsc, r->sample_lsc, d.name);
    r->string_alone += p->proof == PHONE_BY_STRING && p->mode != TRUNK_NON_SECURE && !d.has_lsc;
    return VOX_OK;
}

enum vox_err assign_rows_judge(const struct phone_book *b, int tls_min, bool strangers, struct assign_rows *r,
                               struct vox_error *err)
{
    struct vox_error why;

    r->fresh = r->changed = r->same = r->no_model = r->no_lsc = r->string_alone = 0;
    for (size_t i = 0; i < r->n; i++) {
        enum vox_err code = judge(b, tls_min, strangers, &r->rows[i], r, &why);

        if (code == VOX_E_INPUT) {
            refusals_add(&r->refused, r->rows[i].line, why.text);
        } else if (code != VOX_OK) {
            *err = why;
            return code;
        }
    }
    return VOX_OK;
}

enum vox_err assign_rows_apply(struct store *s, const struct assign_rows *r, struct vox_error *err)
{
    struct cli_progress *bar = cli_progress_new("phones", r->n);
    enum vox_err code = VOX_OK;

    for (size_t i = 0; i < r->n && code == VOX_OK; i++) {
        const struct assign_row *row = &r->rows[i];

        code = row->profile[0] != '\0' ? phone_profile_assign(s, row->device, row->profile, err)
                                       : phone_profile_unassign(s, row->device, NULL, err);
        cli_progress_update(bar, i + 1);
    }
    cli_progress_free(&bar);
    return code;
}
