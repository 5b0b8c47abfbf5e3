/* The signer as the state process sees it: answers, caps, what survives a restart. */
#include "signing.h"

static void a_certificate(void **state)
{
    struct given first;

    (void)state;
    start();
    issue_one("SEP000000000001", 0, 1);
    assert_int_equal(nanswers, 1);
    assert_last(IPC_ISSUED);
    assert_string_equal(last()->device, "SEP000000000001");
    assert_certificate(last());
    assert_int_equal(counted[1], 1);
    first = *last();

    /* the same again: the same bytes, no signature, nothing written */
    const off_t size = journal_size();
    issue_one("SEP000000000001", 0, 1);
    assert_int_equal(nanswers, 2);
    assert_last(IPC_ISSUED);
    assert_int_equal(last()->len, first.len);
    assert_memory_equal(last()->der, first.der, first.len);
    assert_int_equal(journal_size(), size);
    assert_int_equal(counted[1], 1);

    /* and after restarts of either kind, recorded or not */
    for (int i = 0; i < 4; i++) {
        if (i % 2)
            stop();
        else
            kill_signer();
        start();
        issue_one("SEP000000000001", 0, 1);
        assert_last(IPC_ISSUED);
        assert_memory_equal(last()->der, first.der, first.len);
        if (i == 1)
            send_recorded(first.id);
    }
    /* another operation, the same key: another certificate */
    issue_one("SEP000000000001", 0, 2);
    assert_last(IPC_ISSUED);
    assert_memory_not_equal(last()->der, first.der, first.len);
    stop();
}

static void ids_are_not_shared(void **state)
{
    struct capf_request a, b;

    (void)state;
    start();
    a = ask("SEP000000000001", 0, 1);
    b = ask("SEP000000000001", 1, 1);
    memcpy(b.id, a.id, sizeof b.id);
    send_issue(a);
    send_issue(b); /* in the same group */
    assert_last(IPC_REFUSED);
    sign_service.settle(NULL);
    assert_last(IPC_ISSUED);
    b = ask("SEP000000000002", 0, 1);
    memcpy(b.id, answers[0].id, sizeof b.id);
    send_issue(b); /* another device */
    assert_last(IPC_REFUSED);
    kill_signer();
    start();
    b = ask("SEP000000000001", 1, 1);
    memcpy(b.id, answers[0].id, sizeof b.id);
    send_issue(b); /* after a restart */
    assert_last(IPC_REFUSED);
    assert_int_equal(counted[0], 3);
    stop();
}

static unsigned writes, syncs, syncs_at_answer;

static ssize_t counting_write(int fd, const void *data, size_t len)
{
    writes++;
    return write(fd, data, len);
}

static int counting_sync(int fd)
{
    syncs++;
    return fdatasync(fd);
}

static void note_syncs(const struct given *a)
{
    if (a->type == IPC_ISSUED && syncs_at_answer == 0)
        syncs_at_answer = syncs;
}

static void a_group_shares_its_syncs(void **state)
{
    struct capf_request bad;
    unsigned issued = 0, refused = 0;

    (void)state;
    start();
    sign_calls.write = counting_write;
    sign_calls.fdatasync = counting_sync;
    on_answer = note_syncs;
    writes = syncs = syncs_at_answer = 0;
    for (int i = 0; i < 20; i++)
        send_issue(ask("SEP000000000001", 0, 100 + i));
    send_issue(ask("SEP000000000001", 0, 105)); /* one twice */
    bad = ask("SEP000000000001", 0, 200);
    bad.ordered.curve = "P-384";
    send_issue(bad);
    assert_int_equal(writes, 0);
    assert_int_equal(nanswers, 0); /* keys are examined when the group is whole: together that costs less */
    sign_service.settle(NULL);
    assert_int_equal(writes, 2);
    assert_int_equal(syncs, 2);
    assert_int_equal(syncs_at_answer, 2); /* nobody sees a certificate that the disk has not */
    for (size_t i = 0; i < nanswers; i++) {
        issued += answers[i].type == IPC_ISSUED;
        refused += answers[i].type == IPC_REFUSED;
    }
    assert_int_equal(issued, 21);
    assert_int_equal(refused, 1);
    assert_int_equal(counted[1], 20);
    /* more than fit into a group */
    nanswers = 0;
    writes = syncs = 0;
    for (int i = 0; i < SIGN_GROUP_MAX + 3; i++)
        send_issue(ask("SEP000000000002", 1, 300 + i));
    assert_int_equal(nanswers, SIGN_GROUP_MAX);
    sign_service.settle(NULL);
    assert_int_equal(nanswers, SIGN_GROUP_MAX + 3);
    assert_int_equal(writes, 4);
    /* nothing to do costs nothing; a mark costs no sync */
    send_recorded(answers[0].id);
    send_recorded(answers[0].id);
    sign_service.settle(NULL);
    sign_service.settle(NULL);
    assert_int_equal(writes, 5);
    assert_int_equal(syncs, 4);
    stop();
}

