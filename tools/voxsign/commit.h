/*
 * Files that appear whole or not at all, many at a time.
 *
 * One file at a time is written, synced, renamed, and its folder synced. That is two waits for the disk per file, and
 * with thousands of them the disk is all one waits for. So the steps are kept and done for a batch: all temporaries are
 * written, one syncfs() puts them on the disk, they are renamed, and at the end one more puts the names there. At no
 * moment does a name stand for bytes that are not on the disk. Few files are synced one by one, as syncfs() waits for
 * what everybody else has written, too.
 */
#ifndef VOXSIGN_COMMIT_H
#define VOXSIGN_COMMIT_H

#include <libcert/bytes.h>

#include "plan.h"

/* commit_stage(j, dir, data, mode, err): write a temporary beside j->out, whose folder dir is (tree_folder_fd()), with
 * exactly mode. Not synced. Errors: VOX_E_IO, VOX_E_CRYPTO, VOX_E_MEMORY. */
enum vox_err commit_stage(struct job *j, int dir, struct bytes_view data, mode_t mode, struct vox_error *err);

/*
 * commit_batch(jobs, n): sync n staged files and put them in place: JOB_SIGNED, or JOB_FAILED with the sentence and
 * without its temporary.
 */
void commit_batch(struct job *const *jobs, size_t n);

/* commit_end(jobs, n, err): make the names of those of n jobs that are JOB_SIGNED last. Errors: VOX_E_IO. */
enum vox_err commit_end(struct job *jobs, size_t n, struct vox_error *err);

/* commit_drop(j): remove the temporary of a staged job. */
void commit_drop(struct job *j);

/* job_fail(j, err): JOB_FAILED for this reason. */
void job_fail(struct job *j, const struct vox_error *err);

#endif
