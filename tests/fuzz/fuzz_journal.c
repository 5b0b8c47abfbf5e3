/* Any bytes as a journal: what is read writes to the same bytes in the same place, and the end is where it says. */
#include <stdlib.h>
#include <string.h>

#include <capf/journal.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct rewritten {
    const uint8_t *nonce;
    struct tlv_writer out;
};

static void check(bool good)
{
    if (!good)
        abort();
}

static enum vox_err again(void *arg, const struct capf_journal_record *r, uint64_t at, struct vox_error *err)
{
    struct rewritten *w = arg;

    check(at == w->out.len);
    return capf_journal_put(&w->out, w->nonce, 0, r, err);
}

/* The input alone is no journal, but for the head that the seeds have. */
static enum vox_err count(void *arg, const struct capf_journal_record *r, uint64_t at, struct vox_error *err)
{
    (void)r;
    (void)at;
    (void)err;
    ++*(size_t *)arg;
    return VOX_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t nonce[CAPF_JOURNAL_NONCE_LEN] = {1}; /* not that of the seeds: no record of theirs fits here */
    uint8_t found[CAPF_JOURNAL_NONCE_LEN], head[CAPF_JOURNAL_HEAD_LEN];
    struct rewritten w = {.nonce = nonce, .out = tlv_writer(1 << 24)};
    struct capf_journal_record r = {.type = CAPF_JOURNAL_INTENT, .device = "SEP1"};
    uint64_t end;
    size_t n = 0, whole;

    (void)capf_journal_replay((struct bytes_view){data, size}, count, &n, found, &end, NULL);
    check(end <= size);
    /* A file that was written well so far, then these bytes, then a record that knew them to be durable, or not. */
    check(capf_journal_head(nonce, head, NULL) == VOX_OK);
    tlv_put(&w.out, head, sizeof head);
    check(capf_journal_put(&w.out, nonce, 0, &r, NULL) == VOX_OK);
    whole = w.out.len;
    tlv_put(&w.out, data, size);
    r.durable = size > 0 && (data[0] & 1) != 0 ? w.out.len : 0;
    check(capf_journal_put(&w.out, nonce, 0, &r, NULL) == VOX_OK);
    {
        struct rewritten copy = {.nonce = found, .out = tlv_writer(1 << 24)};
        enum vox_err code;

        tlv_put(&copy.out, head, sizeof head);
        code = capf_journal_replay((struct bytes_view){w.out.data, w.out.len}, again, &copy, found, &end, NULL);
        check(code == VOX_OK || code == VOX_E_INPUT);
        check(end >= whole && end == copy.out.len && memcmp(copy.out.data, w.out.data, copy.out.len) == 0);
        check(code == VOX_OK || r.durable > end);
        tlv_writer_free(&copy.out);
    }
    tlv_writer_free(&w.out);
    return 0;
}
