/* Which lists phones hold: what is put together with what, what counts, what is refused. */
#include "unit/libcert/phones_fixture.h"

#include <libcert/clock.h>
#include <libcert/inventory.h>

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct inventory_phone heard(const char *name, int64_t when, const char *ctl, const char *itl)
{
    struct inventory_phone p = {.seen = when, .ctl_seen = when, .itl_seen = when, .how = "csv"};

    snprintf(p.name, sizeof p.name, "%s", name);
    snprintf(p.ctl, sizeof p.ctl, "%s", ctl);
    snprintf(p.itl, sizeof p.itl, "%s", itl);
    return p;
}

static void what_is_newer_counts_and_what_is_empty_says_nothing(void **state)
{
    struct inventory_phone p = heard("SEP000000000001", 1000, A, ""), out;

    (void)state;
    snprintf(p.model, sizeof p.model, "8841");
    snprintf(p.address, sizeof p.address, "192.0.2.1");
    assert_done(inventory_note(s, &p, err));
    p = heard("SEP000000000001", 2000, "", B);
    assert_done(inventory_note(s, &p, err));
    p = heard("SEP000000000001", 500, B, A); /* from an older log */
    snprintf(p.address, sizeof p.address, "192.0.2.99");
    assert_done(inventory_note(s, &p, err));
    assert_done(inventory_get(s, "SEP000000000001", &out, err));
    assert_string_equal(out.ctl, A);
    assert_int_equal(out.ctl_seen, 1000);
    assert_string_equal(out.itl, B);
    assert_int_equal(out.itl_seen, 2000);
    assert_string_equal(out.model, "8841");
    assert_string_equal(out.address, "192.0.2.1");
    assert_int_equal(out.seen, 2000);
    p = heard("SEP000000000001", 3000, INVENTORY_NONE, B);
    assert_done(inventory_note(s, &p, err));
    assert_done(inventory_get(s, "SEP000000000001", &out, err));
    assert_string_equal(out.ctl, "none");
    assert_refused(inventory_get(s, "SEP000000000002", &out, err), VOX_E_NOT_FOUND, "nothing is known");
}

static void what_is_no_phone_or_no_list_is_refused(void **state)
{
    struct inventory_phone p = heard("sep1", 1, A, B);

    (void)state;
    assert_int_equal(inventory_note(s, &p, NULL), VOX_E_INPUT);
    p = heard("SEP000000000001", 1, "aa", B);
    assert_refused(inventory_note(s, &p, err), VOX_E_INPUT, "CTL: 'aa' is no SHA-256");
    p = heard("SEP000000000001", 1, A, B);
    p.itl[3] = 'G';
    assert_refused(inventory_note(s, &p, err), VOX_E_INPUT, "ITL");
    p = heard("SEP000000000001", 1, A, B);
    snprintf(p.model, sizeof p.model, "88\n41");
    assert_refused(inventory_note(s, &p, err), VOX_E_INPUT, "model");
}

static void phones_are_counted_by_what_they_hold(void **state)
{
    const char *const rows[][4] = {{"SEP000000000001", A, B, ""},      {"SEP000000000002", A, B, ""},
                                   {"SEP000000000003", A, B, "7962"},  {"SEP000000000004", "", B, ""},
                                   {"SEP000000000005", "none", B, ""}, {"SEP000000000006", B, A, ""}};
    struct phone known = phone_named("SEP000000000001"), unknown = phone_named("SEP00000000FFFF");
    struct inventory_group *groups;
    int64_t unheard, all = 0;
    size_t n;

    (void)state;
    assert_done(phone_put(s, &known, err));
    assert_done(phone_put(s, &unknown, err));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct inventory_phone p = heard(rows[i][0], 1, rows[i][1], rows[i][2]);

        snprintf(p.model, sizeof p.model, "%s", rows[i][3]);
        assert_done(inventory_note(s, &p, err));
    }
    assert_done(inventory_groups(s, &groups, &n, &unheard, err));
    assert_int_equal(n, 5);
    assert_int_equal(unheard, 1);
    for (size_t i = 0; i < n; i++) {
        all += groups[i].count;
        if (strcmp(groups[i].ctl, A) == 0 && groups[i].model[0] == '\0')
            assert_int_equal(groups[i].count, 2);
    }
    assert_int_equal(all, 6);
    free(groups);
}

