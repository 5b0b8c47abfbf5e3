/*
 * Is a list sound: signature, records against their certificates, and the linter. Source: docs/formats/trust-list.md 4,
 * 6, 7.
 */
#ifndef CTL_VERIFY_H
#define CTL_VERIFY_H

#include <ctl/list.h>

/*
 * ctl_signer_record(l): index of the SAST record that the header names (serial and issuer), or -1. ctl_signed_by(l, i):
 * record i is a SAST with the key that made the signature (several records may hold one key).
 */
int ctl_signer_record(const struct ctl_list *l);
bool ctl_signed_by(const struct ctl_list *l, size_t i);

/* ctl_verify(l, err): VOX_OK the signature is that of the SAST record that the header names. VOX_E_NO: signer absent,
 * signature invalid; the sentence says which. */
enum vox_err ctl_verify(const struct ctl_list *l, struct vox_error *err);

/* ctl_verify_with(l, key, err): the same against a key that the caller trusts (an older list's signer). */
enum vox_err ctl_verify_with(const struct ctl_list *l, EVP_PKEY *key, struct vox_error *err);

/* ctl_is_itl(l): an ITL rather than a CTL: the file name inside says so, or, when it says neither, a TVS record. */
bool ctl_is_itl(const struct ctl_list *l);

enum lint_severity {
    LINT_NOTE,    /* worth knowing; never a reason for `verify` to say no */
    LINT_WARNING, /* `verify --strict` says no */
    LINT_ERROR,   /* `verify` says no: a contradiction, or no phone can use the list */
};

/* lint_severity_word(s): "note", "warning", "error". */
const char *lint_severity_word(enum lint_severity s);

/* One finding. code is a stable word: see the table in docs/formats/trust-list.md 7. text is one clause with control
 * bytes escaped and valid UTF-8. */
struct lint_finding {
    const char *code;
    enum lint_severity severity;
    int record; /* index, -1 for the whole list */
    char text[256];
};

/* ctl_lint(l, now, out, n, err): all findings, those on the whole list first, then by record. now in seconds since
 * 1970, for expired members. *out NULL when *n is 0. Errors: VOX_E_MEMORY. Free with free(). */
enum vox_err ctl_lint(const struct ctl_list *l, int64_t now, struct lint_finding **out, size_t *n,
                      struct vox_error *err);

#endif
