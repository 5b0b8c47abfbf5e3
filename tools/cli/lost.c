#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cli/report.h>

#include "lost.h"

static const char *program = "voxtrust";
static const char *reason;

/* Whoever read our output has gone, as `head` does: nothing that he wants to be told. */
static bool reader_left(void)
{
    struct pollfd p = {.fd = STDOUT_FILENO};

    return poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0;
}

static void at_exit(void)
{
    bool pending = __fpending(stdout) > 0, failed = ferror(stdout) != 0, left = reader_left();
    int why;

    errno = 0;
    /* A stream that was closed from the start and never written to has lost nothing. */
    if (fclose(stdout) != 0 && (pending || failed || errno != EBADF))
        failed = true;
    why = errno;
    if (!failed && reason == NULL)
        return;
    if (reason != NULL)
        fprintf(stderr, "%s: %s\n", program, reason);
    else if (!left)
        fprintf(stderr, "%s: standard output cannot be written%s%s\n", program, why != 0 ? ": " : "",
                why != 0 ? strerror(why) : "");
    _exit(EXIT_ENVIRONMENT);
}

void lost_watch(const char *name)
{
    program = name;
    if (atexit(at_exit) != 0) {
        fprintf(stderr, "%s: no memory\n", name);
        exit(EXIT_ENVIRONMENT);
    }
}

void lost_because(const char *why)
{
    if (reason == NULL)
        reason = why;
}

void lost_descriptors(void)
{
    /* The wrong direction, so that using it fails; each open() takes the lowest free number, which is the one asked
     * about. */
    static const int direction[] = {O_WRONLY, O_RDONLY, O_RDONLY};

    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", direction[fd]);
    }
}
