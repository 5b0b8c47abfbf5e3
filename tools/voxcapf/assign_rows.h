/* Phones that are to have a security profile: collected, judged as a whole, and only then written down. */
#ifndef VOXCAPF_ASSIGN_ROWS_H
#define VOXCAPF_ASSIGN_ROWS_H

#include <libcert/phoneprofiles.h>

#include "refusals.h"

struct assign_row {
    char device[PHONE_NAME_MAX + 1];
    char profile[PHONE_PROFILE_NAME_MAX]; /* "": none any more */
    size_t line;                          /* of the table; 0: from elsewhere */
};

/* What a whole assignment does, and whom it refuses. */
struct assign_rows {
    struct assign_row *rows;
    size_t n, cap;
    struct refusals refused;
    size_t fresh, changed, same;           /* had none; had another; have it already */
    size_t no_model, no_lsc, string_alone; /* of those that get one: see assign_rows_judge() */
    char sample_model[PHONE_NAME_MAX + 1]; /* one of each, to be named in a warning */
    char sample_lsc[PHONE_NAME_MAX + 1];
};

/* assign_rows_add(r, device, profile, line): false without memory. assign_rows_free(r). */
bool assign_rows_add(struct assign_rows *r, const char *device, const char *profile, size_t line);
void assign_rows_free(struct assign_rows *r);

/* assign_table_read(data, profile, out, err): a table with the column device, and profile when that is NULL. VOX_OK
 * also when lines were refused. VOX_E_INPUT: no table at all. */
enum vox_err assign_table_read(struct bytes_view data, const char *profile, struct assign_rows *out,
                               struct vox_error *err);

/* Whom a pattern means; NULL is any. */
struct assign_filter {
    const char *pattern; /* glob(7) */
    const char *model;   /* of phone_profile_model() */
    const char *from;    /* a profile that it was assigned */
};

/* assign_rows_match(b, f, profile, out, err): every device that is known or has a profile, and matches. */
enum vox_err assign_rows_match(const struct phone_book *b, const struct assign_filter *f, const char *profile,
                               struct assign_rows *out, struct vox_error *err);

/*
 * assign_rows_judge(b, tls_min, strangers, r, err): may each have it? strangers: also who is not known. Refusals and
 * the counts begin anew, but for lines that were no line. no_model: the profile is for a model, and the phone's is not
 * known; no_lsc: it proves itself with an LSC and has none; string_alone: a string and a secure mode, and no LSC.
 */
enum vox_err assign_rows_judge(const struct phone_book *b, int tls_min, bool strangers, struct assign_rows *r,
                               struct vox_error *err);

/* assign_rows_apply(s, r, err): in the caller's transaction. */
enum vox_err assign_rows_apply(struct store *s, const struct assign_rows *r, struct vox_error *err);

#endif
