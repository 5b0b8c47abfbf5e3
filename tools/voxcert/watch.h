/*
 * What `voxcert check` watches from day to day: people are told by hooks, a monitoring system by a file. Source:
 * voxcert(1), check; voxtrust-hooks(5).
 */
#ifndef VOXCERT_WATCH_H
#define VOXCERT_WATCH_H

#include <cli/verb.h>
#include <libcert/store.h>
#include <libcert/trunks.h>

enum { WATCH_AT_MAX = 16 };

/* A kind of finding and how often it was found. */
struct watch_count {
    const char *code;
    size_t n;
};

/* All that is looked at in one run. */
struct watch {
    const struct cli_common *common;
    struct store *s;
    const struct store_binding *list; /* what is in use; a request has no certificate */
    size_t n;
    struct trunk_cert *trunks; /* what trunks rely on */
    size_t ntrunks;
    int at[WATCH_AT_MAX]; /* thresholds in days */
    size_t nat;
    int64_t now;
    size_t told;    /* certificates of which people were told in this run */
    size_t waiting; /* of which they have still to be told */
};

/*
 * watch_tell(w, tell, err): counts what is due in w->waiting; with tell the hooks are run for it, and when at least one
 * ran and none failed, it is recorded and counted in w->told instead. Two runs at once wait for one another. Errors:
 * VOX_E_IO (nobody was told: no hook, or one failed; all of it is due again next time), those of the store.
 */
enum vox_err watch_tell(struct watch *w, bool tell, struct vox_error *err);

/* watch_metrics(w, counts, path, err): the text format of Prometheus, the whole file at once, readable by all; "-" is
 * standard output. counts ends with a code NULL. Errors: VOX_E_IO, VOX_E_STORE, VOX_E_MEMORY. */
enum vox_err watch_metrics(const struct watch *w, const struct watch_count *counts, const char *path,
                           struct vox_error *err);

#endif
