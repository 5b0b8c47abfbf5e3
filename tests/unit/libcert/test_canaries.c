/* Canaries: one of a kind in a folder at a time, steps, phones; damage by hand is found. */
#include "unit/libcert/store_fixture.h"

#include <libcert/canaries.h>
#include <libcert/inventory.h>

static const uint8_t bytes[] = "any bytes do: the store does not read them";
static const struct bytes_view list = {bytes, sizeof bytes};

static struct canary one(const char *kind, const char *dir)
{
    return (struct canary){
        .kind = strdup(kind), .dir = strdup(dir), .step = CANARY_GROWING, .started = 1000, .changed = 1000};
}

static void one_at_a_time_until_it_ends(void **state)
{
    struct canary a = one("itl", "/tftp"), b = one("itl", "/tftp"), c = one("ctl", "/tftp"), *all;
    struct bytes kept;
    size_t n;

    (void)state;
    assert_done(canary_add(s, &a, list, err));
    assert_int_equal(strlen(a.sha256), 64);
    assert_refused(canary_add(s, &b, list, err), VOX_E_EXISTS, "is open in /tftp already");
    assert_done(canary_add(s, &c, list, err));
    assert_done(inventory_list_bytes(s, a.sha256, &kept, err));
    assert_true(bytes_equal(bytes_view_of(&kept), list));
    bytes_free(&kept);
    assert_done(canary_set_step(s, a.id, CANARY_WITHDRAWN, 2000, err));
    assert_done(canary_add(s, &b, list, err));
    assert_done(canaries_read(s, false, &all, &n, err));
    assert_int_equal(n, 2);
    canaries_free(&all, n);
    assert_done(canaries_read(s, true, &all, &n, err));
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(all[i].started, 1000);
        if (strcmp(all[i].id, a.id) == 0)
            assert_true(all[i].step == CANARY_WITHDRAWN && all[i].changed == 2000);
    }
    canaries_free(&all, n);
    assert_refused(canary_set_step(s, "00", CANARY_OPEN, 1, err), VOX_E_NOT_FOUND, "no such canary");
    canary_clear(&a);
    canary_clear(&b);
    canary_clear(&c);
}

static void phones_are_in_it_once_and_by_name(void **state)
{
    struct canary a = one("itl", "/tftp");
    struct canary_phone *phones;
    size_t n;

    (void)state;
    assert_done(canary_add(s, &a, list, err));
    for (int i = 0; i < 2; i++) {
        assert_done(canary_phone_add(s, a.id, "SEP000000000002", err));
        assert_done(canary_phone_add(s, a.id, "SEP000000000001", err));
    }
    assert_done(canary_phones(s, a.id, &phones, &n, err));
    assert_int_equal(n, 2);
    assert_string_equal(phones[0].name, "SEP000000000001");
    assert_string_equal(phones[1].name, "SEP000000000002");
    free(phones);
    assert_done(canary_phone_add(s, a.id, "../../etc/x", err)); /* as a hand could */
    assert_refused(canary_phones(s, a.id, &phones, &n, err), VOX_E_STORE, "damaged");
    assert_int_equal(canary_phone_add(s, "00000000000000000000000000000000", "SEP000000000001", NULL), VOX_E_STORE);
    canary_clear(&a);
}

static void a_list_that_is_withdrawn_is_not_current(void **state)
{
    struct store_list row = {.kind = strdup("itl"),
                             .name = strdup("ITLSEP000000000001.tlv"),
                             .dir = strdup("/tftp"),
                             .signer = strdup(""),
                             .note = strdup("canary")},
                      *lists;
    size_t n;

    (void)state;
    assert_done(bytes_copy(&row.data, bytes, sizeof bytes, err));
    assert_done(store_list_add(s, &row, err));
    assert_done(store_list_withdraw(s, row.name, "/elsewhere", err));
    assert_done(store_lists(s, NULL, false, &lists, &n, err));
    assert_true(n == 1 && lists[0].current);
    store_lists_free(&lists, n);
    for (int i = 0; i < 2; i++)
        assert_done(store_list_withdraw(s, row.name, row.dir, err));
    assert_done(store_lists(s, NULL, false, &lists, &n, err));
    assert_true(n == 1 && !lists[0].current);
    store_lists_free(&lists, n);
    store_list_clear(&row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_at_a_time_until_it_ends, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(phones_are_in_it_once_and_by_name, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(a_list_that_is_withdrawn_is_not_current, store_setup, store_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
