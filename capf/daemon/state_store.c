#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/bundle.h>
#include <libcert/carequests.h>
#include <libcert/file.h>
#include <libcert/limits.h>
#include <libcert/log.h>

#include "state_parts.h"

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Each may be used later, and nothing else beside the store: the keys of the cluster lie there. */
static enum vox_err name_files(const struct state *st, struct serve_files *f, struct vox_error *err)
{
    static const char *const parts[] = {"", "-wal", "-shm"};
    char path[PATH_MAX];
    enum vox_err code = VOX_OK;

    for (size_t i = 0; i < sizeof parts / sizeof *parts && code == VOX_OK; i++) {
        (void)snprintf(path, sizeof path, "%s%s", store_path(st->store), parts[i]);
        code = serve_may_use(f, path, err);
    }
    if (code != VOX_OK)
        return code;
    /* A full disk, say: no reason to serve nobody. Phones that are to show theirs are told to come again. */
    struct vox_error why;
    if (state_fetched_folder(st, path, sizeof path, &why) != VOX_OK || serve_may_use(f, path, &why) != VOX_OK)
        log_line(LOG_LEVEL_WARNING, "certificates that phones show cannot be kept: %s", why.text);
    return VOX_OK;
}

enum vox_err state_store_open(struct state *st, struct serve_files *f, struct vox_error *err)
{
    int64_t version;
    enum vox_err code = store_open(st->o->store_url, &st->store, err);

    if (code != VOX_OK)
        return code;
    if (stat(store_path(st->store), &st->file) != 0)
        return vox_fail(err, VOX_E_STORE, "the store is replaced at this moment");
    /* Reading makes the files beside the database, and as long as it is open nobody removes them. */
    code = store_version(st->store, &version, err);
    return code == VOX_OK ? name_files(st, f, err) : code;
}

enum vox_err state_store_current(struct state *st, struct vox_error *err)
{
    struct stat now;

    if (stat(store_path(st->store), &now) != 0)
        return vox_fail(err, VOX_E_STORE, "the store is replaced at this moment");
    if (same_file(&now, &st->file))
        return VOX_OK;
    /* A restore put another file there: what is recorded in the old one nobody would find, and the new one is none of
     * those that this process may open. */
    serve_start_anew("the store was replaced");
    return vox_fail(err, VOX_E_STORE, "the store was replaced");
}

/* A restore writes into the file that we have open. */
enum vox_err state_store_continues(struct state *st, struct vox_error *err)
{
    int64_t version;
    bool holds;
    enum vox_err code = store_version(st->store, &version, err);

    if (code != VOX_OK || version == st->version)
        return code;
    if ((code = audit_mark_holds(st->store, &st->mark, &holds, err)) == VOX_OK && !holds) {
        state_store_is_older(st);
        code = audit_mark_take(st->store, &st->mark, err);
    }
    if (code == VOX_OK)
        st->version = version;
    return code;
}

static void free_certs(struct cert ***certs, size_t *n)
{
    for (size_t i = 0; i < *n; i++)
        cert_free(&(*certs)[i]);
    free(*certs);
    *certs = NULL;
    *n = 0;
}

void state_trust_clear(struct trust *t)
{
    free_certs(&t->issuers, &t->nissuers);
    free_certs(&t->roots, &t->nroots);
    t->version = -1;
}

/* All certificates of a place; extra (may be NULL) beside them. */
static enum vox_err collect(struct store *s, const struct store_binding_filter *f, struct cert *extra,
                            struct cert ***out, size_t *n, struct vox_error *err)
{
    struct store_binding *list;
    size_t found;
    enum vox_err code = store_bindings(s, f, &list, &found, err);

    *n = 0;
    if (code != VOX_OK)
        return code;
    if ((*out = calloc(found + 1, sizeof **out)) == NULL) {
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    } else {
        for (size_t i = 0; i < found; i++)
            if (list[i].cert != NULL)
                (*out)[(*n)++] = cert_ref(list[i].cert);
        if (extra != NULL)
            (*out)[(*n)++] = cert_ref(extra);
    }
    store_bindings_free(&list, found);
    return code;
}

