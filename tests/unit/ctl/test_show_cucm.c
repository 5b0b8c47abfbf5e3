/* The vendor's form: a real cluster's dump is reproduced line for line. */
#include <time.h>

#include <ctl/show.h>
#include <ctl/verify.h>

#include "golden.h"
#include "lab_list.h"

struct job {
    const struct ctl_list *list;
    struct show_params params;
};

static void show(FILE *out, const void *data)
{
    const struct job *j = data;

    ctl_show_cucm(j->list, &j->params, out);
}

static char *shown(const struct ctl_list *l, const char *zone)
{
    struct job j = {.list = l, .params = {.name = "x", .is_itl = ctl_is_itl(l)}};

    assert_int_equal(setenv("TZ", zone, 1), 0);
    tzset();
    return golden_capture(show, &j);
}

static void says(const char *text, const char *what)
{
    if (strstr(text, what) == NULL)
        fail_msg("not said: %s\nsaid:\n%s", what, text);
}

/* The tokenless CTL of a cluster of two nodes with RSA 1024: names and lengths as published. */
static void a_real_dump_is_reproduced(void **state)
{
    static const char pub[] = "CN=cucm-1051-a-pub;OU=TAC;O=Cisco;L=Krakow;ST=Malopolska;C=PL";
    static const char sub[] = "CN=cucm-1051-a-sub1;OU=TAC;O=Cisco;L=Krakow;ST=Malopolska;C=PL";
    static const char capf[] = "CN=CAPF-e41e7d87;OU=TAC;O=Cisco;L=Krakow;ST=Malopolska;C=PL";
    EVP_PKEY *key = lab_rsa(1024);
    struct cert *p = lab_make(&(struct lab_wanted){
        .subject = pub, .serial_len = 16, .serial_seed = 1, .key = key, .der_len = 694, .md = EVP_sha1()});
    struct cert *c = lab_make(&(struct lab_wanted){
        .subject = capf, .serial_len = 16, .serial_seed = 2, .key = key, .der_len = 680, .md = EVP_sha1()});
    struct cert *s = lab_make(&(struct lab_wanted){
        .subject = sub, .serial_len = 16, .serial_seed = 3, .key = key, .der_len = 696, .md = EVP_sha1()});
    const struct ctl_member members[] = {
        {.cert = p, .role = ROLE_SAST, .dns_name = "cucm-1051-a-pub", .has_ip = true},
        {.cert = p, .role = ROLE_CCM_TFTP, .dns_name = "cucm-1051-a-pub", .has_ip = true},
        {.cert = c, .role = ROLE_CAPF, .dns_name = "cucm-1051-a-pub", .has_ip = true},
        {.cert = s, .role = ROLE_CCM_TFTP, .dns_name = "cucm-1051-a-sub1", .has_ip = true}};
    const struct ctl_build_params params = {.filename = "CTLFile.tlv",
                                            .timestamp = 1425675367,
                                            .digest = DIGEST_SHA1,
                                            .signer = p,
                                            .members = members,
                                            .nmembers = 4};
    struct vox_error err;
    struct bytes file;
    struct ctl_list *l;
    char *text;

    (void)state;
    if (ctl_build(&params, key, &file, &err) != VOX_OK)
        fail_msg("%s", err.text);
    l = lab_read(bytes_view_of(&file));
    text = shown(l, "CET-1");
    golden_agrees(text, "show-ctl-tokenless.txt");
    free(text);
    ctl_list_free(&l);
    bytes_free(&file);
    cert_free(&p);
    cert_free(&c);
    cert_free(&s);
    EVP_PKEY_free(key);
}

static void the_labs_itl_looks_as_it_did(void **state)
{
    struct bytes file = lab_file("ITLFile-sha512.tlv");
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    char *text = shown(l, "UTC0");

    (void)state;
    golden_agrees(text, "show-itl-lab.cucm.txt");
    free(text);
    ctl_list_free(&l);
    bytes_free(&file);
}

static void signature_bytes_have_no_zeros_in_front(void **state)
{
    struct bytes file = lab_file("CTLFile-sha1.tlv");
    struct ctl_list *l;
    char *text;

    (void)state;
    l = lab_read(bytes_view_of(&file));
    memcpy(l->file.data + l->header.signature_tlv_offset + 3, "\x05\x00\x0b\xff", 4);
    text = shown(l, "UTC0");
    says(text, "12      SIGNATURE       256\n                5  0  b  ff  ");
    says(text, "\n\nThe CTL file was not verified successfully.\n");
    says(text, "This etoken was not used to sign the CTL file.\n");
    free(text);
    ctl_list_free(&l);
    bytes_free(&file);
}

static void the_other_anchor_did_not_sign(void **state)
{
    struct cert *a = lab_cert("sast.pem"), *b = lab_cert("sast2.pem"), *tvs = lab_cert("tvs.pem");
    EVP_PKEY *key = lab_key("sast.pem");
    const struct ctl_member m[] = {{.cert = b, .role = ROLE_SAST, .dns_name = ""},
                                   {.cert = NULL, .role = ROLE_CCM_TFTP, .dns_name = "10.48.47.153", .has_ip = true},
                                   {.cert = tvs, .role = ROLE_TVS, .hash_only = true},
                                   {.cert = tvs, .role = 9}};
    struct ctl_list *l = lab_signed("CTLFile.tlv", a, key, m, 4);
    char *text = shown(l, "UTC0");

    (void)state;
    says(text, "This etoken was used to sign the CTL file.\n\n        CTL Record #:2\n");
    says(text, "This etoken was not used to sign the CTL file.\n\n        CTL Record #:3\n");
    says(text, "\n2       DNSNAME         1\n3       SUBJECTNAME ");
    says(text, "\n1       RECORDLENGTH    2       33\n2       DNSNAME         13      10.48.47.153\n"
               "4       FUNCTION        2       CCM+TFTP\n10      IPADDRESS       4\n\n");
    says(text, "\n11      CERTHASH        20      ");
    says(text, "\n12      HASH ALGORITHM  1       SHA-1\n");
    says(text, "\n4       FUNCTION        2       9\n");
    free(text);
    ctl_list_free(&l);
    cert_free(&a);
    cert_free(&b);
    cert_free(&tvs);
    EVP_PKEY_free(key);
}

static void a_hostile_name_cannot_reach_the_terminal(void **state)
{
    struct bytes file = lab_file("CTLFile-sha1.tlv");
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    char *text;

    (void)state;
    l->header.signer_name = "\033]0;owned\a";
    l->records[1].subject = "\x9b"
                            "2J\nThe CTL file was verified successfully.";
    l->records[1].tlvs[l->records[1].ntlvs++] = (struct record_tlv){.tag = 77};
    text = shown(l, "UTC0");
    says(text, "\\x1b]0;owned\\x07\n");
    says(text, "\\x9b2J\\x0aThe CTL file");
    says(text, "\n77      UNKNOWN         0\n");
    for (const char *p = text; *p != '\0'; p++)
        assert_true(*p == '\n' || ((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f));
    free(text);
    ctl_list_free(&l);
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_dump_is_reproduced),
        cmocka_unit_test(the_labs_itl_looks_as_it_did),
        cmocka_unit_test(signature_bytes_have_no_zeros_in_front),
        cmocka_unit_test(the_other_anchor_did_not_sign),
        cmocka_unit_test(a_hostile_name_cannot_reach_the_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