static bool count(void *arg, const struct inventory_phone *p)
{
    int *left = arg;

    assert_true(p->name[0] != '\0');
    return --*left > 0;
}

static int matches(const struct inventory_filter *f, int at_most)
{
    int left = at_most;

    assert_done(inventory_each(s, f, count, &left, err));
    return at_most - left;
}

static void phones_are_found(void **state)
{
    struct inventory_phone p;

    (void)state;
    for (int i = 0; i < 10; i++) {
        char name[PHONE_NAME_MAX + 1];

        snprintf(name, sizeof name, "SEP00000000000%d", i);
        p = heard(name, 1, i < 4 ? A : B, A);
        assert_done(inventory_note(s, &p, err));
    }
    assert_int_equal(matches(NULL, 100), 10);
    assert_int_equal(matches(&(struct inventory_filter){.ctl = A}, 100), 4);
    assert_int_equal(matches(&(struct inventory_filter){.ctl = A, .name_prefix = "SEP000000000003"}, 100), 1);
    assert_int_equal(matches(&(struct inventory_filter){.itl = B}, 100), 0);
    assert_int_equal(matches(NULL, 3), 3); /* it stops when it is told */
}

static void lists_of_others_are_kept_and_checked(void **state)
{
    const struct bytes_view data = {(const uint8_t *)"a list", 6};
    char sha256[INVENTORY_LIST_MAX];
    struct bytes out;

    (void)state;
    assert_done(inventory_list_sha256(data, sha256, err));
    assert_refused(inventory_list_bytes(s, sha256, &out, err), VOX_E_NOT_FOUND, sha256);
    assert_done(inventory_list_learn(s, "ctl", data, "CTLFile.tlv", err));
    assert_done(inventory_list_learn(s, "ctl", data, "again", err));
    assert_done(inventory_list_bytes(s, sha256, &out, err));
    assert_int_equal(out.len, 6);
    bytes_free(&out);
    store_close(&s);
    shell("voxtrust.db", "UPDATE known_lists SET data = x'00'");
    assert_done(store_open("voxtrust.db", &s, err));
    assert_refused(inventory_list_bytes(s, sha256, &out, err), VOX_E_STORE, "damaged");
    assert_null(out.data);
}

/* Every row as "NAME ctl capf-state lsc;" in one text. */
static bool write_row(void *arg, const struct inventory_row *r)
{
    char *text = arg;

    sprintf(text + strlen(text), "%s %.2s %s %.2s;", r->phone.name + 12, r->phone.ctl,
            r->capf ? phone_state_word(r->state) : "-", r->lsc);
    return true;
}

static void a_survey_has_those_of_capf_too(void **state)
{
    const struct inventory_filter any = {.ctl = NULL}, nothing = {.ctl = ""}, one = {.name_prefix = "SEP000000000003"};
    struct inventory_phone p = heard("SEP000000000001", 1000, A, B);
    struct phone two = phone_named("SEP000000000002"), three = phone_named("SEP000000000003");
    char text[200] = "";

    (void)state;
    assert_done(inventory_note(s, &p, err));
    p = heard("SEP000000000003", 1000, B, B);
    assert_done(inventory_note(s, &p, err));
    two.state = PHONE_DELIVERED;
    memcpy(two.lsc, A, sizeof two.lsc);
    two.lsc_not_after = 5000;
    assert_done(phone_put(s, &two, err));
    three.state = PHONE_FAILED;
    assert_done(phone_put(s, &three, err));
    assert_done(inventory_survey(s, &any, write_row, text, err));
    assert_string_equal(text, "001 aa - ;002  delivered aa;003 bb failed ;");
    text[0] = '\0';
    assert_done(inventory_survey(s, &nothing, write_row, text, err));
    assert_string_equal(text, "002  delivered aa;");
    text[0] = '\0';
    assert_done(inventory_survey(s, &one, write_row, text, err));
    assert_string_equal(text, "003 bb failed ;");
}

#define test(f) cmocka_unit_test_setup_teardown(f, phones_setup, phones_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(what_is_newer_counts_and_what_is_empty_says_nothing),
        test(what_is_no_phone_or_no_list_is_refused),
        test(phones_are_counted_by_what_they_hold),
        test(phones_are_found),
        test(a_survey_has_those_of_capf_too),
        test(lists_of_others_are_kept_and_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
