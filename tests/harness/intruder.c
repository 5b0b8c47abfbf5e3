/*
 * What a net process or a state process of voxcapfd can do that somebody has taken over: the real state and sign
 * processes, and in place of the others this program. Usage: intruder VOXCAPFD WORD... (the store by VOXTRUST_STORE).
 *
 * As a net process:
 *   open:ID:PEER          a connection of that number from PEER, "hex:..." for any bytes
 *   auth:ID:DEVICE:STRING AUTH_RESPONSE
 *   key:ID:PEM            KEY_GENERATE_RESPONSE with the public key of PEM
 *   close:ID              the phone is gone
 *   send:HEX              any bytes
 *   hear                  the next answer: "ID COMMAND {...}", "ID end", or "closed" and a new link
 *   new                   another link in the place of the one there is
 *   flood:SEED:COUNT      so many messages: changed ones, and any bytes
 * As a state process:
 *   issue:DEVICE:PEM:N    N requests for different orders; how many were "issued", "refused" or put off ("later")
 *   sign-send:HEX         any bytes to the signer
 *   sign-flood:SEED:COUNT
 *   sign-hear             as hear
 * At the end it says whether both processes live ("state lives", "sign lives").
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/x509.h>

#include <capf/message.h>
#include <libcert/bundle.h>
#include <libcert/file.h>
#include <libcert/key.h>
#include <serve/control.h>
#include <serve/shared.h>
#include <serve/supervisor.h>

#include "ipc.h"

#define HAVE(tag) (UINT32_C(1) << (tag))

enum { PATIENCE_MS = 60000, IDS = 64, SIGN = 0, STATE = 1 };

static struct {
    pid_t pid;
    int control, link; /* link: ours, as a net process to state, as a state process to sign */
} of[2];
static uint32_t sessions[IDS];

static void die(const char *what)
{
    fprintf(stderr, "intruder: %s: %s\n", what, strerror(errno));
    exit(4);
}

static void start(const char *program, int which, int shared)
{
    char role[32];
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        die("socketpair");
    (void)snprintf(role, sizeof role, "service:%d:%d", which, which);
    of[which].pid = fork();
    if (of[which].pid == 0) {
        const int a = fcntl(pair[1], F_DUPFD_CLOEXEC, 50), b = fcntl(shared, F_DUPFD_CLOEXEC, 60);

        if (dup2(a, PROCESS_CONTROL_FD) < 0 || dup2(b, PROCESS_SHARED_FD) < 0 || setenv(PROCESS_ENV, role, 1) != 0 ||
            setenv(PROCESS_LISTENERS_ENV, "m", 1) != 0)
            _exit(127);
        (void)execl(program, program, "--listen", "127.0.0.1:1", (char *)NULL);
        _exit(127);
    }
    (void)close(pair[1]);
    of[which].control = pair[0];
    if (recv(pair[0], role, sizeof role, 0) != 1)
        die("a process does not become ready");
}

static int make_link(int which, uint64_t number)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        die("socketpair");
    const struct control m = {.type = CONTROL_LINK, .number = number, .fd = pair[1]};
    if (!control_send(of[which].control, &m))
        die("a link is not taken");
    (void)close(pair[1]);
    return pair[0];
}

static void again(int which)
{
    (void)close(of[which].link);
    of[which].link = make_link(which, which == STATE ? CONTROL_NET : STATE);
}

static void push(int which, const void *data, size_t len)
{
    if (send(of[which].link, data, len, MSG_NOSIGNAL) != (ssize_t)len && errno != EPIPE && errno != ECONNRESET)
        die("send");
}

static void push_message(int which, const struct ipc_message *m)
{
    struct vox_error err;
    struct bytes out;

    if (ipc_write(m, &out, &err) != VOX_OK)
        die(err.text);
    push(which, out.data, out.len);
    bytes_free(&out);
}

/* The next message from there; 0 when the link was closed, and is made anew. Messages of the journal's are passed over.
 */
static size_t take(int which, uint8_t *buffer, size_t room, int patience_ms)
{
    struct pollfd p = {.fd = of[which].link, .events = POLLIN};

    if (poll(&p, 1, patience_ms) != 1) {
        if (patience_ms == 0)
            return SIZE_MAX;
        die("no answer");
    }
    const ssize_t n = recv(of[which].link, buffer, room, 0);
    if (n > 0)
        return (size_t)n;
    again(which);
    return 0;
}

