/* The stub beside an encrypted configuration, and hostile configurations. */
#include "lab_sgn.h"

#include <ctl/encsgn.h>
#include <libcert/limits.h>

#define HASH "d3dbb783de3081bbec68bb50fcfb3492"

static struct cert *phone;

static int setup(void **state)
{
    (void)state;
    phone = lab_cert("phone-rsa.pem");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    cert_free(&phone);
    return 0;
}

/* The stub of a configuration; what lies between fullConfig and certHash must be `middle`. */
static void stub_is(const char *config, const char *middle)
{
    struct vox_error err;
    struct bytes out;
    char *want;

    if (encsgn_stub((const uint8_t *)config, strlen(config), phone, &out, &err) != VOX_OK)
        fail_msg("%s\nrefused: %s", config, err.text);
    assert_true(asprintf(&want,
                         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<device>\n  <fullConfig>false</fullConfig>\n%s"
                         "  <certHash>" HASH "</certHash>\n  <encrConfig>true</encrConfig>\n</device>\n",
                         middle) > 0);
    if (out.len != strlen(want) || memcmp(out.data, want, out.len) != 0)
        fail_msg("want:\n%s\nhas:\n%.*s", want, (int)out.len, (const char *)out.data);
    free(want);
    bytes_free(&out);
}

static void refused(const char *config, size_t len, const char *says)
{
    struct vox_error err;
    struct bytes out;
    enum vox_err code = encsgn_stub((const uint8_t *)config, len, phone, &out, &err);

    if (code != VOX_E_INPUT)
        fail_msg("code %d for: %.200s", code, config);
    assert_null(out.data);
    lab_says(&err, says);
}

static void test_the_vectors(void **state)
{
    static const char *const files[] = {"stub-sha1.cnf.xml.sgn", "stub-sha512.cnf.xml.sgn"};
    struct bytes plain = lab_file("plain.cnf.xml"), stub;

    (void)state;
    assert_int_equal(encsgn_stub(plain.data, plain.len, phone, &stub, NULL), VOX_OK);
    for (size_t i = 0; i < 2; i++) {
        struct bytes file = lab_file(files[i]);
        struct ctl_header h;

        assert_true(bytes_equal(lab_sgn(bytes_view_of(&file), &h), bytes_view_of(&stub)));
        bytes_free(&file);
    }
    bytes_free(&stub);
    bytes_free(&plain);
}

static void test_no_secret_is_taken_over(void **state)
{
    (void)state;
    stub_is("<device><sshPassword>x</sshPassword><userPin ipAddressMode=\"1\"/></device>", "");
    /* Only children of the root count. */
    stub_is("<device><a><capfList>x</capfList></a></device>", "");
}

static void test_order_and_form(void **state)
{
    (void)state;
    stub_is("<device/>", "");
    stub_is("<device a='1' xmlns:x='u'>text<capfList/>more<ipAddressMode>1</ipAddressMode><!-- c --></device>",
            "  <ipAddressMode>1</ipAddressMode>\n  <capfList/>\n");
    stub_is("<device><capfAuthMode> 1 </capfAuthMode><loadInformation></loadInformation></device>",
            "  <loadInformation/>\n  <capfAuthMode> 1 </capfAuthMode>\n");
    stub_is("<device>\n\t<capfList>\n\t\t<capf>\n\t\t\t<a>1</a>\n\n<b/></capf><capf/>\n</capfList>\n</device>",
            "  <capfList>\n    <capf>\n      <a>1</a>\n      <b/>\n    </capf>\n    <capf/>\n  </capfList>\n");
    /* Text beside elements: nobody but the author knows what its blanks mean. */
    stub_is("<device><capfList>a <b>c</b>\n<d/></capfList></device>", "  <capfList>a <b>c</b>\n<d/></capfList>\n");
}

static void test_text_stays_text(void **state)
{
    (void)state;
    stub_is("<device><loadInformation m=\"a&amp;&quot;&lt;&#10;\">&lt;x&gt;&amp;&#13;\"</loadInformation></device>",
            "  <loadInformation m=\"a&amp;&quot;&lt;&#10;\">&lt;x&gt;&amp;&#13;\"</loadInformation>\n");
    stub_is("<device><loadInformation><![CDATA[</device>&]]></loadInformation></device>",
            "  <loadInformation>&lt;/device&gt;&amp;</loadInformation>\n");
    stub_is("<?xml version='1.0' encoding='ISO-8859-1'?><device><loadInformation>\xe9</loadInformation></device>",
            "  <loadInformation>\xc3\xa9</loadInformation>\n");
    stub_is("\xef\xbb\xbf<device><loadInformation>\xc3\xa9</loadInformation></device>",
            "  <loadInformation>\xc3\xa9</loadInformation>\n");
}

