/*
 * Nothing that was altered passes: every truncation, every single-bit flip, every length that lies, of signed lists.
 * Refused means: not read, or not verified.
 */
#include "lab_cluster.h"

/* Sanitizers make each try some ten times slower: take a part that still meets every bit position and every field. */
#if defined(__SANITIZE_ADDRESS__)
enum { STRIDE = 13 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { STRIDE = 13 };
#else
enum { STRIDE = 1 };
#endif
#else
enum { STRIDE = 1 };
#endif

static bool passes(const uint8_t *data, size_t len)
{
    struct ctl_list *l;
    bool ok;

    if (ctl_list_read(data, len, &l, NULL) != VOX_OK)
        return false;
    ok = ctl_verify(l, NULL) == VOX_OK;
    ctl_list_free(&l);
    return ok;
}

static struct bytes built(void)
{
    struct lab_cluster x;

    lab_cluster_make(&x);
    x.members[2].dns_name = "cm1.example.test";
    x.members[2].has_ip = true;
    x.members[3] = (struct ctl_member){.role = ROLE_CCM_TFTP, .dns_name = "10.48.47.153", .has_ip = true};
    x.members[5].hash_only = true;
    x.params.signer_version = SIGNER_VERSION_ABSENT;
    x.params.digest = DIGEST_SHA256;
    struct bytes file = lab_build(&x.params, x.key);
    lab_cluster_free(&x);
    return file;
}

static void each_list(void (*try)(struct bytes file, const char *what))
{
    static const char *const files[] = {"CTLFile-sha1.tlv", "CTLFile-sha512.tlv", "ITLFile-sha1.tlv",
                                        "ITLFile-sha512.tlv"};

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct bytes file = lab_file(files[i]);

        assert_true(passes(file.data, file.len));
        try(file, files[i]);
        bytes_free(&file);
    }
    struct bytes file = built();
    assert_true(passes(file.data, file.len));
    try(file, "a built list");
    bytes_free(&file);
}

static void truncate_it(struct bytes file, const char *what)
{
    for (size_t len = 0; len < file.len; len++) {
        uint8_t *cut = malloc(len + 1); /* of its own, so that a step over the end is seen */

        assert_non_null(cut);
        memcpy(cut + 1, file.data, len);
        if (passes(cut + 1, len))
            fail_msg("%s cut to %zu bytes passes", what, len);
        free(cut);
    }
}

static void test_every_truncation(void **state)
{
    (void)state;
    each_list(truncate_it);
}

/* The signer's certificate, decoded once: half of the time of each try. */
static struct cert *signer;

/* passes(), where an unaltered signer's certificate need not be decoded again. */
static bool passes_fast(const uint8_t *data, size_t len)
{
    struct ctl_list *l;
    bool ok;

    if (ctl_list_read(data, len, &l, NULL) != VOX_OK)
        return false;
    if (l->nrecords > 0 && l->records[0].cert != NULL && cert_same(l->records[0].cert, signer))
        ok = ctl_verify_with(l, cert_key(signer), NULL) == VOX_OK;
    else
        ok = ctl_verify(l, NULL) == VOX_OK;
    ctl_list_free(&l);
    return ok;
}

static void flip_it(struct bytes file, const char *what)
{
    signer = lab_cert("sast.pem");
    assert_true(passes_fast(file.data, file.len));
    for (size_t bit = 0; bit < file.len * 8; bit += STRIDE) {
        file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (passes_fast(file.data, file.len))
            fail_msg("%s with bit %zu of byte %zu flipped passes", what, bit % 8, bit / 8);
        file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    cert_free(&signer);
}

static void test_every_flip_of_a_ctl(void **state)
{
    struct bytes file = lab_file("CTLFile-sha1.tlv");

    (void)state;
    flip_it(file, "CTLFile-sha1.tlv");
    bytes_free(&file);
}

static void test_every_flip_of_an_itl(void **state)
{
    struct bytes file = lab_file("ITLFile-sha512.tlv");

    (void)state;
    flip_it(file, "ITLFile-sha512.tlv");
    bytes_free(&file);
}

/* Offsets of all length fields: of TLVs, of the header and of records. */
static size_t lengths_of(const struct ctl_list *l, size_t *out, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < l->header.ntlvs; i++)
        out[n++] = l->header.tlvs[i].offset + 1;
    out[n++] = 8; /* HEADERLENGTH's value */
    for (size_t r = 0; r < l->nrecords; r++) {
        for (size_t i = 0; i < l->records[r].ntlvs; i++) {
            assert_true(n + 2 < max);
            out[n++] = l->records[r].tlvs[i].offset + 1;
        }
        out[n++] = l->records[r].offset + 3; /* RECORDLENGTH's value */
    }
    return n;
}

static void lie_about_lengths(struct bytes file, const char *what)
{
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    size_t at[512], n = lengths_of(l, at, 512);

    ctl_list_free(&l);
    assert_true(n > 40);
    for (size_t i = 0; i < n; i++) {
        uint8_t *p = file.data + at[i];
        const uint8_t was[] = {p[0], p[1]};
        const unsigned is = (unsigned)(was[0] << 8 | was[1]);
        const unsigned lies[] = {is - 1, is + 1, 0, 0x7fff, 0x8000, 0xffff};

        for (size_t k = 0; k < sizeof lies / sizeof *lies; k++) {
            if (lies[k] == is)
                continue;
            p[0] = (uint8_t)(lies[k] >> 8);
            p[1] = (uint8_t)lies[k];
            if (passes(file.data, file.len))
                fail_msg("%s with the length at byte %zu changed from %u to %u passes", what, at[i], is, lies[k]);
        }
        p[0] = was[0];
        p[1] = was[1];
    }
}

static void test_every_length_that_lies(void **state)
{
    (void)state;
    each_list(lie_about_lengths);
}

static void test_something_behind_it(void **state)
{
    struct bytes file = lab_file("CTLFile-sha1.tlv");
    uint8_t *more = calloc(1, 2 * file.len);

    (void)state;
    memcpy(more, file.data, file.len);
    memcpy(more + file.len, file.data + 464, 100);
    for (size_t n = 1; n < 100; n++)
        assert_false(passes(more, file.len + n));
    memcpy(more + file.len, file.data + 464, 1692); /* a whole record once more */
    assert_false(passes(more, file.len + 1692));
    free(more);
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_truncation),     cmocka_unit_test(test_every_flip_of_a_ctl),
        cmocka_unit_test(test_every_flip_of_an_itl), cmocka_unit_test(test_every_length_that_lies),
        cmocka_unit_test(test_something_behind_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
