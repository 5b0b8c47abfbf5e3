#include <stdio.h>
#include <string.h>

#include <cli/input.h>
#include <cli/report.h>
#include <libcert/file.h>

#include "enroll.h"

#define HAVE(tag) (UINT32_C(1) << (tag))

/* The phone's file: what it shows when it is asked. */
static const char *own_file(const struct enroll *e)
{
    return e->args->certificate != NULL ? e->args->certificate : e->args->output;
}

/* A message that is a reason and nothing else. */
static enum vox_err send_reason(struct enroll *e, enum capf_command command, enum capf_reason reason,
                                struct vox_error *err)
{
    struct capf_message m = {.command = (uint8_t)command, .present = HAVE(CAPF_REASON), .reason = (uint8_t)reason};

    return enroll_send(e, &m, err);
}

/* The server was told that something failed here; its farewell adds nothing to that. */
static void hear_farewell(struct enroll *e)
{
    struct capf_message m;
    struct vox_error ignored;

    if (enroll_receive(e, &m, &ignored) == VOX_OK && m.command == CAPF_END_SESSION && CAPF_HAS(&m, CAPF_REASON))
        e->reason = m.reason;
}

static enum vox_err unexpected(const struct capf_message *m, struct vox_error *err)
{
    const char *name = capf_command_name(m->command);

    return name != NULL ? vox_fail(err, VOX_E_INPUT, "capf.md 3: %s: does not belong here", name)
                        : vox_fail(err, VOX_E_INPUT, "capf.md 2.1: COMMAND: %u is unknown", m->command);
}

static enum vox_err retry_later(struct enroll *e, const struct capf_message *m, struct vox_error *err)
{
    e->result = "later";
    if (!CAPF_HAS(m, CAPF_RETRY_DELAY))
        return vox_fail(err, VOX_E_NO, "the server asks to come back later");
    e->retry_delay = m->retry_delay;
    return vox_fail(err, VOX_E_NO, "the server asks to come back in %u s", m->retry_delay);
}

/* END_SESSION or RETRY_LATER where something else could have come, or a message out of place. */
static enum vox_err not_now(struct enroll *e, const struct capf_message *m, struct vox_error *err)
{
    if (m->command == CAPF_RETRY_LATER)
        return retry_later(e, m, err);
    if (m->command != CAPF_END_SESSION)
        return unexpected(m, err);
    if (!CAPF_HAS(m, CAPF_REASON))
        return vox_fail(err, VOX_E_INPUT, "capf.md 3.1: REASON: missing in an END_SESSION");
    e->reason = m->reason;
    e->result = "declined";
    switch (m->reason) {
    case CAPF_NO_ACTION:
    case CAPF_OK:
        e->result = "nothing";
        return VOX_OK;
    case CAPF_UNKNOWN_DEVICE:
        e->result = "unknown";
        return vox_fail(err, VOX_E_NO, "the server does not know the device %s, or does not say what was wrong",
                        e->args->device);
    case CAPF_DECLINED:
        return vox_fail(err, VOX_E_NO,
                        "the server declines (reason 7): a wrong string or proof, nothing that waits "
                        "for the device, or a request that it did not like; its log knows");
    default:
        return vox_fail(err, VOX_E_NO, "the server ends the session with reason %u", m->reason);
    }
}

/* All is done: END_SESSION has to confirm it. what: what is done whether it does or not. */
static enum vox_err expect_farewell(struct enroll *e, const char *result, const char *what, struct vox_error *err)
{
    struct capf_message m;
    enum vox_err code = enroll_receive(e, &m, err);

    if (code == VOX_OK && (code = not_now(e, &m, err)) == VOX_OK)
        e->result = result;
    else
        (void)vox_error_prefix(err, "%s, but the server did not take note of it", what);
    return code;
}

static enum vox_err greet(struct enroll *e, struct vox_error *err)
{
    const struct enroll_args *a = e->args;
    struct capf_message m = {
        .command = CAPF_AUTH_RESPONSE,
        .session = e->session,
        .present = HAVE(CAPF_VERSION) | HAVE(CAPF_DEVICE_NAME) | HAVE(CAPF_REASON),
        .version = (uint8_t)a->version,
        .device = {(const uint8_t *)a->device, strlen(a->device)},
        .reason = CAPF_OK,
    };
    struct capf_credentials credentials = {0};
    enum vox_err code = VOX_OK;

    if (a->proof != NULL) {
        const struct capf_identity id = {
            .cert = e->proof.cert, .kind = a->kind, .key = e->proof.key, .sudi = e->sudi.cert, .sudi_key = e->sudi.key};

        code = capf_credentials_make(a->device, &id, &m, &credentials, err);
    } else if (a->string_file != NULL || a->version >= 3) { /* softphones of version 2 send none when they have none */
        m.present |= HAVE(CAPF_PASSWORD);
        m.password = bytes_view_of(&e->string);
    }
    if (code == VOX_OK)
        code = enroll_send(e, &m, err);
    capf_credentials_clear(&credentials);
    return code;
}

