#include "signed_build.h"

#include <stdlib.h>
#include <string.h>

#include <libcert/limits.h>
#include <libcert/name.h>
#include <libcert/tlv.h>

#include "header_write.h"

/* May this certificate sign? Fills in what the header says of its key. */
static enum vox_err check_signer(const struct cert *signer, EVP_PKEY *key, uint8_t *code, struct vox_error *err)
{
    const unsigned bits = cert_rsa_bits(signer);
    char kind[64];

    cert_key_text(signer, kind, sizeof kind);
    if (cert_key_type(signer) != CERT_KEY_RSA)
        return vox_fail(
            err, VOX_E_INPUT,
            "the signer's key is %s, but phones verify lists and files with RSA keys only: sign with an RSA "
            "key of 2048 bits (trust-list.md 2.10)",
            kind);
    if (!ctl_modulus_code(bits, code))
        return vox_fail(err, VOX_E_INPUT,
                        "the signer's key is %s, but the format can express 1024, 2048 and 4096 bits only: sign with a "
                        "key of 2048 bits (trust-list.md 2.11)",
                        kind);
    if (bits < LIMIT_RSA_BITS_MIN)
        return vox_fail(err, VOX_E_INPUT,
                        "the signer's key is %s, which is broken in days: sign with a key of 2048 bits "
                        "(trust-list.md 2.11)",
                        kind);
    if (key != NULL && !cert_key_matches(signer, key))
        return vox_fail(err, VOX_E_INPUT, "the private key does not belong to the signer's certificate");
    return VOX_OK;
}

/* A zero signature of the length that the signer's key will make. */
static enum vox_err zero_signature(const struct cert *signer, struct bytes *out, struct vox_error *err)
{
    out->len = cert_rsa_bits(signer) / 8;
    out->data = calloc(1, out->len);
    return out->data != NULL ? VOX_OK : vox_fail(err, VOX_E_MEMORY, "no memory");
}

/* Header and body with the signature zero. */
static enum vox_err write_unsigned(const struct signed_params *p, uint8_t modulus_code, struct bytes_view body,
                                   struct bytes *out, struct vox_error *err)
{
    struct tlv_writer w = tlv_writer(p->max);
    char *signer_name = NULL, *ca_name = NULL;
    struct bytes zero = {NULL, 0};
    enum vox_err code;

    if ((code = name_text(cert_subject_der(p->signer), NAME_VENDOR, &signer_name, err)) != VOX_OK ||
        (code = name_text(cert_issuer_der(p->signer), NAME_VENDOR, &ca_name, err)) != VOX_OK ||
        (code = zero_signature(p->signer, &zero, err)) != VOX_OK)
        goto out;
    struct ctl_header h = {
        .kind = p->kind,
        .version_major = p->kind == HEADER_ENCSGN ? 2 : 1,
        .version_minor = p->kind == HEADER_LIST ? 2 : 0,
        .signer_version = p->signer_version,
        .signer_name = signer_name,
        .ca_name = ca_name,
        .serial = cert_serial(p->signer),
        .digest = (uint8_t)p->digest,
        .modulus_code = modulus_code,
        .signature = bytes_view_of(&zero),
        .filename = p->filename,
        .has_timestamp = true,
        .timestamp = p->timestamp,
    };
    header_plan(&h);
    header_write(&w, &h, NULL, p->extra);
    tlv_put(&w, body.data, body.len);
    code = tlv_finish(&w, out, err);
out:
    tlv_writer_free(&w);
    free(signer_name);
    free(ca_name);
    bytes_free(&zero);
    return code;
}

enum vox_err signed_put_signature(struct bytes *file, enum header_kind kind, struct bytes_view sig,
                                  struct vox_error *err)
{
    struct ctl_header h;
    enum vox_err code;

    if ((code = ctl_header_read(file->data, file->len, kind, &h, err)) != VOX_OK)
        return code;
    if (sig.len != h.signature.len)
        return vox_fail(err, VOX_E_INPUT,
                        "the signature has %zu bytes, but the header has room for %zu: was it made with the key of %s?",
                        sig.len, h.signature.len, h.signer_name);
    memcpy(file->data + (h.signature.data - file->data), sig.data, sig.len);
    if ((code = ctl_header_read(file->data, file->len, kind, &h, err)) != VOX_OK)
        return code;
    if (!bytes_equal(h.signature, sig))
        return vox_fail(err, VOX_E_CRYPTO, "the signature does not read back");
    return VOX_OK;
}

enum vox_err signed_build(const struct signed_params *p, struct bytes_view body, EVP_PKEY *key, struct bytes *out,
                          struct vox_error *err)
{
    struct bytes sig = {NULL, 0};
    struct bytes_view parts[2];
    struct ctl_header h;
    enum vox_err code;
    uint8_t modulus_code = 0;

    *out = (struct bytes){NULL, 0};
    if (p->filename == NULL || p->filename[0] == '\0')
        return vox_fail(err, VOX_E_INPUT, "a signed file needs a file name (trust-list.md 2.14)");
    if (digest_md((int)p->digest) == NULL)
        return vox_fail(err, VOX_E_USAGE, "no such digest: sha1, sha256 or sha512");
    if ((code = check_signer(p->signer, key, &modulus_code, err)) != VOX_OK ||
        (code = write_unsigned(p, modulus_code, body, out, err)) != VOX_OK ||
        (code = ctl_header_read(out->data, out->len, p->kind, &h, err)) != VOX_OK)
        goto out;
    if (key == NULL)
        goto out;
    ctl_signed_text(out->data, out->len, &h, parts);
    if ((code = key_sign(key, p->digest, parts, 2, &sig, err)) != VOX_OK)
        goto out;
    code = signed_put_signature(out, p->kind, bytes_view_of(&sig), err);
out:
    bytes_free(&sig);
    if (code != VOX_OK)
        bytes_free(out);
    return code;
}

enum vox_err signed_verify(const uint8_t *file, size_t len, const struct ctl_header *h, EVP_PKEY *key,
                           struct vox_error *err)
{
    const unsigned bits = ctl_modulus_bits(h->modulus_code);
    struct bytes_view parts[2];

    if (digest_md(h->digest) == NULL)
        return vox_fail(err, VOX_E_NO, "trust-list.md 2.8: DIGESTALGORTITHM: %u is no digest that phones know",
                        h->digest);
    if (h->signature_algorithm != 0)
        return vox_fail(err, VOX_E_NO, "trust-list.md 2.10: SIGNATUREALGORTITHM: %u is not RSA (0)",
                        h->signature_algorithm);
    if (bits == 0)
        return vox_fail(err, VOX_E_NO, "trust-list.md 2.11: SIGNATUREMODULUS: %u is no key size (0 to 3)",
                        h->modulus_code);
    if (h->signature.len != bits / 8)
        return vox_fail(err, VOX_E_NO,
                        "trust-list.md 2.12: SIGNATURE: has %zu bytes, but SIGNATUREMODULUS says %u bits",
                        h->signature.len, bits);
    if (!EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_get_bits(key) != (int)bits)
        return vox_fail(err, VOX_E_NO,
                        "trust-list.md 2.11: SIGNATUREMODULUS: says RSA %u, but the signer's key is another", bits);
    ctl_signed_text(file, len, h, parts);
    return key_verify(key, (enum digest)h->digest, parts, 2, h->signature, err);
}
