/*
 * What changed between two lists, in words and as JSON.
 */
#ifndef CTL_DIFF_H
#define CTL_DIFF_H

#include <jansson.h>

#include <ctl/list.h>

enum diff_kind { DIFF_ADDED, DIFF_REMOVED, DIFF_CHANGED, DIFF_HEADER };

struct diff_entry {
    enum diff_kind kind;
    int old_record, new_record; /* index or -1 */
    char text[384];             /* "TVS CN=cm1 (serial 70:CA..., RSA 2048)"; valid UTF-8, control bytes escaped */
};

/*
 * ctl_diff(a, b, out, n, err): from a to b: DIFF_HEADER entries first, then records in the order of a, then what b
 * adds. *n is 0, and *out NULL, only when the two are the same byte for byte. Records are the same by role and
 * certificate; a role whose certificate alone changed at the same node is one DIFF_CHANGED. Errors: VOX_E_MEMORY. Free
 * with free().
 */
enum vox_err ctl_diff(const struct ctl_list *a, const struct ctl_list *b, struct diff_entry **out, size_t *n,
                      struct vox_error *err);

/* diff_sign(kind): '+', '-' or '~', as a line starts. */
char diff_sign(enum diff_kind kind);

/* ctl_diff_json(entries, n): an array (docs/formats/json.md 3); NULL without memory. The caller owns the reference. */
json_t *ctl_diff_json(const struct diff_entry *entries, size_t n);

#endif
