#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/admit.h>
#include <cluster/view.h>
#include <libcert/audit.h>
#include <libcert/clock.h>
#include <libcert/inventory.h>

#include "bundle_file.h"
#include "voxtrust.h"

enum { OPT_DIGEST = 0x100, OPT_DRY_RUN, STORES_MAX = 8, SUBJECT_TEXT = 200 };

struct import_args {
    const char *file, *digest;
    bool dry_run, force;
};

static const struct argp_option options[] = {
    {"digest", OPT_DIGEST, "HEX", 0,
     "the digest of the bundle as the other side printed it, 16 digits at least (default: you are asked for it)", 0},
    {"dry-run", OPT_DRY_RUN, NULL, 0, "show what would be taken, and change nothing", 0},
    {"force", 'f', NULL, 0, "take expired certificates, too", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct import_args *a = state->input;

    switch (key) {
    case OPT_DIGEST:
        a->digest = arg;
        return 0;
    case OPT_DRY_RUN:
        a->dry_run = true;
        return 0;
    case 'f':
        a->force = true;
        return 0;
    default:
        return bundle_file_arg(key, arg, state, &a->file);
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Put the certificates of another cluster into the trust stores where phones that move between the two need "
           "them, and keep its lists. All of them or none.\v"
           "What makes a bundle to be believed is its digest: ask the administrator of the other cluster for it, not "
           "the file. Certificates that stand there already are told, and stay as they are. Trust lists name the new "
           "ones when they are published next: 'voxtrust bundle check' tells what to do.",
};

/* A certificate on its way into one trust store. */
struct placement {
    const struct foreign_cert *from;
    const char *store;
    enum { TAKEN, DUPLICATE, OWN, REFUSED } what;
};

/* An import in the making. */
struct import {
    struct cli_common *common;
    const struct import_args *a;
    const struct bundle_file *b;
    struct store *s;
    struct store_binding *present;
    size_t npresent;
    struct admit in[STORES_MAX]; /* one for each trust store that gets something */
    size_t nin;
    struct placement *all;
    size_t n;
    json_t *near;
    bool shown; /* what would be done was told already */
};

static const char *const words[] = {"new", "there already", "our own: left out", "refused"};

/* --- what would be done --- */

static bool is_own(const struct import *m, const struct cert *c)
{
    enum service service;

    for (size_t i = 0; i < m->npresent; i++) {
        const struct store_binding *b = &m->present[i];

        if (b->cert != NULL && service_parse(b->place, &service) && cert_same(b->cert, c))
            return true;
    }
    return false;
}

static enum vox_err find_admit(struct import *m, const char *store, struct admit **out, struct vox_error *err)
{
    const struct admit_params p = {.place = store,
                                   .node = "",
                                   .role = foreign_role(store),
                                   .may_force = true,
                                   .force = m->a->force,
                                   .now = clock_now()};
    enum vox_err code;

    for (size_t i = 0; i < m->nin; i++) {
        if (strcmp(m->in[i].p.place, store) == 0) {
            *out = &m->in[i];
            return VOX_OK;
        }
    }
    if (m->nin == STORES_MAX)
        return vox_fail(err, VOX_E_INPUT, "more trust stores than there are");
    if ((code = admit_open(m->s, &p, &m->in[m->nin], err)) == VOX_OK)
        *out = &m->in[m->nin++];
    return code;
}

/* Refusals are told one by one: one look at the output is enough. */
static enum vox_err place(struct import *m, const struct foreign_cert *c, const char *store, struct vox_error *err)
{
    struct placement *p = &m->all[m->n++];
    char note[VOX_ERROR_TEXT_MAX];
    struct admit *in;
    enum vox_err code;

    *p = (struct placement){.from = c, .store = store, .what = OWN};
    if (is_own(m, c->cert))
        return VOX_OK;
    if ((code = find_admit(m, store, &in, err)) != VOX_OK)
        return code;
    code = admit_cert(in, c->cert, note, sizeof note, err);
    if (code == VOX_E_EXISTS) {
        p->what = DUPLICATE;
    } else if (code == VOX_E_INPUT) {
        p->what = REFUSED;
        (void)cli_report(m->common, m->a->file, err);
    } else if (code != VOX_OK) {
        return code;
    } else {
        p->what = TAKEN;
        if (note[0] != '\0') {
            if (!m->shown)
                cli_warn(m->common, m->a->file, "%s", note);
            (void)json_array_append_new(m->near, json_string(note));
        }
    }
    return VOX_OK;
}

static size_t count(const struct import *m, int what)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n; i++)
        n += (int)m->all[i].what == what;
    return n;
}

