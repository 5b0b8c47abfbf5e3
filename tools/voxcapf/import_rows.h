/* A table of phones, read and judged as a whole before anything is done. Source: voxcapf(1), import. */
#ifndef VOXCAPF_IMPORT_ROWS_H
#define VOXCAPF_IMPORT_ROWS_H

#include "order.h"
#include "refusals.h"

struct import_row {
    char name[PHONE_NAME_MAX + 1];
    size_t line;
    struct order order;
};

struct import_rows {
    struct import_row *rows; /* by name */
    size_t n;
    size_t ngenerate; /* that get a generated string: known after import_rows_resolve() */
    size_t nstrings;  /* whose string stands in the table */
    size_t nprofiles; /* that take something from their profile: likewise */
    struct refusals refused;
};

/*
 * import_rows_read(data, now, out, err): every line. VOX_OK also when lines were refused.
 * VOX_E_INPUT: no table at all: no header, a column that is not known or stands twice, no line below it. Free with
 * import_rows_free(), which wipes.
 */
enum vox_err import_rows_read(struct bytes_view data, int64_t now, struct import_rows *out, struct vox_error *err);
void import_rows_free(struct import_rows *r);

/* import_rows_resolve(b, now, rows, err): what a line leaves empty is taken from its phone's profile. VOX_OK also when
 * lines were refused. */
enum vox_err import_rows_resolve(const struct phone_book *b, int64_t now, struct import_rows *rows,
                                 struct vox_error *err);

#endif
