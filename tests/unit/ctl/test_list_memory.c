/* Lists without memory: each of our own allocations fails once, and all from each one on, while a list is built, read,
 * verified and attached to its signature. It is the right list, or none and the reason. */
#include "lab_cluster.h"

#include <ctl/verify.h>

#include "../memory.h"

static struct lab_cluster x;
static struct bytes right; /* the list, and how it is before it is signed */
static struct bytes blank;

static void assert_right(enum vox_err code, struct bytes *out, const struct bytes *like)
{
    if (code == VOX_OK) {
        assert_true(bytes_equal(bytes_view_of(out), bytes_view_of(like)));
    } else {
        assert_int_equal(code, VOX_E_MEMORY);
        assert_null(out->data);
        assert_int_equal(out->len, 0);
    }
    bytes_free(out);
}

static enum vox_err building(void)
{
    struct bytes out;
    enum vox_err code = ctl_build(&x.params, x.key, &out, NULL);

    (void)memory_fails(false);
    assert_right(code, &out, &right);
    return code;
}

static enum vox_err preparing(void)
{
    struct bytes out;
    enum vox_err code = ctl_build_unsigned(&x.params, &out, NULL);

    (void)memory_fails(false);
    assert_right(code, &out, &blank);
    return code;
}

/* Every record, and a signature that holds; never a shorter list. */
static enum vox_err reading(void)
{
    struct ctl_list *l;
    enum vox_err code = ctl_list_read(right.data, right.len, &l, NULL);

    (void)memory_fails(false);
    if (code != VOX_OK) {
        assert_int_equal(code, VOX_E_MEMORY);
        assert_null(l);
        return code;
    }
    assert_int_equal(l->nrecords, x.params.nmembers);
    for (size_t i = 0; i < l->nrecords; i++)
        assert_true(l->records[i].cert != NULL && cert_same(l->records[i].cert, x.params.members[i].cert));
    (void)memory_fails(true);
    code = ctl_verify(l, NULL);
    (void)memory_fails(false);
    assert_true(code == VOX_OK || code == VOX_E_MEMORY);
    ctl_list_free(&l);
    return code;
}

static enum vox_err attaching(void)
{
    struct ctl_list *l = lab_read(bytes_view_of(&right));
    struct bytes out;
    enum vox_err code;

    (void)memory_fails(true);
    code = ctl_attach(bytes_view_of(&blank), l->header.signature, &out, NULL);
    (void)memory_fails(false);
    assert_right(code, &out, &right);
    ctl_list_free(&l);
    return code;
}

static void walk(enum vox_err (*work)(void))
{
    unsigned points = 0;

    for (int later = 0; later < 2; later++) {
        bool reached = true;

        for (long at = 1; reached; at++) {
            enum vox_err code;

            memory_plan(at, later != 0);
            (void)memory_fails(work != attaching);
            code = work();
            reached = memory_reached();
            points += reached;
            assert_true(reached || code == VOX_OK);
            assert_true(at < 2000);
        }
    }
    print_message("%u failing allocations\n", points);
    assert_true(points >= 4);
}

static void test_built(void **state)
{
    (void)state;
    walk(building);
    walk(preparing);
}

static void test_read(void **state)
{
    (void)state;
    walk(reading);
}

static void test_attached(void **state)
{
    (void)state;
    walk(attaching);
}

static int make(void **state)
{
    (void)state;
    lab_cluster_make(&x);
    right = lab_build(&x.params, x.key);
    return ctl_build_unsigned(&x.params, &blank, NULL) == VOX_OK ? 0 : -1;
}

static int release(void **state)
{
    (void)state;
    bytes_free(&right);
    bytes_free(&blank);
    lab_cluster_free(&x);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_attached),
    };

    return cmocka_run_group_tests(tests, make, release);
}
