/* What a header may look like, and every way in which it may not. */
#include "lab.h"

static struct bytes make(const struct lab_header *h)
{
    struct tlv_writer w = tlv_writer(1 << 20);

    lab_put_header(&w, h);
    return lab_done(&w);
}

static void test_fields(void **state)
{
    struct bytes file = make(&(struct lab_header){0});
    struct ctl_header h;

    (void)state;
    assert_int_equal(ctl_header_read(file.data, file.len, HEADER_LIST, &h, NULL), VOX_OK);
    assert_int_equal(h.version_major, 1);
    assert_int_equal(h.version_minor, 2);
    assert_int_equal(h.header_length, file.len);
    assert_int_equal(file.len % 4, 0);
    assert_int_equal(h.signer_version, SIGNER_VERSION_ABSENT);
    assert_string_equal(h.signer_name, "CN=a");
    assert_string_equal(h.ca_name, "CN=a");
    assert_int_equal(h.serial.len, 3);
    assert_int_equal(h.digest, DIGEST_SHA1);
    assert_int_equal(h.modulus_code, 1);
    assert_int_equal(h.signature.len, 128);
    assert_int_equal(file.data[h.signature_tlv_offset], 12);
    assert_string_equal(h.filename, "CTLFile.tlv");
    assert_true(h.has_timestamp);
    assert_int_equal(h.timestamp, 0x6b04ae06);
    assert_int_equal(h.ntlvs, 14);
    bytes_free(&file);
}

