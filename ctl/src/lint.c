#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libcert/clock.h>
#include <libcert/limits.h>
#include <libcert/name.h>
#include <libcert/role.h>

#include "lint_checks.h"
#include <libcert/printable.h>

#include "show_words.h"
#include "tags.h"

enum { CLOCK_SLACK = 24 * 3600 }; /* seconds by which the signer's clock may be ahead of ours */

const char *lint_severity_word(enum lint_severity s)
{
    return s == LINT_ERROR ? "error" : s == LINT_WARNING ? "warning" : "note";
}

bool ctl_is_itl(const struct ctl_list *l)
{
    const char *name = l->header.filename;

    if (name != NULL && strncasecmp(name, "ITL", 3) == 0)
        return true;
    if (name != NULL && strncasecmp(name, "CTL", 3) == 0)
        return false;
    for (size_t i = 0; i < l->nrecords; i++)
        if (l->records[i].function == ROLE_TVS)
            return true;
    return false;
}

void lint_report(struct lint *t, const char *fmt, ...)
{
    struct lint_finding *f;
    char raw[2048];
    va_list ap;

    if (t->n == t->cap) {
        size_t cap = t->cap == 0 ? 16 : 2 * t->cap;
        struct lint_finding *more = realloc(t->found, cap * sizeof *more);

        if (more == NULL) {
            t->no_memory = true;
            return;
        }
        t->found = more;
        t->cap = cap;
    }
    va_start(ap, fmt);
    if (vsnprintf(raw, sizeof raw, fmt, ap) < 0)
        raw[0] = '\0';
    va_end(ap);
    f = &t->found[t->n++];
    *f = (struct lint_finding){.code = t->check->code, .severity = t->check->severity, .record = t->record};
    printable_escape(f->text, sizeof f->text, raw);
}

static size_t count(const struct ctl_list *l, bool (*is)(const struct ctl_record *))
{
    size_t n = 0;

    for (size_t i = 0; i < l->nrecords; i++)
        n += is(&l->records[i]) ? 1 : 0;
    return n;
}

static bool is_sast(const struct ctl_record *r)
{
    return role_may_sign_lists(r->function);
}

static bool is_tftp(const struct ctl_record *r)
{
    return role_may_sign_files(r->function);
}

static bool is_tvs(const struct ctl_record *r)
{
    return r->function == ROLE_TVS;
}

static void signer_absent(struct lint *t, const struct ctl_list *l)
{
    char serial[SHOW_SERIAL_MAX];

    if (ctl_signer_record(l) >= 0)
        return;
    show_serial(l->header.serial, serial);
    lint_report(t,
                "no SAST record has the serial %s and the issuer that the header names: no phone can verify the list",
                serial);
}

static void signer_name(struct lint *t, const struct ctl_list *l)
{
    int i = ctl_signer_record(l);
    const struct cert *c = i >= 0 ? l->records[i].cert : NULL;

    if (c == NULL)
        return;
    if (!name_text_agrees(l->header.signer_name, cert_subject_der(c)))
        lint_report(t, "SIGNERNAME \"%s\" is not the subject of the signer's certificate (record %d)",
                    l->header.signer_name, i + 1);
    if (!name_text_agrees(l->header.ca_name, cert_issuer_der(c)))
        lint_report(t, "CANAME \"%s\" is not the issuer of the signer's certificate (record %d)", l->header.ca_name,
                    i + 1);
}

static void modulus(struct lint *t, const struct ctl_list *l)
{
    int i = ctl_signer_record(l);
    unsigned bits = i >= 0 && l->records[i].cert != NULL ? cert_rsa_bits(l->records[i].cert) : 0;

    if (bits != 0 && ctl_modulus_bits(l->header.modulus_code) != bits)
        lint_report(t, "SIGNATUREMODULUS is %u, which does not stand for the signer's %u bits", l->header.modulus_code,
                    bits);
}

static void size(struct lint *t, const struct ctl_list *l)
{
    if (l->file.len > LIMIT_LIST_PHONE)
        lint_report(t, "%zu bytes: phones stop registering above %d", l->file.len, LIMIT_LIST_PHONE);
}

