/*
 * The table of certificates: one row each, however many places it is bound to.
 */
#ifndef STORE_CERTS_H
#define STORE_CERTS_H

#include "store/query.h"

/* store_cert_put(s, c, err): record c unless it is there; inside a step or transaction. */
enum vox_err store_cert_put(struct store *s, const struct cert *c, struct vox_error *err);

/* store_cert_drop(s, fingerprint, err): forget it when no binding names it any more. */
enum vox_err store_cert_drop(struct store *s, const char *fingerprint, struct vox_error *err);

/* store_cert_read(der, fingerprint, out, err): the certificate of a row, which must have that fingerprint.
 * VOX_E_STORE when it has not: the row was damaged or changed by hand. */
enum vox_err store_cert_read(struct bytes_view der, const char *fingerprint, struct cert **out, struct vox_error *err);

#endif