static unsigned failing_sync;

static int sync_that_fails(int fd)
{
    if (++syncs == failing_sync) {
        errno = EIO;
        return -1;
    }
    return fdatasync(fd);
}

/* What the disk has after a sync that failed nobody knows: none of it stays, marks that were never synced included. */
/* The result of that request, told as recorded or not. */
static void assert_told(size_t i, const uint8_t *id, bool recorded)
{
    assert_int_equal(answers[i].type, IPC_ISSUED);
    assert_memory_equal(answers[i].id, id, CAPF_REQUEST_ID_LEN);
    assert_string_equal(answers[i].device, "SEP000000000001");
    assert_int_equal(answers[i].recorded, recorded);
    assert_certificate(&answers[i]);
}

static void reconcile_now(bool all)
{
    nanswers = 0;
    send_reconcile(all);
    assert_last(IPC_RECONCILED);
    assert_true(last()->end);
}

static void a_sync_that_fails(void **state)
{
    (void)state;
    start();
    issue_one("SEP000000000001", 0, 1);
    for (failing_sync = 1; failing_sync <= 2; failing_sync++) {
        uint64_t durable = signer.journal->durable;

        send_recorded(answers[0].id);
        sign_service.settle(NULL);
        if (failing_sync == 1)
            assert_true(journal_size() > (off_t)durable);
        sign_calls.fdatasync = sync_that_fails;
        syncs = 0;
        issue_one("SEP000000000001", 0, 2);
        assert_last(IPC_LATER);
        assert_non_null(strstr(last()->text, "synced"));
        if (failing_sync == 1) /* of the intent; otherwise that is durable */
            assert_int_equal(journal_size(), durable);
        assert_int_equal(journal_size(), signer.journal->durable);
    }
    sign_calls.fdatasync = fdatasync;
    issue_one("SEP000000000001", 0, 2);
    assert_last(IPC_ISSUED);
    assert_certificate(last());
    kill_signer();
    start();
    reconcile_now(false); /* the mark is gone with the sync: asking the store again does no harm */
    assert_int_equal(nanswers, 3);
    stop();
}

static void serials_differ(void **state)
{
    (void)state;
    start();
    for (int i = 0; i < 60; i++)
        issue_one("SEP000000000001", 0, i);
    assert_int_equal(nanswers, 60);
    for (size_t i = 0; i < nanswers; i++) {
        struct cert *a, *b;

        assert_int_equal(cert_from_der(answers[i].der, answers[i].len, &a, &why), VOX_OK);
        for (size_t k = 0; k < i; k++) {
            assert_int_equal(cert_from_der(answers[k].der, answers[k].len, &b, &why), VOX_OK);
            assert_false(bytes_equal(cert_serial(a), cert_serial(b)));
            cert_free(&b);
        }
        cert_free(&a);
    }
    stop();
}

/* What the store has not said it has is told; before that the newest that it has: it may be an older one now. */
static void reconciliation(void **state)
{
    uint8_t ids[3][CAPF_REQUEST_ID_LEN];

    (void)state;
    start();
    reconcile_now(false);
    assert_int_equal(nanswers, 1);
    nanswers = 0;
    for (int i = 0; i < 3; i++) {
        issue_one("SEP000000000001", 0, i);
        assert_false(last()->recorded);
        memcpy(ids[i], last()->id, sizeof ids[i]);
    }
    send_recorded(ids[1]);
    sign_service.settle(NULL);
    kill_signer();
    start();
    reconcile_now(false);
    assert_int_equal(nanswers, 4);
    assert_told(0, ids[1], true);
    assert_told(1, ids[0], false);
    assert_told(2, ids[2], false);
    send_recorded(ids[0]);
    send_recorded(ids[2]);
    stop();
    start();
    reconcile_now(false);
    assert_int_equal(nanswers, 2);
    assert_told(0, ids[2], true);
    reconcile_now(true);
    assert_int_equal(nanswers, 4);
    for (size_t i = 0; i < 3; i++)
        assert_told(i, ids[i], false);
    send_recorded(ids[0]);
    reconcile_now(false); /* the others are to be recorded still */
    assert_int_equal(nanswers, 4);
    assert_told(0, ids[0], true);
    assert_told(1, ids[1], false);
    stop();
}

