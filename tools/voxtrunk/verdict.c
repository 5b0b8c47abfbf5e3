#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cli/output.h>
#include <cluster/view.h>
#include <libcert/clock.h>

void verdict_add(struct verdict *v, const char *code, bool fatal, const char *fmt, ...)
{
    va_list ap;

    v->good = v->good && !fatal;
    if (v->n >= PEERCHECK_MAX)
        return;
    v->findings[v->n] = (struct peercheck_finding){.code = code, .fatal = fatal};
    va_start(ap, fmt);
    (void)vsnprintf(v->findings[v->n].text, sizeof v->findings[v->n].text, fmt, ap);
    va_end(ap);
    v->n++;
}

size_t verdict_names(const struct verdict_params *p, const char *names[static LIMIT_TRUNK_NAMES])
{
    size_t n = 0;

    for (; n < p->profile->nnames && n < LIMIT_TRUNK_NAMES; n++)
        names[n] = p->profile->names[n];
    if (n > 0)
        return n;
    if (p->to != NULL) {
        names[0] = p->to->host;
        return 1;
    }
    for (; n < p->trunk->n; n++)
        names[n] = p->trunk->destinations[n].host;
    return n;
}

void verdict_cert(const struct verdict_params *p, const struct handshake *h, struct verdict *v)
{
    const char *names[LIMIT_TRUNK_NAMES];
    const unsigned here = p->to != NULL ? PEERCHECK_SERVER : PEERCHECK_CLIENT;
    const struct peercheck_params params = {
        .now = p->now,
        .warn_days = VERDICT_WARN_DAYS,
        .required = here,
        .wished = PEERCHECK_SERVER | PEERCHECK_CLIENT,
        .strong = ourside_strong(p->ours),
        .names = names,
        .nnames = verdict_names(p, names),
        .shown = h->shown + 1,
        .nshown = h->nshown > 0 ? h->nshown - 1 : 0,
        .trusted = p->ours->trust.certs,
        .ntrusted = p->ours->trust.n,
    };
    struct peercheck_finding found[PEERCHECK_MAX];
    size_t n;

    if (h->nshown == 0)
        return;
    v->good = peercheck(h->shown[0], &params, found, &n) && v->good;
    for (size_t i = 0; i < n && v->n < PEERCHECK_MAX; i++)
        v->findings[v->n++] = found[i];
}

/* What a device means by an alert, and what to do. RFC 8446 6.2. */
static const struct {
    int alert;
    const char *code, *text;
} alerts[] = {
    {SSL_AD_HANDSHAKE_FAILURE, "handshake", "it finds nothing that both sides can do (alert handshake failure)"},
    {SSL_AD_INSUFFICIENT_SECURITY, "handshake", "it finds our ciphers too weak (alert insufficient security)"},
    {SSL_AD_PROTOCOL_VERSION, "version", "it does not take our TLS versions (alert protocol version)"},
    {SSL_AD_UNKNOWN_CA, "refused",
     "it does not trust our CallManager certificate (alert unknown CA): give it what 'voxtrunk export' writes"},
    {SSL_AD_BAD_CERTIFICATE, "refused",
     "it refuses our CallManager certificate (alert bad certificate): does it trust it, and expect its name?"},
    {SSL_AD_UNSUPPORTED_CERTIFICATE, "refused",
     "it refuses the kind of our CallManager certificate (alert unsupported certificate): its usages, its key"},
    {SSL_AD_CERTIFICATE_REVOKED, "refused", "it says that our CallManager certificate is revoked"},
    {SSL_AD_CERTIFICATE_EXPIRED, "refused",
     "it says that our CallManager certificate has ended, or not begun (alert certificate expired): its clock?"},
    {SSL_AD_CERTIFICATE_UNKNOWN, "refused", "it refuses our CallManager certificate (alert certificate unknown)"},
    {SSL_AD_ACCESS_DENIED, "refused",
     "it does not let our CallManager certificate in (alert access denied): does it trust it?"},
    {SSL_AD_CERTIFICATE_REQUIRED, "refused", "it wants a certificate of ours (alert certificate required)"},
    {SSL_AD_UNRECOGNIZED_NAME, "refused",
     "it has no certificate for the name that it was asked for (alert unrecognised name)"},
};

static bool add_alert(const struct handshake *h, struct verdict *v)
{
    if (h->alert == HANDSHAKE_NO_ALERT)
        return false;
    for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++) {
        if (alerts[i].alert == h->alert) {
            verdict_add(v, alerts[i].code, true, "%s", alerts[i].text);
            return true;
        }
    }
    verdict_add(v, "alert", true, "it ended the connection with the alert %s (%d)",
                SSL_alert_desc_string_long(h->alert), h->alert);
    return true;
}

bool verdict_hung_up(const struct handshake *h)
{
    return h->code == VOX_E_IO && strncmp(h->err.text, "the TLS handshake failed", 24) == 0;
}