static enum vox_err work_out(struct import *m, struct vox_error *err)
{
    const struct store_binding_filter live = {.state = -1, .live = true};
    const struct foreign *f = &m->b->foreign;
    enum vox_err code;

    if ((code = store_bindings(m->s, &live, &m->present, &m->npresent, err)) != VOX_OK)
        return code;
    if ((m->all = calloc(f->ncerts * FOREIGN_STORES_MAX + 1, sizeof *m->all)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; i < f->ncerts; i++) {
        const char *stores[FOREIGN_STORES_MAX];
        const size_t n = foreign_stores(f->certs[i].service, stores);

        for (size_t k = 0; k < n; k++)
            if ((code = place(m, &f->certs[i], stores[k], err)) != VOX_OK)
                return code;
    }
    if (count(m, REFUSED) > 0)
        return vox_fail(err, VOX_E_INPUT, "nothing was changed: all of them or none");
    if (count(m, OWN) == m->n)
        return vox_fail(err, VOX_E_INPUT,
                        "this bundle is of this very cluster: all its certificates are its own. The other cluster's is "
                        "wanted here");
    return VOX_OK;
}

static void print_table(const struct import *m)
{
    struct cli_table *t = cli_table_new();

    cli_table_column(t, "TRUST STORE", CLI_COL_LEFT);
    cli_table_column(t, "SERVICE", CLI_COL_LEFT);
    cli_table_column(t, "NODE", CLI_COL_LEFT);
    cli_table_column(t, "ID", CLI_COL_LEFT);
    cli_table_column(t, "", CLI_COL_LEFT);
    cli_table_column(t, "SUBJECT", CLI_COL_TRUNCATE);
    for (size_t i = 0; i < m->n; i++) {
        const struct placement *p = &m->all[i];
        char id[VIEW_ID_MAX], subject[SUBJECT_TEXT];

        view_id(p->from->cert, id);
        view_name(p->from->cert, subject, sizeof subject);
        const char *const cells[] = {p->store,
                                     service_name(p->from->service),
                                     p->from->node[0] != '\0' ? p->from->node : "-",
                                     id,
                                     words[p->what],
                                     subject};
        cli_table_row(t, cells);
    }
    cli_table_print(t);
    cli_table_free(&t);
}

/* --- the digest --- */

static void forget(struct import *m)
{
    for (size_t i = 0; i < m->nin; i++)
        admit_free(&m->in[i]);
    m->nin = 0;
    store_bindings_free(&m->present, m->npresent);
    free(m->all);
    m->all = NULL;
    m->n = 0;
    (void)json_array_clear(m->near);
}

/* Without --digest a person is asked, and sees first what it is about. */
static enum vox_err confirm(struct import *m, struct vox_error *err)
{
    char typed[2 * FOREIGN_DIGEST_MAX];
    enum vox_err code;

    if ((code = work_out(m, err)) != VOX_OK)
        return code;
    bundle_file_say(m->common, &m->b->foreign);
    if (!m->common->json && !m->common->quiet)
        print_table(m);
    forget(m);
    m->shown = true;
    if (!cli_ask(m->common, "Type the first 16 digits of the digest, as the other cluster's side told you: ", typed,
                 sizeof typed))
        return vox_fail(err, VOX_E_USAGE,
                        "nobody confirmed the digest of the bundle: say --digest, or be at a terminal. It is what the "
                        "other side's 'voxtrust bundle export' printed");
    return bundle_file_agrees(m->b, typed)
               ? VOX_OK
               : vox_fail(err, VOX_E_NO,
                          "that is the digest of another file (16 digits at least): nothing was changed");
}

/* --- and does it --- */

static enum vox_err learn_lists(struct import *m, struct vox_error *err)
{
    const struct foreign *f = &m->b->foreign;
    enum vox_err code = VOX_OK;
    char note[128];

