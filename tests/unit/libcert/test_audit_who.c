/* Whose hand it was. */
#include "unit/libcert/store_fixture.h"

#include <pwd.h>

#include "store/audit_who.h"

static void assert_who(const struct audit_ids *ids, const char *expected)
{
    char text[AUDIT_WHO_MAX];

    audit_who_text(ids, text, sizeof text);
    assert_string_equal(text, expected);
}

enum { NOBODY_HAS = 4000000, NOR_THIS = 4000001 };

static void test_words(void **state)
{
    (void)state;
    assert_who(&(struct audit_ids){.real = 0, .effective = 0}, "root(0)");
    assert_who(&(struct audit_ids){.real = NOBODY_HAS, .effective = NOBODY_HAS}, "uid(4000000)");
    assert_who(&(struct audit_ids){.real = NOBODY_HAS, .effective = 0}, "uid(4000000) as root(0)");
    /* the kernel's record of who logged in goes before everything else */
    assert_who(&(struct audit_ids){.has_login = true, .login = NOBODY_HAS, .sudo_uid = "4000001"},
               "uid(4000000) as root(0)");
    assert_who(&(struct audit_ids){.has_login = true, .login = 0, .sudo_uid = "4000001"}, "root(0)");
}

static void test_sudo_is_believed_from_root_only(void **state)
{
    static const char *const wrong[] = {
        "", "alice", "-1", "1000x", " 1000", "0x10", "4294967295", "99999999999999999999", "10\n20"};

    (void)state;
    assert_who(&(struct audit_ids){.sudo_uid = "4000000"}, "uid(4000000) as root(0)");
    for (size_t i = 0; i + 1 < sizeof wrong / sizeof wrong[0]; i++)
        assert_who(&(struct audit_ids){.sudo_uid = wrong[i]}, "root(0)");
    assert_who(&(struct audit_ids){.real = NOR_THIS, .effective = NOR_THIS, .sudo_uid = "0"}, "uid(4000001)");
    assert_who(&(struct audit_ids){.real = NOR_THIS, .effective = 0, .sudo_uid = "4000000"}, "uid(4000001) as root(0)");
}

static void test_this_process(void **state)
{
    struct audit_ids ids;

    (void)state;
    assert_int_equal(setenv("SUDO_UID", "4000000", 1), 0);
    audit_ids_now(&ids);
    assert_int_equal(ids.real, getuid());
    assert_int_equal(ids.effective, geteuid());
    assert_string_equal(ids.sudo_uid, "4000000");
    assert_int_equal(unsetenv("SUDO_UID"), 0);
}

static void test_looked_up_again_only_for_another_user(void **state)
{
    struct audit_who w = {0};
    struct audit_ids ids;
    char expected[AUDIT_WHO_MAX];

    (void)state;
    audit_ids_now(&ids);
    audit_who_text(&ids, expected, sizeof expected);
    assert_string_equal(audit_who_now(&w), expected);
    (void)snprintf(w.text, sizeof w.text, "kept");
    assert_string_equal(audit_who_now(&w), "kept");
    w.effective++; /* as if it had been another one before */
    assert_string_equal(audit_who_now(&w), expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_sudo_is_believed_from_root_only),
        cmocka_unit_test(test_this_process),
        cmocka_unit_test(test_looked_up_again_only_for_another_user),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
