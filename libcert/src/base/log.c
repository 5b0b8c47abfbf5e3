#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libcert/clock.h>
#include <libcert/log.h>
#include <libcert/printable.h>

enum { LINE_MAX_BYTES = 2000 };

static const char *log_program = "voxtrust";
static enum log_level log_threshold = LOG_LEVEL_INFO;
static int to_journal;

void log_open(const char *program, enum log_level level)
{
    log_program = program;
    log_threshold = level;
    to_journal = getenv("JOURNAL_STREAM") != NULL;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    char raw[LINE_MAX_BYTES], line[LINE_MAX_BYTES + 128], now[CLOCK_RFC3339_MAX];
    va_list ap;
    int n;

    if (level > log_threshold)
        return;
    va_start(ap, fmt);
    if (vsnprintf(raw, sizeof raw, fmt, ap) < 0)
        raw[0] = '\0';
    va_end(ap);
    if (to_journal) {
        n = snprintf(line, sizeof line, "<%d>", (int)level);
    } else {
        clock_format(clock_now(), now);
        n = snprintf(line, 128, "%s %.40s[%ld]: ", now, log_program, (long)getpid());
    }
    size_t len = n < 0 ? 0 : (size_t)n;
    printable_escape(line + len, sizeof line - len - 1, raw);
    len += strlen(line + len);
    line[len++] = '\n';
    /* A log that cannot be written must not stop the service. */
    ssize_t ignored = write(STDERR_FILENO, line, len);
    (void)ignored;
}
