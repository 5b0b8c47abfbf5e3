#include "pick.h"

#include <cluster/view.h>
#include <stdio.h>
#include <string.h>

#include <cluster/owner.h>

enum { CANDIDATES_TEXT = 800 };

bool pick_fingerprint(const char *text, char out[static CERT_FINGERPRINT_MAX])
{
    size_t n = 0;

    for (const char *p = text; *p != '\0'; p++) {
        char c = *p >= 'A' && *p <= 'F' ? (char)(*p - 'A' + 'a') : *p;

        if (c == ':' && n > 0 && n % 2 == 0)
            continue;
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) || n == CERT_FINGERPRINT_MAX - 1)
            return false;
        out[n++] = c;
    }
    out[n] = '\0';
    return n >= PICK_ID_MIN;
}

void pick_candidates(const struct store_binding *list, size_t n, char *out, size_t outlen)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n && used < outlen; i++) {
        char id[VIEW_ID_MAX], place[VIEW_PLACE_MAX], name[100];

        view_id(list[i].cert, id);
        view_place(&list[i], place);
        view_name(list[i].cert, name, sizeof name);
        used += (size_t)snprintf(out + used, outlen - used, "%s%s%s%s (%s)", i > 0 ? "; " : "", id,
                                 name[0] != '\0' ? " " : "", name, place);
    }
}

static enum vox_err ambiguous(const char *id, const struct store_binding *list, size_t n, const char *what_to_do,
                              struct vox_error *err)
{
    char candidates[CANDIDATES_TEXT];

    pick_candidates(list, n, candidates, sizeof candidates);
    return vox_fail(err, VOX_E_INPUT, "'%.64s' is not enough, %s. It may be: %s", id, what_to_do, candidates);
}

/* Leave those in *list for which keep() says so. */
static void filter(struct store_binding *list, size_t *n, bool (*keep)(const struct store_binding *))
{
    size_t kept = 0;

    for (size_t i = 0; i < *n; i++) {
        if (keep(&list[i]))
            list[kept++] = list[i];
        else
            store_binding_clear(&list[i]);
    }
    *n = kept;
}

static bool is_active(const struct store_binding *b)
{
    return b->state == BIND_ACTIVE;
}

static enum vox_err pick_service(struct store *s, const char *id, const char *node, struct store_binding **out,
                                 size_t *n, struct vox_error *err)
{
    enum service service;
    enum vox_err code;

    if (!service_parse(id, &service))
        return owner_service_unknown(id, err);
    const struct store_binding_filter f = {.place = service_name(service), .node = node, .state = -1, .live = true};

    if (node != NULL && node[0] != '\0' && (code = owner_node_known(s, node, err)) != VOX_OK)
        return code;
    if ((code = store_bindings(s, &f, out, n, err)) != VOX_OK)
        return code;
    for (size_t i = 0; i < *n; i++) {
        if (is_active(&(*out)[i])) {
            filter(*out, n, is_active);
            break;
        }
    }
    if (*n == 0)
        code = vox_fail(err, VOX_E_INPUT, "%s%s%s has no certificate: 'voxcert new %s' makes one", f.place,
                        node != NULL ? " of node " : "", node != NULL ? node : "", f.place);
    else if (*n > 1)
        code = ambiguous(id, *out, *n, service_per_node(service) ? "use --node or a fingerprint" : "use a fingerprint",
                         err);
    if (code != VOX_OK)
        store_bindings_free(out, *n);
    return code;
}

enum vox_err pick(struct store *s, const char *id, const char *node, struct store_binding **out, size_t *n,
                  struct vox_error *err)
{
    char prefix[CERT_FINGERPRINT_MAX];
    enum service service;
    enum vox_err code;

    *out = NULL;
    *n = 0;
    if (service_parse(id, &service))
        return pick_service(s, id, node, out, n, err);
    if (trust_store_parse(id) != NULL)
        return vox_fail(err, VOX_E_USAGE, "%s is a whole trust store: 'voxcert list %s' shows the IDs of what it holds",
                        trust_store_parse(id), trust_store_parse(id));
    if (!pick_fingerprint(id, prefix))
        return vox_fail(err, VOX_E_USAGE,
                        "'%.64s' is neither a service nor the beginning of a SHA-256 fingerprint (%d hex digits at "
                        "least): 'voxcert list' shows IDs",
                        id, PICK_ID_MIN);
    const struct store_binding_filter f = {.fingerprint_prefix = prefix, .node = node, .state = -1};

    if (node != NULL && node[0] != '\0' && (code = owner_node_known(s, node, err)) != VOX_OK)
        return code;
    if ((code = store_bindings(s, &f, out, n, err)) != VOX_OK)
        return code;
    if (*n == 0) {
        store_bindings_free(out, *n);
        return vox_fail(err, VOX_E_INPUT, "there is no certificate whose fingerprint begins with %s%s%s", prefix,
                        node != NULL ? " at node " : "", node != NULL ? node : "");
    }
    for (size_t i = 1; i < *n; i++) {
        if (!cert_same((*out)[i].cert, (*out)[0].cert)) {
            code = ambiguous(id, *out, *n, "give more digits", err);
            store_bindings_free(out, *n);
            return code;
        }
    }
    return VOX_OK;
}
