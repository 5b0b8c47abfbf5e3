/*
 * The lengths that real clusters' dumps show, field by field: certificates are made whose names, serials, keys and DER
 * have those lengths, and what is built of them must add up to the published sums.
 */
#include "lab_cluster.h"

enum { NONE = 0 };

/* Lengths of a record's values; NONE where the field is absent. */
struct lengths {
    unsigned record, dns, subject, issuer, serial, key, signature, cert, ip, hash;
};

static size_t len_of(const struct ctl_record *r, uint8_t tag)
{
    for (size_t i = 0; i < r->ntlvs; i++) {
        if (r->tlvs[i].tag == tag)
            return r->tlvs[i].value.len;
    }
    return NONE;
}

static void check_record(const struct ctl_list *l, size_t i, const struct lengths *want)
{
    const struct ctl_record *r = &l->records[i];

    assert_true(i < l->nrecords);
    assert_int_equal(r->record_length, want->record);
    assert_int_equal(len_of(r, 2), want->dns);
    assert_int_equal(len_of(r, 3), want->subject);
    assert_int_equal(len_of(r, 4), 2);
    assert_int_equal(len_of(r, 5), want->issuer);
    assert_int_equal(len_of(r, 6), want->serial);
    assert_int_equal(len_of(r, 7), want->key);
    assert_int_equal(len_of(r, 8), want->signature);
    assert_int_equal(len_of(r, 9), want->cert);
    assert_int_equal(len_of(r, 10), want->ip);
    assert_int_equal(len_of(r, 11), want->hash);
    assert_int_equal(len_of(r, 12), want->hash != 0 ? 1 : 0);
}

struct header_lengths {
    unsigned signer_id, name, serial, ca_name, signature, header, raw;
};

static size_t header_len_of(const struct ctl_header *h, uint8_t tag)
{
    for (size_t i = 0; i < h->ntlvs; i++) {
        if (h->tlvs[i].tag == tag)
            return h->tlvs[i].len;
    }
    return NONE;
}

static void check_header(const struct ctl_header *h, const struct header_lengths *want)
{
    assert_int_equal(header_len_of(h, 3), want->signer_id);
    assert_int_equal(header_len_of(h, 4), want->name);
    assert_int_equal(header_len_of(h, 5), want->serial);
    assert_int_equal(header_len_of(h, 6), want->ca_name);
    assert_int_equal(header_len_of(h, 7), 15);
    assert_int_equal(header_len_of(h, 8), 1);
    assert_int_equal(header_len_of(h, 9), 8);
    assert_int_equal(header_len_of(h, 10), 1);
    assert_int_equal(header_len_of(h, 11), 1);
    assert_int_equal(header_len_of(h, 12), want->signature);
    assert_int_equal(header_len_of(h, 14), 12);
    assert_int_equal(header_len_of(h, 15), 4);
    assert_int_equal(header_len_of(h, 28), NONE);
    assert_int_equal(h->header_length, want->header);
    assert_int_equal(h->header_length - h->padding, want->raw);
}

static EVP_PKEY *rsa1024, *rsa2048;

static struct ctl_list *build(const struct ctl_member *members, size_t n, const char *filename, EVP_PKEY *key)
{
    const struct ctl_build_params p = {.filename = filename,
                                       .timestamp = 1425675367,
                                       .digest = DIGEST_SHA1,
                                       .signer = members[0].cert,
                                       .members = members,
                                       .nmembers = n};
    struct bytes file = lab_build(&p, key);
    struct ctl_list *l = lab_read(bytes_view_of(&file));

    bytes_free(&file);
    assert_int_equal(ctl_verify(l, NULL), VOX_OK);
    assert_int_equal(l->nrecords, n);
    return l;
}

static struct cert *own(const char *subject, size_t serial_len, EVP_PKEY *key, size_t der_len)
{
    return lab_make(&(struct lab_wanted){.subject = subject,
                                         .serial_len = serial_len,
                                         .serial_seed = 7,
                                         .key = key,
                                         .der_len = der_len,
                                         .md = EVP_sha1()});
}

#define PUB  "CN=cucm-1051-a-pub;OU=TAC;O=Cisco;L=Krakow;ST=Malopolska;C=PL"
#define CAPF "CN=CAPF-e41e7d87;OU=TAC;O=Cisco;L=Krakow;ST=Malopolska;C=PL"
#define SUB  "CN=cucm-1051-a-sub1;OU=TAC;O=Cisco;L=Krakow;ST=Malopolska;C=PL"

