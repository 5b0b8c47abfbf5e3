/*
 * The verbs of voxtrunk, a file each.
 */
#ifndef VOXTRUNK_H
#define VOXTRUNK_H

#include <cli/verb.h>
#include <libcert/store.h>

/* voxtrunk_VERB(common, argc, argv): run a verb; the exit status. */
int voxtrunk_profile_add(struct cli_common *common, int argc, char **argv);
int voxtrunk_profile_list(struct cli_common *common, int argc, char **argv);
int voxtrunk_profile_show(struct cli_common *common, int argc, char **argv);
int voxtrunk_profile_remove(struct cli_common *common, int argc, char **argv);
int voxtrunk_add(struct cli_common *common, int argc, char **argv);
int voxtrunk_list(struct cli_common *common, int argc, char **argv);
int voxtrunk_show(struct cli_common *common, int argc, char **argv);
int voxtrunk_remove(struct cli_common *common, int argc, char **argv);
int voxtrunk_upload(struct cli_common *common, int argc, char **argv);
int voxtrunk_fetch(struct cli_common *common, int argc, char **argv);
int voxtrunk_probe(struct cli_common *common, int argc, char **argv);
int voxtrunk_export(struct cli_common *common, int argc, char **argv);

/* after_change(common, s, event, name): run what is to be run after it (voxtrust-hooks(5)). */
void after_change(const struct cli_common *common, struct store *s, const char *event, const char *name);

#endif
