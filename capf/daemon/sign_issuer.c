#include "sign_issuer.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/bundle.h>
#include <libcert/carequests.h>
#include <libcert/file.h>
#include <libcert/limits.h>
#include <libcert/log.h>
#include <libcert/token.h>

enum vox_err sign_profile_read(struct store *s, struct capf_profile *out, struct vox_error *err)
{
    const char *name;
    char key[64], *value;
    enum vox_err code;

    *out = capf_profile_default();
    for (size_t i = 0; (name = capf_profile_name(i)) != NULL; i++) {
        (void)snprintf(key, sizeof key, "capf.%s", name);
        if ((code = store_setting_get(s, key, &value, err)) != VOX_OK)
            return code;
        if (value != NULL && (code = capf_profile_set(out, name, value, err)) != VOX_OK)
            (void)vox_error_prefix(err, "setting %s of the store", key);
        free(value);
        if (code != VOX_OK)
            return code;
    }
    return VOX_OK;
}

/* A key that needs a password has nobody to ask here. */
static enum vox_err from_files(const char *path, const char *key, struct capf_issuer *out, struct vox_error *err)
{
    const char *source = key != NULL ? key : path;
    struct bundle chain = {0};
    struct bytes file;
    enum vox_err code = file_read(path, LIMIT_BUNDLE_FILE, &file, err);

    if (code != VOX_OK)
        return vox_error_prefix(err, "%s", path);
    code = bundle_read(file.data, file.len, path, NULL, &chain, err);
    bytes_wipe(&file); /* the key may stand in it too */
    if (code != VOX_OK)
        return vox_error_prefix(err, "%s", path);
    if (!token_uri_is(source) && file_is_private(source) == 0)
        log_line(LOG_LEVEL_WARNING, "%s: the private key is open to others: chmod 600 %s", source, source);
    if ((code = key_open(source, NULL, &out->key, err)) != VOX_OK) {
        code = vox_error_prefix(err, "%s", source);
        goto out;
    }
    for (size_t i = 0; i < chain.ncerts && out->cert == NULL; i++)
        if (cert_key_matches(chain.certs[i], out->key))
            out->cert = cert_ref(chain.certs[i]);
    if (out->cert == NULL)
        code =
            vox_fail(err, VOX_E_INPUT, "%s: the private key belongs to none of the certificates in %s", source, path);
out:
    bundle_free(&chain);
    return code;
}

static enum vox_err open_stored(struct store *s, const char *source, EVP_PKEY **out, struct vox_error *err)
{
    char path[PATH_MAX];
    enum vox_err code;
    int n;

    if (token_uri_is(source))
        return key_open(source, NULL, out, err);
    n = source[0] == '/' ? snprintf(path, sizeof path, "%s", source)
                         : snprintf(path, sizeof path, "%s/%s", store_key_dir(s), source);
    if (n <= 0 || (size_t)n >= sizeof path)
        return vox_fail(err, VOX_E_INPUT, "the path of CAPF's key is too long");
    if ((code = key_open_stored(path, out, err)) != VOX_OK)
        (void)vox_error_prefix(err, "%s", path);
    return code;
}

static enum vox_err from_store(struct store *s, struct capf_issuer *out, struct vox_error *err)
{
    const struct store_binding_filter f = {.place = service_name(SERVICE_CAPF), .state = BIND_ACTIVE};
    struct store_binding *list;
    size_t n;
    enum vox_err code = store_bindings(s, &f, &list, &n, err);

    if (code != VOX_OK)
        return code;
    if (n == 0)
        code = vox_fail(err, VOX_E_NOT_FOUND,
                        "the store has no CAPF certificate: voxcert new CAPF, or name an issuer with --issuer");
    else if (n > 1)
        code = vox_fail(err, VOX_E_USAGE,
                        "the store has %zu CAPF certificates: voxcert export one, and name it with --issuer", n);
    else if ((code = open_stored(s, list[0].key_source, &out->key, err)) == VOX_OK)
        out->cert = cert_ref(list[0].cert);
    store_bindings_free(&list, n);
    return code;
}

/* "capf" beside the database, unless it was named. */
static enum vox_err place_of_journal(const struct sign_options *o, const struct store *s, char **out,
                                     struct vox_error *err)
{
    const char *database = store_path(s), *slash = strrchr(database, '/');
    int n;

    if (o->journal_dir != NULL)
        n = asprintf(out, "%s", o->journal_dir);
    else if (slash != NULL)
        n = asprintf(out, "%.*s/capf", (int)(slash - database), database);
    else
        n = asprintf(out, "capf");
    if (n >= 0)
        return VOX_OK;
    *out = NULL;
    return vox_fail(err, VOX_E_MEMORY, "no memory");
}

/* Dates are looked at with every request: a clock that is set right later needs no new start. */
static enum vox_err check(const struct capf_issuer *i, struct vox_error *err)
{
    return capf_issuer_check(i, cert_not_before(i->cert), err);
}

enum vox_err sign_issuer_open(const struct sign_options *o, struct capf_issuer *out, char **journal_dir,
                              struct vox_error *err)
{
    struct store *s = NULL;
    bool elsewhere;
    enum vox_err code;

    *out = (struct capf_issuer){0};
    *journal_dir = NULL;
    if ((code = store_open(o->store_url, &s, err)) != VOX_OK ||
        (code = sign_profile_read(s, &out->profile, err)) != VOX_OK ||
        (code = place_of_journal(o, s, journal_dir, err)) != VOX_OK ||
        (code = ca_offline(s, &elsewhere, err)) != VOX_OK || elsewhere)
        goto out;
    code = o->issuer_path != NULL ? from_files(o->issuer_path, o->issuer_key, out, err) : from_store(s, out, err);
    if (code == VOX_OK)
        code = check(out, err);
out:
    store_close(&s);
    if (code != VOX_OK) {
        sign_issuer_clear(out);
        free(*journal_dir);
        *journal_dir = NULL;
    }
    return code;
}

void sign_issuer_clear(struct capf_issuer *i)
{
    struct cert *c = (struct cert *)(uintptr_t)i->cert;

    cert_free(&c);
    EVP_PKEY_free(i->key); /* which overwrites its private half */
    *i = (struct capf_issuer){0};
}
