/* The bytes of the journal: what was written is read, torn ends are cut, damage is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/sha.h>

#include <capf/journal.h>

enum { SEEN_MAX = 64 };
static const uint8_t nonce[CAPF_JOURNAL_NONCE_LEN] = "sixteen bytes...";
static const uint8_t der[] = "this stands for a certificate";
static struct vox_error why;

static struct capf_journal_record intent(uint8_t number)
{
    struct capf_journal_record r = {.type = CAPF_JOURNAL_INTENT, .device = "SEP001122334455", .time = 1800000000};

    memset(r.id, number, sizeof r.id);
    memset(r.serial, 0x55, sizeof r.serial);
    memset(r.spki_sha256, 0x66, sizeof r.spki_sha256);
    memset(r.evidence, 0x77, sizeof r.evidence);
    return r;
}

static struct capf_journal_record result(uint8_t number)
{
    struct capf_journal_record r = {.type = CAPF_JOURNAL_RESULT, .certificate = {der, sizeof der}};

    memset(r.id, number, sizeof r.id);
    return r;
}

static struct tlv_writer file;

static void begin(void)
{
    uint8_t head[CAPF_JOURNAL_HEAD_LEN];

    tlv_writer_free(&file);
    file = tlv_writer(1 << 20);
    assert_int_equal(capf_journal_head(nonce, head, &why), VOX_OK);
    tlv_put(&file, head, sizeof head);
}

static void put(struct capf_journal_record r, uint64_t durable)
{
    r.durable = durable;
    if (capf_journal_put(&file, nonce, 0, &r, &why) != VOX_OK)
        fail_msg("%s", why.text);
}

/* What a replay saw. */
static struct {
    size_t n;
    enum capf_journal_type types[SEEN_MAX];
    uint64_t at[SEEN_MAX];
} seen;

static enum vox_err see(void *arg, const struct capf_journal_record *r, uint64_t at, struct vox_error *err)
{
    (void)err;
    assert_ptr_equal(arg, &seen);
    seen.types[seen.n] = r->type;
    seen.at[seen.n++] = at;
    if (r->type == CAPF_JOURNAL_INTENT) {
        const struct capf_journal_record want = intent(r->id[0]);

        assert_string_equal(r->device, want.device);
        assert_memory_equal(r->id, want.id, sizeof want.id);
        assert_memory_equal(r->serial, want.serial, sizeof want.serial);
        assert_memory_equal(r->spki_sha256, want.spki_sha256, sizeof want.spki_sha256);
        assert_memory_equal(r->evidence, want.evidence, sizeof want.evidence);
        assert_true(r->time == want.time);
    } else if (r->type == CAPF_JOURNAL_RESULT) {
        assert_int_equal(r->certificate.len, sizeof der);
        assert_memory_equal(r->certificate.data, der, sizeof der);
        assert_ptr_equal(r->certificate.data, file.data + at + CAPF_JOURNAL_CERTIFICATE_AT);
    }
    return VOX_OK;
}

static enum vox_err replay_of(const uint8_t *data, size_t len, uint64_t *end)
{
    uint8_t found[CAPF_JOURNAL_NONCE_LEN];

    seen.n = 0;
    return capf_journal_replay((struct bytes_view){data, len}, see, &seen, found, end, &why);
}

/* Two requests as a signer writes them: intents, sync, results, sync, marks. offsets[i]: of record i; [n]: the end. */
static uint64_t offsets[9];
enum { RECORDS = 8 };
static void usual(void)
{
    uint64_t synced;
    size_t i = 0;

    begin();
    synced = file.len;
    offsets[i++] = file.len;
    put(intent(1), synced);
    offsets[i++] = file.len;
    put(intent(2), synced);
    synced = file.len;
    offsets[i++] = file.len;
    put(result(1), synced);
    offsets[i++] = file.len;
    put(result(2), synced);
    synced = file.len;
    offsets[i++] = file.len;
    put((struct capf_journal_record){.type = CAPF_JOURNAL_RECORDED, .id = {1}}, synced);
    offsets[i++] = file.len;
    put((struct capf_journal_record){.type = CAPF_JOURNAL_SYNCED}, synced);
    offsets[i++] = file.len;
    put(intent(3), synced);
    offsets[i++] = file.len;
    put(result(3), synced); /* as if written with its intent: not synced */
    offsets[i] = file.len;
}

static void there_and_back(void **state)
{
    uint64_t end;

    (void)state;
    usual();
    assert_int_equal(replay_of(file.data, file.len, &end), VOX_OK);
    assert_int_equal(end, file.len);
    assert_int_equal(seen.n, RECORDS);
    for (size_t i = 0; i < RECORDS; i++)
        assert_int_equal(seen.at[i], offsets[i]);
    begin();
    assert_int_equal(replay_of(file.data, file.len, &end), VOX_OK);
    assert_int_equal(end, CAPF_JOURNAL_HEAD_LEN);
    assert_int_equal(seen.n, 0);
}

