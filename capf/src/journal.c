#include <inttypes.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <capf/journal.h>

#define PAGE "journal.md 3: "

enum {
    MARK = 0x564a, /* "VJ" */
    FIXED_LEN = 2 + 1 + 2 + 8,
    CHECK_LEN = 16,
    HEAD_CHECK_LEN = 8,
    NAMED_LEN = CAPF_REQUEST_ID_LEN,
};
_Static_assert(FIXED_LEN + NAMED_LEN == CAPF_JOURNAL_CERTIFICATE_AT, "the certificate comes after the id");
static const uint8_t magic[8] = {'V', 'O', 'X', 'I', 'S', 'S', 'U', '1'};

static void put_u64(uint8_t out[static 8], uint64_t v)
{
    for (int i = 7; i >= 0; i--, v >>= 8)
        out[i] = (uint8_t)v;
}

/* SHA-256 over nonce, place and bytes. false: memory is out. */
static bool checksum(const uint8_t *nonce, uint64_t at, const uint8_t *data, size_t len, uint8_t *out, size_t outlen)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t place[8], digest[EVP_MAX_MD_SIZE];
    bool ok;

    put_u64(place, at);
    ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) > 0 &&
         EVP_DigestUpdate(ctx, nonce, CAPF_JOURNAL_NONCE_LEN) > 0 && EVP_DigestUpdate(ctx, place, sizeof place) > 0 &&
         EVP_DigestUpdate(ctx, data, len) > 0 && EVP_DigestFinal_ex(ctx, digest, NULL) > 0;
    EVP_MD_CTX_free(ctx);
    if (ok)
        memcpy(out, digest, outlen);
    return ok;
}

static enum vox_err no_memory(struct vox_error *err)
{
    return vox_fail_openssl(err, VOX_E_MEMORY, "no memory for a record of the journal");
}

enum vox_err capf_journal_head(const uint8_t nonce[static CAPF_JOURNAL_NONCE_LEN],
                               uint8_t out[static CAPF_JOURNAL_HEAD_LEN], struct vox_error *err)
{
    memcpy(out, magic, sizeof magic);
    memcpy(out + sizeof magic, nonce, CAPF_JOURNAL_NONCE_LEN);
    if (!checksum(nonce, 0, out, sizeof magic, out + sizeof magic + CAPF_JOURNAL_NONCE_LEN, HEAD_CHECK_LEN))
        return no_memory(err);
    return VOX_OK;
}

static void put_long(struct tlv_writer *w, uint64_t v)
{
    tlv_put_u32(w, (uint32_t)(v >> 32));
    tlv_put_u32(w, (uint32_t)v);
}

static void put_body(struct tlv_writer *w, const struct capf_journal_record *r)
{
    if (r->type != CAPF_JOURNAL_SYNCED)
        tlv_put(w, r->id, sizeof r->id);
    if (r->type == CAPF_JOURNAL_INTENT) {
        tlv_put(w, r->device, sizeof r->device); /* filled up with NULs */
        tlv_put(w, r->serial, sizeof r->serial);
        tlv_put(w, r->spki_sha256, sizeof r->spki_sha256);
        tlv_put(w, r->evidence, sizeof r->evidence);
        put_long(w, (uint64_t)r->time);
    } else if (r->type == CAPF_JOURNAL_RESULT) {
        tlv_put(w, r->certificate.data, r->certificate.len);
    }
}

/* Bytes of a body: every type but RESULT has one size. */
static bool body_fits(uint8_t type, size_t len)
{
    switch (type) {
    case CAPF_JOURNAL_INTENT:
        return len == NAMED_LEN + PHONE_NAME_MAX + 1 + CAPF_SERIAL_LEN + CERT_SHA256_LEN + CAPF_EVIDENCE_LEN + 8;
    case CAPF_JOURNAL_RESULT:
        return len > NAMED_LEN && len <= NAMED_LEN + CAPF_JOURNAL_CERTIFICATE_MAX;
    case CAPF_JOURNAL_RECORDED:
        return len == NAMED_LEN;
    case CAPF_JOURNAL_SYNCED:
        return len == 0;
    default:
        return false;
    }
}

