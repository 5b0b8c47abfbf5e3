#include <libcert/trunks.h>

#include <stdlib.h>
#include <string.h>

#include "store/trunks.h"

static void fold(const char *name, char *out)
{
    for (; *name != '\0'; name++)
        *out++ = (char)(*name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name);
    *out = '\0';
}

/* Who has that name with that port? */
static enum vox_err taken(struct store *s, const char *name, const char *folded, unsigned port, struct vox_error *err)
{
    char owner[TRUNK_NAME_MAX] = "another profile";
    struct store_query q;
    struct vox_error ignored;

    store_query_begin(&q, s, "SELECT profile FROM trunk_profile_names WHERE folded = $1 AND port = $2", &ignored);
    store_query_text(&q, 1, folded);
    store_query_int(&q, 2, port);
    if (store_query_next(&q))
        trunks_text_at(&q, 0, owner, sizeof owner);
    (void)store_query_end(&q);
    return vox_fail(err, VOX_E_EXISTS,
                    "profile %s has the subject name %s with port %u already: a call that comes in could be of either. "
                    "Another --port, or the same profile for both trunks",
                    owner, name, port);
}

static enum vox_err put_name(struct store *s, const struct trunk_profile *p, size_t i, struct vox_error *err)
{
    char folded[LIMIT_DNS_NAME + 1];
    struct store_query q;
    enum vox_err rc;

    fold(p->names[i], folded);
    store_query_begin(
        &q, s, "INSERT INTO trunk_profile_names (profile, ordinal, name, folded, port) VALUES ($1, $2, $3, $4, $5)",
        err);
    store_query_text(&q, 1, p->name);
    store_query_int(&q, 2, (int64_t)i + 1);
    store_query_text(&q, 3, p->names[i]);
    store_query_text(&q, 4, folded);
    store_query_int(&q, 5, p->port);
    rc = store_query_run(&q, NULL);
    return rc == VOX_E_EXISTS ? taken(s, p->names[i], folded, p->port, err) : rc;
}

static enum vox_err put_profile(struct store *s, const struct trunk_profile *p, struct vox_error *err)
{
    struct store_query q;
    enum vox_err rc;

    store_query_begin(&q, s,
                      "INSERT INTO trunk_profiles (name, mode, outgoing, incoming, port, digest, nonce_validity)"
                      " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                      err);
    store_query_text(&q, 1, p->name);
    store_query_text(&q, 2, trunk_mode_word(p->mode));
    store_query_text(&q, 3, trunk_transport_word(p->outgoing));
    store_query_text(&q, 4, trunk_transport_word(p->incoming));
    store_query_int(&q, 5, p->port);
    store_query_int(&q, 6, p->digest);
    store_query_int(&q, 7, p->nonce_validity);
    rc = store_query_run(&q, NULL);
    return rc == VOX_E_EXISTS ? vox_fail(err, VOX_E_EXISTS, "there is a profile '%s' already", p->name) : rc;
}

enum vox_err trunk_profile_add(struct store *s, const struct trunk_profile *p, struct vox_error *err)
{
    bool own;
    enum vox_err rc = trunk_profile_check(p, err);

    if (rc == VOX_OK)
        rc = store_step_begin(s, &own, err);
    if (rc != VOX_OK)
        return rc;
    rc = put_profile(s, p, err);
    for (size_t i = 0; i < p->nnames && rc == VOX_OK; i++)
        rc = put_name(s, p, i, err);
    return store_step_end(s, own, rc, err);
}

/* VOX_E_EXISTS with the trunks that use it, if any do. */
static enum vox_err refuse_used(struct store *s, const char *name, struct vox_error *err)
{
    char users[300] = "", one[TRUNK_NAME_MAX];
    size_t n = 0, used = 0;
    struct store_query q;
    enum vox_err rc;

    store_query_begin(&q, s, "SELECT name FROM trunks WHERE profile = $1 ORDER BY name", err);
    store_query_text(&q, 1, name);
    while (store_query_next(&q)) {
        trunks_text_at(&q, 0, one, sizeof one);
        if (used < sizeof users)
            used += (size_t)snprintf(users + used, sizeof users - used, "%s%s", n > 0 ? ", " : "", one);
        n++;
    }
    rc = store_query_end(&q);
    if (rc != VOX_OK || n == 0)
        return rc;
    return vox_fail(err, VOX_E_EXISTS, "profile %s is in use by %s: remove %s first (voxtrunk remove)", name, users,
                    n == 1 ? "that trunk" : "those trunks");
}

static enum vox_err delete_from(struct store *s, const char *sql, const char *name, int64_t *removed,
                                struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s, sql, err);
    store_query_text(&q, 1, name);
    return store_query_run(&q, removed);
}

