/*
 * Schema versions and the way from one to the next. Source: docs/formats/store.md 2.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/backend.h"

enum { STORE_APPLICATION_ID = 0x564f5854 }; /* "VOXT" */

/* steps[i] leads from schema i to schema i + 1. */
struct store_schema {
    const char *const *steps;
    int version; /* how many there are: the schema that this program works with */
};

/* store_schema_of(ops): of this release. */
const struct store_schema *store_schema_of(const struct backend_ops *ops);

/* store_schema_known(schema, id, err): is a database with this identity ours, and not from the future? VOX_E_STORE. */
enum vox_err store_schema_known(const struct store_schema *schema, const struct backend_identity *id,
                                struct vox_error *err);

/*
 * store_schema_raise(ops, db, schema, err): run the steps that are missing, each in a transaction with its number, so
 * that two programs may do so at once. Starts from nothing when the database is new.
 */
enum vox_err store_schema_raise(const struct backend_ops *ops, struct backend *db, const struct store_schema *schema,
                                struct vox_error *err);

#endif
