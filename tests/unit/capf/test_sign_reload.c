/* The signer's journal from one start to the next: reloads, merging, what is forgotten. */
#include "signing.h"

static size_t files_in_journal_dir(void)
{
    DIR *d = opendir(journal_dir);
    size_t n = 0;

    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        n += e->d_name[0] != '.' || strlen(e->d_name) > 2;
    closedir(d);
    return n;
}

/* A reload: the new signer starts while the old one still answers. */
static void two_signers(void **state)
{
    struct signer old;
    struct given by_old[3];

    (void)state;
    start();
    issue_one("SEP000000000001", 0, 1);
    by_old[0] = *last();
    issue_one("SEP000000000001", 0, 2);
    by_old[1] = *last();
    send_recorded(by_old[1].id);
    sign_service.settle(NULL);
    old = signer;
    start(); /* the second one */
    assert_int_equal(files_in_journal_dir(), 2);
    nanswers = 0;
    send_reconcile(false); /* what the old one has in hand is its own */
    assert_int_equal(nanswers, 1);
    nanswers = 0;
    send_reconcile(true); /* but a store that somebody put back may lack it */
    assert_int_equal(nanswers, 3);
    nanswers = 0;
    send_recorded(by_old[0].id);
    send_recorded(by_old[1].id);
    send_reconcile(false);
    assert_int_equal(nanswers, 1);
    issue_one("SEP000000000001", 0, 1);
    assert_last(IPC_ISSUED);
    assert_memory_equal(last()->der, by_old[0].der, by_old[0].len);
    /* what the old one does now the new one knows */
    {
        struct signer fresh_one = signer;

        signer = old;
        issue_one("SEP000000000002", 1, 3);
        by_old[2] = *last();
        old = signer;
        signer = fresh_one;
    }
    issue_one("SEP000000000002", 1, 3);
    assert_last(IPC_ISSUED);
    assert_memory_equal(last()->der, by_old[2].der, by_old[2].len);
    assert_int_equal(sign_known_of_device(&signer.known, "SEP000000000001", clock_now(), 100), 2);
    issue_one("SEP000000000003", 1, 4);
    /* both end, the old one by a kill; the next has everything in one file */
    stop();
    signer = old;
    kill_signer();
    start();
    assert_int_equal(files_in_journal_dir(), 1);
    nanswers = 0;
    send_reconcile(false);
    assert_int_equal(nanswers, 5); /* 2, which is recorded; 1 and 3 of the old one, 4 of the new one */
    for (int i = 0; i < 4; i++)
        assert_certificate(&answers[i]);
    stop();
}

/* Killed between the new file and the removal of what went into it: nothing is there twice, nothing is lost. */
static void merged_twice(void **state)
{
    char aside[200];
    struct bytes before;

    (void)state;
    start();
    for (int i = 0; i < 4; i++)
        issue_one("SEP000000000001", 0, i);
    send_recorded(answers[1].id);
    stop();
    (void)snprintf(aside, sizeof aside, "%s.7", journal_file);
    assert_int_equal(file_read(journal_file, 1 << 20, &before, &why), VOX_OK);
    assert_int_equal(file_create(aside, before.data, before.len, 0600, &why), VOX_OK);
    bytes_free(&before);
    start();
    assert_int_equal(files_in_journal_dir(), 1);
    assert_int_equal(signer.known.n, 4);
    nanswers = 0;
    send_reconcile(false);
    assert_int_equal(nanswers, 5);
    stop();
}

/* What is not needed any more goes with the next start; what the store may lack never does. */
static void compaction(void **state)
{
    struct sign_journal *j;
    struct sign_known known;
    const int64_t today = clock_now();
    off_t size;

    (void)state;
    start();
    for (int i = 0; i < 6; i++)
        issue_one("SEP000000000001", 0, i);
    for (int i = 0; i < 5; i++)
        send_recorded(answers[i].id);
    stop();
    size = journal_size();
    assert_int_equal(sign_journal_open(journal_dir, today + SIGN_KEEP - 60, &known, &j, &why), VOX_OK);
    assert_int_equal(known.n, 6);
    sign_known_clear(&known);
    sign_journal_close(&j);
    assert_int_equal(sign_journal_open(journal_dir, today + SIGN_KEEP + 60, &known, &j, &why), VOX_OK);
    assert_int_equal(known.n, 1);
    assert_memory_equal(known.requests[0].id, answers[5].id, CAPF_REQUEST_ID_LEN);
    {
        struct bytes der;

        assert_int_equal(sign_journal_certificate(j, &known.requests[0], &der, &why), VOX_OK);
        assert_int_equal(der.len, answers[5].len);
        assert_memory_equal(der.data, answers[5].der, der.len);
        bytes_free(&der);
    }
    assert_true(journal_size() < size / 3);
    sign_known_clear(&known);
    sign_journal_close(&j);
}

/* While it runs, too; and what is forgotten does not come back into the wrong chains. */
static void pruning(void **state)
{
    (void)state;
    start();
    for (int i = 0; i < 60; i++) {
        char device[16];

        (void)snprintf(device, sizeof device, "SEP%012d", i % 7);
        issue_one(device, i % 3, i);
    }
    for (size_t i = 0; i < 60; i++) {
        if (i % 2 == 0)
            send_recorded(answers[i].id);
        if (i % 4 == 0) /* two in three of these go */
            sign_known_find(&signer.known, answers[i].id)->time -= i % 3 == 0 ? 0 : SIGN_KEEP + 1;
    }
    sign_service.tick(NULL);
    for (size_t i = 0; i < 60; i++)
        assert_int_equal(sign_known_find(&signer.known, answers[i].id) != NULL, i % 4 != 0 || i % 3 == 0);
    assert_int_equal(signer.known.n, 50);
    assert_int_equal(sign_known_of_device(&signer.known, "SEP000000000003", clock_now(), 1000), 8);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(two_signers, fresh),
        cmocka_unit_test_setup(merged_twice, fresh),
        cmocka_unit_test_setup(compaction, fresh),
        cmocka_unit_test_setup(pruning, fresh),
    };

    sign_first();
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
