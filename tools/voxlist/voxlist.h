/*
 * The verbs of voxlist, a file each, and what they share.
 */
#ifndef VOXLIST_H
#define VOXLIST_H

#include <cli/verb.h>
#include <ctl/list.h>

/* voxlist_VERB(common, argc, argv): run a verb; the exit status. */
int voxlist_build(struct cli_common *common, int argc, char **argv);
int voxlist_prepare(struct cli_common *common, int argc, char **argv);
int voxlist_attach(struct cli_common *common, int argc, char **argv);
int voxlist_show(struct cli_common *common, int argc, char **argv);
int voxlist_verify(struct cli_common *common, int argc, char **argv);
int voxlist_diff(struct cli_common *common, int argc, char **argv);
int voxlist_publish(struct cli_common *common, int argc, char **argv);
int voxlist_history(struct cli_common *common, int argc, char **argv);
int voxlist_rollback(struct cli_common *common, int argc, char **argv);
int voxlist_forget(struct cli_common *common, int argc, char **argv);
int voxlist_rescue(struct cli_common *common, int argc, char **argv);
int voxlist_bridge(struct cli_common *common, int argc, char **argv);
int voxlist_canary_start(struct cli_common *common, int argc, char **argv);
int voxlist_canary_status(struct cli_common *common, int argc, char **argv);
int voxlist_canary_promote(struct cli_common *common, int argc, char **argv);
int voxlist_canary_withdraw(struct cli_common *common, int argc, char **argv);
int voxlist_mode(struct cli_common *common, int argc, char **argv);

/*
 * voxlist_open(path, out, err): read a trust list ("-": standard input). A signed configuration is refused with the
 * program that shows it. The sentence has no path. Free with ctl_list_free().
 */
enum vox_err voxlist_open(const char *path, struct ctl_list **out, struct vox_error *err);

/* voxlist_is_device(name): can a file carry this device's name, as in CTLSEP0123456789AB.tlv? */
bool voxlist_is_device(const char *name);

#endif
