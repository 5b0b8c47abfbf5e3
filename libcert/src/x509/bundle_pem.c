#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <libcert/clock.h>
#include <libcert/name.h>

#include "x509/bundle_parts.h"

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char dashes[] = "-----";

/* One block: its label and what stands between the marks. */
struct block {
    struct bytes_view label, body;
};

/* The place of a mark in in, as a view from there to the end. */
static bool find(struct bytes_view in, const char *mark, struct bytes_view *out)
{
    const uint8_t *at = in.len > 0 ? memmem(in.data, in.len, mark, strlen(mark)) : NULL;

    if (at == NULL)
        return false;
    *out = (struct bytes_view){at, in.len - (size_t)(at - in.data)};
    return true;
}

static struct bytes_view after(struct bytes_view v, size_t n)
{
    return (struct bytes_view){v.data + n, v.len - n};
}

bool bundle_pem_found(struct bytes_view in)
{
    struct bytes_view at;

    return find(in, begin_mark, &at);
}

static bool label_is(const struct block *k, const char *label)
{
    return bytes_equal(k->label, (struct bytes_view){(const uint8_t *)label, strlen(label)});
}

static bool label_ends(const struct block *k, const char *suffix)
{
    size_t n = strlen(suffix);

    return k->label.len >= n && memcmp(k->label.data + k->label.len - n, suffix, n) == 0;
}

/* Take the next block. complete is false when its end mark is missing or that of another block. */
static bool next_block(struct bytes_view *in, struct block *k, bool *complete)
{
    struct bytes_view at, close, next;
    size_t n;

    if (!find(*in, begin_mark, &at))
        return false;
    at = after(at, strlen(begin_mark));
    *complete = false;
    k->label = k->body = (struct bytes_view){at.data, 0};
    *in = at;
    if (!find(at, dashes, &close))
        return true;
    k->label.len = (size_t)(close.data - at.data);
    *in = k->body = after(close, strlen(dashes));
    if (!find(k->body, end_mark, &close))
        return true;
    if (find(k->body, begin_mark, &next) && next.data < close.data)
        return true;
    k->body.len = (size_t)(close.data - k->body.data);
    close = after(close, strlen(end_mark));
    n = k->label.len + strlen(dashes);
    *complete = close.len >= n && memcmp(close.data, k->label.data, k->label.len) == 0 &&
                memcmp(close.data + k->label.len, dashes, strlen(dashes)) == 0;
    *in = *complete ? after(close, n) : close;
    return true;
}

static bool is_base64(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

enum vox_err bundle_read_base64(struct bytes_view text, struct bytes *out, struct vox_error *err)
{
    struct bytes plain = {NULL, 0};
    enum vox_err code;
    size_t n = 0, pad = 0;
    int len;

    *out = (struct bytes){NULL, 0};
    if ((code = bytes_copy(&plain, text.data, text.len, err)) != VOX_OK)
        return code;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];

        if (c == ' ' || (c >= '\t' && c <= '\r'))
            continue;
        if (c == '=')
            pad++;
        else if (!is_base64(c) || pad > 0)
            goto bad;
        plain.data[n++] = c;
    }
    if (n == 0 || n % 4 != 0 || pad > 2 || (code = bytes_copy(out, plain.data, n, err)) != VOX_OK)
        goto bad;
    len = EVP_DecodeBlock(out->data, plain.data, (int)n); /* counts the bytes of the padding too */
    if (len < (int)pad + 1)
        goto bad;
    out->len = (size_t)len - pad;
    bytes_wipe(&plain);
    return VOX_OK;
bad:
    bytes_wipe(&plain);
    bytes_wipe(out);
    return code != VOX_OK ? code : vox_fail(err, VOX_E_INPUT, "damaged base64");
}

/* OpenSSL's own form: the certificate, then what it is trusted for, which is left out. */
static enum vox_err add_trusted(struct bundle *b, const struct bytes *der, struct vox_error *err)
{
    const unsigned char *p = der->data;
    X509 *x = d2i_X509_AUX(NULL, &p, (long)der->len);
    enum vox_err code = VOX_E_INPUT;

    if (x != NULL && p == der->data + der->len)
        code = bundle_add_x509(b, x, err);
    else
        (void)vox_fail_openssl(err, VOX_E_INPUT, "not exactly one trusted certificate");
    X509_free(x);
    return code;
}

static enum vox_err add_pkcs7(struct bundle *b, const struct bytes *der, struct vox_error *err)
{
    PKCS7 *p7 = bundle_read_pkcs7(bytes_view_of(der));
    enum vox_err code;

    if (p7 == NULL)
        return vox_fail(err, VOX_E_INPUT, "damaged PKCS#7");
    code = bundle_take_pkcs7(b, p7, err);
    PKCS7_free(p7);
    return code;
}

