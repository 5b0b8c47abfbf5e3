#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/prepared.h>
#include <ctl/verify.h>
#include <libcert/limits.h>

#include "ceremony.h"
#include "voxtoken.h"

struct verify_args {
    const char *file, *list;
    bool published;
};

enum { OPTION_LIST = 'l', OPTION_PUBLISHED = 'p' };

static const struct argp_option options[] = {
    {"list", OPTION_LIST, "LIST", 0, "the list that came out: is it the one that was signed there?", 0},
    {"published", OPTION_PUBLISHED, NULL, 0,
     "was it published as the transcript says? Asks the store's history, and the folder", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct verify_args *a = state->input;

    switch (key) {
    case OPTION_LIST:
        a->list = arg;
        return 0;
    case OPTION_PUBLISHED:
        a->published = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->file != NULL)
            argp_error(state, "unexpected: %s", arg);
        a->file = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->file == NULL)
            argp_error(state, "which transcript?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "TRANSCRIPT",
    .doc = "Check what was done in a ceremony, and tell it.\v"
           "No line was changed, taken out or put in; both tokens signed the transcript; with --list, that list is the "
           "one that "
           "was signed, by the first of them. Exit status 1 when one of these does not hold, or it is a rehearsal.",
};

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s != NULL ? s : "";
}

/* In words; what a terminal would obey stands as \\xNN in the file already, or is shown so. */
static void tell(const char *time, const char *what, const json_t *d)
{
    struct vox_error safe;
    char *detail = NULL;
    size_t i;
    json_t *name;

    if (strcmp(what, "present") == 0) {
        printf("%s  present:", time);
        json_array_foreach(json_object_get(d, "names"), i, name)
        {
            vox_fail(&safe, VOX_OK, "%s", json_is_string(name) ? json_string_value(name) : "?");
            printf("%s %s", i > 0 ? "," : "", safe.text);
        }
        printf("\n");
        return;
    }
    if (strcmp(what, "list") == 0)
        detail = strdup("the list was shown");
    else if (strcmp(what, "token") == 0 &&
             asprintf(&detail, "%s: \"%s\", serial number %s, certificate %s", text(d, "role"), text(d, "label"),
                      text(d, "serial"), text(d, "fingerprint")) < 0)
        detail = NULL;
    else if (strcmp(what, "begin") == 0 && asprintf(&detail, "check number %s", text(d, "check")) < 0)
        detail = NULL;
    else if (strcmp(what, "written") == 0 &&
             asprintf(&detail, "%s, SHA-256 %s", text(d, "file"), text(d, "sha256")) < 0)
        detail = NULL;
    else if (strcmp(what, "published") == 0 &&
             asprintf(&detail, "%s, version %" PRId64 ", SHA-256 %s", text(d, "file"),
                      (int64_t)json_integer_value(json_object_get(d, "version")), text(d, "sha256")) < 0)
        detail = NULL;
    else if (strcmp(what, "agreed") == 0 && asprintf(&detail, "phones: %s", text(d, "phones")) < 0)
        detail = NULL;
    else if (strcmp(what, "stopped") == 0)
        detail = strdup(text(d, "why"));
    vox_fail(&safe, VOX_OK, "%s  %s%s%s", time, what, detail != NULL ? ": " : "", detail != NULL ? detail : "");
    printf("%s\n", safe.text);
    free(detail);
}

/* The fingerprint of the token that had that role last, in the first n lines. */
static const char *fingerprint_of(const struct transcript *t, size_t n, const char *role)
{
    const char *found = "", *what, *time, *before;

    for (size_t i = 0; i < n; i++) {
        const json_t *d = transcript_at(t, i, &what, &time, &before);

        if (strcmp(what, "token") == 0 && strcmp(text(d, "role"), role) == 0)
            found = text(d, "fingerprint");
    }
    return found;
}

static enum vox_err certificate_is(const json_t *one, const char *fingerprint, struct vox_error *err)
{
    char is[CERT_FINGERPRINT_MAX];
    struct bytes der = {NULL, 0};
    struct cert *c = NULL;
    enum vox_err code = hex_decode(text(one, "certificate"), &der, err);

    if (code == VOX_OK && (code = cert_from_der(der.data, der.len, &c, err)) == VOX_OK) {
        cert_fingerprint(c, is);
        if (strcmp(is, fingerprint) != 0)
            code = vox_fail(err, VOX_E_NO, "another token signed the transcript than the ones that it names");
    }
    cert_free(&c);
    bytes_free(&der);
    return code;
}

/* Both tokens, over the n lines before this one. */
static enum vox_err check_signatures(const struct transcript *t, size_t n, struct vox_error *err)
{
    static const char *const roles[] = {"signer", "second"};
    const char *what, *time, *before;
    const json_t *line = transcript_at(t, n, &what, &time, &before), *signatures = json_object_get(line, "signatures");
    enum vox_err code = VOX_OK;

