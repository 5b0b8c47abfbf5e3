#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "control.h"

/* On the wire; both ends are one binary. */
struct wire {
    uint64_t number;
    char type;
};

union passed {
    struct cmsghdr head;
    char space[CMSG_SPACE(sizeof(int))];
};

bool control_send(int channel, const struct control *m)
{
    struct wire w;
    union passed passed;
    struct iovec iov = {&w, sizeof w};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

    memset(&w, 0, sizeof w);
    w.type = m->type;
    w.number = m->number;
    if (m->fd >= 0) {
        memset(&passed, 0, sizeof passed);
        msg.msg_control = &passed;
        msg.msg_controllen = sizeof passed;
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &m->fd, sizeof m->fd);
    }
    return sendmsg(channel, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof w;
}

bool control_receive(int channel, struct control *out)
{
    struct wire w;
    union passed passed;
    struct iovec iov = {&w, sizeof w};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &passed, .msg_controllen = sizeof passed};
    ssize_t n = recvmsg(channel, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    *out = (struct control){.type = CONTROL_STOP, .fd = -1, .gone = n <= 0};
    const struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
    if (c != NULL && c->cmsg_type == SCM_RIGHTS)
        memcpy(&out->fd, CMSG_DATA(c), sizeof out->fd);
    if (n == (ssize_t)sizeof w) {
        out->type = w.type;
        out->number = w.number;
    }
    return true;
}
