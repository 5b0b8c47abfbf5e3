#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/cert.h>
#include <libcert/clock.h>
#include <libcert/file.h>
#include <libcert/limits.h>

#include "import_rows.h"
#include "profile.h"
#include "voxcapf.h"

struct import_args {
    const char *file, *strings_to;
    bool check;
};

enum { OPT_STRINGS_TO = 0x100, OPT_CHECK };

static const struct argp_option options[] = {
    {"strings-to", OPT_STRINGS_TO, "FILE", 0,
     "write the authentication strings that are made into this new file (0600)", 0},
    {"check", OPT_CHECK, NULL, 0, "only look whether the table could be imported", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct import_args *a = state->input;

    switch (key) {
    case OPT_STRINGS_TO:
        a->strings_to = arg;
        return 0;
    case OPT_CHECK:
        a->check = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->file != NULL)
            argp_error(state, "one table at a time: %s", arg);
        a->file = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which CSV?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "CSV",
    .doc = "Set many phones from a table: all of it or nothing.\v"
           "The first line names the columns: device, and of operation, auth, string, key, by, expires those that are "
           "wanted; an empty field is as 'voxcapf set' without the option: as the phone's security profile says. -: "
           "standard input.",
};

/* What the import has done so far. */
struct job {
    const struct import_rows *in;
    int64_t now;
    size_t nnew;
    struct bytes strings; /* "device,string,expires" lines; secret */
    size_t cap;
};

enum { STRING_LINE_MAX = PHONE_NAME_MAX + PHONE_STRING_MAX + CLOCK_RFC3339_MAX + 4 };

static enum vox_err begin_strings(struct job *j, struct vox_error *err)
{
    static const char head[] = "device,string,expires\n";

    j->cap = sizeof head + j->in->ngenerate * STRING_LINE_MAX;
    if ((j->strings.data = malloc(j->cap)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    memcpy(j->strings.data, head, sizeof head - 1);
    j->strings.len = sizeof head - 1;
    return VOX_OK;
}

static void add_string(struct job *j, const struct order_result *r)
{
    char until[CLOCK_RFC3339_MAX];
    int n;

    clock_format(r->phone.string_expires, until);
    n = snprintf((char *)j->strings.data + j->strings.len, j->cap - j->strings.len, "%s,%s,%s\n", r->phone.name,
                 r->digits, until);
    j->strings.len += n > 0 ? (size_t)n : 0;
}

static enum vox_err apply_rows(struct store *s, const struct phones_key *key, struct job *j, struct vox_error *err)
{
    struct cli_progress *bar = cli_progress_new("phones", j->in->n);
    struct order_result r;
    enum vox_err code = VOX_OK;

    for (size_t i = 0; i < j->in->n && code == VOX_OK; i++) {
        memset(&r, 0, sizeof r);
        code = order_apply(s, key, j->in->rows[i].name, &j->in->rows[i].order, j->now, &r, err);
        j->nnew += !r.was_there;
        if (code == VOX_OK && r.digits[0] != '\0')
            add_string(j, &r);
        cli_progress_update(bar, i + 1);
    }
    OPENSSL_cleanse(&r, sizeof r);
    cli_progress_free(&bar);
    return code;
}

static enum vox_err audit(struct store *s, const struct import_args *a, const struct job *j, const char *sha256,
                          struct vox_error *err)
{
    char what[400];
    const char *slash = strrchr(a->file, '/');

    (void)snprintf(what, sizeof what, "voxcapf import %.200s (%zu phones, SHA-256 %s)",
                   slash != NULL ? slash + 1 : a->file, j->in->n, sha256);
    return audit_append(s, what, "done", err);
}

/* The strings' file comes before the commit: a phone whose string nobody knows would be worse than a string of no
 * phone. Whatever fails afterwards takes the file away again. */
static enum vox_err finish(struct store *s, const struct import_args *a, struct job *j, struct vox_error *err)
{
    enum vox_err code = VOX_OK;

    if (j->in->ngenerate > 0 &&
        (code = file_create(a->strings_to, j->strings.data, j->strings.len, 0600, err)) != VOX_OK)
        (void)vox_error_prefix(err, "%s", a->strings_to);
    if (code == VOX_E_EXISTS) /* somebody else's, since we looked */
        return code;
    if (code == VOX_OK)
        code = store_commit(s, err);
    if (code != VOX_OK && j->in->ngenerate > 0)
        (void)file_remove(a->strings_to, NULL);
    return code;
}

static enum vox_err import(struct store *s, const struct import_args *a, struct job *j, const char *sha256,
                           struct vox_error *err)
{
    struct phones_key *key = NULL;
    enum vox_err code = begin_strings(j, err);

    if (code == VOX_OK && j->in->ngenerate + j->in->nstrings > 0)
        code = phones_key_open(s, true, &key, err);
    if (code == VOX_OK)
        code = apply_rows(s, key, j, err);
    if (code == VOX_OK)
        code = audit(s, a, j, sha256, err);
    if (code == VOX_OK)
        code = finish(s, a, j, err);
    phones_key_free(&key);
    bytes_wipe(&j->strings);
    return code;
}

static void tell_profiles(const struct cli_common *common, const struct import_rows *in)
{
    if (in->nprofiles > 0)
        cli_say(common, "%zu of them by their security profiles ('voxcapf security-profile list')", in->nprofiles);
}

static int tell_done(const struct cli_common *common, const struct import_args *a, const struct job *j,
                     const char *sha256)
{
    bool strings = j->in->ngenerate > 0 && !a->check;

    if (common->json)
        return cli_json_print(json_pack("{s:o, s:s, s:b, s:I, s:o, s:o, s:I, s:o}", "file", cli_json_text(a->file),
                                        "sha256", sha256, "imported", !a->check, "phones", (json_int_t)j->in->n, "new",
                                        a->check ? json_null() : json_integer((json_int_t)j->nnew), "changed",
                                        a->check ? json_null() : json_integer((json_int_t)(j->in->n - j->nnew)),
                                        "by_profile", (json_int_t)j->in->nprofiles, "strings_file",
                                        strings ? cli_json_text(a->strings_to) : json_null()));
    if (a->check) {
        cli_say(common, "%s: %zu phones could be imported", a->file, j->in->n);
        tell_profiles(common, j->in);
        return EXIT_DONE;
    }
    cli_say(common, "%s: %zu phone%s imported, %zu of them new", a->file, j->in->n, j->in->n == 1 ? "" : "s", j->nnew);
    tell_profiles(common, j->in);
    if (strings)
        cli_say(common, "%s: %zu authentication string%s; they stand nowhere else", a->strings_to, j->in->ngenerate,
                j->in->ngenerate == 1 ? "" : "s");
    return EXIT_DONE;
}

static void warn_of_keys(const struct cli_common *common, struct store *s, const struct import_args *a,
                         const struct import_rows *in)
{
    struct capf_profile profile;
    size_t n = 0;

    if (profile_read(s, &profile, NULL) != VOX_OK)
        return; /* voxcapfd says so, and does not start with it */
    for (size_t i = 0; i < in->n; i++)
        n += in->rows[i].order.has_key && in->rows[i].order.operation == PHONE_INSTALL &&
             !profile_takes(&profile, &in->rows[i].order.key);
    if (n > 0)
        cli_warn(common, a->file,
                 "%zu keys are of a kind that is not certified: 'voxcapf profile' shows rsa-min and "
                 "rsa-max",
                 n);
}

/* What the profiles say counts in the transaction in which it is written down. */
static enum vox_err resolve(struct store *s, const struct import_args *a, const struct job *j, struct import_rows *in,
                            struct vox_error *err)
{
    struct phone_book *book = NULL;
    enum vox_err code = a->check ? VOX_OK : store_begin(s, err);

    if (code == VOX_OK)
        code = phone_book_open(s, &book, err);
    if (code == VOX_OK)
        code = import_rows_resolve(book, j->now, in, err);
    phone_book_free(&book);
    return code;
}

static int import_into(struct cli_common *common, struct store *s, const struct import_args *a, struct import_rows *in,
                       const char *sha256)
{
    struct job j = {.in = in, .now = clock_now()};
    struct vox_error err;

    if (resolve(s, a, &j, in, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    if (in->refused.n > 0)
        return refusals_tell(common, a->file, &in->refused);
    if (in->ngenerate > 0 && a->strings_to == NULL && !a->check)
        return cli_usage(common, "%zu phone%s get a generated authentication string: name a new file with --strings-to",
                         in->ngenerate, in->ngenerate == 1 ? "" : "s");
    if (in->ngenerate > 0 && !a->check && access(a->strings_to, F_OK) == 0) {
        (void)vox_fail(&err, VOX_E_EXISTS, "is there already: strings in it may still be needed; name another file");
        return cli_report(common, a->strings_to, &err);
    }
    if (!a->check && import(s, a, &j, sha256, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    warn_of_keys(common, s, a, in);
    return tell_done(common, a, &j, sha256);
}

static int run(struct cli_common *common, const struct import_args *a, struct import_rows *in, const char *sha256)
{
    struct store *s = NULL;
    struct vox_error err;
    int status;

    if (in->refused.n > 0)
        return refusals_tell(common, a->file, &in->refused);
    if (in->nstrings > 0 && strcmp(a->file, "-") != 0 && file_is_private(a->file) == 0)
        cli_warn(common, a->file, "authentication strings stand in it, and others may read it: chmod 600");
    if (cli_store_open(common, &s, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    status = import_into(common, s, a, in, sha256);
    store_rollback(s);
    store_close(&s);
    return status;
}

int voxcapf_import(struct cli_common *common, int argc, char **argv)
{
    struct import_args a = {.file = NULL};
    char sha256[CERT_FINGERPRINT_MAX];
    uint8_t digest[CERT_SHA256_LEN];
    struct import_rows in = {.rows = NULL};
    struct bytes file = {NULL, 0};
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_read(a.file, LIMIT_TABLE_FILE, &file, &err) != VOX_OK)
        return cli_report(common, a.file, &err);
    if (EVP_Digest(file.data, file.len, digest, NULL, EVP_sha256(), NULL) <= 0) {
        (void)vox_fail_openssl(&err, VOX_E_CRYPTO, "SHA-256 cannot be computed");
        status = cli_report(common, a.file, &err);
    } else if (import_rows_read(bytes_view_of(&file), clock_now(), &in, &err) != VOX_OK) {
        status = cli_report(common, a.file, &err);
    } else {
        hex_encode(digest, sizeof digest, sha256);
        status = run(common, &a, &in, sha256);
    }
    import_rows_free(&in);
    bytes_wipe(&file);
    return status;
}
