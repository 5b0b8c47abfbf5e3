/* Certificates made on the spot for the tests of the x509 room: P-256, valid from 2020 to 2040. */
#ifndef UNIT_X509_FIXTURE_H
#define UNIT_X509_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <libcert/cert.h>
#include <libcert/file.h>
#include <libcert/limits.h>
#include <libcert/name.h>

static inline EVP_PKEY *fixture_key(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");

    assert_non_null(key);
    return key;
}

/* A certificate for key by the issuer named; NULL issuer: self-signed. Free with X509_free(). */
static inline X509 *fixture_x509(const char *subject, EVP_PKEY *key, const char *issuer, EVP_PKEY *issuer_key)
{
    static long serial = 1000;
    struct vox_error err = {0};
    X509_NAME *name;
    X509 *x = X509_new();

    assert_non_null(x);
    assert_true(X509_set_version(x, 2));
    assert_true(ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial));
    assert_int_equal(name_parse(subject, &name, &err), VOX_OK);
    assert_true(X509_set_subject_name(x, name));
    X509_NAME_free(name);
    assert_int_equal(name_parse(issuer != NULL ? issuer : subject, &name, &err), VOX_OK);
    assert_true(X509_set_issuer_name(x, name));
    X509_NAME_free(name);
    assert_true(ASN1_TIME_set_string(X509_getm_notBefore(x), "20200101000000Z"));
    assert_true(ASN1_TIME_set_string(X509_getm_notAfter(x), "20400101000000Z"));
    assert_true(X509_set_pubkey(x, key));
    assert_true(X509_sign(x, issuer_key != NULL ? issuer_key : key, EVP_sha256()) > 0);
    return x;
}

static inline struct cert *fixture_cert(const char *subject, EVP_PKEY *key, const char *issuer, EVP_PKEY *issuer_key)
{
    X509 *x = fixture_x509(subject, key, issuer, issuer_key);
    struct vox_error err = {0};
    struct cert *c;

    assert_int_equal(cert_from_x509(x, &c, &err), VOX_OK);
    X509_free(x);
    return c;
}

/* A certificate of the lab's files. */
static inline struct cert *fixture_lab(const char *name)
{
    char path[512];
    struct vox_error err = {0};
    struct cert *c;
    FILE *f;
    X509 *x;

    (void)snprintf(path, sizeof path, "%s/lab/%s.pem", VOX_VECTORS, name);
    f = fopen(path, "r");
    assert_non_null(f);
    x = PEM_read_X509(f, NULL, NULL, NULL);
    fclose(f);
    assert_non_null(x);
    assert_int_equal(cert_from_x509(x, &c, &err), VOX_OK);
    X509_free(x);
    return c;
}

#endif
