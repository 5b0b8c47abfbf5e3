#include "phones_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cli/csv.h>
#include <libcert/clock.h>

enum column { COL_DEVICE, COL_MODEL, COL_CTL, COL_ITL, COL_SEEN, COL_ADDRESS, COLUMNS };

static const char *const column_words[COLUMNS] = {"device", "model", "ctl", "itl", "seen", "address"};

struct header {
    int at[COLUMNS]; /* -1: not there */
    size_t n;
};

static enum vox_err read_header(struct csv *c, struct header *h, struct vox_error *err)
{
    bool more;
    enum vox_err code = csv_next(c, &more, err);

    for (int i = 0; i < COLUMNS; i++)
        h->at[i] = -1;
    if (code != VOX_OK)
        return code;
    h->n = c->nfields;
    for (size_t i = 0; more && i < c->nfields; i++) {
        int col = 0;

        while (col < COLUMNS && strcasecmp(c->fields[i], column_words[col]) != 0)
            col++;
        if (col == COLUMNS)
            return vox_fail(err, VOX_E_INPUT, "no column '%.64s' is known: device, model, ctl, itl, seen, address",
                            c->fields[i]);
        if (h->at[col] >= 0)
            return vox_fail(err, VOX_E_INPUT, "the column '%s' stands there twice", column_words[col]);
        h->at[col] = (int)i;
    }
    return h->at[COL_DEVICE] >= 0 ? VOX_OK : vox_fail(err, VOX_E_INPUT, "there is no column 'device'");
}

bool phones_table_is(struct bytes_view data)
{
    struct header h;
    struct csv c;

    csv_begin(&c, data);
    return read_header(&c, &h, NULL) == VOX_OK || h.at[COL_DEVICE] >= 0;
}

/* A version of the history, the SHA-256 of a list, "none", or nothing. */
static enum vox_err read_list(struct store *s, const char *what, const char *text, char *out, struct vox_error *err)
{
    struct store_list l;
    struct bytes data;
    char *end;
    long long number;
    enum vox_err code;

    out[0] = '\0';
    if (text[0] == '\0')
        return VOX_OK;
    if (strcasecmp(text, INVENTORY_NONE) == 0) {
        (void)snprintf(out, INVENTORY_LIST_MAX, INVENTORY_NONE);
        return VOX_OK;
    }
    if (strlen(text) == INVENTORY_LIST_MAX - 1) {
        if ((code = inventory_list_bytes(s, text, &data, err)) != VOX_OK)
            return code == VOX_E_NOT_FOUND ? vox_fail(err, VOX_E_INPUT,
                                                      "%s %.64s: no such list is known: 'voxtrust phones learn FILE' "
                                                      "makes it known",
                                                      what, text)
                                           : code;
        bytes_free(&data);
        (void)snprintf(out, INVENTORY_LIST_MAX, "%s", text);
        return VOX_OK;
    }
    errno = 0;
    number = strtoll(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || store_list_get(s, number, &l, NULL) != VOX_OK)
        return vox_fail(err, VOX_E_INPUT, "%s '%.64s': a version ('voxlist history'), the SHA-256 of a list, or none",
                        what, text);
    if (strcasecmp(l.kind, what) != 0)
        code = vox_fail(err, VOX_E_INPUT, "%s %lld: that version is the other kind of list", what, number);
    else
        code = VOX_OK;
    (void)snprintf(out, INVENTORY_LIST_MAX, "%s", l.sha256);
    store_list_clear(&l);
    return code;
}

static const char *cell(const struct csv *c, const struct header *h, enum column col)
{
    return h->at[col] >= 0 ? c->fields[h->at[col]] : "";
}

static enum vox_err fit(const char *what, const char *text, char *out, size_t outlen, struct vox_error *err)
{
    if (strlen(text) >= outlen)
        return vox_fail(err, VOX_E_INPUT, "%s: at most %zu bytes", what, outlen - 1);
    memcpy(out, text, strlen(text) + 1);
    return VOX_OK;
}

static enum vox_err read_row(struct store *s, const struct csv *c, const struct header *h, int64_t now,
                             struct inventory_phone *p, struct vox_error *err)
{
    const char *seen = cell(c, h, COL_SEEN);
    enum vox_err code;

    *p = (struct inventory_phone){.how = "csv", .seen = now};
    if (c->nfields != h->n)
        return vox_fail(err, VOX_E_INPUT, "%zu fields, the header has %zu", c->nfields, h->n);
    if ((code = phone_name_check(cell(c, h, COL_DEVICE), err)) != VOX_OK ||
        (code = fit("device", cell(c, h, COL_DEVICE), p->name, sizeof p->name, err)) != VOX_OK ||
        (code = fit("model", cell(c, h, COL_MODEL), p->model, sizeof p->model, err)) != VOX_OK ||
        (code = fit("address", cell(c, h, COL_ADDRESS), p->address, sizeof p->address, err)) != VOX_OK ||
        (seen[0] != '\0' && (code = clock_parse(seen, &p->seen, err)) != VOX_OK) ||
        (code = read_list(s, "ctl", cell(c, h, COL_CTL), p->ctl, err)) != VOX_OK)
        return code;
    p->ctl_seen = p->itl_seen = p->seen;
    return read_list(s, "itl", cell(c, h, COL_ITL), p->itl, err);
}

enum vox_err phones_table_read(struct store *s, struct learner *l, struct bytes_view data, int64_t now, size_t *n,
                               struct vox_error *err)
{
    struct inventory_phone p;
    struct header h;
    struct csv c;
    bool more = true;
    enum vox_err code;

    *n = 0;
    csv_begin(&c, data);
    code = read_header(&c, &h, err);
    while (code == VOX_OK && (code = csv_next(&c, &more, err)) == VOX_OK && more) {
        if ((code = read_row(s, &c, &h, now, &p, err)) == VOX_OK)
            /* what a table says is held, not fetched: nothing to judge */
            code = learner_hold(l, &p, err);
        *n += code == VOX_OK;
    }
    if (code == VOX_E_INPUT)
        (void)vox_error_prefix(err, "line %zu", c.line);
    return code;
}