void verdict_handshake(const struct handshake *h, struct verdict *v)
{
    if (h->code != VOX_OK && add_alert(h, v))
        return;
    if (h->code == VOX_E_IO && !verdict_hung_up(h))
        verdict_add(v, "unreachable", true, "%s", h->err.text);
    else if (h->code != VOX_OK)
        verdict_add(v, "handshake", true, "%s%s", h->err.text,
                    strstr(h->err.text, "wrong version number") != NULL ? ": what answers there speaks no TLS" : "");
    else if (h->after == AFTER_REFUSED)
        (void)add_alert(h, v);
    else if (h->after == AFTER_CLOSED)
        verdict_add(v, "refused", true,
                    "it hung up as soon as it had seen our CallManager certificate, without a word: does it trust it?");
    else if (h->after == AFTER_SILENT)
        verdict_add(v, "silent", false, "after the handshake it said nothing until time was up, not even good-bye");
}

static json_t *shown_json(const struct cert *c, int64_t now)
{
    json_t *all = view_cert_json(c, now), *one = json_object();
    static const char *const keys[] = {"subject",   "issuer", "sha256",           "not_before",
                                       "not_after", "key",    "alternative_names"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        (void)json_object_set(one, keys[i], json_object_get(all, keys[i]));
    (void)json_object_set_new(one, "days_left", json_integer((json_int_t)view_days(c, now)));
    json_decref(all);
    return one;
}

json_t *verdict_json(const struct handshake *h, const struct verdict *v, int64_t now)
{
    json_t *certs = json_array(), *findings = json_array();

    for (size_t i = 0; i < h->nshown; i++)
        (void)json_array_append_new(certs, shown_json(h->shown[i], now));
    for (size_t i = 0; i < v->n; i++)
        (void)json_array_append_new(findings,
                                    json_pack("{s:s, s:b, s:o}", "code", v->findings[i].code, "fatal",
                                              v->findings[i].fatal, "text", cli_json_text(v->findings[i].text)));
    return json_pack("{s:s?, s:s?, s:s?, s:b, s:b, s:o, s:o}", "address", h->address[0] != '\0' ? h->address : NULL,
                     "version", h->cipher[0] != '\0' ? h->version : NULL, "cipher",
                     h->cipher[0] != '\0' ? h->cipher : NULL, "client_certificate_asked", h->asked, "ok", v->good,
                     "certificates", certs, "findings", findings);
}

static const char *text_of(const json_t *doc, const char *key)
{
    const char *text = json_string_value(json_object_get(doc, key));

    return text != NULL ? text : "";
}

static void print_names(const json_t *cert)
{
    const json_t *names = json_object_get(cert, "alternative_names");

    for (size_t i = 0; i < json_array_size(names); i++)
        printf("%s%s", i == 0 ? "  names         " : ", ", json_string_value(json_array_get(names, i)));
    if (json_array_size(names) > 0)
        putchar('\n');
}

static void print_chain(const json_t *certs)
{
    for (size_t i = 0; i < json_array_size(certs); i++) {
        const json_t *one = json_array_get(certs, i);
        const char *subject = text_of(one, "subject"), *issuer = text_of(one, "issuer");

        printf("%s%s, %" JSON_INTEGER_FORMAT " days left, by %s\n", i == 0 ? "  certificate   " : "                ",
               subject, json_integer_value(json_object_get(one, "days_left")),
               strcmp(subject, issuer) == 0 ? "itself" : issuer);
        if (i == 0) {
            printf("  SHA-256       %s\n", text_of(one, "sha256"));
            print_names(one);
        }
    }
}

void verdict_print(const char *label, const json_t *doc)
{
    const json_t *findings = json_object_get(doc, "findings");
    const bool good = json_is_true(json_object_get(doc, "ok"));
    const bool reached = strcmp(text_of(json_array_get(findings, 0), "code"), "unreachable") != 0;

    /* Nobody has judged what was not there. */
    printf("%s: %s\n", label, good ? "good" : reached ? "a call manager would refuse it" : "it could not be reached");
    if (text_of(doc, "address")[0] != '\0')
        printf("  address       %s\n", text_of(doc, "address"));
    if (text_of(doc, "cipher")[0] != '\0')
        printf("  TLS           %s, %s\n", text_of(doc, "version"), text_of(doc, "cipher"));
    print_chain(json_object_get(doc, "certificates"));
    if (text_of(doc, "cipher")[0] != '\0')
        printf("  our own       %s\n", json_is_true(json_object_get(doc, "client_certificate_asked"))
                                           ? "our certificate was asked for, and shown"
                                           : "our certificate was not asked for");
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *one = json_array_get(findings, i);

        printf("  %s %s [%s]\n",
               !json_is_true(json_object_get(one, "fatal")) ? "warning:     "
               : reached                                    ? "refused:     "
                                                            : "not reached: ",
               text_of(one, "text"), text_of(one, "code"));
    }
}
