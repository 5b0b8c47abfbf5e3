#include "foreign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>

#include <ctl/verify.h>
#include <libcert/bundle.h>
#include <libcert/clock.h>
#include <libcert/limits.h>
#include <libcert/printable.h>

#include "foreign_words.h"

enum { SHA256_DIGITS = 64 };

/* --- objects that hold what they must, and nothing else --- */

/* The strict reader of one object: each key of keys (NULL-terminated) is there, and no other. */
static enum vox_err only_keys(const json_t *object, const char *const *keys, const char *where, struct vox_error *err)
{
    size_t n = 0;

    if (!json_is_object(object))
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2: %s: must be an object", where);
    for (; keys[n] != NULL; n++)
        if (json_object_get(object, keys[n]) == NULL)
            return vox_fail(err, VOX_E_INPUT, "bundle.md 2: %s: has no \"%s\"", where, keys[n]);
    if (json_object_size(object) != n)
        return vox_fail(err, VOX_E_INPUT,
                        "bundle.md 2: %s: holds more than is known of: was it made by a newer version?", where);
    return VOX_OK;
}

/* A text of one line that can be shown as it is. */
static enum vox_err read_text(const json_t *object, const char *key, const char *where, bool may_be_empty,
                              const char **out, struct vox_error *err)
{
    const char *text = json_string_value(json_object_get(object, key));
    char shown[LIMIT_NAME_TEXT * (PRINTABLE_PIECE_MAX - 1) + 8];

    *out = "";
    if (text == NULL)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2: %s.%s: must be a text", where, key);
    if (text[0] == '\0' && !may_be_empty)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2: %s.%s: is empty", where, key);
    if (strlen(text) > LIMIT_NAME_TEXT)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 5: %s.%s: over %d bytes", where, key, LIMIT_NAME_TEXT);
    printable_escape(shown, sizeof shown, text);
    if (strcmp(shown, text) != 0)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2: %s.%s: has characters that no name has", where, key);
    *out = text;
    return VOX_OK;
}

static enum vox_err read_copy(const json_t *object, const char *key, const char *where, bool may_be_empty, char **out,
                              struct vox_error *err)
{
    const char *text;
    enum vox_err code = read_text(object, key, where, may_be_empty, &text, err);

    if (code == VOX_OK && (*out = strdup(text)) == NULL)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    return code;
}

/* An array of at most max, and room for what is in it. */
static enum vox_err read_array(const json_t *doc, const char *key, size_t max, size_t size, void **out,
                               struct vox_error *err)
{
    const json_t *list = json_object_get(doc, key);

    if (!json_is_array(list))
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2: %s: must be an array", key);
    if (json_array_size(list) > max)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 5: %s: over %zu of them", key, max);
    if ((*out = calloc(json_array_size(list) + 1, size)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    return VOX_OK;
}

/* --- nodes --- */

static const char *const node_keys[] = {"name", "dns", "ip", "services", NULL};

static enum vox_err read_services(const json_t *list, const char *where, unsigned *out, struct vox_error *err)
{
    *out = 0;
    if (!json_is_array(list) || json_array_size(list) > FOREIGN_SERVICES)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2.2: %s.services: must be an array of ccm, tftp, capf, tvs",
                        where);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *word = json_string_value(json_array_get(list, i));
        size_t k = 0;

        while (k < FOREIGN_SERVICES && (word == NULL || strcmp(word, foreign_services[k].word) != 0))
            k++;
        if (k == FOREIGN_SERVICES || (*out & foreign_services[k].bit) != 0)
            return vox_fail(err, VOX_E_INPUT, "bundle.md 2.2: %s.services: ccm, tftp, capf, tvs, each once", where);
        *out |= foreign_services[k].bit;
    }
    return VOX_OK;
}

static bool has_node(const struct foreign *f, const char *name)
{
    for (size_t i = 0; i < f->nnodes; i++)
        if (f->nodes[i].name != NULL && strcmp(f->nodes[i].name, name) == 0)
            return true;
    return false;
}

static enum vox_err read_node(const json_t *o, const char *where, struct foreign *f, struct vox_error *err)
{
    struct store_node *n = &f->nodes[f->nnodes];
    const char *name;
    enum vox_err code;

