#include "x509_fixture.h"

static void expect(const uint8_t *der, size_t len, enum name_style style, const char *want)
{
    struct vox_error err = {0};
    char *text;

    assert_int_equal(name_text((struct bytes_view){der, len}, style, &text, &err), VOX_OK);
    assert_string_equal(text, want);
    free(text);
}

static void test_texts_of_the_lab_s_lists(void **state)
{
    struct cert *c = fixture_lab("sast");
    struct bytes_view der = cert_subject_der(c);
    struct vox_error err = {0};
    struct bytes list;
    char *text;

    (void)state;
    expect(der.data, der.len, NAME_RFC4514, "CN=vector-sast,O=Example Voice,OU=Lab,L=Auckland,ST=AKL,C=NZ");
    expect(der.data, der.len, NAME_VENDOR, "CN=vector-sast;OU=Lab;O=Example Voice;L=Auckland;ST=AKL;C=NZ");
    /* The other implementation's list has the first text, with its NUL. */
    assert_int_equal(file_read(VOX_VECTORS "/lab/CTLFile-sha512.tlv", LIMIT_LIST_FILE, &list, &err), VOX_OK);
    assert_int_equal(name_text(der, NAME_RFC4514, &text, &err), VOX_OK);
    assert_non_null(memmem(list.data, list.len, text, strlen(text) + 1));
    free(text);
    bytes_free(&list);
    cert_free(&c);
}

/* What name_parse() makes of a text, in both styles. */
static void both_styles(const char *text, const char *vendor, const char *encoded)
{
    struct vox_error err = {0};
    unsigned char *der = NULL;
    X509_NAME *name;
    int len;

    assert_int_equal(name_parse(text, &name, &err), VOX_OK);
    len = i2d_X509_NAME(name, &der);
    assert_true(len > 0);
    expect(der, (size_t)len, NAME_VENDOR, vendor);
    expect(der, (size_t)len, NAME_RFC4514, encoded);
    assert_true(name_text_agrees(vendor, (struct bytes_view){der, (size_t)len}));
    assert_true(name_text_agrees(encoded, (struct bytes_view){der, (size_t)len}));
    OPENSSL_free(der);
    X509_NAME_free(name);
}

static void test_orders(void **state)
{
    (void)state;
    /* The real name of the format page, 62 bytes with its NUL, encoded from C to CN as CAs do. */
    both_styles("C=PL,ST=Malopolska,L=Krakow,O=Cisco,OU=TAC,CN=cucm-1051-a-pub",
                "CN=cucm-1051-a-pub;OU=TAC;O=Cisco;L=Krakow;ST=Malopolska;C=PL",
                "C=PL,ST=Malopolska,L=Krakow,O=Cisco,OU=TAC,CN=cucm-1051-a-pub");
    /* Several of a kind keep their order; others come after; dotted numbers have no name. */
    both_styles("DC=example,OU=b,serialNumber=7,OU=a,CN=x,1.2.3.4=y",
                "CN=x;OU=b;OU=a;DC=example;serialNumber=7;1.2.3.4=y",
                "DC=example,OU=b,serialNumber=7,OU=a,CN=x,1.2.3.4=y");
    both_styles("O=a+CN=b,C=NZ", "CN=b;O=a;C=NZ", "CN=b+O=a,C=NZ"); /* DER sorts a set */
}

static void test_escapes(void **state)
{
    (void)state;
    both_styles("O=\"Cisco; Inc, \\\"x\\\" <a>+\\\\\"", "O=Cisco; Inc, \"x\" <a>+\\",
                "O=Cisco\\; Inc\\, \\\"x\\\" \\<a\\>\\+\\\\");
    both_styles("CN=\\ both \\ ", "CN= both  ", "CN=\\ both \\ ");
    both_styles("CN=\\#1#", "CN=#1#", "CN=\\#1#");
    both_styles("CN=K\xc3\xb6ln", "CN=K\xc3\xb6ln", "CN=K\xc3\xb6ln");
}

