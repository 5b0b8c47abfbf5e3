/*
 * The signed header that trust lists, .sgn and .enc.sgn files share. Source: docs/formats/trust-list.md 2.
 */
#ifndef CTL_HEADER_H
#define CTL_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libcert/bytes.h>
#include <libcert/key.h>

/* What may follow the header decides its version and which tags it may hold. */
enum header_kind {
    HEADER_LIST,   /* trust list: version 1.2 */
    HEADER_SGN,    /* signed file: version 1.0 */
    HEADER_ENCSGN, /* encrypted and signed file: version 2.0 */
};

/* Signer version (tag 28). */
enum signer_version { SIGNER_VERSION_ABSENT = 0, SIGNER_VERSION_1_0 = 0x0100, SIGNER_VERSION_1_1 = 0x0101 };

enum { HEADER_TAGS_MAX = 64 }; /* TLVs in a header, the ones in containers included */

/* A TLV of the header as it stood in the file, for show and for re-building byte for byte. depth: 0, or 1 and 2 inside
 * containers. */
struct header_tlv {
    uint8_t tag;
    uint8_t depth;
    uint16_t len;
    size_t offset; /* of the tag, in the file */
};

/* A header. Texts and views borrow the file's bytes; without a file (building) they borrow what the caller keeps. */
struct ctl_header {
    enum header_kind kind;
    uint8_t version_major, version_minor;
    uint16_t header_length;  /* bytes to the first byte after the header */
    uint16_t signer_version; /* enum signer_version, or another value that the file holds */
    const char *signer_name;
    const char *ca_name;
    struct bytes_view serial;
    uint8_t digest;              /* enum digest */
    uint8_t signature_algorithm; /* 0 RSA PKCS#1 v1.5 */
    uint8_t modulus_code;        /* 0 512, 1 1024, 2 2048, 3 4096 bits */
    struct bytes_view signature;
    size_t signature_tlv_offset; /* where the SIGNATURE TLV starts: what the signed text leaves out */
    const char *filename;
    bool has_timestamp;
    uint32_t timestamp;
    uint16_t padding; /* number of tag-13 bytes */
    struct header_tlv tlvs[HEADER_TAGS_MAX];
    size_t ntlvs;

    /* HEADER_ENCSGN only */
    uint8_t content_algorithm; /* tag 18 */
    struct bytes_view iv;
    uint16_t padding_length;
    uint8_t key_unknown; /* tag 22 */
    uint16_t key_bits;
    uint8_t key_algorithm;
    struct bytes_view wrapped_key;
    uint8_t content_digest_algorithm;
    struct bytes_view content_digest;
};

/*
 * ctl_header_read(file, len, kind, out, err): read and check the header at the start of a file. Lengths must agree with
 * each other and with the file; required tags must be there once. The signature is not verified. Errors: VOX_E_INPUT:
 * "trust-list.md SECTION: FIELD: reason (byte N)".
 */
enum vox_err ctl_header_read(const uint8_t *file, size_t len, enum header_kind kind, struct ctl_header *out,
                             struct vox_error *err);

/*
 * ctl_header_guess(file, len, out): what a file claims to be by its version TLV. false if it starts with none of the
 * three.
 */
bool ctl_header_guess(const uint8_t *file, size_t len, enum header_kind *out);

/* ctl_modulus_code(bits, out): 512, 1024, 2048, 4096 to 0..3. false otherwise (3072 cannot be expressed).
 * ctl_modulus_bits(code): back, 0 if unknown. */
bool ctl_modulus_code(unsigned bits, uint8_t *out);
unsigned ctl_modulus_bits(uint8_t code);

/*
 * ctl_signed_text(file, len, h, parts): the two views (before and after the SIGNATURE TLV) whose concatenation is
 * signed. Source: trust-list.md 4.
 */
void ctl_signed_text(const uint8_t *file, size_t len, const struct ctl_header *h, struct bytes_view parts[static 2]);

#endif
