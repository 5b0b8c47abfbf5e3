#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "token/module.h"

static void answer(const struct token_question *q, struct token_answer *a)
{
    switch (q->op) {
    case TOKEN_OP_LOAD:
        token_module_load(q, a);
        break;
    case TOKEN_OP_COUNT:
        token_module_scan(a);
        break;
    case TOKEN_OP_INFO:
        token_module_info(q, a);
        break;
    case TOKEN_OP_LOGIN:
        token_module_login(q, a);
        break;
    case TOKEN_OP_OBJECT:
        token_module_object(q, a);
        break;
    case TOKEN_OP_FIND:
        token_module_find(q, a);
        break;
    case TOKEN_OP_SIGN:
        token_module_sign(q, a);
        break;
    case TOKEN_OP_NEW_KEY:
        token_module_new_key(q, a);
        break;
    case TOKEN_OP_PUT_CERT:
        token_module_put_cert(q, a);
        break;
    default:
        (void)token_module_said(a, "", CKR_FUNCTION_NOT_SUPPORTED);
    }
}

/* No core file with a PIN in it; no life after the program's; signals of the terminal are the program's business. */
static void settle_in(void)
{
    const struct rlimit none = {0, 0};

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)prctl(PR_SET_NAME, "voxtrust-token");
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTSTP, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
}

/* A module that hangs is ended by a timer that nothing in it can catch or put off. */
static timer_t make_deadline(void)
{
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    timer_t t;

    if (timer_create(CLOCK_MONOTONIC, &e, &t) != 0)
        _exit(4);
    return t;
}

static void set_deadline(timer_t t, uint32_t seconds)
{
    const struct itimerspec when = {.it_value = {.tv_sec = (time_t)seconds}};

    (void)timer_settime(t, 0, &when, NULL);
}

void token_child(int fd)
{
    static struct token_question q;
    static struct token_answer a;
    timer_t deadline;

    settle_in();
    deadline = make_deadline();
    for (;;) {
        ssize_t n = recv(fd, &q, sizeof q, 0);

        if (n < (ssize_t)offsetof(struct token_question, data) || q.len > sizeof q.data ||
            (size_t)n != token_question_size(&q) || q.pinlen > sizeof q.pin || q.idlen > sizeof q.id)
            _exit(0); /* the program is gone */
        q.label[sizeof q.label - 1] = '\0';
        memset(&a, 0, sizeof a);
        set_deadline(deadline, q.seconds + 1); /* the program goes first, if it can */
        answer(&q, &a);
        set_deadline(deadline, 0);
        const size_t size = token_answer_size(&a, q.op);

        OPENSSL_cleanse(&q, sizeof q);
        if (send(fd, &a, size, MSG_NOSIGNAL) != (ssize_t)size)
            _exit(0);
    }
}
