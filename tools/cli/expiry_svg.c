#include "expiry_svg.h"

#include <string.h>
#include <time.h>

#include <libcert/clock.h>

#include "html.h"

enum { BARS_MAX = 200, ROW = 20, LEFT = 300, WIDTH = 900, RIGHT = 110, TOP = 34, YEARS_MAX = 20, LABEL_CHARS = 44 };

static const int64_t DAY = 86400;

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
static struct span span_of(const struct expiry_bar *bars, size_t n, int64_t now)
{
    const int64_t first = bars[0].ends, last = bars[n - 1].ends;
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
    const int years = s->to - s->from > 20 * 365 * DAY   ? 5
                      : s->to - s->from > 10 * 365 * DAY ? 2
                                                         : 1; /* with a label */
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
        if (step == 12 ? at.tm_year % years == 0 : step != 1 || at.tm_mon % 2 == 0)
            fprintf(out, "<text class=\"tick\" x=\"%.1f\" y=\"%d\">%s</text>", x_of(s, t), TOP - 14, text);
    }
    fprintf(out, "<line class=\"now\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>\n", x_of(s, now), TOP - 8,
            x_of(s, now), bottom);
}

static void draw_bar(FILE *out, const struct expiry_bar *b, const struct span *s, int64_t now, int warn_days, int y)
{
    const int64_t days = clock_days_between(now, b->ends);
    const double x1 = x_of(s, b->ends < now ? b->ends : now), x2 = x_of(s, b->ends < now ? now : b->ends);
    const char *class = days < 0 ? "ended" : days < warn_days ? "soon" : "good";
    char when[CLOCK_RFC3339_MAX], label[sizeof b->label];

    memcpy(label, b->label, sizeof label);
    clock_format(b->ends, when);
    when[10] = '\0'; /* the day is enough */
    fprintf(out, "<g><title>");
    html_text(out, label);
    fprintf(out, " ends %s%s</title>", when, b->note);
    if (strlen(label) > LABEL_CHARS)
        memcpy(label + LABEL_CHARS - 3, "...", 4);
    fprintf(out, "<text class=\"label\" x=\"%d\" y=\"%d\">", LEFT - 8, y + 12);
    html_text(out, label);
    fprintf(out, "</text><rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>", class, x1, y + 3,
            x2 - x1 < 2 ? 2 : x2 - x1, ROW - 8);
    fprintf(out, "<text x=\"%.1f\" y=\"%d\">%s</text></g>\n", x2 + 6, y + 13, when);
}

void expiry_svg(FILE *out, const struct expiry_bar *bars, size_t n, int64_t now, int warn_days)
{
    const size_t shown = n < BARS_MAX ? n : BARS_MAX;

    if (n == 0)
        return;
    const struct span s = span_of(bars, shown, now);
    const int bottom = TOP + (int)shown * ROW;

    fprintf(out,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"When certificates end\">\n"
            "<desc>A bar for each certificate, from today to its end; the first to end stands on top.</desc>\n",
            WIDTH, bottom + 8);
    draw_time(out, &s, now, bottom);
    for (size_t i = 0; i < shown; i++)
        draw_bar(out, &bars[i], &s, now, warn_days, TOP + (int)i * ROW);
    fprintf(out, "</svg>\n");
    if (shown < n)
        fprintf(out, "<p>%zu more end later than these.</p>\n", n - shown);
}
