#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include <ctl/encsgn.h>
#include <libcert/limits.h>
#include <libcert/role.h>

#include "voxphone.h"

static const char what[] = "configuration";

/* Phones that know whose files to believe take no others. */
static bool wants_signed(const struct ctl_list *l)
{
    for (size_t i = 0; l != NULL && i < l->nrecords; i++)
        if (role_may_sign_files(l->records[i].function) && l->records[i].cert != NULL)
            return true;
    return false;
}

/* By a record of the CTL, of the ITL, or by what a TVS says. how: for the report. */
static enum vox_err verify(struct phone_boot *b, const struct bytes *file, const struct ctl_header *h, char *how,
                           size_t howlen, struct vox_error *err)
{
    const struct ctl_list *lists[] = {b->ctl, b->o->model.no_security_by_default ? NULL : b->itl};
    struct cert *signer;
    size_t record;
    enum vox_err code;

    for (size_t i = 0; i < 2; i++) {
        if (lists[i] == NULL || sgn_verify_listed(file->data, file->len, h, lists[i], &record, err) != VOX_OK)
            continue;
        (void)snprintf(how, howlen, "signed by record %zu of the %s", record + 1, i == 0 ? "CTL" : "ITL");
        return VOX_OK;
    }
    if (lists[1] == NULL)
        return vox_fail(err, VOX_E_NO, "its signer is in no list that the phone holds, and there is no TVS to ask");
    if ((code = phone_query_tvs(b, h, &signer, err)) != VOX_OK)
        return vox_error_prefix(err, "its signer is in no list that the phone holds");
    (void)snprintf(how, howlen, "its signer is vouched for by TVS");
    code = sgn_verify(file->data, file->len, h, signer, err);
    cert_free(&signer);
    return code;
}

/* Fetch and verify name; content borrows file. False: told already. */
static bool fetch_signed(struct phone_boot *b, const char *name, struct bytes *file, struct ctl_header *h,
                         struct bytes_view *content, char *how, size_t howlen)
{
    struct vox_error err;
    enum vox_err code = fetch_file(b->fetch, name, LIMIT_CONFIG_FILE * 2, file, &err);

    if (code == VOX_E_NOT_FOUND) {
        b->reached = true;
        phone_step(b, what, STEP_NOTHING, "absent", "%s: not there: the phone keeps what it has", name);
        return false;
    }
    if (code != VOX_OK) {
        phone_step(b, what, STEP_FAILED, "failed", "%s", err.text);
        return false;
    }
    b->reached = true;
    if ((code = sgn_read(file->data, file->len, h, content, &err)) == VOX_OK)
        code = verify(b, file, h, how, howlen, &err);
    if (code == VOX_OK && (h->filename == NULL || strcmp(h->filename, name) != 0))
        code = vox_fail(&err, VOX_E_NO, "it was signed under another name");
    if (code == VOX_OK)
        return true;
    phone_step(b, what, STEP_REFUSED, "refused", "%s: %s: the phone keeps what it has", name, err.text);
    bytes_free(file);
    return false;
}

/* The configuration is in use from now on, and on the disk. */
static enum vox_err use(struct phone_boot *b, struct bytes_view content, struct vox_error *err)
{
    struct phone_config read;
    enum vox_err code = config_read(content.data, content.len, &read, err);

    if (code == VOX_OK && (code = phone_keep(b, "config.xml", content.data, content.len, err)) == VOX_OK)
        b->config = read;
    return code;
}

/* Is the full one encrypted to the phone's certificate? */
static bool is_for_us(const struct phone_boot *b, const struct phone_config *stub)
{
    uint8_t md5[16];
    char hex[33];
    struct bytes_view der;

    if (b->lsc.cert == NULL)
        return false;
    der = cert_der(b->lsc.cert);
    if (EVP_Digest(der.data, der.len, md5, NULL, EVP_md5(), NULL) <= 0)
        return false;
    hex_encode(md5, sizeof md5, hex);
    return strcasecmp(hex, stub->cert_hash) == 0;
}

static void take_encrypted(struct phone_boot *b)
{
    char name[PHONE_NAME_MAX + 24], how[128];
    struct bytes file, plain;
    struct bytes_view content;
    struct ctl_header h;
    struct vox_error err;
    enum vox_err code;

    if (!is_for_us(b, &b->config)) {
        phone_step(b, what, STEP_NOTHING, "not-readable", "the full configuration is encrypted to %s",
                   b->lsc.cert == NULL ? "a certificate, and the phone has none yet"
                                       : "another certificate than the phone has: it needs CAPF first");
        return;
    }
    (void)snprintf(name, sizeof name, "%s.cnf.xml.enc.sgn", b->name);
    if (!fetch_signed(b, name, &file, &h, &content, how, sizeof how))
        return;
    if ((code = encsgn_decrypt(&h, content, b->lsc.key, &plain, &err)) == VOX_OK) {
        code = use(b, bytes_view_of(&plain), &err);
        bytes_wipe(&plain);
    }
    if (code == VOX_OK)
        phone_step(b, what, STEP_GOOD, "decrypted", "%s: %s, decrypted with the phone's key", name, how);
    else
        phone_step(b, what, STEP_REFUSED, "refused", "%s: %s: the phone keeps what it has", name, err.text);
    bytes_free(&file);
}

static void take_signed(struct phone_boot *b)
{
    char name[PHONE_NAME_MAX + 24], how[128];
    struct bytes_view content;
    struct ctl_header h;
    struct vox_error err;
    struct bytes file;

    (void)snprintf(name, sizeof name, "%s.cnf.xml.sgn", b->name);
    if (!fetch_signed(b, name, &file, &h, &content, how, sizeof how))
        return;
    if (use(b, content, &err) != VOX_OK) {
        phone_step(b, what, STEP_REFUSED, "refused", "%s: %s: the phone keeps what it has", name, err.text);
    } else {
        phone_step(b, what, STEP_GOOD, "accepted", "%s: %s", name, how);
        if (b->config.encrypted)
            take_encrypted(b);
    }
    bytes_free(&file);
}

static void take_plain(struct phone_boot *b)
{
    char name[PHONE_NAME_MAX + 24];
    struct vox_error err;
    struct bytes file;
    enum vox_err code;

    (void)snprintf(name, sizeof name, "%s.cnf.xml", b->name);
    code = fetch_file(b->fetch, name, LIMIT_CONFIG_FILE, &file, &err);
    b->reached = b->reached || code == VOX_OK || code == VOX_E_NOT_FOUND;
    if (code == VOX_E_NOT_FOUND)
        phone_step(b, what, STEP_NOTHING, "absent", "%s: not there", name);
    else if (code != VOX_OK)
        phone_step(b, what, STEP_FAILED, "failed", "%s", err.text);
    else if (use(b, bytes_view_of(&file), &err) != VOX_OK)
        phone_step(b, what, STEP_REFUSED, "refused", "%s: %s", name, err.text);
    else
        phone_step(b, what, STEP_GOOD, "first-trust",
                   "%s: the phone knows nobody who signs files, and takes it unsigned", name);
    if (code == VOX_OK)
        bytes_wipe(&file);
}

void phone_take_config(struct phone_boot *b)
{
    if (wants_signed(b->ctl) || (!b->o->model.no_security_by_default && wants_signed(b->itl)))
        take_signed(b);
    else
        take_plain(b);
}
