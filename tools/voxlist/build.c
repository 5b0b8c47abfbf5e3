#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/compose.h>
#include <cluster/make_list.h>
#include <cluster/prepared.h>
#include <cluster/qr.h>
#include <libcert/clock.h>
#include <libcert/limits.h>
#include <libcert/name.h>
#include <libcert/role.h>

#include "blank.h"
#include "making.h"
#include "members.h"
#include "voxlist.h"

struct build_args {
    bool has_kind, rollback, qr;
    enum cluster_list kind;
    const char *output, *signer, *signer_cert, *filename, *password_file, *node, *against;
    struct making making;
    struct named_members members;
};

enum {
    OPTION_ROLE = 0x400, /* and the role's number added */
    OPTION_SIGNER = 0x300,
    OPTION_SIGNER_CERT,
    OPTION_FILENAME,
    OPTION_PASSWORD,
    OPTION_NODE,
    OPTION_AGAINST,
    OPTION_ROLLBACK,
    OPTION_QR,
};

/* What build and prepare both take. */
#define ROWS_RECORDS                                                                                                    \
    {NULL, 0, NULL, 0, "Records, in the order given; FILE may be followed by ,dns=NAME and ,ip=ADDR:", 2},              \
        {"sast", OPTION_ROLE + ROLE_SAST, "FILE", 0, "a certificate that may sign lists; the first one signs", 2},      \
        {"ccm", OPTION_ROLE + ROLE_CCM, "FILE", 0, "call manager", 2},                                                  \
        {"ccm-tftp", OPTION_ROLE + ROLE_CCM_TFTP, "FILE", 0, "call manager that signs configuration files as well", 2}, \
        {"tftp", OPTION_ROLE + ROLE_TFTP, "FILE", 0, "signs configuration files", 2},                                   \
        {"capf", OPTION_ROLE + ROLE_CAPF, "FILE", 0, "issues certificates to phones", 2},                               \
        {"app-server", OPTION_ROLE + ROLE_APP_SERVER, "FILE", 0, "HTTPS service", 2},                                   \
        {"tvs", OPTION_ROLE + ROLE_TVS, "FILE", 0, "trust verification (ITL only)", 2},                                 \
        {NULL, 0, NULL, 0, "Signing:", 3},                                                                              \
        {"signer-cert", OPTION_SIGNER_CERT, "FILE", 0, "certificate of the signer, when it is not the first SAST", 3},  \
        MAKING_OPTIONS

#define ROWS_ELSE                                                                                                 \
    {NULL, 0, NULL, 0, "Else:", 4},                                                                               \
        {"filename", OPTION_FILENAME, "NAME", 0, "name inside the list (default CTLFile.tlv or ITLFile.tlv)", 4}, \
        {"node", OPTION_NODE, "NODE", 0, "from the store: the TFTP node whose ITL it is", 4},                     \
    {                                                                                                             \
        NULL, 0, NULL, 0, NULL, 0                                                                                 \
    }

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "where to ('-': standard output)", 1},
    ROWS_RECORDS,
    {"signer", OPTION_SIGNER, "KEYSOURCE", 0, "private key of the signer, when its certificate's file has none", 3},
    {"password-file", OPTION_PASSWORD, "FILE", 0, "password of the private key ('-': standard input)", 3},
    {"rollback", OPTION_ROLLBACK, NULL, 0,
     "an ITL with empty TVS and TFTP records: phones that take it have no security by default, and ask for none", 4},
    ROWS_ELSE,
};

static const struct argp_option prepare_options[] = {
    {"output", 'o', "FILE", 0, "where to ('-': standard output)", 1},
    {"against", OPTION_AGAINST, "LIST", 0, "the list that phones hold: what changes is said in FILE", 1},
    {"qr", OPTION_QR, NULL, 0, "the check number as a QR code, too: in FILE as well, and not on terminals alone", 1},
    ROWS_RECORDS,
    ROWS_ELSE,
};

static void take_member(struct build_args *a, int role, const char *spec, struct argp_state *state)
{
    struct vox_error err;

    if (members_add(&a->members, role, spec, &err) != VOX_OK)
        argp_error(state, "--%s %s: %s", role_word(role), spec, err.text);
}

