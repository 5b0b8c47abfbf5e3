#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/clock.h>
#include <libcert/ledger.h>
#include <libcert/limits.h>
#include <libcert/name.h>
#include <libcert/phones.h>

#include "profile.h"
#include "requests.h"
#include "voxcapf.h"

struct import_args {
    const char *file;
    bool skip;
};

enum { OPT_SKIP = 0x100 };

static const struct argp_option options[] = {
    {"skip-refused", OPT_SKIP, NULL, 0, "take the others when some are refused; exit status 1 then", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct import_args *a = state->input;

    switch (key) {
    case OPT_SKIP:
        a->skip = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->file != NULL)
            argp_error(state, "one FILE of the CA");
        a->file = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->file == NULL)
            argp_error(state, "which FILE of the CA?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "FILE",
    .doc =
        "Take the certificates of the CA that is elsewhere, from 'voxcapf ca sign' or another program there: PEM, in "
        "any "
        "order. Each must be of that CA, for a key that waits, and as the profile says. All or none; each goes to its "
        "phone when that comes again. Importing a file twice does nothing more.",
};

struct job {
    struct cli_common *common;
    struct store *s;
    struct capf_issuer issuer; /* no key */
    struct cert *ca;
    struct ca_request *open; /* sorted by key */
    size_t nopen, room;
    bool no_memory;
    size_t taken, known, refused;
    int64_t now;
};

static bool take_open(void *arg, const struct ca_request *r)
{
    struct job *j = arg;

    if (j->nopen == j->room) {
        size_t room = 2 * j->room + 64;
        void *more = realloc(j->open, room * sizeof *j->open);

        if (more == NULL)
            return !(j->no_memory = true);
        j->open = more;
        j->room = room;
    }
    j->open[j->nopen++] = *r;
    return true;
}

static int compare(const uint8_t *a, size_t na, const uint8_t *b, size_t nb)
{
    return na != nb ? (na < nb ? -1 : 1) : memcmp(a, b, na);
}

static int by_key(const void *a, const void *b)
{
    const struct ca_request *x = a, *y = b;
    int c = compare(x->public_key, x->public_key_len, y->public_key, y->public_key_len);

    return c != 0 ? c : strcmp(x->device, y->device);
}

static int find_key(const void *key, const void *b)
{
    const struct bytes_view *v = key;
    const struct ca_request *y = b;

    return compare(v->data, v->len, y->public_key, y->public_key_len);
}

static enum vox_err open_ca(struct job *j, struct vox_error *err)
{
    struct store_binding_filter f = {.place = "CAPF-trust", .state = -1, .live = true};
    struct store_binding *list = NULL;
    struct ca_issuers known;
    size_t n = 0;
    enum vox_err code = ca_offline_issuers(j->s, &known, err);

    if (code == VOX_OK && known.n == 0)
        return vox_fail(err, VOX_E_INPUT,
                        "CAPF itself issues: say first which CA does, with 'voxcapf ca mode offline ID'");
    f.fingerprint_prefix = known.fingerprint[0];
    if (code == VOX_OK && (code = store_bindings(j->s, &f, &list, &n, err)) == VOX_OK && n == 0)
        code = vox_fail(err, VOX_E_INPUT, "the CA's certificate %.16s... is not in CAPF-trust any more",
                        known.fingerprint[0]);
    if (code == VOX_OK)
        j->ca = cert_ref(list[0].cert);
    store_bindings_free(&list, n);
    j->issuer.cert = j->ca;
    return code == VOX_OK ? profile_read(j->s, &j->issuer.profile, err) : code;
}

static enum vox_err read_open(struct job *j, struct vox_error *err)
{
    enum vox_err code = ca_requests_open(j->s, take_open, j, err);

    if (code == VOX_OK && j->no_memory)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    if (code == VOX_OK && j->nopen > 0)
        qsort(j->open, j->nopen, sizeof *j->open, by_key);
    return code;
}

/* The request that a certificate answers, or NULL: by its key, which is the phone's own, and its name. */
static const struct ca_request *request_of(const struct job *j, const struct cert *c, const char *name)
{
    const struct bytes_view spki = cert_spki_der(c);
    const struct ca_request *r = bsearch(&spki, j->open, j->nopen, sizeof *j->open, find_key);

    while (r != NULL && r > j->open && find_key(&spki, r - 1) == 0)
        r--;
    for (; r != NULL && r < j->open + j->nopen && find_key(&spki, r) == 0; r++)
        if (strcmp(r->device, name) == 0)
            return r;
    return NULL;
}

/* VOX_E_NO: refused. */
static enum vox_err check(struct job *j, const struct cert *c, const struct ca_request *r, struct vox_error *err)
{
    const struct capf_request asked = requests_as_asked(r);
    char owner[PHONE_NAME_MAX + 1];
    uint8_t digest[CERT_SHA256_LEN];
    enum vox_err code;

    if (!cert_verify_signed_by(c, j->ca))
        return vox_fail(err, VOX_E_NO, "the CA's key did not sign this certificate");
    if (cert_not_after(c) <= j->now)
        return vox_fail(err, VOX_E_NO, "this certificate has ended");
    if (EVP_Digest(r->public_key, r->public_key_len, digest, NULL, EVP_sha256(), NULL) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no digest");
    if ((code = ledger_key_owner(j->s, digest, owner, err)) != VOX_OK)
        return code;
    if (owner[0] != '\0' && strcmp(owner, r->device) != 0)
        return vox_fail(err, VOX_E_NO, "another phone, %s, has this key", owner);
    if ((code = capf_key_check(&j->issuer, &asked, err)) == VOX_OK)
        code = capf_lint(c, &j->issuer, &asked, err);
    return code == VOX_E_INPUT ? VOX_E_NO : code;
}

/* Into the ledger, and the phone's record says that it is there. */
static enum vox_err record(struct job *j, struct cert *c, const struct ca_request *r, struct vox_error *err)
{
    struct ledger_entry e = {.cert = c, .issued = j->now};
    char what[160], fingerprint[CERT_FINGERPRINT_MAX];
    struct phone p;
    enum vox_err code;

    memcpy(e.request, r->request, sizeof e.request);
    memcpy(e.device, r->device, sizeof e.device);
    if ((code = ledger_add(j->s, &e, err)) != VOX_OK)
        return code == VOX_E_EXISTS ? VOX_E_NO : code;
    if ((code = phone_get(j->s, r->device, &p, err)) != VOX_OK)
        return code;
    p.state = PHONE_ISSUED;
    p.state_since = j->now;
    p.reason[0] = '\0';
    if ((code = phone_put(j->s, &p, err)) != VOX_OK)
        return code;
    cert_fingerprint(c, fingerprint);
    (void)snprintf(what, sizeof what, "voxcapf ca import %s: certificate %s", r->device, fingerprint);
    return audit_append(j->s, what, "done", err);
}

static enum vox_err import_one(struct job *j, struct cert *c, size_t number, struct vox_error *err)
{
    char subject[64], *name = NULL;
    bool known = false;
    const struct ca_request *r;
    struct vox_error why;
    enum vox_err code = name_common_name(cert_subject_der(c), &name, err);

    if (code == VOX_OK && phone_name_check(name, NULL) == VOX_OK)
        code = ledger_has(j->s, name, c, &known, err);
    else if (code == VOX_E_INPUT)
        code = VOX_OK; /* no name that can be read is no phone's */
    (void)snprintf(subject, sizeof subject, "certificate %zu%s%.20s", number, name != NULL ? ", " : "",
                   name != NULL && phone_name_check(name, NULL) == VOX_OK ? name : "");
    if (code != VOX_OK) {
        free(name);
        return code;
    }
    if (known) {
        j->known++;
    } else {
        if ((r = name != NULL ? request_of(j, c, name) : NULL) == NULL)
            code = vox_fail(&why, VOX_E_NO,
                            "no phone of this name waits with this key: it was answered already, made another "
                            "key since, or never sent this one");
        else if ((code = check(j, c, r, &why)) == VOX_OK)
            code = record(j, c, r, &why);
        if (code == VOX_OK) {
            j->taken++;
        } else if (code == VOX_E_NO) {
            why.code = VOX_E_INPUT;
            (void)cli_report(j->common, subject, &why);
            j->refused++;
            code = VOX_OK;
        } else {
            *err = why;
        }
    }
    free(name);
    return code;
}

static enum vox_err import_all(struct job *j, struct cert *const *certs, size_t n, bool skip, struct vox_error *err)
{
    struct cli_progress *bar = cli_progress_new("certificates", n);
    enum vox_err code = store_begin(j->s, err);

    if (code == VOX_OK && (code = open_ca(j, err)) == VOX_OK)
        code = read_open(j, err);
    for (size_t i = 0; i < n && code == VOX_OK; i++) {
        code = import_one(j, certs[i], i + 1, err);
        cli_progress_update(bar, i);
    }
    cli_progress_free(&bar);
    if (code == VOX_OK && j->refused > 0 && (!skip || j->taken + j->known == 0))
        code = vox_fail(err, VOX_E_INPUT, "%zu of %zu certificates are refused, so none is taken%s", j->refused, n,
                        j->taken > 0 ? " (--skip-refused takes the others)" : "");
    if (code == VOX_OK)
        code = store_commit(j->s, err);
    store_rollback(j->s);
    return code;
}

static int tell(const struct job *j, const char *file)
{
    if (j->common->json)
        (void)cli_json_print(json_pack("{s:I, s:I, s:I}", "taken", (json_int_t)j->taken, "known", (json_int_t)j->known,
                                       "refused", (json_int_t)j->refused));
    else if (j->known > 0)
        cli_say(j->common, "%s: %zu certificate%s taken, %zu had been before", file, j->taken, j->taken == 1 ? "" : "s",
                j->known);
    else
        cli_say(j->common, "%s: %zu certificate%s taken; each phone gets its own when it comes again", file, j->taken,
                j->taken == 1 ? "" : "s");
    return j->refused > 0 ? EXIT_NO : EXIT_DONE;
}

int voxcapf_ca_import(struct cli_common *common, int argc, char **argv)
{
    struct import_args a = {.file = NULL};
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
    else if (cli_store_open(common, &j.s, &err) != VOX_OK || import_all(&j, certs, n, a.skip, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = tell(&j, a.file);
    for (size_t i = 0; i < n; i++)
        cert_free(&certs[i]);
    free(certs);
    free(j.open);
    cert_free(&j.ca);
    bytes_free(&in);
    store_close(&j.s);
    return status;
}
