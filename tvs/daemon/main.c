/* voxtvsd: the TVS responder. The skeleton is libcert/serve; here is what is particular to TVS. */
#include <stdio.h>
#include <string.h>

#include <libcert/clock.h>
#include <libcert/storewatch.h>

#include "feed.h"
#include "identity.h"
#include "options.h"

enum counter { COUNT_TRUSTED, COUNT_UNTRUSTED, COUNT_BY_QUERY, COUNT_AMBIGUOUS, COUNT_OUTSIDE_VALIDITY };

static const struct serve_counter counters[] = {
    [COUNT_TRUSTED] = {.name = "answers_total{answer=\"trusted\"}", .help = "Answers, by verdict"},
    [COUNT_UNTRUSTED] = {.name = "answers_total{answer=\"untrusted\"}", .help = "Answers, by verdict"},
    [COUNT_BY_QUERY] = {.name = "queries_total", .help = "Requests that asked by name"},
    [COUNT_AMBIGUOUS] = {.name = "ambiguous_total", .help = "Requests by name that several certificates match"},
    [COUNT_OUTSIDE_VALIDITY] = {.name = "outside_validity_total",
                                .help = "Requests for a certificate outside its validity"},
};

struct daemon {
    struct options options;
    struct store_watch watch;      /* parent only: what is trusted */
    struct store_tls_watch policy; /* parent only */
    struct bytes last;             /* payload that was handed out */
    struct tvs_snapshot *snapshot; /* net processes only */
};

static enum vox_err refresh(void *arg, struct bytes *payload, bool *changed, struct vox_error *err)
{
    struct daemon *d = arg;
    struct bytes fresh;
    bool news;
    enum vox_err code = store_watch_look(&d->watch, &news, err);

    *changed = false;
    if (code != VOX_OK || (d->last.data != NULL && !news))
        return code;
    if ((code = feed_pack(d->watch.store, d->options.ttl, &fresh, err)) != VOX_OK) {
        store_watch_close(&d->watch);
        return code;
    }
    *changed = d->last.data == NULL || !bytes_equal(bytes_view_of(&d->last), bytes_view_of(&fresh));
    if (!*changed) {
        bytes_free(&fresh);
        store_watch_seen(&d->watch);
        return VOX_OK;
    }
    if ((code = bytes_copy(payload, fresh.data, fresh.len, err)) != VOX_OK) {
        bytes_free(&fresh);
        return code;
    }
    bytes_free(&d->last);
    d->last = fresh;
    store_watch_seen(&d->watch);
    return VOX_OK;
}

static enum vox_err changed(void *arg, const char **what, struct vox_error *err)
{
    struct daemon *d = arg;
    bool yes;
    enum vox_err code = store_tls_changed(&d->policy, &yes, err);

    *what = yes ? "the TLS policy" : NULL;
    return code;
}

static enum vox_err contexts(void *arg, const uint8_t *ticket_secret, SSL_CTX **main_ctx, SSL_CTX **legacy_ctx,
                             struct vox_error *err)
{
    const struct daemon *d = arg;

    return identity_contexts(&d->options, ticket_secret, main_ctx, legacy_ctx, err);
}

static enum vox_err take_payload(void *arg, struct bytes_view data, struct vox_error *err)
{
    struct daemon *d = arg;
    struct tvs_snapshot *fresh;
    enum vox_err code = feed_unpack(data, &fresh, err);

    if (code != VOX_OK)
        return code;
    tvs_snapshot_free(&d->snapshot);
    d->snapshot = fresh;
    log_line(LOG_LEVEL_DEBUG, "answering from %zu certificates", tvs_snapshot_count(fresh));
    return VOX_OK;
}

