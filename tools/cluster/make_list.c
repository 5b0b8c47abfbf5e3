#include "make_list.h"

#include "publish.h"

/* The list signed by one of the anchors, and what phones would do with it. */
static enum vox_err make_with(struct store *s, const struct list_making *m, const struct composed_anchor *anchor,
                              struct bytes *out, enum accept_verdict *verdict, struct vox_error *err)
{
    struct ctl_build_params p = m->params;
    struct publish_result r;
    EVP_PKEY *key = NULL;
    enum vox_err code;

    p.signer = anchor->cert;
    p.members = m->composed->members;
    p.nmembers = m->composed->nmembers;
    if ((code = cluster_key_open(s, anchor->key_source, m->pass, &key, err)) == VOX_OK)
        code = ctl_build(&p, key, out, err);
    EVP_PKEY_free(key);
    if (code != VOX_OK)
        return code;
    const struct publish_params probe = {.kind = m->kind,
                                         .dir = m->dir,
                                         .name = m->name,
                                         .list = bytes_view_of(out),
                                         .force = true,
                                         .force_lost = IMPACT_WHATEVER};

    code = cluster_publish_check(s, &probe, &r, err);
    *verdict = r.impact.lost > 0 ? ACCEPT_REFUSED : r.accept.verdict;
    publish_result_clear(&r);
    if (code != VOX_OK)
        bytes_free(out);
    return code;
}

enum vox_err cluster_make_list(struct store *s, const struct list_making *m, struct bytes *out,
                               const struct composed_anchor **by, struct vox_error *err)
{
    enum accept_verdict verdict, other;
    enum vox_err code;

    *by = &m->composed->anchors[0];
    if ((code = make_with(s, m, *by, out, &verdict, err)) != VOX_OK)
        return code;
    for (size_t i = 1; i < m->composed->nanchors && verdict > ACCEPT_FIRST_TRUST; i++) {
        struct bytes list;

        if (make_with(s, m, &m->composed->anchors[i], &list, &other, NULL) != VOX_OK || other >= verdict) {
            bytes_free(&list);
            continue;
        }
        bytes_free(out);
        *out = list;
        *by = &m->composed->anchors[i];
        verdict = other;
    }
    return VOX_OK;
}
