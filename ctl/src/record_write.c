#include <stdlib.h>
#include <string.h>

#include <libcert/limits.h>
#include <libcert/name.h>

#include "record.h"
#include "tags.h"

static void put_view(struct tlv_writer *w, uint8_t tag, struct bytes_view v)
{
    tlv_put_tlv(w, tag, v.data, v.len);
}

/* RECORDLENGTH counts its own five bytes, so it is no container. */
static size_t begin(struct tlv_writer *w)
{
    const size_t start = w->len;

    tlv_put_tlv_u16(w, RTAG_RECORDLENGTH, 0);
    return start;
}

static void end(struct tlv_writer *w, size_t start)
{
    tlv_patch_u16(w, start + 3, w->len - start);
}

void record_encode(struct tlv_writer *w, const struct ctl_record *r)
{
    const size_t start = begin(w);

    for (size_t i = 0; i < r->ntlvs; i++) {
        const uint8_t tag = r->tlvs[i].tag;

        switch (tag) {
        case RTAG_RECORDLENGTH:
            break;
        case RTAG_DNSNAME:
            if (r->dns_name[0] == '\0') /* with as many NULs as stood there */
                put_view(w, tag, r->tlvs[i].value);
            else
                tlv_put_tlv_text(w, tag, r->dns_name);
            break;
        case RTAG_SUBJECTNAME:
            tlv_put_tlv_text(w, tag, r->subject);
            break;
        case RTAG_FUNCTION:
            tlv_put_tlv_u16(w, tag, (uint16_t)r->function);
            break;
        case RTAG_ISSUERNAME:
            tlv_put_tlv_text(w, tag, r->issuer);
            break;
        case RTAG_SERIALNUMBER:
            put_view(w, tag, r->serial);
            break;
        case RTAG_PUBLICKEY:
            put_view(w, tag, r->public_key);
            break;
        case RTAG_SIGNATURE:
            put_view(w, tag, r->signature);
            break;
        case RTAG_CERTIFICATE:
            put_view(w, tag, cert_der(r->cert));
            break;
        case RTAG_IPADDRESS:
            put_view(w, tag, r->ip);
            break;
        case RTAG_CERTHASH:
            put_view(w, tag, r->cert_hash);
            break;
        case RTAG_HASHALGORITHM:
            tlv_put_tlv_u8(w, tag, r->hash_algorithm);
            break;
        default:
            put_view(w, tag, r->tlvs[i].value);
            break;
        }
    }
    end(w, start);
}

/* SHA-1 of the certificate, as old ITLs hold it for CAPF and TVS. */
static enum vox_err put_hash(struct tlv_writer *w, const struct cert *c, struct vox_error *err)
{
    const struct bytes_view der = cert_der(c);
    uint8_t md[EVP_MAX_MD_SIZE];
    unsigned len;

    if (EVP_Digest(der.data, der.len, md, &len, digest_md(DIGEST_SHA1), NULL) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "cannot compute a SHA-1");
    tlv_put_tlv(w, RTAG_CERTHASH, md, len);
    tlv_put_tlv_u8(w, RTAG_HASHALGORITHM, DIGEST_SHA1);
    return VOX_OK;
}

static enum vox_err check_member(const struct ctl_member *m, struct vox_error *err)
{
    if (m->role < 0 || m->role > UINT16_MAX)
        return vox_fail(err, VOX_E_INPUT, "role %d cannot stand in a list: FUNCTION is 0 to 65535 (trust-list.md 3.4)",
                        m->role);
    if (m->dns_name != NULL && strlen(m->dns_name) > LIMIT_NAME_TEXT)
        return vox_fail(err, VOX_E_INPUT, "a DNS name of %zu bytes is too long (trust-list.md 3.2)",
                        strlen(m->dns_name));
    if (m->cert == NULL && (m->dns_name == NULL || m->dns_name[0] == '\0'))
        return vox_fail(err, VOX_E_INPUT, "a record without certificate needs a DNS name (trust-list.md 3.2)");
    return VOX_OK;
}

enum vox_err record_write(struct tlv_writer *w, const struct ctl_member *m, struct vox_error *err)
{
    char *subject = NULL, *issuer = NULL;
    enum vox_err code;

    if ((code = check_member(m, err)) != VOX_OK)
        return code;
    if (m->cert != NULL && ((code = name_text(cert_subject_der(m->cert), NAME_VENDOR, &subject, err)) != VOX_OK ||
                            (code = name_text(cert_issuer_der(m->cert), NAME_VENDOR, &issuer, err)) != VOX_OK))
        goto out;

    const size_t start = begin(w);
    if (m->dns_name != NULL)
        tlv_put_tlv_text(w, RTAG_DNSNAME, m->dns_name);
    if (m->cert != NULL)
        tlv_put_tlv_text(w, RTAG_SUBJECTNAME, subject);
    tlv_put_tlv_u16(w, RTAG_FUNCTION, (uint16_t)m->role);
    if (m->cert != NULL) {
        tlv_put_tlv_text(w, RTAG_ISSUERNAME, issuer);
        put_view(w, RTAG_SERIALNUMBER, cert_serial(m->cert));
        put_view(w, RTAG_PUBLICKEY, cert_public_key_bits(m->cert));
        if (!m->token)
            put_view(w, RTAG_SIGNATURE, cert_signature_bits(m->cert));
        if (!m->hash_only)
            put_view(w, RTAG_CERTIFICATE, cert_der(m->cert));
    }
    if (m->has_ip)
        tlv_put_tlv(w, RTAG_IPADDRESS, m->ip, sizeof m->ip);
    if (m->cert != NULL && m->hash_only)
        code = put_hash(w, m->cert, err);
    end(w, start);
out:
    free(subject);
    free(issuer);
    return code;
}
