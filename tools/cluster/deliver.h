/*
 * A file that is made ready beside its target, and put in place later by one rename.
 */
#ifndef CLUSTER_DELIVER_H
#define CLUSTER_DELIVER_H

#include <stdbool.h>

#include <libcert/bytes.h>

/* deliver_stage(dir, name, data, err): write dir/.name.publishing, mode 0644, synced. Errors: VOX_E_IO.
 * deliver_unstage(dir, name): remove it, if it is there. */
enum vox_err deliver_stage(const char *dir, const char *name, struct bytes_view data, struct vox_error *err);
void deliver_unstage(const char *dir, const char *name);

/* deliver_staged(dir, name, out, err): the bytes of a staged file. VOX_E_NOT_FOUND when there is none. Free with
 * bytes_free(). */
enum vox_err deliver_staged(const char *dir, const char *name, struct bytes *out, struct vox_error *err);

/* deliver_place(dir, name, err): rename the staged file over dir/name and sync the folder. Errors: VOX_E_IO. */
enum vox_err deliver_place(const char *dir, const char *name, struct vox_error *err);

/* deliver_remove(dir, name, err): remove dir/name and what is staged for it; one that is not there is fine.
 * deliver_sync(dir, err): bring the folder to the disk, after removals. Errors: VOX_E_IO. */
enum vox_err deliver_remove(const char *dir, const char *name, struct vox_error *err);
enum vox_err deliver_sync(const char *dir, struct vox_error *err);

/* deliver_stands(dir, name, data): do these bytes stand there? */
bool deliver_stands(const char *dir, const char *name, struct bytes_view data);

/* deliver_folder(dir, out, err): the folder's one true name, PATH_MAX bytes, which the history goes by. Errors:
 * VOX_E_NOT_FOUND, VOX_E_IO. */
enum vox_err deliver_folder(const char *dir, char *out, struct vox_error *err);

#endif
