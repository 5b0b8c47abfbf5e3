#include "key_open.h"

#include <stdio.h>
#include <stdlib.h>

#include <libcert/key.h>
#include <libcert/token.h>

enum vox_err cluster_key_open(const struct store *s, const char *key_source, const struct password_source *pass,
                              EVP_PKEY **out, struct vox_error *err)
{
    enum vox_err code;
    char *path;

    *out = NULL;
    if (key_source[0] == '\0')
        return vox_fail(err, VOX_E_INPUT, "the store knows no private key for this certificate");
    if (token_uri_is(key_source) || key_source[0] == '/')
        return key_open(key_source, pass, out, err);
    if (asprintf(&path, "%s/%s", store_key_dir(s), key_source) < 0)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if ((code = key_open_stored(path, out, err)) != VOX_OK)
        vox_error_prefix(err, "%s", path);
    free(path);
    return code;
}
