/*
 * Which record of one list is which record of another. Private to ctl.
 */
#ifndef CTL_SRC_DIFF_MATCH_H
#define CTL_SRC_DIFF_MATCH_H

#include <ctl/list.h>

/*
 * diff_match(a, b, partner): for each record of a the index of the record of b that it became, or -1. The closest
 * likeness wins: every byte; role, certificate and name; role and certificate; certificate alone; role and name; role
 * and subject. Errors: VOX_E_MEMORY.
 */
enum vox_err diff_match(const struct ctl_list *a, const struct ctl_list *b, int *partner);

#endif
