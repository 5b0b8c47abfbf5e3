#include "expiry_svg.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libcert/clock.h>
#include <libcert/name.h>

#include "html.h"

enum { BARS_MAX = 200, ROW = 20, LEFT = 300, WIDTH = 900, RIGHT = 110, TOP = 34, YEARS_MAX = 20, LABEL_CHARS = 44 };

static const int64_t DAY = 86400;

struct bar {
    const struct cert *cert;
    const char *host;
    uint16_t port;
    size_t times; /* on so many ports */
};

static int by_cert(const void *a, const void *b)
{
    const struct bar *x = a, *y = b;
    uint8_t p[CERT_SHA256_LEN], q[CERT_SHA256_LEN];

    if (cert_not_after(x->cert) != cert_not_after(y->cert))
        return cert_not_after(x->cert) < cert_not_after(y->cert) ? -1 : 1;
    cert_sha256(x->cert, p);
    cert_sha256(y->cert, q);
    return memcmp(p, q, sizeof p);
}

/* Each certificate once, by its end. Free with free(). */
static struct bar *gather(const struct audit_report *r, size_t *n)
{
    struct bar *bars = calloc(r->places->n * TLSSCAN_CHAINS + 1, sizeof *bars);
    size_t all = 0;

    *n = 0;
    if (bars == NULL)
        return NULL;
    for (size_t h = 0; h < r->places->nhosts; h++) {
        const struct place_host *host = &r->places->hosts[h];

        for (size_t i = 0; i < host->nplaces; i++) {
            const struct tlsscan_port *port = r->places->v[host->first + i].scan;

            for (size_t k = 0; k < port->nchains; k++)
                bars[all++] = (struct bar){port->chains[k].certs[0], host->name, port->port, 1};
        }
    }
    qsort(bars, all, sizeof *bars, by_cert);
    for (size_t i = 0; i < all; i++) {
        if (*n > 0 && cert_same(bars[*n - 1].cert, bars[i].cert))
            bars[*n - 1].times++;
        else
            bars[(*n)++] = bars[i];
    }
    return bars;
}

/* The span of the picture, in seconds since 1970. */
struct span {
    int64_t from, to;
};

static double x_of(const struct span *s, int64_t t)
{
    const double part = (double)(t - s->from) / (double)(s->to - s->from);

    return LEFT + (WIDTH - LEFT - RIGHT) * (part < 0 ? 0 : part > 1 ? 1 : part);
}

/* From a month before now, or the first end, to the last end: between one year and twenty after now. */
static struct span span_of(const struct bar *bars, size_t n, int64_t now)
{
    const int64_t first = cert_not_after(bars[0].cert), last = cert_not_after(bars[n - 1].cert);
    struct span s = {now - 30 * DAY, now + 365 * DAY};

    if (first < s.from)
        s.from = first > now - 2 * 365 * DAY ? first : now - 2 * 365 * DAY;
    if (last > s.to)
        s.to = last < now + YEARS_MAX * 365 * DAY ? last : now + YEARS_MAX * 365 * DAY;
    return s;
}

/* Lines for the beginnings of years; months too, when there is room. */
static void draw_time(FILE *out, const struct span *s, int64_t now, int bottom)
{
    const int step = s->to - s->from > 1200 * DAY ? 12 : s->to - s->from > 500 * DAY ? 3 : 1;
    time_t begin = (time_t)s->from;
    struct tm tm;

    (void)gmtime_r(&begin, &tm);
    tm = (struct tm){.tm_year = tm.tm_year, .tm_mday = 1};
    for (int i = 0; i < 400; i++, tm.tm_mon += step) {
        struct tm at = tm;
        const int64_t t = (int64_t)timegm(&at);
        char text[16];

        if (t > s->to)
            break;
        if (t < s->from)
            continue;
        (void)strftime(text, sizeof text, step == 12 ? "%Y" : "%Y-%m", &at);
        fprintf(out, "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>", x_of(s, t), TOP - 8,
                x_of(s, t), bottom);
        if (step != 1 || at.tm_mon % 2 == 0)
            fprintf(out, "<text class=\"tick\" x=\"%.1f\" y=\"%d\">%s</text>", x_of(s, t), TOP - 14, text);
    }
    fprintf(out, "<line class=\"now\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>\n", x_of(s, now), TOP - 8,
            x_of(s, now), bottom);
}

static void draw_bar(FILE *out, const struct bar *b, const struct span *s, int64_t now, int y)
{
    const int64_t end = cert_not_after(b->cert), days = clock_days_between(now, end);
    const double x1 = x_of(s, end < now ? end : now), x2 = x_of(s, end < now ? now : end);
    const char *class = days < 0 ? "ended" : days < JUDGE_WARN_DAYS ? "soon" : "good";
    char when[CLOCK_RFC3339_MAX], label[160];
    char *cn = NULL;

    (void)name_common_name(cert_subject_der(b->cert), &cn, NULL);
    (void)snprintf(label, sizeof label, "%.60s (%.60s:%u%s)", cn != NULL && cn[0] != '\0' ? cn : "no name", b->host,
                   b->port, b->times > 1 ? " ..." : "");
    clock_format(end, when);
    when[10] = '\0'; /* the day is enough */
    fprintf(out, "<g><title>");
    html_text(out, label);
    fprintf(out, " ends %s, on %zu port%s</title>", when, b->times, b->times == 1 ? "" : "s");
    if (strlen(label) > LABEL_CHARS)
        memcpy(label + LABEL_CHARS - 3, "...", 4);
    fprintf(out, "<text class=\"label\" x=\"%d\" y=\"%d\">", LEFT - 8, y + 12);
    html_text(out, label);
    fprintf(out, "</text><rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>", class, x1, y + 3,
            x2 - x1 < 2 ? 2 : x2 - x1, ROW - 8);
    fprintf(out, "<text x=\"%.1f\" y=\"%d\">%s</text></g>\n", x2 + 6, y + 13, when);
    free(cn);
}

void expiry_svg(FILE *out, const struct audit_report *r)
{
    size_t n;
    struct bar *bars = gather(r, &n);
    const size_t shown = n < BARS_MAX ? n : BARS_MAX;

    if (n > 0) {
        const struct span s = span_of(bars, shown, r->now);
        const int bottom = TOP + (int)shown * ROW;

        fprintf(out,
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"When certificates end\">\n"
                "<desc>A bar for each certificate, from today to its end; the first to end stands on top.</desc>\n",
                WIDTH, bottom + 8);
        draw_time(out, &s, r->now, bottom);
        for (size_t i = 0; i < shown; i++)
            draw_bar(out, &bars[i], &s, r->now, TOP + (int)i * ROW);
        fprintf(out, "</svg>\n");
        if (shown < n)
            fprintf(out, "<p>%zu more end later than these.</p>\n", n - shown);
    }
    free(bars);
}
