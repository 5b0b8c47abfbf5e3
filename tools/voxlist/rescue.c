#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <ctl/accept.h>
#include <ctl/verify.h>
#include <libcert/limits.h>
#include <libcert/name.h>

#include "making.h"
#include "rescue_have.h"
#include "voxlist.h"

enum { OPT_HELD = 0x400, OPT_HAVE, OPT_PASSWORD };

static const struct argp_option options[] = {
    {"held", OPT_HELD, "CTL[,ITL]", 0, "a list that phones hold, or two that they hold together; may be repeated", 0},
    {"have", OPT_HAVE, "CERT[,KEY]", 0, "a certificate whose key one has beside the store's; may be repeated", 0},
    {"output", 'o', "FILE", 0, "build a list there that all of them take", 0},
    {"node", 'n', "NODE", 0, "with itl: the node whose ITL it is", 0},
    {"password-file", OPT_PASSWORD, "FILE", 0, "password of the key, or PIN of its token ('-': standard input)", 0},
    {0},
};

struct rescue_args {
    bool has_kind;
    enum cluster_list kind;
    char **held, **have;
    size_t nheld, nhave;
    const char *output, *node, *password_file;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct rescue_args *a = state->input;

    switch (key) {
    case OPT_HELD:
        a->held[a->nheld++] = arg;
        return 0;
    case OPT_HAVE:
        a->have[a->nhave++] = arg;
        return 0;
    case 'o':
        a->output = arg;
        return 0;
    case 'n':
        a->node = arg;
        return 0;
    case OPT_PASSWORD:
        a->password_file = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->has_kind || !cluster_list_parse(arg, &a->kind))
            argp_error(state, "'%s': which list, ctl or itl?", arg);
        a->has_kind = true;
        return 0;
    case ARGP_KEY_END:
        if (!a->has_kind)
            argp_error(state, "which list: ctl or itl?");
        if (a->nheld == 0)
            argp_error(state, "what do phones hold? --held FILE");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "ctl|itl --held FILE",
    .doc = "Find out which key can still sign a list that phones take, when they refuse what is published.\v"
           "Tried are the keys of the store, retired ones too, and those of --have. With -o a list of the cluster is "
           "built, "
           "signed by one that all of them take, which it names as SAST. Exit status 1: no key does for all of them.",
};

/* What some phones hold. */
struct held_lists {
    const char *words;
    struct ctl_list *ctl, *itl;
};

struct rescue {
    struct cli_common *common;
    const struct rescue_args *a;
    struct store *store; /* NULL: none */
    struct held_lists *held;
    struct haves haves;
};

/* One file of "CTL,ITL", in either order. */
static enum vox_err read_one(const char *path, struct held_lists *h, struct vox_error *err)
{
    struct ctl_list *list = NULL;
    struct bytes file;
    enum vox_err code = cli_read(path, LIMIT_LIST_FILE, &file, err);

    if (code == VOX_OK) {
        code = ctl_list_read(file.data, file.len, &list, err);
        bytes_free(&file);
    }
    if (code == VOX_OK && (ctl_is_itl(list) ? h->itl : h->ctl) != NULL) {
        ctl_list_free(&list);
        code = vox_fail(err, VOX_E_USAGE, "two lists of a kind: phones hold one CTL and one ITL");
    }
    if (code != VOX_OK) {
        (void)vox_error_prefix(err, "%s", path);
        return code;
    }
    *(ctl_is_itl(list) ? &h->itl : &h->ctl) = list;
    return VOX_OK;
}

static enum vox_err read_held(const char *spec, struct held_lists *h, struct vox_error *err)
{
    const char *comma = strchr(spec, ',');
    char *first = comma != NULL ? strndup(spec, (size_t)(comma - spec)) : strdup(spec);
    enum vox_err code;

