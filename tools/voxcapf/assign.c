#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/limits.h>

#include "assign_rows.h"
#include "device.h"
#include "find_profile.h"
#include "voxcapf.h"

struct assign_args {
    struct devices words; /* the profile, unless --none or a table names it, then devices */
    const char *profile;  /* NULL: the table's column; "": --none */
    struct devices devices;
    struct assign_filter filter;
    char model[PHONE_PROFILE_MODEL_MAX];
    const char *csv;
    char sha256[CERT_FINGERPRINT_MAX]; /* of the table */
    bool none, strangers, check;
};

enum { OPT_PATTERN = 0x100, OPT_MODEL, OPT_FROM, OPT_CSV, OPT_NEW, OPT_CHECK, OPT_NONE };

static const struct argp_option options[] = {
    {"pattern", OPT_PATTERN, "GLOB", 0, "all known phones whose names match: 'SEP0011*' (quote it)", 0},
    {"model", OPT_MODEL, "MODEL", 0, "all known phones of that model or family: 8841, 88xx", 0},
    {"from", OPT_FROM, "OLD", 0, "all phones to which the profile OLD is assigned", 0},
    {"csv", OPT_CSV, "FILE", 0, "those of a table with the column device, and profile unless PROFILE is named", 0},
    {"none", OPT_NONE, NULL, 0, "in place of PROFILE: take away what was assigned", 0},
    {"new", OPT_NEW, NULL, 0, "also phones that are not known yet", 0},
    {"check", OPT_CHECK, NULL, 0, "only say what would be done", 0},
    {0},
};

