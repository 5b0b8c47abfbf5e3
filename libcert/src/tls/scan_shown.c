#include <stdlib.h>
#include <string.h>

#include <libcert/limits.h>
#include <libcert/tlv.h>

#include "scan.h"

enum { RECORD_HANDSHAKE = 22, SERVER_HELLO = 2, CERTIFICATE = 11 };

/* The handshake's bytes without the records around them, as far as they are there. false: something else came. */
static bool unwrap(struct tlv_reader r, uint8_t *out, size_t *len)
{
    uint16_t version, announced;
    uint8_t type;

    for (*len = 0; tlv_take_u8(&r, &type) && tlv_take_u16(&r, &version) && tlv_take_u16(&r, &announced);) {
        struct bytes_view part;
        const size_t have = tlv_left(&r) < announced ? tlv_left(&r) : announced;

        if (type != RECORD_HANDSHAKE || announced == 0)
            return false;
        (void)tlv_take(&r, have, &part);
        memcpy(out + *len, part.data, part.len);
        *len += part.len;
    }
    return true;
}

/* One that cannot be read ends the chain, for what comes after it cannot be told to belong to it. */
static void read_chain(struct tlv_reader *message, struct tlsscan_chain *out)
{
    struct bytes_view der;
    struct tlv_reader list;
    uint32_t len;

    if (!tlv_take_u24(message, &len) || !tlv_child(message, len, &list) || tlv_left(message) != 0 ||
        (out->certs = calloc(LIMIT_CHAIN_DEPTH, sizeof(struct cert *))) == NULL)
        return;
    while (out->n < LIMIT_CHAIN_DEPTH && tlv_take_u24(&list, &len) && tlv_take(&list, len, &der) &&
           cert_from_der(der.data, der.len, &out->certs[out->n], NULL) == VOX_OK)
        out->n++;
}

/* true: it is over. */
static bool read_messages(struct tlv_reader r, struct tlsscan_chain *out)
{
    struct tlv_reader message;
    uint32_t len;
    uint8_t type;

    while (tlv_take_u8(&r, &type)) {
        if (type != SERVER_HELLO && type != CERTIFICATE)
            return true;
        if (!tlv_take_u24(&r, &len))
            return false;
        if (len > LIMIT_SCAN_SHOWN)
            return true;
        if (!tlv_child(&r, len, &message))
            return false;
        if (type == CERTIFICATE) {
            read_chain(&message, out);
            return true;
        }
    }
    return false;
}

bool scan_shown_read(const uint8_t *data, size_t len, struct tlsscan_chain *out)
{
    uint8_t *bytes = malloc(len + 1);
    bool over = true;
    size_t n;

    if (bytes != NULL && unwrap(tlv_reader(data, len), bytes, &n))
        over = read_messages(tlv_reader(bytes, n), out) || len >= LIMIT_SCAN_SHOWN;
    free(bytes);
    return over;
}
