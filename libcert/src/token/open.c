#include <time.h>

#include "token/agent.h"
#include "token/uri.h"

enum { LOOKS = 3, BETWEEN_MS = 250 };

/*
 * The token that u names, by an agent for it. One that is not there is looked for again, by a module that is loaded
 * anew: many modules see only what was there when they were, and a software token whose file another process writes at
 * that moment is not seen at all, or gives CKR_GENERAL_ERROR when it is asked who it is. Two processes of a daemon
 * start at once.
 */
static enum vox_err find(const struct token_uri *u, struct token_agent **a, size_t *index, struct token_info *t,
                         struct vox_error *err)
{
    const struct timespec pause = {.tv_nsec = BETWEEN_MS * 1000000L};
    enum vox_err code;

    for (int look = 1;; look++) {
        if ((code = token_agent_get(u->module, a, err)) != VOX_OK)
            return code;
        code = token_find(*a, u, index, t, err);
        if (code != VOX_E_NOT_FOUND || look == LOOKS || !token_agent_retire(*a))
            return code;
        (void)nanosleep(&pause, NULL);
    }
}

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
    else if ((code = find(u, &a, &index, &t, err)) == VOX_OK &&
             (code = token_login(a, index, u, pass, err)) == VOX_OK &&
             (code = token_key_find(a, index, u, &key, err)) == VOX_OK)
        code = token_key_evp(a, index, &key, pass, out, err);
    token_uri_free(&u);
    return code;
}
