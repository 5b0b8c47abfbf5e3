#include "admit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/certcheck.h>
#include <libcert/clock.h>

#include "view.h"

enum { SUBJECT_TEXT = 300, STORE_NAMES = 200 };

enum vox_err admit_bundle(const uint8_t *data, size_t len, const char *what, const struct password_source *pass,
                          struct bundle *out, struct vox_error *err)
{
    char subject[SUBJECT_TEXT];
    enum vox_err code = bundle_read(data, len, what, pass, out, err);

    if (code != VOX_OK || !out->has_private_key)
        return code;
    view_subject(out->certs[0], subject, sizeof subject);
    bundle_free(out);
    return vox_fail(err, VOX_E_INPUT,
                    "a private key stands in it, beside %s: trust stores take certificates only. Take them out "
                    "('openssl x509 -in FILE', 'openssl pkcs12 -nokeys'), and think about who has seen that key",
                    subject);
}

enum vox_err admit_open(struct store *s, const struct admit_params *p, struct admit *out, struct vox_error *err)
{
    const struct store_binding_filter f = {.place = p->place, .state = -1, .live = true};

    *out = (struct admit){.p = *p};
    return store_bindings(s, &f, &out->present, &out->npresent, err);
}

void admit_free(struct admit *a)
{
    store_bindings_free(&a->present, a->npresent);
    for (size_t i = 0; i < a->n; i++)
        cert_free(&a->certs[i]);
    free(a->certs);
    *a = (struct admit){0};
}

/* Does a binding speak for our node, too? What stands there for the whole cluster does. */
static bool covers(const struct store_binding *b, const char *node)
{
    return b->node[0] == '\0' || strcmp(b->node, node) == 0;
}

static enum vox_err refuse_unfit(const struct admit *a, const struct cert *c, const char *subject,
                                 struct vox_error *err)
{
    char until[CLOCK_RFC3339_MAX];

    if (cert_x509(c) == NULL)
        return vox_fail(err, VOX_E_INPUT, "%s: cannot be decoded: damaged, or made by a program that errs", subject);
    if ((strcmp(a->p.place, "CAPF-trust") == 0 ? weakkey_check_root(c, err) : weakkey_check_cert(c, err)) != VOX_OK) {
        (void)vox_error_prefix(err, "%s: weak key", subject);
        return VOX_E_INPUT;
    }
    if (a->p.now > cert_not_after(c) && !a->p.force) {
        clock_format(cert_not_after(c), until);
        return vox_fail(err, VOX_E_INPUT, "%s: expired, it ended on %s%s", subject, until,
                        a->p.may_force ? ": --force keeps it all the same" : "");
    }
    return VOX_OK;
}

static enum vox_err refuse_duplicate(const struct admit *a, const struct cert *c, const char *subject,
                                     struct vox_error *err)
{
    char where[VIEW_PLACE_MAX];

    for (size_t i = 0; i < a->npresent; i++) {
        const struct store_binding *b = &a->present[i];

        if (b->cert == NULL || !covers(b, a->p.node) || !cert_same(b->cert, c))
            continue;
        view_where(b->place, b->node, where);
        return vox_fail(err, VOX_E_EXISTS, "%s: a duplicate: it stands in %s already, since %s", subject, where,
                        b->added);
    }
    return VOX_OK;
}

/* Same names, another certificate: a renewal, or somebody else under that name. */
static bool nearly_same(const struct cert *a, const struct cert *b)
{
    return !cert_same(a, b) && bytes_equal(cert_subject_der(a), cert_subject_der(b)) &&
           bytes_equal(cert_issuer_der(a), cert_issuer_der(b));
}

static void describe_near(const struct cert *c, const struct cert *other, const char *where, char *near, size_t nearlen)
{
    char subject[SUBJECT_TEXT], id[VIEW_ID_MAX];

    view_subject(c, subject, sizeof subject);
    view_id(other, id);
    (void)snprintf(near, nearlen, "%s: has the subject and issuer of %s in %s, with %s; both are kept now", subject, id,
                   where, cert_same_key(c, other) ? "the same key and another serial number" : "another key");
}

static void find_near(const struct admit *a, const struct cert *c, char *near, size_t nearlen)
{
    char where[VIEW_PLACE_MAX];

    near[0] = '\0';
    for (size_t i = 0; i < a->npresent; i++) {
        const struct store_binding *b = &a->present[i];

        if (b->cert == NULL || !nearly_same(b->cert, c))
            continue;
        view_where(b->place, b->node, where);
        describe_near(c, b->cert, where, near, nearlen);
        return;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (nearly_same(a->certs[i], c)) {
            describe_near(c, a->certs[i], "this upload", near, nearlen);
            return;
        }
    }
}

enum vox_err admit_cert(struct admit *a, struct cert *c, char *near, size_t nearlen, struct vox_error *err)
{
    char subject[SUBJECT_TEXT];
    enum vox_err code;

    near[0] = '\0';
    for (size_t i = 0; i < a->n; i++) {
        if (cert_same(a->certs[i], c))
            return VOX_OK;
    }
    view_subject(c, subject, sizeof subject);
    if ((code = refuse_duplicate(a, c, subject, err)) != VOX_OK || (code = refuse_unfit(a, c, subject, err)) != VOX_OK)
        return code;
    if (a->n == a->room) {
        size_t room = a->room == 0 ? 16 : 2 * a->room;
        struct cert **grown = reallocarray(a->certs, room, sizeof *grown);

        if (grown == NULL)
            return vox_fail(err, VOX_E_MEMORY, "no memory");
        a->certs = grown;
        a->room = room;
    }
    find_near(a, c, near, nearlen);
    a->certs[a->n++] = cert_ref(c);
    return VOX_OK;
}

enum vox_err admit_store(struct store *s, const struct admit *a, struct vox_error *err)
{
    enum vox_err code = VOX_OK;

    for (size_t i = 0; i < a->n && code == VOX_OK; i++) {
        struct store_binding b = {
            .cert = a->certs[i],
            .place = (char *)(uintptr_t)a->p.place, /* only read */
            .node = (char *)(uintptr_t)a->p.node,
            .role = a->p.role,
            .state = BIND_ACTIVE,
            .key_source = (char *)(uintptr_t)a->p.key_source,
        };

        code = store_binding_add(s, &b, err);
        free(b.id);
        free(b.added);
    }
    return code;
}

void admit_ids(const struct admit *a, char *out, size_t outlen)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < a->n && used < outlen; i++) {
        char id[VIEW_ID_MAX];

        view_id(a->certs[i], id);
        used += (size_t)snprintf(out + used, outlen - used, "%s%s", i > 0 ? ", " : "", id);
    }
}

const char *admit_store_name(const char *word, struct vox_error *err)
{
    const char *name = trust_store_parse(word);
    char names[STORE_NAMES] = "";
    enum service service;

    if (name != NULL)
        return name;
    if (service_parse(word, &service)) {
        vox_fail(err, VOX_E_USAGE,
                 "%s is a service: 'voxcert install' takes the CA's answer to its request, 'voxcert new' makes a "
                 "certificate; for certificates of others a trust store is expected",
                 service_name(service));
        return NULL;
    }
    for (size_t i = 0; trust_store_name(i) != NULL; i++) {
        strncat(names, i > 0 ? ", " : "", sizeof names - strlen(names) - 1);
        strncat(names, trust_store_name(i), sizeof names - strlen(names) - 1);
    }
    vox_fail(err, VOX_E_USAGE, "no such trust store: '%.64s' (%s)", word, names);
    return NULL;
}
