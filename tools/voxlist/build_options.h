/*
 * What build and prepare both take: which list, of which records, and whose certificate signs it.
 */
#ifndef VOXLIST_BUILD_OPTIONS_H
#define VOXLIST_BUILD_OPTIONS_H

#include <libcert/role.h>

#include "making.h"
#include "members.h"

struct build_options {
    bool has_kind;
    enum cluster_list kind;
    const char *output;      /* "-": standard output */
    const char *signer_cert; /* file; NULL: the first SAST, or the store's first anchor */
    const char *filename;    /* inside the list; NULL: the kind's own */
    const char *node;        /* ITL from the store: whose; NULL: the only one */
    struct making making;
    struct named_members members; /* none: the list comes from the store */
};

enum {
    BUILD_OUTPUT = 'o',
    BUILD_SIGNER_CERT = 0x380,
    BUILD_FILENAME,
    BUILD_NODE,
    BUILD_ROLE = 0x400, /* and the role's number added */
};

/* Rows of a table of options, in groups 1 to 4; BUILD_OPTIONS_ELSE ends it. */
#define BUILD_OPTIONS_OUTPUT                                                    \
    {                                                                           \
        "output", BUILD_OUTPUT, "FILE", 0, "where to ('-': standard output)", 1 \
    }
#define BUILD_OPTIONS_RECORDS                                                                                          \
    {NULL, 0, NULL, 0, "Records, in the order given; FILE may be followed by ,dns=NAME and ,ip=ADDR:", 2},             \
        {"sast", BUILD_ROLE + ROLE_SAST, "FILE", 0, "a certificate that may sign lists; the first one signs", 2},      \
        {"ccm", BUILD_ROLE + ROLE_CCM, "FILE", 0, "call manager", 2},                                                  \
        {"ccm-tftp", BUILD_ROLE + ROLE_CCM_TFTP, "FILE", 0, "call manager that signs configuration files as well", 2}, \
        {"tftp", BUILD_ROLE + ROLE_TFTP, "FILE", 0, "signs configuration files", 2},                                   \
        {"capf", BUILD_ROLE + ROLE_CAPF, "FILE", 0, "issues certificates to phones", 2},                               \
        {"app-server", BUILD_ROLE + ROLE_APP_SERVER, "FILE", 0, "HTTPS service", 2},                                   \
        {"tvs", BUILD_ROLE + ROLE_TVS, "FILE", 0, "trust verification (ITL only)", 2},                                 \
        {NULL, 0, NULL, 0, "Signing:", 3},                                                                             \
        {"signer-cert", BUILD_SIGNER_CERT, "FILE", 0, "certificate of the signer, when it is not the first SAST", 3},  \
        MAKING_OPTIONS

#define BUILD_OPTIONS_ELSE                                                                                       \
    {NULL, 0, NULL, 0, "Else:", 4},                                                                              \
        {"filename", BUILD_FILENAME, "NAME", 0, "name inside the list (default CTLFile.tlv or ITLFile.tlv)", 4}, \
        {"node", BUILD_NODE, "NODE", 0, "from the store: the TFTP node whose ITL it is", 4},                     \
    {                                                                                                            \
        NULL, 0, NULL, 0, NULL, 0                                                                                \
    }

/* build_options_defaults(): as making_defaults(), nothing named. */
struct build_options build_options_defaults(void);

/* build_options_parse(key, arg, state, o): ARGP_ERR_UNKNOWN when key is none of the rows above, and no list. At
 * ARGP_KEY_END a usage error when no list is named, nobody would sign it, or options exclude each other. */
error_t build_options_parse(int key, char *arg, struct argp_state *state, struct build_options *o);

/* build_options_filename(o): the name inside the list. */
const char *build_options_filename(const struct build_options *o);

/* build_options_free(o): give up the members. */
void build_options_free(struct build_options *o);

#endif
