/*
 * Of which certificates people were told that they end: each threshold once. Source: docs/formats/store.md 12.
 */
#ifndef LIBCERT_NOTICES_H
#define LIBCERT_NOTICES_H

#include <libcert/store.h>

enum { NOTICE_NONE = -1, NOTICE_ENDED = 0, NOTICE_DAYS_MAX = 36500 };

/*
 * notice_due(left, at, n, told): the threshold in days of which people are to be told now, NOTICE_ENDED, or
 * NOTICE_NONE. left: seconds until the certificate ends; at: n thresholds in any order; told: what they were told last,
 * or NOTICE_NONE.
 *
 * Due is the smallest threshold that is above the whole days left, unless it was told; of two that were passed at once
 * the smaller one is enough. A clock that goes back by more than a day behind what was told makes its thresholds due
 * again: which of the two times was the wrong one cannot be known, and better told twice than never.
 */
int notice_due(int64_t left, const int *at, size_t n, int told);

/*
 * notice_get(s, fingerprint, out, err): what was told last of this certificate; NOTICE_NONE. notice_put(s, fingerprint,
 * days, now, err): it is told; does nothing for a certificate that is gone meanwhile. In the caller's transaction,
 * audited by the caller.
 */
enum vox_err notice_get(struct store *s, const char *fingerprint, int *out, struct vox_error *err);
enum vox_err notice_put(struct store *s, const char *fingerprint, int days, int64_t now, struct vox_error *err);

#endif
