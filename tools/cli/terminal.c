#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "terminal.h"

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

static const int watched[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
enum { WATCHED = sizeof watched / sizeof *watched };

struct signals {
    struct sigaction actions[WATCHED];
    sigset_t mask; /* as it was, and as it is while somebody types */
};

/*
 * Signals end the wait below, so that the echo comes back before they have their effect. They are blocked but for that
 * wait: none gets lost between looking and waiting.
 */
static void catch_signals(struct signals *old)
{
    struct sigaction sa = {.sa_handler = on_signal};
    sigset_t all;

    caught = 0;
    (void)sigemptyset(&all);
    for (size_t i = 0; i < WATCHED; i++)
        (void)sigaddset(&all, watched[i]);
    (void)sigprocmask(SIG_BLOCK, &all, &old->mask);
    for (size_t i = 0; i < WATCHED; i++) {
        (void)sigaction(watched[i], NULL, &old->actions[i]);
        if (old->actions[i].sa_handler != SIG_IGN) /* nohup stays nohup */
            (void)sigaction(watched[i], &sa, NULL);
    }
}

static void release_signals(const struct signals *old)
{
    for (size_t i = 0; i < WATCHED; i++)
        (void)sigaction(watched[i], &old->actions[i], NULL);
    (void)sigprocmask(SIG_SETMASK, &old->mask, NULL);
    if (caught != 0)
        (void)raise(caught);
}

/* Wait until fd can be read; false when a signal came first. */
static bool wait_for_input(int fd, const sigset_t *mask)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int n;

    do
        n = ppoll(&p, 1, NULL, mask);
    while (n < 0 && errno == EINTR && caught == 0);
    return n > 0 && caught == 0;
}

static int read_line(int fd, const sigset_t *mask, char *out, size_t outlen)
{
    size_t n = 0;
    char c;

    while (wait_for_input(fd, mask) && read(fd, &c, 1) == 1) {
        if (c == '\n') {
            out[n] = '\0';
            return (int)n;
        }
        if (n + 1 >= outlen)
            break;
        out[n++] = c;
    }
    OPENSSL_cleanse(out, outlen);
    return TERMINAL_NO_ANSWER;
}

int terminal_ask(const char *prompt, bool echo, char *out, size_t outlen)
{
    struct termios before, silent;
    struct signals old;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    int n;

    if (fd < 0)
        return TERMINAL_NONE;
    if (tcgetattr(fd, &before) != 0) {
        (void)close(fd);
        return TERMINAL_NONE;
    }
    catch_signals(&old);
    silent = before;
    silent.c_lflag |= ICANON;
    if (!echo)
        silent.c_lflag &= ~(tcflag_t)ECHO;
    /* What was typed before the question is no answer to it. */
    if (tcsetattr(fd, TCSAFLUSH, &silent) != 0 || write(fd, prompt, strlen(prompt)) < 0)
        n = TERMINAL_NO_ANSWER;
    else
        n = read_line(fd, &old.mask, out, outlen);
    (void)tcsetattr(fd, TCSAFLUSH, &before);
    if (!echo || n < 0) {
        ssize_t ignored = write(fd, "\n", 1); /* the line end that was not echoed */
        (void)ignored;
    }
    (void)close(fd);
    release_signals(&old);
    return n;
}
