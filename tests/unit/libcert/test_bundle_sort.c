#include "bundle_fixture.h"

/* A bundle of references to certs. */
static struct bundle bundle_of(struct cert **certs, size_t n)
{
    struct bundle b = {.certs = calloc(n, sizeof(struct cert *)), .ncerts = n};

    for (size_t i = 0; i < n; i++)
        b.certs[i] = cert_ref(certs[i]);
    return b;
}

static void expect(struct cert **certs, size_t n, const EVP_PKEY *key, const char *names)
{
    struct bundle b = bundle_of(certs, n);
    struct vox_error err = {0};

    if (bundle_sort_chain(&b, key, &err) != VOX_OK)
        fail_msg("%s", err.text);
    fixture_expect_names(&b, names);
    bundle_free(&b);
}

static void refused(struct cert **certs, size_t n, const EVP_PKEY *key, const char *words)
{
    struct bundle b = bundle_of(certs, n);
    struct vox_error err = {0};

    assert_int_equal(bundle_sort_chain(&b, key, &err), VOX_E_INPUT);
    if (strstr(err.text, words) == NULL)
        fail_msg("instead of '%s': %s", words, err.text);
    bundle_free(&b);
}

static EVP_PKEY *kroot, *kca, *kleaf, *kother;
static struct cert *root, *ca, *leaf, *other;

static int set_up(void **state)
{
    (void)state;
    kroot = fixture_key();
    kca = fixture_key();
    kleaf = fixture_key();
    kother = fixture_key();
    root = fixture_cert("CN=root", kroot, NULL, NULL);
    ca = fixture_cert("CN=ca", kca, "CN=root", kroot);
    leaf = fixture_cert("CN=leaf", kleaf, "CN=ca", kca);
    other = fixture_cert("CN=other", kother, NULL, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cert_free(&root);
    cert_free(&ca);
    cert_free(&leaf);
    cert_free(&other);
    EVP_PKEY_free(kroot);
    EVP_PKEY_free(kca);
    EVP_PKEY_free(kleaf);
    EVP_PKEY_free(kother);
    return 0;
}

static void test_every_order(void **state)
{
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    struct cert *all[] = {root, ca, leaf};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct cert *in[] = {all[orders[i][0]], all[orders[i][1]], all[orders[i][2]], all[orders[i][0]]};

        expect(in, 3, NULL, "leaf,ca,root");
        expect(in, 4, kleaf, "leaf,ca,root"); /* one of them twice */
    }
    expect(all, 1, NULL, "root");
    expect(all, 2, NULL, "ca,root");
}

static void test_leaves(void **state)
{
    struct cert *stranger[] = {ca, other, leaf, root}, *two[] = {leaf, ca, root, other};
    struct cert *renewed = fixture_cert("CN=leaf", kleaf, "CN=ca", kca);
    struct cert *pair[] = {leaf, renewed, ca}, *only_cas[] = {root, ca};

    (void)state;
    refused(stranger, 4, NULL, "belong to no common chain");
    refused(stranger, 4, kleaf, "does not belong to the chain: CN=other");
    refused(two, 3, kother, "none of the certificates is for the key");
    expect(only_cas, 2, kca, "ca,root");
    refused(only_cas, 2, kroot, "does not belong to the chain: CN=ca"); /* the root's key: not ours to chain */
    refused(pair, 3, kleaf, "several certificates for the same key");
    refused(pair, 0, NULL, "no certificate in it");
    cert_free(&renewed);
}

/* The name of the issuer fits, its signature does not: a CA of the same name with another key. */
static void test_names_alone_do_not_do(void **state)
{
    struct cert *false_ca = fixture_cert("CN=ca", kother, "CN=root", kroot);
    struct cert *in[] = {leaf, false_ca, root}, *both[] = {false_ca, leaf, root, ca};

    (void)state;
    refused(in, 3, kleaf, "does not belong to the chain");
    refused(both, 4, kleaf, "does not belong to the chain: CN=ca");
    cert_free(&false_ca);
}

