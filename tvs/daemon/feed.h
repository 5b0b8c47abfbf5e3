/*
 * From the store to the net processes: the parent packs what the cluster trusts, a net process unpacks it. Both sides
 * of one form stand here.
 */
#ifndef VOXTVSD_FEED_H
#define VOXTVSD_FEED_H

#include <libcert/store.h>
#include <tvs/answer.h>

/* feed_pack(store, ttl, out, err): every certificate that is trusted now, with its roles. Errors: those of the store.
 * Free out with bytes_free(). */
enum vox_err feed_pack(struct store *s, uint32_t ttl, struct bytes *out, struct vox_error *err);

/* feed_unpack(data, out, err): the snapshot. Errors: VOX_E_INPUT, VOX_E_MEMORY. Free with tvs_snapshot_free(). */
enum vox_err feed_unpack(struct bytes_view data, struct tvs_snapshot **out, struct vox_error *err);

#endif
