#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include <libcert/limits.h>

#include "x509/bundle_parts.h"
#include "x509/cert_der.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool starts_with(struct bytes_view in, const char *prefix, size_t len)
{
    return in.len >= len && memcmp(in.data, prefix, len) == 0;
}

static enum vox_err add(struct bundle *b, struct cert *c, struct vox_error *err)
{
    if (cert_x509(c) == NULL) {
        cert_free(&c);
        return vox_fail(err, VOX_E_INPUT, "the certificate cannot be decoded: a date, name or extension is malformed");
    }
    for (size_t i = 0; i < b->ncerts; i++) {
        if (cert_same(b->certs[i], c)) {
            cert_free(&c);
            return VOX_OK;
        }
    }
    if (b->ncerts == LIMIT_BUNDLE_CERTS) {
        cert_free(&c);
        return vox_fail(err, VOX_E_INPUT, "more than %d certificates in it", LIMIT_BUNDLE_CERTS);
    }
    if ((b->ncerts & (b->ncerts - 1)) == 0) { /* full at every power of two */
        struct cert **grown = realloc(b->certs, 2 * (b->ncerts + 1) * sizeof(struct cert *));

        if (grown == NULL) {
            cert_free(&c);
            return vox_fail(err, VOX_E_MEMORY, "out of memory");
        }
        b->certs = grown;
    }
    b->certs[b->ncerts++] = c;
    return VOX_OK;
}

enum vox_err bundle_add_der(struct bundle *b, const uint8_t *der, size_t len, struct vox_error *err)
{
    struct cert *c;
    enum vox_err code = cert_from_der(der, len, &c, err);

    return code == VOX_OK ? add(b, c, err) : code;
}

enum vox_err bundle_add_x509(struct bundle *b, X509 *x, struct vox_error *err)
{
    struct cert *c;
    enum vox_err code = cert_from_x509(x, &c, err);

    return code == VOX_OK ? add(b, c, err) : code;
}

void bundle_free(struct bundle *b)
{
    for (size_t i = 0; i < b->ncerts; i++)
        cert_free(&b->certs[i]);
    free(b->certs);
    *b = (struct bundle){0};
}

/* Begins as a certificate does: its first field is a SEQUENCE that begins with a version or a serial number. */
static bool looks_like_certificate(struct bytes_view der)
{
    struct cert_der_item outer, tbs, version;

    if (!cert_der_take(&der, DER_SEQUENCE, &outer) || !cert_der_take(&outer.content, DER_SEQUENCE, &tbs))
        return false;
    if (cert_der_take(&tbs.content, DER_CONTEXT_EXPLICIT, &version))
        return true;
    return cert_der_take(&tbs.content, DER_INTEGER, &version) && cert_der_is_next(tbs.content, DER_SEQUENCE) &&
           cert_der_take(&tbs.content, DER_SEQUENCE, &version) && cert_der_is_next(tbs.content, DER_SEQUENCE) &&
           cert_der_take(&tbs.content, DER_SEQUENCE, &version) && cert_der_is_next(tbs.content, DER_SEQUENCE);
}

static enum vox_err read_der(struct bundle *b, struct bytes_view in, const char *what,
                             const struct password_source *pass, struct vox_error *err)
{
    enum vox_err code;
    PKCS7 *p7;

    if (bundle_is_pkcs12(in)) {
        b->form = BUNDLE_PKCS12;
        return bundle_read_pkcs12(b, in, what, pass, err);
    }
    if ((p7 = bundle_read_pkcs7(in)) != NULL) {
        b->form = BUNDLE_PKCS7;
        code = bundle_take_pkcs7(b, p7, err);
        PKCS7_free(p7);
        return code;
    }
    b->form = BUNDLE_DER;
    if ((code = bundle_add_der(b, in.data, in.len, err)) != VOX_E_INPUT || looks_like_certificate(in))
        return code;
    return vox_fail(err, VOX_E_INPUT, "no certificate in it: it is %s", bundle_what_der(in));
}

/* Text as Windows editors save it: UTF-16 with its mark. PEM is ASCII, whatever else stands in the file is as good as
 * '?'. */
static enum vox_err read_utf16(struct bundle *b, struct bytes_view in, struct vox_error *err)
{
    size_t low = in.data[0] == 0xff ? 0 : 1, n = in.len / 2 - 1;
    struct bytes text = {NULL, 0};
    enum vox_err code;

    if (n == 0)
        return vox_fail(err, VOX_E_INPUT, "no certificate in it: it is empty");
    if ((code = bytes_copy(&text, in.data, n, err)) != VOX_OK)
        return code;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *unit = in.data + 2 + 2 * i;

        text.data[i] = unit[1 - low] == 0 ? unit[low] : '?';
    }
    if (bundle_pem_found(bytes_view_of(&text)))
        code = bundle_read_pem(b, bytes_view_of(&text), err);
    else
        code = vox_fail(err, VOX_E_INPUT, "no certificate in it: it is text in UTF-16 without a PEM block");
    bytes_wipe(&text); /* a private key may stand in it */
    return code;
}

static enum vox_err read_any(struct bundle *b, struct bytes_view in, const char *what,
                             const struct password_source *pass, struct vox_error *err)
{
    struct bytes der = {NULL, 0};
    enum vox_err code;

    if (starts_with(in, "\xff\xfe", 2) || starts_with(in, "\xfe\xff", 2))
        return read_utf16(b, in, err);
    if (starts_with(in, "\xef\xbb\xbf", 3)) {
        in.data += 3;
        in.len -= 3;
    }
    if (in.len > 0 && in.data[0] == DER_SEQUENCE &&
        !bundle_pem_found((struct bytes_view){in.data, in.len < 32 ? in.len : 32}))
        return read_der(b, in, what, pass, err);
    if (bundle_pem_found(in))
        return bundle_read_pem(b, in, err);
    while (in.len > 0 && is_blank(in.data[0])) {
        in.data++;
        in.len--;
    }
    if (in.len == 0)
        return vox_fail(err, VOX_E_INPUT, "no certificate in it: it is empty");
    /* The body of a PEM block without its armour, as people paste it. */
    code = bundle_read_base64(in, &der, NULL);
    if (code == VOX_OK && der.data[0] == DER_SEQUENCE)
        code = read_der(b, bytes_view_of(&der), what, pass, err);
    else if (code != VOX_E_MEMORY)
        code = vox_fail(err, VOX_E_INPUT, "no certificate in it: it is %s", bundle_what_bytes(in));
    else
        code = vox_fail(err, VOX_E_MEMORY, "out of memory");
    bytes_wipe(&der);
    return code;
}

enum vox_err bundle_read(const uint8_t *data, size_t len, const char *what, const struct password_source *pass,
                         struct bundle *out, struct vox_error *err)
{
    enum vox_err code;

    *out = (struct bundle){0};
    if (len > LIMIT_BUNDLE_FILE)
        return vox_fail(err, VOX_E_INPUT, "larger than %d bytes: no certificates", LIMIT_BUNDLE_FILE);
    code = read_any(out, (struct bytes_view){data, len}, what, pass, err);
    if (code == VOX_OK && out->ncerts == 0)
        code = vox_fail(err, VOX_E_INPUT, "no certificate in it");
    if (code != VOX_OK)
        bundle_free(out);
    ERR_clear_error();
    return code;
}
