#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include <ctl/verify.h>
#include <libcert/limits.h>
#include <libcert/name.h>
#include <libcert/role.h>

#include "signed_build.h"

/*
 * Does the header name record r as the signer? By what the certificate says where there is one: the texts beside it are
 * written in too many ways. Without a certificate the record's own texts are all there is, and the signature decides.
 */
static bool is_named(const struct ctl_header *h, const struct ctl_record *r)
{
    if (!role_may_sign_lists(r->function))
        return false;
    if (r->cert != NULL)
        return bytes_same_number(cert_serial(r->cert), h->serial) &&
               name_text_agrees(h->ca_name, cert_issuer_der(r->cert));
    return r->public_key.data != NULL && r->serial.data != NULL && r->issuer != NULL &&
           bytes_same_number(r->serial, h->serial) && strcmp(r->issuer, h->ca_name) == 0;
}

/* The public key of a record; free with EVP_PKEY_free(). NULL if it has none that can be decoded. */
static EVP_PKEY *record_key(const struct ctl_record *r)
{
    const uint8_t *p = r->public_key.data;
    EVP_PKEY *key;

    if (r->cert != NULL) {
        key = cert_key(r->cert);
        if (key != NULL && EVP_PKEY_up_ref(key) <= 0)
            return NULL;
        return key;
    }
    if (p == NULL)
        return NULL;
    key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)r->public_key.len);
    if (key != NULL && p != r->public_key.data + r->public_key.len) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    ERR_clear_error();
    return key;
}

static enum vox_err verify_by_record(const struct ctl_list *l, size_t i, struct vox_error *err)
{
    EVP_PKEY *key = record_key(&l->records[i]);
    enum vox_err code;

    if (key == NULL)
        return vox_fail(err, VOX_E_NO, "record %zu: the signer's public key cannot be decoded", i + 1);
    code = ctl_verify_with(l, key, err);
    EVP_PKEY_free(key);
    return code;
}

int ctl_signer_record(const struct ctl_list *l)
{
    int first = -1, tried = 0;

    for (size_t i = 0; i < l->nrecords && tried < LIMIT_LIST_SIGNERS; i++) {
        if (!is_named(&l->header, &l->records[i]))
            continue;
        tried++;
        if (verify_by_record(l, i, NULL) == VOX_OK)
            return (int)i;
        if (first < 0)
            first = (int)i;
    }
    return first;
}

bool ctl_signed_by(const struct ctl_list *l, size_t i)
{
    return i < l->nrecords && role_may_sign_lists(l->records[i].function) && verify_by_record(l, i, NULL) == VOX_OK;
}

enum vox_err ctl_verify_with(const struct ctl_list *l, EVP_PKEY *key, struct vox_error *err)
{
    return signed_verify(l->file.data, l->file.len, &l->header, key, err);
}

enum vox_err ctl_verify(const struct ctl_list *l, struct vox_error *err)
{
    enum vox_err code = VOX_E_NO;
    int named = 0;

    for (size_t i = 0; i < l->nrecords && named < LIMIT_LIST_SIGNERS; i++) {
        if (!is_named(&l->header, &l->records[i]))
            continue;
        named++;
        if ((code = verify_by_record(l, i, err)) != VOX_E_NO) /* done, or broken */
            return code;
    }
    if (named > 0)
        return code; /* with the sentence of the last one tried */
    return vox_fail(err, VOX_E_NO,
                    "trust-list.md 4: the signer that the header names, %s, is not among the SAST records (by serial "
                    "number and issuer)",
                    l->header.signer_name);
}
