#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cli/output.h>

enum { APPEARS_MS = 2000, REDRAW_MS = 100, BAR_WIDTH = 30 };

struct cli_progress {
    const char *what;
    uint64_t total;
    int64_t started, drawn; /* monotonic milliseconds; drawn 0: never */
    bool terminal;
};

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct cli_progress *cli_progress_new(const char *what, uint64_t total)
{
    struct cli_progress *p = calloc(1, sizeof *p);

    if (p != NULL)
        *p = (struct cli_progress){
            .what = what, .total = total, .started = now_ms(), .terminal = isatty(STDERR_FILENO) != 0};
    return p;
}

void cli_progress_update(struct cli_progress *p, uint64_t done)
{
    char bar[BAR_WIDTH + 1];
    int64_t now;

    if (p == NULL || !p->terminal || p->total == 0)
        return;
    now = now_ms();
    if (now - p->started < APPEARS_MS || now - p->drawn < REDRAW_MS)
        return;
    p->drawn = now;
    if (done > p->total)
        done = p->total;
    int filled = (int)((double)done / (double)p->total * BAR_WIDTH);
    memset(bar, '#', (size_t)filled);
    memset(bar + filled, '.', (size_t)(BAR_WIDTH - filled));
    bar[BAR_WIDTH] = '\0';
    double seconds = (double)(now - p->started) / 1000, rate = (double)done / seconds;
    uint64_t left = rate > 0 ? (uint64_t)((double)(p->total - done) / rate) : 0;
    fprintf(stderr, "\r%s [%s] %" PRIu64 "/%" PRIu64 "  %.0f/s  %" PRIu64 ":%02" PRIu64 " left \033[K", p->what, bar,
            done, p->total, rate, left / 60, left % 60);
}

void cli_progress_free(struct cli_progress **p)
{
    if (p == NULL || *p == NULL)
        return;
    if ((*p)->drawn != 0)
        fputs("\r\033[K", stderr);
    free(*p);
    *p = NULL;
}