static void sast_count(struct lint *t, const struct ctl_list *l)
{
    size_t n = count(l, is_sast);

    if (n > LIMIT_LIST_SAST)
        lint_report(t, "%zu SAST records: phones are documented to take %d", n, LIMIT_LIST_SAST);
}

static void one_sast(struct lint *t, const struct ctl_list *l)
{
    if (count(l, is_sast) == 1)
        lint_report(t, "only one SAST: when its key is lost, nothing else can sign a list that phones take");
}

static void no_tftp(struct lint *t, const struct ctl_list *l)
{
    if (count(l, is_tftp) == 0)
        lint_report(t, "no record has the role TFTP or CCM+TFTP: phones refuse every signed configuration");
}

static void no_tvs(struct lint *t, const struct ctl_list *l)
{
    if (ctl_is_itl(l) && count(l, is_tvs) == 0)
        lint_report(t, "an ITL without TVS: phones that hold it can never be brought to another signer by TVS");
}

static void filename(struct lint *t, const struct ctl_list *l)
{
    const char *name = l->header.filename;

    if (name == NULL || (strcmp(name, "CTLFile.tlv") != 0 && strcmp(name, "ITLFile.tlv") != 0))
        lint_report(t, "FILENAME is \"%s\", not CTLFile.tlv or ITLFile.tlv", name != NULL ? name : "");
}

static void timestamp(struct lint *t, const struct ctl_list *l)
{
    char when[CLOCK_RFC3339_MAX];

    if (!l->header.has_timestamp || (int64_t)l->header.timestamp <= t->now + CLOCK_SLACK)
        return;
    clock_format(l->header.timestamp, when);
    lint_report(t, "TIMESTAMP %s lies in the future", when);
}

static void padding(struct lint *t, const struct ctl_list *l)
{
    if (l->header.header_length % 4 != 0)
        lint_report(t, "the header has %u bytes, not padded to a multiple of 4", l->header.header_length);
    else if (l->header.padding > 3)
        lint_report(t, "%u bytes of padding where 0 to 3 are due", l->header.padding);
}

static void unknown_tag(struct lint *t, const struct ctl_list *l)
{
    for (size_t i = 0; i < l->header.ntlvs; i++)
        if (tag_header_row(l->header.tlvs[i].tag) == NULL)
            lint_report(t, "tag %u at byte %zu of the header is unknown", l->header.tlvs[i].tag,
                        l->header.tlvs[i].offset);
}

static const struct lint_check list_checks[] = {
    {"signer-absent", LINT_ERROR, signer_absent, NULL},
    {"signer-name", LINT_ERROR, signer_name, NULL},
    {"modulus", LINT_WARNING, modulus, NULL},
    {"size", LINT_WARNING, size, NULL},
    {"sast-count", LINT_WARNING, sast_count, NULL},
    {"one-sast", LINT_NOTE, one_sast, NULL},
    {"no-tftp", LINT_WARNING, no_tftp, NULL},
    {"no-tvs", LINT_WARNING, no_tvs, NULL},
    {"filename", LINT_WARNING, filename, NULL},
    {"timestamp", LINT_WARNING, timestamp, NULL},
    {"padding", LINT_WARNING, padding, NULL},
    {"unknown-tag", LINT_WARNING, unknown_tag, NULL},
    {NULL, LINT_NOTE, NULL, NULL},
};

enum vox_err ctl_lint(const struct ctl_list *l, int64_t now, struct lint_finding **out, size_t *n,
                      struct vox_error *err)
{
    struct lint t = {.now = now, .record = -1};

    *out = NULL;
    *n = 0;
    for (t.check = list_checks; t.check->code != NULL; t.check++)
        t.check->whole(&t, l);
    for (size_t i = 0; i < l->nrecords; i++) {
        t.record = (int)i;
        for (t.check = lint_record_checks; t.check->code != NULL; t.check++)
            t.check->record(&t, l, i);
    }
    if (t.no_memory) {
        free(t.found);
        return vox_fail(err, VOX_E_MEMORY, "no memory for the findings");
    }
    *out = t.found;
    *n = t.n;
    return VOX_OK;
}
