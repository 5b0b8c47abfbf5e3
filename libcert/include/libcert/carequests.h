/*
 * Keys of phones that wait for a CA that is elsewhere (offline CA). A phone has one at most: a newer key replaces the
 * older. A request stays, also when the ledger has its certificate, until the phone has confirmed it. Source:
 * docs/formats/store.md 14.
 */
#ifndef LIBCERT_CAREQUESTS_H
#define LIBCERT_CAREQUESTS_H

#include <libcert/phone.h>
#include <libcert/store.h>

enum { CA_REQUEST_KEY_MAX = 2048, CA_REQUEST_EVIDENCE_LEN = 32 };

/* All in place. */
struct ca_request {
    char device[PHONE_NAME_MAX + 1];
    char request[33]; /* id, hex: the ledger's */
    char operation_id[sizeof((struct phone *)NULL)->operation_id];
    struct key_spec ordered;                   /* what the phone was told to make */
    uint8_t evidence[CA_REQUEST_EVIDENCE_LEN]; /* SHA-256 of how it proved itself */
    int64_t asked;                             /* seconds since 1970 */
    uint8_t public_key[CA_REQUEST_KEY_MAX];    /* DER SubjectPublicKeyInfo */
    size_t public_key_len;
};

/* ca_request_put(s, r, err): insert, or replace the phone's older one; the phone must be there. ca_request_of(s,
 * device, out, err): VOX_E_NOT_FOUND. ca_request_remove(s, device, err): none is fine. All in the caller's transaction.
 */
enum vox_err ca_request_put(struct store *s, const struct ca_request *r, struct vox_error *err);
enum vox_err ca_request_of(struct store *s, const char *device, struct ca_request *out, struct vox_error *err);
enum vox_err ca_request_remove(struct store *s, const char *device, struct vox_error *err);

/* ca_requests_open(s, each, arg, err): those that want an answer, by device, until each returns false: no certificate
 * in the ledger, and the phone still is to do what it was to do then. */
enum vox_err ca_requests_open(struct store *s, bool (*each)(void *arg, const struct ca_request *r), void *arg,
                              struct vox_error *err);

/*
 * Which CA: settings of the store. ca_offline(s, out, err): is it elsewhere? ca_offline_issuers(s, out, err): the
 * fingerprints of the certificates in CAPF-trust of CAs that are or were it, newest first; "" ends.
 * ca_offline_set(s, fingerprint, err): from now on that one; NULL: CAPF itself issues, and the others stay known.
 */
enum { CA_ISSUERS_MAX = 16 };
struct ca_issuers {
    char fingerprint[CA_ISSUERS_MAX][CERT_FINGERPRINT_MAX];
    size_t n;
};
enum vox_err ca_offline(struct store *s, bool *out, struct vox_error *err);
enum vox_err ca_offline_issuers(struct store *s, struct ca_issuers *out, struct vox_error *err);
enum vox_err ca_offline_set(struct store *s, const char *fingerprint, struct vox_error *err);

#endif
