#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libcert/file.h>
#include <libcert/token.h>

#include "status.h"

/* The file of a private key; NULL when it is in a token, or without memory. */
static char *key_path(const struct store *s, const char *source)
{
    char *path;

    if (token_uri_is(source))
        return NULL;
    if (source[0] == '/')
        return strdup(source);
    return asprintf(&path, "%s/%s", store_key_dir(s), source) < 0 ? NULL : path;
}

static void judge_key(struct status *st, const struct store_binding *b, const char *path)
{
    const char *of = b->node[0] != '\0' ? " of " : "";
    int is_private = file_is_private(path);

    if (is_private == 0)
        status_attention(st, "%s%s%s: others can read its private key: chmod 600 %s", b->place, of, b->node, path);
    else if (is_private < 0 && (errno == ENOENT || errno == ENOTDIR))
        status_attention(st,
                         "%s%s%s: its private key is missing: put %s back from your copy of that folder, or make a new "
                         "certificate",
                         b->place, of, b->node, path);
}

void status_judge_keys(struct status *st, const struct store *s)
{
    for (size_t i = 0; i < st->ncerts; i++) {
        const struct store_binding *b = &st->certs[i];
        char *path = b->key_source[0] != '\0' ? key_path(s, b->key_source) : NULL;

        if (path != NULL)
            judge_key(st, b, path);
        free(path);
    }
}