    h->words = spec;
    if (first == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if ((code = read_one(first, h, err)) == VOX_OK && comma != NULL)
        code = read_one(comma + 1, h, err);
    free(first);
    return code;
}

static void judge(const struct held_lists *h, const struct cert *cert, struct accept_result *r)
{
    const struct accept_held held = {.ctl = h->ctl, .itl = h->itl};

    accept_certificate(&held, cert, ACCEPT_FOR_LISTS, r);
}

/* Of how many held lists phones take it by themselves. */
static size_t helps(const struct rescue *x, const struct cert *cert)
{
    struct accept_result r;
    size_t n = 0;

    for (size_t i = 0; i < x->a->nheld; i++) {
        judge(&x->held[i], cert, &r);
        n += r.verdict == ACCEPT_YES;
    }
    return n;
}

static const struct have *best(const struct rescue *x, size_t *most)
{
    const struct have *found = NULL;

    *most = 0;
    for (size_t i = 0; i < x->haves.n; i++) {
        const size_t n = helps(x, x->haves.list[i].cert);

        if (n > *most) {
            *most = n;
            found = &x->haves.list[i];
        }
    }
    return found;
}

static int tell_json(const struct rescue *x, const struct have *chosen, bool all)
{
    char fingerprint[CERT_FINGERPRINT_MAX];
    json_t *rows = json_array();

    for (size_t i = 0; i < x->a->nheld; i++)
        for (size_t k = 0; k < x->haves.n; k++) {
            struct accept_result r;

            judge(&x->held[i], x->haves.list[k].cert, &r);
            cert_fingerprint(x->haves.list[k].cert, fingerprint);
            (void)json_array_append_new(rows, json_pack("{s:o, s:s, s:o, s:s, s:s, s:s}", "held",
                                                        cli_json_text(x->held[i].words), "signer", fingerprint, "where",
                                                        cli_json_text(x->haves.list[k].where), "verdict",
                                                        accept_word(r.verdict), "rule", r.rule, "why", r.why));
        }
    if (chosen != NULL)
        cert_fingerprint(chosen->cert, fingerprint);
    return cli_json_print(json_pack("{s:b, s:o, s:o}", "all", all, "signer",
                                    chosen != NULL ? json_string(fingerprint) : json_null(), "tried", rows));
}

static void tell_text(const struct rescue *x)
{
    struct cli_table *t = cli_table_new();

    cli_table_column(t, "HELD", CLI_COL_LEFT);
    cli_table_column(t, "SIGNER", CLI_COL_LEFT);
    cli_table_column(t, "KEY OF", CLI_COL_LEFT);
    cli_table_column(t, "WOULD BE", CLI_COL_LEFT);
    for (size_t i = 0; i < x->a->nheld; i++)
        for (size_t k = 0; k < x->haves.n; k++) {
            struct accept_result r;
            char *name = NULL, verdict[40];

            judge(&x->held[i], x->haves.list[k].cert, &r);
            (void)snprintf(verdict, sizeof verdict, "%s (%s)", accept_word(r.verdict), r.rule);
            if (name_text(cert_subject_der(x->haves.list[k].cert), NAME_RFC4514, &name, NULL) == VOX_OK)
                cli_table_row(t, (const char *const[]){x->held[i].words, name, x->haves.list[k].where, verdict});
            free(name);
        }
    if (!x->common->quiet)
        cli_table_print(t);
    cli_table_free(&t);
}

/* A list of the cluster as it is, with the one that signs among its SASTs. */
static enum vox_err build(const struct rescue *x, const struct have *h, struct vox_error *err)
{
    const struct compose_params cp = {.kind = x->a->kind, .node = x->a->node};
    const struct password_source pass = cli_password(x->common, x->a->password_file);
    struct making m = making_defaults();
    struct ctl_member *members = NULL;
    struct composed composed = {0};
    struct bytes out = {NULL, 0};
    EVP_PKEY *key = NULL;
    size_t n = 0;
    bool is_member = false;
    enum vox_err code;

    if (x->store == NULL)
        return vox_fail(err, VOX_E_NOT_FOUND,
                        "-o builds a list of the cluster, and there is no store: 'voxlist build' takes files");
    if (making_time(x->common, &m) != EXIT_DONE)
        return vox_fail(err, VOX_E_USAGE, "no time for the list");
    if ((code = cluster_compose(x->store, &cp, &composed, err)) != VOX_OK)
        return code;
    members = calloc(composed.nmembers + 1, sizeof *members);
    if (members == NULL) {
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
        goto out;
    }
    for (size_t i = 0; i < composed.nmembers; i++)
        is_member = is_member || (composed.members[i].role == ROLE_SAST && composed.members[i].cert != NULL &&
                                  cert_same(composed.members[i].cert, h->cert));
    if (!is_member)
        members[n++] = (struct ctl_member){
            .cert = h->cert, .role = ROLE_SAST, .dns_name = "", .has_ip = x->a->kind == CLUSTER_CTL};
    for (size_t i = 0; i < composed.nmembers; i++)
        members[n++] = composed.members[i];
    struct ctl_build_params p = making_params(&m, cluster_list_filename(x->a->kind));

