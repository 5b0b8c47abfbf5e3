#include <stdio.h>
#include <stdlib.h>

#include <ctl/sgn.h>
#include <libcert/name.h>
#include <libcert/role.h>

#include "signed_build.h"

enum { SERIAL_SHOWN = 20 }; /* RFC 5280 4.1.2.2: no certificate has a longer one */

static bool is_named(const struct ctl_header *h, const struct cert *c)
{
    return bytes_same_number(cert_serial(c), h->serial) && name_text_agrees(h->ca_name, cert_issuer_der(c));
}

static void serial_text(struct bytes_view serial, char out[static 3 * SERIAL_SHOWN])
{
    hex_encode_sep(serial.data, serial.len < SERIAL_SHOWN ? serial.len : SERIAL_SHOWN, ':', out);
}

static enum vox_err other_signer(const struct ctl_header *h, const struct cert *signer, struct vox_error *err)
{
    char theirs[3 * SERIAL_SHOWN], given[3 * SERIAL_SHOWN];
    char *subject = NULL;
    enum vox_err code;

    if ((code = name_text(cert_subject_der(signer), NAME_VENDOR, &subject, err)) != VOX_OK)
        return code;
    serial_text(h->serial, theirs);
    serial_text(cert_serial(signer), given);
    code =
        vox_fail(err, VOX_E_NO, "is signed by %s (serial %s, issuer %s), not by the certificate given, %s (serial %s)",
                 h->signer_name, theirs, h->ca_name, subject, given);
    free(subject);
    return code;
}

/* The signature by a certificate that the header names. */
static enum vox_err verify_by(const uint8_t *file, size_t len, const struct ctl_header *h, const struct cert *signer,
                              struct vox_error *err)
{
    EVP_PKEY *key = cert_key(signer);

    if (key == NULL)
        return vox_fail(err, VOX_E_NO, "the public key in the signer's certificate cannot be decoded");
    return signed_verify(file, len, h, key, err);
}

enum vox_err sgn_verify(const uint8_t *file, size_t len, const struct ctl_header *h, const struct cert *signer,
                        struct vox_error *err)
{
    if (!is_named(h, signer))
        return other_signer(h, signer, err);
    return verify_by(file, len, h, signer, err);
}

enum vox_err sgn_verify_listed(const uint8_t *file, size_t len, const struct ctl_header *h, const struct ctl_list *list,
                               size_t *record, struct vox_error *err)
{
    char serial[3 * SERIAL_SHOWN];
    enum vox_err code = VOX_E_NO;
    size_t may_sign = 0;
    int wrong_role = ROLE_NONE;
    bool named = false;

    for (size_t i = 0; i < list->nrecords; i++) {
        const struct ctl_record *r = &list->records[i];

        may_sign += role_may_sign_files(r->function);
        if (r->cert == NULL || !is_named(h, r->cert))
            continue;
        if (!role_may_sign_files(r->function)) {
            wrong_role = r->function;
            continue;
        }
        named = true;
        code = verify_by(file, len, h, r->cert, err);
        if (code == VOX_OK)
            *record = i;
        if (code != VOX_E_NO)
            return code;
    }
    if (named)
        return code; /* with the sentence of the last one tried */
    serial_text(h->serial, serial);
    if (may_sign == 0)
        return vox_fail(err, VOX_E_NO,
                        "is signed by %s (serial %s), but the list holds no TFTP or CCM+TFTP record: a phone with it "
                        "takes no signed file",
                        h->signer_name, serial);
    if (wrong_role != ROLE_NONE)
        return vox_fail(err, VOX_E_NO,
                        "is signed by %s (serial %s), which the list holds with role %d only: signed files need TFTP "
                        "(3) or CCM+TFTP (2)",
                        h->signer_name, serial, wrong_role);
    return vox_fail(err, VOX_E_NO,
                    "is signed by %s (serial %s, issuer %s), which is none of the %zu TFTP and CCM+TFTP records of the "
                    "list",
                    h->signer_name, serial, h->ca_name, may_sign);
}