/* CAs that are elsewhere stand in CAPF-trust, too: they issue LSCs, and are no manufacturer. */
static enum vox_err part_offline(struct state *st, struct trust *t, struct vox_error *err)
{
    char fingerprint[CERT_FINGERPRINT_MAX];
    struct ca_issuers offline;
    struct cert **more;
    size_t kept = 0;
    enum vox_err code = ca_offline_issuers(st->store, &offline, err);

    if (code != VOX_OK || offline.n == 0)
        return code;
    if ((more = realloc(t->issuers, (t->nissuers + t->nroots + 1) * sizeof *more)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    t->issuers = more;
    for (size_t i = 0; i < t->nroots; i++) {
        bool is = false;

        cert_fingerprint(t->roots[i], fingerprint);
        for (size_t k = 0; k < offline.n && !is; k++)
            is = strcmp(offline.fingerprint[k], fingerprint) == 0;
        if (is)
            t->issuers[t->nissuers++] = t->roots[i];
        else
            t->roots[kept++] = t->roots[i];
    }
    t->nroots = kept;
    return VOX_OK;
}

enum vox_err state_trust_current(struct state *st, struct capf_trust *out, struct vox_error *err)
{
    /* LSCs outlive the certificate of CAPF that issued them: a retired one still says whose they are. */
    const struct store_binding_filter issuers = {.place = service_name(SERVICE_CAPF), .state = -1};
    const struct store_binding_filter roots = {.place = "CAPF-trust", .state = -1, .live = true};
    struct trust *t = &st->trust;
    int64_t version;
    enum vox_err code = store_version(st->store, &version, err);

    if (code == VOX_OK && (t->version < 0 || version != t->version)) {
        state_trust_clear(t);
        if ((code = collect(st->store, &issuers, st->issuer, &t->issuers, &t->nissuers, err)) == VOX_OK &&
            (code = collect(st->store, &roots, NULL, &t->roots, &t->nroots, err)) == VOX_OK &&
            (code = part_offline(st, t, err)) == VOX_OK)
            t->version = version;
    }
    *out = (struct capf_trust){.issuers = t->issuers,
                               .nissuers = t->nissuers,
                               .mic_roots = t->roots,
                               .nmic_roots = t->nroots,
                               .accept_expired_mic = st->o->accept_expired_mic};
    return code;
}

static const uint8_t *find(struct bytes_view in, const char *text)
{
    return in.len > 0 ? memmem(in.data, in.len, text, strlen(text)) : NULL;
}

/* The file may hold the CA's key as well, which this process must not have: the first certificate's lines alone. */
enum vox_err state_read_issuer(const char *path, struct cert **out, struct vox_error *err)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----", last[] = "-----END CERTIFICATE-----\n";
    struct bundle chain = {0};
    struct bytes file;
    struct bytes_view part;
    enum vox_err code = file_read(path, LIMIT_BUNDLE_FILE, &file, err);

    *out = NULL;
    if (code != VOX_OK)
        return vox_error_prefix(err, "%s", path);
    part = bytes_view_of(&file);
    const uint8_t *from = find(part, begin);
    if (from != NULL) {
        part = (struct bytes_view){from, part.len - (size_t)(from - part.data)};
        const uint8_t *to = find(part, "-----END CERTIFICATE-----");
        if (to != NULL)
            part.len = (size_t)(to - from) + sizeof last - 2;
    }
    code = bundle_read(part.data, part.len, path, NULL, &chain, err);
    bytes_wipe(&file);
    if (code != VOX_OK)
        return vox_error_prefix(err, "%s", path);
    *out = cert_ref(chain.certs[0]);
    bundle_free(&chain);
    return VOX_OK;
}
