/*
 * What a service manager does, for tests. Usage: manager MODE ARG...
 *
 *   notified PATH                 receive sd_notify messages at PATH, print a line for each line of them, until killed
 *   activate PORT[=NAME]... -- COMMAND   listen on loopback ports and run COMMAND with these sockets (LISTEN_FDS)
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST_FD = 3 };

static int die(const char *what)
{
    perror(what);
    exit(4);
}

static int notified(const char *path)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    char message[4096];
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    if (strlen(path) >= sizeof sa.sun_path)
        return 2;
    memcpy(sa.sun_path, path, strlen(path));
    if (fd < 0 || bind(fd, (const struct sockaddr *)&sa, sizeof sa) != 0)
        die(path);
    for (;;) {
        ssize_t n = recv(fd, message, sizeof message, 0);

        if (n < 0)
            die("recv");
        printf("%.*s\n", (int)n, message);
        fflush(stdout);
    }
}

static void listen_at(const char *port, int as)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    sa.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(fd, (const struct sockaddr *)&sa, sizeof sa) != 0 || listen(fd, 64) != 0)
        die(port);
    if (fd != as && (dup2(fd, as) != as || close(fd) != 0))
        die("dup2");
}

static int activate(char **argv)
{
    char names[512] = "", number[16];
    int n = 0;

    for (; argv[n] != NULL && strcmp(argv[n], "--") != 0; n++) {
        const char *name = strchr(argv[n], '=');

        listen_at(argv[n], FIRST_FD + n);
        if (n > 0)
            strncat(names, ":", sizeof names - strlen(names) - 1);
        strncat(names, name != NULL ? name + 1 : "main", sizeof names - strlen(names) - 1);
    }
    if (n == 0 || argv[n] == NULL || argv[n + 1] == NULL)
        return 2;
    (void)snprintf(number, sizeof number, "%d", n);
    (void)setenv("LISTEN_FDS", number, 1);
    (void)setenv("LISTEN_FDNAMES", names, 1);
    (void)snprintf(number, sizeof number, "%ld", (long)getpid());
    (void)setenv("LISTEN_PID", number, 1);
    execvp(argv[n + 1], argv + n + 1);
    return die(argv[n + 1]);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "notified") == 0)
        return notified(argv[2]);
    if (argc > 4 && strcmp(argv[1], "activate") == 0)
        return activate(argv + 2);
    fprintf(stderr, "manager: see the head of tests/harness/manager.c\n");
    return 2;
}
