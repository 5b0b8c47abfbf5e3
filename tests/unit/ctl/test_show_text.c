/* The house's own form. */
#include <ctl/show.h>
#include <ctl/verify.h>

#include "golden.h"
#include "lab_list.h"

struct job {
    const struct ctl_list *list;
    const struct ctl_header *header;
    struct show_params params;
};

static void show(FILE *out, const void *data)
{
    const struct job *j = data;

    if (j->list != NULL)
        ctl_show_text(j->list, &j->params, out);
    else
        ctl_header_show_text(j->header, out);
}

static char *shown(const struct ctl_list *l, int64_t now, bool colour)
{
    struct job j = {.list = l, .params = {.name = "a list", .is_itl = ctl_is_itl(l), .now = now, .colour = colour}};

    return golden_capture(show, &j);
}

static void says(char *text, const char *what)
{
    if (strstr(text, what) == NULL)
        fail_msg("not said: %s\nsaid:\n%s", what, text);
}

static void the_labs_itl_looks_as_it_did(void **state)
{
    struct bytes file = lab_file("ITLFile-sha512.tlv");
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    char *text = shown(l, LAB_TIME, false);

    (void)state;
    golden_agrees(text, "show-itl-lab.txt");
    free(text);
    ctl_list_free(&l);
    bytes_free(&file);
}

static void dates_are_judged(void **state)
{
    struct bytes file = lab_file("CTLFile-sha1.tlv");
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    const int64_t end = cert_not_after(l->records[0].cert);
    char *text = shown(l, end + 1, false);

    (void)state;
    says(text, "(EXPIRED)");
    free(text);
    text = shown(l, end - 86400, true);
    says(text, "\033[33m2026-11-23T00:00:00Z to 2046-11-23T00:00:00Z (1 day left)\033[0m");
    free(text);
    text = shown(l, 0, false);
    says(text, "(NOT YET)");
    free(text);
    ctl_list_free(&l);
    bytes_free(&file);
}

static void a_bad_signature_is_shouted(void **state)
{
    struct bytes file = lab_file("CTLFile-sha1.tlv");
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    char *text;

    (void)state;
    l->file.data[l->file.len - 1] ^= 1;
    text = shown(l, LAB_TIME, true);
    says(text, "\033[1;31mNOT VALID, SHA-1 with RSA 2048: ");
    assert_null(strstr(text, "signed this list"));
    free(text);
    ctl_list_free(&l);
    bytes_free(&file);
}

static void records_without_certificate_are_shown(void **state)
{
    struct cert *a = lab_cert("sast.pem"), *tvs = lab_cert("tvs.pem");
    EVP_PKEY *key = lab_key("sast.pem");
    const struct ctl_member m[] = {{.cert = NULL, .role = ROLE_CCM_TFTP, .dns_name = "10.48.47.153", .has_ip = true},
                                   {.cert = tvs, .role = ROLE_TVS, .hash_only = true}};
    struct ctl_list *l = lab_signed("CTLFile.tlv", a, key, m, 2);
    char *text = shown(l, LAB_TIME, false);

    (void)state;
    says(text, "\nRecord 2: CCM+TFTP\n  dns           10.48.47.153\n  certificate   none\n");
    says(text, "\nRecord 3: TVS\n  subject       CN=vector-tvs;");
    says(text, "  key           270 bytes\n  certificate   only its hash, sha1 ");
    free(text);
    ctl_list_free(&l);
    cert_free(&a);
    cert_free(&tvs);
    EVP_PKEY_free(key);
}

static void a_hostile_name_cannot_reach_the_terminal(void **state)
{
    struct bytes file = lab_file("CTLFile-sha1.tlv");
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    char *text;

    (void)state;
    l->header.filename = "\033]0;owned\a";
    l->records[1].dns_name = "cm1\n\nRecord 3: CAPF\x9b";
    text = shown(l, LAB_TIME, false);
    says(text, "  file name     \\x1b]0;owned\\x07\n");
    says(text, "  dns           cm1\\x0a\\x0aRecord 3: CAPF\\x9b\n");
    free(text);
    ctl_list_free(&l);
    bytes_free(&file);
}

static void headers_of_signed_files_are_shown(void **state)
{
    struct bytes file = lab_file("encrypted-sha512.cnf.xml.enc.sgn");
    struct ctl_header h;
    struct job j = {.header = &h};
    char *text;

    (void)state;
    assert_int_equal(ctl_header_read(file.data, file.len, HEADER_ENCSGN, &h, NULL), VOX_OK);
    text = golden_capture(show, &j);
    says(text, "  signer        CN=vector-tftp");
    says(text, "  signature     SHA-512 with RSA 2048\n");
    says(text, "  version       2.0, no signer version, header ");
    says(text, "  encrypted     AES-128-CBC, key wrapped to RSA 2048, ");
    says(text, "  digest        sha512 of the plain file\n");
    free(text);
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_labs_itl_looks_as_it_did),
        cmocka_unit_test(dates_are_judged),
        cmocka_unit_test(a_bad_signature_is_shouted),
        cmocka_unit_test(records_without_certificate_are_shown),
        cmocka_unit_test(a_hostile_name_cannot_reach_the_terminal),
        cmocka_unit_test(headers_of_signed_files_are_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
