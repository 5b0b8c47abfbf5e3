/* What voxcapfd was told: command line, then configuration file. */
#ifndef VOXCAPFD_OPTIONS_H
#define VOXCAPFD_OPTIONS_H

#include <libcert/serve_options.h>

struct options {
    struct serve_options serve;      /* what all daemons have */
    const char *issuer, *issuer_key; /* NULL: the certificate that is shown */
    const char *journal;             /* NULL: beside the store */
    unsigned key_timeout_s;
    bool accept_expired_mic;
};

/* options_parse(argc, argv, out): as serve_options_parse(). */
bool options_parse(int argc, char **argv, struct options *out);

#endif
