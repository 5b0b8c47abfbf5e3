/*
 * Files between voxcapf and a CA that is elsewhere: requests there, certificates back. Both come from another machine.
 * Source: docs/formats/ca-requests.md.
 */
#ifndef VOXCAPF_REQUESTS_H
#define VOXCAPF_REQUESTS_H

#include <capf/issuer.h>
#include <libcert/carequests.h>

struct requests {
    char cluster[128];                 /* its name, for people */
    char issuer[CERT_FINGERPRINT_MAX]; /* fingerprint of the CA's certificate that is to sign */
    struct capf_profile profile;
    struct ca_request *list; /* no operation_id: that stays in the store */
    size_t n;
};

/* requests_write(r, out, err): the file, JSON. requests_read(data, out, err): VOX_E_INPUT with what is wrong and where;
 * the keys are not looked at but for their size. Free with requests_free(). */
enum vox_err requests_write(const struct requests *r, struct bytes *out, struct vox_error *err);
enum vox_err requests_read(struct bytes_view data, struct requests *out, struct vox_error *err);
void requests_free(struct requests *r);

/* answers_read(data, out, n, err): the certificates of a PEM file, text between them allowed; VOX_E_INPUT: damaged,
 * something else than certificates in it, none, or too many. Free each with cert_free(), the list with free(). */
enum vox_err answers_read(struct bytes_view data, struct cert ***out, size_t *n, struct vox_error *err);

/* requests_as_asked(r): what the issuer's functions want; borrows r. */
struct capf_request requests_as_asked(const struct ca_request *r);

#endif
