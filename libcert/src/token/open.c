#include "token/uri.h"

enum vox_err token_open(const char *text, const struct password_source *pass, EVP_PKEY **out, struct vox_error *err)
{
    struct token_agent *a;
    struct token_object key;
    struct token_info t;
    struct token_uri *u;
    size_t index;
    enum vox_err code = token_uri_parse(text, &u, err);

    *out = NULL;
    if (code != VOX_OK)
        return code;
    if (!token_uri_names_token(u) && u->idlen == 0 && u->object[0] == '\0')
        code =
            vox_fail(err, VOX_E_USAGE, "the URI names neither a token nor a key: 'voxtoken list' says what there is");
    else if ((code = token_agent_get(u->module, &a, err)) == VOX_OK &&
             (code = token_find(a, u, &index, &t, err)) == VOX_OK &&
             (code = token_login(a, index, u, pass, err)) == VOX_OK &&
             (code = token_key_find(a, index, u, &key, err)) == VOX_OK)
        code = token_key_evp(a, index, &key, pass, out, err);
    token_uri_free(&u);
    return code;
}
