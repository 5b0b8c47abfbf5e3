#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <ctl/diff.h>
#include <ctl/show.h>
#include <libcert/clock.h>
#include <libcert/role.h>

#include "diff_match.h"
#include <libcert/printable.h>

#include "show_words.h"

/* Entries as they grow; the first failure sticks. */
struct entries {
    struct diff_entry *list;
    size_t n, cap;
    bool no_memory;
};

char diff_sign(enum diff_kind kind)
{
    return kind == DIFF_ADDED ? '+' : kind == DIFF_REMOVED ? '-' : '~';
}

__attribute__((format(printf, 5, 6))) static void add(struct entries *e, enum diff_kind kind, int old_record,
                                                      int new_record, const char *fmt, ...)
{
    char raw[2048];
    va_list ap;

    if (e->n == e->cap) {
        size_t cap = e->cap == 0 ? 16 : 2 * e->cap;
        struct diff_entry *more = realloc(e->list, cap * sizeof *more);

        if (more == NULL) {
            e->no_memory = true;
            return;
        }
        e->list = more;
        e->cap = cap;
    }
    va_start(ap, fmt);
    if (vsnprintf(raw, sizeof raw, fmt, ap) < 0)
        raw[0] = '\0';
    va_end(ap);
    e->list[e->n] = (struct diff_entry){.kind = kind, .old_record = old_record, .new_record = new_record};
    printable_escape(e->list[e->n].text, sizeof e->list[e->n].text, raw);
    e->n++;
}

/* --- header --- */

static void header_text(struct entries *e, const char *what, const char *a, const char *b)
{
    if (strcmp(a, b) != 0)
        add(e, DIFF_HEADER, -1, -1, "%s: %s -> %s", what, a, b);
}

static void signer_text(const struct ctl_header *h, char out[static 256])
{
    char serial[SHOW_SERIAL_MAX];

    show_serial(h->serial, serial);
    show_fit(out, 256, "%.160s (serial %s)", h->signer_name != NULL ? h->signer_name : "", serial);
}

static void version_text(unsigned v, char out[static 16])
{
    if (v == SIGNER_VERSION_ABSENT)
        (void)snprintf(out, 16, "absent");
    else
        (void)snprintf(out, 16, "%u.%u", v / 256, v % 256);
}

static void digest_text(int d, char out[static 16])
{
    if (digest_name(d) != NULL)
        (void)snprintf(out, 16, "%s", digest_name(d));
    else
        (void)snprintf(out, 16, "%d", d);
}

static void time_text(const struct ctl_header *h, char out[static CLOCK_RFC3339_MAX])
{
    if (h->has_timestamp)
        clock_format(h->timestamp, out);
    else
        (void)snprintf(out, CLOCK_RFC3339_MAX, "absent");
}

static void headers(struct entries *e, const struct ctl_header *a, const struct ctl_header *b)
{
    char one[256], two[256];

    version_text((unsigned)a->version_major * 256 + a->version_minor, one);
    version_text((unsigned)b->version_major * 256 + b->version_minor, two);
    header_text(e, "version", one, two);
    version_text(a->signer_version, one);
    version_text(b->signer_version, two);
    header_text(e, "signer version", one, two);
    signer_text(a, one);
    signer_text(b, two);
    header_text(e, "signer", one, two);
    digest_text(a->digest, one);
    digest_text(b->digest, two);
    header_text(e, "digest", one, two);
    (void)snprintf(one, sizeof one, "RSA %u", ctl_modulus_bits(a->modulus_code));
    (void)snprintf(two, sizeof two, "RSA %u", ctl_modulus_bits(b->modulus_code));
    header_text(e, "signer's key", one, two);
    header_text(e, "file name", a->filename != NULL ? a->filename : "absent",
                b->filename != NULL ? b->filename : "absent");
    time_text(a, one);
    time_text(b, two);
    header_text(e, "time stamp", one, two);
}

/* --- records --- */

/* What follows the label of a changed record; pieces are put one behind the other. */
struct changes {
    char text[1536];
    size_t len;
};

__attribute__((format(printf, 2, 3))) static void change(struct changes *c, const char *fmt, ...)
{
    va_list ap;
    int n;

    if (c->len > 0 && c->len + 3 < sizeof c->text) {
        memcpy(c->text + c->len, "; ", 3);
        c->len += 2;
    }
    va_start(ap, fmt);
    n = vsnprintf(c->text + c->len, sizeof c->text - c->len, fmt, ap);
    va_end(ap);
    if (n > 0)
        c->len = c->len + (size_t)n < sizeof c->text ? c->len + (size_t)n : sizeof c->text - 1;
}

static void certificate_change(struct changes *c, const struct ctl_record *a, const struct ctl_record *b)
{
    char label[CTL_LABEL_MAX], end[CLOCK_RFC3339_MAX];

    if (a->cert != NULL && b->cert != NULL) {
        if (cert_same(a->cert, b->cert))
            return;
        ctl_show_label(b, label);
        clock_format(cert_not_after(b->cert), end);
        change(c, "certificate replaced by %s, valid to %s%s", label, end,
               cert_same_key(a->cert, b->cert) ? ", same key" : "");
    } else if (b->cert != NULL) {
        ctl_show_label(b, label);
        change(c, "certificate added: %s", label);
    } else if (a->cert != NULL) {
        change(c, b->cert_hash.data != NULL ? "hash in place of the certificate" : "emptied: certificate removed");
    }
}

static const struct record_tlv *find_tlv(const struct ctl_record *r, uint8_t tag)
{
    for (size_t i = 0; i < r->ntlvs; i++)
        if (r->tlvs[i].tag == tag)
            return &r->tlvs[i];
    return NULL;
}

