/*
 * What the tests of lists start from: the lab's certificates, keys and files, certificates of any wanted length, and
 * lists made by hand, field by field.
 */
#ifndef TEST_LAB_H
#define TEST_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctl/list.h>
#include <libcert/cert.h>
#include <libcert/file.h>
#include <libcert/name.h>
#include <libcert/tlv.h>

static inline void lab_path(const char *name, char *out, size_t outlen)
{
    assert_true((size_t)snprintf(out, outlen, "%s/lab/%s", VOX_VECTORS, name) < outlen);
}

static inline struct bytes lab_file(const char *name)
{
    struct vox_error err;
    struct bytes b;
    char path[512];

    lab_path(name, path, sizeof path);
    if (file_read(path, 1 << 20, &b, &err) != VOX_OK)
        fail_msg("%s: %s", path, err.text);
    return b;
}

static inline FILE *lab_open(const char *name)
{
    char path[512];
    FILE *f;

    lab_path(name, path, sizeof path);
    f = fopen(path, "r");
    assert_non_null(f);
    return f;
}

static inline struct cert *lab_cert(const char *pem)
{
    FILE *f = lab_open(pem);
    X509 *x = PEM_read_X509(f, NULL, NULL, NULL);
    struct cert *c;

    (void)fclose(f);
    assert_non_null(x);
    assert_int_equal(cert_from_x509(x, &c, NULL), VOX_OK);
    X509_free(x);
    return c;
}

static inline EVP_PKEY *lab_key(const char *pem)
{
    FILE *f = lab_open(pem);
    EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);

    (void)fclose(f);
    assert_non_null(key);
    return key;
}

/* A certificate to order. */
struct lab_wanted {
    const char *subject;  /* as name_parse() takes it */
    const char *issuer;   /* NULL: subject */
    size_t serial_len;    /* bytes; the first one has its top bit clear */
    uint8_t serial_seed;  /* makes serials differ */
    EVP_PKEY *key;        /* whose public half it holds */
    EVP_PKEY *issuer_key; /* NULL: key */
    size_t der_len;       /* 0: as it comes */
    const EVP_MD *md;     /* NULL: SHA-256 */
};

static inline X509_NAME *lab_name(const char *text)
{
    struct vox_error err;
    X509_NAME *name;

    if (name_parse(text, &name, &err) != VOX_OK)
        fail_msg("%s: %s", text, err.text);
    return name;
}

/* The certificate with an extension of `filler` bytes. */
static inline X509 *lab_x509(const struct lab_wanted *w, size_t filler)
{
    static const unsigned char zeros[4096];
    X509 *x = X509_new();
    X509_NAME *subject = lab_name(w->subject), *issuer = lab_name(w->issuer != NULL ? w->issuer : w->subject);
    ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.55555.1", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    unsigned char serial[20];
    X509_EXTENSION *ext;
    BIGNUM *bn;

    assert_true(w->serial_len >= 2 && w->serial_len <= sizeof serial && filler <= sizeof zeros);
    for (size_t i = 0; i < w->serial_len; i++)
        serial[i] = (unsigned char)(0x41 + i);
    serial[w->serial_len - 1] = w->serial_seed;
    bn = BN_bin2bn(serial, (int)w->serial_len, NULL);
    assert_true(X509_set_version(x, X509_VERSION_3) && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)));
    assert_true(X509_set_subject_name(x, subject) && X509_set_issuer_name(x, issuer));
    assert_true(ASN1_TIME_set_string(X509_getm_notBefore(x), "20260101000000Z") &&
                ASN1_TIME_set_string(X509_getm_notAfter(x), "20460101000000Z"));
    assert_true(X509_set_pubkey(x, w->key));
    if (filler > 0) {
        assert_true(ASN1_OCTET_STRING_set(value, zeros, (int)filler));
        ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
        assert_true(X509_add_ext(x, ext, -1));
        X509_EXTENSION_free(ext);
    }
    assert_true(X509_sign(x, w->issuer_key != NULL ? w->issuer_key : w->key, w->md != NULL ? w->md : EVP_sha256()) > 0);
    BN_free(bn);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    return x;
}

