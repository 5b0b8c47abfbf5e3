/*
 * Whole database files and the moment when they take their name.
 */
#ifndef STORE_PLACE_H
#define STORE_PLACE_H

#include <stdbool.h>

#include <libcert/error.h>

/* store_place_temporary(path, given, out, err): a new empty file beside path, 0600 whatever the umask; given: to the
 * folder's owner, when root makes it (file_give()), as a store is. Free with free(). */
enum vox_err store_place_temporary(const char *path, bool given, char **out, struct vox_error *err);

/* store_place_new(tmp, path, err): sync tmp and give it the name path; VOX_E_EXISTS if that is taken.
 * store_place_over(tmp, path, err): the same in place of what is there. Both sync the folder. */
enum vox_err store_place_new(const char *tmp, const char *path, struct vox_error *err);
enum vox_err store_place_over(const char *tmp, const char *path, struct vox_error *err);

/* store_place_discard(tmp): remove it and what the engine may have put beside it. NULL is fine. Frees tmp. */
void store_place_discard(char **tmp);

/* store_place_make_room(path, err): if path is taken, move it and its companions to path.1, path.2 ... (first free).
 * store_place_aside(path, kept, err): one more name `kept` for the file at path, and its companions moved along. */
enum vox_err store_place_make_room(const char *path, struct vox_error *err);
enum vox_err store_place_aside(const char *path, const char *kept, struct vox_error *err);

/* store_place_check_rights(path, err): a file that somebody else could have prepared must not decide whom phones trust.
 * Errors: VOX_E_NOT_FOUND, VOX_E_IO, VOX_E_STORE (no file, or others can write to it). */
enum vox_err store_place_check_rights(const char *path, struct vox_error *err);

/* store_place_folder(path, err): the folder part. NULL without memory. Free with free(). */
char *store_place_folder(const char *path, struct vox_error *err);

#endif
