#include "list_source.h"

#include <stdlib.h>

#include <cli/input.h>
#include <cli/report.h>
#include <cluster/make_list.h>
#include <libcert/limits.h>
#include <libcert/name.h>

/* The list of the cluster, signed by the anchor that phones take best. */
static enum vox_err make(struct cli_common *common, struct store *s, const struct list_source *src,
                         const struct composed *composed, struct bytes *out, struct vox_error *err)
{
    const struct password_source pass = cli_password(common, src->password_file);
    const struct list_making m = {.kind = src->kind,
                                  .dir = src->dir,
                                  .name = src->name,
                                  .composed = composed,
                                  .params = making_params(src->making, cluster_list_filename(src->kind)),
                                  .pass = &pass};
    const struct composed_anchor *by;
    enum vox_err code = cluster_make_list(s, &m, out, &by, err);
    char *signer;

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
