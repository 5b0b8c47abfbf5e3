#include <string.h>

#include <libcert/limits.h>
#include <libcert/tlv.h>

#include "scan.h"

enum { RECORD_HANDSHAKE = 22, CLIENT_HELLO = 1, TLS_1_0 = 0x0301, TLS_1_2 = 0x0303, TLS_1_3 = 0x0304 };

enum {
    EXT_SERVER_NAME = 0,
    EXT_SUPPORTED_GROUPS = 10,
    EXT_EC_POINT_FORMATS = 11,
    EXT_SIGNATURE_ALGORITHMS = 13,
    EXT_EXTENDED_MASTER_SECRET = 23,
    EXT_SUPPORTED_VERSIONS = 43,
    EXT_PSK_KEY_EXCHANGE_MODES = 45,
    EXT_KEY_SHARE = 51,
    EXT_RENEGOTIATION_INFO = 0xff01,
};

enum { SCSV_RENEGOTIATION = 0x00ff, X25519 = 29 };

/* X25519, P-256, P-384, P-521, X448, then curves of old servers, then the finite fields of RFC 7919. */
static const uint16_t groups[] = {X25519, 23, 24, 25, 30, 21, 19, 22, 14, 26, 27, 28, 256, 257, 258};

/* ECDSA, EdDSA, RSA-PSS, RSA PKCS#1, DSA, and what is signed with SHA-1: what a server may do is to be seen. */
static const uint16_t signatures[] = {0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a,
                                      0x080b, 0x0401, 0x0501, 0x0601, 0x0402, 0x0301, 0x0303, 0x0201, 0x0203, 0x0202};

/* Two bytes of length for what follows; close_length() fills them in. */
static size_t open_length(struct tlv_writer *w)
{
    tlv_put_u16(w, 0);
    return w->len;
}

static void close_length(struct tlv_writer *w, size_t mark)
{
    tlv_patch_u16(w, mark - 2, w->len - mark);
}

static size_t open_extension(struct tlv_writer *w, uint16_t type)
{
    tlv_put_u16(w, type);
    return open_length(w);
}

/* An extension that is a list of numbers with its length before it. */
static void put_numbers(struct tlv_writer *w, uint16_t type, const uint16_t *numbers, size_t n)
{
    const size_t extension = open_extension(w, type), list = open_length(w);

    for (size_t i = 0; i < n; i++)
        tlv_put_u16(w, numbers[i]);
    close_length(w, list);
    close_length(w, extension);
}

static void put_server_name(struct tlv_writer *w, const char *name)
{
    const size_t extension = open_extension(w, EXT_SERVER_NAME), list = open_length(w);

    tlv_put_u8(w, 0); /* host_name */
    tlv_put_u16(w, (uint16_t)strlen(name));
    tlv_put(w, name, strlen(name));
    close_length(w, list);
    close_length(w, extension);
}

static void put_newest(struct tlv_writer *w, const struct scan_hello *h)
{
    static const uint8_t versions[] = {2, TLS_1_3 >> 8, TLS_1_3 & 0xff}, modes[] = {1, 1};
    size_t mark = open_extension(w, EXT_SUPPORTED_VERSIONS), list;

    tlv_put(w, versions, sizeof versions);
    close_length(w, mark);
    mark = open_extension(w, EXT_PSK_KEY_EXCHANGE_MODES);
    tlv_put(w, modes, sizeof modes);
    close_length(w, mark);
    /* Any 32 bytes are a public key of X25519. A server that wants another group says so, which answers the question.
     */
    mark = open_extension(w, EXT_KEY_SHARE);
    list = open_length(w);
    tlv_put_u16(w, X25519);
    tlv_put_u16(w, 32);
    tlv_put(w, h->random + 64, 32);
    close_length(w, list);
    close_length(w, mark);
}

static void put_extensions(struct tlv_writer *w, const struct scan_hello *h)
{
    static const uint8_t uncompressed[] = {1, 0}, first_time = 0;
    const size_t all = open_length(w);
    size_t mark;

    if (h->name != NULL)
        put_server_name(w, h->name);
    mark = open_extension(w, EXT_EXTENDED_MASTER_SECRET);
    close_length(w, mark);
    mark = open_extension(w, EXT_RENEGOTIATION_INFO);
    tlv_put_u8(w, first_time);
    close_length(w, mark);
    put_numbers(w, EXT_SUPPORTED_GROUPS, groups, sizeof groups / sizeof *groups);
    mark = open_extension(w, EXT_EC_POINT_FORMATS);
    tlv_put(w, uncompressed, sizeof uncompressed);
    close_length(w, mark);
    if (h->version >= TLS_1_2)
        put_numbers(w, EXT_SIGNATURE_ALGORITHMS, signatures, sizeof signatures / sizeof *signatures);
    if (h->version >= TLS_1_3)
        put_newest(w, h);
    close_length(w, all);
}

enum vox_err scan_hello_write(const struct scan_hello *h, struct bytes *out, struct vox_error *err)
{
    struct tlv_writer w = tlv_writer(LIMIT_SCAN_REPLY);
    const bool newest = h->version >= TLS_1_3, extensions = h->version >= TLS_1_0;
    size_t record, message, list;

    tlv_put_u8(&w, RECORD_HANDSHAKE);
    tlv_put_u16(&w, extensions ? TLS_1_0 : (uint16_t)h->version);
    record = open_length(&w);
    tlv_put_u8(&w, CLIENT_HELLO);
    tlv_put_u8(&w, 0); /* of three bytes of length */
    message = open_length(&w);
    tlv_put_u16(&w, newest ? TLS_1_2 : (uint16_t)h->version);
    tlv_put(&w, h->random, 32);
    tlv_put_u8(&w, newest ? 32 : 0); /* a session, as browsers send one with 1.3: some boxes in between want it */
    if (newest)
        tlv_put(&w, h->random + 32, 32);
    list = open_length(&w);
    for (size_t i = 0; i < h->nsuites; i++)
        tlv_put_u16(&w, h->suites[i]);
    if (!extensions)
        tlv_put_u16(&w, SCSV_RENEGOTIATION);
    close_length(&w, list);
    tlv_put_u8(&w, 1); /* compression: none */
    tlv_put_u8(&w, 0);
    if (extensions)
        put_extensions(&w, h);
    close_length(&w, message);
    close_length(&w, record);
    return tlv_finish(&w, out, err);
}