static void caps(void **state)
{
    (void)state;
    set("capf.per-device-day", "2");
    set("capf.per-hour", "5");
    start();
    issue_one("SEP000000000001", 0, 1);
    send_issue(ask("SEP000000000001", 0, 2));
    send_issue(ask("SEP000000000001", 0, 3)); /* the group counts too */
    assert_last(IPC_LATER);
    sign_service.settle(NULL);
    assert_last(IPC_ISSUED);
    kill_signer();
    start();
    issue_one("SEP000000000001", 0, 4);
    assert_last(IPC_LATER);
    assert_non_null(strstr(last()->text, "cap"));
    issue_one("SEP000000000001", 0, 2); /* known: no new certificate */
    assert_last(IPC_ISSUED);
    for (int i = 0; i < 3; i++) {
        char device[16];

        (void)snprintf(device, sizeof device, "SEP00000000001%d", i);
        issue_one(device, 1, 1);
        assert_last(IPC_ISSUED);
    }
    issue_one("SEP000000000020", 1, 1);
    assert_last(IPC_LATER);
    assert_int_equal(counted[1], 5);
    /* what has happened an hour ago counts no more for all, a day ago no more for the device */
    memset(signer.known.minutes, 0, sizeof signer.known.minutes);
    issue_one("SEP000000000020", 1, 1);
    assert_last(IPC_ISSUED);
    issue_one("SEP000000000001", 0, 4);
    assert_last(IPC_LATER);
    for (size_t i = 0; i < signer.known.n; i++)
        signer.known.requests[i].time -= SIGN_DAY;
    issue_one("SEP000000000001", 0, 4);
    assert_last(IPC_ISSUED);
    stop();
    set("capf.per-device-day", "1000");
    set("capf.per-hour", "0");
}

/* Requests that wait in the same group count for the hour, too. */
static void an_hour_counts_its_group(void **state)
{
    (void)state;
    set("capf.per-hour", "2");
    start();
    send_issue(ask("SEP000000000001", 0, 1));
    send_issue(ask("SEP000000000002", 1, 1));
    assert_int_equal(nanswers, 0);
    send_issue(ask("SEP000000000003", 2, 1));
    assert_int_equal(nanswers, 1);
    assert_last(IPC_LATER);
    sign_service.settle(NULL);
    assert_int_equal(counted[1], 2);
    stop();
    set("capf.per-hour", "0");
}

static enum vox_err see_intent(void *arg, const struct capf_journal_record *r, uint64_t at, struct vox_error *err)
{
    (void)at;
    (void)err;
    if (r->type == CAPF_JOURNAL_INTENT)
        *(struct capf_journal_record *)arg = *r;
    return VOX_OK;
}

/* Who asked for what, how he proved himself, and the serial number: an intent tells it all before anything is signed.
 */
static void an_intent_says_all(void **state)
{
    struct capf_request r = ask("SEP000000000001", 0, 1);
    struct capf_journal_record intent = {0};
    uint8_t hash[CERT_SHA256_LEN], found[CAPF_JOURNAL_NONCE_LEN], id[CAPF_REQUEST_ID_LEN];
    const int64_t before = clock_now();
    struct bytes file;
    struct cert *c;
    uint64_t end;

    (void)state;
    memset(r.evidence, 0x5a, sizeof r.evidence);
    memcpy(id, r.id, sizeof id);
    assert_true(EVP_Digest(r.public_key.data, r.public_key.len, hash, NULL, EVP_sha256(), NULL) > 0);
    start();
    send_issue(r);
    sign_service.settle(NULL);
    assert_last(IPC_ISSUED);
    stop();
    assert_int_equal(file_read(journal_file, 1 << 20, &file, &why), VOX_OK);
    assert_int_equal(capf_journal_replay(bytes_view_of(&file), see_intent, &intent, found, &end, &why), VOX_OK);
    assert_string_equal(intent.device, "SEP000000000001");
    assert_memory_equal(intent.id, id, sizeof id);
    assert_memory_equal(intent.spki_sha256, hash, sizeof hash);
    assert_memory_equal(intent.evidence, r.evidence, sizeof r.evidence);
    assert_true(intent.time >= before && intent.time <= clock_now());
    assert_int_equal(cert_from_der(last()->der, last()->len, &c, &why), VOX_OK);
    const struct bytes_view serial = cert_serial(c); /* without zeros in front */
    assert_memory_equal(intent.serial + CAPF_SERIAL_LEN - serial.len, serial.data, serial.len);
    cert_free(&c);
    bytes_free(&file);
}

