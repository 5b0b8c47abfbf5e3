#include "known_signers.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/file.h>
#include <libcert/limits.h>
#include <libcert/name.h>
#include <libcert/role.h>
#include <libcert/token.h>

#include "held.h"
#include "view.h"

enum vox_err known_signers_read(struct store *s, const char *dir, const char *name, struct known_signers *out,
                                struct vox_error *err)
{
    char folder[PATH_MAX], path[PATH_MAX];
    const struct store_list *current;
    struct store_list *lists;
    struct bytes file;
    size_t n;
    enum vox_err code;

    *out = (struct known_signers){NULL};
    if (realpath(dir, folder) == NULL)
        return VOX_OK; /* whoever publishes there says so */
    if ((code = store_lists(s, NULL, true, &lists, &n, err)) != VOX_OK)
        return code;
    current = held_current(lists, n, name, folder);
    if (current != NULL)
        (void)ctl_list_read(current->data.data, current->data.len, &out->list, NULL);
    store_lists_free(&lists, n);
    if (out->list != NULL || snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path ||
        file_read(path, LIMIT_LIST_FILE, &file, NULL) != VOX_OK)
        return VOX_OK;
    (void)ctl_list_read(file.data, file.len, &out->list, NULL);
    bytes_free(&file);
    return VOX_OK;
}

void known_signers_free(struct known_signers *k)
{
    ctl_list_free(&k->list);
}

void known_signers_name(const struct cert *c, char *out, size_t outlen)
{
    char id[VIEW_ID_MAX], *subject = NULL;

    view_id(c, id);
    if (name_text(cert_subject_der(c), NAME_VENDOR, &subject, NULL) != VOX_OK)
        subject = NULL;
    (void)snprintf(out, outlen, "%s (%s)", subject != NULL ? subject : "?", id);
    free(subject);
}

static bool is_sast(const struct ctl_record *r)
{
    return role_may_sign_lists(r->function) && r->cert != NULL;
}

bool known_signers_have(const struct known_signers *k, const struct cert *c)
{
    for (size_t i = 0; k->list != NULL && i < k->list->nrecords; i++) {
        if (is_sast(&k->list->records[i]) && cert_same(k->list->records[i].cert, c))
            return true;
    }
    return false;
}

/* Where the private key of a certificate is, as the store has it: of a URI, what names the token. */
static void key_of(const struct store_binding *list, size_t n, const struct cert *c, char *out, size_t outlen)
{
    (void)snprintf(out, outlen, "its key is not known here");
    for (size_t i = 0; i < n; i++) {
        const char *source = list[i].key_source, *id;

        if (list[i].cert == NULL || source[0] == '\0' || !cert_same(list[i].cert, c))
            continue;
        id = strstr(source, ";id=");
        if (token_uri_is(source))
            (void)snprintf(out, outlen, "on %.*s", (int)(id != NULL ? (size_t)(id - source) : strcspn(source, "?")),
                           source);
        else
            (void)snprintf(out, outlen, "its key is in the store");
        return;
    }
}

enum vox_err known_signers_text(const struct known_signers *k, struct store *s, char *out, size_t outlen,
                                struct vox_error *err)
{
    const struct store_binding_filter any = {.state = -1};
    struct store_binding *list;
    size_t n, at = 0;
    enum vox_err code = store_bindings(s, &any, &list, &n, err);

    out[0] = '\0';
    if (code != VOX_OK)
        return code;
    for (size_t i = 0; k->list != NULL && i < k->list->nrecords && at < outlen; i++) {
        const struct ctl_record *r = &k->list->records[i];
        char name[300], key[200];

        if (!is_sast(r))
            continue;
        known_signers_name(r->cert, name, sizeof name);
        key_of(list, n, r->cert, key, sizeof key);
        at += (size_t)snprintf(out + at, outlen - at, "%s%s: %s", at > 0 ? "; " : "", name, key);
    }
    store_bindings_free(&list, n);
    return VOX_OK;
}