static void hear(int which)
{
    static uint8_t buffer[SERVE_LINK_MAX];
    struct ipc_message m;
    struct capf_message said;
    struct vox_error err;
    char text[512];
    const size_t n = take(which, buffer, sizeof buffer, PATIENCE_MS);

    if (n == 0) {
        printf("closed\n");
        return;
    }
    if (ipc_read((struct bytes_view){buffer, n}, &m, &err) != VOX_OK)
        die(err.text);
    if (m.type != IPC_REPLY) {
        printf("type %u %s\n", m.type, m.request.device);
        return;
    }
    if (m.bytes.len == 0 || capf_message_read(m.bytes.data, m.bytes.len, &said, &err) != VOX_OK) {
        printf("%d end\n", (int)m.connection);
        return;
    }
    sessions[m.connection % IDS] = said.session;
    capf_message_text(&said, text, sizeof text);
    printf("%d %s\n", (int)m.connection, text);
}

static void frame(unsigned long id, struct capf_message *said)
{
    struct ipc_message m = {.type = IPC_FRAME, .connection = id};
    struct vox_error err;
    struct bytes out;

    said->session = sessions[id % IDS];
    if (capf_message_write(said, &out, &err) != VOX_OK)
        die(err.text);
    m.bytes = bytes_view_of(&out);
    push_message(STATE, &m);
    bytes_free(&out);
}

static struct bytes public_of(const char *path)
{
    struct bytes file, out = {NULL, 0};
    struct vox_error err;
    EVP_PKEY *key = NULL;
    unsigned char *der = NULL;
    int n;

    if (file_read(path, 65536, &file, &err) != VOX_OK ||
        key_from_bytes(file.data, file.len, path, NULL, &key, &err) != VOX_OK)
        die(path);
    n = i2d_PUBKEY(key, &der);
    if (n <= 0 || bytes_copy(&out, der, (size_t)n, &err) != VOX_OK)
        die(path);
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    bytes_free(&file);
    return out;
}

static uint64_t state_of_dice;

static uint32_t dice(void)
{
    state_of_dice = state_of_dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state_of_dice >> 33);
}

/* A message that makes sense in one of the directions, then bytes of it changed; at times any bytes at all. */
static void flood(int which, unsigned long seed, unsigned long count)
{
    static uint8_t answer[SERVE_LINK_MAX];
    uint8_t bytes[256];

    state_of_dice = seed;
    for (unsigned long i = 0; i < count; i++) {
        struct ipc_message m = {.type = (uint8_t)(1 + dice() % 12), .connection = 1000 + dice() % 8};
        uint8_t body[64];
        struct bytes out = {NULL, 0};
        size_t len = dice() % sizeof bytes;

        for (size_t k = 0; k < sizeof body; k++)
            body[k] = (uint8_t)dice();
        body[0] = 0x55;
        (void)snprintf(m.text, sizeof m.text, "192.0.2.%u:%u", dice() % 256, dice() % 65536);
        (void)snprintf(m.request.device, sizeof m.request.device, "SEP0011223344AA");
        m.bytes = (struct bytes_view){body, dice() % sizeof body};
        m.request.public_key = (struct bytes_view){body, 1 + dice() % (sizeof body - 1)};
        m.request.ordered = (struct key_spec){.type = KEY_RSA, .rsa_bits = 2048};
        if (ipc_write(&m, &out, NULL) == VOX_OK && out.len < sizeof bytes) {
            memcpy(bytes, out.data, out.len);
            len = out.len;
        } else {
            for (size_t k = 0; k < len; k++)
                bytes[k] = (uint8_t)dice();
        }
        bytes_free(&out);
        for (uint32_t k = dice() % 4; k > 1 && len > 0; k--)
            bytes[dice() % len] = (uint8_t)dice();
        if (len > 0)
            push(which, bytes, len);
        while (take(which, answer, sizeof answer, 0) + 1 > 1) /* neither closed nor nothing there */
            ;
    }
}

static void issue(const char *device, const char *pem, unsigned long n)
{
    static uint8_t buffer[SERVE_LINK_MAX];
    struct bytes key = public_of(pem);
    struct ipc_message m = {.type = IPC_ISSUE}, answer;
    unsigned long issued = 0, refused = 0, later = 0;

    (void)snprintf(m.request.device, sizeof m.request.device, "%s", device);
    m.request.public_key = bytes_view_of(&key);
    m.request.ordered = (struct key_spec){.type = KEY_RSA, .rsa_bits = 2048};
    for (unsigned long i = 0; i < n; i++) {
        memcpy(m.request.id, &i, sizeof i);
        push_message(SIGN, &m);
        size_t len = take(SIGN, buffer, sizeof buffer, PATIENCE_MS);
        if (len == 0 || ipc_read((struct bytes_view){buffer, len}, &answer, NULL) != VOX_OK)
            die("the signer's answer");
        issued += answer.type == IPC_ISSUED;
        refused += answer.type == IPC_REFUSED;
        later += answer.type == IPC_LATER;
    }
    printf("issued %lu refused %lu later %lu\n", issued, refused, later);
    bytes_free(&key);
}

