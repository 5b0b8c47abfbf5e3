/* The signer in this process: its links, counters and system calls are ours. */
#ifndef UNIT_CAPF_SIGNING_H
#define UNIT_CAPF_SIGNING_H

#include "../daemon/ipc.c" /* before the names of the tests */
#include "../daemon/sign.c"
#include "../daemon/sign_answer.c"
#include "../daemon/sign_issue.c"
#include "../daemon/sign_issuer.c"
#include "../daemon/sign_journal.c"
#include "../daemon/sign_journal_open.c"
#include "../daemon/sign_known.c"
#include "../daemon/sign_memory.c"

#include "issuing.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/sha.h>

#include <libcert/clock.h>
#include <libcert/file.h>

/* --- what the skeleton of daemons would do --- */

struct serve_link {
    int number;
};
static struct serve_link state_link = {1};

enum { ANSWERS_MAX = 200 };
struct given {
    uint8_t type;
    uint8_t id[CAPF_REQUEST_ID_LEN];
    char device[PHONE_NAME_MAX + 1];
    char text[200];
    uint8_t der[4096];
    size_t len;
    bool recorded, end;
};
static struct given answers[ANSWERS_MAX];
static size_t nanswers;
static unsigned counted[3]; /* refused, issued, failed */
static void (*on_answer)(const struct given *a);

bool serve_link_send(struct serve_link *l, struct bytes_view m)
{
    struct given *a = &answers[nanswers++];
    struct ipc_message read;

    assert_ptr_equal(l, &state_link);
    assert_true(nanswers <= ANSWERS_MAX);
    assert_int_equal(ipc_read(m, &read, &why), VOX_OK);
    *a = (struct given){.type = read.type, .len = read.bytes.len, .recorded = read.recorded, .end = read.end};
    memcpy(a->id, read.request.id, sizeof a->id);
    memcpy(a->device, read.request.device, sizeof a->device);
    memcpy(a->text, read.text, sizeof a->text);
    assert_true(a->len <= sizeof a->der);
    if (a->len > 0)
        memcpy(a->der, read.bytes.data, a->len);
    if (on_answer != NULL)
        on_answer(a);
    return true;
}

void serve_count(size_t i)
{
    assert_true(i < 3);
    counted[i]++;
}

/* --- a folder with a store, an issuer and room for the journal --- */

static char dir[64], url[128], issuer_file[128], journal_dir[128], journal_file[160];
static EVP_PKEY *ca_key, *phone_key[3];
static struct cert *ca;

static void set(const char *key, const char *value)
{
    struct store *s;

    assert_int_equal(store_open(url, &s, &why), VOX_OK);
    assert_int_equal(store_begin(s, &why), VOX_OK);
    assert_int_equal(store_setting_set(s, key, value, &why), VOX_OK);
    assert_int_equal(store_commit(s, &why), VOX_OK);
    store_close(&s);
}

