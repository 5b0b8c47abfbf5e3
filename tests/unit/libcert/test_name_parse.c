#include "x509_fixture.h"

static void expect(const char *text, const char *want)
{
    struct vox_error err = {0};
    unsigned char *der = NULL;
    X509_NAME *name;
    char *back;
    int len;

    if (name_parse(text, &name, &err) != VOX_OK)
        fail_msg("'%s': %s", text, err.text);
    len = i2d_X509_NAME(name, &der);
    assert_int_equal(name_text((struct bytes_view){der, (size_t)len}, NAME_RFC4514, &back, &err), VOX_OK);
    assert_string_equal(back, want);
    free(back);
    OPENSSL_free(der);
    X509_NAME_free(name);
}

static void test_forms(void **state)
{
    (void)state;
    expect("CN=cm1,O=Example", "CN=cm1,O=Example");
    expect("  cm1.example.com  ", "CN=cm1.example.com");
    expect("CN=cm1;O=Example", "CN=cm1,O=Example");
    expect("/C=NZ/O=a, b; c/CN=cm1", "C=NZ,O=a\\, b\\; c,CN=cm1");
    expect("/CN=http:\\/\\/a", "CN=http://a");
    expect(" cn = cm1 , o = \"Example, Inc.\" ", "CN=cm1,O=Example\\, Inc.");
    expect("CN=a\\,b\\2Cc", "CN=a\\,b\\,c");
    expect("CN=\\ a\\  ", "CN=\\ a\\ ");
    expect("CN=a\\=b", "CN=a=b");
    expect("CN=a=b", "CN=a=b");
    expect("CN=cm1+serialNumber=5,C=NZ", "serialNumber=5+CN=cm1,C=NZ"); /* DER sorts a set */
    expect("commonName=x,e=a@example.com,1.3.6.1.4.1.9.9=y", "CN=x,emailAddress=a@example.com,1.3.6.1.4.1.9.9=y");
}

static void refused(const char *text, const char *words)
{
    struct vox_error err = {0};
    X509_NAME *name = (X509_NAME *)1;

    if (name_parse(text, &name, &err) != VOX_E_INPUT)
        fail_msg("'%s' is taken", text);
    assert_null(name);
    if (strstr(err.text, words) == NULL)
        fail_msg("'%s': %s", text, err.text);
    assert_int_equal(ERR_peek_error(), 0);
}

static void test_refusals(void **state)
{
    char longer[LIMIT_NAME_TEXT + 2], cn[80] = "CN=";

    (void)state;
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    memset(cn + 3, 'x', 65);
    refused("", "it is empty");
    refused("   ", "it is empty");
    refused(longer, "longer than 1024 bytes");
    refused(cn, "CN: at most 64 characters");
    refused(cn + 3, "CN: at most 64 characters");
    refused("CN=", "CN: the value is empty");
    refused("CN=\"\"", "CN: the value is empty");
    refused("CN=a,", "is no TYPE=VALUE");
    refused("CN=a,,O=b", "is no TYPE=VALUE");
    refused("=a", "is no TYPE=VALUE");
    refused("CN=a,O=Example, Inc.", "'Inc.' is no TYPE=VALUE (a ',' in a value needs a backslash");
    refused("XX=a", "unknown attribute 'XX'");
    refused("sha256=a", "unknown attribute 'sha256'");
    refused("9.9.9=a", "unknown attribute '9.9.9'");
    refused("1..2=a", "unknown attribute '1..2'");
    refused("1.2.=a", "unknown attribute '1.2.'");
    refused("1.2.3333333333333333333333333333333333333333333333333333333333333333=a", "unknown attribute '1.2.33333");
    refused("C=NZL", "C: at most 2 characters");
    refused("C=N", "C: at least 2 characters");
    refused("CN=a\\", "nothing follows the backslash");
    refused("CN=\"a", "closing quote is missing");
    refused("CN=\"a\"b", "text after the closing quote");
    refused("CN=a\nb", "a control character (0x0a)");
    refused("CN=a\\00b", "a control character (0x00)");
    refused("a\x7f", "a control character (0x7f)");
    refused("CN=\xff\xfe", "no UTF-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