/* What would break a rule of the lint is the signer's fault: the phone comes again, it is not refused for its key. */
static void a_fault_of_the_signer_is_no_refusal(void **state)
{
    (void)state;
    start();
    signer.issuer.profile.digest = DIGEST_SHA1; /* no setting can do that */
    issue_one("SEP000000000001", 0, 1);
    assert_last(IPC_LATER);
    assert_int_equal(counted[0], 0);
    assert_int_equal(counted[2], 1);
    signer.issuer.profile.digest = DIGEST_SHA256;
    issue_one("SEP000000000001", 0, 1);
    assert_last(IPC_ISSUED);
    stop();
}

/* Settings, issuer and folder that do not do: a start that is refused says why, and nothing is left open. */
static void starts_that_fail(void **state)
{
    struct bytes before, after;

    (void)state;
    set("capf.days", "0");
    assert_int_equal(start_signer(), VOX_E_USAGE);
    assert_non_null(strstr(why.text, "capf.days"));
    stop();
    set("capf.days", "365");
    assert_int_equal(mkdir(journal_dir, 0755), 0);
    assert_int_equal(start_signer(), VOX_E_IO);
    assert_non_null(strstr(why.text, "open to others"));
    stop();
    assert_int_equal(chmod(journal_dir, 0700), 0);
    assert_int_equal(symlink("/dev/null", journal_file), 0);
    assert_int_equal(start_signer(), VOX_E_IO);
    stop();
    assert_int_equal(unlink(journal_file), 0);
    start();
    for (int i = 0; i < 3; i++)
        issue_one("SEP000000000001", 0, i);
    stop();
    assert_int_equal(chmod(journal_file, 0644), 0);
    assert_int_equal(start_signer(), VOX_E_IO);
    stop();
    assert_int_equal(chmod(journal_file, 0600), 0);
    /* damage in the middle stops the start, and the file stays as it is */
    {
        int fd = open(journal_file, O_RDWR);

        assert_true(pwrite(fd, "x", 1, CAPF_JOURNAL_HEAD_LEN + 60) == 1);
        (void)close(fd);
    }
    assert_int_equal(file_read(journal_file, 1 << 20, &before, &why), VOX_OK);
    assert_int_equal(start_signer(), VOX_E_INPUT);
    assert_non_null(strstr(why.text, "damaged"));
    stop();
    assert_int_equal(file_read(journal_file, 1 << 20, &after, &why), VOX_OK);
    assert_true(bytes_equal(bytes_view_of(&before), bytes_view_of(&after)));
    bytes_free(&before);
    bytes_free(&after);
    set("capf.days", "1825");
}

static void messages_that_are_none(void **state)
{
    static const uint8_t types[] = {IPC_OPENED, IPC_FRAME, IPC_CLOSED, IPC_REPLY, IPC_ISSUED, IPC_RECONCILED};
    static const uint8_t broken[] = {IPC_ISSUE, 1, 2, 3};
    struct ipc_message unknown = {.type = IPC_RECORDED};
    struct bytes wire;

    (void)state;
    start();
    for (size_t i = 0; i < sizeof types; i++) {
        const struct ipc_message m = {.type = types[i], .request = {.device = "SEP1"}};

        assert_int_equal(ipc_write(&m, &wire, &why), VOX_OK);
        assert_int_equal(sign_service.message(NULL, &state_link, bytes_view_of(&wire), &why), VOX_E_INPUT);
        bytes_free(&wire);
    }
    assert_int_equal(sign_service.message(NULL, &state_link, (struct bytes_view){broken, sizeof broken}, &why),
                     VOX_E_INPUT);
    send_to_signer(&unknown); /* of a request that it does not know: nothing */
    sign_service.settle(NULL);
    assert_int_equal(nanswers, 0);
    /* the other end goes away in the middle: signed, recorded in the journal, told to nobody */
    send_issue(ask("SEP000000000001", 0, 1));
    sign_service.gone(NULL, &state_link);
    sign_service.settle(NULL);
    assert_int_equal(nanswers, 0);
    send_reconcile(false);
    assert_int_equal(nanswers, 2);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_certificate, fresh),
        cmocka_unit_test_setup(ids_are_not_shared, fresh),
        cmocka_unit_test_setup(a_group_shares_its_syncs, fresh),
        cmocka_unit_test_setup(a_sync_that_fails, fresh),
        cmocka_unit_test_setup(serials_differ, fresh),
        cmocka_unit_test_setup(reconciliation, fresh),
        cmocka_unit_test_setup(caps, fresh),
        cmocka_unit_test_setup(an_hour_counts_its_group, fresh),
        cmocka_unit_test_setup(an_intent_says_all, fresh),
        cmocka_unit_test_setup(a_fault_of_the_signer_is_no_refusal, fresh),
        cmocka_unit_test_setup(starts_that_fail, fresh),
        cmocka_unit_test_setup(messages_that_are_none, fresh),
    };

    sign_first();
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