enum vox_err trunk_profile_remove(struct store *s, const char *name, struct vox_error *err)
{
    int64_t removed = 0;
    bool own;
    enum vox_err rc = store_step_begin(s, &own, err);

    if (rc != VOX_OK)
        return rc;
    rc = refuse_used(s, name, err);
    if (rc == VOX_OK)
        rc = delete_from(s, "DELETE FROM trunk_profile_names WHERE profile = $1", name, &removed, err);
    if (rc == VOX_OK)
        rc = delete_from(s, "DELETE FROM trunk_profiles WHERE name = $1", name, &removed, err);
    if (rc == VOX_OK && removed == 0)
        rc = vox_fail(err, VOX_E_NOT_FOUND, "there is no profile '%s'", name);
    return store_step_end(s, own, rc, err);
}

static enum vox_err read_names(struct store *s, struct trunk_profile *p, struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s, "SELECT name FROM trunk_profile_names WHERE profile = $1 ORDER BY ordinal", err);
    store_query_text(&q, 1, p->name);
    while (store_query_next(&q)) {
        char **more = reallocarray(p->names, p->nnames + 1, sizeof *more);

        if (!more) {
            store_query_fail(&q, vox_fail(err, VOX_E_MEMORY, "no memory"));
            break;
        }
        p->names = more;
        if ((p->names[p->nnames] = store_query_copy_text(&q, 0)) != NULL)
            p->nnames++;
    }
    return store_query_end(&q);
}

static enum vox_err read_profile(struct store_query *q, struct trunk_profile *p)
{
    char mode[16], outgoing[16], incoming[16];

    *p = (struct trunk_profile){.names = NULL};
    trunks_text_at(q, 0, p->name, sizeof p->name);
    trunks_text_at(q, 1, mode, sizeof mode);
    trunks_text_at(q, 2, outgoing, sizeof outgoing);
    trunks_text_at(q, 3, incoming, sizeof incoming);
    p->port = (unsigned)store_query_int_at(q, 4);
    p->digest = store_query_int_at(q, 5) != 0;
    p->nonce_validity = (unsigned)store_query_int_at(q, 6);
    if (q->rc == VOX_OK && (!trunk_mode_parse(mode, &p->mode) || !trunk_transport_parse(outgoing, &p->outgoing) ||
                            !trunk_transport_parse(incoming, &p->incoming)))
        store_query_fail(q, vox_fail(q->err, VOX_E_STORE, "the store is damaged: profile %s makes no sense", p->name));
    return q->rc;
}

static enum vox_err read_all(struct store *s, const char *name, struct trunk_profile **list, size_t *n,
                             struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s,
                      "SELECT name, mode, outgoing, incoming, port, digest, nonce_validity FROM trunk_profiles"
                      " WHERE CAST($1 AS TEXT) IS NULL OR name = $1 ORDER BY name",
                      err);
    store_query_text(&q, 1, name);
    while (store_query_next(&q)) {
        struct trunk_profile *more = reallocarray(*list, *n + 1, sizeof *more);

        if (!more) {
            store_query_fail(&q, vox_fail(err, VOX_E_MEMORY, "no memory"));
            break;
        }
        *list = more;
        (void)read_profile(&q, &more[(*n)++]);
    }
    return store_query_end(&q);
}

enum vox_err trunk_profiles(struct store *s, const char *name, struct trunk_profile **out, size_t *n,
                            struct vox_error *err)
{
    struct vox_error why;
    bool own;
    enum vox_err rc = store_snapshot_begin(s, &own, err);

    *out = NULL;
    *n = 0;
    if (rc != VOX_OK)
        return rc;
    rc = read_all(s, name, out, n, err);
    for (size_t i = 0; i < *n && rc == VOX_OK; i++) {
        rc = read_names(s, &(*out)[i], err);
        if (rc == VOX_OK && trunk_profile_check(&(*out)[i], &why) != VOX_OK) /* changed by hand */
            rc = vox_fail(err, VOX_E_STORE, "the store is damaged: profile: %s", why.text);
    }
    store_snapshot_end(s, own);
    if (rc != VOX_OK) {
        trunk_profiles_free(out, *n);
        *n = 0;
    }
    return rc;
}

void trunk_profiles_free(struct trunk_profile **list, size_t n)
{
    for (size_t i = 0; *list && i < n; i++) {
        for (size_t k = 0; k < (*list)[i].nnames; k++)
            free((*list)[i].names[k]);
        free((*list)[i].names);
    }
    free(*list);
    *list = NULL;
}
