#include <libcert/trunks.h>

#include <stdlib.h>
#include <string.h>

#include "store/certs.h"
#include "store/trunks.h"

static void read_row(struct store_query *q, struct trunk_cert *c)
{
    char *fingerprint = store_query_copy_text(q, 4);

    trunks_text_at(q, 0, c->trunk, sizeof c->trunk);
    c->binding = store_query_copy_text(q, 1);
    c->device = store_query_int_at(q, 2) != 0;
    c->brought = store_query_int_at(q, 3) != 0;
    if (q->rc == VOX_OK)
        store_query_fail(q, store_cert_read(store_query_bytes(q, 5), fingerprint, &c->cert, q->err));
    free(fingerprint);
}

enum vox_err trunk_certs(struct store *s, const struct trunk_cert_filter *f, struct trunk_cert **out, size_t *n,
                         struct vox_error *err)
{
    struct trunk_cert *list = NULL;
    size_t count = 0;
    struct store_query q;
    enum vox_err rc;

    *out = NULL;
    *n = 0;
    store_query_begin(&q, s,
                      "SELECT t.trunk, t.binding, t.device, t.brought, c.fingerprint, c.der FROM trunk_certificates t"
                      " JOIN bindings b ON b.id = t.binding JOIN certificates c ON c.fingerprint = b.fingerprint"
                      " WHERE b.state <> 'retired' AND (CAST($1 AS TEXT) IS NULL OR t.trunk = $1)"
                      " AND (CAST($2 AS TEXT) IS NULL OR t.binding = $2)"
                      " ORDER BY t.trunk, t.device DESC, b.ordinal",
                      err);
    store_query_text(&q, 1, f->trunk);
    store_query_text(&q, 2, f->binding);
    while (store_query_next(&q)) {
        struct trunk_cert *more = reallocarray(list, count + 1, sizeof *more);

        if (!more) {
            store_query_fail(&q, vox_fail(err, VOX_E_MEMORY, "no memory"));
            break;
        }
        list = more;
        memset(&list[count], 0, sizeof list[count]);
        read_row(&q, &list[count++]);
    }
    rc = store_query_end(&q);
    if (rc != VOX_OK) {
        trunk_certs_free(&list, count);
        return rc;
    }
    *out = list;
    *n = count;
    return VOX_OK;
}

void trunk_certs_free(struct trunk_cert **list, size_t n)
{
    for (size_t i = 0; *list && i < n; i++) {
        free((*list)[i].binding);
        cert_free(&(*list)[i].cert);
    }
    free(*list);
    *list = NULL;
}

enum vox_err trunk_cert_claim(struct store *s, const struct trunk_cert *claim, struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s,
                      "INSERT INTO trunk_certificates (trunk, binding, device, brought)"
                      " VALUES ($1, $2, $3, CASE WHEN EXISTS"
                      " (SELECT 1 FROM trunk_certificates WHERE binding = $2 AND brought = 1) THEN 1 ELSE $4 END)"
                      " ON CONFLICT (trunk, binding) DO UPDATE SET device = CASE WHEN excluded.device = 1"
                      " THEN 1 ELSE trunk_certificates.device END",
                      err);
    store_query_text(&q, 1, claim->trunk);
    store_query_text(&q, 2, claim->binding);
    store_query_int(&q, 3, claim->device);
    store_query_int(&q, 4, claim->brought);
    return store_query_run(&q, NULL);
}

enum vox_err trunk_cert_replace(struct store *s, const char *old, const char *new_binding, struct vox_error *err)
{
    static const char *const statements[] = {
        "INSERT INTO trunk_certificates (trunk, binding, device, brought)"
        " SELECT trunk, $2, device, brought FROM trunk_certificates WHERE binding = $1"
        " ON CONFLICT (trunk, binding) DO NOTHING",
        "DELETE FROM trunk_certificates WHERE binding = $1 AND $2 <> ''"};
    enum vox_err rc = VOX_OK;

    for (size_t i = 0; i < sizeof statements / sizeof *statements && rc == VOX_OK; i++) {
        struct store_query q;

        store_query_begin(&q, s, statements[i], err);
        store_query_text(&q, 1, old);
        store_query_text(&q, 2, new_binding);
        rc = store_query_run(&q, NULL);
    }
    return rc;
}
