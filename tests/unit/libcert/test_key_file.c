/* Stored keys: private from the first moment, whatever the umask, and not used when found looser. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/x509.h>

#include <libcert/file.h>
#include <libcert/key.h>

static char folder[64];
static EVP_PKEY *key;

static int setup_group(void **state)
{
    (void)state;
    return key_open(VOX_VECTORS "/lab/ccm.pem", NULL, &key, NULL) != VOX_OK;
}

static int teardown_group(void **state)
{
    (void)state;
    EVP_PKEY_free(key);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/test-key.XXXXXX");
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int teardown(void **state)
{
    char command[96];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") != 0 || system(command) != 0;
}

static unsigned mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(lstat(path, &st), 0);
    return st.st_mode & 07777;
}

static int entries(const char *path)
{
    DIR *d = opendir(path);
    int n = 0;

    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static void test_private_whatever_the_umask(void **state)
{
    static const mode_t masks[] = {0, 022, 077};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char path[] = "keysN/cm1.key", dir[] = "keysN";
        EVP_PKEY *back;

        path[4] = dir[4] = (char)('0' + i);
        mode_t before = umask(masks[i]);
        assert_int_equal(key_store_file(path, key, NULL), VOX_OK);
        umask(before);
        assert_int_equal(mode_of(path), 0600);
        assert_int_equal(mode_of(dir), 0700);
        assert_int_equal(entries(dir), 1); /* no temporary left */
        assert_int_equal(key_open_stored(path, &back, NULL), VOX_OK);
        assert_int_equal(EVP_PKEY_eq(back, key), 1);
        EVP_PKEY_free(back);
    }
}

static void test_never_overwrites(void **state)
{
    struct bytes before, after;
    EVP_PKEY *other;

    (void)state;
    assert_int_equal(key_store_file("keys/k", key, NULL), VOX_OK);
    assert_int_equal(file_read("keys/k", 10000, &before, NULL), VOX_OK);
    assert_int_equal(key_open(VOX_VECTORS "/lab/tvs.pem", NULL, &other, NULL), VOX_OK);
    assert_int_equal(key_store_file("keys/k", other, NULL), VOX_E_EXISTS);
    assert_int_equal(file_read("keys/k", 10000, &after, NULL), VOX_OK);
    assert_true(bytes_equal(bytes_view_of(&before), bytes_view_of(&after)));
    assert_int_equal(entries("keys"), 1);
    bytes_wipe(&before);
    bytes_wipe(&after);
    EVP_PKEY_free(other);
}

static void test_loose_folders_are_refused(void **state)
{
    static const mode_t loose[] = {0755, 0750, 0710, 0701, 0777};
    struct vox_error err;
    EVP_PKEY *back;

    (void)state;
    assert_int_equal(mkdir("keys", 0700), 0);
    for (size_t i = 0; i < sizeof loose / sizeof *loose; i++) {
        assert_int_equal(chmod("keys", loose[i]), 0);
        assert_int_equal(key_store_file("keys/k", key, &err), VOX_E_IO);
        assert_non_null(strstr(err.text, "chmod 700"));
        assert_int_equal(entries("keys"), 0);
    }
    assert_int_equal(chmod("keys", 0700), 0);
    assert_int_equal(key_store_file("keys/k", key, &err), VOX_OK);
    assert_int_equal(chmod("keys", 0770), 0);
    assert_int_equal(key_open_stored("keys/k", &back, &err), VOX_E_IO);
    assert_null(back);
    assert_non_null(strstr(err.text, "chmod 700"));
}

static void test_loose_files_are_refused(void **state)
{
    static const mode_t loose[] = {0640, 0604, 0620, 0644, 0660, 0666, 0601};
    struct vox_error err;
    EVP_PKEY *back;

    (void)state;
    assert_int_equal(key_store_file("keys/k", key, NULL), VOX_OK);
    for (size_t i = 0; i < sizeof loose / sizeof *loose; i++) {
        assert_int_equal(chmod("keys/k", loose[i]), 0);
        assert_int_equal(key_open_stored("keys/k", &back, &err), VOX_E_IO);
        assert_null(back);
        assert_non_null(strstr(err.text, "chmod 600"));
    }
}

static void test_links_and_others_are_refused(void **state)
{
    EVP_PKEY *back;

    (void)state;
    assert_int_equal(key_store_file("keys/k", key, NULL), VOX_OK);
    assert_int_equal(symlink("k", "keys/link"), 0);
    assert_int_equal(key_open_stored("keys/link", &back, NULL), VOX_E_IO);
    assert_int_equal(key_store_file("keys/link", key, NULL), VOX_E_EXISTS);
    assert_int_equal(symlink("nowhere", "keys/dangling"), 0);
    assert_int_equal(key_store_file("keys/dangling", key, NULL), VOX_E_EXISTS);
    assert_int_equal(access("keys/nowhere", F_OK), -1);
    assert_int_equal(symlink("keys", "alias"), 0);
    assert_int_equal(key_store_file("alias/k2", key, NULL), VOX_E_IO);
    assert_int_equal(access("keys/k2", F_OK), -1);
    assert_int_equal(mkfifo("keys/fifo", 0600), 0);
    assert_int_equal(key_open_stored("keys/fifo", &back, NULL), VOX_E_IO);
    assert_int_equal(key_open_stored("keys/none", &back, NULL), VOX_E_NOT_FOUND);
    assert_int_equal(key_open_stored("keys", &back, NULL), VOX_E_IO);
    assert_null(back);
}

static void test_a_public_key_is_not_stored(void **state)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    const unsigned char *p = der;
    EVP_PKEY *public = d2i_PUBKEY(NULL, &p, len);

    (void)state;
    EVP_PKEY *back = NULL;

    /* An RSA key without its private half encodes as one with zeros: the reader must not take it for a key. */
    if (key_store_file("keys/k", public, NULL) == VOX_OK)
        assert_int_not_equal(key_open_stored("keys/k", &back, NULL), VOX_OK);
    assert_null(back);
    EVP_PKEY_free(public);
    OPENSSL_free(der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_private_whatever_the_umask, setup, teardown),
        cmocka_unit_test_setup_teardown(test_never_overwrites, setup, teardown),
        cmocka_unit_test_setup_teardown(test_loose_folders_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_loose_files_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_links_and_others_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_public_key_is_not_stored, setup, teardown),
    };

    return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
