#include "mode.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <libcert/audit.h>

#include "compose.h"

const char *cluster_mode_word(bool mixed)
{
    return mixed ? "mixed" : "non-secure";
}

/* One signature stands under a list: that of the anchor with which the fewest phones are lost, then the fewest must
 * ask. */
static enum vox_err best_anchor(struct store *s, const struct composed *c, struct impact *out, struct vox_error *err)
{
    enum vox_err code = VOX_OK;

    for (size_t i = 0; code == VOX_OK && i < c->nanchors; i++) {
        const struct cert *const cert = c->anchors[i].cert;
        const struct impact_certificates one = {.certs = &cert, .n = 1, .purpose = ACCEPT_FOR_LISTS};
        struct impact impact;

        if ((code = impact_of_certificates(s, &one, &impact, err)) == VOX_OK &&
            (i == 0 || impact.lost < out->lost || (impact.lost == out->lost && impact.by_tvs < out->by_tvs)))
            *out = impact;
    }
    return code;
}

/* Within the transaction that has set the mode: whom TVS vouch for depends on it. */
static enum vox_err look_ahead(struct store *s, struct mode_outlook *out, struct vox_error *err)
{
    const struct compose_params ctl = {.kind = CLUSTER_CTL};
    struct composed composed = {0};
    struct vox_error why;
    enum vox_err code = cluster_compose(s, &ctl, &composed, &why);

    if (code == VOX_OK) {
        out->lists = true;
        code = best_anchor(s, &composed, &out->impact, err);
    } else if (code == VOX_E_INPUT) {
        (void)snprintf(out->why_not, sizeof out->why_not, "%s", why.text);
        code = VOX_OK;
    } else if (err != NULL) {
        *err = why;
    }
    composed_free(&composed);
    return code;
}

static enum vox_err begin(struct store *s, bool mixed, struct mode_outlook *out, struct vox_error *err)
{
    enum vox_err code;

    *out = (struct mode_outlook){.lists = false};
    if ((code = store_begin(s, err)) == VOX_OK &&
        (code = store_setting_set(s, "mode", cluster_mode_word(mixed), err)) == VOX_OK)
        code = look_ahead(s, out, err);
    return code;
}

enum vox_err cluster_mode_outlook(struct store *s, bool mixed, struct mode_outlook *out, struct vox_error *err)
{
    enum vox_err code = begin(s, mixed, out, err);

    store_rollback(s);
    return code;
}

enum vox_err cluster_mode_set(struct store *s, bool mixed, int64_t forced, const char *what, struct vox_error *err)
{
    struct mode_outlook outlook;
    char entry[200];
    enum vox_err code = begin(s, mixed, &outlook, err);

    if (code == VOX_OK && (code = impact_allowed(&outlook.impact, forced, err)) == VOX_OK) {
        (void)snprintf(entry, sizeof entry, "%s %s", what, cluster_mode_word(mixed));
        if (outlook.impact.lost > 0)
            (void)snprintf(entry, sizeof entry, "%s %s (%" PRId64 " phones locked out)", what, cluster_mode_word(mixed),
                           outlook.impact.lost);
        if ((code = audit_append(s, entry, "done", err)) == VOX_OK)
            code = store_commit(s, err);
    }
    store_rollback(s);
    return code;
}
