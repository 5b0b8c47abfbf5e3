#include "foreign.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <libcert/clock.h>
#include <libcert/role.h>

#include "foreign_words.h"

const struct foreign_service foreign_services[FOREIGN_SERVICES] = {
    {"ccm", NODE_CCM}, {"tftp", NODE_TFTP}, {"capf", NODE_CAPF}, {"tvs", NODE_TVS}};

void foreign_clear(struct foreign *f)
{
    free(f->cluster);
    free(f->created);
    store_nodes_free(&f->nodes, f->nnodes);
    for (size_t i = 0; i < f->ncerts; i++) {
        cert_free(&f->certs[i].cert);
        free(f->certs[i].node);
    }
    free(f->certs);
    for (size_t i = 0; i < f->nlists; i++) {
        free(f->lists[i].name);
        bytes_free(&f->lists[i].data);
    }
    free(f->lists);
    free(f->trusted);
    *f = (struct foreign){0};
}

enum vox_err foreign_digest(const uint8_t *data, size_t len, char out[static FOREIGN_DIGEST_MAX], struct vox_error *err)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n;

    out[0] = '\0';
    if (EVP_Digest(data, len, digest, &n, EVP_sha256(), NULL) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no digest");
    hex_encode(digest, n, out);
    return VOX_OK;
}

const struct foreign_list *foreign_list(const struct foreign *f, enum cluster_list kind)
{
    for (size_t i = 0; i < f->nlists; i++)
        if (f->lists[i].kind == kind)
            return &f->lists[i];
    return NULL;
}

bool foreign_trusts(const struct foreign *f, const char *store, const struct cert *c)
{
    char sha256[CERT_FINGERPRINT_MAX];

    cert_fingerprint(c, sha256);
    for (size_t i = 0; i < f->ntrusted; i++)
        if ((store == NULL || strcmp(store, f->trusted[i].store) == 0) && strcmp(sha256, f->trusted[i].sha256) == 0)
            return true;
    return false;
}

/* --- where they go: bundle.md 4 --- */

size_t foreign_stores(enum service s, const char *out[static FOREIGN_STORES_MAX])
{
    static const char *const stores[SERVICE_COUNT][FOREIGN_STORES_MAX] = {
        [SERVICE_CALLMANAGER] = {"Phone-SAST-trust", "CallManager-trust"},
        [SERVICE_CALLMANAGER_ECDSA] = {"CallManager-trust"},
        [SERVICE_CAPF] = {"CAPF-trust", "CallManager-trust"},
        [SERVICE_TVS] = {"TVS-trust"},
        [SERVICE_ITLRECOVERY] = {"Phone-SAST-trust"},
        [SERVICE_TOMCAT] = {"tomcat-trust"},
    };
    size_t n = 0;

    while (n < FOREIGN_STORES_MAX && (unsigned)s < SERVICE_COUNT && stores[s][n] != NULL) {
        out[n] = stores[s][n];
        n++;
    }
    return n;
}

int foreign_role(const char *store)
{
    return strcmp(store, "TVS-trust") == 0 ? ROLE_TVS : trust_store_default_role(store);
}

/* --- this cluster --- */

static bool add_cert(struct foreign *f, const struct store_binding *b)
{
    struct foreign_cert *c = &f->certs[f->ncerts];
    enum service service;

    if (b->cert == NULL || !service_parse(b->place, &service))
        return true;
    *c = (struct foreign_cert){.service = service, .node = strdup(b->node), .state = b->state};
    if (c->node == NULL)
        return false;
    c->cert = cert_ref(b->cert);
    f->ncerts++;
    return true;
}

static void add_trusted(struct foreign *f, const struct store_binding *b)
{
    const char *store = trust_store_parse(b->place);

    if (store == NULL || b->cert == NULL || foreign_trusts(f, store, b->cert))
        return;
    f->trusted[f->ntrusted].store = store;
    cert_fingerprint(b->cert, f->trusted[f->ntrusted].sha256);
    f->ntrusted++;
}

static enum vox_err gather_certs(struct store *s, struct foreign *f, struct vox_error *err)
{
    const struct store_binding_filter live = {.state = -1, .live = true};
    struct store_binding *list;
    enum vox_err code;
    size_t n;

    if ((code = store_bindings(s, &live, &list, &n, err)) != VOX_OK)
        return code;
    f->certs = calloc(n + 1, sizeof *f->certs);
    f->trusted = calloc(n + 1, sizeof *f->trusted);
    if (f->certs == NULL || f->trusted == NULL)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; code == VOX_OK && i < n; i++) {
        if (!add_cert(f, &list[i]))
            code = vox_fail(err, VOX_E_MEMORY, "no memory");
        else
            add_trusted(f, &list[i]);
    }
    store_bindings_free(&list, n);
    return code;
}

static bool has_list(const struct foreign *f, const struct store_list *l)
{
    for (size_t i = 0; i < f->nlists; i++)
        if (bytes_equal(bytes_view_of(&f->lists[i].data), bytes_view_of(&l->data)))
            return true;
    return false;
}

/* The same list in several folders is told once; lists of single phones are not told. */
static enum vox_err gather_lists(struct store *s, struct foreign *f, struct vox_error *err)
{
    struct store_list *list;
    enum vox_err code;
    size_t n;

    if ((code = store_lists(s, NULL, true, &list, &n, err)) != VOX_OK)
        return code;
    if ((f->lists = calloc(n + 1, sizeof *f->lists)) == NULL)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; code == VOX_OK && i < n; i++) {
        struct foreign_list *l = &f->lists[f->nlists];

        if (!list[i].current || !cluster_list_parse(list[i].kind, &l->kind) ||
            strcmp(list[i].name, cluster_list_filename(l->kind)) != 0 || has_list(f, &list[i]))
            continue;
        f->nlists++;
        if ((l->name = strdup(list[i].name)) == NULL)
            code = vox_fail(err, VOX_E_MEMORY, "no memory");
        else
            code = bytes_copy(&l->data, list[i].data.data, list[i].data.len, err);
    }
    store_lists_free(&list, n);
    return code;
}

enum vox_err foreign_gather(struct store *s, int64_t now, struct foreign *out, struct vox_error *err)
{
    char created[CLOCK_RFC3339_MAX];
    enum vox_err code;

    *out = (struct foreign){0};
    clock_format(now, created);
    if ((code = store_setting_get(s, "cluster", &out->cluster, err)) != VOX_OK ||
        (code = cluster_is_mixed(s, &out->mixed, err)) != VOX_OK ||
        (code = store_nodes(s, &out->nodes, &out->nnodes, err)) != VOX_OK ||
        (code = gather_certs(s, out, err)) != VOX_OK || (code = gather_lists(s, out, err)) != VOX_OK)
        return code;
    if (out->cluster == NULL || (out->created = strdup(created)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if (out->ncerts == 0)
        return vox_fail(
            err, VOX_E_INPUT,
            "the cluster has no certificate of its own yet, so there is nothing to tell of it: see 'voxcert "
            "new'");
    return VOX_OK;
}
