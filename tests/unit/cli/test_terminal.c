/* Questions and passwords on a terminal of the test's own. */
#include "unit/wiped.h"

#include "capture.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <cli/input.h>
#include <cli/terminal.h>

/* A child whose controlling terminal is a pair's other end. */
struct typist {
    int master;
    pid_t pid;
    char screen[4096]; /* all that the terminal has shown */
    size_t len;
};

static void start(struct typist *t, int (*run)(void))
{
    memset(t, 0, sizeof *t);
    t->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(t->master >= 0);
    assert_int_equal(grantpt(t->master) | unlockpt(t->master), 0);
    fflush(NULL);
    t->pid = fork();
    assert_int_not_equal(t->pid, -1);
    if (t->pid > 0)
        return;
    if (setsid() < 0 || ioctl(open(ptsname(t->master), O_RDWR), TIOCSCTTY, 0) != 0)
        _exit(99);
    exit(run());
}

/* Wait until the terminal shows words; false when the child's end was closed without. */
static bool shows(struct typist *t, const char *words)
{
    while (strstr(t->screen, words) == NULL) {
        ssize_t n = read(t->master, t->screen + t->len, sizeof t->screen - t->len - 1);

        if (n <= 0)
            return false;
        t->len += (size_t)n;
        t->screen[t->len] = '\0';
    }
    return true;
}

static void type(const struct typist *t, const char *keys)
{
    assert_int_equal(write(t->master, keys, strlen(keys)), (ssize_t)strlen(keys));
}

static bool echoes(const struct typist *t)
{
    struct termios now;

    assert_int_equal(tcgetattr(t->master, &now), 0);
    return (now.c_lflag & ECHO) != 0;
}

static int finish(struct typist *t)
{
    int status;

    while (shows(t, "\001 no such words"))
        continue;
    assert_int_equal(waitpid(t->pid, &status, 0), t->pid);
    close(t->master);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int ask_password(void)
{
    struct cli_common common = {.program = "voxtest", .verb = "x"};
    struct password_source source = cli_password(&common, NULL);
    struct bytes password = {NULL, 0};
    struct vox_error err;

    if (source.get(source.arg, "cm1\033.p12", &password, &err) != VOX_OK)
        return strstr(err.text, "no password was given") != NULL ? 50 : 51;
    int status = password.len == 6 && memcmp(password.data, "sesame", 6) == 0 ? 0 : 52;
    if (status == 0 && wiped_times("sesame", 6) != 1) /* the line that was typed; what is handed out is the caller's */
        status = 53;
    bytes_wipe(&password);
    return status;
}

static void a_password_is_asked_for_without_echo(void **state)
{
    struct typist t;

    (void)state;
    start(&t, ask_password);
    assert_true(shows(&t, "Password for cm1\\x1b.p12: "));
    assert_false(echoes(&t));
    type(&t, "sesame\n");
    assert_int_equal(finish(&t), 0);
    assert_null(strstr(t.screen, "sesame"));
}

/* The child stays until told, so that the terminal can be looked at. */
static int ask_and_wait(void)
{
    char answer[8];
    sigset_t none;

    if (terminal_ask("? ", false, answer, sizeof answer) < 0)
        return 1;
    sigemptyset(&none);
    ssize_t ignored = write(open("/dev/tty", O_RDWR), "done", 4);
    (void)ignored;
    sigsuspend(&none);
    return 0;
}

static void the_echo_comes_back(void **state)
{
    struct typist t;

    (void)state;
    start(&t, ask_and_wait);
    assert_true(shows(&t, "? "));
    type(&t, "x\n");
    assert_true(shows(&t, "done"));
    assert_true(echoes(&t));
    kill(t.pid, SIGKILL);
    assert_int_equal(finish(&t), -SIGKILL);
}

static void an_interrupt_restores_the_echo_and_kills(void **state)
{
    static const struct {
        const char *key;
        int signal;
    } keys[] = {{"\003", SIGINT}, {"\034", SIGQUIT}};
    struct typist t;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        start(&t, ask_password);
        int slave = open(ptsname(t.master), O_RDWR | O_NOCTTY); /* keeps the terminal when the child is gone */
        assert_true(shows(&t, ": "));
        type(&t, keys[i].key);
        int status;
        assert_int_equal(waitpid(t.pid, &status, 0), t.pid);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), keys[i].signal);
        assert_true(echoes(&t));
        close(slave);
        close(t.master);
    }
    start(&t, ask_password);
    assert_true(shows(&t, ": "));
    kill(t.pid, SIGTERM);
    assert_int_equal(finish(&t), -SIGTERM);
}

