/* The verbs of voxcapf, a file each. */
#ifndef VOXCAPF_H
#define VOXCAPF_H

#include <cli/verb.h>

/* voxcapf_VERB(common, argc, argv): run a verb; the exit status. */
int voxcapf_set(struct cli_common *common, int argc, char **argv);
int voxcapf_import(struct cli_common *common, int argc, char **argv);
int voxcapf_adopt(struct cli_common *common, int argc, char **argv);
int voxcapf_list(struct cli_common *common, int argc, char **argv);
int voxcapf_show(struct cli_common *common, int argc, char **argv);
int voxcapf_export(struct cli_common *common, int argc, char **argv);
int voxcapf_remove(struct cli_common *common, int argc, char **argv);
int voxcapf_log(struct cli_common *common, int argc, char **argv);
int voxcapf_renew(struct cli_common *common, int argc, char **argv);
int voxcapf_profile(struct cli_common *common, int argc, char **argv);
int voxcapf_security_profile_add(struct cli_common *common, int argc, char **argv);
int voxcapf_security_profile_change(struct cli_common *common, int argc, char **argv);
int voxcapf_security_profile_list(struct cli_common *common, int argc, char **argv);
int voxcapf_security_profile_show(struct cli_common *common, int argc, char **argv);
int voxcapf_security_profile_remove(struct cli_common *common, int argc, char **argv);
int voxcapf_template_show(struct cli_common *common, int argc, char **argv);
int voxcapf_template_set(struct cli_common *common, int argc, char **argv);
int voxcapf_template_clear(struct cli_common *common, int argc, char **argv);
int voxcapf_assign(struct cli_common *common, int argc, char **argv);
int voxcapf_ca_mode(struct cli_common *common, int argc, char **argv);
int voxcapf_ca_dump(struct cli_common *common, int argc, char **argv);
int voxcapf_ca_sign(struct cli_common *common, int argc, char **argv);
int voxcapf_ca_import(struct cli_common *common, int argc, char **argv);
int voxcapf_enroll(struct cli_common *common, int argc, char **argv);

#endif