    p.signer = h->cert;
    p.members = members;
    p.nmembers = n;
    code = h->of_store ? cluster_key_open(x->store, h->key_source, &pass, &key, err)
                       : cli_key_open(x->common, h->key_source, x->a->password_file, &key, err);
    if (code != VOX_OK)
        (void)vox_error_prefix(err, "%s", h->where);
    else if ((code = ctl_build(&p, key, &out, err)) == VOX_OK)
        code = cli_write(x->a->output, out.data, out.len, 0644, err);
out:
    EVP_PKEY_free(key);
    bytes_free(&out);
    free(members);
    composed_free(&composed);
    return code;
}

static int rescue(struct rescue *x)
{
    struct vox_error err;
    size_t most;
    const struct have *h = best(x, &most);
    const bool all = h != NULL && most == x->a->nheld;
    int status = EXIT_DONE;

    if (x->common->json)
        status = tell_json(x, h, all);
    else
        tell_text(x);
    if (status != EXIT_DONE)
        return status;
    if (!all) {
        (void)vox_fail(&err, VOX_E_NO,
                       h == NULL ? "no key that is there can sign a list that such phones take by themselves%s"
                                 : "no one key does for all of them: make a list for each group (--device of 'voxlist "
                                   "publish'), with --held for one group at a time%s",
                       h == NULL ? ": they ask a TVS where the table says so, else their lists are deleted by hand"
                                 : "");
        return cli_report(x->common, NULL, &err);
    }
    cli_say(x->common, "All of them take a list signed by the key of %s.", h->where);
    if (x->a->output == NULL)
        return EXIT_DONE;
    if (build(x, h, &err) != VOX_OK)
        return cli_report(x->common, NULL, &err);
    cli_say(x->common, "%s: built. 'voxlist publish %s --list %s --to DIR' puts it in place.", x->a->output,
            cluster_list_word(x->a->kind), x->a->output);
    return EXIT_DONE;
}

/* Without a store there may still be files. */
static enum vox_err gather(struct rescue *x, struct vox_error *err)
{
    enum vox_err code = cli_store_open(x->common, &x->store, err);

    if (code == VOX_OK)
        code = haves_of_store(x->store, &x->haves, err);
    else if (x->a->nhave > 0 && x->common->store_url == NULL)
        code = VOX_OK;
    for (size_t i = 0; code == VOX_OK && i < x->a->nhave; i++)
        code = haves_of_file(x->a->have[i], &x->haves, err);
    for (size_t i = 0; code == VOX_OK && i < x->a->nheld; i++)
        code = read_held(x->a->held[i], &x->held[i], err);
    return code;
}

int voxlist_rescue(struct cli_common *common, int argc, char **argv)
{
    struct rescue_args a = {.held = calloc((size_t)argc, sizeof *a.held), .have = calloc((size_t)argc, sizeof *a.have)};
    struct rescue x = {.common = common, .a = &a, .held = calloc((size_t)argc, sizeof *x.held)};
    struct vox_error err;
    int status;

    if (a.held == NULL || a.have == NULL || x.held == NULL) {
        (void)vox_fail(&err, VOX_E_MEMORY, "no memory");
        status = cli_report(common, NULL, &err);
    } else {
        cli_parse(common, &argp, argc, argv, &a);
        status = gather(&x, &err) == VOX_OK ? rescue(&x) : cli_report(common, NULL, &err);
    }
    for (size_t i = 0; x.held != NULL && i < a.nheld; i++) {
        ctl_list_free(&x.held[i].ctl);
        ctl_list_free(&x.held[i].itl);
    }
    haves_free(&x.haves);
    store_close(&x.store);
    free(x.held);
    free(a.held);
    free(a.have);
    return status;
}
