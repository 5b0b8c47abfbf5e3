#include <stdlib.h>
#include <string.h>

#include "impact.h"

/* Active certificates whose keys the cluster has and that phones take lists from. */
static size_t anchors(const struct store_binding *list, size_t n, const char *without, const struct cert **out)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        const struct store_binding *b = &list[i];

        if (b->cert != NULL && b->key_source[0] != '\0' && b->state == BIND_ACTIVE &&
            (without == NULL || strcmp(b->id, without) != 0) &&
            (strcmp(b->place, service_name(SERVICE_ITLRECOVERY)) == 0 ||
             strcmp(b->place, service_name(SERVICE_CALLMANAGER)) == 0 || trust_store_parse(b->place) != NULL))
            out[found++] = b->cert;
    }
    return found;
}

static enum vox_err with_anchors(struct store *s, const struct store_binding *list, size_t n, const char *without,
                                 struct impact *out, struct vox_error *err)
{
    struct impact_certificates c = {.purpose = ACCEPT_FOR_LISTS, .without = without};
    const struct cert **certs = calloc(n + 1, sizeof *certs);
    enum vox_err code;

    if (certs == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    c.n = anchors(list, n, without, certs);
    c.certs = certs;
    code = impact_of_certificates(s, &c, out, err);
    free(certs);
    return code;
}

enum vox_err impact_of_deletion(struct store *s, const char *id, struct impact *out, struct vox_error *err)
{
    const struct store_binding_filter live = {.state = -1, .live = true};
    struct store_binding *list = NULL;
    struct impact before;
    size_t n = 0;
    enum vox_err code;

    *out = (struct impact){0};
    if ((code = store_bindings(s, &live, &list, &n, err)) == VOX_OK &&
        (code = with_anchors(s, list, n, NULL, &before, err)) == VOX_OK &&
        (code = with_anchors(s, list, n, id, out, err)) == VOX_OK && out->lost <= before.lost) {
        out->unknown += out->lost; /* beyond help already, whatever is deleted */
        out->lost = 0;
        out->nnames = 0;
    }
    store_bindings_free(&list, n);
    return code;
}

enum vox_err impact_allow_loss(struct store *s, const char *id, int64_t forced, struct vox_error *err)
{
    struct impact i;
    enum vox_err code = impact_of_deletion(s, id, &i, err);

    if (code != VOX_OK || (code = impact_allowed(&i, forced, err)) == VOX_OK)
        return code;
    return vox_error_prefix(err,
                            "without it no list can be signed any more that they take (--force=%lld does it all the "
                            "same)",
                            (long long)i.lost);
}
