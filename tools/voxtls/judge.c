#include "judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/printable.h>

enum { SENTENCE_MAX = 700, NAMES_MAX = 500 };

/* Which bits of the tables a version is. */
static uint8_t bit(int version)
{
    if (version < TLSSCAN_1_0)
        return 0;
    return (uint8_t)(1u << (version - TLSSCAN_1_0));
}

uint8_t judge_versions(const struct tlsscan_port *port)
{
    uint8_t versions = 0;

    for (int v = 0; v < TLSSCAN_VERSIONS; v++) {
        if (port->nsuites[v] > 0)
            versions |= bit(v);
    }
    return versions;
}

const char *judge_verdict_text(enum verdict v)
{
    static const char *const texts[VERDICTS] = {
        [VERDICT_CONFORMING] = "conforming",   [VERDICT_NOT_LISTENING] = "not listening",
        [VERDICT_UNREACHABLE] = "unreachable", [VERDICT_SILENT] = "silent",
        [VERDICT_NOT_TLS] = "not TLS",         [VERDICT_TOO_OLD] = "too old",
        [VERDICT_REFUSED] = "refused",         [VERDICT_CIPHERS] = "ciphers",
        [VERDICT_CERTIFICATE] = "certificate",
    };

    return texts[v];
}

const char *judge_severity_text(enum severity s)
{
    static const char *const texts[] = {"note", "warning", "violation"};

    return texts[s];
}

size_t judge_violations(const struct place *place)
{
    size_t n = 0;

    for (size_t i = 0; i < place->nfindings; i++)
        n += place->findings[i].severity == SEVERITY_VIOLATION;
    return n;
}

bool judge_add(struct place *place, enum severity severity, const char *code, const char *fmt, ...)
{
    struct finding *more = realloc(place->findings, (place->nfindings + 1) * sizeof *more);
    char raw[SENTENCE_MAX], text[SENTENCE_MAX];
    va_list ap;

    if (more == NULL)
        return false;
    place->findings = more;
    va_start(ap, fmt);
    (void)vsnprintf(raw, sizeof raw, fmt, ap);
    va_end(ap);
    printable_escape(text, sizeof text, raw);
    more[place->nfindings] = (struct finding){severity, code, strdup(text)};
    if (more[place->nfindings].text == NULL)
        return false;
    place->nfindings++;
    return true;
}

/* Nobody to talk TLS with. */
static bool judge_absent(struct place *place)
{
    const struct tlsscan_port *port = place->scan;
    const enum severity severity = place->pinned ? SEVERITY_VIOLATION : SEVERITY_NOTE;

    switch (port->state) {
    case TLSSCAN_CLOSED:
        place->verdict = VERDICT_NOT_LISTENING;
        return judge_add(place, severity, "not-listening", "%s", port->why);
    case TLSSCAN_SILENT:
        place->verdict = VERDICT_SILENT;
        return judge_add(place, SEVERITY_VIOLATION, "silent", "%s", port->why);
    case TLSSCAN_NOT_TLS:
        place->verdict = VERDICT_NOT_TLS;
        return judge_add(place, SEVERITY_VIOLATION, "not-tls", "%s", port->why);
    case TLSSCAN_REFUSES:
        place->verdict = VERDICT_REFUSED;
        return judge_add(place, SEVERITY_VIOLATION, "version-refused", "%s", port->why);
    case TLSSCAN_UNREACHABLE:
    case TLSSCAN_UNASKED:
    case TLSSCAN_TLS:
        break;
    }
    place->verdict = VERDICT_UNREACHABLE;
    return judge_add(place, severity, "unreachable", "%s", port->why[0] != '\0' ? port->why : "was not asked");
}

/* The lowest that is expected. */
static int lowest(uint8_t expected)
{
    int v = TLSSCAN_1_0;

    while (v < TLSSCAN_1_3 && (expected & bit(v)) == 0)
        v++;
    return v;
}

static bool judge_each_version(struct place *place)
{
    const struct tlsscan_port *port = place->scan;
    char expected[TLSPORTS_TEXT_MAX];

    tlsports_text(place->expected, expected);
    for (int v = 0; v < TLSSCAN_VERSIONS; v++) {
        const char *name = tlsscan_version_text((enum tlsscan_version)v), *tls = v < TLSSCAN_1_0 ? "" : "TLS ";
        const bool taken = port->nsuites[v] > 0, wanted = (place->expected & bit(v)) != 0;
        bool good = true;

        if (taken && !wanted && v < lowest(place->expected))
            good = judge_add(place, SEVERITY_VIOLATION, "version-too-old",
                             "takes %s%s, which the policy (%s) has switched off", tls, name, expected);
        else if (taken && !wanted)
            good = judge_add(place, SEVERITY_NOTE, "version-newer",
                             "takes TLS %s, too, of which the vendor's table (%s) says nothing", name, expected);
        else if (!taken && wanted)
            good = judge_add(place, SEVERITY_VIOLATION, "version-refused",
                             "does not take TLS %s, which the policy (%s) has: who knows nothing newer is cut off",
                             name, expected);
        if (good && port->unclear[v])
            good = judge_add(place, SEVERITY_NOTE, "unclear",
                             "stopped answering while its ciphers of %s%s were counted: there may be more", tls, name);
        if (!good)
            return false;
    }
    return true;
}

