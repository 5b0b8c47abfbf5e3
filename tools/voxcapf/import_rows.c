#include "import_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include <cli/csv.h>

#include "span.h"

enum column { COL_DEVICE, COL_OPERATION, COL_AUTH, COL_STRING, COL_KEY, COL_BY, COL_EXPIRES, COLUMNS };

static const char *const column_words[COLUMNS] = {"device", "operation", "auth", "string", "key", "by", "expires"};

/* Where each column stands; -1: not there. */
struct header {
    int at[COLUMNS];
    size_t n;
};

static enum vox_err read_header(struct csv *c, struct header *h, struct vox_error *err)
{
    bool more;
    enum vox_err code = csv_next(c, &more, err);

    if (code != VOX_OK) {
        (void)vox_error_prefix(err, "line %zu", c->line);
        return code;
    }
    if (!more)
        return vox_fail(err, VOX_E_INPUT,
                        "empty: a line with the columns' names is expected, as device,operation,auth");
    for (int i = 0; i < COLUMNS; i++)
        h->at[i] = -1;
    h->n = c->nfields;
    for (size_t i = 0; i < c->nfields; i++) {
        int col = 0;

        while (col < COLUMNS && strcasecmp(c->fields[i], column_words[col]) != 0)
            col++;
        if (col == COLUMNS)
            return vox_fail(err, VOX_E_INPUT,
                            "line %zu: no column '%.64s' is known: device, operation, auth, string, key, by, expires",
                            c->line, c->fields[i]);
        if (h->at[col] >= 0)
            return vox_fail(err, VOX_E_INPUT, "line %zu: the column '%s' stands there twice", c->line,
                            column_words[col]);
        h->at[col] = (int)i;
    }
    if (h->at[COL_DEVICE] < 0)
        return vox_fail(err, VOX_E_INPUT, "line %zu: there is no column 'device'; the first line names the columns",
                        c->line);
    return VOX_OK;
}

/* "" when the column is not there. */
static const char *cell(const struct csv *c, const struct header *h, enum column col)
{
    return h->at[col] >= 0 ? c->fields[h->at[col]] : "";
}

/* "" and "generate": 8 digits; "generate:N"; else the string itself. */
static enum vox_err read_string(const char *text, struct order *o, struct vox_error *err)
{
    static const char word[] = "generate";
    size_t nword = sizeof word - 1;
    char *end;
    unsigned long n;

    if (text[0] == '\0' || strcasecmp(text, word) == 0)
        return VOX_OK;
    if (strncasecmp(text, word, nword) != 0)
        return order_string(o, (const uint8_t *)text, strlen(text), err);
    n = text[nword] == ':' ? strtoul(text + nword + 1, &end, 10) : 0;
    if (n < PHONE_STRING_MIN || n > PHONE_STRING_MAX || *end != '\0')
        return vox_fail(err, VOX_E_INPUT, "'%.32s': generate:%d to generate:%d are possible", text, PHONE_STRING_MIN,
                        PHONE_STRING_MAX);
    o->generate = (unsigned)n;
    return VOX_OK;
}

static enum vox_err read_row(const struct csv *c, const struct header *h, int64_t now, struct import_row *row,
                             struct vox_error *err)
{
    const char *operation = cell(c, h, COL_OPERATION), *auth = cell(c, h, COL_AUTH), *key = cell(c, h, COL_KEY);
    const char *by = cell(c, h, COL_BY), *expires = cell(c, h, COL_EXPIRES), *string = cell(c, h, COL_STRING);
    struct order *o = &row->order, settled;
    enum vox_err code;

    if (c->nfields != h->n)
        return vox_fail(err, VOX_E_INPUT, "%zu fields, the header has %zu", c->nfields, h->n);
    row->order = order_default();
    row->line = c->line;
    if ((code = phone_name_check(cell(c, h, COL_DEVICE), err)) != VOX_OK)
        return code;
    (void)snprintf(row->name, sizeof row->name, "%s", cell(c, h, COL_DEVICE));
    if (operation[0] != '\0' && !phone_operation_parse(operation, &o->operation))
        return vox_fail(err, VOX_E_INPUT, "operation '%.32s': install, fetch, delete or none", operation);
    if (auth[0] != '\0' && !phone_proof_parse(auth, &o->proof))
        return vox_fail(err, VOX_E_INPUT, "auth '%.32s': string, null, lsc or mic", auth);
    o->has_proof = auth[0] != '\0' || string[0] != '\0'; /* a string says that it is the proof */
    o->has_key = key[0] != '\0';
    if ((o->has_key && (code = phone_key_parse(key, &o->key, err)) != VOX_OK) ||
        (by[0] != '\0' && (code = span_moment(by, now, &o->by, err)) != VOX_OK) ||
        (expires[0] != '\0' && (code = span_moment(expires, now, &o->string_expires, err)) != VOX_OK) ||
        (code = read_string(string, o, err)) != VOX_OK)
        return code;
    settled = *o; /* the order itself is settled when its profile is known */
    code = order_settle(&settled, now, err);
    OPENSSL_cleanse(&settled, sizeof settled);
    return code;
}

