/* What answers come from: all of a hash is compared, and what several entries say of one certificate becomes one. */
#include "snapshot.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <openssl/x509.h>

/* Certificates whose hashes begin alike cannot be made; slots can. */
static void all_of_a_hash_is_compared(void **state)
{
    struct slot a, b;

    (void)state;
    memset(&a, 0, sizeof a);
    memset(a.sha256, 0x55, sizeof a.sha256);
    assert_int_equal(by_hash(&a, &a), 0);
    for (size_t bit = 0; bit < 8 * sizeof a.sha256; bit++) {
        b = a;
        b.sha256[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(by_hash(&a, &b), 0);
        assert_true((by_hash(&a, &b) < 0) == (by_hash(&b, &a) > 0));
    }
}

static struct cert *a_certificate(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    struct cert *c;

    assert_true(ASN1_INTEGER_set(X509_get_serialNumber(x), 1) > 0);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), 1000));
    assert_true(X509_set_pubkey(x, key) > 0 && X509_sign(x, key, EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &c, NULL), VOX_OK);
    X509_free(x);
    EVP_PKEY_free(key);
    return c;
}

/* As many roles as an answer holds and no more, each once, in the order of their numbers; the shortest lifetime. */
static void roles_of_one_certificate(void **state)
{
    struct cert *c = a_certificate();
    struct tvs_entry entries[3] = {{.cert = c, .ttl = 600}, {.cert = c, .ttl = 86400}, {.cert = c, .ttl = 700}};
    const struct tvs_entry *e;
    struct tvs_snapshot *s;

    (void)state;
    for (uint8_t i = 0; i < TVS_ROLES_MAX; i++) {
        entries[0].roles[entries[0].nroles++] = (uint8_t)(2 * (TVS_ROLES_MAX - i));
        entries[1].roles[entries[1].nroles++] = (uint8_t)(2 * i + 1);
        entries[2].roles[entries[2].nroles++] = 7; /* one of them, again and again */
    }
    assert_int_equal(tvs_snapshot_new(entries, 3, &s, NULL), VOX_OK);
    assert_int_equal(tvs_snapshot_count(s), 1);
    e = tvs_snapshot_by_der(s, cert_der(c));
    assert_non_null(e);
    assert_int_equal(e->nroles, TVS_ROLES_MAX);
    assert_int_equal(e->ttl, 600);
    assert_ptr_equal(e->cert, c);
    for (size_t i = 1; i < e->nroles; i++)
        assert_true(e->roles[i - 1] < e->roles[i]);
    tvs_snapshot_free(&s);
    assert_int_equal(tvs_snapshot_new(&entries[2], 1, &s, NULL), VOX_OK);
    assert_int_equal(tvs_snapshot_by_der(s, cert_der(c))->nroles, 1);
    tvs_snapshot_free(&s);
    cert_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_a_hash_is_compared),
        cmocka_unit_test(roles_of_one_certificate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
