#include "assign_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cli/csv.h>

/* Where the columns stand; -1: not there. */
struct header {
    int device, profile;
    size_t n;
};

static enum vox_err read_columns(const struct csv *c, struct header *h, struct vox_error *err)
{
    for (size_t i = 0; i < c->nfields; i++) {
        int *at = strcasecmp(c->fields[i], "device") == 0    ? &h->device
                  : strcasecmp(c->fields[i], "profile") == 0 ? &h->profile
                                                             : NULL;

        if (at == NULL)
            return vox_fail(err, VOX_E_INPUT, "line %zu: no column '%.64s' is known: device, profile", c->line,
                            c->fields[i]);
        if (*at >= 0)
            return vox_fail(err, VOX_E_INPUT, "line %zu: the column '%.64s' stands there twice", c->line, c->fields[i]);
        *at = (int)i;
    }
    return VOX_OK;
}

static enum vox_err read_header(struct csv *c, const char *profile, struct header *h, struct vox_error *err)
{
    bool more;
    enum vox_err code = csv_next(c, &more, err);

    *h = (struct header){.device = -1, .profile = -1, .n = c->nfields};
    if (code != VOX_OK) {
        (void)vox_error_prefix(err, "line %zu", c->line);
        return code;
    }
    if (!more)
        return vox_fail(err, VOX_E_INPUT, "empty: a line with the columns' names is expected, as device,profile");
    if ((code = read_columns(c, h, err)) != VOX_OK)
        return code;
    if (h->device < 0)
        return vox_fail(err, VOX_E_INPUT, "line %zu: there is no column 'device'; the first line names the columns",
                        c->line);
    if (profile == NULL && h->profile < 0)
        return vox_fail(err, VOX_E_INPUT,
                        "line %zu: there is no column 'profile', and no PROFILE was named for all of them", c->line);
    if (profile != NULL && h->profile >= 0)
        return vox_fail(err, VOX_E_INPUT,
                        "line %zu: a column 'profile', and a PROFILE for all of them as well: one of the two", c->line);
    return VOX_OK;
}

static enum vox_err read_row(const struct csv *c, const struct header *h, const char *profile, struct assign_rows *out,
                             struct vox_error *err)
{
    const char *device, *name = profile;
    enum vox_err code;

    if (c->nfields != h->n)
        return vox_fail(err, VOX_E_INPUT, "%zu fields, the header has %zu", c->nfields, h->n);
    device = c->fields[h->device];
    if ((code = phone_name_check(device, err)) != VOX_OK)
        return code;
    if (name == NULL) {
        name = c->fields[h->profile];
        if (name[0] == '\0')
            return vox_fail(err, VOX_E_INPUT, "%s: no profile is named", device);
        if ((code = trunk_profile_name_check(name, err)) != VOX_OK)
            return code;
    }
    return assign_rows_add(out, device, name, c->line) ? VOX_OK : vox_fail(err, VOX_E_MEMORY, "no memory");
}

static int by_device(const void *a, const void *b)
{
    const struct assign_row *x = a, *y = b;
    int order = strcmp(x->device, y->device);

    return order != 0 ? order : x->line < y->line ? -1 : x->line > y->line;
}

/* Sorted, so that the store's rows are met in their order, and twins stand side by side. */
static void sort_and_find_twins(struct assign_rows *out)
{
    char why[100];

    if (out->n > 1)
        qsort(out->rows, out->n, sizeof *out->rows, by_device);
    for (size_t i = 1, first = 0; i < out->n; i++) {
        if (strcmp(out->rows[first].device, out->rows[i].device) != 0) {
            first = i;
            continue;
        }
        (void)snprintf(why, sizeof why, "%s stands in line %zu already", out->rows[i].device, out->rows[first].line);
        refusals_add(&out->refused, out->rows[i].line, why);
    }
}

enum vox_err assign_table_read(struct bytes_view data, const char *profile, struct assign_rows *out,
                               struct vox_error *err)
{
    struct vox_error why;
    struct header h;
    struct csv c;
    bool more = true;
    enum vox_err code;

    csv_begin(&c, data);
    if ((code = read_header(&c, profile, &h, err)) != VOX_OK)
        return code;
    for (;;) {
        code = csv_next(&c, &more, &why);
        if (!more)
            break;
        if (code == VOX_OK)
            code = read_row(&c, &h, profile, out, &why);
        if (code == VOX_E_MEMORY) {
            *err = why;
            return code;
        }
        if (code != VOX_OK)
            refusals_add(&out->refused, c.line, why.text);
    }
    sort_and_find_twins(out);
    if (out->n == 0 && out->refused.n == 0)
        return vox_fail(err, VOX_E_INPUT, "no phone below the header");
    return VOX_OK;
}
