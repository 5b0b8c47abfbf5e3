#include "answer.h"

#include <stdio.h>
#include <string.h>

#include <libcert/certbuild.h>
#include <libcert/certcheck.h>
#include <libcert/clock.h>
#include <libcert/key.h>

#include "anchors.h"
#include "compose.h"
#include "view.h"

enum vox_err answer_read(struct bytes_view file, const char *what, struct answer *out, struct vox_error *err)
{
    enum vox_err code;

    *out = (struct answer){.pending = NULL};
    code = bundle_read(file.data, file.len, what, NULL, &out->bundle, err);
    if (code == VOX_OK && out->bundle.has_private_key)
        code =
            vox_fail(err, VOX_E_INPUT,
                     "a private key stands in it: a CA's answer has none, and the key of the request is here already");
    return code;
}

void answer_free(struct answer *a)
{
    admit_free(&a->issuers);
    store_bindings_free(&a->bindings, a->nbindings);
    bundle_free(&a->bundle);
    *a = (struct answer){.pending = NULL};
}

/* The request that waits for one of these certificates, by the public key; and the chain in order behind it. */
static enum vox_err find_request(struct store *s, const struct owner *o, const struct password_source *pass,
                                 struct answer *a, struct vox_error *err)
{
    char what[VIEW_PLACE_MAX], first[300];
    size_t waiting = 0;

    for (size_t i = 0; i < a->nbindings; i++) {
        const struct store_binding *b = &a->bindings[i];
        EVP_PKEY *key = NULL;
        enum vox_err code;

        if (b->state != BIND_PENDING || b->cert != NULL)
            continue;
        waiting++;
        if ((code = cluster_key_open(s, b->key_source, pass, &key, err)) != VOX_OK)
            return code;
        for (size_t j = 0; j < a->bundle.ncerts && a->pending == NULL; j++) {
            if (cert_key_matches(a->bundle.certs[j], key))
                a->pending = b;
        }
        code = a->pending != NULL ? bundle_sort_chain(&a->bundle, key, err) : VOX_OK;
        EVP_PKEY_free(key);
        if (code != VOX_OK || a->pending != NULL)
            return code;
    }
    owner_text(o, what, sizeof what);
    if (waiting == 0)
        return vox_fail(err, VOX_E_INPUT, "no request for %s waits for an answer: 'voxcert csr %s' makes one", what,
                        o->place);
    view_subject(a->bundle.certs[0], first, sizeof first);
    return vox_fail(
        err, VOX_E_INPUT,
        "no certificate in it is for the key of the request for %s: it answers another or an older request. "
        "The first one is %s",
        what, first);
}

static enum vox_err check_leaf(const struct owner *o, const struct answer *a, int64_t now, struct vox_error *err)
{
    const struct cert *leaf = a->bundle.certs[0];
    const struct bytes_view request = {(const uint8_t *)a->pending->request, strlen(a->pending->request)};
    char subject[300], until[CLOCK_RFC3339_MAX];
    enum vox_err code;

    view_subject(leaf, subject, sizeof subject);
    if (now > cert_not_after(leaf)) {
        clock_format(cert_not_after(leaf), until);
        return vox_fail(err, VOX_E_INPUT, "%s: expired, it ended on %s", subject, until);
    }
    if ((code = weakkey_check_cert(leaf, err)) != VOX_OK ||
        (code = certbuild_answer_agrees(request, leaf, o->service, err)) != VOX_OK)
        (void)vox_error_prefix(err, "%s", subject);
    return code;
}

enum vox_err answer_issuers(struct store *s, const struct owner *o, int64_t now, struct answer *a,
                            struct vox_error *err)
{
    const struct admit_params p = {.place = anchors_trust_store(o->service), .node = "", .role = ROLE_NONE, .now = now};
    char near[VOX_ERROR_TEXT_MAX];
    enum vox_err code;

    if (p.place == NULL)
        return VOX_OK;
    if ((code = admit_open(s, &p, &a->issuers, err)) != VOX_OK)
        return code;
    for (size_t i = 1; i < a->bundle.ncerts; i++) {
        code = admit_cert(&a->issuers, a->bundle.certs[i], near, sizeof near, err);
        if (code != VOX_OK && code != VOX_E_EXISTS)
            return code;
    }
    return VOX_OK;
}

enum vox_err answer_match(struct store *s, const struct owner *o, const struct password_source *pass, int64_t now,
                          struct answer *a, struct vox_error *err)
{
    const struct store_binding_filter f = {.place = o->place, .node = owner_node(o), .state = -1, .live = true};
    enum vox_err code;

    if ((code = store_bindings(s, &f, &a->bindings, &a->nbindings, err)) != VOX_OK ||
        (code = find_request(s, o, pass, a, err)) != VOX_OK || (code = check_leaf(o, a, now, err)) != VOX_OK)
        return code;
    return answer_issuers(s, o, now, a, err);
}

enum vox_err answer_take(struct store *s, const struct answer *a, struct vox_error *err)
{
    enum vox_err code = store_binding_set_cert(s, a->pending->id, a->bundle.certs[0], err);

    return code == VOX_OK ? admit_store(s, &a->issuers, err) : code;
}
