/*
 * A server that speaks no TLS, for whoever looks at ports. Usage: tcpserver MODE [FILE]
 *
 *   say FILE       send FILE to whoever connects, then wait for the peer to hang up
 *   answer FILE    the same, after the peer has said something
 *   endless FILE   send FILE again and again
 *   drip FILE      send FILE a byte every 50 ms, again and again
 *   silent         say nothing
 *   close          close at once
 *   run PROGRAM    run PROGRAM with the connection as standard input and output
 *
 * Prints the port that it listens on at 127.0.0.1, and runs until it is killed.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FILE_MAX = 65536, DRIP_US = 50000 };

static char data[FILE_MAX];
static size_t len;

static void read_file(const char *path)
{
    FILE *f = fopen(path, "rb");

    if (f == NULL || (len = fread(data, 1, sizeof data, f)) == 0) {
        perror(path);
        exit(4);
    }
    (void)fclose(f);
}

static void serve(int fd, const char *mode, const char *file)
{
    char c;

    if (strcmp(mode, "run") == 0 && file != NULL && dup2(fd, STDIN_FILENO) >= 0 && dup2(fd, STDOUT_FILENO) >= 0)
        (void)execl(file, file, (char *)NULL);

    if (strcmp(mode, "close") == 0)
        return;
    if (strcmp(mode, "answer") == 0)
        (void)!read(fd, &c, 1);
    do {
        for (size_t i = 0, n = strcmp(mode, "drip") == 0 ? 1 : len; i < len; i += n) {
            if (send(fd, data + i, n, MSG_NOSIGNAL) < 0)
                return;
            if (n == 1)
                (void)usleep(DRIP_US);
        }
    } while (strcmp(mode, "endless") == 0 || strcmp(mode, "drip") == 0);
    while (read(fd, &c, 1) > 0)
        continue;
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t atlen = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (argc < 2)
        return 2;
    if (argc > 2 && strcmp(argv[1], "run") != 0)
        read_file(argv[2]);
    if (listener < 0 || bind(listener, (struct sockaddr *)&at, atlen) != 0 || listen(listener, 64) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &atlen) != 0) {
        perror("tcpserver");
        return 4;
    }
    (void)signal(SIGCHLD, SIG_IGN);
    printf("%u\n", ntohs(at.sin_port));
    (void)fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0)
            continue;
        if (fork() == 0) {
            (void)close(listener);
            serve(fd, argv[1], argc > 2 ? argv[2] : NULL);
            _exit(0);
        }
        (void)close(fd);
    }
}