static int make_folder(void **state)
{
    const int64_t today = clock_now();
    const struct like like = {.from = today - now - DAY, .to = today - now + (int64_t)3650 * DAY};
    struct store *s;
    mode_t mask = umask(077);
    FILE *f;

    (void)state;
    (void)strcpy(dir, "/tmp/sign-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(url, sizeof url, "%s/store/db", dir);
    (void)snprintf(issuer_file, sizeof issuer_file, "%s/issuer.pem", dir);
    (void)snprintf(journal_dir, sizeof journal_dir, "%s/journal", dir);
    (void)snprintf(journal_file, sizeof journal_file, "%s/issue.journal", journal_dir);
    if (store_create(url, "test", &s, &why) != VOX_OK)
        fail_msg("%s", why.text);
    store_close(&s);
    set("capf.per-device-day", "1000");
    ca_key = EVP_EC_gen("P-256");
    ca = make_ca(ca_key, &like);
    assert_non_null(f = fopen(issuer_file, "w"));
    assert_true(PEM_write_PrivateKey(f, ca_key, NULL, NULL, 0, NULL, NULL) > 0);
    assert_true(PEM_write_X509(f, cert_x509(ca)) > 0);
    fclose(f);
    (void)umask(mask);
    for (int i = 0; i < 3; i++)
        phone_key[i] = EVP_EC_gen("P-256");
    return 0;
}

static int remove_folder(void **state)
{
    char command[100];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    assert_int_equal(system(command), 0);
    cert_free(&ca);
    EVP_PKEY_free(ca_key);
    for (int i = 0; i < 3; i++)
        EVP_PKEY_free(phone_key[i]);
    return 0;
}

/* An empty journal for each test. */
static int fresh(void **state)
{
    char command[200];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", journal_dir);
    assert_int_equal(system(command), 0);
    sign_calls = (struct sign_calls){write, pread, fdatasync, ftruncate};
    on_answer = NULL;
    nanswers = 0;
    memset(counted, 0, sizeof counted);
    return 0;
}

static enum vox_err start_signer(void)
{
    const struct sign_options o = {
        .store_url = url,
        .issuer_path = issuer_file,
        .journal_dir = journal_dir,
        .count_refused = 0,
        .count_issued = 1,
        .count_failed = 2,
    };

    sign_init(&o);
    return sign_service.start(NULL, &why);
}

static void start(void)
{
    if (start_signer() != VOX_OK)
        fail_msg("%s", why.text);
}

static void stop(void)
{
    sign_service.stop(NULL);
}

/* What a kill leaves: files as they are, locks gone. */
__attribute__((unused)) static void kill_signer(void)
{
    struct sign_journal *j = signer.journal;

    (void)close(j->fd);
    for (size_t i = 0; i < j->nothers; i++)
        (void)close(j->others[i].fd);
    tlv_writer_free(&j->pending);
    free(j);
    signer.journal = NULL;
    for (size_t i = 0; i < signer.n; i++) {
        capf_draft_free(&signer.group[i].draft);
        cert_free(&signer.group[i].cert);
    }
    signer.n = 0;
    sign_known_clear(&signer.known);
    sign_issuer_clear(&signer.issuer);
}

/* A request of device with one of the keys; number tells operations apart. */
static struct capf_request ask(const char *device, int key, int number)
{
    struct capf_request r = request_for(phone_key[key], &p256);
    char operation[20];

    (void)snprintf(operation, sizeof operation, "%d", number);
    (void)snprintf(r.device, sizeof r.device, "%s", device);
    assert_true(capf_request_id(device, operation, r.public_key, r.id));
    return r;
}

static void send_to_signer(const struct ipc_message *m)
{
    struct bytes wire;

    assert_int_equal(ipc_write(m, &wire, &why), VOX_OK);
    assert_int_equal(sign_service.message(NULL, &state_link, bytes_view_of(&wire), &why), VOX_OK);
    memset(wire.data, 0xee, wire.len); /* nothing may be borrowed from it */
    bytes_free(&wire);
}

static void send_issue(struct capf_request r)
{
    const struct ipc_message m = {.type = IPC_ISSUE, .request = r};

    send_to_signer(&m);
    free_request(&r);
}

__attribute__((unused)) static void issue_one(const char *device, int key, int number)
{
    send_issue(ask(device, key, number));
    sign_service.settle(NULL);
}

static void send_recorded(const uint8_t *id)
{
    struct ipc_message m = {.type = IPC_RECORDED};

    memcpy(m.request.id, id, sizeof m.request.id);
    send_to_signer(&m);
}

__attribute__((unused)) static void send_reconcile(bool all)
{
    const struct ipc_message m = {.type = IPC_RECONCILE, .all = all};

    send_to_signer(&m);
}

__attribute__((unused)) static off_t journal_size(void)
{
    struct stat st;

    assert_int_equal(stat(journal_file, &st), 0);
    return st.st_size;
}

static const struct given *last(void)
{
    assert_true(nanswers > 0);
    return &answers[nanswers - 1];
}

#define assert_last(what)                                                                    \
    do {                                                                                     \
        if (last()->type != (what))                                                          \
            fail_msg("answer %u, not %u: %s", last()->type, (unsigned)(what), last()->text); \
    } while (0)

/* It is a certificate of that phone, by our issuer. */
static void assert_certificate(const struct given *a)
{
    struct cert *c;

    assert_int_equal(cert_from_der(a->der, a->len, &c, &why), VOX_OK);
    assert_true(cert_verify_signed_by(c, ca));
    cert_free(&c);
}

#endif