static void log_answer(const struct serve_peer *peer, const struct tvs_message *m, const struct tvs_outcome *o)
{
    char fingerprint[CERT_FINGERPRINT_MAX] = "-", unknown[64] = "";
    size_t len = 0;

    if (o->entry != NULL)
        cert_fingerprint(o->entry->cert, fingerprint);
    for (size_t i = 0; i < m->nunknown && i < TVS_UNKNOWN_MAX && len < sizeof unknown - 8; i++)
        len += (size_t)snprintf(unknown + len, sizeof unknown - len, "%s%u", i == 0 ? " unknown-tags=" : ",",
                                m->unknown[i]);
    log_line(LOG_LEVEL_INFO, "%s: device=%.*s %s %s by=%s certificate=%.16s%s%s", peer->address,
             (int)(m->device_len > TVS_DEVICE_MAX ? TVS_DEVICE_MAX : m->device_len), m->device != NULL ? m->device : "",
             m->command == TVS_QUERY_REQUEST ? "query" : "verify", o->status == TVS_TRUSTED ? "trusted" : "untrusted",
             tvs_reason_word(o->reason), fingerprint, o->outside_validity ? " outside-its-validity" : "", unknown);
}

static enum serve_verdict on_message(void *arg, const struct serve_peer *peer, struct bytes_view bytes,
                                     struct bytes *reply, struct vox_error *err)
{
    const struct daemon *d = arg;
    const struct tvs_policy policy = {.now = clock_now(), .refuse_expired = d->options.refuse_expired};
    struct tvs_outcome outcome;
    struct tvs_message m;

    if (tvs_message_read(bytes.data, bytes.len, &m, err) != VOX_OK)
        return SERVE_MALFORMED;
    if (d->snapshot == NULL) {
        (void)vox_fail(err, VOX_E_STORE, "asked before there was anything to answer from");
        return SERVE_MALFORMED;
    }
    if (tvs_answer(&m, d->snapshot, &policy, reply, &outcome, err) != VOX_OK)
        return SERVE_MALFORMED;
    serve_count(outcome.status == TVS_TRUSTED ? COUNT_TRUSTED : COUNT_UNTRUSTED);
    if (m.command == TVS_QUERY_REQUEST)
        serve_count(COUNT_BY_QUERY);
    if (outcome.reason == TVS_AMBIGUOUS)
        serve_count(COUNT_AMBIGUOUS);
    if (outcome.outside_validity)
        serve_count(COUNT_OUTSIDE_VALIDITY);
    log_answer(peer, &m, &outcome);
    return SERVE_REPLY;
}

/* --check-config: everything that a start would read. */
static int check(struct daemon *d)
{
    static const uint8_t secret[TLSCTX_TICKET_SECRET_LEN];
    SSL_CTX *main_ctx = NULL, *legacy_ctx = NULL;
    struct bytes payload = {NULL, 0};
    struct vox_error err;
    bool changed, ok = refresh(d, &payload, &changed, &err) == VOX_OK &&
                       contexts(d, secret, &main_ctx, d->options.serve.any_legacy ? &legacy_ctx : NULL, &err) == VOX_OK;

    bytes_free(&payload);
    SSL_CTX_free(main_ctx);
    SSL_CTX_free(legacy_ctx);
    store_watch_close(&d->watch);
    if (!ok)
        fprintf(stderr, "voxtvsd: %s\n", err.text);
    else
        printf("voxtvsd: could start\n");
    return ok ? 0 : 4;
}

int main(int argc, char **argv)
{
    static struct daemon d;

    if (!options_parse(argc, argv, &d.options))
        return 3;
    const struct serve_options *o = &d.options.serve;

    log_open("voxtvsd", o->log_level);
    d.watch.url = d.policy.store.url = o->store_url;
    const struct serve_app app = {
        .name = "voxtvsd",
        .argv = argv,
        .listeners = o->listeners,
        .nlisteners = o->nlisteners,
        .legacy_from = o->nlegacy_from > 0 ? o->legacy_from : NULL,
        .limits = o->limits,
        .workers = o->workers,
        .user = o->user,
        .status_address = o->status_address,
        .counters = counters,
        .ncounters = sizeof counters / sizeof *counters,
        .arg = &d,
        .refresh = refresh,
        .changed = changed,
        .contexts = contexts,
        .payload = take_payload,
        .frame = tvs_frame,
        .message = on_message,
    };

    if (o->sandbox_test)
        return serve_sandbox_test(&app);
    return o->check_config ? check(&d) : serve_run(&app);
}
