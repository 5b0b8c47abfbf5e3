/* The verbs of voxcert, a file each. */
#ifndef VOXCERT_H
#define VOXCERT_H

#include <argp.h>

#include <cli/verb.h>
#include <libcert/store.h>

/* voxcert_VERB(common, argc, argv): run a verb; the exit status. */
int voxcert_new(struct cli_common *common, int argc, char **argv);
int voxcert_csr(struct cli_common *common, int argc, char **argv);
int voxcert_install(struct cli_common *common, int argc, char **argv);
int voxcert_adopt(struct cli_common *common, int argc, char **argv);
int voxcert_upload(struct cli_common *common, int argc, char **argv);
int voxcert_fetch(struct cli_common *common, int argc, char **argv);
int voxcert_list(struct cli_common *common, int argc, char **argv);
int voxcert_show(struct cli_common *common, int argc, char **argv);
int voxcert_export(struct cli_common *common, int argc, char **argv);
int voxcert_delete(struct cli_common *common, int argc, char **argv);
int voxcert_check(struct cli_common *common, int argc, char **argv);

/* service_file_parse(key, arg, state, service, file): the arguments SERVICE FILE; ARGP_ERR_UNKNOWN for others. */
error_t service_file_parse(int key, char *arg, struct argp_state *state, const char **service, const char **file);

/* warn_findings(common, s, c, service, now): is a certificate that was just taken usable as far as the cluster can see?
 * Said, not refused: roots are often sent on another way. */
void warn_findings(const struct cli_common *common, struct store *s, const struct cert *c, enum service service,
                   int64_t now);

/* after_change(common, s, event, place, node): run what is to be run after it (voxtrust-hooks(5)). */
void after_change(const struct cli_common *common, struct store *s, const char *event, const char *place,
                  const char *node);

#endif