static void test_cross_signed(void **state)
{
    struct cert *cross = fixture_cert("CN=root", kroot, "CN=other", kother);
    struct cert *in[] = {cross, other, root, leaf, ca}, *without_root[] = {other, leaf, cross, ca};

    (void)state;
    expect(in, 5, NULL, "leaf,ca,root,root,other"); /* the self-signed root ends the chain, its relatives follow */
    expect(without_root, 4, NULL, "leaf,ca,root,other");
    cert_free(&cross);
}

/* Of two issuers that do equally well the one that is valid longer comes first. */
static void test_the_longer_one_first(void **state)
{
    X509 *x = fixture_x509("CN=root", kroot, "CN=other", kother);
    struct cert *cross = fixture_cert("CN=root", kroot, "CN=other", kother), *longer, *sorted;

    (void)state;
    assert_true(ASN1_TIME_set_string(X509_getm_notAfter(x), "20500101000000Z"));
    assert_true(X509_sign(x, kother, EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &longer, NULL), VOX_OK);
    for (int turn = 0; turn < 2; turn++) {
        struct cert *in[] = {turn == 0 ? cross : longer, turn == 0 ? longer : cross, other, leaf, ca};
        struct bundle b = bundle_of(in, 5);

        assert_int_equal(bundle_sort_chain(&b, NULL, NULL), VOX_OK);
        sorted = b.certs[2];
        assert_true(cert_same(sorted, longer));
        bundle_free(&b);
    }
    X509_free(x);
    cert_free(&longer);
    cert_free(&cross);
}

static void test_cycles_end(void **state)
{
    struct cert *a = fixture_cert("CN=root", kroot, "CN=other", kother);
    struct cert *b = fixture_cert("CN=other", kother, "CN=root", kroot);
    struct cert *cycle[] = {a, b}, *with_leaf[] = {b, ca, a, leaf};

    (void)state;
    refused(cycle, 2, NULL, "every certificate issued another one");
    expect(with_leaf, 4, NULL, "leaf,ca,root,other");
    cert_free(&a);
    cert_free(&b);
}

static void test_too_long(void **state)
{
    struct cert *long_chain[LIMIT_CHAIN_DEPTH + 1], *many[4 * LIMIT_CHAIN_DEPTH + 1];
    char name[16] = "CN=c0", issuer[16];

    (void)state;
    long_chain[0] = fixture_cert(name, kca, NULL, NULL);
    for (int i = 1; i <= LIMIT_CHAIN_DEPTH; i++) {
        memcpy(issuer, name, sizeof name);
        (void)snprintf(name, sizeof name, "CN=c%d", i);
        long_chain[i] = fixture_cert(name, kca, issuer, kca);
    }
    expect(long_chain, LIMIT_CHAIN_DEPTH, NULL, "c7,c6,c5,c4,c3,c2,c1,c0");
    refused(long_chain, LIMIT_CHAIN_DEPTH + 1, NULL, "a chain of more than 8");
    for (size_t i = 0; i < sizeof many / sizeof many[0]; i++)
        many[i] = fixture_cert("CN=many", kca, NULL, NULL);
    refused(many, sizeof many / sizeof many[0], NULL, "33 certificates are no chain");
    for (size_t i = 0; i < sizeof many / sizeof many[0]; i++)
        cert_free(&many[i]);
    for (size_t i = 0; i <= LIMIT_CHAIN_DEPTH; i++)
        cert_free(&long_chain[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_order),
        cmocka_unit_test(test_leaves),
        cmocka_unit_test(test_names_alone_do_not_do),
        cmocka_unit_test(test_cross_signed),
        cmocka_unit_test(test_the_longer_one_first),
        cmocka_unit_test(test_cycles_end),
        cmocka_unit_test(test_too_long),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
