/*
 * Publishing a list: judge it, record it, put it where phones fetch it.
 *
 * Order, so that a crash at any point leaves the old list or the new one, whole, and running it again mends the rest:
 *
 *   1. what phones would do with it, and the linter (nothing changed yet)
 *   2. the bytes as a hidden file beside the target, synced        (crash: a left-over, removed by the next run)
 *   3. version and audit entry in one transaction of the store     (crash: the next run does step 4)
 *   4. rename over the target, folder synced                       (done)
 *
 * A full disk or missing rights show in step 2, before anything is recorded; a list is in the history before a phone
 * can fetch it.
 */
#ifndef CLUSTER_PUBLISH_H
#define CLUSTER_PUBLISH_H

#include <ctl/accept.h>
#include <ctl/verify.h>
#include <libcert/store.h>

#include "cluster/compose.h"
#include "cluster/impact.h"

struct publish_params {
    enum cluster_list kind;
    const char *dir;  /* folder that phones fetch from; must exist */
    const char *name; /* file name in it: "CTLFile.tlv", "ITLSEP0123456789AB.tlv" */
    struct bytes_view list;
    const char *note; /* for the history: "publish", "rollback of 3" */
    const char *what; /* for the audit log: "voxlist publish" */
    bool force;       /* publish though phones that hold the present lists would refuse it, or in spite of the linter */
    int64_t force_lost; /* and though so many phones of the inventory would be locked out; or IMPACT_NOT_FORCED */
    /* Asked by cluster_publish() under the write lock, before anything else; NULL: nothing. */
    enum vox_err (*still)(struct store *s, const void *arg, struct vox_error *err);
    const void *still_arg;
};

struct publish_result {
    int64_t version;             /* of the history; 0 until published */
    bool unchanged;              /* these bytes were current already, and stand there: no new version */
    bool resumed;                /* an interrupted publication of this file was finished first */
    bool first;                  /* phones are not known to hold any list from here */
    struct accept_result accept; /* the worst of what phones may hold */
    char held[64];               /* what that verdict was about: "version 3", "the file that stands there", "" */
    struct impact impact;        /* what the phones of the inventory would do */
    struct lint_finding *findings;
    size_t nfindings;
    char path[4096]; /* of the published file */
};

/*
 * cluster_publish_check(s, p, r, err): step 1 alone. VOX_OK: may be published (with r->accept, r->findings); VOX_E_NO:
 * signature invalid, a LINT_ERROR, or phones that hold the current lists would refuse it (p->force turns the last two
 * into VOX_OK), or phones of the inventory would be locked out (p->force_lost, if it is their number); VOX_E_INPUT: no
 * list, no such folder. r is filled as far as it went. Clear it with publish_result_clear().
 *
 * Phones may hold what the history calls current for the folder, and what stands in the folder if that is something
 * else; per-device files first, then the plain ones.
 */
enum vox_err cluster_publish_check(struct store *s, const struct publish_params *p, struct publish_result *r,
                                   struct vox_error *err);

/* cluster_publish(s, p, r, err): all four steps. Errors as above, and VOX_E_IO, VOX_E_STORE. */
enum vox_err cluster_publish(struct store *s, const struct publish_params *p, struct publish_result *r,
                             struct vox_error *err);
void publish_result_clear(struct publish_result *r);

#endif