/* Suites of a version that the policy leaves out, by name and grade, the worst first: cut when there are many. */
static size_t outside(const struct tlsscan_port *port, int v, const struct tls_policy *policy, char names[NAMES_MAX])
{
    size_t n = 0, len = 0;

    names[0] = '\0';
    for (int grade = TLSSUITE_BROKEN; grade <= TLSSUITE_GOOD; grade++) {
        for (size_t i = 0; i < port->nsuites[v]; i++) {
            const struct tlssuite *s = tlssuite_find(port->suites[v][i]);

            if (s == NULL || (int)tlssuite_grade(s) != grade || tlssuite_in_policy(s, policy))
                continue;
            n++;
            if (len + strlen(s->iana) + 24 < NAMES_MAX)
                len += (size_t)snprintf(names + len, NAMES_MAX - len, "%s%s (%s)", len > 0 ? ", " : "", s->iana,
                                        tlssuite_grade_text((enum tlssuite_grade)grade));
            else if (names[len - 1] != '.')
                len += (size_t)snprintf(names + len, NAMES_MAX - len, ", ...");
        }
    }
    return n;
}

/* Of versions that are to be switched off nothing more is said: their ciphers go with them. */
static bool judge_ciphers(struct place *place, const struct tls_policy *policy)
{
    for (int v = lowest(place->expected); v < TLSSCAN_VERSIONS; v++) {
        char names[NAMES_MAX];
        const size_t n = outside(place->scan, v, policy, names);

        if (n > 0 &&
            !judge_add(place, SEVERITY_VIOLATION, "cipher",
                       "takes %zu cipher%s of TLS %s that the policy (%s%s%s) leaves out: %s", n, n == 1 ? "" : "s",
                       tlsscan_version_text((enum tlsscan_version)v), place->https ? "HTTPS: " : "",
                       tlspolicy_ciphers_text(policy->ciphers), policy->rsa_only ? ", RSA keys alone" : "", names))
            return false;
    }
    return true;
}

/* Ciphers of TLS 1.3 say nothing of the key: the certificate does. */
static bool judge_keys(struct place *place, const struct tls_policy *policy)
{
    const struct tlsscan_port *port = place->scan;

    for (size_t k = 0; policy->rsa_only && k < port->nchains; k++) {
        if (port->chains[k].n > 0 && cert_key_type(port->chains[k].certs[0]) != CERT_KEY_RSA &&
            !judge_add(
                place, SEVERITY_VIOLATION, "key-kind",
                "shows a certificate whose key is no RSA key, which the policy (HTTPS: RSA keys alone) leaves out"))
            return false;
    }
    return true;
}

static enum verdict worst(const struct place *place)
{
    static const struct {
        const char *code;
        enum verdict verdict;
    } order[] = {
        {"version-too-old", VERDICT_TOO_OLD}, {"version-refused", VERDICT_REFUSED}, {"cipher", VERDICT_CIPHERS}};

    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        for (size_t i = 0; i < place->nfindings; i++) {
            if (strcmp(place->findings[i].code, order[k].code) == 0)
                return order[k].verdict;
        }
    }
    return judge_violations(place) > 0 ? VERDICT_CERTIFICATE : VERDICT_CONFORMING;
}

static bool judge_place(struct place *place, const struct tls_policy *policy, int64_t now)
{
    if (place->scan->state != TLSSCAN_TLS)
        return judge_absent(place);
    if (!judge_each_version(place) || !judge_ciphers(place, policy) || !judge_keys(place, policy) ||
        !judge_certificates(place, now))
        return false;
    place->verdict = worst(place);
    return true;
}

static void judge_host(const struct places *places, struct place_host *host)
{
    for (size_t i = 0; i < host->nplaces; i++) {
        const enum verdict v = places->v[host->first + i].verdict;

        host->reached = host->reached || (v != VERDICT_NOT_LISTENING && v != VERDICT_UNREACHABLE);
    }
}

struct tls_policy judge_policy(const struct tls_settings *settings, bool https)
{
    struct tls_policy p = https ? tlspolicy_https(settings) : tlspolicy_of(settings, false);

    if (p.min_version < 0x0303)
        p.ciphers = TLS_CIPHERS_ALL; /* as tlspolicy_cipher_list() does */
    return p;
}

enum vox_err judge(struct places *places, const struct tls_settings *policy, int64_t now, struct vox_error *err)
{
    const struct tls_policy in_effect = judge_policy(policy, false), https = judge_policy(policy, true);

    for (size_t i = 0; i < places->n; i++) {
        if (!judge_place(&places->v[i], places->v[i].https ? &https : &in_effect, now))
            return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    for (size_t h = 0; h < places->nhosts; h++)
        judge_host(places, &places->hosts[h]);
    return VOX_OK;
}
