#include "x509_fixture.h"

/* Does text agree with the name that name_parse() makes of dn? */
static bool agrees(const char *text, const char *dn)
{
    struct vox_error err = {0};
    unsigned char *der = NULL;
    X509_NAME *name;
    bool yes;
    int len;

    assert_int_equal(name_parse(dn, &name, &err), VOX_OK);
    len = i2d_X509_NAME(name, &der);
    assert_true(len > 0);
    yes = name_text_agrees(text, (struct bytes_view){der, (size_t)len});
    OPENSSL_free(der);
    X509_NAME_free(name);
    return yes;
}

static const char dn[] = "C=PL,ST=Malopolska,L=Krakow,O=Cisco,OU=TAC,CN=cm1";

static void test_writings_of_one_name(void **state)
{
    static const char *const good[] = {
        "CN=cm1;OU=TAC;O=Cisco;L=Krakow;ST=Malopolska;C=PL",
        "C=PL;ST=Malopolska;L=Krakow;O=Cisco;OU=TAC;CN=cm1",
        "cn=cm1, ou=TAC, o=Cisco, l=Krakow, S=Malopolska, c=PL",
        "/C=PL/ST=Malopolska/L=Krakow/O=Cisco/OU=TAC/CN=cm1",
        "CN=\"cm1\",OU=TAC,O=\"Cisco\",L=Krakow,ST=Malopolska,C=PL",
        "CN = cm1, OU = TAC, O = Cisco, L = Krakow, ST = Malopolska, C = PL",
        "CN=cm1;OU=TAC;O=Cisco;L=Krakow; ST=Malopolska;C=PL ",
        "2.5.4.3=cm1,OU=TAC,O=Cisco,L=Krakow,ST=Malopolska,C=pl",
        "CN=c\\6d1,OU=T\\AC,O=Cisco,L=Krakow,ST=Malopolska,C=PL", /* \AC is a byte: see below */
    };

    (void)state;
    for (size_t i = 0; i + 1 < sizeof good / sizeof good[0]; i++)
        if (!agrees(good[i], dn))
            fail_msg("'%s' does not agree", good[i]);
    assert_false(agrees(good[sizeof good / sizeof good[0] - 1], dn));
    assert_true(agrees("CN=c\\6d1,OU=T\\41C,O=Cisco,L=Krakow,ST=Malopolska,C=PL", dn));
}

static void test_tokens(void **state)
{
    static const char token[] = "CN=\"SAST-ADN008580ef        \",OU=IPCBU,O=Cisco Systems";

    (void)state;
    /* As tokens' lists have it: the last quote is missing. */
    assert_true(agrees("cn=\"SAST-ADN008580ef        \";ou=IPCBU;o=\"Cisco Systems", token));
    assert_true(agrees("CN=SAST-ADN008580ef;OU=IPCBU;O=Cisco Systems", token));
    /* Quotes that are part of the values, as some encode them. */
    assert_true(agrees("cn=\"SAST-ADN008580ef        \";ou=IPCBU;o=\"Cisco Systems",
                       "CN=\\\"SAST-ADN008580ef        \\\",OU=IPCBU,O=\\\"Cisco Systems\\\""));
    assert_false(agrees("cn=\"SAST-ADN008580ee        \";ou=IPCBU;o=\"Cisco Systems", token));
}

static void test_contradictions(void **state)
{
    static const char *const bad[] = {
        "",
        "x",
        "CN=cm1",
        "CN=cm2;OU=TAC;O=Cisco;L=Krakow;ST=Malopolska;C=PL",
        "CN=TAC;OU=cm1;O=Cisco;L=Krakow;ST=Malopolska;C=PL", /* values swapped */
        "CN=cm1;OU=TAC;O=Cisco;L=Krakow;ST=Malopolska",
        "CN=cm1;OU=TAC;O=Cisco;L=Krakow;ST=Malopolska;C=PL;C=PL",
        "CN=cm1;OU=TAC;O=Cisco;L=Krakow;ST=Malopolska;C=PL;E=x",
        "CN=cm;OU=TAC;O=Cisco;L=Krakow;ST=Malopolska;C=PL",
        "CN=cm11;OU=TAC;O=Cisco;L=Krakow;ST=Malopolska;C=PL",
        "CN=cm1;CN=cm1;O=Cisco;L=Krakow;ST=Malopolska;C=PL",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (agrees(bad[i], dn))
            fail_msg("'%s' agrees", bad[i]);
    assert_false(agrees("CN=a,CN=b", "CN=a,CN=a")); /* each part of the text stands for one attribute */
    assert_true(agrees("CN=a,CN=b", "CN=b,CN=a"));
}

static void test_separators_in_values(void **state)
{
    (void)state;
    assert_true(agrees("CN=a;O=Example, Inc.;C=NZ", "CN=a,O=Example\\, Inc.,C=NZ"));
    assert_true(agrees("CN=a,O=Example, Inc.,C=NZ", "CN=a,O=Example\\, Inc.,C=NZ")); /* a sloppy writer */
    assert_true(agrees("CN=http://a/b;O=x", "CN=http://a/b,O=x"));
    assert_true(agrees("CN=a\\b;O=x", "CN=a\\\\b,O=x")); /* the vendor's writing has no escapes */
    assert_true(agrees("O=\"Foo, OU=bar\",CN=a", "O=Foo\\, OU\\=bar,CN=a"));
    assert_true(agrees("CN=a,O=x+OU=y", "CN=a,O=x+OU=y"));
    assert_true(agrees("CN=x;O=Foo, OU=bar", "O=Foo\\, OU\\=bar,CN=x")); /* exactly what we write ourselves */
}

/* Hostile names and texts end soon and say no. */
static void test_many_attributes(void **state)
{
    enum { N = 4000 };
    char *text = malloc(5 * N + 1);
    X509_NAME *name = X509_NAME_new();
    unsigned char *der = NULL;
    int len;

    (void)state;
    for (size_t i = 0; i < N; i++)
        memcpy(text + 5 * i, "CN=a;", 5);
    text[5 * N - 1] = '\0';
    assert_false(agrees(text, dn));
    for (size_t i = 0; i < LIMIT_NAME_ATTRIBUTES + 1; i++)
        assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"b", 1, -1, 0));
    len = i2d_X509_NAME(name, &der);
    assert_false(name_text_agrees(text, (struct bytes_view){der, (size_t)len}));
    OPENSSL_free(der);
    X509_NAME_free(name);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writings_of_one_name), cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_contradictions),       cmocka_unit_test(test_separators_in_values),
        cmocka_unit_test(test_many_attributes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
