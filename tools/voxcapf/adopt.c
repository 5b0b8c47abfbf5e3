#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/certcheck.h>
#include <libcert/clock.h>
#include <libcert/ledger.h>
#include <libcert/limits.h>
#include <libcert/name.h>
#include <libcert/phones.h>
#include <libcert/role.h>

#include "requests.h"
#include "voxcapf.h"

struct adopt_args {
    const char *file;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct adopt_args *a = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (a->file != NULL)
            argp_error(state, "one FILE: %s", arg);
        a->file = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->file == NULL)
            argp_error(state, "which FILE?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "FILE",
    .doc =
        "Take over certificates that phones have already, of a cluster that was run by other means until now: PEM, one "
        "or many, in any order ('-': standard input). Each must be signed by CAPF's certificate, which 'voxcert adopt' "
        "takes over first, and name a phone. All or none.\v"
        "A phone proves who it is with a certificate (--auth=lsc) only when that stands in the ledger: this puts it "
        "there. Take certificates from where they were kept, not from the network.",
};

struct job {
    struct cli_common *common;
    struct store *s;
    struct store_binding *issuers; /* of CAPF, those that were replaced, too */
    size_t nissuers;
    size_t taken, known, refused;
    int64_t now;
};

static bool issued_here(const struct job *j, const struct cert *c)
{
    for (size_t i = 0; i < j->nissuers; i++)
        if (j->issuers[i].cert != NULL && cert_verify_signed_by(c, j->issuers[i].cert))
            return true;
    return false;
}

static bool is_ca(const struct cert *c)
{
    return (X509_get_extension_flags(cert_x509(c)) & EXFLAG_CA) != 0;
}

/* VOX_E_NO: refused. */
static enum vox_err check(const struct job *j, const struct cert *c, const char *name, struct vox_error *err)
{
    const struct bytes_view spki = cert_spki_der(c);
    char owner[PHONE_NAME_MAX + 1];
    uint8_t digest[CERT_SHA256_LEN];
    enum vox_err code;

    if (!issued_here(j, c))
        return vox_fail(err, VOX_E_NO, "no certificate of CAPF in this store signed it");
    if (cert_not_after(c) <= j->now)
        return vox_fail(err, VOX_E_NO, "it has ended");
    if (is_ca(c))
        return vox_fail(err, VOX_E_NO, "it is a CA's, which no phone has");
    if ((code = weakkey_check_cert(c, err)) != VOX_OK)
        return code == VOX_E_MEMORY ? code : VOX_E_NO;
    if (EVP_Digest(spki.data, spki.len, digest, NULL, EVP_sha256(), NULL) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no digest");
    if ((code = ledger_key_owner(j->s, digest, owner, err)) != VOX_OK)
        return code;
    if (owner[0] != '\0' && strcmp(owner, name) != 0)
        return vox_fail(err, VOX_E_NO, "another phone, %s, has this key", owner);
    return VOX_OK;
}

/* A phone that is not known yet is one that has nothing to do. */
static enum vox_err know_phone(struct job *j, const struct cert *c, const char *name, const char *fingerprint,
                               struct vox_error *err)
{
    struct phone p;
    enum vox_err code = phone_get(j->s, name, &p, err);

    if (code == VOX_E_NOT_FOUND) {
        p = (struct phone){.operation = PHONE_NONE,
                           .proof = PHONE_BY_LSC,
                           .key = {.type = KEY_RSA, .rsa_bits = 2048},
                           .state = PHONE_DELIVERED,
                           .state_since = j->now};
        (void)snprintf(p.name, sizeof p.name, "%s", name);
    } else if (code != VOX_OK) {
        return code;
    }
    if (cert_not_after(c) > p.lsc_not_after) {
        (void)snprintf(p.lsc, sizeof p.lsc, "%s", fingerprint);
        p.lsc_not_after = cert_not_after(c);
    }
    return phone_put(j->s, &p, err);
}

static enum vox_err record(struct job *j, struct cert *c, const char *name, struct vox_error *err)
{
    struct ledger_entry e = {.cert = c, .issued = cert_not_before(c), .delivered = j->now};
    char what[160], fingerprint[CERT_FINGERPRINT_MAX];
    enum vox_err code;

