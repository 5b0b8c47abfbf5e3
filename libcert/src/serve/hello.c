#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>

#include <openssl/ssl3.h>

#include <libcert/tlv.h>

#include "hello.h"

enum {
    RECORD_HEADER = 5,  /* type, version (2), length (2) */
    RECORD_MAX = 16384, /* bytes of a record without encryption */
};

/* A handshake that hangs costs 46 KiB of buffers inside TLS: until the first record is whole it stays in the kernel. */
enum hello hello_look(int fd, int *awaited)
{
    static uint8_t record[RECORD_HEADER + RECORD_MAX];
    const ssize_t n = recv(fd, record, sizeof record, MSG_PEEK);
    int need = RECORD_HEADER;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return HELLO_AWAITED;
    if (n <= 0)
        return HELLO_NEVER;
    struct tlv_reader r = tlv_reader(record, (size_t)n);
    uint8_t type;
    uint16_t version, len;
    if (tlv_take_u8(&r, &type) && type == SSL3_RT_HANDSHAKE && tlv_take_u16(&r, &version) && tlv_take_u16(&r, &len))
        need += len;
    /* Readable again although what was awaited is not there: no more will come. */
    if (n >= need || need <= *awaited || need > (int)sizeof record ||
        setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &need, sizeof need) != 0) {
        const int any = 1;

        (void)setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &any, sizeof any);
        return HELLO_CAME;
    }
    *awaited = need;
    return HELLO_AWAITED;
}
