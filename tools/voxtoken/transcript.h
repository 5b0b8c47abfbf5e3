/*
 * What was done in a ceremony, a line a step: JSON, each with the hash of the line before it, so that none can be
 * changed, taken out or put in unseen. Source: docs/formats/transcript.md.
 */
#ifndef VOXTOKEN_TRANSCRIPT_H
#define VOXTOKEN_TRANSCRIPT_H

#include <jansson.h>

#include <libcert/bytes.h>

enum { TRANSCRIPT_HASH_MAX = 65, TRANSCRIPT_FILE_MAX = 16 * 1024 * 1024 };

struct transcript;

/* transcript_begin(path, out, err): a new file; VOX_E_EXISTS when there is one. transcript_resume(path, out, err): go
 * on with one whose chain holds. transcript_read(path, out, err): to look at it alone. Errors: VOX_E_IO, VOX_E_INPUT
 * (the line at which the chain breaks). Free with transcript_free(). */
enum vox_err transcript_begin(const char *path, struct transcript **out, struct vox_error *err);
enum vox_err transcript_resume(const char *path, struct transcript **out, struct vox_error *err);
enum vox_err transcript_read(const char *path, struct transcript **out, struct vox_error *err);
void transcript_free(struct transcript **t);

/* transcript_add(t, what, detail, err): a step, on the disk when this returns; detail is taken over. */
enum vox_err transcript_add(struct transcript *t, const char *what, json_t *detail, struct vox_error *err);

/* transcript_hash(t): of the last line, in hex; zeros before the first. transcript_count(t), transcript_at(t, i, what,
 * time, before): the detail of a step, borrowed, and the hash of the line before it. transcript_last(t, what): the
 * detail of the last step of that kind, NULL if none. */
const char *transcript_hash(const struct transcript *t);
size_t transcript_count(const struct transcript *t);
const json_t *transcript_at(const struct transcript *t, size_t i, const char **what, const char **time,
                            const char **before);
const json_t *transcript_last(const struct transcript *t, const char *what);

#endif
