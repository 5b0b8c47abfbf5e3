#include <stdio.h>
#include <stdlib.h>

#include <cli/output.h>
#include <libcert/clock.h>

#include "verdict.h"
#include "voxlist.h"

/* Did this very certificate sign? By its key; that the header names it is part of the list's own soundness. */
static enum vox_err signed_by(const struct ctl_list *l, const struct cert *signer, struct vox_error *err)
{
    int i = ctl_signer_record(l);
    EVP_PKEY *key = cert_key(signer);

    if (key == NULL)
        return vox_fail(err, VOX_E_NO, "its public key cannot be decoded");
    if (i < 0 || l->records[i].cert == NULL || !cert_same(l->records[i].cert, signer))
        return vox_fail(err, VOX_E_NO, "it is not the certificate that the list names as its signer");
    return ctl_verify_with(l, key, err);
}

static bool phone_takes_it(const struct question *q, const struct verdict *v)
{
    return v->accept.verdict == ACCEPT_YES || v->accept.verdict == ACCEPT_FIRST_TRUST ||
           (v->accept.verdict == ACCEPT_IF_TVS && q->assume_tvs);
}

/* The first thing that makes the answer no. */
static void decide(const struct question *q, struct verdict *v)
{
    if (v->signature != VOX_OK)
        (void)snprintf(v->no, sizeof v->no, "%.500s", v->signature_why.text);
    else if (v->signer != VOX_OK)
        (void)snprintf(v->no, sizeof v->no, "not signed by %.100s: %.300s", q->signer, v->signer_why.text);
    else if (v->nerrors > 0)
        (void)snprintf(v->no, sizeof v->no, "%zu error%s in the list", v->nerrors, v->nerrors == 1 ? "" : "s");
    else if (q->strict && v->nwarnings > 0)
        (void)snprintf(v->no, sizeof v->no, "%zu warning%s in the list, and --strict", v->nwarnings,
                       v->nwarnings == 1 ? "" : "s");
    else if (q->nagainst > 0 && v->accept.verdict == ACCEPT_IF_TVS && !q->assume_tvs)
        (void)snprintf(v->no, sizeof v->no,
                       "phones take it only when a TVS confirms the signer; --assume-tvs counts "
                       "that as a yes");
    else if (q->nagainst > 0 && !phone_takes_it(q, v))
        (void)snprintf(v->no, sizeof v->no, "phones that hold %.100s%s%.100s refuse it", q->against[0],
                       q->nagainst > 1 ? " and " : "", q->nagainst > 1 ? q->against[1] : "");
    else
        v->ok = true;
}

enum vox_err verdict_reach(const struct question *q, const struct ctl_list *l, const struct accept_held *held,
                           const struct cert *signer, struct verdict *v, struct vox_error *err)
{
    enum vox_err code;

    *v = (struct verdict){.signature = VOX_OK};
    v->signature = ctl_verify(l, &v->signature_why);
    if (v->signature != VOX_OK && v->signature != VOX_E_NO) {
        *err = v->signature_why;
        return v->signature;
    }
    if (signer != NULL && (v->signer = signed_by(l, signer, &v->signer_why)) != VOX_OK && v->signer != VOX_E_NO) {
        *err = v->signer_why;
        return v->signer;
    }
    if ((code = ctl_lint(l, clock_now(), &v->findings, &v->nfindings, err)) != VOX_OK)
        return code;
    for (size_t i = 0; i < v->nfindings; i++) {
        v->nerrors += v->findings[i].severity == LINT_ERROR;
        v->nwarnings += v->findings[i].severity == LINT_WARNING;
    }
    if (q->nagainst > 0)
        accept_list(held, l, &v->accept);
    decide(q, v);
    return VOX_OK;
}

void verdict_clear(struct verdict *v)
{
    free(v->findings);
    v->findings = NULL;
    v->nfindings = 0;
}

/* --- JSON --- */

static json_t *findings_json(const struct verdict *v)
{
    json_t *all = json_array();

    for (size_t i = 0; all != NULL && i < v->nfindings; i++) {
        const struct lint_finding *f = &v->findings[i];
        json_t *one = json_pack("{s:s, s:s, s:o, s:s}", "code", f->code, "severity", lint_severity_word(f->severity),
                                "record", f->record < 0 ? json_null() : json_integer(f->record + 1), "text", f->text);

        if (one == NULL || json_array_append_new(all, one) != 0) {
            json_decref(all);
            return NULL;
        }
    }
    return all;
}

static json_t *against_json(const struct question *q, const struct verdict *v)
{
    json_t *files;

    if (q->nagainst == 0)
        return json_null();
    files = json_array();
    for (int i = 0; i < q->nagainst; i++)
        if (json_array_append_new(files, cli_json_text(q->against[i])) != 0) {
            json_decref(files);
            return NULL;
        }
    return json_pack("{s:o, s:s, s:s, s:s}", "files", files, "verdict", accept_word(v->accept.verdict), "rule",
                     v->accept.rule, "why", v->accept.why);
}

/* A sentence that can hold half a character where it was cut. */
json_t *verdict_json(const struct question *q, const struct ctl_list *l, const struct verdict *v)
{
    int record = ctl_signer_record(l);
    json_t *signer = json_null();

    if (q->signer != NULL)
        signer = json_pack("{s:o, s:b, s:o}", "file", cli_json_text(q->signer), "valid", v->signer == VOX_OK, "why",
                           v->signer == VOX_OK ? json_null() : cli_json_text(v->signer_why.text));
    return json_pack("{s:o, s:s, s:b, s:{s:b, s:o, s:o}, s:o, s:o, s:o}", "file", cli_json_text(q->file), "kind",
                     ctl_is_itl(l) ? "itl" : "ctl", "ok", v->ok, "verification", "valid", v->signature == VOX_OK,
                     "record", record < 0 ? json_null() : json_integer(record + 1), "why",
                     v->signature == VOX_OK ? json_null() : cli_json_text(v->signature_why.text), "signer", signer,
                     "findings", findings_json(v), "against", against_json(q, v));
}
