#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include <libcert/name.h>

#include "snapshot.h"

struct slot {
    uint8_t sha256[CERT_SHA256_LEN];
    struct tvs_entry entry;
};

/* Slots sorted by hash for the question that is asked thousands of times a second; names and serials, asked rarely, are
 * searched in turn. */
struct tvs_snapshot {
    struct slot *slots;
    size_t n;
};

static int by_hash(const void *a, const void *b)
{
    return memcmp(((const struct slot *)a)->sha256, ((const struct slot *)b)->sha256, CERT_SHA256_LEN);
}

static void merge(struct tvs_entry *into, const struct tvs_entry *from)
{
    for (size_t i = 0; i < from->nroles; i++) {
        if (into->nroles < TVS_ROLES_MAX &&
            (into->nroles == 0 || memchr(into->roles, from->roles[i], into->nroles) == NULL))
            into->roles[into->nroles++] = from->roles[i];
    }
    if (from->ttl < into->ttl)
        into->ttl = from->ttl;
}

static int by_number(const void *a, const void *b)
{
    return *(const uint8_t *)a - *(const uint8_t *)b;
}

enum vox_err tvs_snapshot_new(const struct tvs_entry *entries, size_t n, struct tvs_snapshot **out,
                              struct vox_error *err)
{
    struct tvs_snapshot *s = calloc(1, sizeof *s);

    *out = NULL;
    if (s == NULL || (s->slots = calloc(n > 0 ? n : 1, sizeof *s->slots)) == NULL) {
        free(s);
        return vox_fail(err, VOX_E_MEMORY, "no memory for %zu certificates", n);
    }
    for (size_t i = 0; i < n; i++) {
        cert_sha256(entries[i].cert, s->slots[i].sha256);
        s->slots[i].entry = (struct tvs_entry){.cert = cert_ref(entries[i].cert), .ttl = entries[i].ttl};
        merge(&s->slots[i].entry, &entries[i]); /* drops roles that are named twice */
    }
    qsort(s->slots, n, sizeof *s->slots, by_hash);
    for (size_t i = 0; i < n; i++) {
        if (s->n > 0 && by_hash(&s->slots[s->n - 1], &s->slots[i]) == 0) {
            merge(&s->slots[s->n - 1].entry, &s->slots[i].entry);
            cert_free(&s->slots[i].entry.cert);
        } else {
            s->slots[s->n++] = s->slots[i];
        }
    }
    for (size_t i = 0; i < s->n; i++)
        qsort(s->slots[i].entry.roles, s->slots[i].entry.nroles, 1, by_number);
    *out = s;
    return VOX_OK;
}

void tvs_snapshot_free(struct tvs_snapshot **s)
{
    if (s == NULL || *s == NULL)
        return;
    for (size_t i = 0; i < (*s)->n; i++)
        cert_free(&(*s)->slots[i].entry.cert);
    free((*s)->slots);
    free(*s);
    *s = NULL;
}

size_t tvs_snapshot_count(const struct tvs_snapshot *s)
{
    return s->n;
}

const struct tvs_entry *tvs_snapshot_by_der(const struct tvs_snapshot *s, struct bytes_view der)
{
    struct slot wanted;
    const struct slot *found;

    SHA256(der.data, der.len, wanted.sha256);
    found = bsearch(&wanted, s->slots, s->n, sizeof *s->slots, by_hash);
    return found != NULL ? &found->entry : NULL;
}

static bool names_agree(const struct cert *c, const char *subject, const char *issuer)
{
    return (subject == NULL || name_text_agrees(subject, cert_subject_der(c))) &&
           (issuer == NULL || name_text_agrees(issuer, cert_issuer_der(c)));
}

const struct tvs_entry *tvs_snapshot_by_serial(const struct tvs_snapshot *s, struct bytes_view serial,
                                               const char *issuer, const char *subject, size_t *matches)
{
    const struct tvs_entry *found = NULL;

    *matches = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct tvs_entry *e = &s->slots[i].entry;

        if (bytes_equal(cert_serial(e->cert), serial) && names_agree(e->cert, subject, issuer)) {
            found = e;
            (*matches)++;
        }
    }
    return found;
}

const struct tvs_entry *tvs_snapshot_by_subject(const struct tvs_snapshot *s, const char *subject, const char *issuer,
                                                size_t *matches)
{
    const struct tvs_entry *found = NULL;

    *matches = 0;
    for (size_t i = 0; subject != NULL && i < s->n; i++) {
        const struct tvs_entry *e = &s->slots[i].entry;

        if (names_agree(e->cert, subject, issuer)) {
            found = e;
            (*matches)++;
        }
    }
    return found;
}
