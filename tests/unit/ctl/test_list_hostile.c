/* tests/vectors/hostile: each file is refused for what it is named after; none without a row here. */
#include <dirent.h>

#include "lab.h"

#include <ctl/verify.h>

struct row {
    const char *file;
    enum vox_err code; /* VOX_E_INPUT: not read; VOX_E_NO: read, not verified */
    const char *says;
};

static const struct row rows[] = {
    {"address-of-five-bytes.tlv", VOX_E_INPUT,
     "record 1: trust-list.md 3.10: IPADDRESS: must be 4 bytes (16 for IPv6), has 5"},
    {"bytes-left-over.tlv", VOX_E_INPUT,
     "record 4: trust-list.md 3.1: RECORDLENGTH: two bytes of it must start a record"},
    {"certificate-cut.tlv", VOX_E_INPUT, "record 1: trust-list.md 3.9: CERTIFICATE: not exactly one DER certificate"},
    {"certificate-indefinite-length.tlv", VOX_E_INPUT,
     "record 1: trust-list.md 3.9: CERTIFICATE: not exactly one DER certificate"},
    {"certificate-two-in-one.tlv", VOX_E_INPUT,
     "record 1: trust-list.md 3.9: CERTIFICATE: not exactly one DER certificate"},
    {"certificate-with-bytes-behind-it.tlv", VOX_E_INPUT,
     "record 1: trust-list.md 3.9: CERTIFICATE: not exactly one DER certificate"},
    {"digest-of-two-bytes.tlv", VOX_E_INPUT, "trust-list.md 2.8: DIGESTALGORTITHM: must be 1 byte, has 2"},
    {"digest-unknown.tlv", VOX_E_NO, "trust-list.md 2.8: DIGESTALGORTITHM: 7 is no digest that phones know"},
    {"dnsname-with-a-nul-inside.tlv", VOX_E_INPUT, "record 1: trust-list.md 3.2: DNSNAME: text has a NUL inside"},
    {"empty-serial.tlv", VOX_E_INPUT, "record 1: trust-list.md 3.6: SERIALNUMBER: is empty"},
    {"empty.tlv", VOX_E_INPUT, "trust-list.md 1: not a trust list: it is empty"},
    {"field-behind-padding.tlv", VOX_E_INPUT, "trust-list.md 2.13: PADDING: byte 0x0e follows it"},
    {"function-of-three-bytes.tlv", VOX_E_INPUT, "record 1: trust-list.md 3.4: FUNCTION: must be 2 bytes, has 3"},
    {"headerlength-one-less.tlv", VOX_E_INPUT,
     "trust-list.md 2.2: header: tag 15 at byte 457 says length 4, but 3 bytes are left"},
    {"headerlength-past-the-end.tlv", VOX_E_INPUT,
     "trust-list.md 2.2: HEADERLENGTH: 65535 runs past the end of the file, 5534 bytes"},
    {"headerlength-swallows-a-record.tlv", VOX_E_INPUT, "trust-list.md 2.1: VERSION: stands there twice"},
    {"headerlength-zero.tlv", VOX_E_INPUT, "trust-list.md 2.2: HEADERLENGTH: 0 is too short for a header"},
    {"many-header-fields.tlv", VOX_E_INPUT, "trust-list.md 2: header: more than 64 fields"},
    {"many-records.tlv", VOX_E_INPUT, "trust-list.md 6: list: more than 1000 records"},
    {"modulus-4096-with-a-2048-signature.tlv", VOX_E_NO,
     "trust-list.md 2.12: SIGNATURE: has 256 bytes, but SIGNATUREMODULUS says 4096 bits"},
    {"no-records.tlv", VOX_E_NO, "trust-list.md 4: the signer that the header names"},
    {"no-signature.tlv", VOX_E_INPUT, "trust-list.md 2.12: SIGNATURE: is missing (header of 205 bytes)"},
    {"no-signatureinfo.tlv", VOX_E_INPUT, "trust-list.md 2.7: SIGNATUREINFO: is missing (header of 446 bytes)"},
    {"no-signerid.tlv", VOX_E_INPUT, "trust-list.md 2.3: SIGNERID: is missing (header of 314 bytes)"},
    {"not-a-list.tlv", VOX_E_INPUT, "trust-list.md 2.1: VERSION: not a trust list: it does not start with a version"},
    {"one-byte.tlv", VOX_E_INPUT, "trust-list.md 2.1: VERSION: not a trust list: it does not start with a version"},
    {"padding-in-the-middle.tlv", VOX_E_INPUT, "trust-list.md 2.13: PADDING: byte 0xc8 follows it"},
    {"record-added.tlv", VOX_E_NO, "the signature is not valid"},
    {"record-removed.tlv", VOX_E_NO, "the signature is not valid"},
    {"record-without-function.tlv", VOX_E_INPUT,
     "record 1: trust-list.md 3.4: FUNCTION: is missing (record at byte 464)"},
    {"recordlength-one-less.tlv", VOX_E_INPUT,
     "record 1: trust-list.md 3.1: record: tag 9 at byte 1153 says length 1000, but 999 bytes are left"},
    {"recordlength-one-more.tlv", VOX_E_INPUT,
     "record 1: trust-list.md 3.1: record: tag 1 at byte 2156 has no room for its length"},
    {"recordlength-over-two-records.tlv", VOX_E_INPUT, "record 1: trust-list.md 3.1: RECORDLENGTH: stands there twice"},
    {"recordlength-past-the-end.tlv", VOX_E_INPUT,
     "record 1: trust-list.md 3.1: RECORDLENGTH: 65535 runs past the end of the file, 5070 bytes are left"},
    {"recordlength-zero.tlv", VOX_E_INPUT, "record 1: trust-list.md 3.1: RECORDLENGTH: 0 is too short for a record"},
    {"records-swapped.tlv", VOX_E_NO, "the signature is not valid"},
    {"signature-cut-out-and-replaced.tlv", VOX_E_NO, "the signature is not valid"},
    {"signature-longer-than-its-key.tlv", VOX_E_NO,
     "trust-list.md 2.12: SIGNATURE: has 512 bytes, but SIGNATUREMODULUS says 2048 bits"},
    {"signer-not-in-the-list.tlv", VOX_E_NO, "trust-list.md 4: the signer that the header names"},
    {"signer-without-the-sast-role.tlv", VOX_E_NO, "trust-list.md 4: the signer that the header names"},
    {"signerid-nested-in-itself.tlv", VOX_E_INPUT,
     "trust-list.md 2.3: SIGNERID: belongs outside of containers, stands in SIGNERID"},
    {"signername-past-its-container.tlv", VOX_E_INPUT,
     "trust-list.md 2.3: SIGNERID: tag 4 at byte 18 says length 65535, but 144 bytes are left"},
    {"signername-with-a-nul-inside.tlv", VOX_E_INPUT, "trust-list.md 2.4: SIGNERNAME: text has a NUL inside"},
    {"signername-without-nul.tlv", VOX_E_INPUT, "trust-list.md 2.4: SIGNERNAME: text lacks the NUL at its end"},
    {"subject-without-nul.tlv", VOX_E_INPUT, "record 1: trust-list.md 3.3: SUBJECTNAME: text lacks the NUL at its end"},
    {"two-certificates.tlv", VOX_E_INPUT, "record 1: trust-list.md 3.9: CERTIFICATE: stands there twice"},
    {"two-filenames.tlv", VOX_E_INPUT, "trust-list.md 2.14: FILENAME: stands there twice"},
    {"two-functions.tlv", VOX_E_INPUT, "record 1: trust-list.md 3.4: FUNCTION: stands there twice"},
    {"two-signatures.tlv", VOX_E_INPUT, "trust-list.md 2.12: SIGNATURE: stands there twice"},
    {"version-of-a-signed-file.tlv", VOX_E_INPUT,
     "trust-list.md 2.1: VERSION: 1.0 says that this is a signed file, not a trust list"},
};

