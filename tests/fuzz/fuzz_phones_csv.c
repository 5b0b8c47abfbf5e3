/* Tables of phones: whatever stands in one, only sound rows come out, and all of them or a refusal with its line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <assign_rows.h>
#include <cli/csv.h>
#include <import_rows.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fields(struct bytes_view table)
{
    static struct csv c;
    struct vox_error err;
    bool more = true;
    size_t line = 0;

    csv_begin(&c, table);
    while (more) {
        if (csv_next(&c, &more, &err) != VOX_OK)
            continue;
        if (more && (c.nfields == 0 || c.nfields > CSV_FIELDS_MAX || c.line <= line))
            abort();
        line = c.line;
        for (size_t i = 0; i < c.nfields; i++) {
            for (const char *p = c.fields[i]; *p; p++) {
                if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
                    abort();
            }
        }
    }
}

static void assignments(struct bytes_view table, const char *profile)
{
    struct assign_rows rows = {.rows = NULL};
    struct vox_error err;

    if (assign_table_read(table, profile, &rows, &err) == VOX_OK) {
        if (rows.n + rows.refused.n == 0)
            abort();
        for (size_t i = 0; i < rows.n; i++) {
            const struct assign_row *r = &rows.rows[i];

            if (phone_name_check(r->device, NULL) != VOX_OK || trunk_profile_name_check(r->profile, NULL) != VOX_OK ||
                (i > 0 && rows.refused.n == 0 && strcmp(rows.rows[i - 1].device, r->device) >= 0))
                abort();
        }
    } else if (err.text[0] == '\0') {
        abort();
    }
    assign_rows_free(&rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes_view table = {data, size};
    struct import_rows rows;
    struct vox_error err;

    fields(table);
    assignments(table, NULL);
    assignments(table, "plain");
    if (import_rows_read(table, 1800000000, &rows, &err) == VOX_OK) {
        if (rows.n + rows.refused.n == 0)
            abort();
        for (size_t i = 0; i < rows.n; i++) {
            const struct import_row *r = &rows.rows[i];

            if (phone_name_check(r->name, NULL) != VOX_OK || (r->order.generate > 0 && r->order.digits[0] != '\0') ||
                (i > 0 && rows.refused.n == 0 && strcmp(rows.rows[i - 1].name, r->name) >= 0))
                abort();
        }
    } else if (err.text[0] == '\0') {
        abort();
    }
    import_rows_free(&rows);
    return 0;
}
