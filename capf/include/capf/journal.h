/*
 * The signer's journal: what it was going to sign, before; what it signed, before anybody sees it. An append-only file
 * of records, each with a checksum. Here are its bytes alone: no files. Source: docs/formats/journal.md.
 *
 * A power cut may leave anything behind the place up to which the file was synced: cut pages, zeros, a later page
 * without an earlier one. So each record says how much of the file was known to be durable when it was written. A
 * record that cannot be read, before a place that a later record calls durable, is damage; otherwise it is the torn end
 * of an interrupted write.
 */
#ifndef CAPF_JOURNAL_H
#define CAPF_JOURNAL_H

#include <capf/issuer.h>
#include <libcert/tlv.h>

enum {
    CAPF_JOURNAL_NONCE_LEN = 16,
    CAPF_JOURNAL_HEAD_LEN = 8 + CAPF_JOURNAL_NONCE_LEN + 8,
    CAPF_JOURNAL_CERTIFICATE_MAX = 16 * 1024,
    CAPF_JOURNAL_CERTIFICATE_AT = 13 + CAPF_REQUEST_ID_LEN,      /* where it begins in its record */
    CAPF_JOURNAL_RECORD_MAX = CAPF_JOURNAL_CERTIFICATE_MAX + 64, /* bytes of one record */
};

enum capf_journal_type {
    CAPF_JOURNAL_INTENT = 1,   /* this will be signed */
    CAPF_JOURNAL_RESULT = 2,   /* this was signed */
    CAPF_JOURNAL_RECORDED = 3, /* the store holds the result durably */
    CAPF_JOURNAL_SYNCED = 4,   /* nothing but how much is durable */
};

struct capf_journal_record {
    enum capf_journal_type type;
    uint64_t durable;                /* bytes of the file; at most those before this record */
    uint8_t id[CAPF_REQUEST_ID_LEN]; /* of the request; all but SYNCED */
    /* INTENT */
    char device[PHONE_NAME_MAX + 1];
    uint8_t serial[CAPF_SERIAL_LEN];
    uint8_t spki_sha256[CERT_SHA256_LEN];
    uint8_t evidence[CAPF_EVIDENCE_LEN];
    int64_t time; /* seconds since 1970 */
    /* RESULT: DER, borrowed */
    struct bytes_view certificate;
};

/* Checksums depend on the file's nonce and the record's place, so that bytes of a certificate can never pass for a
 * record. capf_journal_head(nonce, out, err): the first bytes of a file. Errors: VOX_E_MEMORY. */
enum vox_err capf_journal_head(const uint8_t nonce[static CAPF_JOURNAL_NONCE_LEN],
                               uint8_t out[static CAPF_JOURNAL_HEAD_LEN], struct vox_error *err);

/* capf_journal_put(w, nonce, base, r, err): append r to w, whose first byte will stand at offset base of the file.
 * Errors: VOX_E_INPUT (cannot be written), VOX_E_MEMORY; w is as it was. */
enum vox_err capf_journal_put(struct tlv_writer *w, const uint8_t nonce[static CAPF_JOURNAL_NONCE_LEN], uint64_t base,
                              const struct capf_journal_record *r, struct vox_error *err);

/*
 * capf_journal_replay(data, each, arg, nonce, end, err): call each for every record in order; at is its offset. An
 * error of each ends the replay. *end: where the next record belongs; shorter than data when the end was torn. Errors:
 * VOX_E_INPUT: no journal, or a damaged record and its place; VOX_E_MEMORY.
 */
typedef enum vox_err capf_journal_each(void *arg, const struct capf_journal_record *r, uint64_t at,
                                       struct vox_error *err);
enum vox_err capf_journal_replay(struct bytes_view data, capf_journal_each *each, void *arg,
                                 uint8_t nonce[static CAPF_JOURNAL_NONCE_LEN], uint64_t *end, struct vox_error *err);

/* capf_journal_read(data, base, each, arg, nonce, end, err): the same for a piece of the file that begins at offset
 * base with a record, up to the first that is not whole. */
enum vox_err capf_journal_read(struct bytes_view data, uint64_t base, capf_journal_each *each, void *arg,
                               const uint8_t nonce[static CAPF_JOURNAL_NONCE_LEN], uint64_t *end,
                               struct vox_error *err);

#endif