static enum vox_err send_public_key(struct enroll *e, const EVP_PKEY *key, struct vox_error *err)
{
    struct capf_message m = {.command = CAPF_KEY_GENERATE_RESPONSE, .present = HAVE(CAPF_PUBLIC_KEY)};
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    enum vox_err code;

    if (len <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "the public key cannot be encoded");
    m.public_key = (struct bytes_view){der, (size_t)len};
    code = enroll_send(e, &m, err);
    OPENSSL_free(der);
    return code;
}

/* The key of a session that was lost, or a fresh one, which is on the disk before anybody hears of it. */
static enum vox_err get_key(struct enroll *e, const struct capf_message *order, EVP_PKEY **out, struct vox_error *err)
{
    const char *path = e->args->output;
    struct key_spec spec;
    enum vox_err code = enroll_order(order, &e->args->key, &spec, err);

    *out = NULL;
    if (code != VOX_OK)
        return code;
    if (keep_pending_read(path, &spec, out, err) == VOX_OK) {
        if (!e->common->json)
            cli_say(e->common, "%s.pending holds the key of a session that was lost: taken up again", path);
        return VOX_OK;
    }
    if ((code = enroll_make_key(e, &spec, out, err)) == VOX_OK)
        code = keep_pending_write(path, *out, err);
    if (code != VOX_OK) {
        EVP_PKEY_free(*out);
        *out = NULL;
    }
    return code;
}

/* A certificate came: it is checked and stored together with its key, then the server hears of it. */
static enum vox_err store(struct enroll *e, const struct capf_message *m, EVP_PKEY *key, struct vox_error *err)
{
    struct pair p = {.key = key};
    enum vox_err code;

    if (!CAPF_HAS(m, CAPF_CERTIFICATE))
        return vox_fail(err, VOX_E_INPUT, "capf.md 3.3: CERTIFICATE: missing in a STORE_CERTIFICATE_REQUEST");
    if ((code = cert_from_der(m->certificate.data, m->certificate.len, &e->cert, err)) != VOX_OK) {
        (void)vox_error_prefix(err, "capf.md 3.3: CERTIFICATE");
        return code;
    }
    if ((code = enroll_check(e, e->cert, key, err)) != VOX_OK)
        return code;
    p.cert = e->cert;
    if ((code = keep_write_pair(e->args->output, &p, err)) != VOX_OK)
        return code;
    return keep_pending_remove(e->args->output, err);
}

/* A certificate is stored, or the server hears that it is not. */
static enum vox_err take_certificate(struct enroll *e, const struct capf_message *m, EVP_PKEY *key,
                                     struct vox_error *err)
{
    struct vox_error ignored;
    enum vox_err code = store(e, m, key, err);

    if (code != VOX_OK) {
        cert_free(&e->cert);
        if (send_reason(e, CAPF_STORE_CERTIFICATE_RESPONSE, CAPF_DECLINED, &ignored) == VOX_OK)
            hear_farewell(e);
        return code;
    }
    e->result = "stored";
    if ((code = send_reason(e, CAPF_STORE_CERTIFICATE_RESPONSE, CAPF_OK, err)) == VOX_OK)
        code = expect_farewell(e, "installed", "the certificate is stored", err);
    return code;
}

/* The certificate for a key that was sent in an earlier session: its CA is not where the server is. */
static enum vox_err install_answer(struct enroll *e, const struct capf_message *m, struct vox_error *err)
{
    struct vox_error ignored;
    EVP_PKEY *key;
    enum vox_err code;

    e->operation = "install";
    if (!CAPF_HAS(m, CAPF_CERTIFICATE))
        return take_certificate(e, m, NULL, err); /* which says so */
    if ((code = keep_pending_read(e->args->output, NULL, &key, err)) != VOX_OK) {
        if (send_reason(e, CAPF_STORE_CERTIFICATE_RESPONSE, CAPF_DECLINED, &ignored) == VOX_OK)
            hear_farewell(e);
        return vox_fail(err, VOX_E_NO, "a certificate comes for a key of an earlier session, and %s.pending has none",
                        e->args->output);
    }
    code = take_certificate(e, m, key, err);
    EVP_PKEY_free(key);
    return code;
}

static enum vox_err install(struct enroll *e, const struct capf_message *order, struct vox_error *err)
{
    struct capf_message m;
    struct vox_error ignored;
    EVP_PKEY *key;
    enum vox_err code;

    e->operation = "install";
    if ((code = get_key(e, order, &key, err)) != VOX_OK) {
        if (send_reason(e, CAPF_KEY_GENERATE_RESPONSE, CAPF_DECLINED, &ignored) == VOX_OK)
            hear_farewell(e);
        return code;
    }
    if ((code = send_public_key(e, key, err)) != VOX_OK || (code = enroll_receive(e, &m, err)) != VOX_OK)
        goto out;
    if (m.command != CAPF_STORE_CERTIFICATE_REQUEST) {
        if ((code = not_now(e, &m, err)) == VOX_OK)
            code = vox_fail(err, VOX_E_NO, "the server ends the session with reason %u and no certificate", e->reason);
        goto out;
    }
    code = take_certificate(e, &m, key, err);
out:
    EVP_PKEY_free(key);
    return code;
}

