#include "anchors.h"

#include <stdlib.h>

enum vox_err anchors_read(struct store *s, const char *place, struct anchors *out, struct vox_error *err)
{
    const struct store_binding_filter f = {.place = place, .state = -1, .live = true};
    struct store_binding *list;
    size_t n;
    enum vox_err code = store_bindings(s, &f, &list, &n, err);

    *out = (struct anchors){0};
    if (code != VOX_OK)
        return code;
    if ((out->certs = calloc(n + 1, sizeof *out->certs)) == NULL) {
        store_bindings_free(&list, n);
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    for (size_t i = 0; i < n; i++) {
        size_t seen = 0;

        if (list[i].cert == NULL)
            continue;
        while (seen < out->n && !cert_same(out->certs[seen], list[i].cert))
            seen++;
        if (seen == out->n)
            out->certs[out->n++] = cert_ref(list[i].cert);
    }
    store_bindings_free(&list, n);
    return VOX_OK;
}

void anchors_free(struct anchors *a)
{
    for (size_t i = 0; i < a->n; i++)
        cert_free(&a->certs[i]);
    free(a->certs);
    *a = (struct anchors){0};
}

const char *anchors_trust_store(enum service s)
{
    static const char *const stores[SERVICE_COUNT] = {
        [SERVICE_CALLMANAGER] = "CallManager-trust",
        [SERVICE_CALLMANAGER_ECDSA] = "CallManager-trust",
        [SERVICE_CAPF] = "CAPF-trust",
        [SERVICE_TVS] = "TVS-trust",
        [SERVICE_TOMCAT] = "tomcat-trust",
    };

    return stores[s];
}

static struct cert *issuer_of(const struct anchors *a, const struct cert *c)
{
    for (size_t i = 0; i < a->n; i++) {
        if (bytes_equal(cert_subject_der(a->certs[i]), cert_issuer_der(c)) && cert_verify_signed_by(c, a->certs[i]))
            return a->certs[i];
    }
    return NULL;
}

size_t anchors_chain(const struct anchors *a, struct cert *leaf, struct cert **chain, size_t max)
{
    size_t n = 0;

    for (struct cert *at = leaf; at != NULL && n < max; at = cert_self_issued(at) ? NULL : issuer_of(a, at))
        chain[n++] = at;
    return n;
}
