#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <libcert/clock.h>
#include <libcert/role.h>

#include "voxphone.h"

enum { SIP_TLS_PORT = 5061, CAPF_DEFAULT_PORT = 3804 };

/* --- CAPF --- */

/* The CAPF records of what the phone holds; everything that a TVS has to say about a server is not asked for here: a
 * phone that enrols for the first time has only its lists. */
static enum vox_err capf_trust(const struct phone_boot *b, struct bundle *out, struct vox_error *err)
{
    const struct ctl_list *lists[] = {b->ctl, b->o->model.no_security_by_default ? NULL : b->itl};
    size_t n = (b->ctl != NULL ? b->ctl->nrecords : 0) + (b->itl != NULL ? b->itl->nrecords : 0);

    *out = (struct bundle){0};
    if ((out->certs = calloc(n + 1, sizeof *out->certs)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; lists[k] != NULL && i < lists[k]->nrecords; i++)
            if (lists[k]->records[i].function == ROLE_CAPF && lists[k]->records[i].cert != NULL)
                out->certs[out->ncerts++] = cert_ref(lists[k]->records[i].cert);
    if (out->ncerts == 0)
        return vox_fail(err, VOX_E_NO, "no list that the phone holds names a CAPF server: it enrols nowhere");
    return VOX_OK;
}

static bool may_prove(const struct phone_boot *b)
{
    return b->o->string_file != NULL || b->o->null_string || b->o->proof != NULL || b->lsc.cert != NULL;
}

static enum vox_err credentials(struct phone_boot *b, struct enroll_args *a, struct enroll *e, struct vox_error *err)
{
    enum vox_err code = VOX_OK;

    if (a->string_file != NULL) {
        const struct password_source from = cli_password(b->common, a->string_file);

        if ((code = from.get(from.arg, a->string_file, &e->string, err)) != VOX_OK)
            (void)vox_error_prefix(err, "%s", a->string_file);
    } else if (b->o->proof != NULL) {
        code = keep_read_pair(b->common, a->proof, &e->proof, err);
    } else if (!a->null_string) {
        e->proof.cert = cert_ref(b->lsc.cert);
        e->proof.key = EVP_PKEY_up_ref(b->lsc.key) > 0 ? b->lsc.key : NULL;
    }
    return code;
}

static void tell_enrolled(struct phone_boot *b, const struct enroll *e, enum vox_err code, const struct vox_error *err)
{
    char when[CLOCK_RFC3339_MAX], key[64];

    if (code == VOX_OK && strcmp(e->result, "installed") == 0) {
        clock_format(cert_not_after(e->cert), when);
        cert_key_text(e->cert, key, sizeof key);
        phone_step(b, "CAPF", STEP_GOOD, "installed", "a certificate of its own: %s, good until %s", key, when);
    } else if (code == VOX_OK) {
        phone_step(b, "CAPF", strcmp(e->result, "nothing") == 0 ? STEP_NOTHING : STEP_GOOD, e->result, "%s",
                   strcmp(e->result, "nothing") == 0 ? "nothing waits for the phone" : e->operation);
    } else {
        phone_step(b, "CAPF", STEP_FAILED, code == VOX_E_NO ? e->result : "failed", "%s", err->text);
    }
}

static enum vox_err reach_capf(struct enroll *e, struct vox_error *err)
{
    const enum vox_err code = enroll_connect(e, err);