enum vox_err capf_journal_put(struct tlv_writer *w, const uint8_t nonce[static CAPF_JOURNAL_NONCE_LEN], uint64_t base,
                              const struct capf_journal_record *r, struct vox_error *err)
{
    const size_t start = w->len;
    const uint64_t at = base + start;
    struct capf_journal_record clean = *r;
    uint8_t check[CHECK_LEN];
    size_t body;

    if (r->type == CAPF_JOURNAL_INTENT) { /* no bytes of the stack behind the name */
        if (phone_name_check(r->device, err) != VOX_OK)
            return VOX_E_INPUT;
        memset(clean.device, 0, sizeof clean.device);
        memcpy(clean.device, r->device, strlen(r->device));
    }
    tlv_put_u16(w, MARK);
    tlv_put_u8(w, (uint8_t)r->type);
    tlv_put_u16(w, 0);
    put_long(w, r->durable);
    put_body(w, &clean);
    body = w->len - start - FIXED_LEN;
    if (!w->no_memory && !w->too_large && (!body_fits((uint8_t)r->type, body) || r->durable > at)) {
        w->len = start;
        return vox_fail(err, VOX_E_INPUT, "a record of type %d and %zu bytes does not go into the journal",
                        (int)r->type, body);
    }
    tlv_patch_u16(w, start + 3, body);
    if (!w->no_memory && !w->too_large && !checksum(nonce, at, w->data + start, w->len - start, check, sizeof check)) {
        w->len = start;
        return no_memory(err);
    }
    tlv_put(w, check, sizeof check);
    if (w->no_memory || w->too_large) {
        w->len = start;
        w->no_memory = w->too_large = false;
        return no_memory(err);
    }
    return VOX_OK;
}

static bool take_long(struct tlv_reader *r, uint64_t *out)
{
    uint32_t high, low;

    if (!tlv_take_u32(r, &high) || !tlv_take_u32(r, &low))
        return false;
    *out = (uint64_t)high << 32 | low;
    return true;
}

static bool take_copy(struct tlv_reader *r, void *out, size_t len)
{
    struct bytes_view v;

    if (!tlv_take(r, len, &v))
        return false;
    memcpy(out, v.data, len);
    return true;
}

static bool read_body(struct tlv_reader *r, struct capf_journal_record *out)
{
    uint64_t when;

    if (out->type != CAPF_JOURNAL_SYNCED && !take_copy(r, out->id, sizeof out->id))
        return false;
    if (out->type == CAPF_JOURNAL_RESULT)
        return tlv_take(r, tlv_left(r), &out->certificate);
    if (out->type != CAPF_JOURNAL_INTENT)
        return true;
    if (!take_copy(r, out->device, sizeof out->device) || !take_copy(r, out->serial, sizeof out->serial) ||
        !take_copy(r, out->spki_sha256, sizeof out->spki_sha256) ||
        !take_copy(r, out->evidence, sizeof out->evidence) || !take_long(r, &when))
        return false;
    out->time = (int64_t)when;
    return out->device[PHONE_NAME_MAX] == '\0' && phone_name_check(out->device, NULL) == VOX_OK;
}

/* Is there a whole record in front of r, whose first byte stands at base? VOX_E_INPUT if not; nothing is taken then. */
static enum vox_err read_record(struct tlv_reader *r, uint64_t base, const uint8_t *nonce,
                                struct capf_journal_record *out)
{
    struct tlv_reader at = *r, body;
    const uint64_t place = base + tlv_offset(r);
    struct bytes_view whole, check;
    uint8_t type, sum[CHECK_LEN];
    uint16_t mark, len;