/* Room for one more; what moves is wiped where it was. */
static bool grow(struct import_rows *out, size_t *cap)
{
    size_t bigger = *cap == 0 ? 256 : *cap * 2;
    struct import_row *rows;

    if (out->n < *cap)
        return true;
    if ((rows = calloc(bigger, sizeof *rows)) == NULL)
        return false;
    if (out->n > 0) {
        memcpy(rows, out->rows, out->n * sizeof *rows);
        OPENSSL_cleanse(out->rows, out->n * sizeof *rows);
    }
    free(out->rows);
    out->rows = rows;
    *cap = bigger;
    return true;
}

static int by_name(const void *a, const void *b)
{
    const struct import_row *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order != 0 ? order : x->line < y->line ? -1 : x->line > y->line;
}

/* Sorted, so that the store's rows are met in their order, and twins stand side by side. */
static void sort_and_find_twins(struct import_rows *out)
{
    char why[100];

    if (out->n > 1)
        qsort(out->rows, out->n, sizeof *out->rows, by_name);
    for (size_t i = 1, first = 0; i < out->n; i++) {
        if (strcmp(out->rows[first].name, out->rows[i].name) != 0) {
            first = i;
            continue;
        }
        (void)snprintf(why, sizeof why, "%s stands in line %zu already", out->rows[i].name, out->rows[first].line);
        refusals_add(&out->refused, out->rows[i].line, why);
    }
}

static enum vox_err read_rows(struct csv *c, const struct header *h, int64_t now, struct import_rows *out,
                              struct vox_error *err)
{
    size_t cap = 0;
    bool more = true;

    for (;;) {
        struct vox_error why;
        struct import_row *row;

        if (!grow(out, &cap))
            return vox_fail(err, VOX_E_MEMORY, "no memory");
        row = &out->rows[out->n];
        enum vox_err code = csv_next(c, &more, &why);
        if (!more)
            return VOX_OK;
        if (code == VOX_OK)
            code = read_row(c, h, now, row, &why);
        if (code != VOX_OK) {
            refusals_add(&out->refused, c->line, why.text);
            continue;
        }
        out->nstrings += row->order.digits[0] != '\0';
        out->n++;
    }
}

enum vox_err import_rows_read(struct bytes_view data, int64_t now, struct import_rows *out, struct vox_error *err)
{
    struct header h = {.n = 0};
    struct csv c;
    enum vox_err code;

    memset(out, 0, sizeof *out);
    csv_begin(&c, data);
    if ((code = read_header(&c, &h, err)) == VOX_OK)
        code = read_rows(&c, &h, now, out, err);
    csv_wipe(&c);
    if (code == VOX_OK)
        sort_and_find_twins(out);
    if (code == VOX_OK && out->n == 0 && out->refused.n == 0)
        code = vox_fail(err, VOX_E_INPUT, "no phone below the header");
    return code;
}

enum vox_err import_rows_resolve(const struct phone_book *b, int64_t now, struct import_rows *rows,
                                 struct vox_error *err)
{
    struct order_from from = {.by = PHONE_PROFILE_NONE};
    struct vox_error why;

    for (size_t i = 0; i < rows->n; i++) {
        struct import_row *row = &rows->rows[i];
        enum vox_err code = VOX_OK;

        if (row->order.operation != PHONE_NONE && !(row->order.has_proof && row->order.has_key))
            code = order_resolve(b, row->name, &row->order, &from, &why);
        if (code == VOX_OK)
            code = order_settle(&row->order, now, &why);
        if (code == VOX_E_INPUT || code == VOX_E_USAGE) {
            refusals_add(&rows->refused, row->line, why.text);
        } else if (code != VOX_OK) {
            *err = why;
            return code;
        }
        rows->ngenerate += row->order.generate > 0;
        rows->nprofiles += from.proof || from.key;
        from = (struct order_from){.by = PHONE_PROFILE_NONE};
    }
    return VOX_OK;
}

void import_rows_free(struct import_rows *r)
{
    if (r->rows != NULL)
        OPENSSL_cleanse(r->rows, r->n * sizeof *r->rows);
    free(r->rows);
    memset(r, 0, sizeof *r);
}
