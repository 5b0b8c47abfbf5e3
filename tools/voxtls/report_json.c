#include <stdlib.h>

#include <cli/output.h>
#include <libcert/clock.h>

#include "report.h"

static json_t *when(int64_t t)
{
    char text[CLOCK_RFC3339_MAX];

    clock_format(t, text);
    return json_string(text);
}

static json_t *suite_json(uint16_t id, const struct tls_policy *policy)
{
    const struct tlssuite *s = tlssuite_find(id);

    return json_pack("{s:i, s:s, s:s?, s:s, s:b}", "id", id, "name", s->iana, "openssl", s->openssl, "grade",
                     tlssuite_grade_text(tlssuite_grade(s)), "in_policy", tlssuite_in_policy(s, policy));
}

static json_t *versions_json(const struct tlsscan_port *port, const struct tls_policy *policy)
{
    json_t *list = json_array();

    for (int v = 0; v < TLSSCAN_VERSIONS; v++) {
        json_t *ciphers = json_array();

        for (size_t i = 0; i < port->nsuites[v]; i++)
            (void)json_array_append_new(ciphers, suite_json(port->suites[v][i], policy));
        if (port->nsuites[v] > 0)
            (void)json_array_append_new(list, json_pack("{s:s, s:b, s:O}", "version",
                                                        tlsscan_version_text((enum tlsscan_version)v), "complete",
                                                        !port->unclear[v], "ciphers", ciphers));
        json_decref(ciphers);
    }
    return list;
}

static json_t *cert_json(const struct cert *c, int64_t now)
{
    char fingerprint[CERT_FINGERPRINT_MAX];
    struct judge_cert d;
    json_t *doc;

    if (!judge_cert(c, now, &d))
        return NULL;
    cert_fingerprint(c, fingerprint);
    doc = json_pack("{s:s, s:s, s:o, s:o, s:I, s:s, s:s, s:s}", "subject", d.subject, "issuer", d.issuer, "not_before",
                    when(d.not_before), "not_after", when(d.not_after), "days_left", (json_int_t)d.days_left, "key",
                    d.key, "signature", d.signature, "sha256", fingerprint);
    judge_cert_free(&d);
    return doc;
}

static json_t *chains_json(const struct tlsscan_port *port, int64_t now)
{
    json_t *list = json_array();

    for (size_t k = 0; k < port->nchains; k++) {
        json_t *chain = json_array();

        for (size_t i = 0; i < port->chains[k].n; i++)
            (void)json_array_append_new(chain, cert_json(port->chains[k].certs[i], now));
        (void)json_array_append_new(list, chain);
    }
    return list;
}

static json_t *expected_json(uint8_t versions)
{
    json_t *list = json_array();

    for (int v = TLSSCAN_1_0; v < TLSSCAN_VERSIONS; v++) {
        if ((versions & (1u << (v - TLSSCAN_1_0))) != 0)
            (void)json_array_append_new(list, json_string(tlsscan_version_text((enum tlsscan_version)v)));
    }
    return list;
}

static json_t *findings_json(const struct place *p)
{
    json_t *list = json_array();

    for (size_t i = 0; i < p->nfindings; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "severity",
                                                    judge_severity_text(p->findings[i].severity), "code",
                                                    p->findings[i].code, "text", cli_json_text(p->findings[i].text)));
    return list;
}

static json_t *host_json(const struct audit_report *r, const struct place_host *host)
{
    const struct tls_policy policies[] = {report_policy(r, false), report_policy(r, true)};
    json_t *ports = json_array();

    for (size_t i = 0; i < host->nplaces; i++) {
        const struct place *p = &r->places->v[host->first + i];

        (void)json_array_append_new(
            ports, json_pack("{s:i, s:o, s:b, s:b, s:o, s:s, s:o, s:o, s:o}", "port", p->scan->port, "application",
                             p->application[0] != '\0' ? cli_json_text(p->application) : json_null(), "https", p->https,
                             "pinned", p->pinned, "expected", expected_json(p->expected), "verdict",
                             judge_verdict_text(p->verdict), "versions", versions_json(p->scan, &policies[p->https]),
                             "certificates", chains_json(p->scan, r->now), "findings", findings_json(p)));
    }
    return json_pack("{s:s, s:b, s:o, s:o}", "host", host->name, "reached", host->reached, "why",
                     host->reached ? json_null() : cli_json_text(report_absent(host)), "ports", ports);
}

json_t *report_json(const struct audit_report *r)
{
    const enum tlsports_column column = tlsports_column_of(r->policy);
    json_t *hosts = json_array();

    for (size_t h = 0; h < r->places->nhosts; h++)
        (void)json_array_append_new(hosts, host_json(r, &r->places->hosts[h]));
    return json_pack(
        "{s:b, s:o, s:{s:s, s:s, s:s, s:s, s:b, s:s?}, s:{s:I, s:I, s:I, s:I, s:I}, s:o}", "ok", report_ok(r), "time",
        when(r->now), "policy", "min_version", tlspolicy_version_text(r->policy->min_version), "ciphers",
        tlspolicy_ciphers_text(report_policy(r, false).ciphers), "https_ciphers",
        tlspolicy_ciphers_text(report_policy(r, true).ciphers), "https_keys", tlspolicy_https_keys_text(r->policy),
        "common_criteria", r->policy->common_criteria, "column",
        column == TLSPORTS_NO_COLUMN ? NULL : tlsports_column_title(column), "summary", "hosts",
        (json_int_t)r->places->nhosts, "reached", (json_int_t)r->reached, "ports", (json_int_t)r->places->n,
        "violations", (json_int_t)r->violations, "warnings", (json_int_t)r->warnings, "hosts", hosts);
}
