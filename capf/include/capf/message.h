/*
 * CAPF messages: one table of elements; parse and build read it. Pure: bytes in, structs out.
 * Source: docs/formats/capf.md 2.
 */
#ifndef CAPF_MESSAGE_H
#define CAPF_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libcert/bytes.h>
#include <libcert/phone.h>

enum {
    CAPF_PROTOCOL_ID = 0x55,
    CAPF_HEADER_LEN = 8,
    CAPF_MESSAGE_MAX = CAPF_HEADER_LEN + 65535, /* what the format can say */
    CAPF_MESSAGE_LIMIT = 16 * 1024, /* what servers and phones here take: two certificates, four signatures */
    CAPF_DEVICE_MAX = 15,           /* characters of a device name: [A-Z0-9._-], capf.md 2.2 */
    CAPF_PASSWORD_MAX = 15,         /* digits of an authentication string; at least 4 */
    CAPF_UNKNOWN_MAX = 8,           /* unknown tags that are remembered for the log */
};

enum capf_command {
    CAPF_AUTH_REQUEST = 1,
    CAPF_AUTH_RESPONSE = 2,
    CAPF_KEY_GENERATE_REQUEST = 3,
    CAPF_KEY_GENERATE_RESPONSE = 4,
    CAPF_ENCRYPT_RESPONSE = 5,
    CAPF_ENCRYPT_REQUEST = 6,
    CAPF_DECRYPT_REQUEST = 7,
    CAPF_DECRYPT_RESPONSE = 8,
    CAPF_STORE_CERTIFICATE_REQUEST = 9,
    CAPF_STORE_CERTIFICATE_RESPONSE = 10,
    CAPF_FETCH_CERTIFICATE_REQUEST = 11,
    CAPF_FETCH_CERTIFICATE_RESPONSE = 12,
    CAPF_DELETE_CERTIFICATE_REQUEST = 13,
    CAPF_DELETE_CERTIFICATE_RESPONSE = 14,
    CAPF_END_SESSION = 15,
    CAPF_RETRY_LATER = 16,
    CAPF_REQUEST_IN_PROGRESS = 17,
    CAPF_STATUS_REQUEST = 18,
    CAPF_STATUS_RESPONSE = 19,
    CAPF_ABORT_REQUEST = 20,
    CAPF_ABORT_RESPONSE = 21,
    CAPF_SIGN_CERTIFICATE_REQUEST = 22,
    CAPF_SIGN_CERTIFICATE_RESPONSE = 23,
};

/* Element tags; also bits of capf_message.present. */
enum capf_element {
    CAPF_REASON = 1,
    CAPF_REASON_INFO = 2,
    CAPF_CERTIFICATE_TYPE = 3,
    CAPF_CERTIFICATE = 4,
    CAPF_CERTIFICATE_ID = 5,
    CAPF_SIGNED_DATA = 6,
    CAPF_VERSION = 7,
    CAPF_AUTH_TYPE = 8,
    CAPF_PUBLIC_KEY = 9,
    CAPF_KEY_SIZE = 10,
    CAPF_PASSWORD = 11,
    CAPF_RETRY_DELAY = 12,
    CAPF_DEVICE_NAME = 13,
    CAPF_SUDI_DATA = 16,
    CAPF_KEY_TYPE = 17,
    CAPF_CURVE = 18,
    CAPF_DIGEST_TYPE = 19,
    CAPF_SHA2_SIGNED_DATA = 20,
    CAPF_ELEMENT_COUNT = 21,
};

enum capf_reason {
    CAPF_NO_ACTION = 0,
    CAPF_OK = 1,
    CAPF_DECLINED = 7, /* invalid element, protocol error, declined */
    CAPF_UNKNOWN_DEVICE = 9,
};

enum capf_certificate_type { CAPF_LSC = 1, CAPF_MIC = 2 };
enum capf_key_type { CAPF_KEY_RSA = 0, CAPF_KEY_EC = 1 };
enum capf_curve { CAPF_P256 = 0, CAPF_P384 = 1, CAPF_P521 = 2 };

/* CAPF_HAS(m, tag): does the message carry the element? */
#define CAPF_HAS(m, tag) (((m)->present & (UINT32_C(1) << (tag))) != 0)

/* One message. Views and texts borrow the input (when read) or the caller's memory (when written). */
struct capf_message {
    uint8_t command; /* enum capf_command; others are read too */
    uint32_t session;
    uint32_t present; /* bit 1 << tag for each element */
    uint8_t reason, certificate_type, version, auth_type, key_type, curve, digest_type;
    uint16_t key_size;    /* RSA bits */
    uint32_t retry_delay; /* seconds */
    struct bytes_view reason_info, certificate_id;
    uint8_t certificate_kind;      /* inside CERTIFICATE: enum capf_certificate_type */
    struct bytes_view certificate; /* inside CERTIFICATE: DER, not looked at */
    struct bytes_view public_key;  /* DER SubjectPublicKeyInfo, not looked at */
    struct bytes_view signed_data;
    uint8_t sha2_digest; /* inside SHA2_SIGNED_DATA: 1 SHA-1, 2 SHA-256, 3 SHA-512 */
    struct bytes_view sha2_signed_data;
    struct bytes_view sudi_certificate, sudi_sha1, sudi_sha512; /* inside SUDI_DATA */
    struct bytes_view password;                                 /* without its NUL */
    struct bytes_view device;          /* without its NUL; any bytes: capf_device_text() before any use */
    uint8_t unknown[CAPF_UNKNOWN_MAX]; /* tags that the table does not know, for the log */
    size_t nunknown;                   /* all of them, remembered or not */
};

/*
 * capf_frame(data, len, need, err): is a whole message at the front? VOX_OK: *need is its size. VOX_E_NOT_FOUND: more
 * is to come, at least *need bytes in all. VOX_E_INPUT: not CAPF (its first byte is not 0x55).
 */
enum vox_err capf_frame(const uint8_t *data, size_t len, size_t *need, struct vox_error *err);

/*
 * capf_message_read(data, len, out, err): exactly one message. Elements in any order; unknown tags are skipped.
 * Errors: VOX_E_INPUT with the section, the element and what is wrong (impossible length, duplicate, past the end,
 * bytes left over). Nothing is allocated.
 */
enum vox_err capf_message_read(const uint8_t *data, size_t len, struct capf_message *out, struct vox_error *err);

/* capf_message_write(m, out, err): the bytes of m, elements in the order of their tags but DEVICE_NAME after VERSION as
 * peers do. Free out with bytes_free(). Errors: VOX_E_INPUT (does not fit), VOX_E_MEMORY. */
enum vox_err capf_message_write(const struct capf_message *m, struct bytes *out, struct vox_error *err);

/* capf_message_text(m, out, outlen): for people, on one line, cut to outlen (at least 1): "END_SESSION {REASON 1}".
 * Never the authentication string. */
void capf_message_text(const struct capf_message *m, char *out, size_t outlen);

/* capf_command_name(c): "KEY_GENERATE_REQUEST", NULL if unknown. capf_element_name(tag): "DEVICE_NAME", NULL. */
const char *capf_command_name(int command);
const char *capf_element_name(int tag);

/* capf_device_text(name, out, err): the element's bytes into a C string, after phone_name_check(). Errors: VOX_E_INPUT.
 */
enum vox_err capf_device_text(struct bytes_view name, char out[static CAPF_DEVICE_MAX + 1], struct vox_error *err);

#endif