    if ((code = only_keys(o, node_keys, where, err)) != VOX_OK ||
        (code = read_text(o, "name", where, false, &name, err)) != VOX_OK)
        return code;
    if (has_node(f, name))
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2.2: %s: there is a node %s already", where, name);
    f->nnodes++;
    if ((code = read_copy(o, "name", where, false, &n->name, err)) != VOX_OK ||
        (code = read_copy(o, "dns", where, true, &n->dns, err)) != VOX_OK ||
        (code = read_copy(o, "ip", where, true, &n->ip, err)) != VOX_OK)
        return code;
    return read_services(json_object_get(o, "services"), where, &n->services, err);
}

/* --- certificates --- */

static const char *const cert_keys[] = {"service", "node", "state", "pem", NULL};

static enum vox_err read_state(const json_t *o, const char *where, enum bind_state *out, struct vox_error *err)
{
    const char *word = json_string_value(json_object_get(o, "state"));

    for (int i = BIND_PENDING; i <= BIND_RETIRING; i++) {
        if (word != NULL && strcmp(word, bind_state_word((enum bind_state)i)) == 0) {
            *out = (enum bind_state)i;
            return VOX_OK;
        }
    }
    return vox_fail(err, VOX_E_INPUT, "bundle.md 2.3: %s.state: pending, active or retiring", where);
}

static enum vox_err read_pem(const json_t *o, const char *where, struct cert **out, struct vox_error *err)
{
    const char *pem = json_string_value(json_object_get(o, "pem"));
    struct bundle b = {0};
    enum vox_err code;

    if (pem == NULL)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2.3: %s.pem: must be a text", where);
    if ((code = bundle_read((const uint8_t *)pem, strlen(pem), where, NULL, &b, err)) != VOX_OK) {
        if (code == VOX_E_USAGE) /* something that is encrypted: a key, then */
            code = vox_fail(err, VOX_E_INPUT, "must be a certificate in PEM");
        vox_error_prefix(err, "bundle.md 2.3: %s.pem", where);
        return code;
    }
    if (b.has_private_key)
        code =
            vox_fail(err, VOX_E_INPUT,
                     "bundle.md 3: %s.pem: a private key stands in it: a bundle holds none. Whoever made this file has "
                     "given a key away: find out which, and replace it",
                     where);
    else if (b.form != BUNDLE_PEM || b.ncerts != 1)
        code = vox_fail(err, VOX_E_INPUT, "bundle.md 2.3: %s.pem: must be one certificate in PEM", where);
    else
        *out = cert_ref(b.certs[0]);
    bundle_free(&b);
    return code;
}

static bool has_cert(const struct foreign *f, const struct foreign_cert *c)
{
    for (size_t i = 0; i < f->ncerts; i++)
        if (f->certs[i].service == c->service && strcmp(f->certs[i].node, c->node) == 0 &&
            cert_same(f->certs[i].cert, c->cert))
            return true;
    return false;
}

static enum vox_err read_cert(const json_t *o, const char *where, struct foreign *f, struct vox_error *err)
{
    struct foreign_cert c = {.cert = NULL};
    const char *service;
    enum vox_err code;

    if ((code = only_keys(o, cert_keys, where, err)) != VOX_OK ||
        (code = read_text(o, "service", where, false, &service, err)) != VOX_OK ||
        (code = read_state(o, where, &c.state, err)) != VOX_OK)
        return code;
    if (!service_parse(service, &c.service) || strcmp(service, service_name(c.service)) != 0)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2.3: %s.service: no such service: %s", where, service);
    if ((code = read_copy(o, "node", where, !service_per_node(c.service), &c.node, err)) != VOX_OK ||
        (code = read_pem(o, where, &c.cert, err)) != VOX_OK)
        goto err0;
    if (service_per_node(c.service) ? !has_node(f, c.node) : c.node[0] != '\0')
        code = vox_fail(err, VOX_E_INPUT, "bundle.md 2.3: %s.node: %s", where,
                        c.node[0] == '\0'             ? "is empty"
                        : service_per_node(c.service) ? "there is no such node in the bundle"
                                                      : "must be empty: the service is the whole cluster's");
    else if (has_cert(f, &c))
        code = vox_fail(err, VOX_E_INPUT, "bundle.md 2.3: %s: stands there twice", where);
    if (code == VOX_OK) {
        f->certs[f->ncerts++] = c;
        return VOX_OK;
    }
err0:
    cert_free(&c.cert);
    free(c.node);
    return code;
}