static void settle(struct assign_args *a, struct argp_state *state)
{
    const bool match = a->filter.pattern != NULL || a->filter.model != NULL || a->filter.from != NULL;
    size_t first = 0;

    if (a->none)
        a->profile = "";
    else if (a->words.n > 0)
        a->profile = a->words.names[first++];
    a->devices = (struct devices){a->words.names + first, a->words.n - first};
    if (a->profile == NULL && a->csv == NULL)
        argp_error(state, "which PROFILE?");
    if ((a->devices.n > 0) + match + (a->csv != NULL) > 1)
        argp_error(state, "name DEVICEs, or a pattern (--pattern, --model, --from), or a table (--csv)");
    if (a->devices.n == 0 && !match && a->csv == NULL)
        argp_error(state, "which phones: DEVICE..., --pattern, --model, --from or --csv?");
    if (a->strangers && match)
        argp_error(state, "--new is about phones that are named, one by one or in a table");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct assign_args *a = state->input;

    switch (key) {
    case OPT_PATTERN:
        a->filter.pattern = arg;
        return 0;
    case OPT_MODEL:
        if (!phone_profile_model(arg, a->model) || a->model[0] == '\0')
            argp_error(state, "--model %s: not known; a model as 8841, or a family as 88xx", arg);
        a->filter.model = a->model;
        return 0;
    case OPT_FROM:
        a->filter.from = arg;
        return 0;
    case OPT_CSV:
        a->csv = arg;
        return 0;
    case OPT_NONE:
        a->none = true;
        return 0;
    case OPT_NEW:
        a->strangers = true;
        return 0;
    case OPT_CHECK:
        a->check = true;
        return 0;
    case ARGP_KEY_ARG:
        if (!devices_add(&a->words, arg))
            argp_failure(state, EXIT_ENVIRONMENT, 0, "no memory");
        return 0;
    case ARGP_KEY_END:
        settle(a, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "PROFILE DEVICE...\nPROFILE --pattern GLOB\n[PROFILE] --csv FILE\n--none DEVICE...",
    .doc =
        "Give a security profile to phones: all of them or none. A pattern asks first. What waits for a phone already "
        "stays as it was ordered.\v"
        "--pattern, --model and --from can be combined: who matches all of them. -: standard input.",
};

/* --- whom it means --- */

static enum vox_err read_table(struct assign_args *a, struct assign_rows *r, struct vox_error *err)
{
    uint8_t digest[CERT_SHA256_LEN];
    struct bytes file = {NULL, 0};
    enum vox_err code = cli_read(a->csv, LIMIT_TABLE_FILE, &file, err);

    if (code == VOX_OK && EVP_Digest(file.data, file.len, digest, NULL, EVP_sha256(), NULL) <= 0)
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "SHA-256 cannot be computed");
    if (code == VOX_OK) {
        hex_encode(digest, sizeof digest, a->sha256);
        code = assign_table_read(bytes_view_of(&file), a->profile, r, err);
    }
    bytes_free(&file);
    return code;
}

static enum vox_err collect(const struct assign_args *a, struct store *s, const struct phone_book *book,
                            struct assign_rows *r, struct vox_error *err)
{
    const struct phone_profile *p;
    enum vox_err code = VOX_OK;

    if (a->profile != NULL && !a->none && (code = find_profile(s, book, a->profile, &p, err)) != VOX_OK)
        return code;
    if (a->filter.from != NULL && (code = find_profile(s, book, a->filter.from, &p, err)) != VOX_OK)
        return code;
    for (size_t i = 0; i < a->devices.n; i++) {
        if (!assign_rows_add(r, a->devices.names[i], a->profile, 0))
            return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    if (a->devices.n > 0 || a->csv != NULL)
        return VOX_OK;
    code = assign_rows_match(book, &a->filter, a->profile, r, err);
    return code == VOX_OK && r->n == 0 ? vox_fail(err, VOX_E_NO, "no known phone matches") : code;
}

/* In a transaction, or for a look; r has its rows already when again. */
static enum vox_err judge(const struct assign_args *a, struct store *s, bool again, struct assign_rows *r,
                          struct vox_error *err)
{
    struct phone_book *book = NULL;
    int tls_min;
    enum vox_err code = phone_book_open(s, &book, err);

    if (code == VOX_OK && !again)
        code = collect(a, s, book, r, err);
    if (code == VOX_OK)
        code = find_tls_min(s, &tls_min, err);
    if (code == VOX_OK)
        code = assign_rows_judge(book, tls_min, a->strangers, r, err);
    phone_book_free(&book);
    return code;
}

/* --- doing it --- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static enum vox_err audit(struct store *s, const struct assign_args *a, const struct assign_rows *r,
                          struct vox_error *err)
{
    const char *profile = a->profile == NULL ? "" : a->none ? " --none" : a->profile;
    char *names = a->devices.n > 0 ? devices_text(&a->devices) : NULL, *what = NULL;
    const char *space = a->profile != NULL && !a->none ? " " : "";
    int n = -1;
    enum vox_err code;

    if (names != NULL)
        n = asprintf(&what, "voxcapf assign%s%s: %s", space, profile, names);
    else if (a->csv != NULL)
        n = asprintf(&what, "voxcapf assign%s%s (%.200s, %zu phones, SHA-256 %s)", space, profile, base_name(a->csv),
                     r->n, a->sha256);
    else if (a->devices.n == 0)
        n = asprintf(&what, "voxcapf assign%s%s (%zu phones%s%.64s%s%s%s%.64s)", space, profile, r->n,
                     a->filter.pattern != NULL ? ", pattern " : "", a->filter.pattern != NULL ? a->filter.pattern : "",
                     a->filter.model != NULL ? ", model " : "", a->filter.model != NULL ? a->filter.model : "",
                     a->filter.from != NULL ? ", from " : "", a->filter.from != NULL ? a->filter.from : "");
    code = n >= 0 ? audit_append(s, what, "done", err) : vox_fail(err, VOX_E_MEMORY, "no memory");
    free(names);
    free(what);
    return code;
}

/* VOX_OK with refusals: nothing was written. */
static enum vox_err assign(struct store *s, const struct assign_args *a, bool again, struct assign_rows *r,
                           struct vox_error *err)
{
    enum vox_err code = store_begin(s, err);

    if (code == VOX_OK)
        code = judge(a, s, again, r, err);
    if (code == VOX_OK && r->refused.n == 0 && r->fresh + r->changed > 0) {
        if ((code = assign_rows_apply(s, r, err)) == VOX_OK && (code = audit(s, a, r, err)) == VOX_OK)
            code = store_commit(s, err);
    }
    store_rollback(s);
    return code;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void describe(const struct assign_args *a, const struct assign_rows *r, char *out, size_t outlen)
{
    if (a->none)
        (void)snprintf(out, outlen, "%zu phone%s: %zu with an assigned profile, %zu without", r->n, plural(r->n),
                       r->changed, r->same);
    else
        (void)snprintf(out, outlen, "%zu phone%s: %zu without one, %zu with another, %zu with this one already", r->n,
                       plural(r->n), r->fresh, r->changed, r->same);
}

static void warn(const struct cli_common *common, const struct assign_rows *r)
{
    if (r->no_model > 0)
        cli_warn(common, NULL,
                 "of %zu phone%s (%s ...) the model is not known, so nobody looked whether the profile is for it: "
                 "'voxtrust phones import' tells models",
                 r->no_model, plural(r->no_model), r->sample_model);
    if (r->no_lsc > 0)
        cli_warn(common, NULL,
                 "%zu phone%s (%s ...) have no LSC from here to prove themselves with: they can show the "
                 "manufacturer's certificate, or get the first one by 'voxcapf set --auth string'",
                 r->no_lsc, plural(r->no_lsc), r->sample_lsc);
    if (r->string_alone > 0)
        cli_warn(common, NULL,
                 "%zu phone%s without an LSC get a secure mode and prove themselves with a string, which is entered on "
                 "a phone that is registered non-secure: 'voxcapf set --auth mic' for the first LSC",
                 r->string_alone, plural(r->string_alone));
}

static int tell(const struct cli_common *common, const struct assign_args *a, const struct assign_rows *r)
{
    const bool named = a->profile != NULL && !a->none;
    char text[160];

    warn(common, r);
    if (common->json)
        return cli_json_print(json_pack("{s:o, s:b, s:I, s:I, s:I, s:I, s:I, s:I}", "profile",
                                        named ? json_string(a->profile) : json_null(), "assigned", !a->check, "phones",
                                        (json_int_t)r->n, "new", (json_int_t)r->fresh, "changed",
                                        (json_int_t)r->changed, "same", (json_int_t)r->same, "model_unknown",
                                        (json_int_t)r->no_model, "without_lsc", (json_int_t)r->no_lsc));
    describe(a, r, text, sizeof text);
    cli_say(common, "%s%s%s",
            named     ? a->profile
            : a->none ? "no profile"
                      : a->csv,
            a->check ? " would be for " : ": ", text);
    return EXIT_DONE;
}

/* A pattern can mean more than one thinks. The lock of the store is not held while somebody thinks. */
static enum vox_err ask(struct cli_common *common, struct store *s, const struct assign_args *a, struct assign_rows *r,
                        struct vox_error *err)
{
    char text[160];
    enum vox_err code = judge(a, s, false, r, err);

    if (code != VOX_OK || r->refused.n > 0 || a->check)
        return code;
    describe(a, r, text, sizeof text);
    if (!cli_confirm(common, "%s%s for %s?", a->none ? "No profile any more" : "Profile ", a->none ? "" : a->profile,
                     text))
        return vox_fail(err, VOX_E_NO, "nothing was changed (--yes answers the question)");
    return VOX_OK;
}

static enum vox_err run(struct cli_common *common, struct assign_args *a, struct store **s, struct assign_rows *r,
                        struct vox_error *err)
{
    const bool pattern = a->devices.n == 0 && a->csv == NULL;
    enum vox_err code = devices_check(&a->devices, err);

    if (code == VOX_OK && a->csv != NULL)
        code = read_table(a, r, err);
    if (code != VOX_OK || r->refused.n > 0)
        return code;
    if ((code = cli_store_open(common, s, err)) != VOX_OK)
        return code;
    if ((pattern || a->check) && ((code = ask(common, *s, a, r, err)) != VOX_OK || r->refused.n > 0 || a->check))
        return code;
    return assign(*s, a, pattern, r, err);
}

int voxcapf_assign(struct cli_common *common, int argc, char **argv)
{
    struct assign_rows rows = {.rows = NULL};
    struct assign_args a = {.profile = NULL};
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (run(common, &a, &s, &rows, &err) != VOX_OK)
        status = cli_report(common, a.csv != NULL && s == NULL ? a.csv : NULL, &err);
    else if (rows.refused.n > 0)
        status = refusals_tell(common, a.csv, &rows.refused);
    else
        status = tell(common, &a, &rows);
    assign_rows_free(&rows);
    devices_free(&a.words);
    store_close(&s);
    return status;
}
