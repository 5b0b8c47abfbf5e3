#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include <libcert/clock.h>
#include <libcert/log.h>

#include "sign_parts.h"

enum {
    SECURE_HEAP = 128 * 1024, /* room for the private numbers of a key or two; a power of two, locked into memory */
    SECURE_LEAST = 32,
    PRUNE_EVERY = 600,
    WARN_DAYS = 30,
    TELL_MAX = 4096, /* results told at once, that a link's queue holds */
};

struct signer signer;

void sign_init(const struct sign_options *o)
{
    signer = (struct signer){.o = *o};
}

/* Those of the signer of before a reload are its own, until the store is in doubt. */
static bool may_lack(const struct sign_request *q)
{
    return q->length > 0 && (q->doubted || (q->source == 0 && !q->recorded));
}

static void tell(struct serve_link *l, const struct sign_request *q)
{
    struct capf_request r = {0};

    memcpy(r.id, q->id, sizeof r.id);
    memcpy(r.device, q->device, sizeof r.device);
    sign_answer_known(l, &r, q);
}

/* The newest that the store has said it has: if it lacks that, it is an older one that somebody put back. */
static void tell_newest_recorded(struct serve_link *l)
{
    for (size_t i = signer.known.n; i > 0; i--) {
        const struct sign_request *q = &signer.known.requests[i - 1];

        if (q->source == 0 && q->length > 0 && q->recorded && !q->doubted) {
            tell(l, q);
            return;
        }
    }
}

/* What the store may lack is told; it says what it recorded. */
static void reconcile(struct serve_link *l, bool all)
{
    struct ipc_message done = {.type = IPC_RECONCILED, .end = true};
    struct bytes out;
    size_t n = 0;

    for (size_t i = 0; all && i < signer.known.n; i++)
        signer.known.requests[i].doubted = true;
    tell_newest_recorded(l);
    for (size_t i = 0; i < signer.known.n && done.end; i++) {
        const struct sign_request *q = &signer.known.requests[i];

        if (!may_lack(q))
            continue;
        if (n == TELL_MAX) {
            done.end = false;
            continue;
        }
        tell(l, q);
        n++;
    }
    if (n > 0)
        log_line(LOG_LEVEL_NOTICE, "%zu certificates of the journal are compared with the store", n);
    if (ipc_write(&done, &out, NULL) == VOX_OK) {
        (void)serve_link_send(l, bytes_view_of(&out));
        bytes_free(&out);
    }
}

static void recorded(const uint8_t *id)
{
    struct capf_journal_record r = {.type = CAPF_JOURNAL_RECORDED};
    struct sign_request *q = sign_known_find(&signer.known, id);
    struct vox_error err;

    if (q != NULL)
        q->doubted = false;
    q = sign_known_newest(&signer.known, id, 0);
    if (q == NULL || q->length == 0 || q->recorded)
        return;
    memcpy(r.id, id, sizeof r.id);
    if (sign_journal_add(signer.journal, &r, NULL, &err) == VOX_OK)
        q->recorded = true;
    else
        log_line(LOG_LEVEL_WARNING, "%s: %s", q->device, err.text);
}

static enum vox_err on_message(void *arg, struct serve_link *l, struct bytes_view data, struct vox_error *err)
{
    struct ipc_message m;
    enum vox_err code = ipc_read(data, &m, err);

    (void)arg;
    if (code != VOX_OK)
        return code;
    switch (m.type) {
    case IPC_ISSUE:
        sign_issue(l, &m.request);
        return VOX_OK;
    case IPC_RECONCILE:
        reconcile(l, m.all);
        return VOX_OK;
    case IPC_RECORDED:
        recorded(m.request.id);
        return VOX_OK;
    default:
        return vox_fail(err, VOX_E_INPUT, "a message of type %u, which is none for the signer", m.type);
    }
}

static void on_gone(void *arg, struct serve_link *l)
{
    (void)arg;
    for (size_t i = 0; i < signer.n; i++)
        if (signer.group[i].link == l)
            signer.group[i].link = NULL;
}

static void on_settle(void *arg)
{
    (void)arg;
    sign_settle();
}

static void warn_of_end(int64_t now)
{
    if (signer.issuer.cert == NULL)
        return;
    const int64_t days = clock_days_between(now, cert_not_after(signer.issuer.cert));

    if (days >= WARN_DAYS || (now >= signer.warned && now - signer.warned < SIGN_DAY))
        return;
    signer.warned = now;
    if (days < 0)
        log_line(LOG_LEVEL_ERROR, "the issuer's certificate has ended: no phone gets a certificate");
    else
        log_line(LOG_LEVEL_WARNING, "the issuer's certificate ends in %lld days, and with it all that it signs",
                 (long long)days);
}

static void on_tick(void *arg)
{
    const int64_t now = clock_now();

    (void)arg;
    warn_of_end(now);
    if (signer.n == 0)
        sign_journal_mark(signer.journal);
    if (now - signer.pruned >= PRUNE_EVERY || now < signer.pruned) {
        signer.pruned = now;
        (void)sign_known_prune(&signer.known, now);
    }
}

static enum vox_err on_start(void *arg, struct vox_error *err)
{
    char *journal_dir;
    enum vox_err code;

    (void)arg;
    sign_needs_memory();
    if (!CRYPTO_secure_malloc_initialized() && CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_LEAST) != 1)
        log_line(LOG_LEVEL_WARNING, "the memory of the private key cannot be locked: it may be written to swap space");
    if ((code = sign_issuer_open(&signer.o, &signer.issuer, &journal_dir, err)) != VOX_OK)
        return code;
    if (signer.issuer.key == NULL)
        log_line(LOG_LEVEL_INFO, "the CA is elsewhere: its key here is not read");
    code = sign_journal_open(journal_dir, clock_now(), &signer.known, &signer.journal, err);
    free(journal_dir);
    if (code == VOX_OK)
        warn_of_end(clock_now());
    return code;
}

static void on_stop(void *arg)
{
    (void)arg;
    if (signer.journal != NULL)
        sign_settle();
    sign_journal_close(&signer.journal);
    sign_known_clear(&signer.known);
    sign_issuer_clear(&signer.issuer);
    (void)CRYPTO_secure_malloc_done();
}

const struct serve_service sign_service = {
    .name = "sign",
    .alone = true, /* the journal tells its successor what it signed */
    .start = on_start,
    .message = on_message,
    .gone = on_gone,
    .settle = on_settle,
    .tick = on_tick,
    .stop = on_stop,
};