static void send_hex(int which, const char *hex)
{
    struct bytes raw;

    if (hex_decode(hex, &raw, NULL) != VOX_OK)
        die(hex);
    push(which, raw.data, raw.len);
    bytes_free(&raw);
}

static void open_connection(unsigned long id, const char *peer)
{
    struct ipc_message m = {.type = IPC_OPENED, .connection = id};
    struct bytes raw = {NULL, 0};

    if (strncmp(peer, "hex:", 4) == 0) {
        if (hex_decode(peer + 4, &raw, NULL) != VOX_OK || raw.len >= sizeof m.text)
            die(peer);
        memcpy(m.text, raw.data, raw.len);
        bytes_free(&raw);
    } else {
        (void)snprintf(m.text, sizeof m.text, "%s", peer);
    }
    push_message(STATE, &m);
}

static void do_word(char *word)
{
    char *a = strchr(word, ':'), *b, *c;

    if (a != NULL)
        *a++ = '\0';
    if (strcmp(word, "hear") == 0 || strcmp(word, "sign-hear") == 0) {
        hear(word[0] == 'h' ? STATE : SIGN);
        return;
    }
    if (strcmp(word, "new") == 0) {
        again(STATE);
        return;
    }
    if (a == NULL)
        die(word);
    if (strcmp(word, "send") == 0 || strcmp(word, "sign-send") == 0) {
        send_hex(word[1] == 'e' ? STATE : SIGN, a);
        return;
    }
    if ((b = strchr(a, ':')) != NULL)
        *b++ = '\0';
    if (strcmp(word, "close") == 0) {
        const struct ipc_message m = {.type = IPC_CLOSED, .connection = strtoul(a, NULL, 10), .text = "it hung up"};

        push_message(STATE, &m);
        return;
    }
    if (b == NULL)
        die(word);
    if (strcmp(word, "open") == 0) {
        open_connection(strtoul(a, NULL, 10), b);
    } else if (strcmp(word, "flood") == 0) {
        flood(STATE, strtoul(a, NULL, 10), strtoul(b, NULL, 10));
    } else if (strcmp(word, "sign-flood") == 0) {
        flood(SIGN, strtoul(a, NULL, 10), strtoul(b, NULL, 10));
    } else if (strcmp(word, "key") == 0) {
        struct bytes key = public_of(b);
        struct capf_message m = {.command = CAPF_KEY_GENERATE_RESPONSE, .present = HAVE(CAPF_PUBLIC_KEY)};

        m.public_key = bytes_view_of(&key);
        frame(strtoul(a, NULL, 10), &m);
        bytes_free(&key);
    } else if ((c = strchr(b, ':')) != NULL) {
        *c++ = '\0';
        if (strcmp(word, "issue") == 0) {
            issue(a, b, strtoul(c, NULL, 10));
            return;
        }
        struct capf_message m = {.command = CAPF_AUTH_RESPONSE,
                                 .present = HAVE(CAPF_VERSION) | HAVE(CAPF_DEVICE_NAME) | HAVE(CAPF_REASON) |
                                            HAVE(CAPF_PASSWORD),
                                 .version = 3,
                                 .reason = CAPF_OK,
                                 .device = {(const uint8_t *)b, strlen(b)},
                                 .password = {(const uint8_t *)c, strlen(c)}};
        frame(strtoul(a, NULL, 10), &m);
    } else {
        die(word);
    }
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"sign", "state"};
    struct vox_error err;
    int shared, pair[2], dead = 0;

    if (argc < 2 || shared_create(4, &shared, &err) == NULL)
        return 2;
    (void)signal(SIGPIPE, SIG_IGN);
    start(argv[1], SIGN, shared);
    start(argv[1], STATE, shared);
    /* As links.c ties them: state speaks to sign. */
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        die("socketpair");
    const struct control to_state = {.type = CONTROL_LINK, .number = SIGN, .fd = pair[0]};
    const struct control to_sign = {.type = CONTROL_LINK, .number = STATE, .fd = pair[1]};
    if (!control_send(of[STATE].control, &to_state) || !control_send(of[SIGN].control, &to_sign))
        die("a link is not taken");
    (void)close(pair[0]);
    (void)close(pair[1]);
    of[STATE].link = make_link(STATE, CONTROL_NET);
    of[SIGN].link = make_link(SIGN, STATE);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 2; i < argc; i++)
        do_word(argv[i]);
    for (int i = SIGN; i <= STATE; i++) {
        const bool lives = waitpid(of[i].pid, NULL, WNOHANG) == 0;

        printf("%s %s\n", names[i], lives ? "lives" : "fell");
        dead += !lives;
    }
    for (int i = STATE; i >= SIGN; i--) {
        const struct control stop = {.type = CONTROL_STOP, .fd = -1};

        (void)control_send(of[i].control, &stop);
        (void)waitpid(of[i].pid, NULL, 0);
    }
    return dead > 0;
}