static int ask_ignoring_hangup(void)
{
    signal(SIGHUP, SIG_IGN);
    return ask_password();
}

/* Wait until the child has no signal waiting for it: it was delivered, or ignored. */
static void wait_for_delivery(pid_t pid)
{
    char path[64], line[128];
    unsigned long long pending = 1;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    while (pending != 0) {
        FILE *f = fopen(path, "r");

        assert_non_null(f);
        while (fgets(line, sizeof line, f) != NULL)
            (void)sscanf(line, "ShdPnd: %llx", &pending);
        fclose(f);
    }
}

static void what_was_ignored_stays_ignored(void **state)
{
    struct typist t;

    (void)state;
    start(&t, ask_ignoring_hangup);
    assert_true(shows(&t, ": "));
    kill(t.pid, SIGHUP);
    wait_for_delivery(t.pid);
    type(&t, "sesame\n");
    assert_int_equal(finish(&t), 0);
}

static void end_of_input_is_no_password(void **state)
{
    struct typist t;

    (void)state;
    start(&t, ask_password);
    assert_true(shows(&t, ": "));
    type(&t, "\004");
    assert_int_equal(finish(&t), 50);
}

static int ask_short(void)
{
    char answer[5];
    int n = terminal_ask("? ", true, answer, sizeof answer);

    return n < 0 ? 60 - n : n;
}

static void an_answer_fits_or_is_none(void **state)
{
    static const struct {
        const char *keys;
        int status;
    } table[] = {{"\n", 0}, {"abcd\n", 4}, {"abcde\n", 60 - TERMINAL_NO_ANSWER}};
    struct typist t;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        start(&t, ask_short);
        assert_true(shows(&t, "? "));
        assert_true(echoes(&t));
        type(&t, table[i].keys);
        assert_int_equal(finish(&t), table[i].status);
    }
}

static int confirm(void)
{
    struct cli_common common = {.program = "voxtest", .verb = "x"};

    return cli_confirm(&common, "Really %s?", "all") ? 10 : 20;
}

static void only_yes_is_yes(void **state)
{
    static const struct {
        const char *keys;
        int status;
    } table[] = {{"y\n", 10}, {"Y\n", 10}, {"yes\n", 10}, {"n\n", 20}, {"\n", 20}, {"yess\n", 20}, {"\004", 20}};
    struct typist t;

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        start(&t, confirm);
        assert_true(shows(&t, "Really all? [y/N] "));
        type(&t, table[i].keys);
        assert_int_equal(finish(&t), table[i].status);
    }
}

static int without_terminal(const void *arg)
{
    struct cli_common common = {.program = "voxtest", .verb = "x"};
    struct password_source source = cli_password(&common, NULL);
    struct bytes password;
    struct vox_error err;
    char line[8];

    (void)arg;
    if (setsid() < 0 || terminal_ask("? ", true, line, sizeof line) != TERMINAL_NONE || cli_confirm(&common, "?"))
        return 1;
    common.yes = true;
    if (!cli_confirm(&common, "?"))
        return 2;
    if (source.get(source.arg, "x", &password, &err) != VOX_E_USAGE || strstr(err.text, "--password-file") == NULL)
        return 3;
    return 0;
}

static void nobody_is_asked_without_a_terminal(void **state)
{
    (void)state;
    assert_int_equal(capture(without_terminal, NULL).status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_is_asked_for_without_echo),
        cmocka_unit_test(the_echo_comes_back),
        cmocka_unit_test(an_interrupt_restores_the_echo_and_kills),
        cmocka_unit_test(what_was_ignored_stays_ignored),
        cmocka_unit_test(end_of_input_is_no_password),
        cmocka_unit_test(an_answer_fits_or_is_none),
        cmocka_unit_test(only_yes_is_yes),
        cmocka_unit_test(nobody_is_asked_without_a_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