/* The publisher with an RSA 1024 key of DER length cert1, or an RSA 2048 one. */
static void tokenless(EVP_PKEY *key, const struct header_lengths *header, const struct lengths *pub, size_t sum)
{
    static const struct lengths capf = {1138, 16, 60, 60, 16, 140, 128, 680, 4, NONE},
                                sub = {1161, 17, 63, 63, 16, 140, 128, 696, 4, NONE};
    struct cert *p = own(PUB, 16, key, pub->cert), *c = own(CAPF, 16, rsa1024, 680), *s = own(SUB, 16, rsa1024, 696);
    const struct ctl_member members[] = {
        {.cert = p, .role = ROLE_SAST, .dns_name = "cucm-1051-a-pub", .has_ip = true},
        {.cert = p, .role = ROLE_CCM_TFTP, .dns_name = "cucm-1051-a-pub", .has_ip = true},
        {.cert = c, .role = ROLE_CAPF, .dns_name = "cucm-1051-a-pub", .has_ip = true},
        {.cert = s, .role = ROLE_CCM_TFTP, .dns_name = "cucm-1051-a-sub1", .has_ip = true},
    };
    struct ctl_list *l = build(members, 4, "CTLFile.tlv", key);

    check_header(&l->header, header);
    assert_string_equal(l->header.signer_name, PUB);
    check_record(l, 0, pub);
    check_record(l, 1, pub);
    check_record(l, 2, &capf);
    check_record(l, 3, &sub);
    assert_int_equal(l->file.len, sum);
    ctl_list_free(&l);
    cert_free(&p);
    cert_free(&c);
    cert_free(&s);
}

static void test_tokenless(void **state)
{
    (void)state;
    tokenless(rsa1024, &(struct header_lengths){149, 62, 16, 62, 128, 336, 333},
              &(struct lengths){1156, 16, 62, 62, 16, 140, 128, 694, 4, NONE}, 4947);
}

static void test_tokenless_with_2048_bits(void **state)
{
    (void)state;
    tokenless(rsa2048, &(struct header_lengths){149, 62, 16, 62, 256, 464, 461},
              &(struct lengths){1675, 16, 62, 62, 16, 270, 256, 955, 4, NONE}, 6113);
}

/* Two tokens, and a cluster that went back to non-secure mode: emptied records, none with a SIGNATURE. The names are
 * not the tokens' odd ones but have their lengths. */
static void test_tokens(void **state)
{
    static const struct lengths token = {1186, 1, 56, 42, 10, 140, NONE, 902, 4, NONE},
                                emptied = {33, 13, NONE, NONE, NONE, NONE, NONE, NONE, 4, NONE},
                                capf = {1004, 13, 60, 60, 16, 140, NONE, 680, 4, NONE};
    struct lab_wanted w = {.subject = "CN=SAST-ADN0054f509-eleven;OU=IPCBU;O=Cisco Systems Inc",
                           .issuer = "CN=Cisco Manufacturing CA;O=Cisco Systems",
                           .serial_len = 10,
                           .serial_seed = 1,
                           .key = rsa1024,
                           .issuer_key = rsa2048,
                           .der_len = 902};
    struct cert *one = lab_make(&w), *two,
                *c = own("CN=CAPF-e9037b69;OU=TAC;O=Cisco;L=Krakow;ST=Malopolska;C=PL", 16, rsa1024, 680);

    (void)state;
    w.serial_seed = 2;
    two = lab_make(&w);
    const struct ctl_member members[] = {
        {.cert = one, .role = ROLE_SAST, .dns_name = "", .has_ip = true, .token = true},
        {.cert = two, .role = ROLE_SAST, .dns_name = "", .has_ip = true, .token = true},
        {.role = ROLE_CCM_TFTP, .dns_name = "10.48.47.153", .has_ip = true},
        {.cert = c, .role = ROLE_CAPF, .dns_name = "10.48.47.153", .has_ip = true, .token = true},
        {.role = ROLE_CCM_TFTP, .dns_name = "10.48.47.154", .has_ip = true},
    };
    struct ctl_list *l = build(members, 5, "CTLFile.tlv", rsa1024);

    check_header(&l->header, &(struct header_lengths){117, 56, 10, 42, 128, 304, 301});
    check_record(l, 0, &token);
    check_record(l, 1, &token);
    check_record(l, 2, &emptied);
    check_record(l, 3, &capf);
    check_record(l, 4, &emptied);
    assert_int_equal(l->file.len, 3746);
    ctl_list_free(&l);
    cert_free(&one);
    cert_free(&two);
    cert_free(&c);
}

