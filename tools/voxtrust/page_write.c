#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <cli/expiry_svg.h>
#include <cli/html.h>
#include <libcert/clock.h>
#include <libcert/name.h>

#include "page.h"
#include "voxtrust.h"

/* A table's headings, with bars between them. */
static void put_head(FILE *out, const char *class, const char *titles)
{
    fprintf(out, "<table class=\"%s\">\n<tr>", class);
    for (const char *at = titles; *at != '\0';) {
        const size_t len = strcspn(at, "|");

        fprintf(out, "<th scope=\"col\">%.*s</th>", (int)len, at);
        at += len + (at[len] != '\0');
    }
    fputs("</tr>\n", out);
}

static void put_row(FILE *out, const char *const *cells, size_t n)
{
    fputs("<tr>", out);
    for (size_t i = 0; i < n; i++)
        html_cell(out, "td", cells[i]);
    fputs("</tr>\n", out);
}

#define PUT_ROW(out, ...) \
    put_row(out, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void put_summary(FILE *out, const struct page *p)
{
    const struct status *st = p->status;
    char when[CLOCK_RFC3339_MAX];

    clock_format(p->now, when);
    fprintf(out,
            "<p>%s. Security mode: %s. Nodes: %zu; certificates: %zu; published lists: %zu; phones: %" PRId64
            "; trunks: %zu.</p>\n",
            when, st->mode != NULL && strcmp(st->mode, "mixed") == 0 ? "mixed" : "non-secure", st->nnodes, st->ncerts,
            st->nlists, p->phones, st->ntrunks);
    if (st->nattention == 0) {
        fputs("<p class=\"fine\">Nothing needs attention.</p>\n", out);
        return;
    }
    fputs("<h2>Needs attention</h2>\n<ul>\n", out);
    for (size_t i = 0; i < st->nattention; i++) {
        fputs("<li class=\"warning\">", out);
        html_text(out, st->attention[i]);
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
    if (st->nmore > 0)
        fprintf(out, "<p>... and %zu more</p>\n", st->nmore);
}

static void put_nodes(FILE *out, const struct status *st)
{
    fputs("<h2>Nodes</h2>\n", out);
    put_head(out, "all", "Node|DNS name|Address|Services");
    for (size_t i = 0; i < st->nnodes; i++) {
        const struct store_node *n = &st->nodes[i];
        char services[64];

        services_text(n->services, services, sizeof services);
        PUT_ROW(out, n->name, n->dns, n->ip, services);
    }
    fputs("</table>\n", out);
}

/* --- certificates --- */

static int by_end(const void *a, const void *b)
{
    const struct expiry_bar *x = a, *y = b;

    return x->ends != y->ends ? (x->ends < y->ends ? -1 : 1) : strcmp(x->label, y->label);
}

static void put_ends(FILE *out, const struct page *p)
{
    const struct status *st = p->status;
    struct expiry_bar *bars = calloc(st->ncerts + 1, sizeof *bars);
    size_t n = 0;

    for (size_t i = 0; bars != NULL && i < st->ncerts; i++) {
        const struct store_binding *b = &st->certs[i];
        char *cn = NULL;

        if (b->cert == NULL)
            continue;
        (void)name_common_name(cert_subject_der(b->cert), &cn, NULL);
        bars[n].ends = cert_not_after(b->cert);
        (void)snprintf(bars[n++].label, sizeof bars->label, "%.40s%s%.40s: %.60s", b->place,
                       b->node[0] != '\0' ? " of " : "", b->node, cn != NULL ? cn : "");
        free(cn);
    }
    if (n > 0) {
        qsort(bars, n, sizeof *bars, by_end);
        fputs("<h3>When they end</h3>\n", out);
        expiry_svg(out, bars, n, p->now, STATUS_WARN_DAYS);
    }
    free(bars);
}

static void put_cert(FILE *out, const struct page *p, const struct store_binding *b)
{
    char until[CLOCK_RFC3339_MAX + 8] = "not there yet", fingerprint[CERT_FINGERPRINT_MAX] = "";
    char *subject = NULL;
    int64_t days = 0;

    if (b->cert != NULL) {
        days = clock_days_between(p->now, cert_not_after(b->cert));
        clock_format(cert_not_after(b->cert), until);
        cert_fingerprint(b->cert, fingerprint);
        (void)name_text(cert_subject_der(b->cert), NAME_RFC4514, &subject, NULL);
    }
    fputs("<tr>", out);
    html_cell(out, "td", b->place);
    html_cell(out, "td", b->node);
    html_cell(out, "td", bind_state_word(b->state));
    html_cell(out, "td", subject != NULL ? subject : "");
    fprintf(out, "<td>%s</td>", until);
    if (b->cert != NULL)
        fprintf(out, "<td class=\"%s\">%" PRId64 "</td><td title=\"%s\">%.16s</td></tr>\n",
                days < 0                  ? "bad"
                : days < STATUS_WARN_DAYS ? "warning"
                                          : "fine",
                days, fingerprint, fingerprint);
    else
        fputs("<td></td><td></td></tr>\n", out);
    free(subject);
}

static void put_certs(FILE *out, const struct page *p)
{
    fputs("<h2>Certificates</h2>\n", out);
    put_head(out, "all", "Place|Node|State|Subject|Ends|Days|SHA-256");
    for (size_t i = 0; i < p->status->ncerts; i++)
        put_cert(out, p, &p->status->certs[i]);
    fputs("</table>\n", out);
    put_ends(out, p);
}

/* --- the rest --- */

/* "ITLRecovery 0123456789abcdef": a place that it stands in now, if any. */
static void name_signer(const struct status *st, const char *signer, char *out, size_t outlen)
{
    char fingerprint[CERT_FINGERPRINT_MAX];
    const char *place = "";

    for (size_t i = 0; i < st->ncerts; i++) {
        if (st->certs[i].cert == NULL)
            continue;
        cert_fingerprint(st->certs[i].cert, fingerprint);
        if (strcmp(fingerprint, signer) == 0)
            place = st->certs[i].place;
    }
    (void)snprintf(out, outlen, "%s%s%.16s", place, place[0] != '\0' ? " " : "", signer);
}

static void put_lists(FILE *out, const struct status *st)
{
    fputs("<h2>Published lists</h2>\n", out);
    if (st->nlists == 0) {
        fputs("<p class=\"off\">None: voxlist publish ctl, voxlist publish itl.</p>\n", out);
        return;
    }
    put_head(out, "all", "Version|List|Published|Signed by|Folder|State");
    for (size_t i = 0; i < st->nlists; i++) {
        const struct store_list *l = &st->lists[i];
        char number[24], signer[160];

        (void)snprintf(number, sizeof number, "%" PRId64, l->number);
        name_signer(st, l->signer, signer, sizeof signer);
        PUT_ROW(out, number, l->name, l->published, signer, l->dir, st->list_ok[i] ? "up to date" : "see above");
    }
    fputs("</table>\n", out);
}

static const struct trunk_profile *profile_of(const struct page *p, const struct trunk *t)
{
    for (size_t i = 0; i < p->nprofiles; i++)
        if (strcmp(p->profiles[i].name, t->profile) == 0)
            return &p->profiles[i];
    return NULL;
}

static void put_trunk(FILE *out, const struct page *p, const struct trunk *t)
{
    const struct trunk_profile *profile = profile_of(p, t);
    const struct status *st = p->status;

    fputs("<tr>", out);
    html_cell(out, "td", t->name);
    html_cell(out, "td", t->profile);
    html_cell(out, "td", profile != NULL ? trunk_mode_word(profile->mode) : "");
    fputs("<td>", out);
    for (size_t i = 0; i < t->n; i++) {
        fputs(i > 0 ? "<br>" : "", out);
        html_text(out, t->destinations[i].host);
        fprintf(out, ", port %u", t->destinations[i].port);
    }
    fputs("</td><td>", out);
    for (size_t i = 0; i < st->ntrunk_certs; i++) {
        const struct trunk_cert *c = &st->trunk_certs[i];
        int64_t days = clock_days_between(p->now, cert_not_after(c->cert));
        char *cn = NULL;

        if (strcmp(c->trunk, t->name) != 0)
            continue;
        (void)name_common_name(cert_subject_der(c->cert), &cn, NULL);
        fprintf(out, "<div class=\"%s\">", days < 0 ? "bad" : days < STATUS_WARN_DAYS ? "warning" : "fine");
        html_text(out, cn != NULL && cn[0] != '\0' ? cn : "no name");
        fprintf(out, "%s: %" PRId64 " days</div>", c->device ? "" : " (issuer)", days);
        free(cn);
    }
    fputs("</td></tr>\n", out);
}

static void put_trunks(FILE *out, const struct page *p)
{
    if (p->status->ntrunks == 0)
        return;
    fputs("<h2>Trunks</h2>\n", out);
    put_head(out, "all", "Trunk|Profile|Mode|Destinations|Certificates");
    for (size_t i = 0; i < p->status->ntrunks; i++)
        put_trunk(out, p, &p->status->trunks[i]);
    fputs("</table>\n", out);
}

static void put_rotations(FILE *out, const struct page *p)
{
    if (p->nrotations == 0)
        return;
    fputs("<h2>Rotations</h2>\n", out);
    put_head(out, "all", "Service|Node|Step|Begun|Since");
    for (size_t i = p->nrotations; i-- > 0;) {
        const struct rotation *r = &p->rotations[i];
        char started[CLOCK_RFC3339_MAX], changed[CLOCK_RFC3339_MAX];

        clock_format(r->started, started);
        clock_format(r->changed, changed);
        PUT_ROW(out, r->place, r->node, rotation_step_word(r->step), started, changed);
    }
    fputs("</table>\n", out);
}

static void put_audit(FILE *out, const struct page *p)
{
    fputs("<h2>Audit log</h2>\n", out);
    if (p->chain)
        fprintf(out, "<p class=\"fine\">The chain of its %" PRId64 " entries is whole.%s</p>\n", p->audited,
                p->audited > (int64_t)p->nentries ? " The last ones:" : "");
    else
        fputs("<p class=\"bad\">Its chain is broken: voxtrust log --verify.</p>\n", out);
    put_head(out, "log", "Entry|Time|Who|What|Result");
    for (size_t i = p->nentries; i-- > 0;) {
        const struct audit_entry *e = &p->entries[i];
        char number[24];

        (void)snprintf(number, sizeof number, "%" PRId64, e->number);
        PUT_ROW(out, number, e->time, e->who, e->what, e->result);
    }
    fputs("</table>\n", out);
}

void page_write(FILE *out, const struct page *p)
{
    char title[300];

    (void)snprintf(title, sizeof title, "Cluster %s", p->status->cluster != NULL ? p->status->cluster : "");
    html_begin(out, title);
    put_summary(out, p);
    put_nodes(out, p->status);
    put_certs(out, p);
    put_lists(out, p->status);
    page_phones(out, p);
    put_trunks(out, p);
    put_rotations(out, p);
    put_audit(out, p);
    html_end(out);
}
