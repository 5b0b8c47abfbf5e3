/* What answers come from, without memory: each of our own allocations fails once, and all from each one on, while the
 * store is packed, unpacked and asked. All certificates are there, or nothing is and the reason. */
#include "../libcert/store_fixture.h"

#include "feed.h"

#include "../memory.h"

static struct cert *known;

/* Packed and unpacked, then a phone asks: it is told what is right, or nothing. */
static enum vox_err ask(void)
{
    const struct tvs_message question = {.command = TVS_VERIFY_REQUEST, .certificate = cert_der(known)};
    const struct tvs_policy policy = {.now = 1800000000};
    struct tvs_snapshot *snapshot = NULL;
    struct bytes packed = {NULL, 0}, reply = {NULL, 0};
    struct tvs_outcome o;
    enum vox_err code;

    if ((code = feed_pack(s, 4711, &packed, NULL)) == VOX_OK &&
        (code = feed_unpack(bytes_view_of(&packed), &snapshot, NULL)) == VOX_OK) {
        assert_int_equal(tvs_snapshot_count(snapshot), 2);
        if ((code = tvs_answer(&question, snapshot, &policy, &reply, &o, NULL)) == VOX_OK)
            assert_int_equal(o.status, TVS_TRUSTED);
    }
    (void)memory_fails(false);
    if (code != VOX_OK)
        assert_int_equal(code, VOX_E_MEMORY);
    tvs_snapshot_free(&snapshot);
    bytes_free(&packed);
    bytes_free(&reply);
    return code;
}

static void test_every_allocation(void **state)
{
    struct cert *other = lab_cert("sast.pem");
    unsigned points = 0;

    (void)state;
    known = lab_cert("capf.pem");
    bind_cert(known, "CAPF", "", BIND_ACTIVE);
    bind_cert(other, "ITLRecovery", "", BIND_ACTIVE);
    for (int later = 0; later < 2; later++) {
        bool reached = true;

        for (long at = 1; reached; at++) {
            enum vox_err code;

            memory_plan(at, later != 0);
            (void)memory_fails(true);
            code = ask();
            reached = memory_reached();
            points += reached;
            assert_true(reached || code == VOX_OK);
            assert_true(at < 1000);
        }
    }
    print_message("%u failing allocations\n", points);
    assert_true(points > 10);
    cert_free(&known);
    cert_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_allocation, store_setup, store_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
