/* Look-ups that tvs_answer() makes. Each returns one of the matches and counts them, or NULL. */
#ifndef TVS_SNAPSHOT_H
#define TVS_SNAPSHOT_H

#include <tvs/answer.h>

/* tvs_snapshot_by_der(s, der): the very certificate. */
const struct tvs_entry *tvs_snapshot_by_der(const struct tvs_snapshot *s, struct bytes_view der);

/* tvs_snapshot_by_serial(s, serial, issuer, subject, matches): serial number equal and each name that is given (not
 * NULL) agrees. */
const struct tvs_entry *tvs_snapshot_by_serial(const struct tvs_snapshot *s, struct bytes_view serial,
                                               const char *issuer, const char *subject, size_t *matches);

/* tvs_snapshot_by_subject(s, subject, issuer, matches): subject agrees, and the issuer if it is given. */
const struct tvs_entry *tvs_snapshot_by_subject(const struct tvs_snapshot *s, const char *subject, const char *issuer,
                                                size_t *matches);

#endif
