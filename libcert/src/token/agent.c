#include "token/agent.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include <libcert/file.h>

struct token_agent {
    struct token_agent *next;
    char module[TOKEN_MODULE_MAX]; /* "" for all that are registered */
    pid_t pid, owner;              /* owner: a fork of the program has no agent */
    int fd;                        /* -1: it has fallen */
    bool open[TOKEN_SLOTS_MAX];    /* tokens that have had their PIN */
    pthread_mutex_t turn;
};

static struct token_agent *agents;
static void (*on_fall)(const struct vox_error *why);
static pthread_mutex_t agents_lock = PTHREAD_MUTEX_INITIALIZER;

static void end(struct token_agent *a)
{
    if (a->fd < 0)
        return;
    (void)close(a->fd);
    a->fd = -1;
    if (a->owner != getpid())
        return;
    if (kill(a->pid, SIGKILL) != 0)
        return; /* a daemon that has given up its rights: the agent sees to its end itself */
    while (waitpid(a->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* For tokens that are slower than we think. */
static int patience(int seconds)
{
    const char *text = getenv("VOXTRUST_TOKEN_SECONDS");
    char *end;
    const long n = text != NULL ? strtol(text, &end, 10) : 0;

    return text != NULL && *end == '\0' && n > 0 && n <= 3600 ? (int)n : seconds;
}

/* false: nothing came until then, or the other end is gone. */
static bool receive(int fd, uint32_t op, struct token_answer *answer, int64_t until, bool *late)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    ssize_t got;
    int n;

    do {
        const int64_t left = until - now_ms();

        n = poll(&p, 1, left > 0 ? (int)left : 0);
    } while (n < 0 && errno == EINTR);
    *late = n == 0;
    got = n == 1 ? recv(fd, answer, sizeof *answer, 0) : -1;
    return got >= (ssize_t)offsetof(struct token_answer, data) && answer->len <= sizeof answer->data &&
           (size_t)got == token_answer_size(answer, op);
}

/* What comes from the other side of the wall is made safe to use: lengths in bounds, texts with an end. */
static void settle(struct token_answer *a)
{
    if (a->len > sizeof a->data)
        a->len = 0;
    if (a->object.derlen > sizeof a->object.der)
        a->object.derlen = 0;
    if (a->object.idlen > sizeof a->object.id)
        a->object.idlen = 0;
    a->object.label[sizeof a->object.label - 1] = '\0';
    a->function[sizeof a->function - 1] = '\0';
    a->text[sizeof a->text - 1] = '\0';
}

enum vox_err token_ask(struct token_agent *a, struct token_question *q, struct token_answer *answer, int seconds,
                       struct vox_error *err)
{
    enum vox_err code = VOX_OK;
    bool late = false;

    seconds = patience(seconds);
    q->seconds = (uint32_t)seconds;
    memset(answer, 0, sizeof *answer);
    (void)pthread_mutex_lock(&a->turn);
    if (a->fd < 0 || a->owner != getpid())
        code = vox_fail(err, VOX_E_IO, "the PKCS#11 module is not running any more");
    else if (send(a->fd, q, token_question_size(q), MSG_NOSIGNAL) != (ssize_t)token_question_size(q) ||
             !receive(a->fd, q->op, answer, now_ms() + (int64_t)seconds * 1000, &late)) {
        code =
            late ? vox_fail(err, VOX_E_IO,
                            "the PKCS#11 module did not answer within %d seconds and was ended: unplug the token, plug "
                            "it in again",
                            seconds)
                 : vox_fail(err, VOX_E_IO, "the PKCS#11 module crashed; nothing was written");
        end(a);
        if (on_fall != NULL)
            on_fall(err);
    }
    (void)pthread_mutex_unlock(&a->turn);
    OPENSSL_cleanse(q, sizeof *q);
    settle(answer);
    return code;
}

static enum vox_err start(struct token_agent *a, struct vox_error *err)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return vox_fail_errno(err, VOX_E_IO, "no way to talk to a PKCS#11 module");
    (void)fflush(NULL); /* what is in buffers is said once */
    a->owner = getpid();
    a->pid = fork();
    if (a->pid < 0) {
        (void)close(pair[0]);
        (void)close(pair[1]);
        return vox_fail_errno(err, VOX_E_IO, "no process for a PKCS#11 module");
    }
    if (a->pid == 0) {
        /* Nothing of the program's but this and the standard streams, of which standard output is not the module's. */
        if (dup2(pair[1], STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
            _exit(4);
        (void)close_range(3, ~0U, 0);
        token_child(STDIN_FILENO);
    }
    (void)close(pair[1]);
    a->fd = pair[0];
    return VOX_OK;
}

static enum vox_err load(struct token_agent *a, struct vox_error *err)
{
    static struct token_question q;
    static struct token_answer answer;
    enum vox_err code;

    memset(&q, 0, sizeof q);
    q.op = TOKEN_OP_LOAD;
    q.len = (uint32_t)strlen(a->module);
    memcpy(q.data, a->module, q.len);
    if ((code = token_ask(a, &q, &answer, TOKEN_ASK_SECONDS, err)) != VOX_OK)
        return code;
    if (answer.rv == CKR_OK)
        return VOX_OK;
    if (answer.text[0] != '\0')
        return vox_fail(err, VOX_E_IO, "the PKCS#11 module %s cannot be loaded: %s", a->module, answer.text);
    return vox_fail(err, VOX_E_IO, "the PKCS#11 module %s does not start (%s: 0x%llX)", a->module, answer.function,
                    (unsigned long long)answer.rv);
}

static struct token_agent *running(const char *module)
{
    for (struct token_agent *a = agents; a != NULL; a = a->next)
        if (a->fd >= 0 && a->owner == getpid() && strcmp(a->module, module) == 0)
            return a;
    return NULL;
}

enum vox_err token_agent_get(const char *module, struct token_agent **out, struct vox_error *err)
{
    struct token_agent *a;
    enum vox_err code = VOX_OK;

    *out = NULL;
    if (module == NULL)
        module = getenv("VOXTRUST_PKCS11_MODULE");
    if (module == NULL)
        module = "";
    if (strlen(module) >= TOKEN_MODULE_MAX)
        return vox_fail(err, VOX_E_USAGE, "the module's path is too long");
    (void)pthread_mutex_lock(&agents_lock);
    if ((a = running(module)) == NULL) {
        if ((a = calloc(1, sizeof *a)) == NULL) {
            code = vox_fail(err, VOX_E_MEMORY, "no memory");
        } else {
            (void)snprintf(a->module, sizeof a->module, "%s", module);
            a->fd = -1;
            (void)pthread_mutex_init(&a->turn, NULL);
            if ((code = start(a, err)) == VOX_OK && (code = load(a, err)) != VOX_OK)
                end(a);
            a->next = agents; /* kept to the end: keys point at it */
            agents = a;
        }
    }
    (void)pthread_mutex_unlock(&agents_lock);
    if (code == VOX_OK)
        *out = a;
    return code;
}

void token_on_fall(void (*call)(const struct vox_error *why))
{
    on_fall = call;
}

bool *token_agent_open(struct token_agent *a, size_t index)
{
    static bool elsewhere;

    return index < TOKEN_SLOTS_MAX ? &a->open[index] : &elsewhere;
}

bool token_agent_retire(struct token_agent *a)
{
    bool used = false;

    (void)pthread_mutex_lock(&agents_lock);
    for (size_t i = 0; i < TOKEN_SLOTS_MAX; i++)
        used = used || a->open[i];
    if (!used)
        end(a);
    (void)pthread_mutex_unlock(&agents_lock);
    return !used;
}

void token_agents_end(void)
{
    (void)pthread_mutex_lock(&agents_lock);
    for (struct token_agent *a = agents; a != NULL; a = a->next)
        end(a);
    (void)pthread_mutex_unlock(&agents_lock);
}
