/*
 * The tags of headers and records: one table each, which reading, writing and showing go by.
 * Source: docs/formats/trust-list.md 2 and 3; section 2.N or 3.N describes tag N.
 */
#ifndef CTL_TAGS_H
#define CTL_TAGS_H

#include <stdbool.h>
#include <stdint.h>

#include <ctl/header.h>
#include <libcert/tlv.h>

enum header_tag {
    HTAG_VERSION = 1,
    HTAG_HEADERLENGTH = 2,
    HTAG_SIGNERID = 3,
    HTAG_SIGNERNAME = 4,
    HTAG_SERIALNUMBER = 5,
    HTAG_CANAME = 6,
    HTAG_SIGNATUREINFO = 7,
    HTAG_DIGESTALGORITHM = 8,
    HTAG_SIGNATUREALGOINFO = 9,
    HTAG_SIGNATUREALGORITHM = 10,
    HTAG_SIGNATUREMODULUS = 11,
    HTAG_SIGNATURE = 12,
    HTAG_PADDING = 13,
    HTAG_FILENAME = 14,
    HTAG_TIMESTAMP = 15,
    HTAG_ENCRYPTION_INFO = 16,
    HTAG_IV_INFO = 17,
    HTAG_CONTENT_ALGORITHM = 18,
    HTAG_IV = 19,
    HTAG_PADDING_LENGTH = 20,
    HTAG_KEY_INFO = 21,
    HTAG_KEY_UNKNOWN = 22,
    HTAG_KEY_SIZE = 23,
    HTAG_KEY_ALGORITHM = 24,
    HTAG_KEY = 25,
    HTAG_CONTENT_DIGEST_ALGORITHM = 26,
    HTAG_CONTENT_DIGEST = 27,
    HTAG_SIGNERVERSION = 28,
};

enum record_tag {
    RTAG_RECORDLENGTH = 1,
    RTAG_DNSNAME = 2,
    RTAG_SUBJECTNAME = 3,
    RTAG_FUNCTION = 4,
    RTAG_ISSUERNAME = 5,
    RTAG_SERIALNUMBER = 6,
    RTAG_PUBLICKEY = 7,
    RTAG_SIGNATURE = 8,
    RTAG_CERTIFICATE = 9,
    RTAG_IPADDRESS = 10,
    RTAG_CERTHASH = 11,
    RTAG_HASHALGORITHM = 12,
};

/* What a value must look like. */
enum tag_rule {
    RULE_NUMBER,    /* exactly len bytes (1, 2 or 4) */
    RULE_TEXT,      /* one NUL, at the end */
    RULE_NODE,      /* the same, or nothing but NULs */
    RULE_BYTES,     /* len bytes; one at least when len is 0 */
    RULE_ADDRESS,   /* 4 or 16 bytes */
    RULE_CONTAINER, /* TLVs */
    RULE_PADDING,   /* the tag alone, no length */
};

/* Where a header tag is allowed, and where it must be: a bit per enum header_kind. */
enum {
    KIND_LIST = 1 << HEADER_LIST,
    KIND_SGN = 1 << HEADER_SGN,
    KIND_ENCSGN = 1 << HEADER_ENCSGN,
    KIND_ANY = KIND_LIST | KIND_SGN | KIND_ENCSGN,
};

/* A row. Every tag is single-valued but padding. */
struct tag_row {
    uint8_t tag;
    uint8_t parent; /* tag of the container that it stands in, 0 for none */
    enum tag_rule rule;
    uint16_t len;
    uint8_t kinds;    /* where it is allowed */
    uint8_t required; /* where it must be */
    const char *name; /* as the vendor's dumps spell it */
};

/* tag_header_row(tag), tag_record_row(tag): NULL for a tag that is not in the table. */
const struct tag_row *tag_header_row(uint8_t tag);
const struct tag_row *tag_record_row(uint8_t tag);

/* The whole tables, for what must be there. */
const struct tag_row *tag_header_rows(size_t *n);
const struct tag_row *tag_record_rows(size_t *n);

/*
 * tag_check(row, section, t, err): does t's value obey row's rule? Errors: VOX_E_INPUT "trust-list.md SECTION.TAG:
 * NAME: reason (byte N)".
 */
enum vox_err tag_check(const struct tag_row *row, int section, const struct tlv *t, struct vox_error *err);

#endif
