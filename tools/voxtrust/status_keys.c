#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libcert/file.h>
#include <libcert/token.h>

#include "status.h"

enum { LEFT_AFTER_S = 3600 };

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
    char owner[FILE_USER_MAX];

    if (is_private == 0)
        status_attention(st, "%s%s%s: others can read its private key: chmod 600 %s", b->place, of, b->node, path);
    else if (is_private < 0 && (errno == ENOENT || errno == ENOTDIR))
        status_attention(st,
                         "%s%s%s: its private key is missing: put %s back from your copy of that folder, or make a new "
                         "certificate",
                         b->place, of, b->node, path);
    else if (is_private > 0 && file_stranger(path, owner, sizeof owner))
        status_attention(st, "%s%s%s: its private key cannot be read by %s, whose folder it is in: chown %s %s",
                         b->place, of, b->node, owner, owner, path);
}

static bool is_used(const struct store_binding *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].key_source, name) == 0)
            return true;
    return false;
}

/* A key is written before what belongs to it is recorded: a command that is killed in between leaves it. Not those of
 * the last hour, whose commands may still run. */
static bool is_left(const char *dir, const char *name, int64_t now)
{
    const char *dash = strchr(name, '-');
    char path[PATH_MAX], service[64];
    enum service sv;
    struct stat st;

    if (dash == NULL || (size_t)(dash - name) >= sizeof service)
        return false;
    dash = strncmp(dash, "-ECDSA-", 7) == 0 ? dash + 6 : dash;
    (void)snprintf(service, sizeof service, "%.*s", (int)(dash - name), name);
    return service_parse(service, &sv) && strcmp(service_name(sv), service) == 0 &&
           (size_t)snprintf(path, sizeof path, "%s/%s", dir, name) < sizeof path && lstat(path, &st) == 0 &&
           S_ISREG(st.st_mode) && st.st_mtime < now - LEFT_AFTER_S;
}

void status_judge_left_keys(struct status *st, struct store *s, int64_t now)
{
    const struct store_binding_filter all = {.state = -1};
    struct store_binding *list = NULL;
    struct dirent *e;
    size_t n = 0;
    DIR *dir = opendir(store_key_dir(s));

    if (dir == NULL)
        return; /* no key was made yet */
    if (store_bindings(s, &all, &list, &n, NULL) == VOX_OK)
        while ((e = readdir(dir)) != NULL)
            if (!is_used(list, n, e->d_name) && is_left(store_key_dir(s), e->d_name, now))
                status_attention(
                    st,
                    "%s/%s belongs to no certificate: a command that was killed left it. Remove it, unless "
                    "the store was restored from a backup and a newer one is still there",
                    store_key_dir(s), e->d_name);
    store_bindings_free(&list, n);
    (void)closedir(dir);
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
