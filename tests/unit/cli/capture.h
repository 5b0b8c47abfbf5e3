/* What the tests of the command line share: run something as a process of its own and keep what it says. */
#ifndef TESTS_CAPTURE_H
#define TESTS_CAPTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <cli/report.h>
#include <cli/verb.h>

struct said {
    int status; /* exit status, or -signal */
    char out[8192], err[8192];
};

static inline void captured_read(FILE *f, char *out, size_t outlen)
{
    rewind(f);
    out[fread(out, 1, outlen - 1, f)] = '\0';
    fclose(f);
}

/* capture(run, arg): run(arg) in a child; its result is the exit status, as main()'s. */
static inline struct said capture(int (*run)(const void *arg), const void *arg)
{
    FILE *out = tmpfile(), *err = tmpfile();
    struct said s = {.status = 0};
    int status;

    assert_non_null(out);
    assert_non_null(err);
    fflush(NULL);
    pid_t pid = fork();
    assert_int_not_equal(pid, -1);
    if (pid == 0) {
        dup2(fileno(out), 1);
        dup2(fileno(err), 2);
        exit(run(arg));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    s.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    captured_read(out, s.out, sizeof s.out);
    captured_read(err, s.err, sizeof s.err);
    return s;
}

static inline void assert_says(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("not said: %s\nsaid: %s", words, text);
}

#endif
