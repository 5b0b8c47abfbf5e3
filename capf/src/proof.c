#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <libcert/key.h>
#include <libcert/name.h>

#include "proof_chain.h"

#define PAGE "capf.md "

enum { SESSION_LEN = 4 };

enum vox_err capf_name_check(const struct cert *c, const char *device, struct vox_error *err)
{
    char *cn = NULL;
    const char *last;
    bool same;
    enum vox_err code = name_common_name(cert_subject_der(c), &cn, err);

    if (code != VOX_OK)
        return code;
    last = strrchr(cn, '-');
    same = device[0] != '\0' &&
           (strcmp(cn, device) == 0 ||
            (strncmp(cn, "CP-", 3) == 0 && last > cn + 3 /* a model between */ && strcmp(last + 1, device) == 0));
    free(cn);
    return same ? VOX_OK : vox_fail(err, VOX_E_NO, "it is another device's, not that of %s", device);
}

/* A MIC is built into what is named by its MAC address: such a phone always has one to show. */
static bool has_mic(const char *device)
{
    return strncmp(device, "SEP", 3) == 0 && strlen(device) == 15 && strspn(device + 3, "0123456789ABCDEF") == 12;
}

/* Only "no" is the phone's fault. */
static enum vox_err as_no(enum vox_err code, struct vox_error *err, const char *what)
{
    if (code != VOX_E_NO && code != VOX_E_INPUT && code != VOX_E_NOT_FOUND)
        return code;
    if (err != NULL) {
        (void)vox_error_prefix(err, "%s", what);
        err->code = VOX_E_NO;
    }
    return VOX_E_NO;
}

/* A certificate that may be the device's own: its key, its usage, its name. Free with cert_free(). */
static enum vox_err open_certificate(struct bytes_view der, const char *device, struct cert **out,
                                     struct vox_error *err)
{
    enum vox_err code = cert_from_der(der.data, der.len, out, err);

    if (code == VOX_OK && (code = capf_leaf_check(*out, err)) == VOX_OK)
        code = capf_name_check(*out, device, err);
    if (code != VOX_OK)
        cert_free(out);
    return code;
}

/* SIGNED_DATA and SHA2_SIGNED_DATA over the name with its NUL and the certificate. */
static enum vox_err check_signatures(const struct capf_message *m, const char *device, const struct cert *c,
                                     struct vox_error *err)
{
    const struct bytes_view text[] = {{(const uint8_t *)device, strlen(device) + 1}, cert_der(c)};
    EVP_PKEY *key = cert_key(c);
    enum vox_err code = VOX_OK;

    if (CAPF_HAS(m, CAPF_SIGNED_DATA) &&
        (code = capf_bare_verify(key, EVP_sha1(), text, 2, m->signed_data, err)) != VOX_OK)
        return as_no(code, err, PAGE "5.2: SIGNED_DATA");
    if (!CAPF_HAS(m, CAPF_SHA2_SIGNED_DATA))
        return VOX_OK;
    if (m->sha2_digest != DIGEST_SHA256 && m->sha2_digest != DIGEST_SHA512)
        return vox_fail(err, VOX_E_NO, PAGE "5.2: SHA2_SIGNED_DATA: digest %u, must be 2 or 3", m->sha2_digest);
    code = capf_bare_verify(key, digest_md(m->sha2_digest), text, 2, m->sha2_signed_data, err);
    return as_no(code, err, PAGE "5.2: SHA2_SIGNED_DATA");
}

static void session_text(uint32_t session, uint8_t out[static SESSION_LEN])
{
    for (int i = 0; i < SESSION_LEN; i++) /* little-endian, unlike all else: the vendor's server has such a CPU */
        out[i] = (uint8_t)(session >> (8 * i));
}

/* What is signed with a SUDI, and by whom. */
static enum vox_err check_sudi_signatures(const struct capf_message *m, uint32_t session, const struct cert *c,
                                          struct vox_error *err)
{
    uint8_t id[SESSION_LEN];
    const struct bytes_view text[] = {{id, sizeof id}, cert_der(c)};
    enum vox_err code = VOX_OK;

    session_text(session, id);
    if (m->sudi_sha1.len > 0)
        code = capf_bare_verify(cert_key(c), EVP_sha1(), text, 2, m->sudi_sha1, err);
    if (code == VOX_OK && m->sudi_sha512.len > 0)
        code = capf_bare_verify(cert_key(c), EVP_sha512(), text, 2, m->sudi_sha512, err);
    return code;
}

/*
 * capf.md 5.4: a SUDI that is there must be right. One whose manufacturer is not in CAPF-trust says nothing, and one
 * that is not RSA has no known form: the proof stands without them.
 */
static enum vox_err check_sudi(const struct capf_message *m, const struct capf_proof_params *p, bool *verified,
                               struct vox_error *err)
{
    enum capf_certificate_type kind;
    struct cert *c = NULL;
    enum vox_err code;

    if ((code = cert_from_der(m->sudi_certificate.data, m->sudi_certificate.len, &c, err)) != VOX_OK)
        return code;
    if (cert_key_type(c) != CERT_KEY_RSA) {
        cert_free(&c);
        return VOX_OK;
    }
    cert_free(&c);
    if ((code = open_certificate(m->sudi_certificate, p->device, &c, err)) != VOX_OK)
        return code;
    if ((code = check_sudi_signatures(m, p->session, c, err)) == VOX_OK &&
        (code = capf_chain_check(c, p, &kind, err)) != VOX_E_NOT_FOUND)
        *verified = code == VOX_OK && kind == CAPF_MIC;
    cert_free(&c);
    return code == VOX_E_NOT_FOUND ? VOX_OK : code;
}

