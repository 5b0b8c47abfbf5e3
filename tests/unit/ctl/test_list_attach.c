/* A signature made elsewhere is put in, if it is the right one. */
#include "lab_cluster.h"

static void test_attach(void **state)
{
    struct lab_cluster x;
    struct bytes u, sig, out;
    struct bytes_view parts[2];
    struct vox_error err;
    struct ctl_header h;

    (void)state;
    lab_cluster_make(&x);
    struct bytes s = lab_build(&x.params, x.key);
    assert_int_equal(ctl_build_unsigned(&x.params, &u, NULL), VOX_OK);
    assert_int_equal(ctl_header_read(u.data, u.len, HEADER_LIST, &h, NULL), VOX_OK);
    ctl_signed_text(u.data, u.len, &h, parts);
    assert_int_equal(key_sign(x.key, x.params.digest, parts, 2, &sig, NULL), VOX_OK);

    assert_int_equal(ctl_attach(bytes_view_of(&u), bytes_view_of(&sig), &out, &err), VOX_OK);
    assert_true(bytes_equal(bytes_view_of(&out), bytes_view_of(&s)));
    bytes_free(&out);
    assert_int_equal(ctl_attach(bytes_view_of(&s), bytes_view_of(&sig), &out, &err), VOX_OK); /* onto a signed one */
    bytes_free(&out);

    assert_int_equal(ctl_attach(bytes_view_of(&u), (struct bytes_view){sig.data, 255}, &out, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "the signature has 255 bytes, but the header has room for 256"));
    assert_null(out.data);
    assert_int_equal(ctl_attach((struct bytes_view){u.data, u.len - 1}, bytes_view_of(&sig), &out, &err), VOX_E_INPUT);
    assert_null(out.data);
    sig.data[7] ^= 1;
    assert_int_equal(ctl_attach(bytes_view_of(&u), bytes_view_of(&sig), &out, &err), VOX_E_NO);
    assert_null(out.data);
    bytes_free(&sig);
    bytes_free(&u);
    bytes_free(&s);
    lab_cluster_free(&x);
}

static void test_the_signature_of_another_key(void **state)
{
    EVP_PKEY *other = lab_key("sast2.pem");
    struct lab_cluster x;
    struct bytes u, sig, out;
    struct bytes_view parts[2];
    struct ctl_header h;

    (void)state;
    lab_cluster_make(&x);
    assert_int_equal(ctl_build_unsigned(&x.params, &u, NULL), VOX_OK);
    assert_int_equal(ctl_header_read(u.data, u.len, HEADER_LIST, &h, NULL), VOX_OK);
    ctl_signed_text(u.data, u.len, &h, parts);
    assert_int_equal(key_sign(other, x.params.digest, parts, 2, &sig, NULL), VOX_OK);
    assert_int_equal(ctl_attach(bytes_view_of(&u), bytes_view_of(&sig), &out, NULL), VOX_E_NO);
    EVP_PKEY_free(other);
    bytes_free(&sig);
    bytes_free(&u);
    lab_cluster_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attach),
        cmocka_unit_test(test_the_signature_of_another_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
