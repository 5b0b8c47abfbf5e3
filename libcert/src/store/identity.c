#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/file.h>
#include <libcert/identity.h>
#include <libcert/key.h>
#include <libcert/limits.h>
#include <libcert/token.h>

static enum vox_err get_password(void *arg, const char *what, struct bytes *out, struct vox_error *err)
{
    const char *file = arg;

    if (file == NULL)
        return vox_fail(err, VOX_E_USAGE, "%s is encrypted: name a --password-file", what);
    return password_from_file(file, out, err);
}

static enum vox_err read_chain(const char *path, struct bundle *out, struct vox_error *err)
{
    struct bytes file;
    enum vox_err code = file_read(path, LIMIT_BUNDLE_FILE, &file, err);

    if (code != VOX_OK)
        return code;
    code = bundle_read(file.data, file.len, path, NULL, out, err);
    bytes_wipe(&file); /* the key may stand in it too */
    return code;
}

enum vox_err identity_from_files(const char *cert, const char *key, const char *password_file, struct identity *out,
                                 struct vox_error *err)
{
    const struct password_source pass = {.get = get_password, .arg = (void *)(uintptr_t)password_file};
    const char *source = key != NULL ? key : cert;
    enum vox_err code;

    *out = (struct identity){0};
    if ((code = read_chain(cert, &out->chain, err)) != VOX_OK) {
        (void)vox_error_prefix(err, "%s", cert);
        return code;
    }
    if ((code = key_open(source, &pass, &out->key, err)) != VOX_OK) {
        (void)vox_error_prefix(err, "%s", source);
        identity_clear(out);
    }
    return code;
}

static enum vox_err open_key(const struct store *s, const char *source, EVP_PKEY **out, struct vox_error *err)
{
    char path[PATH_MAX];
    enum vox_err code;
    int len;

    if (token_uri_is(source))
        return key_open(source, NULL, out, err);
    len = source[0] == '/' ? snprintf(path, sizeof path, "%s", source)
                           : snprintf(path, sizeof path, "%s/%s", store_key_dir(s), source);
    if (len <= 0 || (size_t)len >= sizeof path)
        return vox_fail(err, VOX_E_INPUT, "the key's path is too long");
    if ((code = key_open_stored(path, out, err)) != VOX_OK)
        (void)vox_error_prefix(err, "%s", path);
    return code;
}

enum vox_err identity_from_store(struct store *s, enum service service, struct identity *out, struct vox_error *err)
{
    return identity_of_node(s, service, NULL, out, err);
}

enum vox_err identity_of_node(struct store *s, enum service service, const char *node, struct identity *out,
                              struct vox_error *err)
{
    const char *name = service_name(service);
    const struct store_binding_filter f = {.place = name, .node = node, .state = BIND_ACTIVE};
    struct store_binding *list;
    size_t n;
    enum vox_err code = store_bindings(s, &f, &list, &n, err);

    *out = (struct identity){0};
    if (code != VOX_OK)
        return code;
    if (n == 0 && node != NULL) {
        code = vox_fail(err, VOX_E_NOT_FOUND, "node %s has no active %s certificate: voxcert new %s --node %s", node,
                        name, name, node);
    } else if (n == 0) {
        code = vox_fail(err, VOX_E_NOT_FOUND, "the store has no %s certificate: voxcert new %s, or name a --cert", name,
                        name);
    } else if (n > 1) {
        code = vox_fail(err, VOX_E_USAGE,
                        "the store has %zu %s certificates%s: voxcert export one, and name it with --cert and --key", n,
                        name, service_per_node(service) ? ", one a node" : "");
    } else if ((out->chain.certs = malloc(sizeof *out->chain.certs)) == NULL) {
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    } else {
        out->chain.certs[out->chain.ncerts++] = cert_ref(list[0].cert);
        code = open_key(s, list[0].key_source, &out->key, err);
    }
    store_bindings_free(&list, n);
    if (code != VOX_OK)
        identity_clear(out);
    return code;
}

void identity_clear(struct identity *i)
{
    bundle_free(&i->chain);
    EVP_PKEY_free(i->key);
    i->key = NULL;
}