enum block_kind { BLOCK_CERTIFICATE, BLOCK_TRUSTED, BLOCK_PKCS7, BLOCK_OTHER };

static enum block_kind block_kind(const struct block *k)
{
    if (label_is(k, "CERTIFICATE") || label_is(k, "X509 CERTIFICATE"))
        return BLOCK_CERTIFICATE;
    if (label_is(k, "TRUSTED CERTIFICATE"))
        return BLOCK_TRUSTED;
    if (label_is(k, "PKCS7") || label_is(k, "CMS") || label_is(k, "PKCS #7 SIGNED DATA"))
        return BLOCK_PKCS7;
    return BLOCK_OTHER;
}

static enum vox_err add_block(struct bundle *b, const struct block *k, enum block_kind kind, bool complete,
                              struct vox_error *err)
{
    struct bytes der = {NULL, 0};
    enum vox_err code;

    if (!complete)
        return vox_fail(err, VOX_E_INPUT, "its END line is missing or another one's");
    if ((code = bundle_read_base64(k->body, &der, err)) != VOX_OK)
        return code;
    if (kind == BLOCK_TRUSTED)
        code = add_trusted(b, &der, err);
    else if (kind == BLOCK_PKCS7)
        code = add_pkcs7(b, &der, err);
    else
        code = bundle_add_der(b, der.data, der.len, err);
    bytes_free(&der);
    return code;
}

static const char *what_block(const struct block *k)
{
    if (label_ends(k, "PRIVATE KEY"))
        return "a private key";
    if (label_ends(k, "CERTIFICATE REQUEST"))
        return "a certificate signing request: have a CA answer it";
    if (label_is(k, "X509 CRL"))
        return "a revocation list";
    if (label_ends(k, "PUBLIC KEY"))
        return "a bare public key";
    return "PEM of another kind";
}

enum vox_err bundle_read_pem(struct bundle *b, struct bytes_view in, struct vox_error *err)
{
    const char *instead = NULL;
    size_t number = 0;
    struct block k;
    bool complete;

    b->form = BUNDLE_PEM;
    while (next_block(&in, &k, &complete)) {
        enum block_kind kind = block_kind(&k);
        enum vox_err code;

        if (kind == BLOCK_OTHER) {
            b->has_private_key |= label_ends(&k, "PRIVATE KEY");
            instead = instead == NULL ? what_block(&k) : instead;
            continue;
        }
        number++;
        if (kind == BLOCK_PKCS7 && number == 1)
            b->form = BUNDLE_PKCS7;
        if ((code = add_block(b, &k, kind, complete, err)) != VOX_OK) {
            (void)vox_error_prefix(err, "certificate %zu of the file", number);
            return code;
        }
    }
    if (b->ncerts == 0 && instead != NULL)
        return vox_fail(err, VOX_E_INPUT, "no certificate in it: it is %s", instead);
    return VOX_OK;
}

static bool write_comment(BIO *bio, const char *word, struct bytes_view name)
{
    char *text;
    bool ok;

    if (name_text(name, NAME_RFC4514, &text, NULL) != VOX_OK)
        return false;
    ok = BIO_printf(bio, "# %s: ", word) > 0 && BIO_puts(bio, text) >= 0 && BIO_puts(bio, "\n") > 0;
    free(text);
    return ok;
}

static bool write_block(BIO *bio, const struct cert *c, bool comments)
{
    struct bytes_view der = cert_der(c);
    char until[CLOCK_RFC3339_MAX];

    clock_format(cert_not_after(c), until);
    if (comments &&
        !(write_comment(bio, "subject", cert_subject_der(c)) && write_comment(bio, "issuer", cert_issuer_der(c)) &&
          BIO_printf(bio, "# valid until: %s\n", until) > 0))
        return false;
    return PEM_write_bio(bio, "CERTIFICATE", "", der.data, (long)der.len) > 0;
}

enum vox_err bundle_write_pem(struct cert *const *certs, size_t ncerts, bool comments, struct bytes *out,
                              struct vox_error *err)
{
    BIO *bio = BIO_new(BIO_s_mem());
    enum vox_err code = VOX_OK;
    char *data;
    long len;

    *out = (struct bytes){NULL, 0};
    if (bio == NULL)
        return vox_fail_openssl(err, VOX_E_MEMORY, "out of memory");
    for (size_t i = 0; i < ncerts && code == VOX_OK; i++)
        if (!write_block(bio, certs[i], comments))
            code = vox_fail_openssl(err, VOX_E_MEMORY, "cannot write certificate %zu as PEM", i + 1);
    len = BIO_get_mem_data(bio, &data);
    if (code == VOX_OK)
        code = bytes_copy(out, data, (size_t)len, err);
    BIO_free(bio);
    return code;
}
