#include "make_list.h"

#include <string.h>

#include "known_signers.h"
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
    *verdict = ACCEPT_YES;
    if (code != VOX_OK || m->dir == NULL)
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

/* Those whose signature phones know, then the others; in each the order of the list, so tokens first. */
static void sort_anchors(const struct composed *c, const struct known_signers *known,
                         const struct composed_anchor *out[static COMPOSE_ANCHORS_MAX])
{
    size_t n = 0;

    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < c->nanchors; i++) {
            if (known_signers_have(known, c->anchors[i].cert) == (round == 0))
                out[n++] = &c->anchors[i];
        }
    }
}

/* A token that is in its drawer, or was lost. */
static bool is_away(const struct composed_anchor *a, enum vox_err code)
{
    return a->token && (code == VOX_E_NOT_FOUND || code == VOX_E_IO);
}

static enum vox_err make_best(struct store *s, const struct list_making *m,
                              const struct composed_anchor *const *anchors, size_t n, struct bytes *out,
                              const struct composed_anchor **by, struct vox_error *err)
{
    enum accept_verdict best = ACCEPT_REFUSED, verdict;
    struct vox_error away = {.code = VOX_OK};

    *by = NULL;
    for (size_t i = 0; i < n && (*by == NULL || best > ACCEPT_FIRST_TRUST); i++) {
        struct bytes list;
        struct vox_error why;
        enum vox_err code;

        /* Whoever keeps keys in drawers does not want a list that the machine's own key signed for want of them. */
        if (away.code != VOX_OK && !anchors[i]->token)
            break;
        if ((code = make_with(s, m, anchors[i], &list, &verdict, &why)) != VOX_OK) {
            if (is_away(anchors[i], code)) {
                if (away.code == VOX_OK)
                    away = why;
                continue;
            }
            if (*by != NULL)
                continue;
            if (err != NULL)
                *err = why;
            return code;
        }
        if (*by != NULL && verdict >= best) {
            bytes_free(&list);
            continue;
        }
        if (*by != NULL)
            bytes_free(out);
        *out = list;
        *by = anchors[i];
        best = verdict;
    }
    if (*by != NULL)
        return VOX_OK;
    return vox_fail(err, away.code, "%s%s Plug in a token that signs for this cluster, or name another %s", away.text,
                    away.text[strlen(away.text) - 1] == '?' ? "" : ".",
                    m->dir != NULL ? "anchor: --signer ITLRecovery" : "signer: --signer and --signer-cert");
}

enum vox_err cluster_make_list(struct store *s, const struct list_making *m, struct bytes *out,
                               const struct composed_anchor **by, struct vox_error *err)
{
    const struct composed_anchor *anchors[COMPOSE_ANCHORS_MAX];
    struct known_signers known = {.list = NULL};
    enum vox_err code;

    if (m->signer != NULL)
        return make_best(s, m, &m->signer, 1, out, by, err);
    if (m->dir != NULL && (code = known_signers_read(s, m->dir, m->name, &known, err)) != VOX_OK)
        return code;
    sort_anchors(m->composed, &known, anchors);
    known_signers_free(&known);
    return make_best(s, m, anchors, m->composed->nanchors, out, by, err);
}
