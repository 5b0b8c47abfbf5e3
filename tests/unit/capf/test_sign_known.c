/* What the signer knows of requests: which of several it finds, what counts for the caps, what it forgets. */
#include "../daemon/sign_known.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const int64_t now = 1800000000; /* a whole minute */
static struct sign_known known;

/* Another intent of the request of that number. */
static struct sign_request *intend(uint8_t number, const char *device, int64_t when)
{
    struct capf_journal_record r = {.type = CAPF_JOURNAL_INTENT, .time = when};
    static uint8_t serial;

    memset(r.id, 0x11, sizeof r.id); /* all ids begin alike: they differ in the last byte */
    r.id[sizeof r.id - 1] = number;
    r.serial[0] = ++serial;
    (void)snprintf(r.device, sizeof r.device, "%s", device);
    assert_int_equal(sign_known_room(&known, 1, NULL), VOX_OK);
    return sign_known_intent(&known, &r, known.n);
}

static const uint8_t *id_of(uint8_t number)
{
    static uint8_t id[CAPF_REQUEST_ID_LEN];

    memset(id, 0x11, sizeof id);
    id[sizeof id - 1] = number;
    return id;
}

static int forget_all(void **state)
{
    (void)state;
    sign_known_clear(&known);
    return 0;
}

static void the_answered_one_is_found(void **state)
{
    (void)state;
    assert_null(sign_known_find(&known, id_of(1)));
    intend(1, "SEP1", now);
    assert_non_null(sign_known_find(&known, id_of(1)));
    assert_int_equal(sign_known_find(&known, id_of(1))->intent, 0);
    assert_null(sign_known_find(&known, id_of(2)));
    intend(1, "SEP1", now)->length = 100;
    intend(1, "SEP1", now); /* of which nothing came: a signer fell */
    intend(2, "SEP2", now);
    assert_int_equal(sign_known_find(&known, id_of(1))->intent, 1);
    assert_int_equal(sign_known_find(&known, id_of(2))->intent, 3);
    assert_string_equal(sign_known_find(&known, id_of(2))->device, "SEP2");
}

static void the_newest_of_a_file(void **state)
{
    (void)state;
    intend(1, "SEP1", now);
    intend(1, "SEP1", now);
    intend(1, "SEP1", now)->source = 2;
    intend(1, "SEP1", now)->source = 1;
    assert_int_equal(sign_known_newest(&known, id_of(1), 0)->intent, 1);
    assert_int_equal(sign_known_newest(&known, id_of(1), 1)->intent, 3);
    assert_int_equal(sign_known_newest(&known, id_of(1), 2)->intent, 2);
    assert_null(sign_known_newest(&known, id_of(1), 3));
    assert_null(sign_known_newest(&known, id_of(2), 0));
}

static void an_intent_has_its_serial_number(void **state)
{
    uint8_t serial[CAPF_SERIAL_LEN], other[CAPF_SERIAL_LEN];

    (void)state;
    memcpy(serial, intend(1, "SEP1", now)->serial, sizeof serial);
    intend(1, "SEP1", now);
    memcpy(other, serial, sizeof other);
    other[CAPF_SERIAL_LEN - 1] ^= 1;
    assert_true(sign_known_has(&known, id_of(1), serial));
    assert_false(sign_known_has(&known, id_of(1), other));
    assert_false(sign_known_has(&known, id_of(2), serial));
}

/* A clock that was set back must not lift a cap: a day on either side. */
static void what_counts_for_a_device(void **state)
{
    (void)state;
    assert_int_equal(sign_known_of_device(&known, "SEP1", now, 100), 0);
    intend(1, "SEP1", now - SIGN_DAY);
    intend(2, "SEP1", now - SIGN_DAY + 1);
    intend(3, "SEP1", now);
    intend(4, "SEP1", now + SIGN_DAY - 1);
    intend(5, "SEP1", now + SIGN_DAY);
    for (int i = 0; i < 3000; i++) { /* more devices than buckets */
        char name[PHONE_NAME_MAX + 1];

        (void)snprintf(name, sizeof name, "SEP%dX", i);
        intend(6, name, now);
    }
    assert_int_equal(sign_known_of_device(&known, "SEP1", now, 100), 3);
    assert_int_equal(sign_known_of_device(&known, "SEP1", now, 2), 2);
    assert_int_equal(sign_known_of_device(&known, "SEP2", now, 100), 0);
    assert_int_equal(sign_known_of_device(&known, "SEP7X", now, 100), 1);
}

static void what_counts_for_the_hour(void **state)
{
    (void)state;
    assert_int_equal(sign_known_in_hour(&known, now), 0);
    intend(1, "SEP1", now - 3600 - 1); /* its place in the ring is that of the minute before this one */
    assert_int_equal(sign_known_in_hour(&known, now), 0);
    intend(2, "SEP1", now - 1);
    assert_int_equal(sign_known_in_hour(&known, now), 1);
    intend(3, "SEP2", now);
    intend(4, "SEP3", now + 59);
    assert_int_equal(sign_known_in_hour(&known, now), 3);
    assert_int_equal(sign_known_in_hour(&known, now + 58 * 60), 3);
    assert_int_equal(sign_known_in_hour(&known, now + 59 * 60), 2);
    assert_int_equal(sign_known_in_hour(&known, now + 60 * 60), 0);
    assert_int_equal(sign_known_in_hour(&known, now - 59 * 60), 3); /* the clock was set back: the hour before it */
    assert_int_equal(sign_known_in_hour(&known, now - 60 * 60), 1);
}

/* Forgotten is what answers nobody and counts for no cap; what the store may lack is kept for ever. */
static void what_is_forgotten(void **state)
{
    enum { LONG = 400 * SIGN_DAY };
    static const struct {
        int64_t age;
        uint32_t length;
        bool recorded, kept;
    } cases[] = {
        {0, 0, false, true},           {SIGN_DAY - 1, 0, false, true}, {SIGN_DAY, 0, false, false},
        {-SIGN_DAY, 0, false, false},  {LONG, 100, false, true},       {SIGN_KEEP - 1, 100, true, true},
        {SIGN_KEEP, 100, true, false}, {0, 100, true, true},
    };
    size_t kept = 0;

    (void)state;
    for (uint8_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sign_request *q = intend(i, "SEP1", now - cases[i].age);

        q->length = cases[i].length;
        q->recorded = cases[i].recorded;
        kept += cases[i].kept;
    }
    const size_t in_hour = sign_known_in_hour(&known, now), of_device = sign_known_of_device(&known, "SEP1", now, 100);
    assert_true(sign_known_prune(&known, now));
    assert_int_equal(known.n, kept);
    for (uint8_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if ((sign_known_find(&known, id_of(i)) != NULL) != cases[i].kept)
            fail_msg("case %u", i);
    assert_int_equal(sign_known_in_hour(&known, now), in_hour); /* no cap is lifted by it */
    assert_int_equal(sign_known_of_device(&known, "SEP1", now, 100), of_device);
    assert_true(sign_known_prune(&known, now)); /* nothing more */
    assert_int_equal(known.n, kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_answered_one_is_found, forget_all),
        cmocka_unit_test_teardown(the_newest_of_a_file, forget_all),
        cmocka_unit_test_teardown(an_intent_has_its_serial_number, forget_all),
        cmocka_unit_test_teardown(what_counts_for_a_device, forget_all),
        cmocka_unit_test_teardown(what_counts_for_the_hour, forget_all),
        cmocka_unit_test_teardown(what_is_forgotten, forget_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