    cert_fingerprint(c, fingerprint);
    (void)snprintf(e.request, sizeof e.request, "%.32s", fingerprint); /* no request of ours: its own name */
    (void)snprintf(e.device, sizeof e.device, "%s", name);
    (void)snprintf(what, sizeof what, "voxcapf adopt %s: certificate %s", name, fingerprint);
    if ((code = ledger_add(j->s, &e, err)) != VOX_OK)
        return code == VOX_E_EXISTS ? VOX_E_NO : code; /* its serial number is another one's */
    if ((code = know_phone(j, c, name, fingerprint, err)) != VOX_OK)
        return code;
    return audit_append(j->s, what, "done", err);
}

static enum vox_err adopt_one(struct job *j, struct cert *c, size_t number, struct vox_error *err)
{
    char subject[64], *name = NULL;
    bool known = false;
    struct vox_error why = {.code = VOX_E_NO};
    enum vox_err code = name_common_name(cert_subject_der(c), &name, &why);

    if (code != VOX_OK && code != VOX_E_INPUT) {
        *err = why;
        return code;
    }
    if (code == VOX_OK && (code = phone_name_check(name, NULL)) == VOX_OK) {
        (void)snprintf(subject, sizeof subject, "certificate %zu, %.20s", number, name);
        if ((code = ledger_has(j->s, name, c, &known, &why)) == VOX_OK && !known &&
            (code = check(j, c, name, &why)) == VOX_OK)
            code = record(j, c, name, &why);
    } else {
        (void)snprintf(subject, sizeof subject, "certificate %zu", number);
        code = vox_fail(&why, VOX_E_NO, "its common name is no phone's, as SEP0123456789AB");
    }
    free(name);
    if (code == VOX_E_NO) {
        why.code = VOX_E_INPUT;
        (void)cli_report(j->common, subject, &why);
        j->refused++;
        return VOX_OK;
    }
    if (code != VOX_OK)
        *err = why;
    else if (known)
        j->known++;
    else
        j->taken++;
    return code;
}

static enum vox_err adopt_all(struct job *j, struct cert *const *certs, size_t n, struct vox_error *err)
{
    const struct store_binding_filter capf = {.place = service_name(SERVICE_CAPF), .state = -1};
    struct cli_progress *bar = cli_progress_new("certificates", n);
    enum vox_err code = store_begin(j->s, err);

    if (code == VOX_OK)
        code = store_bindings(j->s, &capf, &j->issuers, &j->nissuers, err);
    if (code == VOX_OK && j->nissuers == 0)
        code = vox_fail(err, VOX_E_INPUT,
                        "the store has no certificate of CAPF: take over the one that issued these with 'voxcert adopt "
                        "CAPF FILE'");
    for (size_t i = 0; i < n && code == VOX_OK; i++) {
        code = adopt_one(j, certs[i], i + 1, err);
        cli_progress_update(bar, i);
    }
    cli_progress_free(&bar);
    if (code == VOX_OK && j->refused > 0)
        code = vox_fail(err, VOX_E_INPUT, "%zu of %zu certificates are refused, so none is taken", j->refused, n);
    if (code == VOX_OK)
        code = store_commit(j->s, err);
    store_rollback(j->s);
    return code;
}

static int tell(const struct job *j, const char *file)
{
    if (j->common->json)
        return cli_json_print(json_pack("{s:I, s:I}", "taken", (json_int_t)j->taken, "known", (json_int_t)j->known));
    if (j->known > 0)
        cli_say(j->common, "%s: %zu certificate%s taken, %zu had been before", file, j->taken, j->taken == 1 ? "" : "s",
                j->known);
    else
        cli_say(j->common, "%s: %zu certificate%s taken", file, j->taken, j->taken == 1 ? "" : "s");
    return EXIT_DONE;
}

int voxcapf_adopt(struct cli_common *common, int argc, char **argv)
{
    struct adopt_args a = {.file = NULL};
    struct job j = {.common = common, .now = clock_now()};
    struct bytes in = {NULL, 0};
    struct cert **certs = NULL;
    struct vox_error err;
    size_t n = 0;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_read(a.file, LIMIT_CA_FILE, &in, &err) != VOX_OK ||
        answers_read(bytes_view_of(&in), &certs, &n, &err) != VOX_OK)
        status = cli_report(common, a.file, &err);
    else if (cli_store_open(common, &j.s, &err) != VOX_OK || adopt_all(&j, certs, n, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = tell(&j, a.file);
    for (size_t i = 0; i < n; i++)
        cert_free(&certs[i]);
    free(certs);
    store_bindings_free(&j.issuers, j.nissuers);
    bytes_free(&in);
    store_close(&j.s);
    return status;
}
