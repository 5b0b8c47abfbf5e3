/* Words of phones: back and forth, and nothing beside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <libcert/phone.h>

static void operations(void **state)
{
    static const char *const words[] = {"none", "install", "fetch", "delete"};
    enum phone_operation out;

    (void)state;
    for (int i = 0; i < PHONE_OPERATION_COUNT; i++) {
        assert_string_equal(phone_operation_word((enum phone_operation)i), words[i]);
        assert_true(phone_operation_parse(words[i], &out));
        assert_int_equal(out, i);
    }
    assert_null(phone_operation_word(PHONE_OPERATION_COUNT));
    assert_false(phone_operation_parse("Install", &out));
    assert_false(phone_operation_parse("", &out));
}

static void proofs(void **state)
{
    static const char *const words[] = {"string", "null", "lsc", "mic"};
    enum phone_proof out;

    (void)state;
    for (int i = 0; i < PHONE_PROOF_COUNT; i++) {
        assert_string_equal(phone_proof_word((enum phone_proof)i), words[i]);
        assert_true(phone_proof_parse(words[i], &out));
        assert_int_equal(out, i);
    }
    assert_null(phone_proof_word(PHONE_PROOF_COUNT));
    assert_false(phone_proof_parse("sudi", &out));
}

static void states(void **state)
{
    static const char *const words[] = {"none", "pending", "in-progress", "issued", "delivered", "failed"};
    enum phone_state out;

    (void)state;
    for (int i = 0; i < PHONE_STATE_COUNT; i++) {
        assert_string_equal(phone_state_word((enum phone_state)i), words[i]);
        assert_true(phone_state_parse(words[i], &out));
        assert_int_equal(out, i);
    }
    assert_null(phone_state_word(PHONE_STATE_COUNT));
    assert_false(phone_state_parse("locked", &out));
}

static void names(void **state)
{
    struct vox_error err;

    (void)state;
    assert_int_equal(phone_name_check("SEP001122334455", &err), VOX_OK);
    assert_int_equal(phone_name_check("CSF.A-B_1", &err), VOX_OK);
    for (int c = 1; c < 256; c++) { /* each byte at each place */
        const char first[] = {(char)c, 'A', '\0'}, second[] = {'A', (char)c, '\0'};
        bool letter = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        bool inside = letter || c == '.' || c == '_' || c == '-';

        assert_int_equal(phone_name_check(first, &err), letter ? VOX_OK : VOX_E_INPUT);
        assert_int_equal(phone_name_check(second, &err), inside ? VOX_OK : VOX_E_INPUT);
    }
    assert_int_equal(phone_name_check("", &err), VOX_E_INPUT);
    assert_int_equal(phone_name_check("ABCDEFGHIJKLMNOP", &err), VOX_E_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations),
        cmocka_unit_test(proofs),
        cmocka_unit_test(states),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
