#include "store/schema.h"

#include "store_schema_001.h"
#include "store_schema_002.h"
#include "store_schema_003.h"
#include "store_schema_004.h"
#include "store_schema_005.h"
#include "store_schema_006.h"
#include "store_schema_007.h"
#include "store_schema_008.h"
#include "store_schema_009.h"
#include "store_schema_010.h"

static const char *const sqlite_steps[] = {(const char *)store_schema_001, (const char *)store_schema_002,
                                           (const char *)store_schema_003, (const char *)store_schema_004,
                                           (const char *)store_schema_005, (const char *)store_schema_006,
                                           (const char *)store_schema_007, (const char *)store_schema_008,
                                           (const char *)store_schema_009, (const char *)store_schema_010};

static const struct store_schema sqlite_schema = {
    .steps = sqlite_steps,
    .version = sizeof sqlite_steps / sizeof sqlite_steps[0],
};

/* Table definitions are the one thing that engines write differently: another engine brings another set of steps. */
const struct store_schema *store_schema_of(const struct backend_ops *ops)
{
    return ops == &store_sqlite ? &sqlite_schema : NULL;
}

enum vox_err store_schema_known(const struct store_schema *schema, const struct backend_identity *id,
                                struct vox_error *err)
{
    if (id->application == 0 && id->version == 0)
        return vox_fail(err, VOX_E_STORE, "an empty or foreign database, not a store of voxtrust");
    if (id->application != STORE_APPLICATION_ID)
        return vox_fail(err, VOX_E_STORE, "the database of another program (application id 0x%08x), not a store",
                        (unsigned)id->application);
    if (id->version > schema->version)
        return vox_fail(err, VOX_E_STORE,
                        "the store was written by a newer voxtrust (schema %d, this program knows up to %d): update it",
                        (int)id->version, schema->version);
    if (id->version < 1)
        return vox_fail(err, VOX_E_STORE, "the store has the impossible schema number %d", (int)id->version);
    return VOX_OK;
}

enum vox_err store_schema_raise(const struct backend_ops *ops, struct backend *db, const struct store_schema *schema,
                                struct vox_error *err)
{
    struct backend_identity id;
    enum vox_err rc = ops->identity(db, &id, err);

    while (rc == VOX_OK && id.version < schema->version) {
        rc = ops->begin(db, true, err);
        if (rc != VOX_OK)
            break;
        /* now that we hold the lock: another program may have done it meanwhile */
        rc = ops->identity(db, &id, err);
        if (rc == VOX_OK && id.version < schema->version) {
            rc = ops->script(db, schema->steps[id.version], err);
            id.application = STORE_APPLICATION_ID;
            id.version++;
            if (rc == VOX_OK)
                rc = ops->set_identity(db, &id, err);
        }
        if (rc == VOX_OK)
            rc = ops->commit(db, err);
        if (rc != VOX_OK)
            ops->rollback(db);
    }
    return rc;
}
