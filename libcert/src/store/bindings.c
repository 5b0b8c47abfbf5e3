#include "store/query.h"

#include <stdlib.h>
#include <string.h>

#include <libcert/clock.h>

#include "store/certs.h"
#include "store/text.h"

static const char *const state_words[BIND_STATE_COUNT] = {
    [BIND_PENDING] = "pending",
    [BIND_ACTIVE] = "active",
    [BIND_RETIRING] = "retiring",
    [BIND_RETIRED] = "retired",
};

const char *bind_state_word(enum bind_state st)
{
    return (unsigned)st < BIND_STATE_COUNT ? state_words[st] : NULL;
}

static enum vox_err check(const struct store_binding *b, struct vox_error *err)
{
    enum vox_err rc = store_text_check_name("place", b->place, err);

    if (rc == VOX_OK && b->node && b->node[0])
        rc = store_text_check_name("node's name", b->node, err);
    if (rc != VOX_OK)
        return rc;
    if (!bind_state_word(b->state))
        return vox_fail(err, VOX_E_USAGE, "unknown state %d", (int)b->state);
    if (b->role < ROLE_NONE || b->role > UINT16_MAX)
        return vox_fail(err, VOX_E_USAGE, "the role must be 0 to 65535, not %d", b->role);
    if (!b->cert && !(b->request && b->request[0]))
        return vox_fail(err, VOX_E_USAGE, "neither a certificate nor a request to bind");
    return VOX_OK;
}

/* "X stands in PLACE already", where PLACE may be a node's. */
static enum vox_err exists(struct vox_error *err, const char *fingerprint, const char *place, const char *node)
{
    if (node && node[0])
        return vox_fail(err, VOX_E_EXISTS, "certificate %s stands in %s of node %s already", fingerprint, place, node);
    return vox_fail(err, VOX_E_EXISTS, "certificate %s stands in %s already", fingerprint, place);
}

static enum vox_err insert(struct store *s, const struct store_binding *b, const char *id, const char *added,
                           const char *fingerprint, struct vox_error *err)
{
    struct store_query q;
    enum vox_err rc;

    store_query_begin(&q, s,
                      "INSERT INTO bindings"
                      " (id, fingerprint, place, node, role, state, key_source, request, added, ordinal)"
                      " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, COALESCE(MAX(ordinal), 0) + 1 FROM bindings",
                      err);
    store_query_text(&q, 1, id);
    store_query_text(&q, 2, fingerprint);
    store_query_text(&q, 3, b->place);
    store_query_text(&q, 4, b->node ? b->node : "");
    store_query_int(&q, 5, b->role);
    store_query_text(&q, 6, state_words[b->state]);
    store_query_text(&q, 7, b->key_source ? b->key_source : "");
    store_query_text(&q, 8, b->request ? b->request : "");
    store_query_text(&q, 9, added);
    rc = store_query_run(&q, NULL);
    return rc == VOX_E_EXISTS ? exists(err, fingerprint ? fingerprint : id, b->place, b->node) : rc;
}

enum vox_err store_binding_add(struct store *s, struct store_binding *b, struct vox_error *err)
{
    char id[STORE_ID_MAX], added[CLOCK_RFC3339_MAX], fingerprint[CERT_FINGERPRINT_MAX];
    char *id_copy = NULL, *added_copy = NULL;
    bool own;
    enum vox_err rc = check(b, err);

    if (rc == VOX_OK)
        rc = store_random_id(id, err);
    if (rc != VOX_OK)
        return rc;
    clock_format(clock_now(), added);
    id_copy = strdup(id);
    added_copy = strdup(added);
    if (!id_copy || !added_copy) {
        rc = vox_fail(err, VOX_E_MEMORY, "no memory");
        goto out;
    }
    rc = store_step_begin(s, &own, err);
    if (rc != VOX_OK)
        goto out;
    if (b->cert) {
        cert_fingerprint(b->cert, fingerprint);
        rc = store_cert_put(s, b->cert, err);
    }
    if (rc == VOX_OK)
        rc = insert(s, b, id, added, b->cert ? fingerprint : NULL, err);
    rc = store_step_end(s, own, rc, err);
    if (rc != VOX_OK)
        goto out;
    b->id = id_copy;
    b->added = added_copy;
    id_copy = added_copy = NULL;
out:
    free(id_copy);
    free(added_copy);
    return rc;
}

