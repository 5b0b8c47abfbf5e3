#include "list_kind.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *word, *filename;
} lists[] = {
    [CLUSTER_CTL] = {"ctl", "CTLFile.tlv"},
    [CLUSTER_ITL] = {"itl", "ITLFile.tlv"},
};

const char *cluster_list_word(enum cluster_list k)
{
    return lists[k].word;
}

const char *cluster_list_filename(enum cluster_list k)
{
    return lists[k].filename;
}

bool cluster_list_parse(const char *word, enum cluster_list *out)
{
    for (int i = 0; i < 2; i++) {
        if (strcasecmp(word, lists[i].word) == 0) {
            *out = (enum cluster_list)i;
            return true;
        }
    }
    return false;
}

enum vox_err cluster_is_mixed(struct store *s, bool *out, struct vox_error *err)
{
    enum vox_err code;
    char *mode;

    if ((code = store_setting_get(s, "mode", &mode, err)) != VOX_OK)
        return code;
    *out = mode != NULL && strcmp(mode, "mixed") == 0;
    free(mode);
    return VOX_OK;
}

enum vox_err cluster_is_bridged(struct store *s, bool *out, struct vox_error *err)
{
    enum vox_err code;
    char *bridge;

    if ((code = store_setting_get(s, "itl.bridge", &bridge, err)) != VOX_OK)
        return code;
    *out = bridge != NULL && strcmp(bridge, "on") == 0;
    free(bridge);
    return VOX_OK;
}

enum vox_err cluster_set_bridged(struct store *s, bool on, struct vox_error *err)
{
    return store_setting_set(s, "itl.bridge", on ? "on" : "off", err);
}