    (void)snprintf(note, sizeof note, "bundle of cluster %.80s", f->cluster);
    for (size_t i = 0; code == VOX_OK && i < f->nlists; i++)
        code = inventory_list_learn(m->s, cluster_list_word(f->lists[i].kind), bytes_view_of(&f->lists[i].data), note,
                                    err);
    return code;
}

static enum vox_err record(struct import *m, struct vox_error *err)
{
    char what[VOX_ERROR_TEXT_MAX];
    enum vox_err code = VOX_OK;

    for (size_t i = 0; code == VOX_OK && i < m->nin; i++)
        code = admit_store(m->s, &m->in[i], err);
    if (code == VOX_OK)
        code = learn_lists(m, err);
    (void)snprintf(what, sizeof what, "voxtrust bundle import: cluster %.80s, SHA-256 %s: %zu certificates",
                   m->b->foreign.cluster, m->b->digest, count(m, TAKEN));
    if (code == VOX_OK && (code = audit_append(m->s, what, "done", err)) == VOX_OK)
        code = store_commit(m->s, err);
    return code;
}

static json_t *placements_json(const struct import *m)
{
    static const char *const stable[] = {"new", "duplicate", "own", "refused"};
    json_t *list = json_array();

    for (size_t i = 0; i < m->n; i++) {
        const struct placement *p = &m->all[i];
        char sha256[CERT_FINGERPRINT_MAX];

        cert_fingerprint(p->from->cert, sha256);
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "store", p->store, "service",
                                                    service_name(p->from->service), "node", p->from->node, "sha256",
                                                    sha256, "what", stable[p->what]));
    }
    return list;
}

static int tell(const struct import *m)
{
    const size_t n = count(m, TAKEN), there = count(m, DUPLICATE);

    if (m->common->json)
        return cli_json_print(json_pack("{s:s, s:s, s:b, s:I, s:o, s:O}", "cluster", m->b->foreign.cluster, "digest",
                                        m->b->digest, "dry_run", m->a->dry_run, "taken", (json_int_t)n, "certificates",
                                        placements_json(m), "near_duplicates", m->near));
    if (m->a->dry_run) {
        cli_say(m->common, "Nothing was changed. Without --dry-run, %zu would be taken; %zu stand there already.", n,
                there);
        return EXIT_DONE;
    }
    cli_say(m->common, "%zu taken; %zu stood there already.", n, there);
    cli_say(m->common, "What comes next: voxtrust bundle check %s", m->a->file);
    return EXIT_DONE;
}

static int run(struct import *m)
{
    struct vox_error err;
    enum vox_err code;

    /* The write lock from the start: what stands there must not change between the look and the deed. */
    if (store_begin(m->s, &err) != VOX_OK)
        return cli_report(m->common, NULL, &err);
    if ((code = work_out(m, &err)) == VOX_OK && !m->common->json && !m->common->quiet && !m->shown) {
        bundle_file_say(m->common, &m->b->foreign);
        print_table(m);
    }
    if (code == VOX_OK && !m->a->dry_run && (code = record(m, &err)) != VOX_OK)
        code = err.code;
    store_rollback(m->s);
    return code == VOX_OK ? tell(m) : cli_report(m->common, m->a->file, &err);
}

int voxtrust_bundle_import(struct cli_common *common, int argc, char **argv)
{
    struct import_args a = {.file = NULL};
    struct bundle_file b;
    struct import m = {.common = common, .a = &a, .b = &b, .near = json_array()};
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (bundle_file_open(a.file, &b, &err) != VOX_OK) {
        status = cli_report(common, a.file, &err);
    } else if (a.digest != NULL && !bundle_file_agrees(&b, a.digest)) {
        vox_fail(&err, VOX_E_NO,
                 "this is not the bundle with that digest (16 digits at least are wanted): nothing was changed");
        status = cli_report(common, a.file, &err);
    } else if (cli_store_open(common, &m.s, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else if (!a.dry_run && a.digest == NULL && confirm(&m, &err) != VOX_OK) {
        status = cli_report(common, a.file, &err);
    } else {
        status = run(&m);
    }
    forget(&m);
    json_decref(m.near);
    store_close(&m.s);
    bundle_file_clear(&b);
    return status;
}
