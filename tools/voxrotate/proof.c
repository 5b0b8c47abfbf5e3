#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cli/report.h>
#include <libcert/clock.h>
#include <libcert/tlsconn.h>
#include <libcert/tlsctx.h>

#include "voxrotate.h"

enum { HANDSHAKE_MS = 5000, AGAIN_MS = 250, TLS_1_0 = 0x0301 };

static unsigned port_of(enum service s)
{
    switch (s) {
    case SERVICE_CALLMANAGER:
    case SERVICE_CALLMANAGER_ECDSA:
        return 5061;
    case SERVICE_CAPF:
        return 3804;
    case SERVICE_TVS:
        return 2445;
    case SERVICE_TOMCAT:
        return 8443;
    case SERVICE_ITLRECOVERY:
    case SERVICE_COUNT:
        break;
    }
    return 0;
}

/* A server with an RSA and an EC certificate shows the one that is asked for. */
static const char *signatures_for(const struct cert *cert)
{
    EVP_PKEY *key = cert_key(cert);

    return key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC
               ? "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512"
               : "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512:rsa_pkcs1_"
                 "sha1";
}

/* What the server shows: VOX_OK cert itself, VOX_E_NO another, VOX_E_IO nothing. */
static enum vox_err look(const char *at, unsigned port, const struct cert *cert, struct vox_error *err)
{
    struct tlsctx_client_params p = {.policy = {.min_version = TLS_1_0, .ciphers = TLS_CIPHERS_ALL}};
    struct tlsconn_target target;
    struct tlsconn *conn = NULL;
    struct cert **chain = NULL;
    SSL_CTX *ctx = NULL;
    size_t n = 0;
    enum vox_err code;

    if ((code = tlsconn_target_parse(at, port, &target, err)) != VOX_OK ||
        (code = tlsctx_client(&p, &ctx, err)) != VOX_OK)
        return code;
    if (SSL_CTX_set1_sigalgs_list(ctx, signatures_for(cert)) <= 0) {
        SSL_CTX_free(ctx);
        return vox_fail_openssl(err, VOX_E_CRYPTO, "the handshake cannot be set up");
    }
    const struct tlsconn_params c = {.target = &target, .ctx = ctx, .timeout_ms = HANDSHAKE_MS};

    if ((code = tlsconn_open(&c, &conn, err)) == VOX_OK &&
        (code = tlsconn_peer_chain(conn, &chain, &n, err)) == VOX_OK) {
        if (n == 0 || !cert_same(chain[0], cert))
            code = vox_fail(err, VOX_E_NO, "%s still shows another certificate", at);
    } else {
        code = err->code = VOX_E_IO;
        (void)vox_error_prefix(err, "%s", at);
    }
    for (size_t i = 0; i < n; i++)
        cert_free(&chain[i]);
    free(chain);
    tlsconn_close(&conn);
    SSL_CTX_free(ctx);
    return code;
}

enum vox_err proof_show(const struct turn *t, const struct proof *p, const struct cert *cert, struct vox_error *err)
{
    const struct timespec pause = {.tv_nsec = AGAIN_MS * 1000000L};
    const int64_t until = clock_now() + p->wait_s;
    const struct store_node *node = t->owner.node;
    const char *standard[] = {node != NULL ? (node->dns[0] != '\0' ? node->dns : node->ip) : ""};
    const char *const *at = p->nat > 0 ? p->at : standard;
    const size_t n = p->nat > 0 ? p->nat : 1;
    enum vox_err code;

    if (p->none)
        return VOX_OK;
    if (p->nat == 0 && (port_of(t->owner.service) == 0 || standard[0][0] == '\0')) {
        cli_say(t->common, "No port shows this certificate by itself: nothing to prove by a handshake.");
        return VOX_OK;
    }
    for (size_t i = 0; i < n; i++) {
        while ((code = look(at[i], port_of(t->owner.service), cert, err)) == VOX_E_NO || code == VOX_E_IO) {
            if (clock_now() >= until)
                break;
            (void)nanosleep(&pause, NULL);
        }
        if (code != VOX_OK)
            return code;
        cli_say(t->common, "%s shows the new certificate", at[i]);
    }
    return VOX_OK;
}

error_t proof_parse(int key, char *arg, struct argp_state *state, struct proof *p)
{
    unsigned long n;
    char *end;

    switch (key) {
    case PROOF_AT:
        if (p->nat == PROOF_AT_MAX)
            argp_error(state, "--at: at most %d", PROOF_AT_MAX);
        p->at[p->nat++] = arg;
        return 0;
    case PROOF_WAIT:
        errno = 0;
        n = strtoul(arg, &end, 10);
        if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || errno != 0 || n > PROOF_WAIT_MAX)
            argp_error(state, "--wait %s: 0 to %d seconds", arg, PROOF_WAIT_MAX);
        p->wait_s = (unsigned)n;
        return 0;
    case PROOF_NONE:
        p->none = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}
