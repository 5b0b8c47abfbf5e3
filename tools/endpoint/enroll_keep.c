#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/buffer.h>
#include <openssl/pem.h>

#include <cli/input.h>
#include <ctl/list.h>
#include <libcert/file.h>
#include <libcert/limits.h>
#include <libcert/role.h>

#include "enroll.h"

void pair_clear(struct pair *p)
{
    cert_free(&p->cert);
    EVP_PKEY_free(p->key);
    p->key = NULL;
}

/* The CAPF records of a list. */
static enum vox_err trust_of_list(const struct bytes *file, struct bundle *out, struct vox_error *err)
{
    struct ctl_list *list;
    enum vox_err code = ctl_list_read(file->data, file->len, &list, err);

    if (code != VOX_OK)
        return code;
    if ((out->certs = calloc(list->nrecords, sizeof *out->certs)) == NULL)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; code == VOX_OK && i < list->nrecords; i++)
        if (list->records[i].function == ROLE_CAPF && list->records[i].cert != NULL)
            out->certs[out->ncerts++] = cert_ref(list->records[i].cert);
    ctl_list_free(&list);
    if (code == VOX_OK && out->ncerts == 0)
        code = vox_fail(err, VOX_E_INPUT,
                        "the list has no CAPF record with a certificate: phones that hold it enrol nowhere");
    if (code != VOX_OK)
        bundle_free(out);
    return code;
}

static enum vox_err read_certs(const char *path, struct bundle *out, struct vox_error *err)
{
    enum header_kind kind;
    struct bytes file;
    enum vox_err code;

    *out = (struct bundle){0};
    if ((code = cli_read(path, LIMIT_BUNDLE_FILE, &file, err)) == VOX_OK) {
        if (ctl_header_guess(file.data, file.len, &kind) && kind == HEADER_LIST)
            code = trust_of_list(&file, out, err);
        else
            code = bundle_read(file.data, file.len, path, NULL, out, err);
        bytes_wipe(&file); /* a key may stand beside the certificates */
    }
    if (code != VOX_OK)
        (void)vox_error_prefix(err, "%s", path);
    return code;
}

enum vox_err keep_read_trust(struct enroll *e, struct vox_error *err)
{
    enum vox_err code = read_certs(e->args->trust, &e->trust, err);

    if (code == VOX_OK && e->args->issuer != NULL)
        code = read_certs(e->args->issuer, &e->issuers, err);
    return code;
}

enum vox_err keep_read_pair(struct cli_common *common, const char *path, struct pair *out, struct vox_error *err)
{
    struct bundle certs = {0};
    enum vox_err code;

    *out = (struct pair){0};
    if ((code = cli_key_open(common, path, NULL, &out->key, err)) != VOX_OK) {
        (void)vox_error_prefix(err, "%s", path);
        return code;
    }
    if ((code = read_certs(path, &certs, err)) == VOX_OK) {
        for (size_t i = 0; i < certs.ncerts && out->cert == NULL; i++)
            if (cert_key_matches(certs.certs[i], out->key))
                out->cert = cert_ref(certs.certs[i]);
        if (out->cert == NULL)
            code = vox_fail(err, VOX_E_INPUT, "%s: none of its certificates belongs to its private key", path);
    }
    bundle_free(&certs);
    if (code != VOX_OK)
        pair_clear(out);
    return code;
}

/* FILE.pending; free with free(). */
static char *pending_path(const char *path)
{
    char *out;

    return asprintf(&out, "%s.pending", path) < 0 ? NULL : out;
}

static bool is_of_kind(const EVP_PKEY *key, const struct key_spec *spec)
{
    char has[64], wants[64];

    key_describe(key, has, sizeof has);
    if (spec->type == KEY_RSA)
        (void)snprintf(wants, sizeof wants, "RSA %u", spec->rsa_bits);
    else
        (void)snprintf(wants, sizeof wants, "EC %s", spec->curve);
    return strcmp(has, wants) == 0;
}

enum vox_err keep_pending_read(const char *path, const struct key_spec *spec, EVP_PKEY **out, struct vox_error *err)
{
    char *pending = pending_path(path);
    struct bytes file;
    enum vox_err code;

    *out = NULL;
    if (pending == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if ((code = file_read(pending, LIMIT_KEY_FILE, &file, err)) == VOX_OK) {
        /* Whoever could write it could have chosen the key; whoever could read it has it. A fresh one, then. */
        if (file_is_private(pending) != 1 || key_from_bytes(file.data, file.len, pending, NULL, out, err) != VOX_OK ||
            (spec != NULL && !is_of_kind(*out, spec))) {
            EVP_PKEY_free(*out);
            *out = NULL;
            code = VOX_E_NOT_FOUND;
        }
        bytes_wipe(&file);
    }
    free(pending);
    return code;
}

/* cert may be NULL: the key alone. */
static enum vox_err write_pem(const char *path, const struct cert *cert, const EVP_PKEY *key, struct vox_error *err)
{
    BIO *bio = BIO_new(BIO_s_mem()); /* its buffer is wiped when it grows and when it is freed */
    BUF_MEM *text = NULL;
    enum vox_err code;

    if (bio == NULL)
        return vox_fail_openssl(err, VOX_E_MEMORY, "no memory");
    if ((cert != NULL && (cert_x509(cert) == NULL || PEM_write_bio_X509(bio, cert_x509(cert)) <= 0)) ||
        PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) <= 0 || BIO_get_mem_ptr(bio, &text) <= 0)
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "certificate and key cannot be encoded");
    else if ((code = file_replace(path, text->data, text->length, 0600, err)) != VOX_OK)
        (void)vox_error_prefix(err, "%s", path);
    BIO_free(bio);
    return code;
}

enum vox_err keep_pending_write(const char *path, const EVP_PKEY *key, struct vox_error *err)
{
    char *pending = pending_path(path);
    enum vox_err code = pending != NULL ? write_pem(pending, NULL, key, err) : VOX_E_MEMORY;

    if (pending == NULL)
        (void)vox_fail(err, code, "no memory");
    free(pending);
    return code;
}

enum vox_err keep_write_pair(const char *path, const struct pair *p, struct vox_error *err)
{
    return write_pem(path, p->cert, p->key, err);
}

enum vox_err keep_pending_remove(const char *path, struct vox_error *err)
{
    char *pending = pending_path(path);
    enum vox_err code = pending != NULL ? file_remove(pending, err) : vox_fail(err, VOX_E_MEMORY, "no memory");

    if (code != VOX_OK && pending != NULL)
        (void)vox_error_prefix(err, "%s", pending);
    free(pending);
    return code == VOX_E_NOT_FOUND ? VOX_OK : code;
}
