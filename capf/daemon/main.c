/* voxcapfd: the CAPF server. The skeleton is libcert/serve; here is what is particular to CAPF. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/log.h>

#include "changed.h"
#include "counters.h"
#include "identity.h"
#include "net.h"
#include "options.h"
#include "sign.h"
#include "sign_issuer.h"
#include "state.h"

static enum vox_err contexts(void *arg, const uint8_t *ticket_secret, SSL_CTX **main_ctx, SSL_CTX **legacy_ctx,
                             struct vox_error *err)
{
    sign_needs_memory();
    return identity_contexts(arg, ticket_secret, main_ctx, legacy_ctx, err);
}

/* Who issues: the one that is named, else the one that is shown. */
static struct sign_options signer_of(const struct options *o)
{
    return (struct sign_options){
        .store_url = o->serve.store_url,
        .issuer_path = o->issuer != NULL ? o->issuer : o->serve.cert,
        .issuer_key = o->issuer != NULL ? o->issuer_key : o->serve.key,
        .journal_dir = o->journal,
        .count_issued = COUNT_SIGNED,
        .count_refused = COUNT_SIGN_REFUSED,
        .count_failed = COUNT_SIGN_FAILED,
    };
}

/* The database itself: its owner is whom the state process becomes. */
static const char *files_of(const char *store_url)
{
    static const char scheme[] = "sqlite:";

    return strncmp(store_url, scheme, sizeof scheme - 1) == 0 ? store_url + sizeof scheme - 1 : store_url;
}

/* --check-config: everything that a start would read. */
static int check(struct options *o, const struct sign_options *signer)
{
    static const uint8_t secret[TLSCTX_TICKET_SECRET_LEN];
    SSL_CTX *main_ctx = NULL, *legacy_ctx = NULL;
    struct capf_issuer issuer = {0};
    char *journal = NULL;
    struct vox_error err;
    bool ok = identity_contexts(o, secret, &main_ctx, o->serve.any_legacy ? &legacy_ctx : NULL, &err) == VOX_OK &&
              sign_issuer_open(signer, &issuer, &journal, &err) == VOX_OK;

    SSL_CTX_free(main_ctx);
    SSL_CTX_free(legacy_ctx);
    sign_issuer_clear(&issuer);
    free(journal);
    if (!ok)
        fprintf(stderr, "voxcapfd: %s\n", err.text);
    else
        printf("voxcapfd: could start\n");
    return ok ? 0 : 4;
}

int main(int argc, char **argv)
{
    static struct options o;
    static struct state_options state;

    sign_first();
    if (!options_parse(argc, argv, &o))
        return 3;
    log_open("voxcapfd", o.serve.log_level);
    const struct sign_options signer = signer_of(&o);

    sign_init(&signer);
    state = (struct state_options){.store_url = o.serve.store_url,
                                   .issuer_path = signer.issuer_path,
                                   .key_timeout_s = o.key_timeout_s,
                                   .accept_expired_mic = o.accept_expired_mic,
                                   .one_key = o.issuer == NULL};
    const struct serve_service services[] = {sign_service, state_service(&state, files_of(o.serve.store_url))};
    const struct serve_app app = {
        .name = "voxcapfd",
        .argv = argv,
        .listeners = o.serve.listeners,
        .nlisteners = o.serve.nlisteners,
        .legacy_from = o.serve.nlegacy_from > 0 ? o.serve.legacy_from : NULL,
        .limits = o.serve.limits,
        .workers = o.serve.workers,
        .user = o.serve.user,
        .status_address = o.serve.status_address,
        .counters = counters,
        .ncounters = COUNTERS,
        .arg = &o,
        .changed = daemon_changed,
        .contexts = contexts,
        .frame = net_frame,
        .message = net_message,
        .services = services,
        .nservices = sizeof services / sizeof *services,
        .opened = net_opened,
        .closed = net_closed,
        .linked = net_linked,
    };

    if (o.serve.sandbox_test)
        return serve_sandbox_test(&app);
    return o.serve.check_config ? check(&o, &signer) : serve_run(&app);
}
