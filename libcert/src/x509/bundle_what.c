#include <string.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "x509/bundle_parts.h"
#include "x509/cert_der.h"

/* TLVs that a trust list or signed file begins with: version, 2 bytes, 1.x (docs/formats/trust-list.md 2.1). */
static const uint8_t list_begin[] = {0x01, 0x00, 0x02, 0x01};

static bool is_request(const uint8_t *p, long len)
{
    X509_REQ *req = d2i_X509_REQ(NULL, &p, len);
    bool is = req != NULL;

    X509_REQ_free(req);
    return is;
}

static bool is_crl(const uint8_t *p, long len)
{
    X509_CRL *crl = d2i_X509_CRL(NULL, &p, len);
    bool is = crl != NULL;

    X509_CRL_free(crl);
    return is;
}

/* By shape: PKCS#8 (version, algorithm, key), PKCS#1 (nine integers), SEC 1 (version 1, octets); nothing is decoded. */
static bool is_private_key(struct bytes_view der)
{
    struct cert_der_item outer, item;

    if (!cert_der_take(&der, DER_SEQUENCE, &outer) || der.len != 0)
        return false;
    der = outer.content;
    if (cert_der_take(&der, DER_INTEGER, &item)) {
        if (item.content.len != 1 || item.content.data[0] > 1)
            return false;
        return cert_der_is_next(der, DER_SEQUENCE) || cert_der_is_next(der, DER_INTEGER) ||
               cert_der_is_next(der, DER_OCTET_STRING);
    }
    /* EncryptedPrivateKeyInfo: algorithm, octets. */
    return cert_der_take(&der, DER_SEQUENCE, &item) && cert_der_is_next(item.content, DER_OID) &&
           cert_der_take(&der, DER_OCTET_STRING, &item) && der.len == 0;
}

static bool is_public_key(struct bytes_view der)
{
    struct cert_der_item outer, item;

    return cert_der_take(&der, DER_SEQUENCE, &outer) && der.len == 0 &&
           cert_der_take(&outer.content, DER_SEQUENCE, &item) && cert_der_is_next(item.content, DER_OID) &&
           cert_der_take(&outer.content, DER_BIT_STRING, &item) && outer.content.len == 0;
}

const char *bundle_what_der(struct bytes_view der)
{
    const char *what = "DER of another kind, or damaged";

    if (is_private_key(der))
        what = "a private key";
    else if (is_public_key(der))
        what = "a bare public key";
    else if (is_request(der.data, (long)der.len))
        what = "a certificate signing request: have a CA answer it";
    else if (is_crl(der.data, (long)der.len))
        what = "a revocation list";
    ERR_clear_error();
    return what;
}

static bool is_text(struct bytes_view in)
{
    for (size_t i = 0; i < in.len; i++)
        if (in.data[i] < 0x20 && !(in.data[i] >= '\t' && in.data[i] <= '\r'))
            return false;
    return true;
}

static bool begins(struct bytes_view in, const char *word)
{
    size_t n = strlen(word);

    return in.len >= n && strncasecmp((const char *)in.data, word, n) == 0;
}

const char *bundle_what_bytes(struct bytes_view in)
{
    if (in.len >= sizeof list_begin && memcmp(in.data, list_begin, sizeof list_begin) == 0)
        return "a trust list or a signed file: 'voxlist show' and 'voxsign show' read those";
    if (!is_text(in))
        return "binary data of another kind";
    if (begins(in, "<!doctype html") || begins(in, "<html"))
        return "a web page (HTML): was the download answered by a log-in page?";
    if (begins(in, "<"))
        return "XML";
    if (begins(in, "ssh-") || begins(in, "ecdsa-sha2-"))
        return "an SSH key";
    return "text without a PEM block";
}