/* Fields that differ while the certificate does not: the odd ones, by their tag's name. */
static void other_changes(struct changes *c, const struct ctl_record *a, const struct ctl_record *b)
{
    static const struct {
        uint8_t tag;
        const char *name;
    } fields[] = {{3, "SUBJECTNAME"}, {5, "ISSUERNAME"}, {6, "SERIALNUMBER"},   {7, "PUBLICKEY"},
                  {8, "SIGNATURE"},   {11, "CERTHASH"},  {12, "HASH ALGORITHM"}};

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const struct record_tlv *x = find_tlv(a, fields[i].tag), *y = find_tlv(b, fields[i].tag);

        if (x == NULL && y == NULL)
            continue;
        if (x == NULL || y == NULL)
            change(c, "%s %s", fields[i].name, x == NULL ? "added" : "removed");
        else if (!bytes_equal(x->value, y->value))
            change(c, "%s differs", fields[i].name);
    }
}

static void records(struct entries *e, const struct ctl_record *a, const struct ctl_record *b, int i, int k)
{
    struct changes c = {.len = 0};
    char label[CTL_LABEL_MAX], one[SHOW_IP_MAX], two[SHOW_IP_MAX], was[SHOW_ROLE_MAX], is[SHOW_ROLE_MAX];

    if (a->function != b->function) {
        show_role(a->function, was);
        show_role(b->function, is);
        change(&c, "role %s -> %s", was, is);
    }
    certificate_change(&c, a, b);
    if (c.len == 0)
        other_changes(&c, a, b);
    if ((a->dns_name == NULL) != (b->dns_name == NULL) ||
        (a->dns_name != NULL && strcmp(a->dns_name, b->dns_name) != 0))
        change(&c, "dns %.200s -> %.200s", a->dns_name != NULL ? a->dns_name : "absent",
               b->dns_name != NULL ? b->dns_name : "absent");
    if ((a->ip.data == NULL) != (b->ip.data == NULL) || !bytes_equal(a->ip, b->ip)) {
        show_ip(a->ip, one);
        show_ip(b->ip, two);
        change(&c, "ip %s -> %s", a->ip.data != NULL ? one : "absent", b->ip.data != NULL ? two : "absent");
    }
    if (c.len == 0)
        return;
    ctl_show_label(a, label);
    add(e, DIFF_CHANGED, i, k, "%s: %s", label, c.text);
}

/* Records of a with their partners; says when the partners stand in another order. */
static void paired(struct entries *e, const struct ctl_list *a, const struct ctl_list *b, const int *partner)
{
    char label[CTL_LABEL_MAX];
    int last = -1;
    bool moved = false;

    for (size_t i = 0; i < a->nrecords; i++) {
        if (partner[i] >= 0) {
            moved = moved || partner[i] < last;
            last = partner[i];
        }
    }
    if (moved)
        add(e, DIFF_HEADER, -1, -1, "order of the records differs");
    for (size_t i = 0; i < a->nrecords; i++) {
        if (partner[i] >= 0) {
            records(e, &a->records[i], &b->records[partner[i]], (int)i, partner[i]);
        } else {
            ctl_show_label(&a->records[i], label);
            add(e, DIFF_REMOVED, (int)i, -1, "%s", label);
        }
    }
}

static void added(struct entries *e, const struct ctl_list *a, const struct ctl_list *b, const int *partner)
{
    char label[CTL_LABEL_MAX];

    for (size_t k = 0; k < b->nrecords; k++) {
        bool known = false;

        for (size_t i = 0; i < a->nrecords && !known; i++)
            known = partner[i] == (int)k;
        if (known)
            continue;
        ctl_show_label(&b->records[k], label);
        add(e, DIFF_ADDED, -1, (int)k, "%s", label);
    }
}

enum vox_err ctl_diff(const struct ctl_list *a, const struct ctl_list *b, struct diff_entry **out, size_t *n,
                      struct vox_error *err)
{
    struct entries e = {.list = NULL};
    int *partner = calloc(a->nrecords + 1, sizeof *partner);

    *out = NULL;
    *n = 0;
    if (partner == NULL || diff_match(a, b, partner) != VOX_OK) {
        e.no_memory = true;
    } else {
        headers(&e, &a->header, &b->header);
        paired(&e, a, b, partner);
        added(&e, a, b, partner);
        /* Any difference changes the signature: it is news only when it is the only one. */
        if (e.n == 0 && !bytes_equal(a->header.signature, b->header.signature))
            add(&e, DIFF_HEADER, -1, -1, "signature differs, and nothing else");
        else if (e.n == 0 && !bytes_equal(bytes_view_of(&a->file), bytes_view_of(&b->file)))
            add(&e, DIFF_HEADER, -1, -1, "the same content, encoded differently");
    }
    free(partner);
    if (e.no_memory) {
        free(e.list);
        return vox_fail(err, VOX_E_MEMORY, "no memory to compare");
    }
    *out = e.list;
    *n = e.n;
    return VOX_OK;
}

static json_t *record_number(int i)
{
    return i < 0 ? json_null() : json_integer(i + 1);
}

json_t *ctl_diff_json(const struct diff_entry *entries, size_t n)
{
    static const char *const kinds[] = {"added", "removed", "changed", "header"};
    json_t *all = json_array();

    for (size_t i = 0; all != NULL && i < n; i++) {
        const struct diff_entry *d = &entries[i];
        json_t *one =
            json_pack("{s:s, s:o, s:o, s:s}", "change", kinds[d->kind], "old_record", record_number(d->old_record),
                      "new_record", record_number(d->new_record), "text", d->text);

        if (one == NULL || json_array_append_new(all, one) != 0) {
            json_decref(all);
            return NULL;
        }
    }
    return all;
}
