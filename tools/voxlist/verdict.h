/*
 * What verify finds out about a list, before anything is printed.
 */
#ifndef VOXLIST_VERDICT_H
#define VOXLIST_VERDICT_H

#include <jansson.h>

#include <ctl/accept.h>
#include <ctl/verify.h>

enum { AGAINST_MAX = 2 }; /* a phone holds a CTL and an ITL at most */

/* What is asked. */
struct question {
    const char *file;
    const char *against[AGAINST_MAX];
    int nagainst;
    const char *signer; /* file of the certificate that must have signed, NULL if any may */
    bool strict;
    bool assume_tvs;
};

/* What came out. */
struct verdict {
    enum vox_err signature; /* VOX_OK or VOX_E_NO */
    struct vox_error signature_why;
    enum vox_err signer; /* the same for --signer */
    struct vox_error signer_why;
    struct lint_finding *findings;
    size_t nfindings, nerrors, nwarnings;
    struct accept_result accept; /* with against only */
    bool ok;
    char no[512]; /* the sentence that decided, when not ok */
};

/*
 * verdict_reach(q, l, held, signer, v, err): judge l. held: what the phone has, as q->against named it; signer: the
 * certificate that q->signer named, NULL without. Errors: VOX_E_MEMORY, VOX_E_CRYPTO. Clear v with verdict_clear().
 */
enum vox_err verdict_reach(const struct question *q, const struct ctl_list *l, const struct accept_held *held,
                           const struct cert *signer, struct verdict *v, struct vox_error *err);
void verdict_clear(struct verdict *v);

/* verdict_json(q, l, v): docs/formats/json.md 2; NULL without memory. */
json_t *verdict_json(const struct question *q, const struct ctl_list *l, const struct verdict *v);

#endif
