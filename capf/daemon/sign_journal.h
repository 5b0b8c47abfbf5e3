/*
 * The signer's journal as a file: issue.journal in a folder of its own. Opened, replayed and rewritten without what is
 * not needed any more while there are rights to do so; afterwards only appended to.
 */
#ifndef CAPF_DAEMON_SIGN_JOURNAL_H
#define CAPF_DAEMON_SIGN_JOURNAL_H

#include <sys/types.h>

#include "sign_known.h"

/* What is asked of the system once the journal is open; tests put failing ones in their place. */
struct sign_calls {
    ssize_t (*write)(int fd, const void *data, size_t len);
    ssize_t (*pread)(int fd, void *data, size_t len, off_t at);
    int (*fdatasync)(int fd);
    int (*ftruncate)(int fd, off_t len);
};
extern struct sign_calls sign_calls;

struct sign_journal;

/*
 * sign_journal_open(dir, now, known, out, err): make the folder (0700) if missing, take what earlier signers left in it
 * into known, and put what is still needed of it into one new file (0600): temporary, fsync, rename, fsync of the
 * folder. A signer that still answers the connections of before a reload keeps its file, under the name
 * issue.journal.NUMBER, until the next start. Torn ends are cut away, which is logged. Errors: VOX_E_IO, VOX_E_INPUT
 * (damaged: nothing was changed), VOX_E_MEMORY. sign_journal_close(j): a last mark, and close; NULL is fine.
 */
enum vox_err sign_journal_open(const char *dir, int64_t now, struct sign_known *known, struct sign_journal **out,
                               struct vox_error *err);
void sign_journal_close(struct sign_journal **j);

/* sign_journal_add(j, r, at, err): one more record for the next write; r->durable is filled in. *at: its offset (may be
 * NULL). Errors: VOX_E_MEMORY, VOX_E_INPUT; what was added before stays. */
enum vox_err sign_journal_add(struct sign_journal *j, const struct capf_journal_record *r, uint64_t *at,
                              struct vox_error *err);

/* sign_journal_drop(j): forget what was added and not written. */
void sign_journal_drop(struct sign_journal *j);

/*
 * sign_journal_write(j, sync, err): write all that was added, with one call when the system lets us; with sync it is
 * durable on return. Errors: VOX_E_IO: nothing of it is in the file, and with sync nothing that was not durable before;
 * the next write may succeed.
 */
enum vox_err sign_journal_write(struct sign_journal *j, bool sync, struct vox_error *err);

/* sign_journal_mark(j): say in the file that all of it is durable, if it does not say so. */
void sign_journal_mark(struct sign_journal *j);

/* sign_journal_follow(j, known, err): what the signer of before a reload has written since. Errors: VOX_E_IO,
 * VOX_E_MEMORY, VOX_E_INPUT. */
enum vox_err sign_journal_follow(struct sign_journal *j, struct sign_known *known, struct vox_error *err);

/* sign_journal_certificate(j, q, out, err): read back what was signed. Errors: VOX_E_IO, VOX_E_MEMORY. Free out with
 * bytes_free(). */
enum vox_err sign_journal_certificate(const struct sign_journal *j, const struct sign_request *q, struct bytes *out,
                                      struct vox_error *err);

#endif