/* An interrupted write: whatever length the file has, what is whole is read. */
static void torn_everywhere(void **state)
{
    uint64_t end;

    (void)state;
    usual();
    for (size_t len = 0; len < CAPF_JOURNAL_HEAD_LEN; len++)
        assert_int_equal(replay_of(file.data, len, &end), VOX_E_INPUT);
    for (size_t len = CAPF_JOURNAL_HEAD_LEN; len <= file.len; len++) {
        uint8_t *exact = malloc(len);
        size_t whole = 0;

        memcpy(exact, file.data, len);
        while (whole < RECORDS && offsets[whole + 1] <= len)
            whole++;
        seen.n = 0;
        {
            uint8_t found[CAPF_JOURNAL_NONCE_LEN];
            struct tlv_writer real = file;

            file.data = exact; /* where see() looks */
            assert_int_equal(capf_journal_replay((struct bytes_view){exact, len}, see, &seen, found, &end, &why),
                             VOX_OK);
            file = real;
        }
        assert_int_equal(seen.n, whole);
        assert_int_equal(end, offsets[whole]);
        free(exact);
    }
}

/* One bit: damage when a later record knows that the place was synced, the torn end of a write otherwise. */
static void every_bit(void **state)
{
    uint64_t end;

    (void)state;
    usual();
    for (size_t i = 0; i < file.len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            enum vox_err code;
            size_t record = 0;

            file.data[i] ^= (uint8_t)(1U << bit);
            code = replay_of(file.data, file.len, &end);
            file.data[i] ^= (uint8_t)(1U << bit);
            if (i < CAPF_JOURNAL_HEAD_LEN) {
                assert_int_equal(code, VOX_E_INPUT);
                continue;
            }
            while (offsets[record + 1] <= i)
                record++;
            assert_int_equal(end, offsets[record]);
            assert_int_equal(seen.n, record);
            assert_int_equal(code, record < 4 ? VOX_E_INPUT : VOX_OK);
            if (record < 4)
                assert_non_null(strstr(why.text, "damaged"));
        }
    }
}

/* A power cut leaves zeros where a page was lost, and may keep a later page. */
static void lost_pages(void **state)
{
    uint8_t kept[4096];
    uint64_t end;

    (void)state;
    usual();
    assert_true(file.len < sizeof kept);
    memcpy(kept, file.data, file.len);
    memset(file.data + offsets[6], 0, (size_t)(offsets[7] - offsets[6])); /* the intent, not its result */
    assert_int_equal(replay_of(file.data, file.len, &end), VOX_OK);
    assert_int_equal(end, offsets[6]);
    assert_int_equal(seen.n, 6);
    memcpy(file.data, kept, file.len);
    memset(file.data + offsets[2], 0, (size_t)(file.len - offsets[2])); /* nobody is left who knew better */
    assert_int_equal(replay_of(file.data, file.len, &end), VOX_OK);
    assert_int_equal(end, offsets[2]);
    memcpy(file.data, kept, file.len);
    memmove(file.data + offsets[2], file.data + offsets[3], (size_t)(file.len - offsets[3])); /* a record taken out */
    assert_int_equal(replay_of(file.data, file.len - (size_t)(offsets[3] - offsets[2]), &end), VOX_OK);
    assert_int_equal(end, offsets[2]); /* whose place is wrong is no record */
}

/* The bytes of a whole journal inside a certificate are a certificate, wherever damage makes one look for records. */
static void records_in_a_certificate(void **state)
{
    static uint8_t inside[4096];
    struct capf_journal_record r = result(1);
    uint64_t end;
    size_t len;

    (void)state;
    usual();
    len = file.len;
    memcpy(inside, file.data, len);
    begin();
    put(intent(1), 0);
    r.certificate = (struct bytes_view){inside, len};
    r.durable = 0;
    assert_int_equal(capf_journal_put(&file, nonce, 0, &r, &why), VOX_OK);
    file.data[CAPF_JOURNAL_HEAD_LEN] ^= 1;
    assert_int_equal(replay_of(file.data, file.len, &end), VOX_OK);
    assert_int_equal(end, CAPF_JOURNAL_HEAD_LEN);
}