/* Make it, with the filler that gives the wanted length. */
static inline struct cert *lab_make(const struct lab_wanted *w)
{
    struct cert *c;
    X509 *x = lab_x509(w, 0);
    size_t filler = 0;

    while (w->der_len != 0 && (size_t)i2d_X509(x, NULL) < w->der_len) {
        const size_t missing = w->der_len - (size_t)i2d_X509(x, NULL);

        /* Jump close, then byte by byte: the lengths of the length octets change on the way. */
        filler += missing > 48 ? missing - 40 : 1;
        X509_free(x);
        x = lab_x509(w, filler);
    }
    if (w->der_len != 0)
        assert_int_equal(i2d_X509(x, NULL), w->der_len);
    assert_int_equal(cert_from_x509(x, &c, NULL), VOX_OK);
    X509_free(x);
    return c;
}

/* An RSA key for tests. */
static inline EVP_PKEY *lab_rsa(unsigned bits)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);

    assert_non_null(key);
    return key;
}

/* --- lists by hand --- */

/* A header of a list with its lengths right: fields that are 0 or NULL get usual values. */
struct lab_header {
    uint8_t leave_out; /* a tag that is not written */
    uint8_t twice;     /* a tag that is written twice (no container) */
    uint8_t digest;    /* 0: SHA-1 */
    uint8_t algorithm;
    uint8_t modulus;        /* 0: RSA 1024 */
    size_t padding;         /* bytes, instead of what alignment wants, when not 0 */
    struct bytes_view more; /* raw TLVs before the padding */
};

static inline void lab_put(struct tlv_writer *w, const struct lab_header *h, uint8_t tag, const void *data, size_t len)
{
    if (tag != h->leave_out)
        tlv_put_tlv(w, tag, data, len);
    if (tag == h->twice)
        tlv_put_tlv(w, tag, data, len);
}

static inline void lab_put_header(struct tlv_writer *w, const struct lab_header *h)
{
    static const uint8_t serial[] = {0x41, 0x42, 0x43}, version[] = {1, 2}, length[] = {0, 0}, zeros[128],
                         stamp[] = {0x6b, 0x04, 0xae, 0x06};
    const uint8_t digest = h->digest != 0 ? h->digest : 1, modulus = h->modulus != 0 ? h->modulus : 1;
    size_t outer, inner;

    lab_put(w, h, 1, version, 2);
    const size_t at = w->len + 3;
    lab_put(w, h, 2, length, 2);
    if (h->leave_out != 3) {
        outer = tlv_begin(w, 3);
        lab_put(w, h, 4, "CN=a", 5);
        lab_put(w, h, 5, serial, sizeof serial);
        lab_put(w, h, 6, "CN=a", 5);
        tlv_end(w, outer);
    }
    if (h->leave_out != 7) {
        outer = tlv_begin(w, 7);
        lab_put(w, h, 8, &digest, 1);
        if (h->leave_out != 9) {
            inner = tlv_begin(w, 9);
            lab_put(w, h, 10, &h->algorithm, 1);
            lab_put(w, h, 11, &modulus, 1);
            tlv_end(w, inner);
        }
        tlv_end(w, outer);
    }
    lab_put(w, h, 12, zeros, sizeof zeros);
    lab_put(w, h, 14, "CTLFile.tlv", 12);
    lab_put(w, h, 15, stamp, 4);
    tlv_put(w, h->more.data, h->more.len);
    const size_t padding = h->padding != 0 ? h->padding : (4 - w->len % 4) % 4;
    for (size_t i = 0; i < padding; i++)
        tlv_put_u8(w, 13);
    if (h->leave_out != 2)
        tlv_patch_u16(w, at, w->len);
}

static inline struct bytes lab_done(struct tlv_writer *w)
{
    struct bytes b;

    assert_int_equal(tlv_finish(w, &b, NULL), VOX_OK);
    return b;
}

/* Reading must fail with VOX_E_INPUT and say all of `says`. Frees file. */
static inline void lab_refused(struct bytes file, const char *says)
{
    struct vox_error err;
    struct ctl_list *l;
    enum vox_err code = ctl_list_read(file.data, file.len, &l, &err);

    if (code == VOX_OK)
        fail_msg("taken, should be refused with: %s", says);
    assert_int_equal(code, VOX_E_INPUT);
    assert_null(l);
    if (strstr(err.text, says) == NULL)
        fail_msg("not said: %s\nsaid: %s", says, err.text);
    bytes_free(&file);
}

/* Reading must work. */
static inline struct ctl_list *lab_read(struct bytes_view file)
{
    struct vox_error err;
    struct ctl_list *l;

    if (ctl_list_read(file.data, file.len, &l, &err) != VOX_OK)
        fail_msg("refused: %s", err.text);
    return l;
}

#endif
