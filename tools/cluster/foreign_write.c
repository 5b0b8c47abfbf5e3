#include "foreign.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>

#include <libcert/bundle.h>
#include <libcert/limits.h>

#include "foreign_words.h"

static json_t *services(unsigned set)
{
    json_t *list = json_array();

    for (size_t i = 0; i < FOREIGN_SERVICES; i++)
        if (set & foreign_services[i].bit)
            (void)json_array_append_new(list, json_string(foreign_services[i].word));
    return list;
}

static json_t *nodes(const struct foreign *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < f->nnodes; i++) {
        const struct store_node *n = &f->nodes[i];

        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o}", "name", n->name, "dns", n->dns, "ip", n->ip,
                                                    "services", services(n->services)));
    }
    return list;
}

static enum vox_err add_cert(json_t *list, const struct foreign_cert *c, struct vox_error *err)
{
    struct bytes pem;
    enum vox_err code = bundle_write_pem(&(struct cert *){c->cert}, 1, false, &pem, err);

    if (code != VOX_OK)
        return code;
    if (json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s%}", "service", service_name(c->service), "node",
                                              c->node, "state", bind_state_word(c->state), "pem",
                                              (const char *)pem.data, pem.len)) != 0)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    bytes_free(&pem);
    return code;
}

static enum vox_err add_list(json_t *list, const struct foreign_list *l, struct vox_error *err)
{
    unsigned char *text = malloc(4 * ((l->data.len + 2) / 3) + 1);
    enum vox_err code = VOX_OK;

    if (text == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    (void)EVP_EncodeBlock(text, l->data.data, (int)l->data.len);
    if (json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "kind", cluster_list_word(l->kind), "name", l->name,
                                              "base64", (const char *)text)) != 0)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    free(text);
    return code;
}

static json_t *trusted(const struct foreign *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < f->ntrusted; i++)
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s}", "store", f->trusted[i].store, "sha256", f->trusted[i].sha256));
    return list;
}

enum vox_err foreign_write(const struct foreign *f, struct bytes *out, struct vox_error *err)
{
    json_t *certs = json_array(), *lists = json_array(), *doc = NULL;
    enum vox_err code = VOX_OK;
    char *text = NULL;

    *out = (struct bytes){NULL, 0};
    if (f->nnodes > LIMIT_FOREIGN_NODES || f->ncerts > LIMIT_FOREIGN_CERTS || f->nlists > LIMIT_FOREIGN_LISTS ||
        f->ntrusted > LIMIT_FOREIGN_TRUSTED)
        code = vox_fail(err, VOX_E_INPUT, "the cluster has more than a bundle may hold (bundle.md 5)");
    for (size_t i = 0; code == VOX_OK && i < f->ncerts; i++)
        code = add_cert(certs, &f->certs[i], err);
    for (size_t i = 0; code == VOX_OK && i < f->nlists; i++)
        code = add_list(lists, &f->lists[i], err);
    if (code == VOX_OK) {
        doc = json_pack("{s:i, s:s, s:s, s:s, s:o, s:O, s:O, s:o}", FOREIGN_MAGIC, FOREIGN_VERSION, "cluster",
                        f->cluster, "created", f->created, "mode", f->mixed ? "mixed" : "non-secure", "nodes", nodes(f),
                        "certificates", certs, "lists", lists, "trusted", trusted(f));
        text = doc != NULL ? json_dumps(doc, JSON_INDENT(2)) : NULL;
        if (text == NULL)
            code = vox_fail(err, VOX_E_MEMORY, "no memory");
        else if (strlen(text) + 1 > LIMIT_FOREIGN_FILE)
            code = vox_fail(err, VOX_E_INPUT, "the cluster has more than a bundle may hold (bundle.md 5)");
        else if ((code = bytes_copy(out, text, strlen(text) + 1, err)) == VOX_OK)
            out->data[out->len - 1] = '\n';
    }
    free(text);
    json_decref(doc);
    json_decref(certs);
    json_decref(lists);
    return code;
}