/* Is it the sort of certificate that the operator asked for? */
static enum vox_err check_precedence(const struct capf_proof_params *p, enum capf_certificate_type kind,
                                     struct vox_error *err)
{
    if (p->mode == PHONE_BY_MIC && kind == CAPF_LSC && has_mic(p->device))
        return vox_fail(err, VOX_E_NO,
                        PAGE "5.3: an LSC, but the MIC has precedence and a phone of such a name has one");
    return VOX_OK;
}

enum vox_err capf_proof_check(const struct capf_message *m, const struct capf_proof_params *p,
                              struct capf_proof_result *out, struct vox_error *err)
{
    struct cert *c = NULL;
    enum vox_err code;

    memset(out, 0, sizeof *out);
    if ((code = phone_name_check(p->device, err)) != VOX_OK)
        return as_no(code, err, PAGE "2.2: DEVICE_NAME");
    if (p->mode != PHONE_BY_LSC && p->mode != PHONE_BY_MIC)
        return vox_fail(err, VOX_E_NO, "the device is to prove itself in another way than with a certificate");
    if (!CAPF_HAS(m, CAPF_CERTIFICATE))
        return vox_fail(err, VOX_E_NO, PAGE "5.2: CERTIFICATE: missing: the phone shows none");
    if (!CAPF_HAS(m, CAPF_SIGNED_DATA) && !CAPF_HAS(m, CAPF_SHA2_SIGNED_DATA))
        return vox_fail(err, VOX_E_NO,
                        PAGE "5.2: neither SIGNED_DATA nor SHA2_SIGNED_DATA: a certificate alone "
                             "proves nothing");
    if ((code = open_certificate(m->certificate, p->device, &c, err)) != VOX_OK)
        return as_no(code, err, PAGE "5.3: CERTIFICATE");
    /* Cheap and done with the peer's own key: before the chain, so that only a holder makes us walk that. */
    if ((code = check_signatures(m, p->device, c, err)) != VOX_OK)
        goto out;
    if ((code = capf_chain_check(c, p, &out->kind, err)) != VOX_OK) {
        code = as_no(code, err, PAGE "5.3: CERTIFICATE");
        goto out;
    }
    if ((code = check_precedence(p, out->kind, err)) != VOX_OK)
        goto out;
    if (CAPF_HAS(m, CAPF_SUDI_DATA) && (code = check_sudi(m, p, &out->sudi, err)) != VOX_OK) {
        code = as_no(code, err, PAGE "5.4: SUDI_DATA");
        goto out;
    }
    cert_fingerprint(c, out->fingerprint);
out:
    cert_free(&c);
    if (code != VOX_OK)
        memset(out, 0, sizeof *out);
    return code;
}

void capf_credentials_clear(struct capf_credentials *c)
{
    bytes_free(&c->signed_data);
    bytes_free(&c->sha2_signed_data);
    bytes_free(&c->sudi_sha1);
    bytes_free(&c->sudi_sha512);
}

/* Both signatures over a text that two parts make. */
static enum vox_err sign_both(EVP_PKEY *key, const struct bytes_view text[static 2], struct bytes *sha1,
                              struct bytes *sha512, struct vox_error *err)
{
    enum vox_err code = capf_bare_sign(key, EVP_sha1(), text, 2, sha1, err);

    return code != VOX_OK ? code : capf_bare_sign(key, EVP_sha512(), text, 2, sha512, err);
}

enum vox_err capf_credentials_make(const char *device, const struct capf_identity *id, struct capf_message *m,
                                   struct capf_credentials *out, struct vox_error *err)
{
    const struct bytes_view own[] = {{(const uint8_t *)device, strlen(device) + 1}, cert_der(id->cert)};
    bool with_sudi = id->sudi != NULL && cert_key_type(id->sudi) == CERT_KEY_RSA;
    enum vox_err code;

    *out = (struct capf_credentials){0};
    if (!cert_key_matches(id->cert, id->key))
        return vox_fail(err, VOX_E_INPUT, "the private key is not that of the certificate");
    if (id->sudi != NULL && !cert_key_matches(id->sudi, id->sudi_key))
        return vox_fail(err, VOX_E_INPUT, "the private key is not that of the SUDI certificate");
    if ((code = sign_both(id->key, own, &out->signed_data, &out->sha2_signed_data, err)) != VOX_OK)
        goto out;
    if (with_sudi) {
        uint8_t session[SESSION_LEN];
        const struct bytes_view text[] = {{session, sizeof session}, cert_der(id->sudi)};

        session_text(m->session, session);
        if ((code = sign_both(id->sudi_key, text, &out->sudi_sha1, &out->sudi_sha512, err)) != VOX_OK)
            goto out;
        m->present |= 1u << CAPF_SUDI_DATA;
        m->sudi_certificate = cert_der(id->sudi);
        m->sudi_sha1 = bytes_view_of(&out->sudi_sha1);
        m->sudi_sha512 = bytes_view_of(&out->sudi_sha512);
    }
    m->present |= 1u << CAPF_CERTIFICATE | 1u << CAPF_SIGNED_DATA | 1u << CAPF_SHA2_SIGNED_DATA;
    m->certificate_kind = (uint8_t)id->kind;
    m->certificate = cert_der(id->cert);
    m->signed_data = bytes_view_of(&out->signed_data);
    m->sha2_digest = DIGEST_SHA512;
    m->sha2_signed_data = bytes_view_of(&out->sha2_signed_data);
out:
    if (code != VOX_OK)
        capf_credentials_clear(out);
    return code;
}
