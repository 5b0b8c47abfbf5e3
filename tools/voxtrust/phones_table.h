/* A table of what phones hold. Source: voxtrust(1), phones import. */
#ifndef VOXTRUST_PHONES_TABLE_H
#define VOXTRUST_PHONES_TABLE_H

#include "learn.h"

/* phones_table_is(data): does the first line name a column "device"? */
bool phones_table_is(struct bytes_view data);

/*
 * phones_table_read(s, l, data, now, n, err): every line into the inventory, in the caller's transaction. Errors:
 * VOX_E_INPUT with line and reason (the transaction is to be rolled back then), VOX_E_STORE, VOX_E_MEMORY.
 */
enum vox_err phones_table_read(struct store *s, struct learner *l, struct bytes_view data, int64_t now, size_t *n,
                               struct vox_error *err);

#endif