static enum vox_err not_found(struct vox_error *err, const char *id)
{
    return vox_fail(err, VOX_E_NOT_FOUND, "there is no binding '%s'", id);
}

enum vox_err store_binding_set_state(struct store *s, const char *id, enum bind_state st, struct vox_error *err)
{
    struct store_query q;
    int64_t changed;
    enum vox_err rc;

    if (!bind_state_word(st))
        return vox_fail(err, VOX_E_USAGE, "unknown state %d", (int)st);
    store_query_begin(&q, s, "UPDATE bindings SET state = $2 WHERE id = $1", err);
    store_query_text(&q, 1, id);
    store_query_text(&q, 2, state_words[st]);
    rc = store_query_run(&q, &changed);
    if (rc == VOX_E_EXISTS)
        return vox_fail(err, VOX_E_EXISTS, "the certificate of binding '%s' has been bound there again meanwhile", id);
    return rc == VOX_OK && changed == 0 ? not_found(err, id) : rc;
}

/* What binding id has now: *fingerprint "" when it waits. Free with free(). */
static enum vox_err fingerprint_of(struct store *s, const char *id, char **fingerprint, struct vox_error *err)
{
    struct store_query q;
    bool found;
    enum vox_err rc;

    *fingerprint = NULL;
    store_query_begin(&q, s, "SELECT fingerprint FROM bindings WHERE id = $1", err);
    store_query_text(&q, 1, id);
    found = store_query_next(&q);
    if (found)
        *fingerprint = store_query_copy_text(&q, 0);
    rc = store_query_end(&q);
    return rc == VOX_OK && !found ? not_found(err, id) : rc;
}

static enum vox_err give(struct store *s, const char *id, const char *fingerprint, struct vox_error *err)
{
    struct store_query q;
    enum vox_err rc;

    store_query_begin(&q, s, "UPDATE bindings SET fingerprint = $2 WHERE id = $1", err);
    store_query_text(&q, 1, id);
    store_query_text(&q, 2, fingerprint);
    rc = store_query_run(&q, NULL);
    if (rc == VOX_E_EXISTS)
        rc = vox_fail(err, VOX_E_EXISTS, "certificate %s stands in the same place already", fingerprint);
    return rc;
}

enum vox_err store_binding_set_cert(struct store *s, const char *id, const struct cert *c, struct vox_error *err)
{
    char fingerprint[CERT_FINGERPRINT_MAX];
    char *present = NULL;
    bool own;
    enum vox_err rc = store_step_begin(s, &own, err);

    if (rc != VOX_OK)
        return rc;
    rc = fingerprint_of(s, id, &present, err);
    if (rc == VOX_OK && present[0] != '\0')
        rc = vox_fail(err, VOX_E_EXISTS, "binding '%s' has its certificate already: %s", id, present);
    if (rc == VOX_OK)
        rc = store_cert_put(s, c, err);
    if (rc == VOX_OK) {
        cert_fingerprint(c, fingerprint);
        rc = give(s, id, fingerprint, err);
    }
    free(present);
    return store_step_end(s, own, rc, err);
}

enum vox_err store_binding_remove(struct store *s, const char *id, struct vox_error *err)
{
    struct store_query q;
    char *fingerprint = NULL;
    bool own;
    enum vox_err rc = store_step_begin(s, &own, err);

    if (rc != VOX_OK)
        return rc;
    rc = fingerprint_of(s, id, &fingerprint, err);
    if (rc == VOX_OK) {
        store_query_begin(&q, s, "DELETE FROM bindings WHERE id = $1", err);
        store_query_text(&q, 1, id);
        rc = store_query_run(&q, NULL);
    }
    if (rc == VOX_OK && fingerprint[0] != '\0')
        rc = store_cert_drop(s, fingerprint, err);
    free(fingerprint);
    return store_step_end(s, own, rc, err);
}
