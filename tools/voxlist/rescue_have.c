#include "rescue_have.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>

static struct have *grow(struct haves *h, struct vox_error *err)
{
    struct have *more = realloc(h->list, (h->n + 1) * sizeof *more);

    if (more == NULL) {
        (void)vox_fail(err, VOX_E_MEMORY, "no memory");
        return NULL;
    }
    h->list = more;
    more[h->n] = (struct have){.cert = NULL};
    return &more[h->n];
}

static enum vox_err add_binding(struct haves *h, const struct store_binding *b, struct vox_error *err)
{
    struct have *x;

    if (b->cert == NULL || b->key_source[0] == '\0')
        return VOX_OK;
    if ((x = grow(h, err)) == NULL)
        return VOX_E_MEMORY;
    if ((x->key_source = strdup(b->key_source)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    x->cert = cert_ref(b->cert);
    x->of_store = true;
    (void)snprintf(x->where, sizeof x->where, "%s%s%s (%s)", b->place, b->node[0] != '\0' ? " of " : "", b->node,
                   bind_state_word(b->state));
    h->n++;
    return VOX_OK;
}

enum vox_err haves_of_store(struct store *s, struct haves *h, struct vox_error *err)
{
    const char *const places[] = {service_name(SERVICE_ITLRECOVERY), service_name(SERVICE_CALLMANAGER),
                                  "Phone-SAST-trust"}; /* tokens */
    enum vox_err code = VOX_OK;

    for (size_t k = 0; k < sizeof places / sizeof *places && code == VOX_OK; k++) {
        const struct store_binding_filter f = {.place = places[k], .state = -1};
        struct store_binding *list;
        size_t n;

        if ((code = store_bindings(s, &f, &list, &n, err)) != VOX_OK)
            break;
        for (size_t i = 0; i < n && code == VOX_OK; i++)
            code = add_binding(h, &list[i], err);
        store_bindings_free(&list, n);
    }
    return code;
}

enum vox_err haves_of_file(const char *spec, struct haves *h, struct vox_error *err)
{
    const char *comma = strchr(spec, ',');
    char *file = comma != NULL ? strndup(spec, (size_t)(comma - spec)) : strdup(spec);
    struct have *x = file != NULL ? grow(h, err) : NULL;
    enum vox_err code;

    if (x == NULL) {
        free(file);
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    if ((code = cli_cert_open(file, &x->cert, err)) != VOX_OK) {
        (void)vox_error_prefix(err, "%s", file);
    } else if ((x->key_source = strdup(comma != NULL ? comma + 1 : file)) == NULL) {
        cert_free(&x->cert);
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    } else {
        (void)snprintf(x->where, sizeof x->where, "%s", file);
        h->n++;
    }
    free(file);
    return code;
}

void haves_free(struct haves *h)
{
    for (size_t i = 0; i < h->n; i++) {
        cert_free(&h->list[i].cert);
        free(h->list[i].key_source);
    }
    free(h->list);
    *h = (struct haves){NULL, 0};
}
