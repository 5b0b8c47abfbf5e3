/* JSON: the keys of docs/formats/json.md, and what a hostile file makes of them. */
#include <ctl/show.h>

#include "lab_list.h"

static const char *text_of(json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    if (s == NULL)
        fail_msg("no text under %s", key);
    return s;
}

static json_t *array_at(json_t *o, const char *key, size_t i)
{
    return json_array_get(json_object_get(o, key), i);
}

/* Exactly these keys, in this order, separated by blanks. */
static void has_keys(json_t *o, const char *keys)
{
    char said[512] = "";
    const char *key;
    json_t *value;

    json_object_foreach(o, key, value)
    {
        if (said[0] != '\0')
            strcat(said, " ");
        strcat(said, key);
    }
    assert_string_equal(said, keys);
}

static void a_list_has_its_keys(void **state)
{
    struct bytes file = lab_file("ITLFile-sha512.tlv");
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    json_t *o = ctl_show_json(l), *r, *c;

    (void)state;
    has_keys(o, "kind size md5 sha1 sha256 version header_length signer_version signer digest signature_algorithm "
                "modulus_bits signature filename timestamp header_padding verification records");
    assert_string_equal(text_of(o, "kind"), "itl");
    assert_string_equal(text_of(o, "version"), "1.2");
    assert_string_equal(text_of(o, "signer_version"), "1.1");
    assert_string_equal(text_of(o, "digest"), "sha512");
    assert_string_equal(text_of(o, "timestamp"), "2026-11-23T21:20:06Z");
    assert_int_equal(json_integer_value(json_object_get(o, "modulus_bits")), 2048);
    assert_true(json_is_true(json_object_get(json_object_get(o, "verification"), "valid")));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(o, "verification"), "record")), 1);
    assert_int_equal(json_array_size(json_object_get(o, "records")), l->nrecords);
    r = array_at(o, "records", 0);
    has_keys(r, "record offset length role function signed_this dns ip subject issuer serial public_key signature "
                "certificate hash tags");
    assert_string_equal(text_of(r, "role"), "sast");
    assert_string_equal(text_of(r, "serial"), "8e8283ca927a4c49d372ad4570b1cf8d");
    assert_true(json_is_true(json_object_get(r, "signed_this")));
    assert_true(json_is_null(json_object_get(r, "dns")));
    c = json_object_get(r, "certificate");
    has_keys(c, "subject issuer serial not_before not_after key sha256 sha1 pem");
    assert_string_equal(text_of(c, "key"), "RSA 2048");
    assert_int_equal(strncmp(text_of(c, "pem"), "-----BEGIN CERTIFICATE-----\n", 28), 0);
    json_decref(o);
    ctl_list_free(&l);
    bytes_free(&file);
}

static void what_is_absent_or_unknown_is_null(void **state)
{
    struct cert *a = lab_cert("sast.pem"), *tvs = lab_cert("tvs.pem");
    EVP_PKEY *key = lab_key("sast.pem");
    const struct ctl_member m[] = {{.cert = NULL, .role = 4711, .dns_name = "n", .has_ip = true, .ip = {1, 2, 3, 4}},
                                   {.cert = tvs, .role = ROLE_TVS, .hash_only = true}};
    struct ctl_list *l = lab_signed("CTLFile.tlv", a, key, m, 2);
    json_t *o, *r;

    (void)state;
    l->header.signer_version = SIGNER_VERSION_ABSENT;
    l->header.has_timestamp = false;
    l->header.modulus_code = 9;
    l->header.digest = 77;
    o = ctl_show_json(l);
    assert_true(json_is_null(json_object_get(o, "signer_version")));
    assert_true(json_is_null(json_object_get(o, "timestamp")));
    assert_true(json_is_null(json_object_get(o, "modulus_bits")));
    assert_int_equal(json_integer_value(json_object_get(o, "digest")), 77);
    assert_true(json_is_false(json_object_get(json_object_get(o, "verification"), "valid")));
    assert_non_null(text_of(json_object_get(o, "verification"), "why"));
    r = array_at(o, "records", 1);
    assert_true(json_is_null(json_object_get(r, "role")));
    assert_int_equal(json_integer_value(json_object_get(r, "function")), 4711);
    assert_string_equal(text_of(r, "ip"), "1.2.3.4");
    assert_true(json_is_null(json_object_get(r, "certificate")));
    assert_true(json_is_null(json_object_get(r, "hash")));
    r = json_object_get(array_at(o, "records", 2), "hash");
    assert_string_equal(text_of(r, "digest"), "sha1");
    assert_int_equal(strlen(text_of(r, "value")), 40);
    json_decref(o);
    ctl_list_free(&l);
    cert_free(&a);
    cert_free(&tvs);
    EVP_PKEY_free(key);
}

static void hostile_text_still_gives_a_document(void **state)
{
    struct bytes file = lab_file("CTLFile-sha1.tlv");
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    json_t *o;
    char *dumped;

    (void)state;
    l->header.signer_name = "\xff\xfe\033[2J";
    l->records[0].subject = "\xc3";
    o = ctl_show_json(l);
    assert_non_null(o);
    assert_string_equal(text_of(json_object_get(o, "signer"), "name"), "\\xff\\xfe\\x1b[2J");
    dumped = json_dumps(o, 0);
    assert_non_null(dumped);
    free(dumped);
    json_decref(o);
    ctl_list_free(&l);
    bytes_free(&file);
}

static void signed_files_have_headers(void **state)
{
    struct bytes sgn = lab_file("signed-sha1.cnf.xml.sgn"), enc = lab_file("encrypted-sha1.cnf.xml.enc.sgn");
    struct ctl_header h;
    json_t *o;

    (void)state;
    assert_int_equal(ctl_header_read(sgn.data, sgn.len, HEADER_SGN, &h, NULL), VOX_OK);
    o = ctl_header_show_json(&h);
    has_keys(o, "kind version header_length signer_version signer digest signature_algorithm modulus_bits signature "
                "filename timestamp header_padding encryption");
    assert_string_equal(text_of(o, "kind"), "sgn");
    assert_true(json_is_null(json_object_get(o, "encryption")));
    json_decref(o);
    assert_int_equal(ctl_header_read(enc.data, enc.len, HEADER_ENCSGN, &h, NULL), VOX_OK);
    o = ctl_header_show_json(&h);
    assert_string_equal(text_of(o, "kind"), "enc.sgn");
    has_keys(json_object_get(o, "encryption"),
             "algorithm iv padding key_bits key_algorithm wrapped_key content_digest content_digest_value");
    assert_int_equal(strlen(text_of(json_object_get(o, "encryption"), "iv")), 32);
    json_decref(o);
    bytes_free(&sgn);
    bytes_free(&enc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_has_its_keys),
        cmocka_unit_test(what_is_absent_or_unknown_is_null),
        cmocka_unit_test(hostile_text_still_gives_a_document),
        cmocka_unit_test(signed_files_have_headers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