/* The phone's certificate, VOX_E_NOT_FOUND when it has none. */
static enum vox_err open_own(struct enroll *e, struct vox_error *err)
{
    enum vox_err code = cli_cert_open(own_file(e), &e->cert, err);

    if (code != VOX_OK)
        (void)vox_error_prefix(err, "%s", own_file(e));
    else if ((code = capf_name_check(e->cert, e->args->device, err)) != VOX_OK) {
        cert_free(&e->cert);
        if (code == VOX_E_NO)
            code = vox_fail(err, VOX_E_INPUT, "%s: the certificate is not that of %s", own_file(e), e->args->device);
    }
    return code;
}

/* Fetch and delete of a phone that has nothing. code: why not; only "none" is no mistake. */
static enum vox_err have_none(struct enroll *e, enum capf_command answer, enum vox_err why, struct vox_error *err)
{
    struct vox_error reply;
    struct capf_message m;
    enum vox_err code = send_reason(e, answer, CAPF_DECLINED, &reply);

    if (why != VOX_E_NOT_FOUND) {
        if (code == VOX_OK)
            hear_farewell(e);
        return why;
    }
    if (code == VOX_OK && (code = enroll_receive(e, &m, &reply)) == VOX_OK) {
        if (m.command == CAPF_END_SESSION && CAPF_HAS(&m, CAPF_REASON)) { /* whatever it thinks of that */
            e->reason = m.reason;
            e->result = "none";
            return VOX_OK;
        }
        code = unexpected(&m, &reply);
    }
    *err = reply;
    return code;
}

static enum vox_err fetch(struct enroll *e, const struct capf_message *request, struct vox_error *err)
{
    struct capf_message m = {.command = CAPF_FETCH_CERTIFICATE_RESPONSE,
                             .present = HAVE(CAPF_REASON) | HAVE(CAPF_CERTIFICATE),
                             .reason = CAPF_OK,
                             .certificate_kind = CAPF_LSC};
    enum vox_err code;

    e->operation = "fetch";
    if (CAPF_HAS(request, CAPF_CERTIFICATE_TYPE) && request->certificate_type == CAPF_MIC) {
        if (e->proof.cert == NULL || e->args->kind != CAPF_MIC)
            return have_none(e, CAPF_FETCH_CERTIFICATE_RESPONSE, VOX_E_NOT_FOUND, err);
        e->cert = cert_ref(e->proof.cert);
        m.certificate_kind = CAPF_MIC;
    } else if ((code = open_own(e, err)) != VOX_OK) {
        return have_none(e, CAPF_FETCH_CERTIFICATE_RESPONSE, code, err);
    }
    m.certificate = cert_der(e->cert);
    if ((code = enroll_send(e, &m, err)) == VOX_OK)
        code = expect_farewell(e, "shown", "the certificate was sent", err);
    return code;
}

static enum vox_err delete_own(struct enroll *e, struct vox_error *err)
{
    enum vox_err code;

    e->operation = "delete";
    if ((code = open_own(e, err)) != VOX_OK)
        return have_none(e, CAPF_DELETE_CERTIFICATE_RESPONSE, code, err);
    if ((code = file_remove(own_file(e), err)) != VOX_OK) {
        (void)vox_error_prefix(err, "%s", own_file(e));
        return have_none(e, CAPF_DELETE_CERTIFICATE_RESPONSE, VOX_E_IO, err);
    }
    e->result = "removed";
    if ((code = send_reason(e, CAPF_DELETE_CERTIFICATE_RESPONSE, CAPF_OK, err)) == VOX_OK)
        code = expect_farewell(e, "deleted", "the certificate is deleted", err);
    return code;
}

enum vox_err enroll_session(struct enroll *e, struct vox_error *err)
{
    struct capf_message m;
    enum vox_err code = enroll_receive(e, &m, err);

    if (code != VOX_OK)
        return code;
    if (m.command != CAPF_AUTH_REQUEST) {
        if ((code = not_now(e, &m, err)) == VOX_OK)
            code = vox_fail(err, VOX_E_NO, "the server ends the session before it has begun");
        return code;
    }
    if (!CAPF_HAS(&m, CAPF_VERSION))
        return vox_fail(err, VOX_E_INPUT, "capf.md 3.1: VERSION: missing in an AUTH_REQUEST");
    if ((code = greet(e, err)) != VOX_OK || (code = enroll_receive(e, &m, err)) != VOX_OK)
        return code;
    switch (m.command) {
    case CAPF_KEY_GENERATE_REQUEST:
        return install(e, &m, err);
    case CAPF_STORE_CERTIFICATE_REQUEST:
        return install_answer(e, &m, err);
    case CAPF_FETCH_CERTIFICATE_REQUEST:
        return fetch(e, &m, err);
    case CAPF_DELETE_CERTIFICATE_REQUEST:
        return delete_own(e, err);
    default:
        return not_now(e, &m, err);
    }
}
