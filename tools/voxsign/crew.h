/*
 * Signing on all cores.
 */
#ifndef VOXSIGN_CREW_H
#define VOXSIGN_CREW_H

#include "plan.h"
#include "signer.h"

/* sign_one(j, s, key, err): read, leave alone or sign, and stage one file, with key (s->key or a copy of it); sets
 * j->outcome unless it fails. Run by many threads at a time. */
enum vox_err sign_one(struct job *j, const struct signer *s, EVP_PKEY *key, struct vox_error *err);

/* crew_cores(): cores that this process may use. */
unsigned crew_cores(void);

/*
 * crew_run(plan, s, threads, err): do all jobs of plan; every job has an outcome then. Failures of single files are in
 * the jobs; what is returned is about the run: VOX_E_IO (folders could not be synced), VOX_E_MEMORY (no thread).
 * *interrupted: the signal that stopped it, or 0; files not in place by then are as they were, and their jobs
 * JOB_WAITING.
 */
enum vox_err crew_run(struct plan *plan, const struct signer *s, unsigned threads, int *interrupted,
                      struct vox_error *err);

#endif