    *out = (struct capf_journal_record){0};
    if (!tlv_take_u16(&at, &mark) || mark != MARK || !tlv_take_u8(&at, &type) || !tlv_take_u16(&at, &len) ||
        !body_fits(type, len) || !take_long(&at, &out->durable) || out->durable > place ||
        !tlv_child(&at, len, &body) || !tlv_take(&at, CHECK_LEN, &check))
        return VOX_E_INPUT;
    whole = (struct bytes_view){check.data - FIXED_LEN - len, (size_t)FIXED_LEN + len};
    if (!checksum(nonce, place, whole.data, whole.len, sum, sizeof sum))
        return VOX_E_MEMORY;
    if (CRYPTO_memcmp(sum, check.data, sizeof sum) != 0)
        return VOX_E_INPUT;
    out->type = (enum capf_journal_type)type;
    if (!read_body(&body, out))
        return VOX_E_INPUT;
    *r = at;
    return VOX_OK;
}

/*
 * What stands behind a place that cannot be read: is there a record that knew the place to be durable? One byte at a
 * time, since nothing tells where the next record begins.
 */
static enum vox_err was_durable(struct tlv_reader r, const uint8_t *nonce, uint64_t place, bool *out)
{
    struct capf_journal_record record;
    struct bytes_view skipped;
    enum vox_err code;

    *out = false;
    while (!*out && tlv_take(&r, 1, &skipped)) {
        struct tlv_reader here = r;

        if ((code = read_record(&here, 0, nonce, &record)) == VOX_E_MEMORY)
            return code;
        *out = code == VOX_OK && record.durable > place;
    }
    return VOX_OK;
}

static enum vox_err read_head(struct tlv_reader *r, uint8_t *nonce, struct vox_error *err)
{
    struct bytes_view is, check;
    uint8_t sum[HEAD_CHECK_LEN];

    if (!tlv_take(r, sizeof magic, &is) || memcmp(is.data, magic, sizeof magic) != 0 ||
        !take_copy(r, nonce, CAPF_JOURNAL_NONCE_LEN) || !tlv_take(r, HEAD_CHECK_LEN, &check))
        return vox_fail(err, VOX_E_INPUT, PAGE "this is no journal of a signer, or one of another version");
    if (!checksum(nonce, 0, is.data, is.len, sum, sizeof sum))
        return no_memory(err);
    if (CRYPTO_memcmp(sum, check.data, sizeof sum) != 0)
        return vox_fail(err, VOX_E_INPUT, PAGE "the head of the journal is damaged");
    return VOX_OK;
}

enum vox_err capf_journal_read(struct bytes_view data, uint64_t base, capf_journal_each *each, void *arg,
                               const uint8_t nonce[static CAPF_JOURNAL_NONCE_LEN], uint64_t *end, struct vox_error *err)
{
    struct tlv_reader r = tlv_reader(data.data, data.len);
    struct capf_journal_record record;
    enum vox_err code;

    *end = base;
    while (tlv_left(&r) > 0) {
        if ((code = read_record(&r, base, nonce, &record)) == VOX_E_MEMORY)
            return no_memory(err);
        if (code != VOX_OK)
            break;
        if ((code = each(arg, &record, *end, err)) != VOX_OK)
            return code;
        *end = base + tlv_offset(&r);
    }
    return VOX_OK;
}

enum vox_err capf_journal_replay(struct bytes_view data, capf_journal_each *each, void *arg,
                                 uint8_t nonce[static CAPF_JOURNAL_NONCE_LEN], uint64_t *end, struct vox_error *err)
{
    struct tlv_reader r = tlv_reader(data.data, data.len);
    struct bytes_view rest;
    enum vox_err code = read_head(&r, nonce, err);
    bool damaged;

    *end = tlv_offset(&r);
    if (code != VOX_OK)
        return code;
    rest = (struct bytes_view){data.data + *end, data.len - *end};
    if ((code = capf_journal_read(rest, *end, each, arg, nonce, end, err)) != VOX_OK || *end == data.len)
        return code;
    (void)tlv_take(&r, *end - tlv_offset(&r), &rest);
    if (was_durable(r, nonce, *end, &damaged) != VOX_OK)
        return no_memory(err);
    if (damaged)
        return vox_fail(err, VOX_E_INPUT,
                        PAGE "a record of the journal is damaged (byte %" PRIu64 "), though it had been written whole: "
                             "the disk or somebody changed it; put the file back from a backup, or move it away after "
                             "you have compared it with the ledger (voxcapf log)",
                        *end);
    return VOX_OK;
}
