#include "group_held.h"

#include <stdio.h>
#include <string.h>

#include <libcert/phonemodel.h>

void group_lists_clear(struct group_lists *l)
{
    for (size_t i = 0; i < GROUP_LISTS_KEPT; i++)
        ctl_list_free(&l->known[i].list);
    l->n = 0;
}

static enum vox_err read_list(struct store *s, struct group_lists *l, const char *sha256, const struct ctl_list **out,
                              struct vox_error *err)
{
    struct bytes data;
    enum vox_err code;
    size_t at;

    *out = NULL;
    for (size_t i = 0; i < l->n && i < GROUP_LISTS_KEPT; i++) {
        if (strcmp(l->known[i].sha256, sha256) == 0) {
            *out = l->known[i].list;
            return VOX_OK;
        }
    }
    code = inventory_list_bytes(s, sha256, &data, err);
    if (code != VOX_OK && code != VOX_E_NOT_FOUND)
        return code;
    at = l->n++ % GROUP_LISTS_KEPT;
    ctl_list_free(&l->known[at].list);
    (void)snprintf(l->known[at].sha256, sizeof l->known[at].sha256, "%s", sha256);
    if (code == VOX_OK)
        (void)ctl_list_read(data.data, data.len, &l->known[at].list, NULL); /* no list: not known either */
    bytes_free(&data);
    *out = l->known[at].list;
    return VOX_OK;
}

static bool names_a_list(const char *sha256)
{
    return sha256[0] != '\0' && strcmp(sha256, INVENTORY_NONE) != 0;
}

enum vox_err group_held(struct store *s, struct group_lists *l, const struct inventory_group *g,
                        const struct accept_tvs *tvs, struct accept_held *out, bool *is_known, struct vox_error *err)
{
    struct phone_model model;
    enum vox_err code;

    *out = (struct accept_held){.tvs = tvs};
    *is_known = g->ctl[0] != '\0' || g->itl[0] != '\0';
    (void)phone_model_find(g->model, &model);
    out->no_security_by_default = model.no_security_by_default;
    out->no_ec = model.no_ec;
    if (names_a_list(g->ctl)) {
        if ((code = read_list(s, l, g->ctl, &out->ctl, err)) != VOX_OK)
            return code;
        *is_known = *is_known && out->ctl != NULL;
    }
    if (names_a_list(g->itl)) {
        if ((code = read_list(s, l, g->itl, &out->itl, err)) != VOX_OK)
            return code;
        *is_known = *is_known && out->itl != NULL;
    }
    return VOX_OK;
}
