#include "list_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cli/input.h>
#include <cli/report.h>
#include <cluster/known_signers.h>
#include <cluster/make_list.h>
#include <libcert/limits.h>
#include <libcert/name.h>

/* The anchor that --signer means. */
static enum vox_err find_signer(const struct composed *c, const char *id, const struct composed_anchor **out,
                                struct vox_error *err)
{
    char there[600] = "", fingerprint[CERT_FINGERPRINT_MAX], name[300];
    size_t found = 0, at = 0;

    for (size_t i = 0; i < c->nanchors; i++) {
        const struct composed_anchor *a = &c->anchors[i];

        cert_fingerprint(a->cert, fingerprint);
        known_signers_name(a->cert, name, sizeof name);
        if (at < sizeof there)
            at += (size_t)snprintf(there + at, sizeof there - at, "%s%s: %s", at > 0 ? "; " : "", name, a->place);
        if ((strlen(id) >= 4 && strncasecmp(fingerprint, id, strlen(id)) == 0) || strcasecmp(a->place, id) == 0) {
            *out = a;
            found++;
        }
    }
    if (found == 1)
        return VOX_OK;
    return vox_fail(err, VOX_E_USAGE, "--signer %.64s: %s; there are %s", id,
                    found == 0 ? "no such anchor" : "several are meant", there);
}

/* The list of the cluster, signed by the anchor that phones take best. */
static enum vox_err make(struct cli_common *common, struct store *s, const struct list_source *src,
                         const struct composed *composed, struct bytes *out, struct vox_error *err)
{
    const struct password_source pass = cli_password(common, src->password_file);
    const struct composed_anchor *by, *named = NULL;
    char *signer;
    enum vox_err code;

    if (src->signer != NULL && (code = find_signer(composed, src->signer, &named, err)) != VOX_OK)
        return code;
    const struct list_making m = {.kind = src->kind,
                                  .dir = src->dir,
                                  .name = src->name,
                                  .composed = composed,
                                  .params = making_params(src->making, cluster_list_filename(src->kind)),
                                  .pass = &pass,
                                  .signer = named};

    code = cluster_make_list(s, &m, out, &by, err);
    if (code != VOX_OK || by == &composed->anchors[0])
        return code;
    if (name_text(cert_subject_der(by->cert), NAME_VENDOR, &signer, NULL) == VOX_OK)
        cli_say(common, "%s: signed by %s, which phones know; they learn of the other anchors by it", src->name,
                signer);
    free(signer);
    return VOX_OK;
}

/* A list that was signed before. */
static enum vox_err take(const struct list_source *src, struct bytes *out, struct vox_error *err)
{
    struct ctl_list *l;
    enum vox_err code = cli_read(src->file, LIMIT_LIST_FILE, out, err);

    if (code == VOX_OK && (code = ctl_list_read(out->data, out->len, &l, err)) == VOX_OK) {
        if (ctl_is_itl(l) != (src->kind == CLUSTER_ITL))
            code = vox_fail(err, VOX_E_INPUT, "this is %s, not %s", ctl_is_itl(l) ? "an ITL" : "a CTL",
                            src->kind == CLUSTER_ITL ? "an ITL" : "a CTL");
        ctl_list_free(&l);
    }
    if (code != VOX_OK)
        (void)vox_error_prefix(err, "%s", src->file);
    return code;
}

enum vox_err list_source_take(struct cli_common *common, struct store *s, const struct list_source *src,
                              struct bytes *out, struct vox_error *err)
{
    const struct compose_params cp = {.kind = src->kind, .node = src->node};
    struct composed composed;
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if (src->file != NULL)
        return take(src, out, err);
    if ((code = cluster_compose(s, &cp, &composed, err)) != VOX_OK)
        return code;
    making_notes(common, &composed);
    code = make(common, s, src, &composed, out, err);
    composed_free(&composed);
    return code;
}
