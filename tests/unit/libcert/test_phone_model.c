/* Models by their names, and what each can do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <libcert/phonemodel.h>

static void names_are_recognised(void **state)
{
    static const struct {
        const char *text, *name;
        bool legacy, no_sbd, no_ec;
        unsigned tls;
    } rows[] = {
        {"7962", "7962", true, false, true, 0x0301},
        {"CP-7962G", "7962", true, false, true, 0x0301},
        {"Cisco 7960", "7960", true, true, true, 0x0301},
        {"CP-7940G", "7940", true, true, true, 0x0301},
        {"6901", "6901", true, true, true, 0x0301},
        {"6921", "6921", true, false, true, 0x0301},
        {"8945", "8945", true, false, true, 0x0301},
        {"9971", "9971", true, false, true, 0x0301},
        {"3905", "3905", true, false, true, 0x0301},
        {"CP-8841-K9", "8841", false, false, false, 0x0303},
        {"Cisco Unified IP Phone 7962G-GE", "7962", true, false, true, 0x0301},
        {"6851", "6851", false, false, false, 0x0304},
        {"CP-7821", "7821", false, false, false, 0x0303},
        {"Cisco IP Communicator", "CIPC", true, false, true, 0x0301},
        {"cipc", "CIPC", true, false, true, 0x0301},
    };
    struct phone_model m;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(phone_model_find(rows[i].text, &m));
        assert_string_equal(m.name, rows[i].name);
        assert_int_equal(m.legacy, rows[i].legacy);
        assert_int_equal(m.no_security_by_default, rows[i].no_sbd);
        assert_int_equal(m.no_ec, rows[i].no_ec);
        assert_int_equal(m.tls_max, rows[i].tls);
    }
}

static void what_is_not_known_is_not_guessed(void **state)
{
    static const char *const texts[] = {"",         "1234",      "88410", "CP-88", "Jabber", "884 1", "SEP001122334455",
                                        "ATA 7962", "7962 8841", "7962!"};
    struct phone_model m;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_false(phone_model_find(texts[i], &m));
        assert_string_equal(m.name, "");
        assert_false(m.legacy || m.no_security_by_default || m.no_ec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_recognised),
        cmocka_unit_test(what_is_not_known_is_not_guessed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