    if (json_array_size(signatures) != 2)
        return vox_fail(err, VOX_E_NO, "two tokens must have signed the transcript, and %zu have",
                        json_array_size(signatures));
    for (size_t i = 0; code == VOX_OK && i < 2; i++) {
        const json_t *one = json_array_get(signatures, i);

        if ((code = certificate_is(one, fingerprint_of(t, n, roles[i]), err)) == VOX_OK)
            code = holder_witnessed(one, before, err);
    }
    if (code == VOX_OK && strcmp(fingerprint_of(t, n, roles[0]), fingerprint_of(t, n, roles[1])) == 0)
        code = vox_fail(err, VOX_E_NO, "one token had both parts");
    return code;
}

static enum vox_err check_end(const struct transcript *t, struct vox_error *err)
{
    const char *what = "", *time, *before;
    enum vox_err code = VOX_OK;

    for (size_t i = 0; code == VOX_OK && i < transcript_count(t); i++) {
        (void)transcript_at(t, i, &what, &time, &before);
        if (strcmp(what, "end") == 0 || strcmp(what, "witnessed") == 0)
            code = check_signatures(t, i, err);
    }
    if (code == VOX_OK && strcmp(what, "end") != 0)
        code = vox_fail(err, VOX_E_NO, "the ceremony was not brought to its end");
    return code;
}

/* What was published is what was written: the transcript agrees with itself, and, if that is asked, with the store. */
static enum vox_err check_published(struct cli_common *common, const struct transcript *t, bool ask,
                                    struct vox_error *err)
{
    const json_t *published = transcript_last(t, "published");
    struct store *s = NULL;
    int64_t later;
    enum vox_err code = VOX_OK;

    if (published != NULL && strcmp(text(published, "sha256"), text(transcript_last(t, "written"), "sha256")) != 0)
        return vox_fail(err, VOX_E_NO, "another list was published than the one that was signed");
    if (!ask)
        return VOX_OK;
    if ((code = cli_store_open(common, &s, err)) == VOX_OK &&
        (code = ceremony_published(t, s, &later, err)) == VOX_OK && later != 0 && !common->json)
        cli_say(common, "\nIt was published; version %" PRId64 " has replaced it since.", later);
    store_close(&s);
    return code;
}

static enum vox_err check_list(const struct transcript *t, const char *path, struct vox_error *err)
{
    char sha256[PREPARED_CHECK_MAX], fingerprint[CERT_FINGERPRINT_MAX];
    struct bytes file;
    struct ctl_list *l = NULL;
    int signer;
    enum vox_err code = cli_read(path, LIMIT_LIST_FILE, &file, err);

    if (code != VOX_OK)
        return vox_error_prefix(err, "%s", path);
    if ((code = ctl_list_read(file.data, file.len, &l, err)) == VOX_OK && (code = ctl_verify(l, err)) == VOX_OK &&
        (code = prepared_sha256(bytes_view_of(&file), sha256, err)) == VOX_OK) {
        signer = ctl_signer_record(l);
        fingerprint[0] = '\0';
        if (signer >= 0 && l->records[signer].cert != NULL)
            cert_fingerprint(l->records[signer].cert, fingerprint);
        if (strcmp(sha256, text(transcript_last(t, "written"), "sha256")) != 0)
            code = vox_fail(err, VOX_E_NO, "this is not the list that came out of the ceremony");
        else if (strcmp(fingerprint, fingerprint_of(t, transcript_count(t), "signer")) != 0)
            code = vox_fail(err, VOX_E_NO, "the list was signed by another token than the transcript says");
    }
    if (code != VOX_OK)
        (void)vox_error_prefix(err, "%s", path);
    ctl_list_free(&l);
    bytes_free(&file);
    return code;
}

static enum vox_err check(struct cli_common *common, const struct transcript *t, const struct verify_args *a,
                          struct vox_error *err)
{
    enum vox_err code = check_end(t, err);

    if (code == VOX_OK && a->list != NULL)
        code = check_list(t, a->list, err);
    if (code == VOX_OK)
        code = check_published(common, t, a->published, err);
    if (code == VOX_OK && json_is_true(json_object_get(transcript_last(t, "begin"), "rehearsal")))
        code = vox_fail(err, VOX_E_NO, "this was a rehearsal: it proves nothing");
    return code;
}

int voxtoken_verify_transcript(struct cli_common *common, int argc, char **argv)
{
    struct verify_args a = {0};
    struct transcript *t;
    struct vox_error err;
    enum vox_err code;

    cli_parse(common, &argp, argc, argv, &a);
    if ((code = transcript_read(a.file, &t, &err)) != VOX_OK)
        return cli_report(common, a.file, &err);
    for (size_t i = 0; !common->quiet && !common->json && i < transcript_count(t); i++) {
        const char *what, *time, *before;
        const json_t *d = transcript_at(t, i, &what, &time, &before);

        tell(time, what, d);
    }
    code = check(common, t, &a, &err);
    if (common->json)
        (void)cli_json_print(json_pack("{s:b, s:s, s:I, s:s}", "ok", code == VOX_OK, "hash", transcript_hash(t),
                                       "steps", (json_int_t)transcript_count(t), "why",
                                       code == VOX_OK ? "" : err.text));
    else if (code == VOX_OK)
        cli_say(common, "\nThe transcript holds; it ends with %s", transcript_hash(t));
    transcript_free(&t);
    return code == VOX_OK ? EXIT_DONE : common->json ? cli_status(code) : cli_report(common, a.file, &err);
}
