/*
 * Is what a store holds what was put into it?
 */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include "store/query.h"

/* store_check_content(s, err): the engine finds no damage, every certificate and list has the digest it is recorded
 * under. VOX_E_STORE otherwise. */
enum vox_err store_check_content(struct store *s, struct vox_error *err);

/* store_check_sound(s, err): that, and the audit chain holds: fit to be put in a store's place. VOX_E_INPUT otherwise:
 * here the database is input. */
enum vox_err store_check_sound(struct store *s, struct vox_error *err);

/* store_check_is_file(path, err): VOX_OK for a regular file. VOX_E_NOT_FOUND, VOX_E_IO, VOX_E_INPUT (something else).
 */
enum vox_err store_check_is_file(const char *path, struct vox_error *err);

#endif
