#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/html.h>
#include <cli/input.h>
#include <libcert/clock.h>

#include "expiry_bars.h"
#include "report.h"

static const char *class_of(enum verdict v)
{
    return v == VERDICT_CONFORMING ? "fine" : v == VERDICT_NOT_LISTENING || v == VERDICT_UNREACHABLE ? "off" : "bad";
}

static void put_summary(FILE *out, const struct audit_report *r)
{
    char when[CLOCK_RFC3339_MAX], https[REPORT_HTTPS_MAX];

    clock_format(r->now, when);
    fprintf(out,
            "<p>%s. Policy: %s, ciphers %s%s. Hosts: %zu, reached: %zu; ports: %zu, conforming: %zu; violations: %zu, "
            "warnings: %zu.</p>\n",
            when, tlsports_column_title(tlsports_column_of(r->policy)),
            tlspolicy_ciphers_text(report_policy(r, false).ciphers), report_https(r, https), r->places->nhosts,
            r->reached, r->places->n, r->verdicts[VERDICT_CONFORMING], r->violations, r->warnings);
}

static void put_row(FILE *out, enum severity severity, const char *host, const struct place *p, const char *text)
{
    fprintf(out, "<tr><td class=\"%s\">%s</td>", judge_severity_text(severity), judge_severity_text(severity));
    html_cell(out, "td", host);
    if (p != NULL)
        fprintf(out, "<td>%u</td>", p->scan->port);
    else
        fprintf(out, "<td></td>");
    html_cell(out, "td", p != NULL ? p->application : "");
    html_cell(out, "td", text);
    fprintf(out, "</tr>\n");
}

static void put_rows(FILE *out, const struct audit_report *r, const struct place_host *host, enum severity severity)
{
    if (!host->reached && severity == SEVERITY_VIOLATION)
        put_row(out, severity, host->name, NULL, report_absent(host));
    for (size_t i = 0; i < host->nplaces; i++) {
        const struct place *p = &r->places->v[host->first + i];

        for (size_t k = 0; k < p->nfindings; k++) {
            if (p->findings[k].severity == severity)
                put_row(out, severity, host->name, p, p->findings[k].text);
        }
    }
}

/* Violations of all hosts first, then warnings; notes stand with their ports. */
static void put_findings(FILE *out, const struct audit_report *r)
{
    fprintf(out, "<h2>Findings</h2>\n");
    if (r->violations + r->warnings == 0) {
        fprintf(out, "<p class=\"fine\">None.</p>\n");
        return;
    }
    fprintf(out, "<table>\n<tr><th scope=\"col\">Severity</th><th scope=\"col\">Host</th><th scope=\"col\">Port</th>"
                 "<th scope=\"col\">Application</th><th scope=\"col\">What</th></tr>\n");
    for (int severity = SEVERITY_VIOLATION; severity >= SEVERITY_WARNING; severity--) {
        for (size_t h = 0; h < r->places->nhosts; h++)
            put_rows(out, r, &r->places->hosts[h], (enum severity)severity);
    }
    fprintf(out, "</table>\n");
}

static void put_certificates(FILE *out, const struct audit_report *r, const struct place *p)
{
    for (size_t k = 0; k < p->scan->nchains; k++) {
        char when[CLOCK_RFC3339_MAX], line[80];
        struct judge_cert c;

        if (!judge_cert(p->scan->chains[k].certs[0], r->now, &c))
            continue;
        clock_format(c.not_after, when);
        fprintf(out, "<div>");
        html_text(out, c.subject);
        fprintf(out, "<br><small>issued by ");
        html_text(out, c.issuer);
        (void)snprintf(line, sizeof line, ", %s, ends %s", c.key, when);
        html_text(out, line);
        fprintf(out, " (%lld days), ", (long long)c.days_left);
        html_text(out, c.signature);
        fprintf(out, "</small></div>");
        judge_cert_free(&c);
    }
}

static void put_ciphers(FILE *out, const struct tls_policy *policy, const struct place *p)
{
    if (report_ciphers(p) == 0)
        return;
    fprintf(out, "<details><summary>%zu</summary>", report_ciphers(p));
    for (int v = 0; v < TLSSCAN_VERSIONS; v++) {
        if (p->scan->nsuites[v] == 0)
            continue;
        fprintf(out, "<b>%s</b>", tlsscan_version_text((enum tlsscan_version)v));
        for (size_t i = 0; i < p->scan->nsuites[v]; i++) {
            const struct tlssuite *s = tlssuite_find(p->scan->suites[v][i]);

            fprintf(out, "<br><span class=\"%s\">%s (%s)</span>", tlssuite_in_policy(s, policy) ? "fine" : "bad",
                    s->iana, tlssuite_grade_text(tlssuite_grade(s)));
        }
        fprintf(out, "<br>");
    }
    fprintf(out, "</details>");
}

static void put_host(FILE *out, const struct audit_report *r, const struct place_host *host)
{
    const struct tls_policy policies[] = {report_policy(r, false), report_policy(r, true)};

    html_cell(out, "h3", host->name);
    if (!host->reached) {
        html_cell(out, "p", report_absent(host));
        return;
    }
    fprintf(out, "<table>\n<tr><th scope=\"col\">Port</th><th scope=\"col\">Application</th><th "
                 "scope=\"col\">Expected</th><th scope=\"col\">Accepted</th><th scope=\"col\">Ciphers</th><th "
                 "scope=\"col\">Certificate</th><th scope=\"col\">Verdict</th></tr>\n");
    for (size_t i = 0; i < host->nplaces; i++) {
        const struct place *p = &r->places->v[host->first + i];
        char expected[REPORT_VERSIONS_MAX], accepted[REPORT_VERSIONS_MAX];

        report_expected(p, expected);
        report_accepted(p, accepted);
        fprintf(out, "<tr><td>%u</td>", p->scan->port);
        html_cell(out, "td", p->application);
        html_cell(out, "td", expected);
        html_cell(out, "td", accepted);
        fprintf(out, "<td>");
        put_ciphers(out, &policies[p->https], p);
        fprintf(out, "</td><td>");
        put_certificates(out, r, p);
        fprintf(out, "</td><td class=\"%s\">%s", class_of(p->verdict), judge_verdict_text(p->verdict));
        for (size_t k = 0; k < p->nfindings; k++) {
            if (p->findings[k].severity != SEVERITY_NOTE)
                continue;
            fprintf(out, "<br><small>");
            html_text(out, p->findings[k].text);
            fprintf(out, "</small>");
        }
        fprintf(out, "</td></tr>\n");
    }
    fprintf(out, "</table>\n");
}

static void put_ends(FILE *out, const struct audit_report *r)
{
    size_t n;
    struct expiry_bar *bars = expiry_bars(r, &n);

    if (bars != NULL)
        expiry_svg(out, bars, n, r->now, JUDGE_WARN_DAYS);
    free(bars);
}

enum vox_err report_html(const char *path, const struct audit_report *r, struct vox_error *err)
{
    char *page = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&page, &len);
    enum vox_err code;
    bool failed;

    if (out == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    html_begin(out, "TLS audit");
    put_summary(out, r);
    put_findings(out, r);
    fprintf(out, "<h2>When certificates end</h2>\n");
    put_ends(out, r);
    fprintf(out, "<h2>Ports</h2>\n");
    for (size_t h = 0; h < r->places->nhosts; h++)
        put_host(out, r, &r->places->hosts[h]);
    html_end(out);
    failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed)
        code = vox_fail(err, VOX_E_MEMORY, "no memory for the page");
    else
        code = cli_write(path, page, len, 0644, err);
    free(page);
    return code;
}