    if (code != VOX_OK && code != VOX_E_USAGE) /* that one quotes what was typed */
        (void)vox_error_prefix(err, "%s", e->args->target);
    return code;
}

void phone_enrol(struct phone_boot *b)
{
    char target[CONFIG_TEXT_MAX + 16], *lsc = phone_path(b, "lsc.pem");
    struct cli_common quiet = *b->common;
    struct enroll_args a = {.device = b->name,
                            .output = lsc,
                            .string_file = b->o->string_file,
                            .null_string = b->o->null_string,
                            .proof = b->o->proof,
                            .kind = b->o->proof != NULL ? b->o->kind : CAPF_LSC,
                            .key = {.type = KEY_RSA, .rsa_bits = 2048},
                            .version = 3,
                            .in_progress = -1,
                            .tls_min = b->o->model.legacy ? "1.0" : NULL,
                            .timeout_s = b->o->timeout_s};
    struct enroll e = {.common = &quiet, .args = &a, .operation = "none", .result = "failed", .reason = -1};
    struct vox_error err = {.text = ""};
    enum vox_err code;

    quiet.quiet = true;
    config_target(b->config.capf, b->config.capf_port, CAPF_DEFAULT_PORT, target, sizeof target);
    a.target = b->o->capf != NULL ? b->o->capf : target;
    if ((b->o->capf == NULL && (b->config.capf[0] == '\0' || b->config.capf_mode == 0)) || !may_prove(b)) {
        free(lsc);
        return; /* nothing orders it, or it has nothing to prove itself with */
    }
    if (a.string_file == NULL && !a.null_string && a.proof == NULL)
        a.proof = lsc; /* says in enroll_steps.c that there is a proof; it is e.proof that is used */
    if (lsc == NULL)
        code = vox_fail(&err, VOX_E_MEMORY, "no memory");
    else if ((code = capf_trust(b, &e.trust, &err)) == VOX_OK && (code = credentials(b, &a, &e, &err)) == VOX_OK &&
             (code = reach_capf(&e, &err)) == VOX_OK)
        code = enroll_session(&e, &err);
    tell_enrolled(b, &e, code, &err);
    if (code == VOX_OK && strcmp(e.result, "installed") == 0) {
        pair_clear(&b->lsc);
        if (keep_read_pair(b->common, lsc, &b->lsc, &err) != VOX_OK)
            phone_step(b, "CAPF", STEP_FAILED, "failed", "%s", err.text);
    }
    enroll_disconnect(&e);
    bundle_free(&e.trust);
    bytes_wipe(&e.string);
    pair_clear(&e.proof);
    cert_free(&e.cert);
    free(lsc);
}

/* --- the call manager --- */

static void judge(struct phone_boot *b, const char *target, struct tlsconn *conn)
{
    struct accept_result r = {.verdict = ACCEPT_REFUSED, .rule = "4.1", .why = "it shows no certificate"};
    const SSL *ssl = tlsconn_ssl(conn);
    struct cert **chain = NULL;
    struct vox_error err;
    size_t n = 0;

    if (tlsconn_peer_chain(conn, &chain, &n, &err) == VOX_OK && n > 0)
        phone_decide(b, chain[0], ACCEPT_FOR_CALL_MANAGER, &r);
    for (size_t i = 0; i < n; i++)
        cert_free(&chain[i]);
    free(chain);
    if (r.verdict == ACCEPT_REFUSED)
        phone_step(b, "call manager", STEP_REFUSED, "refused", "%s: %s (acceptance.md %s)", target, r.why, r.rule);
    else
        phone_step(b, "call manager", STEP_GOOD, accept_word(r.verdict), "%s: %s, %s: %s (acceptance.md %s)", target,
                   SSL_get_version(ssl), SSL_get_cipher_name(ssl), r.why, r.rule);
}

void phone_call_manager(struct phone_boot *b)
{
    char text[CONFIG_TEXT_MAX + 16];
    struct tlsconn_target target;
    struct tlsconn *conn = NULL;
    SSL_CTX *ctx = NULL;
    struct vox_error err;
    enum vox_err code;

    config_target(b->config.ccm, b->config.ccm_port, SIP_TLS_PORT, text, sizeof text);
    /* Only phones that are to be secure connect by TLS. */
    if (b->o->ccm == NULL && (b->config.ccm[0] == '\0' || b->config.security < 2))
        return;
    const char *at = b->o->ccm != NULL ? b->o->ccm : text;

    if ((code = tlsconn_target_parse(at, SIP_TLS_PORT, &target, &err)) == VOX_OK &&
        (code = phone_client(b, &ctx, &err)) == VOX_OK) {
        const struct tlsconn_params p = {.target = &target, .ctx = ctx, .timeout_ms = b->o->timeout_s * 1000};

        code = tlsconn_open(&p, &conn, &err);
    }
    if (code == VOX_OK)
        judge(b, at, conn);
    else
        phone_step(b, "call manager", STEP_FAILED, "failed", "%s: %s", at, err.text);
    tlsconn_close(&conn);
    SSL_CTX_free(ctx);
}
