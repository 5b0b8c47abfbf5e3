/* What a call manager would say to a handshake with a device. */
#ifndef VOXTRUNK_VERDICT_H
#define VOXTRUNK_VERDICT_H

#include <jansson.h>

#include <libcert/peercheck.h>

#include "handshake.h"

enum { VERDICT_WARN_DAYS = 30 };

struct verdict {
    bool good;
    struct peercheck_finding findings[PEERCHECK_MAX];
    size_t n;
};

struct verdict_params {
    const struct trunk *trunk;
    const struct trunk_profile *profile;
    const struct ourside *ours;
    const struct trunk_destination *to; /* NULL: the device called; any destination's host will do as its name */
    int64_t now;
};

/* verdict_cert(p, h, v): look at what the device showed. verdict_add(v, code, fatal, fmt, ...): one finding more. */
void verdict_cert(const struct verdict_params *p, const struct handshake *h, struct verdict *v);
void verdict_add(struct verdict *v, const char *code, bool fatal, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* verdict_handshake(h, v): what went wrong on the line. verdict_hung_up(h): the device closed the connection within the
 * handshake, without an alert. */
bool verdict_hung_up(const struct handshake *h);
void verdict_handshake(const struct handshake *h, struct verdict *v);

/* verdict_json(h, v, now): address, version, cipher, client_certificate_asked, ok, certificates, findings. */
json_t *verdict_json(const struct handshake *h, const struct verdict *v, int64_t now);

/* verdict_print(label, doc): a document of verdict_json() as lines. */
void verdict_print(const char *label, const json_t *doc);

/* verdict_names(p, names): what the certificate's name is compared with: the profile's names, else hosts; borrowed; how
 * many. names has room for LIMIT_TRUNK_NAMES. */
size_t verdict_names(const struct verdict_params *p, const char *names[static LIMIT_TRUNK_NAMES]);

#endif
