#include "bundle_fixture.h"

static void refused(const char *text, const char *words)
{
    struct vox_error err = {0};
    struct bundle b;

    assert_int_equal(bundle_read((const uint8_t *)text, strlen(text), "x", NULL, &b, &err), VOX_E_INPUT);
    if (strstr(err.text, words) == NULL)
        fail_msg("instead of '%s': %s", words, err.text);
    assert_null(b.certs);
}

/* chain.pem as a string, to be damaged. Free with free(). */
static char *chain(void)
{
    struct bytes file = fixture_file("chain.pem");
    char *text = strndup((const char *)file.data, file.len);

    bytes_free(&file);
    return text;
}

static char *third_begin(char *text)
{
    char *at = text;

    for (int i = 0; i < 3; i++)
        at = strstr(at + (i > 0), "-----BEGIN");
    return at;
}

static void test_damage_is_numbered(void **state)
{
    char *text = chain(), *at = third_begin(text), *end;

    (void)state;
    at[100] = '*';
    refused(text, "certificate 3 of the file: damaged base64");
    free(text);

    text = chain();
    at = third_begin(text);
    memset(at + 40, 'A', 20);
    refused(text, "certificate 3 of the file: not exactly one DER certificate");
    free(text);

    text = chain();
    *(third_begin(text) + 200) = '\0'; /* cut off */
    refused(text, "certificate 3 of the file: its END line is missing");
    free(text);

    text = chain();
    end = strstr(text, "-----END");
    memmove(end, strchr(end, '\n') + 1, strlen(strchr(end, '\n') + 1) + 1); /* the first END line is gone */
    refused(text, "certificate 1 of the file: its END line is missing");
    free(text);

    text = chain();
    memcpy(strstr(text, "-----END CERTIFICATE"), "-----END CERTIFICATF", 20);
    refused(text, "certificate 1 of the file: its END line is missing or another one's");
    free(text);

    refused("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "certificate 1 of the file: damaged base64");
    refused("-----BEGIN CERTIFICATE", "no certificate in it");
    refused("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----",
            "certificate 1 of the file: not exactly one");
    refused("-----BEGIN CERTIFICATE-----\nMIIBAAAA====\n-----END CERTIFICATE-----", "damaged base64");
    refused("-----BEGIN CERTIFICATE-----\nMII=AAAA\n-----END CERTIFICATE-----", "damaged base64");
    refused("-----BEGIN CERTIFICATE-----\nMIIBA\n-----END CERTIFICATE-----", "damaged base64");
    refused("-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----", "certificate 1 of the file: damaged PKCS#7");
    refused("-----BEGIN TRUSTED CERTIFICATE-----\nMAA=\n-----END TRUSTED CERTIFICATE-----", "not exactly one trusted");
}

/* Every cut of a file with one certificate is refused, but for cuts in what follows it. */
static void test_every_cut(void **state)
{
    struct bytes file = fixture_file("leaf.pem");
    size_t needed = file.len - 1; /* all but the last end of line */

    (void)state;
    for (size_t n = 0; n <= file.len; n++) {
        struct bundle b;
        uint8_t *exact = malloc(n > 0 ? n : 1);

        memcpy(exact, file.data, n);
        assert_int_equal(bundle_read(exact, n, "x", NULL, &b, NULL), n < needed ? VOX_E_INPUT : VOX_OK);
        bundle_free(&b);
        free(exact);
    }
    bytes_free(&file);
}

static void test_one_long_line(void **state)
{
    struct bytes file = fixture_file("leaf.pem");
    struct bundle b;
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < file.len; i++)
        if (file.data[i] != '\n')
            file.data[n++] = file.data[i];
    assert_int_equal(bundle_read(file.data, n, "x", NULL, &b, NULL), VOX_OK);
    fixture_expect_names(&b, LEAF);
    bundle_free(&b);
    bytes_free(&file);
}

static void test_write_and_read_back(void **state)
{
    struct vox_error err = {0};
    struct bytes pem;
    struct bundle b, again;

    (void)state;
    assert_int_equal(fixture_read("chain.p7c", NULL, &b, &err), VOX_OK);
    assert_int_equal(bundle_write_pem(b.certs, b.ncerts, false, &pem, &err), VOX_OK);
    assert_memory_equal(pem.data, "-----BEGIN CERTIFICATE-----\n", 28);
    bytes_free(&pem);
    assert_int_equal(bundle_write_pem(b.certs, b.ncerts, true, &pem, &err), VOX_OK);
    assert_memory_equal(pem.data, "# subject: CN=" LEAF ",O=Example Voice,C=NZ\n# issuer: CN=" ISSUING, 80);
    assert_int_equal(bundle_read(pem.data, pem.len, "x", NULL, &again, &err), VOX_OK);
    assert_int_equal(again.ncerts, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(cert_same(again.certs[i], b.certs[i]));
    bundle_free(&again);
    bytes_free(&pem);
    assert_int_equal(bundle_write_pem(NULL, 0, true, &pem, &err), VOX_OK);
    assert_int_equal(pem.len, 0);
    bytes_free(&pem);
    bundle_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damage_is_numbered),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_one_long_line),
        cmocka_unit_test(test_write_and_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
