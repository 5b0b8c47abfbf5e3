#include "bundle_fixture.h"

static void test_every_form(void **state)
{
    static const struct {
        const char *file, *names;
        enum bundle_form form;
        bool key;
    } forms[] = {
        {"chain.pem", LEAF "," ISSUING "," ROOT, BUNDLE_PEM, false},
        {"chain.p7b", LEAF "," ISSUING "," ROOT, BUNDLE_PKCS7, false},
        {"chain.p7c", LEAF "," ISSUING "," ROOT, BUNDLE_PKCS7, false},
        {"chain-with-text-and-key.pem", ROOT "," LEAF "," ISSUING, BUNDLE_PEM, true},
        {"chain-crlf-indented.pem", ROOT "," LEAF "," ISSUING, BUNDLE_PEM, true},
        {"chain-utf16be.pem", ROOT "," LEAF "," ISSUING, BUNDLE_PEM, true},
        {"leaf-utf16le.pem", LEAF, BUNDLE_PEM, false},
        {"leaf-bom.pem", LEAF, BUNDLE_PEM, false},
        {"leaf-x509-label.pem", LEAF, BUNDLE_PEM, false},
        {"leaf-trusted.pem", LEAF, BUNDLE_PEM, false},
        {"leaf-bare.b64", LEAF, BUNDLE_DER, false},
        {"leaf.der", LEAF, BUNDLE_DER, false},
        {"signed-indefinite.p7m", ISSUING "," LEAF, BUNDLE_PKCS7, false},
        {"chain-open.p12", LEAF "," ISSUING "," ROOT, BUNDLE_PKCS12, true},
    };
    struct bytes der = fixture_file("leaf.der");

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct vox_error err = {0};
        struct bundle b;
        size_t same = 0;

        if (fixture_read(forms[i].file, NULL, &b, &err) != VOX_OK)
            fail_msg("%s: %s", forms[i].file, err.text);
        fixture_expect_names(&b, forms[i].names);
        assert_int_equal(b.form, forms[i].form);
        assert_int_equal(b.has_private_key, forms[i].key);
        for (size_t k = 0; k < b.ncerts; k++)
            same += bytes_equal(cert_der(b.certs[k]), bytes_view_of(&der));
        assert_int_equal(same, 1); /* the leaf's very bytes from each form */
        bundle_free(&b);
        assert_null(b.certs);
    }
    bytes_free(&der);
}

static void refused(const void *data, size_t len, const char *words)
{
    struct vox_error err = {0};
    struct bundle b;

    if (bundle_read(data, len, "x", NULL, &b, &err) != VOX_E_INPUT)
        fail_msg("taken, or another error, instead of '%s': %s", words, err.text);
    if (strstr(err.text, words) == NULL)
        fail_msg("instead of '%s': %s", words, err.text);
    assert_null(b.certs);
    assert_int_equal(b.ncerts, 0);
    assert_int_equal(ERR_peek_error(), 0);
}

static void refused_text(const char *text, const char *words)
{
    refused(text, strlen(text), words);
}

