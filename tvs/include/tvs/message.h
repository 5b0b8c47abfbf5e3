/*
 * TVS messages: what a phone asks and what it is told. Source: docs/formats/tvs.md 2, 3.
 */
#ifndef TVS_MESSAGE_H
#define TVS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libcert/bytes.h>

enum {
    TVS_PORT = 2445,
    TVS_PROTOCOL = 0x57,
    TVS_VERSION = 1,
    TVS_HEADER_LEN = 10,          /* protocol, version, command, reserved, session (4), length (2) */
    TVS_MESSAGE_MAX = 10 + 65535, /* a body's length is 16 bits */
    TVS_DEVICE_MAX = 128,         /* bytes of a device name; the field's longest are about 24 */
    TVS_ROLES_MAX = 32,           /* roles in one answer */
    TVS_TTL_DEFAULT = 86400,      /* seconds that a phone may keep an answer; customary */
    TVS_UNKNOWN_MAX = 8,          /* unknown tags that are remembered for the log */
};

enum tvs_command {
    TVS_NONE = 0,
    TVS_VERIFY_REQUEST = 1,
    TVS_VERIFY_RESPONSE = 2,
    TVS_QUERY_REQUEST = 3,
    TVS_QUERY_RESPONSE = 4,
};

enum tvs_status { TVS_TRUSTED = 0, TVS_NOT_TRUSTED = 1 };

/* A message. Views and texts borrow the bytes it was read from; absent ones have data NULL or are NULL. */
struct tvs_message {
    uint8_t command; /* enum tvs_command */
    uint32_t session;
    const char *device; /* without the leading type byte; not NUL-terminated in the message: see device_len */
    size_t device_len;
    struct bytes_view certificate;
    const char *subject, *issuer; /* NUL-terminated text */
    struct bytes_view serial;     /* big-endian, sign byte removed */
    bool has_status;
    uint8_t status;          /* enum tvs_status */
    struct bytes_view roles; /* one byte each */
    bool has_ttl;
    uint32_t ttl;                     /* seconds */
    uint8_t unknown[TVS_UNKNOWN_MAX]; /* tags that were skipped, in order */
    size_t nunknown;                  /* how many there were; may exceed TVS_UNKNOWN_MAX */
};

/*
 * tvs_frame(data, len, frame_len): does a message start here? VOX_OK: *frame_len bytes of data are one.
 * VOX_E_NOT_FOUND: more bytes are needed; *frame_len is how many in all as far as is known. VOX_E_INPUT: this is no TVS
 * (protocol id or version): close.
 */
enum vox_err tvs_frame(const uint8_t *data, size_t len, size_t *frame_len, struct vox_error *err);

/*
 * tvs_message_read(data, len, out, err): one whole message. Errors: VOX_E_INPUT with section, element, reason: wrong
 * length, an element twice, text without its NUL, a TLV past the end, unknown command, an element that the command
 * needs and that is missing. Unknown tags are skipped and noted.
 */
enum vox_err tvs_message_read(const uint8_t *data, size_t len, struct tvs_message *out, struct vox_error *err);

/* tvs_message_write(m, out, err): m as bytes, elements in the order of real peers (a QUERY_RESPONSE: 7, 2, 8, 9).
 * Errors: VOX_E_INPUT (over 65,535 bytes of body), VOX_E_MEMORY. Free with bytes_free(). */
enum vox_err tvs_message_write(const struct tvs_message *m, struct bytes *out, struct vox_error *err);

/* tvs_command_name(c): "VERIFY_REQUEST", or "unknown". */
const char *tvs_command_name(uint8_t c);

#endif
