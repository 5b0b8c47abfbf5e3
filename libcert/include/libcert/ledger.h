/*
 * The ledger: every certificate that CAPF ever issued, recorded before the phone sees it. Rows are never changed but
 * for their delivery, and never removed. Source: docs/formats/store.md 7.
 */
#ifndef LIBCERT_LEDGER_H
#define LIBCERT_LEDGER_H

#include <libcert/phone.h>
#include <libcert/store.h>

struct ledger_entry {
    char request[33]; /* id of the request that it answers, hex: issued once */
    char device[PHONE_NAME_MAX + 1];
    struct cert *cert; /* owned */
    int64_t issued;    /* seconds since 1970 */
    int64_t delivered; /* 0: not confirmed by the phone */
};

/* ledger_add(s, e, err): VOX_E_EXISTS when the request, the serial number or the certificate is there already. */
enum vox_err ledger_add(struct store *s, const struct ledger_entry *e, struct vox_error *err);

/* ledger_delivered(s, request, when, err): the phone has confirmed it; the first time counts. VOX_E_NOT_FOUND. */
enum vox_err ledger_delivered(struct store *s, const char *request, int64_t when, struct vox_error *err);

/* ledger_by_request(s, request, out, err): VOX_E_NOT_FOUND. Clear with ledger_entry_clear(). */
enum vox_err ledger_by_request(struct store *s, const char *request, struct ledger_entry *out, struct vox_error *err);
void ledger_entry_clear(struct ledger_entry *e);

/* ledger_has(s, device, c, has, err): is c among the device's entries? */
enum vox_err ledger_has(struct store *s, const char *device, const struct cert *c, bool *has, struct vox_error *err);

/* ledger_key_owner(s, spki_sha256, device, err): the device for which this public key was certified before; "" if for
 * none. spki_sha256: CERT_SHA256_LEN bytes. */
enum vox_err ledger_key_owner(struct store *s, const uint8_t *spki_sha256, char device[static PHONE_NAME_MAX + 1],
                              struct vox_error *err);

/* ledger_each(s, device, each, arg, err): entries of a device (NULL: of all), newest first, until each returns false;
 * each sees an entry only during its call (cert_ref() keeps the certificate). */
enum vox_err ledger_each(struct store *s, const char *device, bool (*each)(void *arg, const struct ledger_entry *e),
                         void *arg, struct vox_error *err);

/* ledger_latest(s, each, arg, err): of every device, by name, the certificate that it has: the newest that was
 * delivered; without one the newest. */
enum vox_err ledger_latest(struct store *s, bool (*each)(void *arg, const struct ledger_entry *e), void *arg,
                           struct vox_error *err);

#endif