static void test_what_it_is_instead(void **state)
{
    EVP_PKEY *key = fixture_key();
    unsigned char *der = NULL;
    struct bytes file;
    uint8_t *big;
    int len;

    (void)state;
    refused(NULL, 0, "it is empty");
    refused_text(" \r\n\t", "it is empty");
    refused("\xef\xbb\xbf", 3, "it is empty");
    refused("\xff\xfe", 2, "it is empty");
    refused("\xff\xfe\x41", 3, "it is empty");
    refused("\xff\xfe\x41\0", 4, "text in UTF-16 without a PEM block");
    refused_text("<!DOCTYPE html>\n<html>", "a web page (HTML)");
    refused_text("<?xml version='1.0'?>", "XML");
    refused_text("hello, world", "text without a PEM block");
    refused_text("abcd", "text without a PEM block"); /* base64 of no DER */
    refused_text("ssh-rsa AAAA", "an SSH key");
    refused("\x7f"
            "ELF\1\2",
            6, "binary data");
    refused("\x30", 1, "DER of another kind");
    refused("\x30\x80\x30\x80", 4, "DER of another kind");
    refused_text("-----BEGIN X509 CRL-----\n-----END X509 CRL-----", "a revocation list");
    refused_text("-----BEGIN RSA PUBLIC KEY-----\n", "a bare public key");

    len = i2d_PrivateKey(key, &der);
    refused(der, (size_t)len, "a private key");
    OPENSSL_free(der);
    der = NULL;
    len = i2d_PUBKEY(key, &der);
    refused(der, (size_t)len, "a bare public key");
    OPENSSL_free(der);
    EVP_PKEY_free(key);

    file = fixture_file("leaf.key");
    refused(file.data, file.len, "a private key");
    bytes_free(&file);
    file = fixture_file("leaf.csr");
    refused(file.data, file.len, "a certificate signing request");
    bytes_free(&file);
    file = fixture_file("../lab/CTLFile-sha1.tlv");
    refused(file.data, file.len, "a trust list or a signed file");
    bytes_free(&file);
    big = calloc(1, LIMIT_BUNDLE_FILE + 1);
    refused(big, LIMIT_BUNDLE_FILE + 1, "larger than");
    free(big);
}

static void test_der_is_exactly_one(void **state)
{
    struct bytes der = fixture_file("leaf.der");
    uint8_t *two = malloc(2 * der.len);

    (void)state;
    memcpy(two, der.data, der.len);
    memcpy(two + der.len, der.data, der.len);
    refused(two, 2 * der.len, "bytes after the certificate (byte 535 of 1070)");
    refused(two, der.len - 1, "no certificate in it");
    two[12] = 7; /* the version */
    refused(two, der.len, "RFC 5280 4.1.2.1: version");
    free(two);
    bytes_free(&der);
}

/* The walk takes such a name, the library does not: an upload needs both. */
static void test_the_library_must_decode_it(void **state)
{
    struct bytes der = fixture_file("leaf.der");
    uint8_t *at = memmem(der.data, der.len, "cm1.example.com", 15);
    struct cert *c;

    (void)state;
    at[0] = 0xff;
    assert_int_equal(cert_from_der(der.data, der.len, &c, NULL), VOX_OK);
    cert_free(&c);
    refused(der.data, der.len, "cannot be decoded");
    bytes_free(&der);
}

static void test_too_many(void **state)
{
    EVP_PKEY *key = fixture_key();
    X509 *x = fixture_x509("CN=x", key, NULL, NULL);
    struct bytes pem = {malloc((LIMIT_BUNDLE_CERTS + 1) * 600), 0};
    struct bundle b;

    (void)state;
    for (long i = 0; i <= LIMIT_BUNDLE_CERTS; i++) {
        BIO *bio = BIO_new(BIO_s_mem());
        X509 *copy;
        char *text;
        size_t n;

        /* The same signature under another serial number: nobody verifies here. */
        copy = X509_dup(x);
        assert_true(ASN1_INTEGER_set(X509_get_serialNumber(copy), i + 1));
        assert_true(i2d_re_X509_tbs(copy, NULL) > 0);
        assert_true(PEM_write_bio_X509(bio, copy));
        n = (size_t)BIO_get_mem_data(bio, &text);
        memcpy(pem.data + pem.len, text, n);
        pem.len += n;
        if (i + 1 == LIMIT_BUNDLE_CERTS) {
            assert_int_equal(bundle_read(pem.data, pem.len, "x", NULL, &b, NULL), VOX_OK);
            assert_int_equal(b.ncerts, LIMIT_BUNDLE_CERTS);
            bundle_free(&b);
        }
        X509_free(copy);
        BIO_free(bio);
    }
    refused(pem.data, pem.len, "certificate 2001 of the file: more than 2000 certificates");
    bytes_free(&pem);
    X509_free(x);
    EVP_PKEY_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form),         cmocka_unit_test(test_what_it_is_instead),
        cmocka_unit_test(test_der_is_exactly_one), cmocka_unit_test(test_the_library_must_decode_it),
        cmocka_unit_test(test_too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
