/* The lint on certificates that the library does not make: changed by hand, too large, signed bytes that are no DER. */
#include "issuing.h"

static EVP_PKEY *phone;
static struct capf_request request;

static int make_world(void **state)
{
    phone = EVP_EC_gen("P-256");
    request = request_for(phone, &p256);
    return make_issuers(state);
}

static int free_world(void **state)
{
    free_request(&request);
    EVP_PKEY_free(phone);
    return free_issuers(state);
}

/* Of the certificate and of what is signed: two bytes each. */
static void add_to_lengths(uint8_t *room, int more)
{
    for (int k = 0; k <= 4; k += 4) {
        const int len = (room[k + 2] << 8 | room[k + 3]) + more;

        assert_int_equal(room[k + 1], 0x82);
        room[k + 2] = (uint8_t)(len >> 8);
        room[k + 3] = (uint8_t)len;
    }
}

/* Signed bytes that encode otherwise in DER: a critical flag that says FALSE, which DER leaves out. */
static void not_canonical(void **state)
{
    static const uint8_t marker[] = {0x06, 0x03, 0x55, 0x1d, 0x11, 0x04}; /* subjectAltName, OCTET STRING */
    struct cert *good, *c;
    struct bytes_view der;
    uint8_t room[2048], *at;

    (void)state;
    assert_int_equal(capf_issue(&ec_issuer, &request, a_serial, now, &good, &why), VOX_OK);
    der = cert_der(good);
    assert_true(der.len + 3 < sizeof room);
    at = memmem(der.data, der.len, marker, sizeof marker);
    assert_non_null(at);
    {
        const size_t before = (size_t)(at - der.data) + 5;

        memcpy(room, der.data, before);
        memcpy(room + before, "\x01\x01\x00", 3);
        memcpy(room + before + 3, der.data + before, der.len - before);
        /* lengths of what is around it: the extension, the sequence, [3], tbs, all */
        room[before - 6] = (uint8_t)(room[before - 6] + 3);
    }
    {
        static const uint8_t extensions[] = {0xa3, 0x81};
        uint8_t *x = memmem(room, der.len, extensions, sizeof extensions);

        assert_non_null(x);
        x[2] = (uint8_t)(x[2] + 3);
        assert_int_equal(x[3], 0x30);
        assert_int_equal(x[4], 0x81);
        x[5] = (uint8_t)(x[5] + 3);
        add_to_lengths(room, 3);
    }
    assert_int_equal(cert_from_der(room, der.len + 3, &c, &why), VOX_OK);
    assert_int_equal(capf_lint(c, &ec_issuer, &request, &why), VOX_E_INPUT);
    assert_non_null(strstr(why.text, "must have DER"));
    cert_free(&c);
    cert_free(&good);
}

/* What the library does not make, and a faulty one might: the bytes of a good certificate, changed by hand. */
static void by_hand(void **state)
{
    static const uint8_t ecdsa[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02}, extensions[] = {0xa3, 0x81},
                         unique[] = {0x81, 0x02, 0x00, 'A'};
    struct cert *good, *c;
    struct bytes_view der;
    uint8_t room[2048], *at;
    size_t before;

    (void)state;
    assert_int_equal(capf_issue(&ec_issuer, &request, a_serial, now, &good, &why), VOX_OK);
    der = cert_der(good);
    assert_true(der.len + sizeof unique < sizeof room);
    /* another algorithm outside than inside: ecdsa-with-SHA384 */
    memcpy(room, der.data, der.len);
    assert_non_null(at = memmem(room, der.len, ecdsa, sizeof ecdsa));
    assert_non_null(at = memmem(at + 1, der.len - (size_t)(at + 1 - room), ecdsa, sizeof ecdsa));
    at[sizeof ecdsa - 1] = 3;
    assert_int_equal(cert_from_der(room, der.len, &c, &why), VOX_OK);
    assert_int_equal(capf_lint(c, &ec_issuer, &request, &why), VOX_E_INPUT);
    assert_non_null(strstr(why.text, "one signature algorithm"));
    cert_free(&c);
    /* no bit of a signature, as X509_sign() leaves it when it fails */
    memcpy(room, der.data, der.len);
    at += sizeof ecdsa;
    assert_int_equal(at[0], 0x03);
    before = (size_t)(at + 2 + at[1] - room);
    assert_int_equal(before, der.len);
    before = (size_t)(at - room);
    memcpy(room + before, "\x03\x01\x00", 3);
    {
        const size_t all = before + 3 - 4;

        room[2] = (uint8_t)(all >> 8);
        room[3] = (uint8_t)all;
    }
    assert_int_equal(cert_from_der(room, before + 3, &c, &why), VOX_OK);
    assert_int_equal(capf_lint(c, &ec_issuer, &request, &why), VOX_E_INPUT);
    assert_non_null(strstr(why.text, "a signature that is not empty"));
    cert_free(&c);
    /* a unique identifier of the issuer */
    assert_non_null(at = memmem(der.data, der.len, extensions, sizeof extensions));
    before = (size_t)(at - der.data);
    memcpy(room, der.data, before);
    memcpy(room + before, unique, sizeof unique);
    memcpy(room + before + sizeof unique, der.data + before, der.len - before);
    add_to_lengths(room, sizeof unique);
    assert_int_equal(cert_from_der(room, der.len + sizeof unique, &c, &why), VOX_OK);
    assert_int_equal(capf_lint(c, &ec_issuer, &request, &why), VOX_E_INPUT);
    assert_non_null(strstr(why.text, "no unique identifiers"));
    cert_free(&c);
    cert_free(&good);
}

/* An issuer with so long a name that its certificates, in which it stands twice, are larger than anybody takes. */
static void larger_than_is_taken(void **state)
{
    X509 *x = X509_dup(cert_x509(ec_issuer.cert));
    struct capf_issuer i = ec_issuer;
    struct cert *ca, *c;

    (void)state;
    for (int k = 0; k < 60; k++)
        assert_true(X509_NAME_add_entry_by_txt(
                        X509_get_subject_name(x), "OU", MBSTRING_UTF8,
                        (const unsigned char *)"Department of the longest names that there are in certificates", -1, -1,
                        0) > 0);
    assert_true(X509_sign(x, ec_issuer.key, EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &ca, &why), VOX_OK);
    i.cert = ca;
    assert_int_not_equal(capf_issue(&i, &request, a_serial, now, &c, &why), VOX_OK);
    if (strstr(why.text, "at most 8,192 bytes") == NULL)
        fail_msg("%s", why.text);
    cert_free(&ca);
    X509_free(x);
}

/* An issuer's certificate for the phone that is named like it: its own issuer. */
static void issuer_of_itself(void **state)
{
    struct cert *good, *c;
    X509 *x;

    (void)state;
    assert_int_equal(capf_issue(&ec_issuer, &request, a_serial, now, &good, &why), VOX_OK);
    x = X509_dup(cert_x509(good));
    assert_true(X509_set_subject_name(x, X509_get_subject_name(cert_x509(ec_issuer.cert))) > 0);
    assert_true(X509_sign(x, ec_issuer.key, EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &c, &why), VOX_OK);
    assert_int_equal(capf_lint(c, &ec_issuer, &request, &why), VOX_E_INPUT);
    assert_non_null(strstr(why.text, "other than its issuer"));
    cert_free(&c);
    cert_free(&good);
    X509_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(not_canonical),
        cmocka_unit_test(by_hand),
        cmocka_unit_test(larger_than_is_taken),
        cmocka_unit_test(issuer_of_itself),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
