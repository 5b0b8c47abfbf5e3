#include "store/query.h"

/* A full disk can make the engine undo a transaction by itself; what follows must not run outside of one. */
enum vox_err store_tx_alive(struct store *s, struct vox_error *err)
{
    if (s->in_tx && !s->ops->in_transaction(s->db))
        return vox_fail(err, VOX_E_STORE, "an earlier error has undone this transaction; nothing was changed");
    return VOX_OK;
}

enum vox_err store_begin(struct store *s, struct vox_error *err)
{
    enum vox_err rc;

    if (s->in_tx)
        return vox_fail(err, VOX_E_USAGE, "a transaction of this store is open already");
    rc = s->ops->begin(s->db, true, err);
    s->in_tx = rc == VOX_OK;
    return rc;
}

enum vox_err store_commit(struct store *s, struct vox_error *err)
{
    enum vox_err rc;

    if (!s->in_tx)
        return vox_fail(err, VOX_E_USAGE, "no transaction of this store is open");
    rc = store_tx_alive(s, err);
    if (rc == VOX_OK)
        rc = s->ops->commit(s->db, err);
    if (rc != VOX_OK)
        s->ops->rollback(s->db);
    s->in_tx = false;
    return rc;
}

void store_rollback(struct store *s)
{
    if (s && s->in_tx)
        s->ops->rollback(s->db);
    if (s)
        s->in_tx = false;
}

enum vox_err store_step_begin(struct store *s, bool *own, struct vox_error *err)
{
    enum vox_err rc;

    *own = !s->in_tx;
    if (*own)
        return store_begin(s, err);
    rc = store_tx_alive(s, err);
    return rc == VOX_OK ? s->ops->script(s->db, "SAVEPOINT step", err) : rc;
}

enum vox_err store_step_end(struct store *s, bool own, enum vox_err rc, struct vox_error *err)
{
    if (own) {
        if (rc == VOX_OK)
            return store_commit(s, err);
        store_rollback(s);
        return rc;
    }
    if (rc == VOX_OK)
        return s->ops->script(s->db, "RELEASE SAVEPOINT step", err);
    if (s->ops->in_transaction(s->db))
        (void)s->ops->script(s->db, "ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step", NULL);
    return rc;
}

enum vox_err store_snapshot_begin(struct store *s, bool *own, struct vox_error *err)
{
    *own = !s->in_tx;
    return *own ? s->ops->begin(s->db, false, err) : store_tx_alive(s, err);
}

void store_snapshot_end(struct store *s, bool own)
{
    if (own)
        s->ops->rollback(s->db);
}
