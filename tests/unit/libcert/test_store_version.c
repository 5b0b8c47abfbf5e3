/* A running daemon notices that somebody else has changed the store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <libcert/store.h>

static void test_changes_by_others_are_seen(void **state)
{
    char folder[] = "/tmp/test-store-version.XXXXXX", path[128], command[160];
    struct store *reader, *writer;
    struct vox_error err;
    int64_t before, after;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/s/v.db", folder);
    assert_int_equal(store_create(path, "lab", &writer, &err), VOX_OK);
    assert_int_equal(store_open(path, &reader, &err), VOX_OK);
    assert_int_equal(store_version(reader, &before, &err), VOX_OK);
    assert_int_equal(store_version(reader, &after, &err), VOX_OK);
    assert_true(before == after); /* nothing happened */
    assert_int_equal(store_setting_set(writer, "mode", "mixed", &err), VOX_OK);
    assert_int_equal(store_version(reader, &after, &err), VOX_OK);
    assert_true(before != after);
    store_close(&reader);
    store_close(&writer);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_changes_by_others_are_seen)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
