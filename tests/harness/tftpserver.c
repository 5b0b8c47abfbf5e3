/*
 * A TFTP server (RFC 1350, reading, octet, no options) for stories: tftpserver PORT DIR. Prints "ready". Files named in
 * DIR/.endless never end; nothing is answered about those in DIR/.silent.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { RRQ = 1, DATA = 3, ACK = 4, ERROR = 5, BLOCK = 512, TRIES = 5 };

static int is_named_in(const char *list, const char *name)
{
    char line[256];
    FILE *f = fopen(list, "r");
    int found = 0;

    while (f != NULL && !found && fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        found = strcmp(line, name) == 0;
    }
    if (f != NULL)
        fclose(f);
    return found;
}

static void refuse(int s, const char *why)
{
    unsigned char packet[128] = {0, ERROR, 0, 1};
    size_t len = strlen(why);

    memcpy(packet + 4, why, len + 1);
    (void)send(s, packet, len + 5, 0);
}

/* One block until it is acknowledged. */
static int deliver(int s, unsigned block, const unsigned char *data, size_t len)
{
    unsigned char packet[BLOCK + 4] = {0, DATA, (unsigned char)(block >> 8), (unsigned char)block}, answer[64];

    memcpy(packet + 4, data, len);
    for (int i = 0; i < TRIES; i++) {
        ssize_t n;

        (void)send(s, packet, len + 4, 0);
        while ((n = recv(s, answer, sizeof answer, 0)) >= 4)
            if (answer[1] == ACK && answer[2] == packet[2] && answer[3] == packet[3])
                return 1;
            else if (answer[1] == ERROR)
                return 0;
    }
    return 0;
}

static void serve(const struct sockaddr_in *peer, const char *dir, const char *name)
{
    const struct timeval patience = {.tv_sec = 1};
    char path[600], list[600];
    unsigned char data[BLOCK];
    int s = socket(AF_INET, SOCK_DGRAM, 0), fd, endless;
    ssize_t n = BLOCK;

    snprintf(list, sizeof list, "%s/.silent", dir);
    if (connect(s, (const struct sockaddr *)peer, sizeof *peer) != 0 || is_named_in(list, name))
        return;
    (void)setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    snprintf(list, sizeof list, "%s/.endless", dir);
    endless = is_named_in(list, name);
    if (strchr(name, '/') != NULL || (fd = open(endless ? "/dev/zero" : path, O_RDONLY)) < 0) {
        refuse(s, "File not found");
        return;
    }
    for (unsigned block = 1; n == BLOCK; block++)
        if ((n = read(fd, data, sizeof data)) < 0 || !deliver(s, block & 0xffff, data, (size_t)n))
            break;
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, peer;
    unsigned char packet[600];
    socklen_t len = sizeof peer;
    ssize_t n;
    int s = socket(AF_INET, SOCK_DGRAM, 0);

    if (argc != 3)
        return 2;
    at.sin_port = htons((unsigned short)atoi(argv[1]));
    if (bind(s, (struct sockaddr *)&at, sizeof at) != 0) {
        perror("bind");
        return 1;
    }
    puts("ready");
    fflush(stdout);
    while ((n = recvfrom(s, packet, sizeof packet - 1, 0, (struct sockaddr *)&peer, &len)) > 0) {
        packet[n] = '\0';
        if (n > 4 && packet[1] == RRQ && fork() == 0) {
            serve(&peer, argv[2], (const char *)packet + 2);
            _exit(0);
        }
        len = sizeof peer;
    }
    return 0;
}