/* Two SASTs, several nodes, serials of 8 and of 16 bytes. */
static void test_several_nodes(void **state)
{
    static const struct {
        const char *subject, *dns;
        int role;
        struct lengths want;
    } rows[] = {
        {"CN=gigantic-6.cisco.com;OU=VTG;O=Alpha;L=SJ;ST=CA;C=US",
         "gigantic-6",
         ROLE_SAST,
         {1147, 11, 55, 55, 8, 140, 128, 712, 4, NONE}},
        {"CN=gigantic-6.cisco.com;OU=VTG;O=Alpha;L=SJ;ST=CA;C=US",
         "gigantic-6",
         ROLE_CCM_TFTP,
         {1147, 11, 55, 55, 8, 140, 128, 712, 4, NONE}},
        {"CN=gigantic-7.cisco.com;OU=vtg;O=cisco;L=san jose;ST=ca;C=US",
         "gigantic-7",
         ROLE_CCM_TFTP,
         {1171, 11, 61, 61, 8, 140, 128, 724, 4, NONE}},
        {"CN=CAPF-2076a1a2;OU=VTG;O=Alpha;L=SJ;ST=CA;C=US",
         "gigantic-6",
         ROLE_CAPF,
         {1085, 11, 48, 48, 16, 140, 128, 656, 4, NONE}},
        {"CN=ITLRECOVERY_gigantic-6.cisco.com;OU=CTG;O=Alpha;L=SJ;ST=CA;C=US",
         "gigantic-6",
         ROLE_SAST,
         {1161, 11, 67, 67, 16, 140, 128, 694, 4, NONE}},
        {"CN=ccm-sjcctg-013.cisco.com;OU=CTG;O=Alpha;L=SJ;ST=CA;C=US",
         "ccm-sjcctg-013",
         ROLE_CCM_TFTP,
         {1143, 15, 59, 59, 16, 140, 128, 688, 4, NONE}},
    };
    struct cert *certs[6];
    struct ctl_member members[6];

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        certs[i] = own(rows[i].subject, rows[i].want.serial, rsa1024, rows[i].want.cert);
        members[i] =
            (struct ctl_member){.cert = certs[i], .role = rows[i].role, .dns_name = rows[i].dns, .has_ip = true};
    }
    struct ctl_list *l = build(members, 6, "CTLFile.tlv", rsa1024);
    check_header(&l->header, &(struct header_lengths){127, 55, 8, 55, 128, 312, 311});
    for (size_t i = 0; i < 6; i++)
        check_record(l, i, &rows[i].want);
    assert_int_equal(l->file.len, 7166);
    ctl_list_free(&l);
    for (size_t i = 0; i < 6; i++)
        cert_free(&certs[i]);
}

/* An old ITL: a signer issued by a CA, hashes in place of the CAPF and TVS certificates, no IPADDRESS. */
static void test_an_old_itl(void **state)
{
    static const struct lengths ccm = {1972, 2, 76, 15, 10, 140, 256, 1442, NONE, NONE},
                                capf = {455, 2, 61, 61, 8, 140, 128, NONE, NONE, 20},
                                tvs = {743, 2, 76, 76, 8, 270, 256, NONE, NONE, 20};
    const char *name = "CN=CUCM8-Publisher.bbbburns.lab;OU=TAC;O=Cisco;L=RTP;ST=North Carolina;C=US";
    struct cert *c = lab_make(&(struct lab_wanted){.subject = name,
                                                   .issuer = "CN=JASBURNS-AD",
                                                   .serial_len = 10,
                                                   .key = rsa1024,
                                                   .issuer_key = rsa2048,
                                                   .der_len = 1442}),
                *p = own("CN=CAPF-9c4cba7d;OU=TAC;O=Cisco;L=RTP;ST=North Carolina;C=US", 8, rsa1024, 0),
                *t = own(name, 8, rsa2048, 0);
    const struct ctl_member members[] = {
        {.cert = c, .role = ROLE_SAST, .dns_name = "1"},
        {.cert = c, .role = ROLE_TFTP, .dns_name = "1"},
        {.cert = p, .role = ROLE_CAPF, .dns_name = "1", .hash_only = true},
        {.cert = t, .role = ROLE_TVS, .dns_name = "1", .hash_only = true},
    };
    struct ctl_list *l = build(members, 4, "ITLFile.tlv", rsa1024);

    (void)state;
    check_header(&l->header, &(struct header_lengths){110, 76, 10, 15, 128, 296, 294});
    check_record(l, 0, &ccm);
    check_record(l, 1, &ccm);
    check_record(l, 2, &capf);
    check_record(l, 3, &tvs);
    assert_int_equal(l->file.len, 5438);
    ctl_list_free(&l);
    cert_free(&c);
    cert_free(&p);
    cert_free(&t);
}

static int make_keys(void **state)
{
    (void)state;
    rsa1024 = lab_rsa(1024);
    rsa2048 = lab_key("ccm.pem");
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa1024);
    EVP_PKEY_free(rsa2048);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokenless),  cmocka_unit_test(test_tokenless_with_2048_bits),
        cmocka_unit_test(test_tokens),     cmocka_unit_test(test_several_nodes),
        cmocka_unit_test(test_an_old_itl),
    };

    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