/* --- lists --- */

static const char *const list_keys[] = {"kind", "name", "base64", NULL};

/* Strict base64: no blanks, padded. */
static enum vox_err decode(const char *text, const char *where, struct bytes *out, struct vox_error *err)
{
    const size_t len = strlen(text), pad = len < 2 || text[len - 1] != '=' ? 0U : text[len - 2] == '=' ? 2U : 1U;
    int n;

    if (len == 0 || len % 4 != 0 || len / 4 * 3 > LIMIT_LIST_FILE ||
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") + pad != len)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2.4: %s.base64: no base64, or over %d bytes", where,
                        LIMIT_LIST_FILE);
    if ((out->data = malloc(len / 4 * 3)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    n = EVP_DecodeBlock(out->data, (const unsigned char *)text, (int)len); /* counts the padding as bytes */
    if (n < (int)pad + 1)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2.4: %s.base64: no base64", where);
    out->len = (size_t)n - pad;
    return VOX_OK;
}

static enum vox_err check_list(const struct foreign_list *l, const char *where, struct vox_error *err)
{
    struct ctl_list *list = NULL;
    enum vox_err code = ctl_list_read(l->data.data, l->data.len, &list, err);

    if (code == VOX_OK && ctl_verify(list, err) != VOX_OK)
        code = err != NULL ? (err->code = VOX_E_INPUT) : VOX_E_INPUT;
    if (code != VOX_OK) {
        vox_error_prefix(err, "bundle.md 2.4: %s", where);
    } else if (ctl_is_itl(list) != (l->kind == CLUSTER_ITL)) {
        code = vox_fail(err, VOX_E_INPUT, "bundle.md 2.4: %s.kind: the list is of the other kind", where);
    }
    ctl_list_free(&list);
    return code;
}

static enum vox_err read_list(const json_t *o, const char *where, struct foreign *f, struct vox_error *err)
{
    struct foreign_list *l = &f->lists[f->nlists];
    const char *kind, *text;
    enum vox_err code;

    if ((code = only_keys(o, list_keys, where, err)) != VOX_OK ||
        (code = read_text(o, "kind", where, false, &kind, err)) != VOX_OK)
        return code;
    if (!cluster_list_parse(kind, &l->kind) || strcmp(kind, cluster_list_word(l->kind)) != 0)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2.4: %s.kind: ctl or itl", where);
    f->nlists++;
    if ((code = read_copy(o, "name", where, false, &l->name, err)) != VOX_OK)
        return code;
    if (strcmp(l->name, cluster_list_filename(l->kind)) != 0)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2.4: %s.name: must be %s", where, cluster_list_filename(l->kind));
    if ((text = json_string_value(json_object_get(o, "base64"))) == NULL)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2.4: %s.base64: must be a text", where);
    if ((code = decode(text, where, &l->data, err)) != VOX_OK)
        return code;
    return check_list(l, where, err);
}

/* --- what it trusts --- */

static const char *const trusted_keys[] = {"store", "sha256", NULL};

static enum vox_err read_trusted(const json_t *o, const char *where, struct foreign *f, struct vox_error *err)
{
    struct foreign_trust *t = &f->trusted[f->ntrusted];
    const char *store, *sha256;
    enum vox_err code;

    if ((code = only_keys(o, trusted_keys, where, err)) != VOX_OK ||
        (code = read_text(o, "store", where, false, &store, err)) != VOX_OK ||
        (code = read_text(o, "sha256", where, false, &sha256, err)) != VOX_OK)
        return code;
    if ((t->store = trust_store_parse(store)) == NULL || strcmp(t->store, store) != 0)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2.5: %s.store: no such trust store: %s", where, store);
    if (strlen(sha256) != SHA256_DIGITS || strspn(sha256, "0123456789abcdef") != SHA256_DIGITS)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2.5: %s.sha256: must be 64 digits in lower case", where);
    memcpy(t->sha256, sha256, SHA256_DIGITS + 1);
    f->ntrusted++;
    return VOX_OK;
}

/* --- the whole --- */

static const char *const top_keys[] = {FOREIGN_MAGIC,  "cluster", "created", "mode", "nodes",
                                       "certificates", "lists",   "trusted", NULL};

typedef enum vox_err (*element_fn)(const json_t *o, const char *where, struct foreign *f, struct vox_error *err);

static enum vox_err each(const json_t *doc, const char *key, element_fn read, struct foreign *f, struct vox_error *err)
{
    const json_t *list = json_object_get(doc, key);
    enum vox_err code = VOX_OK;

    for (size_t i = 0; code == VOX_OK && i < json_array_size(list); i++) {
        char where[64];

        (void)snprintf(where, sizeof where, "%s[%zu]", key, i);
        code = read(json_array_get(list, i), where, f, err);
    }
    return code;
}

static enum vox_err read_head(const json_t *doc, struct foreign *f, struct vox_error *err)
{
    const json_t *version = json_object_get(doc, FOREIGN_MAGIC);
    const char *mode;
    enum vox_err code;
    int64_t t;

    if (!json_is_integer(version))
        return vox_fail(err, VOX_E_INPUT,
                        "bundle.md 2.1: this is no bundle of a cluster: 'voxtrust bundle export' makes one");
    if (json_integer_value(version) != FOREIGN_VERSION)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2.1: version %" JSON_INTEGER_FORMAT ": only %d is known",
                        json_integer_value(version), FOREIGN_VERSION);
    if ((code = only_keys(doc, top_keys, "the bundle", err)) != VOX_OK ||
        (code = read_copy(doc, "cluster", "the bundle", false, &f->cluster, err)) != VOX_OK ||
        (code = read_copy(doc, "created", "the bundle", false, &f->created, err)) != VOX_OK ||
        (code = read_text(doc, "mode", "the bundle", false, &mode, err)) != VOX_OK)
        return code;
    if (clock_parse(f->created, &t, err) != VOX_OK) {
        vox_error_prefix(err, "bundle.md 2.1: created");
        return err != NULL ? (err->code = VOX_E_INPUT) : VOX_E_INPUT;
    }
    f->mixed = strcmp(mode, "mixed") == 0;
    if (!f->mixed && strcmp(mode, "non-secure") != 0)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 2.1: mode: mixed or non-secure");
    return VOX_OK;
}

static enum vox_err read_doc(const json_t *doc, struct foreign *f, struct vox_error *err)
{
    enum vox_err code;
    void *nodes = NULL, *certs = NULL, *lists = NULL, *trusted = NULL;