static void test_missing(void **state)
{
    static const struct {
        uint8_t tag;
        const char *says;
    } cases[] = {
        {1, "2.1: VERSION: not a trust list"},      {2, "2.2: HEADERLENGTH: two bytes of it must follow VERSION"},
        {3, "2.3: SIGNERID: is missing"},           {4, "2.4: SIGNERNAME: is missing"},
        {5, "2.5: SERIALNUMBER: is missing"},       {6, "2.6: CANAME: is missing"},
        {7, "2.7: SIGNATUREINFO: is missing"},      {8, "2.8: DIGESTALGORTITHM: is missing"},
        {9, "2.9: SIGNATUREALGOINFO: is missing"},  {10, "2.10: SIGNATUREALGORTITHM: is missing"},
        {11, "2.11: SIGNATUREMODULUS: is missing"}, {12, "2.12: SIGNATURE: is missing"},
        {14, "2.14: FILENAME: is missing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        lab_refused(make(&(struct lab_header){.leave_out = cases[i].tag}), cases[i].says);
}

static void test_missing_timestamp_is_taken(void **state)
{
    struct bytes file = make(&(struct lab_header){.leave_out = 15});
    struct ctl_header h;

    (void)state;
    assert_int_equal(ctl_header_read(file.data, file.len, HEADER_LIST, &h, NULL), VOX_OK);
    assert_false(h.has_timestamp);
    bytes_free(&file);
}

static void test_twice(void **state)
{
    static const uint8_t tags[] = {2, 4, 5, 6, 8, 10, 11, 12, 14, 15};

    (void)state;
    for (size_t i = 0; i < sizeof tags; i++) {
        char says[64];

        (void)snprintf(says, sizeof says, "trust-list.md 2.%u: ", tags[i]);
        lab_refused(make(&(struct lab_header){.twice = tags[i]}), says);
    }
    lab_refused(make(&(struct lab_header){.more = {(const uint8_t *)"\003\0\0", 3}}),
                "2.3: SIGNERID: stands there twice");
    lab_refused(make(&(struct lab_header){.twice = 1}), "2.2: HEADERLENGTH: two bytes of it must follow VERSION");
    lab_refused(make(&(struct lab_header){.more = {(const uint8_t *)"\001\0\002\001\002", 5}}),
                "2.1: VERSION: stands there twice");
}

static void test_wrong_place(void **state)
{
    static const struct {
        const char *tlv;
        size_t len;
        const char *says;
    } cases[] = {
        {"\004\0\001", 4, "2.4: SIGNERNAME: belongs in SIGNERID, stands outside of it"},
        {"\013\0\001\002", 4, "2.11: SIGNATUREMODULUS: belongs in SIGNATUREALGOINFO, stands outside of it"},
        {"\020\0\0", 3, "2.16: ENCRYPTION_INFO: has no place in a trust list"},
        {"\032\0\001\001", 4, "2.26: CONTENT_DIGEST_ALGORITHM: has no place in a trust list"},
        {"\034\0\003\001\001", 6, "2.28: SIGNERVERSION: must be 2 bytes, has 3"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lab_refused(make(&(struct lab_header){.more = {(const uint8_t *)cases[i].tlv, cases[i].len}}), cases[i].says);
    }
    /* A container in a container of its own kind. */
    struct tlv_writer w = tlv_writer(1 << 20);
    lab_put_header(&w, &(struct lab_header){.leave_out = 3, .more = {(const uint8_t *)"\003\0\003\003\0\0", 6}});
    lab_refused(lab_done(&w), "2.3: SIGNERID: belongs outside of containers, stands in SIGNERID");
}

static void test_unknown_tags_are_kept(void **state)
{
    struct bytes file = make(&(struct lab_header){.more = {(const uint8_t *)"\310\0\002xy\311\0\0\310\0\0", 11}});
    struct ctl_header h;

    (void)state;
    assert_int_equal(ctl_header_read(file.data, file.len, HEADER_LIST, &h, NULL), VOX_OK);
    assert_int_equal(h.ntlvs, 17);
    assert_int_equal(h.tlvs[14].tag, 200);
    assert_int_equal(h.tlvs[14].len, 2);
    bytes_free(&file);

    uint8_t many[3 * (HEADER_TAGS_MAX + 1)]; /* but not without end */
    for (size_t i = 0; i < sizeof many; i++)
        many[i] = i % 3 == 0 ? 200 : 0;
    lab_refused(make(&(struct lab_header){.more = {many, sizeof many}}), "2: header: more than 64 fields");
    file = make(&(struct lab_header){.more = {many, 3UL * (HEADER_TAGS_MAX - 14)}}); /* beside the 14 that must be */
    assert_int_equal(ctl_header_read(file.data, file.len, HEADER_LIST, &h, NULL), VOX_OK);
    assert_int_equal(h.ntlvs, HEADER_TAGS_MAX);
    bytes_free(&file);
    lab_refused(make(&(struct lab_header){.more = {many, 3UL * (HEADER_TAGS_MAX - 13)}}),
                "2: header: more than 64 fields");
}

static void test_padding(void **state)
{
    (void)state;
    for (size_t n = 1; n < 1000; n += 7) {
        struct bytes file = make(&(struct lab_header){.padding = n});
        struct ctl_header h;

        assert_int_equal(ctl_header_read(file.data, file.len, HEADER_LIST, &h, NULL), VOX_OK);
        assert_int_equal(h.padding, n);
        bytes_free(&file);
    }
    lab_refused(make(&(struct lab_header){.more = {(const uint8_t *)"\015\015\310\0\0", 5}}),
                "2.13: PADDING: byte 0xc8 follows it");
}

static void test_lengths(void **state)
{
    struct bytes good = make(&(struct lab_header){0});

    (void)state;
    for (unsigned wrong = 0; wrong <= UINT16_MAX; wrong++) {
        struct ctl_header h;

        if (wrong == good.len)
            continue;
        good.data[8] = (uint8_t)(wrong >> 8);
        good.data[9] = (uint8_t)wrong;
        enum vox_err code = ctl_header_read(good.data, good.len, HEADER_LIST, &h, NULL);
        /* Shorter ones that fall right before the time stamp or into the padding are whole headers by themselves;
         * what is left then is no record. */
        if (wrong > good.len)
            assert_int_equal(code, VOX_E_INPUT);
        if (code == VOX_OK) {
            struct ctl_list *l;

            assert_int_equal(ctl_list_read(good.data, good.len, &l, NULL), VOX_E_INPUT);
        }
    }
    bytes_free(&good);
}

static void test_inner_length_past_its_container(void **state)
{
    struct bytes file = make(&(struct lab_header){0});

    (void)state;
    /* SIGNERNAME's length: 1 and 2 are 10 bytes, SIGNERID's head 3, then tag 4 */
    assert_int_equal(file.data[13], 4);
    file.data[15] = 200;
    lab_refused(file, "2.3: SIGNERID: tag 4 at byte 13 says length 200, but");

    file = make(&(struct lab_header){0});
    file.data[12]++; /* SIGNERID one longer: swallows the next tag's byte */
    lab_refused(file, "2.3: SIGNERID: tag 7 at byte");

    file = make(&(struct lab_header){0});
    file.data[12] = 0; /* SIGNERID empty */
    lab_refused(file, "2.4: SIGNERNAME: belongs in SIGNERID, stands outside of it (byte 13)");
}

static void test_texts(void **state)
{
    struct bytes file = make(&(struct lab_header){0});

    (void)state;
    file.data[20] = 'x'; /* the NUL of SIGNERNAME */
    lab_refused(file, "2.4: SIGNERNAME: text lacks the NUL at its end (byte 13)");
    file = make(&(struct lab_header){0});
    file.data[17] = '\0';
    lab_refused(file, "2.4: SIGNERNAME: text has a NUL inside (byte 13)");
}

static void test_versions(void **state)
{
    struct bytes sgn = lab_file("signed-sha1.cnf.xml.sgn"), enc = lab_file("encrypted-sha1.cnf.xml.enc.sgn"),
                 list = lab_file("CTLFile-sha1.tlv"), pem = lab_file("sast.pem");
    struct vox_error err;
    enum header_kind kind;
    struct ctl_header h;

    (void)state;
    assert_true(ctl_header_guess(sgn.data, sgn.len, &kind) && kind == HEADER_SGN);
    assert_true(ctl_header_guess(enc.data, enc.len, &kind) && kind == HEADER_ENCSGN);
    assert_true(ctl_header_guess(list.data, list.len, &kind) && kind == HEADER_LIST);
    assert_false(ctl_header_guess(pem.data, pem.len, &kind));
    assert_false(ctl_header_guess(list.data, 4, &kind));
    assert_false(ctl_header_guess(NULL, 0, &kind));

    assert_int_equal(ctl_header_read(sgn.data, sgn.len, HEADER_LIST, &h, &err), VOX_E_INPUT);
    assert_string_equal(err.text, "trust-list.md 2.1: VERSION: 1.0 says that this is a signed file, not a trust list "
                                  "(byte 0)");
    assert_int_equal(ctl_header_read(list.data, list.len, HEADER_ENCSGN, &h, &err), VOX_E_INPUT);
    assert_int_equal(ctl_header_read(enc.data, enc.len, HEADER_SGN, &h, &err), VOX_E_INPUT);
    assert_int_equal(ctl_header_read(list.data, list.len, HEADER_SGN, &h, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "1.2 says that this is a trust list, not a signed file"));
    const uint8_t length[2] = {list.data[8], list.data[9]};
    list.data[8] = 0;
    list.data[9] = 7; /* it ends within HEADERLENGTH itself */
    assert_int_equal(ctl_header_read(list.data, list.len, HEADER_LIST, &h, &err), VOX_E_INPUT);
    assert_string_equal(err.text, "trust-list.md 2.2: HEADERLENGTH: 7 is too short for a header (byte 5)");
    memcpy(list.data + 8, length, 2);
    list.data[4] = 9;
    assert_int_equal(ctl_header_read(list.data, list.len, HEADER_LIST, &h, &err), VOX_E_INPUT);
    assert_string_equal(err.text, "trust-list.md 2.1: VERSION: must be 1.2 for a trust list, is 1.9 (byte 0)");
    assert_int_equal(ctl_header_read(NULL, 0, HEADER_LIST, &h, &err), VOX_E_INPUT);
    assert_string_equal(err.text, "trust-list.md 1: not a trust list: it is empty");
    bytes_free(&sgn);
    bytes_free(&enc);
    bytes_free(&list);
    bytes_free(&pem);
}

static void test_encrypted(void **state)
{
    struct bytes enc = lab_file("encrypted-sha512.cnf.xml.enc.sgn");
    struct vox_error err;
    struct ctl_header h;

    (void)state;
    assert_int_equal(ctl_header_read(enc.data, enc.len, HEADER_ENCSGN, &h, &err), VOX_OK);
    assert_int_equal(h.content_algorithm, 0);
    assert_int_equal(h.iv.len, 16);
    assert_in_range(h.padding_length, 1, 16);
    assert_int_equal(h.key_bits, 2048);
    assert_int_equal(h.key_algorithm, 1);
    assert_int_equal(h.wrapped_key.len, 256);
    assert_int_equal(h.content_digest_algorithm, DIGEST_SHA512);
    assert_int_equal(h.content_digest.len, 64);
    for (size_t len = 0; len < h.header_length; len++) { /* in a buffer of its own, so that ASan sees any step over */
        uint8_t *cut = malloc(len + 1);
        struct ctl_header part;

        memcpy(cut + 1, enc.data, len);
        assert_int_equal(ctl_header_read(cut + 1, len, HEADER_ENCSGN, &part, &err), VOX_E_INPUT);
        free(cut);
    }
    /* A field of the encryption missing: turned into an unknown tag. */
    for (size_t i = 0; i < h.ntlvs; i++) {
        if (h.tlvs[i].tag < 16 || h.tlvs[i].tag > 27)
            continue;
        struct ctl_header without;
        const uint8_t tag = enc.data[h.tlvs[i].offset];

        enc.data[h.tlvs[i].offset] = 201;
        assert_int_equal(ctl_header_read(enc.data, enc.len, HEADER_ENCSGN, &without, &err), VOX_E_INPUT);
        enc.data[h.tlvs[i].offset] = tag;
    }
    bytes_free(&enc);
}

static void test_modulus_codes(void **state)
{
    static const unsigned bits[] = {512, 1024, 2048, 4096};
    uint8_t code;

    (void)state;
    for (uint8_t i = 0; i < 4; i++) {
        assert_true(ctl_modulus_code(bits[i], &code));
        assert_int_equal(code, i);
        assert_int_equal(ctl_modulus_bits(i), bits[i]);
    }
    assert_false(ctl_modulus_code(3072, &code));
    assert_false(ctl_modulus_code(0, &code));
    assert_int_equal(ctl_modulus_bits(4), 0);
    assert_int_equal(ctl_modulus_bits(255), 0);
}

static void test_signed_text_leaves_out_the_signature(void **state)
{
    struct bytes file = lab_file("CTLFile-sha1.tlv");
    struct bytes_view parts[2];
    struct ctl_header h;

    (void)state;
    assert_int_equal(ctl_header_read(file.data, file.len, HEADER_LIST, &h, NULL), VOX_OK);
    ctl_signed_text(file.data, file.len, &h, parts);
    assert_ptr_equal(parts[0].data, file.data);
    assert_int_equal(parts[0].data[parts[0].len], 12); /* ends where the tag starts */
    assert_ptr_equal(parts[1].data, h.signature.data + h.signature.len);
    assert_int_equal(parts[0].len + 3 + h.signature.len + parts[1].len, file.len);
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_missing_timestamp_is_taken),
        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_wrong_place),
        cmocka_unit_test(test_unknown_tags_are_kept),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_inner_length_past_its_container),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_encrypted),
        cmocka_unit_test(test_modulus_codes),
        cmocka_unit_test(test_signed_text_leaves_out_the_signature),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
