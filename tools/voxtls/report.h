/* An audit, as it is shown: tables, JSON, a page of HTML. */
#ifndef VOXTLS_REPORT_H
#define VOXTLS_REPORT_H

#include <jansson.h>

#include "judge.h"

struct audit_report {
    const struct places *places;
    const struct tls_settings *policy;
    int64_t now;
    /* Sums over all ports. */
    size_t verdicts[VERDICTS];
    size_t violations, warnings; /* a host of which nothing answers is a violation, too: what it takes is not known */
    size_t reached;              /* hosts */
};

/* report_sum(r): fill in the sums. report_ok(r): no violation, and something was reached. */
void report_sum(struct audit_report *r);
bool report_ok(const struct audit_report *r);

/* report_expected(p, out), report_accepted(p, out): "1.1+", "1.2, 1.3"; "" for none. report_ciphers(p): how many, over
 * all versions. */
enum { REPORT_VERSIONS_MAX = 48 };
void report_expected(const struct place *p, char out[static REPORT_VERSIONS_MAX]);
void report_accepted(const struct place *p, char out[static REPORT_VERSIONS_MAX]);
size_t report_ciphers(const struct place *p);

/* report_policy(r, https): what is in effect; below a minimum of 1.2 that is all ciphers, whatever is set.
 * report_https(r, out): ", HTTPS strongest, RSA keys alone" when that is something else for HTTPS, else "". */
enum { REPORT_HTTPS_MAX = 64 };
struct tls_policy report_policy(const struct audit_report *r, bool https);
const char *report_https(const struct audit_report *r, char out[static REPORT_HTTPS_MAX]);

/* report_absent(host): the sentence for a host that was not reached. */
const char *report_absent(const struct place_host *host);

/* report_print(common, r): a table for each host and what was found there. report_json(r): NULL without memory. */
void report_print(const struct cli_common *common, const struct audit_report *r);
json_t *report_json(const struct audit_report *r);

/* report_html(path, r, err): a page that needs nothing else, written whole or not at all ("-": standard output).
 * Errors: those of cli_write(), VOX_E_MEMORY. */
enum vox_err report_html(const char *path, const struct audit_report *r, struct vox_error *err);

#endif