static void finish(const struct build_args *a, struct argp_state *state)
{
    if (!a->has_kind)
        argp_error(state, "which list: ctl or itl?");
    if (a->output == NULL)
        argp_error(state, "where to? -o FILE");
    if (a->node != NULL && a->members.n > 0)
        argp_error(state, "--node is for lists from the store, not from files");
    if (a->node != NULL && a->kind == CLUSTER_CTL)
        argp_error(state, "--node: there is one CTL for all nodes");
    if (a->rollback && a->kind == CLUSTER_CTL)
        argp_error(state, "--rollback: only an ITL can be blanked, a CTL cannot");
    if (a->rollback && a->members.n > 0)
        argp_error(state, "--rollback is for lists from the store, not from files");
    if (a->members.n > 0 && a->signer_cert == NULL && members_first(&a->members, ROLE_SAST) == NULL)
        argp_error(state, "nobody to sign: name a --sast, or --signer-cert and --signer");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct build_args *a = state->input;

    switch (key) {
    case 'o':
        a->output = arg;
        return 0;
    case OPTION_SIGNER:
        a->signer = arg;
        return 0;
    case OPTION_SIGNER_CERT:
        a->signer_cert = arg;
        return 0;
    case OPTION_FILENAME:
        if (arg[0] == '\0' || strchr(arg, '/') != NULL)
            argp_error(state, "--filename: '%s' is no file name", arg);
        a->filename = arg;
        return 0;
    case OPTION_PASSWORD:
        a->password_file = arg;
        return 0;
    case OPTION_AGAINST:
        a->against = arg;
        return 0;
    case OPTION_QR:
        a->qr = true;
        return 0;
    case OPTION_ROLLBACK:
        a->rollback = true;
        return 0;
    case OPTION_NODE:
        a->node = arg;
        return 0;
    case OPTION_ROLE + ROLE_SAST:
    case OPTION_ROLE + ROLE_CCM:
    case OPTION_ROLE + ROLE_CCM_TFTP:
    case OPTION_ROLE + ROLE_TFTP:
    case OPTION_ROLE + ROLE_CAPF:
    case OPTION_ROLE + ROLE_APP_SERVER:
    case OPTION_ROLE + ROLE_TVS:
        take_member(a, key - OPTION_ROLE, arg, state);
        return 0;
    case ARGP_KEY_ARG:
        if (a->has_kind)
            argp_error(state, "one list at a time, not '%s' as well; certificates go behind options such as --ccm",
                       arg);
        if (!cluster_list_parse(arg, &a->kind))
            argp_error(state, "'%s' is no kind of list: ctl or itl", arg);
        a->has_kind = true;
        return 0;
    case ARGP_KEY_END:
        finish(a, state);
        return 0;
    default:
        return making_parse(key, arg, state, &a->making);
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "ctl|itl -o FILE",
    .doc = "Build and sign a trust list: from certificates in files, or, without any, from the cluster's store.\v"
           "The same inputs and --timestamp give the same bytes. Nothing is published: 'voxlist publish' does that.",
};

static const struct argp prepare_argp = {
    .options = prepare_options,
    .parser = parse,
    .args_doc = "ctl|itl -o FILE",
    .doc = "Build a trust list for somebody else to sign: on another machine, with a key on a token.\v"
           "FILE says in words what is to be signed. 'voxtoken sign' signs it there, 'voxlist attach' puts the "
           "signature into "
           "the list here.",
};

/* Everything that a build holds. */
struct build {
    struct cli_common *common;
    struct build_args a;
    struct store *store;
    struct composed composed;
    struct cert *signer_cert; /* --signer-cert */
    struct ctl_member *members;
    size_t nmembers;
    const struct cert *signer;
    EVP_PKEY *key;
    bool any_anchor; /* the signer is the first anchor of the store that can sign */
    bool prepare;    /* for signing elsewhere: no key is opened */
};

static int no_memory(const struct build *b)
{
    struct vox_error err;

    vox_fail(&err, VOX_E_MEMORY, "no memory");
    return cli_report(b->common, NULL, &err);
}

/* The members of p, with the signer in front unless it is among the SASTs. */
static int gather(struct build *b, const struct ctl_member *list, size_t n)
{
    bool is_member = false;

    b->members = calloc(n + 1, sizeof *b->members);
    if (b->members == NULL)
        return no_memory(b);
    for (size_t i = 0; i < n && !is_member; i++)
        is_member = list[i].role == ROLE_SAST && list[i].cert != NULL && cert_same(list[i].cert, b->signer);
    if (!is_member)
        b->members[b->nmembers++] = (struct ctl_member){
            .cert = b->signer, .role = ROLE_SAST, .dns_name = b->store != NULL ? "" : NULL, .has_ip = b->store != NULL};
    for (size_t i = 0; i < n; i++)
        b->members[b->nmembers++] = list[i];
    return EXIT_DONE;
}

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

static int from_files(struct build *b)
{
    const struct named_member *first = members_first(&b->a.members, ROLE_SAST);
    const char *signer_file = b->a.signer_cert != NULL ? b->a.signer_cert : first->file;
    struct ctl_member *list;
    int status;

    if ((status = members_load(b->common, &b->a.members)) != EXIT_DONE)
        return status;
    b->signer = b->signer_cert != NULL ? b->signer_cert : first->cert;
    if (!b->prepare && (status = open_key(b, b->a.signer != NULL ? b->a.signer : signer_file)) != EXIT_DONE)
        return status;
    if ((list = calloc(b->a.members.n + 1, sizeof *list)) == NULL)
        return no_memory(b);
    for (size_t i = 0; i < b->a.members.n; i++) {
        const struct named_member *x = &b->a.members.list[i];

        list[i] = (struct ctl_member){.cert = x->cert, .role = x->role, .dns_name = x->dns, .has_ip = x->has_ip};
        memcpy(list[i].ip, x->ip, sizeof x->ip);
    }
    status = gather(b, list, b->a.members.n);
    free(list);
    return status;
}

static int from_store(struct build *b)
{
    const struct compose_params p = {.kind = b->a.kind, .node = b->a.node};
    struct vox_error err;
    int status;

    if (cli_store_open(b->common, &b->store, &err) != VOX_OK ||
        cluster_compose(b->store, &p, &b->composed, &err) != VOX_OK)
        return cli_report(b->common, NULL, &err);
    making_notes(b->common, &b->composed);
    if (b->a.rollback) {
        if (blank_confirm(b->common, b->store, &err) != VOX_OK)
            return cli_report(b->common, NULL, &err);
        b->composed.nmembers = blank_members(b->composed.members, b->composed.nmembers);
    }
    b->signer = b->signer_cert != NULL ? b->signer_cert : b->composed.anchors[0].cert;
    b->any_anchor = !b->prepare && b->a.signer == NULL && b->a.signer_cert == NULL;
    if (!b->prepare && !b->any_anchor &&
        (status = open_key(b, b->a.signer != NULL ? b->a.signer : b->a.signer_cert)) != EXIT_DONE)
        return status;
    return gather(b, b->composed.members, b->composed.nmembers);
}

/* As 'publish' does it: a token that is in its drawer is passed over for another token. */
static enum vox_err sign_by_anchor(struct build *b, const char *filename, struct bytes *out, struct vox_error *err)
{
    const struct password_source pass = cli_password(b->common, b->a.password_file);
    const struct list_making m = {
        .kind = b->a.kind, .composed = &b->composed, .params = making_params(&b->a.making, filename), .pass = &pass};
    const struct composed_anchor *by;
    enum vox_err code = cluster_make_list(b->store, &m, out, &by, err);

    if (code == VOX_OK)
        b->signer = by->cert;
    return code;
}

static json_t *describe(const struct build *b, const char *filename, struct bytes_view list,
                        const struct lint_finding *found, size_t n)
{
    char sha256[65], fingerprint[CERT_FINGERPRINT_MAX];
    json_t *findings = making_findings_json(found, n);

    making_sha256(list, sha256);
    cert_fingerprint(b->signer, fingerprint);
    return findings == NULL
               ? NULL
               : json_pack("{s:s, s:o, s:o, s:I, s:s, s:I, s:s, s:s, s:o}", "kind", cluster_list_word(b->a.kind),
                           "file", cli_json_text(b->a.output), "filename", cli_json_text(filename), "bytes",
                           (json_int_t)list.len, "sha256", sha256, "records", (json_int_t)b->nmembers, "signer",
                           fingerprint, "digest", digest_name((int)b->a.making.digest), "findings", findings);
}

/* What was made, to people or programs. */
static int say(const struct build *b, const char *filename, struct bytes_view file)
{
    const bool to_stdout = strcmp(b->a.output, "-") == 0;
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
    making_findings(b->common, b->a.output, found, n);
    if (b->common->json)
        status = cli_json_print(describe(b, filename, file, found, n));
    else if (!to_stdout)
        cli_say(b->common, "%s: %s of %zu record%s, %zu bytes, signed by %s (%s)", b->a.output,
                b->a.kind == CLUSTER_CTL ? "CTL" : "ITL", l->nrecords, l->nrecords == 1 ? "" : "s", file.len, signer,
                digest_name(l->header.digest));
out:
    free(signer);
    free(found);
    ctl_list_free(&l);
    return status;
}

static enum vox_err tell_prepared(const struct build *b, const struct prepared_list *p, struct vox_error *err)
{
    enum vox_err code = prepared_tell(p, stdout, err);

    if (code != VOX_OK || (!b->a.qr && !cli_takes_blocks(STDOUT_FILENO)))
        return code;
    printf("\n");
    return qr_print(p->check, cli_colour(STDOUT_FILENO, "30;107"), cli_colour(STDOUT_FILENO, "0"), stdout, err);
}

/* What phones hold now. An empty file is no list: taken for none, it would hide what changes. */
static enum vox_err read_present(const struct build *b, struct bytes *out, struct vox_error *err)
{
    struct ctl_list *list = NULL;
    enum vox_err code;

    if (b->a.against == NULL)
        return VOX_OK;
    if ((code = cli_read(b->a.against, LIMIT_LIST_FILE, out, err)) != VOX_OK ||
        (code = ctl_list_read(out->data, out->len, &list, err)) != VOX_OK)
        (void)vox_error_prefix(err, "%s", b->a.against);
    ctl_list_free(&list);
    return code;
}

/* The list without its signature, and what phones hold now, for another machine. */
static int write_prepared(const struct build *b, const struct ctl_build_params *p)
{
    struct bytes list = {NULL, 0}, present = {NULL, 0}, file = {NULL, 0};
    struct prepared_list prepared = {0};
    struct vox_error err;
    enum vox_err code = read_present(b, &present, &err);

    if (code == VOX_OK && (code = ctl_build_unsigned(p, &list, &err)) == VOX_OK &&
        (code = prepared_make(bytes_view_of(&list), bytes_view_of(&present), &prepared, &err)) == VOX_OK &&
        (code = prepared_write(&prepared, b->a.qr, &file, &err)) == VOX_OK &&
        (code = cli_write(b->a.output, file.data, file.len, 0644, &err)) != VOX_OK)
        (void)vox_error_prefix(&err, "%s", b->a.output);
    if (code == VOX_OK && !b->common->quiet && !b->common->json && strcmp(b->a.output, "-") != 0)
        code = tell_prepared(b, &prepared, &err);
    if (code == VOX_OK && b->common->json)
        (void)cli_json_print(json_pack("{s:s, s:s, s:I}", "kind", cluster_list_word(b->a.kind), "check", prepared.check,
                                       "records", (json_int_t)prepared.list->nrecords));
    prepared_clear(&prepared);
    bytes_free(&list);
    bytes_free(&present);
    bytes_free(&file);
    return code == VOX_OK ? EXIT_DONE : cli_report(b->common, NULL, &err);
}

static int build(struct build *b)
{
    const char *filename = b->a.filename != NULL ? b->a.filename : cluster_list_filename(b->a.kind);
    struct ctl_build_params p;
    struct vox_error err;
    struct bytes file;
    enum vox_err code;
    int status;

    if ((status = making_time(b->common, &b->a.making)) != EXIT_DONE)
        return status;
    if (b->a.signer_cert != NULL && cli_cert_open(b->a.signer_cert, &b->signer_cert, &err) != VOX_OK)
        return cli_report(b->common, b->a.signer_cert, &err);
    if ((status = b->a.members.n > 0 ? from_files(b) : from_store(b)) != EXIT_DONE)
        return status;
    p = making_params(&b->a.making, filename);
    p.signer = b->signer;
    p.members = b->members;
    p.nmembers = b->nmembers;
    if (b->prepare)
        return write_prepared(b, &p);
    code = b->any_anchor ? sign_by_anchor(b, filename, &file, &err) : ctl_build(&p, b->key, &file, &err);
    if (code != VOX_OK)
        return cli_report(b->common, b->any_anchor ? NULL : b->a.output, &err);
    if (cli_write(b->a.output, file.data, file.len, 0644, &err) != VOX_OK)
        status = cli_report(b->common, b->a.output, &err);
    else
        status = say(b, filename, bytes_view_of(&file));
    bytes_free(&file);
    return status;
}

static int run(struct build *b, const struct argp *how, int argc, char **argv)
{
    int status;

    cli_parse(b->common, how, argc, argv, &b->a);
    if (b->common->json && strcmp(b->a.output, "-") == 0)
        status = cli_usage(b->common, "standard output cannot hold both the list (-o -) and JSON");
    else
        status = build(b);
    EVP_PKEY_free(b->key);
    free(b->members);
    cert_free(&b->signer_cert);
    composed_free(&b->composed);
    members_free(&b->a.members);
    store_close(&b->store);
    return status;
}

int voxlist_build(struct cli_common *common, int argc, char **argv)
{
    struct build b = {.common = common, .a = {.making = making_defaults()}};

    return run(&b, &argp, argc, argv);
}

int voxlist_prepare(struct cli_common *common, int argc, char **argv)
{
    struct build b = {.common = common, .a = {.making = making_defaults()}, .prepare = true};

    return run(&b, &prepare_argp, argc, argv);
}