static void test_what_is_refused(void **state)
{
    static const struct {
        const char *config, *says;
    } cases[] = {
        {"", "not well-formed"},
        {"device", "not well-formed"},
        {"<device>", "not well-formed"},
        {"<device></devices>", "line 1: not well-formed"},
        {"<device/>\n<device/>", "line 2: not well-formed"},
        {"<Device/>", "root must be <device>, is Device"},
        {"<device><capfAuthMode/>\n<capfAuthMode/></device>", "line 2: stands there twice: capfAuthMode"},
        {"<!DOCTYPE device><device/>", "DTD"},
        {"<!DOCTYPE device SYSTEM \"file:///etc/passwd\"><device/>", "DTD"},
        {"<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><device><capfList>&x;</capfList></device>", "DTD"},
        {"<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
         "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]><device><capfList>&c;</capfList></device>",
         "DTD"},
        {"<device><capfList>&lol;</capfList></device>", "not well-formed"},
        {"<device><capfList>\xff</capfList></device>", "not well-formed"},
        {"<?xml version='1.0' encoding='UTF-16'?><device/>", "not well-formed"},
        {"<?xml version='1.0' encoding='EBCDIC-CP-US'?><device/>", "not well-formed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(cases[i].config, strlen(cases[i].config), cases[i].says);
    refused("<device>\0</device>", 18, "NUL");
    refused("\xff\xfe<\0d\0e\0v\0i\0c\0e\0/\0>\0", 20, "NUL");
}

/* A tree of one element in the next, under the kept one or beside it. */
static char *nested(const char *top, unsigned levels)
{
    char *out;
    size_t len;
    FILE *f = open_memstream(&out, &len);

    (void)fprintf(f, "<device><%s>", top);
    for (unsigned i = 0; i < levels; i++)
        (void)fputs("<a>", f);
    for (unsigned i = 0; i < levels; i++)
        (void)fputs("</a>", f);
    (void)fprintf(f, "</%s></device>", top);
    (void)fclose(f);
    return out;
}

static void test_depth(void **state)
{
    static const char *const tops[] = {"capfList", "other"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *fits = nested(tops[i], LIMIT_XML_DEPTH - 2), *deep = nested(tops[i], LIMIT_XML_DEPTH - 1),
             *deeper = nested(tops[i], 500000);
        struct bytes out;

        assert_int_equal(encsgn_stub((const uint8_t *)fits, strlen(fits), phone, &out, NULL), VOX_OK);
        bytes_free(&out);
        refused(deep, strlen(deep), "nested too deeply");
        refused(deeper, strlen(deeper), "nested too deeply");
        free(fits);
        free(deep);
        free(deeper);
    }
}

static void test_size(void **state)
{
    struct bytes big = {.data = malloc(LIMIT_CONFIG_FILE + 1), .len = LIMIT_CONFIG_FILE + 1};
    static const char head[] = "<device><capfList>", tail[] = "</capfList></device>";
    struct bytes out;

    (void)state;
    memset(big.data, '"', big.len);
    memcpy(big.data, head, sizeof head - 1);
    refused((const char *)big.data, big.len, "more than");
    /* The largest that is taken, whose every byte becomes longer. */
    memset(big.data + sizeof head - 1, '>', big.len - sizeof head + 1);
    memcpy(big.data + LIMIT_CONFIG_FILE - (sizeof tail - 1), tail, sizeof tail - 1);
    assert_int_equal(encsgn_stub(big.data, LIMIT_CONFIG_FILE, phone, &out, NULL), VOX_OK);
    assert_true(out.len > LIMIT_CONFIG_FILE * 3UL);
    bytes_free(&out);
    bytes_free(&big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_vectors),
        cmocka_unit_test(test_no_secret_is_taken_over),
        cmocka_unit_test(test_order_and_form),
        cmocka_unit_test(test_text_stays_text),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_size),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
