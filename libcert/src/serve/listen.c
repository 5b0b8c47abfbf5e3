#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "listen.h"

enum vox_err listen_bind(const struct address *a, bool reuseport, int *out, struct vox_error *err)
{
    char text[64];
    int one = 1, zero = 0;
    int fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    address_text(a, text, sizeof text);
    if (fd < 0)
        return vox_fail_errno(err, VOX_E_IO, "%s: no socket", text);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        (reuseport && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0) ||
        (a->sa.ss_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
                    IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)&a->sa)->sin6_addr) ? &zero : &one,
                    sizeof one) != 0) ||
        bind(fd, (const struct sockaddr *)&a->sa, a->len) != 0) {
        enum vox_err code = vox_fail_errno(err, VOX_E_IO, "%s cannot be listened on", text);

        (void)close(fd);
        return code;
    }
    *out = fd;
    return VOX_OK;
}

enum vox_err listen_open(const struct address *a, bool reuseport, int *out, struct vox_error *err)
{
    char text[64];
    enum vox_err code = listen_bind(a, reuseport, out, err);

    if (code != VOX_OK || listen(*out, LISTEN_BACKLOG) == 0)
        return code;
    address_text(a, text, sizeof text);
    code = vox_fail_errno(err, VOX_E_IO, "%s cannot be listened on", text);
    (void)close(*out);
    *out = -1;
    return code;
}

size_t listen_inherited(bool *legacy, size_t max)
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS"), *names = getenv("LISTEN_FDNAMES");
    char *end;
    size_t n = 0;

    if (pid != NULL && fds != NULL && strtoul(pid, &end, 10) == (unsigned long)getpid() && *end == '\0') {
        n = strtoul(fds, &end, 10);
        if (*end != '\0' || n > max)
            n = 0;
    }
    for (size_t i = 0; i < n; i++) {
        size_t len = names != NULL ? strcspn(names, ":") : 0;

        legacy[i] = names != NULL && len == strlen("legacy") && strncmp(names, "legacy", len) == 0;
        names = names != NULL && names[len] == ':' ? names + len + 1 : NULL;
        (void)fcntl((int)(LISTEN_FDS_START + i), F_SETFD, FD_CLOEXEC);
        (void)fcntl((int)(LISTEN_FDS_START + i), F_SETFL, O_NONBLOCK);
    }
    /* Not for the processes that we start. */
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    return n;
}
