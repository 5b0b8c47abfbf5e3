/*
 * The audit log: who did what when, each entry hash-chained to the one before. Source: docs/formats/store.md 4.
 */
#ifndef LIBCERT_AUDIT_H
#define LIBCERT_AUDIT_H

#include <libcert/store.h>

struct audit_entry {
    int64_t number; /* 1, 2, 3 ... without holes */
    char *time;     /* RFC 3339 */
    char *who;      /* login name and uid, as "root(0)"; with sudo "alice(1000) as root(0)" */
    char *what;     /* program, verb and object: "voxlist publish CTLFile.tlv" */
    char *result;   /* "done", "refused: ..." */
    char *hash;     /* SHA-256 hex over the previous hash and the four fields, length-prefixed */
};

/*
 * audit_append(s, what, result, err): add an entry by the calling user, inside the open transaction (or one of its
 * own). Never hand it a secret.
 */
enum vox_err audit_append(struct store *s, const char *what, const char *result, struct vox_error *err);

/* audit_entries(s, last, out, n, err): the newest `last` entries (0: all), oldest first. audit_entries_about(s, word,
 * ...): those that tell of word: it stands in `what` between blanks, ',', ':' or ';'. Free with audit_entries_free().
 */
enum vox_err audit_entries(struct store *s, size_t last, struct audit_entry **out, size_t *n, struct vox_error *err);
enum vox_err audit_entries_about(struct store *s, const char *word, struct audit_entry **out, size_t *n,
                                 struct vox_error *err);
void audit_entries_free(struct audit_entry **list, size_t n);

/*
 * For who keeps a store open: was an older one put back under it, as a restore does? audit_mark_take(s, out, err):
 * where the log ends. audit_mark_holds(s, m, holds, err): has the log that very entry still?
 */
struct audit_mark {
    int64_t number; /* 0: none, which always holds */
    char hash[65];
};
enum vox_err audit_mark_take(struct store *s, struct audit_mark *out, struct vox_error *err);
enum vox_err audit_mark_holds(struct store *s, const struct audit_mark *m, bool *holds, struct vox_error *err);

/* audit_verify(s, count, err): VOX_OK and how many entries, or VOX_E_NO with the number of the first entry that does
 * not follow from the one before. */
enum vox_err audit_verify(struct store *s, int64_t *count, struct vox_error *err);

#endif