static void what_is_not_written(void **state)
{
    static uint8_t large[CAPF_JOURNAL_CERTIFICATE_MAX + 1];
    struct capf_journal_record r;
    size_t len;

    (void)state;
    begin();
    len = file.len;
    r = result(1);
    r.certificate = (struct bytes_view){large, sizeof large};
    assert_int_equal(capf_journal_put(&file, nonce, 0, &r, &why), VOX_E_INPUT);
    r.certificate.len = 0;
    assert_int_equal(capf_journal_put(&file, nonce, 0, &r, &why), VOX_E_INPUT);
    r = intent(1);
    r.durable = len + 1; /* more than there is */
    assert_int_equal(capf_journal_put(&file, nonce, 0, &r, &why), VOX_E_INPUT);
    (void)strcpy(r.device, "sep\n");
    r.durable = 0;
    assert_int_equal(capf_journal_put(&file, nonce, 0, &r, &why), VOX_E_INPUT);
    r.type = (enum capf_journal_type)9;
    assert_int_equal(capf_journal_put(&file, nonce, 0, &r, &why), VOX_E_INPUT);
    assert_int_equal(file.len, len);
    file.max = len + 20; /* no more room */
    r = intent(1);
    assert_int_equal(capf_journal_put(&file, nonce, 0, &r, &why), VOX_E_MEMORY);
    assert_int_equal(file.len, len);
    file.max = 1 << 20;
    assert_int_equal(capf_journal_put(&file, nonce, 0, &r, &why), VOX_OK); /* the next one goes in */
}

static enum vox_err stop_at_two(void *arg, const struct capf_journal_record *r, uint64_t at, struct vox_error *err)
{
    (void)r;
    (void)at;
    return ++*(int *)arg == 2 ? vox_fail(err, VOX_E_MEMORY, "enough") : VOX_OK;
}

static void an_error_ends_it(void **state)
{
    uint8_t found[CAPF_JOURNAL_NONCE_LEN];
    uint64_t end;
    int n = 0;

    (void)state;
    usual();
    assert_int_equal(capf_journal_replay((struct bytes_view){file.data, file.len}, stop_at_two, &n, found, &end, &why),
                     VOX_E_MEMORY);
    assert_int_equal(n, 2);
}

static int done(void **state)
{
    (void)state;
    tlv_writer_free(&file);
    return 0;
}

/* Behind a name stands nothing: not what the writer's memory had there. */
static void names_are_filled_with_nothing(void **state)
{
    struct capf_journal_record r = intent(1);
    struct bytes_view clean, dirty;

    (void)state;
    begin();
    put(r, 0);
    clean = (struct bytes_view){file.data + CAPF_JOURNAL_HEAD_LEN, file.len - CAPF_JOURNAL_HEAD_LEN};
    (void)strcpy(r.device, "SEP1");
    assert_string_not_equal(r.device + 5, "");
    begin();
    put(r, 0);
    dirty = (struct bytes_view){file.data + CAPF_JOURNAL_HEAD_LEN, file.len - CAPF_JOURNAL_HEAD_LEN};
    assert_int_equal(dirty.len, clean.len);
    assert_memory_equal(dirty.data + CAPF_JOURNAL_CERTIFICATE_AT, "SEP1\0\0\0\0\0\0\0\0\0\0\0", PHONE_NAME_MAX + 1);
}

/* Gives the record at place, after a change, the checksum of a writer that means it. */
static void seal(size_t place)
{
    uint8_t text[CAPF_JOURNAL_NONCE_LEN + 8 + 512] = {0}, digest[SHA256_DIGEST_LENGTH];
    const size_t len = file.len - place - 16;

    assert_true(len <= 512);
    memcpy(text, nonce, sizeof nonce);
    text[CAPF_JOURNAL_NONCE_LEN + 7] = (uint8_t)place; /* big-endian */
    memcpy(text + CAPF_JOURNAL_NONCE_LEN + 8, file.data + place, len);
    SHA256(text, CAPF_JOURNAL_NONCE_LEN + 8 + len, digest);
    memcpy(file.data + place + len, digest, 16);
}

/* Records whose checksum is right and whose contents no signer writes: they are not read. */
static void contents_that_nobody_writes(void **state)
{
    enum { DURABLE = 5 + 7, NAME = CAPF_JOURNAL_CERTIFICATE_AT };
    static const struct {
        size_t at;
        const char *bytes;
        size_t len;
        bool good;
    } cases[] = {
        {0, "VJ", 2, true},
        {DURABLE, "\x20", 1, true},            /* all that is before it */
        {DURABLE, "\x21", 1, false},           /* itself */
        {NAME, "SEP001122334455X", 16, false}, /* no end */
        {NAME, "sep001122334455", 15, false},
        {NAME, "SEP\n", 4, false},
        {NAME, "", 1, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t end;
        size_t place;

        begin();
        place = file.len;
        assert_int_equal(place, 0x20);
        put(intent(1), 0);
        memcpy(file.data + place + cases[i].at, cases[i].bytes, cases[i].len);
        seal(place);
        assert_int_equal(replay_of(file.data, file.len, &end), VOX_OK);
        if (seen.n != cases[i].good || end != (cases[i].good ? file.len : place))
            fail_msg("case %zu: %s", i, cases[i].good ? "not read" : "read");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(torn_everywhere),
        cmocka_unit_test(every_bit),
        cmocka_unit_test(lost_pages),
        cmocka_unit_test(records_in_a_certificate),
        cmocka_unit_test(what_is_not_written),
        cmocka_unit_test(names_are_filled_with_nothing),
        cmocka_unit_test(contents_that_nobody_writes),
        cmocka_unit_test(an_error_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, done);
}
