/* The port tables, against a copy of them as they are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <libcert/tlsports.h>

static const char *const call_manager[] = {
    "Tomcat | HTTPS | 443 | 1.0+ | 1.1+ | 1.2 | 1.1 | 1.1+ | 1.2",
    "SCCP-SEC-SIG | SCCP | 2443 | 1.0+ | 1.1+ | 1.2 | 1.1 | 1.1+ | 1.2",
    "CTL-SERV | proprietary | 2444 | 1.0+ | 1.1+ | 1.2 | 1.1 | 1.1+ | 1.2",
    "CTI | QBE | 2749 | 1.0+ | 1.1+ | 1.2 | 1.1 | 1.1+ | 1.2",
    "CAPF-SERV | TCP | 3804 | 1.0+ | 1.1+ | 1.2 | 1.1 | 1.1+ | 1.2",
    "ILS | - | 7501 | 1.0+ | 1.1+ | 1.2 | 1.1 | 1.1+ | 1.2",
    "AXL | SOAP | 8443 | 1.0+ | 1.1+ | 1.2 | 1.1 | 1.1+ | 1.2",
    "HA proxy | TCP | 9443 | 1.2 | 1.2 | 1.2 | 1.1 | 1.2 | 1.2",
    "SIP-SIG | SIP | 5061 (configurable) | 1.0+ | 1.1+ | 1.2 | 1.1 | 1.1+ | 1.2",
    "HA proxy | TCP | 6971, 6972 | 1.2 | 1.2 | 1.2 | 1.1 | 1.2 | 1.2",
    "Tomcat | HTTPS | 8080, 8443 (8443 speaks TLS) | 1.0+ | 1.1+ | 1.2 | 1.1 | 1.1+ | 1.2",
    "TVS | proprietary | 2445 | 1.0+ | 1.1+ | 1.2 | 1.1 | 1.1+ | 1.2",
};

static const char *const presence[] = {
    " |  | 443 | 1.0+ | 1.1+ | 1.2 | 1.1 | 1.1+ | 1.2",  " |  | 5061 | 1.0+ | 1.1+ | 1.2 | 1.1 | 1.1+ | 1.2",
    " |  | 5062 | 1.0+ | 1.1+ | 1.2 | 1.1 | 1.1+ | 1.2", " |  | 5280 | 1.0+ | 1.1+ | 1.2 | 1.1 | 1.1+ | 1.2",
    " |  | 8083 | 1.0+ | 1.1+ | 1.2 | 1.1 | 1.1+ | 1.2", " |  | 8443 | 1.0+ | 1.1+ | 1.2 | 1.1 | 1.1+ | 1.2",
};

static void assert_table(const struct tlsports_row *rows, size_t n, const char *const *lines, size_t nlines)
{
    assert_int_equal(n, nlines);
    for (size_t i = 0; i < n; i++) {
        char line[256], cell[TLSPORTS_TEXT_MAX];

        (void)snprintf(line, sizeof line, "%s | %s | %s", rows[i].application, rows[i].protocol, rows[i].port);
        for (int c = 0; c < TLSPORTS_COLUMNS; c++) {
            size_t len = strlen(line);

            tlsports_text(tlsports_versions(&rows[i], (enum tlsports_column)c), cell);
            (void)snprintf(line + len, sizeof line - len, " | %s", cell);
        }
        assert_string_equal(line, lines[i]);
    }
}

static void test_the_tables(void **state)
{
    const struct tlsports_row *rows;
    size_t n;

    (void)state;
    rows = tlsports_call_manager(&n);
    assert_table(rows, n, call_manager, sizeof call_manager / sizeof *call_manager);
    rows = tlsports_presence(&n);
    assert_table(rows, n, presence, sizeof presence / sizeof *presence);
}

/* The port to be looked at stands in the text of the row. */
static void test_numbers_agree_with_the_text(void **state)
{
    size_t n;
    const struct tlsports_row *rows = tlsports_call_manager(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        assert_int_not_equal(rows[i].speak_tls[0], 0);
        for (size_t k = 0; k < TLSPORTS_ROW_MAX && rows[i].speak_tls[k] != 0; k++) {
            char number[8];

            (void)snprintf(number, sizeof number, "%u", rows[i].speak_tls[k]);
            assert_non_null(strstr(rows[i].port, number));
        }
        assert_int_not_equal(rows[i].speak_tls[0], 8080);
    }
}

static void test_columns_follow_the_settings(void **state)
{
    static const char *const titles[2][4] = {{"normal 1.0", "normal 1.1", "normal 1.2", "normal 1.3"},
                                             {"CC 1.0", "CC 1.1", "CC 1.2", "normal 1.3"}};

    (void)state;
    for (int mode = 0; mode < 2; mode++) {
        for (int i = 0; i < 4; i++) {
            const struct tls_settings s = {.min_version = 0x0301 + i, .common_criteria = mode == 1};

            assert_string_equal(tlsports_column_title(tlsports_column_of(&s)), titles[mode][i]);
        }
    }
}

static void test_a_minimum_of_1_3_leaves_that_alone(void **state)
{
    char cell[TLSPORTS_TEXT_MAX];
    size_t n;
    const struct tlsports_row *rows = tlsports_call_manager(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        tlsports_text(tlsports_versions(&rows[i], TLSPORTS_NO_COLUMN), cell);
        assert_string_equal(cell, "1.3");
    }
    tlsports_text(TLSPORTS_1_0 | TLSPORTS_1_1 | TLSPORTS_1_2 | TLSPORTS_1_3, cell);
    assert_string_equal(cell, "1.0, 1.1, 1.2, 1.3");
    tlsports_text(0, cell);
    assert_string_equal(cell, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_tables),
        cmocka_unit_test(test_numbers_agree_with_the_text),
        cmocka_unit_test(test_columns_follow_the_settings),
        cmocka_unit_test(test_a_minimum_of_1_3_leaves_that_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
