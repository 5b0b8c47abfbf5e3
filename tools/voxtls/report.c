#include "report.h"

#include <stdio.h>
#include <string.h>

#include <cli/output.h>
#include <cli/report.h>

enum { CERTIFICATE_MAX = 160 };

void report_sum(struct audit_report *r)
{
    for (size_t i = 0; i < r->places->n; i++) {
        const struct place *p = &r->places->v[i];

        r->verdicts[p->verdict]++;
        for (size_t k = 0; k < p->nfindings; k++) {
            r->violations += p->findings[k].severity == SEVERITY_VIOLATION;
            r->warnings += p->findings[k].severity == SEVERITY_WARNING;
        }
    }
    for (size_t h = 0; h < r->places->nhosts; h++)
        r->reached += r->places->hosts[h].reached;
    r->violations += r->places->nhosts - r->reached;
}

struct tls_policy report_policy(const struct audit_report *r, bool https)
{
    return judge_policy(r->policy, https);
}

const char *report_https(const struct audit_report *r, char out[static REPORT_HTTPS_MAX])
{
    const struct tls_policy others = report_policy(r, false), https = report_policy(r, true);

    out[0] = '\0';
    if (https.ciphers != others.ciphers || https.rsa_only)
        (void)snprintf(out, REPORT_HTTPS_MAX, ", HTTPS %s%s", tlspolicy_ciphers_text(https.ciphers),
                       https.rsa_only ? ", RSA keys alone" : "");
    return out;
}

const char *report_absent(const struct place_host *host)
{
    return host->unresolved[0] != '\0' ? host->unresolved : "nothing answers: what it takes is not known";
}

bool report_ok(const struct audit_report *r)
{
    return r->violations == 0 && r->reached > 0;
}

void report_expected(const struct place *p, char out[static REPORT_VERSIONS_MAX])
{
    tlsports_text(p->expected, out);
}

void report_accepted(const struct place *p, char out[static REPORT_VERSIONS_MAX])
{
    size_t len = 0;

    out[0] = '\0';
    for (int v = 0; v < TLSSCAN_VERSIONS; v++) {
        if (p->scan->nsuites[v] > 0)
            len += (size_t)snprintf(out + len, REPORT_VERSIONS_MAX - len, "%s%s", len > 0 ? ", " : "",
                                    tlsscan_version_text((enum tlsscan_version)v));
    }
}

size_t report_ciphers(const struct place *p)
{
    size_t n = 0;

    for (int v = 0; v < TLSSCAN_VERSIONS; v++)
        n += p->scan->nsuites[v];
    return n;
}

/* "RSA 2048 for 312 days, EC P-256 for 30 days" */
static void certificate_cell(const struct audit_report *r, const struct place *p, char out[static CERTIFICATE_MAX])
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < p->scan->nchains; i++) {
        struct judge_cert c;

        if (!judge_cert(p->scan->chains[i].certs[0], r->now, &c))
            continue;
        len += (size_t)snprintf(out + len, CERTIFICATE_MAX - len,
                                c.days_left < 0 ? "%s%s ended %lld days ago" : "%s%s for %lld days",
                                len > 0 ? ", " : "", c.key, (long long)(c.days_left < 0 ? -c.days_left : c.days_left));
        judge_cert_free(&c);
    }
}

static void print_ports(const struct audit_report *r, const struct place_host *host)
{
    struct cli_table *t = cli_table_new();

    cli_table_column(t, "PORT", CLI_COL_RIGHT);
    cli_table_column(t, "APPLICATION", CLI_COL_LEFT);
    cli_table_column(t, "EXPECTED", CLI_COL_LEFT);
    cli_table_column(t, "ACCEPTED", CLI_COL_LEFT);
    cli_table_column(t, "CIPHERS", CLI_COL_RIGHT);
    cli_table_column(t, "CERTIFICATE", CLI_COL_LEFT);
    cli_table_column(t, "VERDICT", CLI_COL_LEFT);
    for (size_t i = 0; i < host->nplaces; i++) {
        const struct place *p = &r->places->v[host->first + i];
        char port[8], expected[REPORT_VERSIONS_MAX], accepted[REPORT_VERSIONS_MAX], ciphers[24] = "",
                                                                                    certificate[CERTIFICATE_MAX];

        (void)snprintf(port, sizeof port, "%u", p->scan->port);
        report_expected(p, expected);
        report_accepted(p, accepted);
        if (report_ciphers(p) > 0)
            (void)snprintf(ciphers, sizeof ciphers, "%zu", report_ciphers(p));
        certificate_cell(r, p, certificate);
        cli_table_row(t, (const char *const[]){port, p->application, expected, accepted, ciphers, certificate,
                                               judge_verdict_text(p->verdict)});
    }
    cli_table_print(t);
    cli_table_free(&t);
}

/* Violations first. A port that nobody listens on, and need not, is told by its row. */
static void print_findings(const struct audit_report *r, const struct place_host *host)
{
    for (int severity = SEVERITY_VIOLATION; severity >= SEVERITY_NOTE; severity--) {
        for (size_t i = 0; i < host->nplaces; i++) {
            const struct place *p = &r->places->v[host->first + i];

            for (size_t k = 0; k < p->nfindings; k++) {
                const struct finding *f = &p->findings[k];

                if ((int)f->severity == severity &&
                    (severity != SEVERITY_NOTE ||
                     (p->verdict != VERDICT_NOT_LISTENING && p->verdict != VERDICT_UNREACHABLE)))
                    printf("%u: %s%s%s: %s\n", p->scan->port,
                           severity == SEVERITY_VIOLATION ? cli_colour(1, "1;31") : "",
                           judge_severity_text(f->severity), severity == SEVERITY_VIOLATION ? cli_colour(1, "0") : "",
                           f->text);
            }
        }
    }
}

void report_print(const struct cli_common *common, const struct audit_report *r)
{
    const struct places *p = r->places;
    char https[REPORT_HTTPS_MAX];
    size_t listening = p->n - r->verdicts[VERDICT_NOT_LISTENING] - r->verdicts[VERDICT_UNREACHABLE];

    cli_say(common, "Policy: %s, ciphers %s%s", tlsports_column_title(tlsports_column_of(r->policy)),
            tlspolicy_ciphers_text(report_policy(r, false).ciphers), report_https(r, https));
    for (size_t h = 0; h < p->nhosts; h++) {
        const struct place_host *host = &p->hosts[h];

        if (!host->reached) {
            printf("\n%s: %s\n", host->name, report_absent(host));
            continue;
        }
        printf("\n%s\n", host->name);
        if (!common->quiet)
            print_ports(r, host);
        print_findings(r, host);
    }
    cli_say(common, "\n%zu host%s, %zu port%s: %zu conforming, %zu not listening or out of reach, %zu with violations.",
            p->nhosts, p->nhosts == 1 ? "" : "s", p->n, p->n == 1 ? "" : "s", r->verdicts[VERDICT_CONFORMING],
            p->n - listening, listening - r->verdicts[VERDICT_CONFORMING]);
}