static void test_bytes_that_terminals_obey(void **state)
{
    static const uint8_t controls[] = {0x30, 17,   0x31, 15,  0x30, 13, 6,    3,    0x55, 4,
                                       3,    0x0c, 6,    'a', 0,    27, 0x7f, 0xc2, 0x9b};
    static const uint8_t turned[] = {0x30, 22,  0x31, 20,   0x30, 18,  6,    3,    0x55, 4,    3,    0x0c,
                                     11,   'a', 0xe2, 0x80, 0xae, 'b', 0xe2, 0x80, 0x8b, 0xc3, 0xb6, '+'};
    static const uint8_t bmp[] = {0x30, 15, 0x31, 13, 0x30, 11, 6, 3, 0x55, 4, 3, 0x1e, 4, 0x20, 0xac, 0, 'x'};
    static const uint8_t odd_bmp[] = {0x30, 14, 0x31, 12, 0x30, 10, 6, 3, 0x55, 4, 3, 0x1e, 3, 0x20, 0xac, 0};
    static const uint8_t latin1[] = {0x30, 13, 0x31, 11, 0x30, 9, 6, 3, 0x55, 4, 3, 0x14, 2, 'K', 0xf6};
    static const uint8_t t61_utf8[] = {0x30, 14, 0x31, 12, 0x30, 10, 6, 3, 0x55, 4, 3, 0x14, 3, 'K', 0xc3, 0xb6};
    static const uint8_t bad_utf8[] = {0x30, 13, 0x31, 11, 0x30, 9, 6, 3, 0x55, 4, 3, 0x0c, 2, 'K', 0xf6};
    static const uint8_t number[] = {0x30, 12, 0x31, 10, 0x30, 8, 6, 3, 0x55, 4, 3, 2, 1, 7};
    static const uint8_t none[] = {0x30, 0};

    (void)state;
    expect(controls, sizeof controls, NAME_VENDOR, "CN=a\\00\\1b\\7f\\c2\\9b");
    expect(controls, sizeof controls, NAME_RFC4514, "CN=a\\00\\1b\\7f\\c2\\9b");
    expect(turned, sizeof turned, NAME_VENDOR, "CN=a\\e2\\80\\aeb\\e2\\80\\8b\xc3\xb6+");
    expect(turned, sizeof turned, NAME_RFC4514, "CN=a\\e2\\80\\aeb\\e2\\80\\8b\xc3\xb6\\+");
    expect(bmp, sizeof bmp, NAME_VENDOR, "CN=\xe2\x82\xacx");
    expect(odd_bmp, sizeof odd_bmp, NAME_VENDOR, "CN=#1e0320ac00");
    expect(latin1, sizeof latin1, NAME_RFC4514, "CN=K\xc3\xb6");
    expect(t61_utf8, sizeof t61_utf8, NAME_RFC4514, "CN=K\xc3\xb6");
    expect(bad_utf8, sizeof bad_utf8, NAME_RFC4514, "CN=#0c024bf6");
    expect(number, sizeof number, NAME_VENDOR, "CN=#020107");
    expect(none, sizeof none, NAME_VENDOR, "");
    assert_true(name_text_agrees("", (struct bytes_view){none, sizeof none}));
}

static void test_no_name(void **state)
{
    static const uint8_t bad[][16] = {
        {0x30, 1, 0},                                                         /* no set */
        {0x30, 2, 0x31, 0},                                                   /* an empty set */
        {0x31, 0},                                                            /* another type */
        {0x30, 4, 0x31, 2, 0x30, 0},                                          /* an attribute of nothing */
        {0x30, 9, 0x31, 7, 0x30, 5, 6, 3, 0x55, 4, 3},                        /* a type without a value */
        {0x30, 11, 0x31, 9, 0x30, 7, 6, 0, 0x0c, 3, 1, 2, 3},                 /* an empty type */
        {0x30, 13, 0x31, 11, 0x30, 9, 6, 3, 0x55, 4, 3, 5, 9},                /* a value that runs out */
        {0x30, 14, 0x31, 12, 0x30, 10, 6, 3, 0x55, 4, 3, 0x0c, 1, 'a', 5, 0}, /* something after the value */
    };
    static const size_t len[] = {3, 4, 2, 6, 11, 13, 13, 16};

    (void)state;
    for (size_t i = 0; i < sizeof len / sizeof len[0]; i++) {
        struct bytes_view der = {bad[i], len[i]};
        struct vox_error err = {0};
        char *text = (char *)1;

        assert_int_equal(name_text(der, NAME_VENDOR, &text, &err), VOX_E_INPUT);
        assert_null(text);
        assert_int_equal(name_common_name(der, &text, &err), VOX_E_INPUT);
        assert_false(name_text_agrees("", der));
    }
}

static void test_common_name(void **state)
{
    struct vox_error err = {0};
    unsigned char *der = NULL;
    X509_NAME *name;
    char *text;
    int len;

    (void)state;
    assert_int_equal(name_parse("CN=first,O=x,CN=last", &name, &err), VOX_OK);
    len = i2d_X509_NAME(name, &der);
    assert_int_equal(name_common_name((struct bytes_view){der, (size_t)len}, &text, &err), VOX_OK);
    assert_string_equal(text, "last");
    free(text);
    OPENSSL_free(der);
    X509_NAME_free(name);
    assert_int_equal(name_common_name((struct bytes_view){(const uint8_t *)"\x30", 2}, &text, &err), VOX_OK);
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_of_the_lab_s_lists),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_bytes_that_terminals_obey),
        cmocka_unit_test(test_no_name),
        cmocka_unit_test(test_common_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
