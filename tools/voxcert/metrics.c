#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <libcert/name.h>
#include <libcert/phones.h>

#include "watch.h"

enum { DAY = 86400 };

/* A metric before its values. */
static void head(FILE *out, const char *name, const char *help)
{
    fprintf(out, "# HELP voxtrust_%s %s\n# TYPE voxtrust_%s gauge\n", name, help, name);
}

/* A label's value; the text format escapes these three. */
static void label(FILE *out, const char *name, const char *value)
{
    fprintf(out, "%s=\"", name);
    for (; *value != '\0'; value++) {
        if (*value == '\n')
            fputs("\\n", out);
        else if (*value == '\\' || *value == '"')
            fprintf(out, "\\%c", *value);
        else
            fputc(*value, out);
    }
    fputc('"', out);
}

static void put_cert(FILE *out, const char *metric, const struct store_binding *b, int64_t value)
{
    char fingerprint[CERT_FINGERPRINT_MAX], *subject = NULL;

    cert_fingerprint(b->cert, fingerprint);
    (void)name_text(cert_subject_der(b->cert), NAME_RFC4514, &subject, NULL); /* empty when memory is out */
    fprintf(out, "voxtrust_%s{", metric);
    label(out, "place", b->place);
    fputc(',', out);
    label(out, "node", b->node);
    fputc(',', out);
    label(out, "state", bind_state_word(b->state));
    fputc(',', out);
    label(out, "sha256", fingerprint);
    fputc(',', out);
    label(out, "subject", subject != NULL ? subject : "");
    fprintf(out, "} %" PRId64 "\n", value);
    free(subject);
}

static void put_certs(FILE *out, const struct watch *w)
{
    head(out, "certificate_not_after_seconds", "When a certificate in use ends, in seconds since 1970.");
    for (size_t i = 0; i < w->n; i++)
        if (w->list[i].cert != NULL)
            put_cert(out, "certificate_not_after_seconds", &w->list[i], cert_not_after(w->list[i].cert));
    head(out, "certificate_left_seconds", "Seconds until a certificate in use ends; negative when it has.");
    for (size_t i = 0; i < w->n; i++)
        if (w->list[i].cert != NULL)
            put_cert(out, "certificate_left_seconds", &w->list[i], cert_not_after(w->list[i].cert) - w->now);
}

/* A line of a place: bindings come sorted by it. first: seconds until the first one ends, else how many there are. */
static void put_places(FILE *out, const struct watch *w, const char *metric, bool first)
{
    for (size_t i = 0, next; i < w->n; i = next) {
        int64_t soonest = INT64_MAX, n = 0;

        for (next = i; next < w->n && strcmp(w->list[next].place, w->list[i].place) == 0; next++) {
            if (w->list[next].cert == NULL)
                continue;
            n++;
            if (cert_not_after(w->list[next].cert) < soonest)
                soonest = cert_not_after(w->list[next].cert);
        }
        if (n == 0)
            continue;
        fprintf(out, "voxtrust_%s{", metric);
        label(out, "place", w->list[i].place);
        fprintf(out, "} %" PRId64 "\n", first ? soonest - w->now : n);
    }
}

/* They come sorted by trunk. */
static void put_trunks(FILE *out, const struct watch *w)
{
    head(out, "trunk_certificate_left_seconds", "Seconds until the first certificate ends that a trunk relies on.");
    for (size_t i = 0, next; i < w->ntrunks; i = next) {
        int64_t soonest = INT64_MAX;

        for (next = i; next < w->ntrunks && strcmp(w->trunks[next].trunk, w->trunks[i].trunk) == 0; next++)
            if (cert_not_after(w->trunks[next].cert) < soonest)
                soonest = cert_not_after(w->trunks[next].cert);
        fprintf(out, "voxtrust_trunk_certificate_left_seconds{");
        label(out, "trunk", w->trunks[i].trunk);
        fprintf(out, "} %" PRId64 "\n", soonest - w->now);
    }
}

static enum vox_err put_phones(FILE *out, const struct watch *w, struct vox_error *err)
{
    struct phones_tally t;
    enum vox_err code = phones_tally(w->s, w->now, w->now, &t, err);

    if (code != VOX_OK)
        return code;
    head(out, "phones", "Phones by state.");
    for (int i = 0; i < PHONE_STATE_COUNT; i++)
        fprintf(out, "voxtrust_phones{state=\"%s\"} %" PRId64 "\n", phone_state_word((enum phone_state)i),
                t.by_state[i]);
    head(out, "phone_certificates", "Phones that have a certificate (LSC).");
    fprintf(out, "voxtrust_phone_certificates %" PRId64 "\n", t.with_lsc);
    head(out, "phone_certificates_ended", "Phones whose certificate has ended.");
    fprintf(out, "voxtrust_phone_certificates_ended %" PRId64 "\n", t.ended);
    head(out, "phone_certificates_ending", "Phones whose certificate ends within so many days, and has not ended.");
    for (size_t i = 0; i < w->nat; i++) {
        if ((code = phones_tally(w->s, w->now, w->now + (int64_t)w->at[i] * DAY, &t, err)) != VOX_OK)
            return code;
        fprintf(out, "voxtrust_phone_certificates_ending{days=\"%d\"} %" PRId64 "\n", w->at[i], t.ending);
    }
    return VOX_OK;
}

static enum vox_err put_all(FILE *out, const struct watch *w, const struct watch_count *counts, struct vox_error *err)
{
    head(out, "check_timestamp_seconds", "When certificates were checked, in seconds since 1970.");
    fprintf(out, "voxtrust_check_timestamp_seconds %" PRId64 "\n", w->now);
    head(out, "findings", "What the check of all certificates found.");
    for (; counts->code != NULL; counts++)
        fprintf(out, "voxtrust_findings{code=\"%s\"} %zu\n", counts->code, counts->n);
    head(out, "notices_waiting", "Certificates of whose end people should be told and were not.");
    fprintf(out, "voxtrust_notices_waiting %zu\n", w->waiting);
    put_certs(out, w);
    head(out, "place_certificates", "Certificates of a service or in a trust store.");
    put_places(out, w, "place_certificates", false);
    head(out, "place_first_left_seconds", "Seconds until the first certificate of a service or trust store ends.");
    put_places(out, w, "place_first_left_seconds", true);
    put_trunks(out, w);
    return put_phones(out, w, err);
}

enum vox_err watch_metrics(const struct watch *w, const struct watch_count *counts, const char *path,
                           struct vox_error *err)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    enum vox_err code;
    bool failed;

    if (out == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    code = put_all(out, w, counts, err);
    failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    if (code == VOX_OK)
        code = cli_write(path, text, len, 0644, err);
    free(text);
    return code;
}