enum { ROWS = sizeof rows / sizeof *rows };

static enum vox_err judge(const char *name, struct vox_error *err)
{
    struct ctl_list *l;
    struct bytes file;
    enum vox_err code;
    char path[512];

    assert_true((size_t)snprintf(path, sizeof path, "%s/hostile/%s", VOX_VECTORS, name) < sizeof path);
    if (file_read(path, 1 << 20, &file, err) != VOX_OK)
        fail_msg("%s: %s", path, err->text);
    if ((code = ctl_list_read(file.data, file.len, &l, err)) == VOX_OK) {
        code = ctl_verify(l, err);
        ctl_list_free(&l);
    }
    bytes_free(&file);
    return code;
}

static void test_each_is_refused_for_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct vox_error err = {0};
        enum vox_err code = judge(rows[i].file, &err);

        if (code != rows[i].code || strstr(err.text, rows[i].says) == NULL)
            fail_msg("%s: code %d: %s", rows[i].file, code, err.text);
    }
}

static void test_every_file_has_a_row(void **state)
{
    DIR *dir = opendir(VOX_VECTORS "/hostile");
    struct dirent *e;
    size_t files = 0;

    (void)state;
    assert_non_null(dir);
    while ((e = readdir(dir)) != NULL) {
        const char *dot = strrchr(e->d_name, '.');
        bool found = false;

        if (dot == NULL || strcmp(dot, ".tlv") != 0)
            continue;
        for (size_t i = 0; i < ROWS && !found; i++)
            found = strcmp(rows[i].file, e->d_name) == 0;
        if (!found)
            fail_msg("%s has no row", e->d_name);
        files++;
    }
    (void)closedir(dir);
    assert_int_equal(files, ROWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_is_refused_for_its_reason),
        cmocka_unit_test(test_every_file_has_a_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
