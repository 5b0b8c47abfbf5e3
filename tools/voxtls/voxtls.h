/* The verbs of voxtls, a file each. */
#ifndef VOXTLS_H
#define VOXTLS_H

#include <cli/verb.h>

/* voxtls_VERB(common, argc, argv): run a verb; the exit status. */
int voxtls_show(struct cli_common *common, int argc, char **argv);
int voxtls_set_min_version(struct cli_common *common, int argc, char **argv);
int voxtls_set_ciphers(struct cli_common *common, int argc, char **argv);
int voxtls_set_https_ciphers(struct cli_common *common, int argc, char **argv);
int voxtls_set_https_keys(struct cli_common *common, int argc, char **argv);
int voxtls_common_criteria(struct cli_common *common, int argc, char **argv);
int voxtls_audit(struct cli_common *common, int argc, char **argv);
int voxtls_legacy(struct cli_common *common, int argc, char **argv);
int voxtls_matrix(struct cli_common *common, int argc, char **argv);

#endif
