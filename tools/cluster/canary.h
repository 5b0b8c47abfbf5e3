/*
 * The files of a canary: a list under the own names of some phones (CTLSEP....tlv, ITLSEP....tlv), put there and taken
 * away. The store says first what is to be, then the folder follows; killed at any point, the same call goes on.
 */
#ifndef CLUSTER_CANARY_H
#define CLUSTER_CANARY_H

#include <libcert/canaries.h>
#include <libcert/store.h>

#include "cluster/compose.h"
#include "cluster/hooks_files.h"

enum { CANARY_NAME_MAX = PHONE_NAME_MAX + 8 };

/* canary_file(kind, device, out): "ITLSEP0123456789AB.tlv". */
void canary_file(enum cluster_list kind, const char *device, char out[static CANARY_NAME_MAX]);

struct canary_work {
    struct store *s;
    struct canary *c; /* its step follows */
    enum cluster_list kind;
    const struct canary_phone *phones;
    size_t n;
    enum vox_err (*may_go)(void *arg, struct vox_error *err); /* canary_remove(): asked under the write lock; or NULL */
    const char *what;                                         /* for the audit log: "voxlist canary start" */
    void (*progress)(void *arg, size_t done);                 /* of n; may be NULL */
    void *arg;                                                /* for progress */
    void *asker;                                              /* for may_go */
    struct hooks_files *changed;                              /* gets what was put there and taken away; may be NULL */
};

/*
 * canary_deliver(w, err): the files of all its phones, each recorded as a version of its own; the step becomes open. A
 * phone to which another list was published apart meanwhile keeps that. Errors: VOX_E_IO, VOX_E_STORE, VOX_E_MEMORY.
 *
 * canary_remove(w, promoted, err): their files go, and phones fall back to the list that all have; the step becomes
 * promoted or withdrawn. Errors likewise.
 */
enum vox_err canary_deliver(const struct canary_work *w, struct vox_error *err);
enum vox_err canary_remove(const struct canary_work *w, bool promoted, struct vox_error *err);

#endif
