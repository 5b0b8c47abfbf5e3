/*
 * Would a call manager take this certificate from a device at the far end of a trunk? Names, chain, dates, usages and
 * keys, every finding at once. Source: docs/formats/certificates.md 8.
 */
#ifndef LIBCERT_PEERCHECK_H
#define LIBCERT_PEERCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libcert/cert.h>

/* What the certificate is to be good for. */
enum { PEERCHECK_SERVER = 1, PEERCHECK_CLIENT = 2 };

struct peercheck_params {
    int64_t now;              /* seconds since 1970 */
    int warn_days;            /* a warning when it ends sooner than that */
    unsigned required;        /* PEERCHECK_ usages without which it is refused */
    unsigned wished;          /* those without which there is a warning */
    bool strong;              /* as the TLS library asks from TLS 1.2 on: RSA of 2048 bits, no SHA-1 */
    const char *const *names; /* one of them must be its CN or an alternative name; none: not looked at */
    size_t nnames;
    struct cert *const *shown; /* what came with it: issuers that lead to a trusted one, themselves not trusted */
    size_t nshown;
    struct cert *const *trusted; /* roots, intermediates, and self-signed devices */
    size_t ntrusted;
};

/*
 * code is a stable word: "expired", "not-yet-valid", "expiring", "untrusted" (its root, or itself, is not trusted),
 * "chain" (an issuer is missing or wrong), "name", "wildcard", "usage", "weak-key", "weak-signature", "damaged". text
 * is one sentence without the certificate's name. fatal: a call manager refuses it.
 */
struct peercheck_finding {
    const char *code;
    bool fatal;
    char text[400];
};

enum { PEERCHECK_MAX = 16 };

/* peercheck(c, p, findings, n): fill up to PEERCHECK_MAX findings, *n how many; true when none is fatal. */
bool peercheck(const struct cert *c, const struct peercheck_params *p,
               struct peercheck_finding findings[static PEERCHECK_MAX], size_t *n);

/* peercheck_named(c, name): name is c's CN, or one of its DNS names or addresses; upper and lower case do not count. */
bool peercheck_named(const struct cert *c, const char *name);

/* peercheck_each_name(c, each, arg): call each(arg, name) for the CN, every DNS name and every address. */
void peercheck_each_name(const struct cert *c, void (*each)(void *arg, const char *name), void *arg);

#endif
