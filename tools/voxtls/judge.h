/* What is found at a port becomes findings and a verdict, under a policy. Source: docs/formats/tls-policy.md 8. */
#ifndef VOXTLS_JUDGE_H
#define VOXTLS_JUDGE_H

#include "places.h"

/* Days before the end of a certificate from which it is a warning. */
enum { JUDGE_WARN_DAYS = 30 };

/* judge(places, policy, now, err): findings and verdict of each place; which hosts were reached. Errors: VOX_E_MEMORY.
 */
enum vox_err judge(struct places *places, const struct tls_settings *policy, int64_t now, struct vox_error *err);

/* judge_policy(settings, https): what is in effect under them for a listener, one that speaks HTTPS or another:
 * versions, and the ciphers that go with them. */
struct tls_policy judge_policy(const struct tls_settings *settings, bool https);

/* judge_add(place, severity, code, fmt, ...): one more finding; its sentence has what a terminal would obey escaped.
 * false without memory. */
bool judge_add(struct place *place, enum severity severity, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* judge_certificates(place, now): findings about what the port shows. false without memory. */
bool judge_certificates(struct place *place, int64_t now);

/* judge_versions(port): what is taken, as TLSPORTS_1_0 ...; SSL 3.0 has no bit there. judge_verdict_text(v): "too old".
 * judge_severity_text(s): "violation", "warning", "note". judge_violations(place): how many. */
uint8_t judge_versions(const struct tlsscan_port *port);
const char *judge_verdict_text(enum verdict v);
const char *judge_severity_text(enum severity s);
size_t judge_violations(const struct place *place);

/* Of a certificate, for people; free the names with free(). */
struct judge_cert {
    char *subject, *issuer;
    char key[40];
    const char *signature; /* "sha256WithRSAEncryption" */
    int64_t not_before, not_after, days_left;
};

/* judge_cert(c, now, out): false without memory. judge_cert_free(out). */
bool judge_cert(const struct cert *c, int64_t now, struct judge_cert *out);
void judge_cert_free(struct judge_cert *out);

#endif
