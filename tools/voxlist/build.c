#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/make_list.h>
#include <libcert/clock.h>
#include <libcert/name.h>

#include "build_options.h"
#include "gather.h"
#include "voxlist.h"

struct build_args {
    struct build_options list;
    bool rollback;
    const char *signer, *password_file;
};

enum { OPTION_SIGNER = 0x300, OPTION_PASSWORD, OPTION_ROLLBACK };

static const struct argp_option options[] = {
    BUILD_OPTIONS_OUTPUT,
    BUILD_OPTIONS_RECORDS,
    {"signer", OPTION_SIGNER, "KEYSOURCE", 0, "private key of the signer, when its certificate's file has none", 3},
    {"password-file", OPTION_PASSWORD, "FILE", 0, "password of the private key ('-': standard input)", 3},
    {"rollback", OPTION_ROLLBACK, NULL, 0,
     "an ITL with empty TVS and TFTP records: phones that take it have no security by default, and ask for none", 4},
    BUILD_OPTIONS_ELSE,
};

static void finish(const struct build_args *a, struct argp_state *state)
{
    if (a->rollback && a->list.kind == CLUSTER_CTL)
        argp_error(state, "--rollback: only an ITL can be blanked, a CTL cannot");
    if (a->rollback && a->list.members.n > 0)
        argp_error(state, "--rollback is for lists from the store, not from files");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct build_args *a = state->input;
    error_t done;

    switch (key) {
    case OPTION_SIGNER:
        a->signer = arg;
        return 0;
    case OPTION_PASSWORD:
        a->password_file = arg;
        return 0;
    case OPTION_ROLLBACK:
        a->rollback = true;
        return 0;
    default:
        done = build_options_parse(key, arg, state, &a->list);
        if (key == ARGP_KEY_END)
            finish(a, state);
        return done;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "ctl|itl -o FILE",
    .doc = "Build and sign a trust list: from certificates in files, or, without any, from the cluster's store.\v"
           "The same inputs and --timestamp give the same bytes. Nothing is published: 'voxlist publish' does that.",
};

/* Everything that a build holds. */
struct build {
    struct cli_common *common;
    struct build_args a;
    struct gathered from;
    const struct cert *signer;
    EVP_PKEY *key; /* NULL: whichever of the store's anchors can sign */
};

/* The private key in source, a file that people expect to hold one. */
static int open_key(struct build *b, const char *source)
{
    struct vox_error err;

    if (cli_key_open(b->common, source, b->a.password_file, &b->key, &err) == VOX_OK)
        return EXIT_DONE;
    if (b->a.signer == NULL && err.code == VOX_E_INPUT)
        vox_fail(&err, err.code, "%s; the private key of the signer can be named with --signer KEYSOURCE", err.text);
    return cli_report(b->common, source, &err);
}

/* As 'publish' does it: a token that is in its drawer is passed over for another token. */
static enum vox_err sign_by_anchor(struct build *b, struct bytes *out, struct vox_error *err)
{
    const struct password_source pass = cli_password(b->common, b->a.password_file);
    const struct list_making m = {.kind = b->a.list.kind,
                                  .composed = &b->from.composed,
                                  .params = making_params(&b->a.list.making, build_options_filename(&b->a.list)),
                                  .pass = &pass};
    const struct composed_anchor *by;
    enum vox_err code = cluster_make_list(b->from.store, &m, out, &by, err);

    if (code == VOX_OK)
        b->signer = by->cert;
    return code;
}

static json_t *describe(const struct build *b, struct bytes_view list, const struct lint_finding *found, size_t n)
{
    char sha256[65], fingerprint[CERT_FINGERPRINT_MAX];
    json_t *findings = making_findings_json(found, n);

    making_sha256(list, sha256);
    cert_fingerprint(b->signer, fingerprint);
    return findings == NULL
               ? NULL
               : json_pack("{s:s, s:o, s:o, s:I, s:s, s:I, s:s, s:s, s:o}", "kind", cluster_list_word(b->a.list.kind),
                           "file", cli_json_text(b->a.list.output), "filename",
                           cli_json_text(build_options_filename(&b->a.list)), "bytes", (json_int_t)list.len, "sha256",
                           sha256, "records", (json_int_t)b->from.nmembers, "signer", fingerprint, "digest",
                           digest_name((int)b->a.list.making.digest), "findings", findings);
}

/* What was made, to people or programs. */
static int say(const struct build *b, struct bytes_view file)
{
    const bool to_stdout = strcmp(b->a.list.output, "-") == 0;
    struct lint_finding *found = NULL;
    struct ctl_list *l = NULL;
    char *signer = NULL;
    struct vox_error err;
    int status = EXIT_DONE;
    size_t n = 0;

    if (ctl_list_read(file.data, file.len, &l, &err) != VOX_OK ||
        ctl_lint(l, clock_now(), &found, &n, &err) != VOX_OK ||
        name_text(cert_subject_der(b->signer), NAME_VENDOR, &signer, &err) != VOX_OK) {
        status = cli_report(b->common, NULL, &err);
        goto out;
    }
    making_findings(b->common, b->a.list.output, found, n);
    if (b->common->json)
        status = cli_json_print(describe(b, file, found, n));
    else if (!to_stdout)
        cli_say(b->common, "%s: %s of %zu record%s, %zu bytes, signed by %s (%s)", b->a.list.output,
                b->a.list.kind == CLUSTER_CTL ? "CTL" : "ITL", l->nrecords, l->nrecords == 1 ? "" : "s", file.len,
                signer, digest_name(l->header.digest));
out:
    free(signer);
    free(found);
    ctl_list_free(&l);
    return status;
}

static int build(struct build *b)
{
    const char *source = b->a.signer != NULL ? b->a.signer : b->from.signer_file;
    const struct ctl_build_params p = gathered_params(&b->from, &b->a.list);
    struct bytes file;
    struct vox_error err;
    enum vox_err code;
    int status;

    b->signer = b->from.signer;
    if (source != NULL && (status = open_key(b, source)) != EXIT_DONE)
        return status;
    code = source == NULL ? sign_by_anchor(b, &file, &err) : ctl_build(&p, b->key, &file, &err);
    if (code != VOX_OK)
        return cli_report(b->common, source == NULL ? NULL : b->a.list.output, &err);
    if (cli_write(b->a.list.output, file.data, file.len, 0644, &err) != VOX_OK)
        status = cli_report(b->common, b->a.list.output, &err);
    else
        status = say(b, bytes_view_of(&file));
    bytes_free(&file);
    return status;
}

int voxlist_build(struct cli_common *common, int argc, char **argv)
{
    struct build b = {.common = common, .a = {.list = build_options_defaults()}};
    int status;

    cli_parse(common, &argp, argc, argv, &b.a);
    if (common->json && strcmp(b.a.list.output, "-") == 0)
        status = cli_usage(common, "standard output cannot hold both the list (-o -) and JSON");
    else if ((status = gather(common, &b.a.list, b.a.rollback, &b.from)) == EXIT_DONE)
        status = build(&b);
    EVP_PKEY_free(b.key);
    gathered_free(&b.from);
    build_options_free(&b.a.list);
    return status;
}
