/*
 * Trust lists in memory: reading, building, signing. Source: docs/formats/trust-list.md.
 */
#ifndef CTL_LIST_H
#define CTL_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ctl/header.h>
#include <libcert/cert.h>
#include <libcert/key.h>

enum { RECORD_TAGS_MAX = 32 }; /* TLVs in a record */

/* A TLV of a record as it stood in the file. Unknown tags are kept here and re-built. */
struct record_tlv {
    uint8_t tag;
    struct bytes_view value;
    size_t offset;
};

/* One record. Absent texts are NULL, absent views have data NULL. */
struct ctl_record {
    size_t offset; /* of the record in the file */
    uint16_t record_length;
    const char *dns_name;
    const char *subject;
    int function; /* FUNCTION number; see enum role */
    const char *issuer;
    struct bytes_view serial;
    struct bytes_view public_key;
    struct bytes_view signature;
    struct cert *cert;    /* tag 9, NULL if absent */
    struct bytes_view ip; /* 4 bytes (16 for IPv6, if a file holds such) */
    struct bytes_view cert_hash;
    bool has_hash_algorithm;
    uint8_t hash_algorithm;
    struct record_tlv tlvs[RECORD_TAGS_MAX];
    size_t ntlvs;
};

struct ctl_list {
    struct bytes file; /* the whole file; everything above borrows it */
    struct ctl_header header;
    struct ctl_record *records;
    size_t nrecords;
};

/*
 * ctl_list_read(file, len, out, err): read a whole list; nothing may be left over. The signature is not verified
 * (ctl/verify.h). Errors: VOX_E_INPUT with section, field, reason and offset; VOX_E_MEMORY. Free with ctl_list_free().
 */
enum vox_err ctl_list_read(const uint8_t *file, size_t len, struct ctl_list **out, struct vox_error *err);
void ctl_list_free(struct ctl_list **l);

/* ctl_list_is_blank(l): a blank ITL (trust-list.md 3): no record by which phones check configurations or ask a TVS has
 * a certificate or a hash. */
bool ctl_list_is_blank(const struct ctl_list *l);

/* ctl_list_encode(l, out, err): write the list again from its fields, TLVs in the order they stood in. Equals l->file
 * for every list that was read. */
enum vox_err ctl_list_encode(const struct ctl_list *l, struct bytes *out, struct vox_error *err);

/* --- building --- */

/* One record to be. */
struct ctl_member {
    const struct cert *cert; /* NULL: an emptied record (dns_name, role, ip only) */
    int role;
    const char *dns_name; /* NULL: none (an ITL record) ; "": a lone NUL, as for tokens */
    bool has_ip;
    uint8_t ip[4];
    bool token;     /* token-made: no SIGNATURE field */
    bool hash_only; /* CERTHASH with SHA-1 in place of the certificate, as CAPF and TVS records of an old ITL */
};

struct ctl_build_params {
    const char *filename;    /* "CTLFile.tlv", "ITLFile.tlv", ... */
    uint32_t timestamp;      /* seconds since 1970 */
    uint16_t signer_version; /* enum signer_version */
    enum digest digest;
    const struct cert *signer; /* the SAST that signs; must be a member with ROLE_SAST */
    const struct ctl_member *members;
    size_t nmembers;
};

/*
 * ctl_build_unsigned(p, out, err): the signed text's file with a SIGNATURE of zero bytes of the right length: what an
 * air-gapped signer needs. Errors: VOX_E_INPUT: signer not among the SAST members, not RSA or of bits that tag 11
 * cannot express, its certificate without the key's match, no member, too many, too large; VOX_E_MEMORY. Free out with
 * bytes_free().
 */
enum vox_err ctl_build_unsigned(const struct ctl_build_params *p, struct bytes *out, struct vox_error *err);

/*
 * ctl_build(p, key, out, err): as above, then sign with key (p->signer's private key), read back and verify. The same
 * parameters give the same bytes.
 */
enum vox_err ctl_build(const struct ctl_build_params *p, EVP_PKEY *key, struct bytes *out, struct vox_error *err);

/* ctl_attach(file, sig, out, err): put sig (the length the header says) into an unsigned or signed list, and verify.
 * VOX_E_NO when it does not verify. */
enum vox_err ctl_attach(struct bytes_view file, struct bytes_view sig, struct bytes *out, struct vox_error *err);

#endif