    if ((code = read_head(doc, f, err)) != VOX_OK)
        return code;
    code = read_array(doc, "nodes", LIMIT_FOREIGN_NODES, sizeof *f->nodes, &nodes, err);
    if (code == VOX_OK)
        code = read_array(doc, "certificates", LIMIT_FOREIGN_CERTS, sizeof *f->certs, &certs, err);
    if (code == VOX_OK)
        code = read_array(doc, "lists", LIMIT_FOREIGN_LISTS, sizeof *f->lists, &lists, err);
    if (code == VOX_OK)
        code = read_array(doc, "trusted", LIMIT_FOREIGN_TRUSTED, sizeof *f->trusted, &trusted, err);
    f->nodes = nodes;
    f->certs = certs;
    f->lists = lists;
    f->trusted = trusted;
    if (code == VOX_OK && (code = each(doc, "nodes", read_node, f, err)) == VOX_OK &&
        (code = each(doc, "certificates", read_cert, f, err)) == VOX_OK &&
        (code = each(doc, "lists", read_list, f, err)) == VOX_OK &&
        (code = each(doc, "trusted", read_trusted, f, err)) == VOX_OK && f->ncerts == 0)
        code = vox_fail(err, VOX_E_INPUT, "bundle.md 2.3: certificates: there is none");
    return code;
}

enum vox_err foreign_read(const uint8_t *data, size_t len, struct foreign *out, struct vox_error *err)
{
    json_error_t why;
    enum vox_err code;
    json_t *doc;

    *out = (struct foreign){0};
    if (len > LIMIT_FOREIGN_FILE)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 5: over %d bytes", LIMIT_FOREIGN_FILE);
    if ((doc = json_loadb((const char *)data, len, JSON_REJECT_DUPLICATES, &why)) == NULL)
        return vox_fail(err, VOX_E_INPUT, "bundle.md 1: no JSON: line %d: %s", why.line, why.text);
    code = read_doc(doc, out, err);
    json_decref(doc);
    return code;
}
