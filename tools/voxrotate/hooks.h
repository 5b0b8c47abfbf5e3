/* What is run after a change: executables of the folder hooks.d beside the store. Source: voxrotate(1), HOOKS. */
#ifndef VOXROTATE_HOOKS_H
#define VOXROTATE_HOOKS_H

#include <cli/verb.h>
#include <libcert/store.h>

/*
 * hooks_run(common, s, event, service, node): each by its name, one after the other, with these three words as
 * arguments; no shell, a fixed environment, half a minute at most. What fails, and what others could have put there, is
 * told as a warning; all of it is in the audit log.
 */
void hooks_run(const struct cli_common *common, struct store *s, const char *event, const char *service,
               const char *node);

#endif
