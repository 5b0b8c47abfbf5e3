/* What voxtvsd was told: command line, then configuration file. */
#ifndef VOXTVSD_OPTIONS_H
#define VOXTVSD_OPTIONS_H

#include <libcert/serve_options.h>

struct options {
    struct serve_options serve;   /* what all daemons have */
    const char *ec_cert, *ec_key; /* beside the certificate */
    unsigned ttl;                 /* seconds */
    bool refuse_expired;
};

/* options_parse(argc, argv, out): as serve_options_parse(). */
bool options_parse(int argc, char **argv, struct options *out);

#endif
