#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/view.h>
#include <libcert/audit.h>
#include <libcert/trunks.h>

#include "bundle_file.h"
#include "voxtrust.h"

enum { OPT_DRY_RUN = 0x100, SUBJECT_TEXT = 200 };

struct remove_args {
    const char *file;
    bool dry_run;
};

static const struct argp_option options[] = {
    {"dry-run", OPT_DRY_RUN, NULL, 0, "show what would go, and change nothing", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct remove_args *a = state->input;

    if (key != OPT_DRY_RUN)
        return bundle_file_arg(key, arg, state, &a->file);
    a->dry_run = true;
    return 0;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "FILE",
    .doc =
        "Take the certificates of another cluster, whose bundle FILE is, out of the trust stores where 'bundle import' "
        "puts them: when all phones have moved.\v"
        "What a trunk relies on stays. Phones and call managers that meet the other cluster do not believe it any "
        "more: phones that have not moved cannot, and certificates that phones got from its CAPF count for nothing. "
        "Publish the lists afterwards.",
};

/* A removal in the making. */
struct removal {
    struct cli_common *common;
    struct remove_args a;
    struct bundle_file b;
    struct store *s;
    struct store_binding *here;
    size_t nhere;
    const struct store_binding **going;
    size_t n, kept;
};

/* Does import put such a certificate there? */
static bool is_of_it(const struct foreign *f, const struct store_binding *b)
{
    for (size_t i = 0; b->cert != NULL && b->node[0] == '\0' && i < f->ncerts; i++) {
        const char *stores[FOREIGN_STORES_MAX];
        const size_t n = foreign_stores(f->certs[i].service, stores);

        for (size_t k = 0; k < n; k++)
            if (strcmp(stores[k], b->place) == 0 && cert_same(f->certs[i].cert, b->cert))
                return true;
    }
    return false;
}

static enum vox_err has_trunk(struct removal *m, const struct store_binding *b, bool *out, struct vox_error *err)
{
    const struct trunk_cert_filter f = {.binding = b->id};
    struct trunk_cert *list;
    size_t n;
    enum vox_err code = trunk_certs(m->s, &f, &list, &n, err);

    *out = code == VOX_OK && n > 0;
    if (*out) {
        char subject[SUBJECT_TEXT];

        view_name(b->cert, subject, sizeof subject);
        cli_warn(m->common, NULL, "%s in %s stays: trunk %s relies on it", subject, b->place, list[0].trunk);
        m->kept++;
    }
    trunk_certs_free(&list, n);
    return code;
}

static enum vox_err work_out(struct removal *m, struct vox_error *err)
{
    const struct store_binding_filter live = {.state = -1, .live = true};
    enum vox_err code;
    bool trunk;

    if ((code = store_bindings(m->s, &live, &m->here, &m->nhere, err)) != VOX_OK)
        return code;
    if ((m->going = calloc(m->nhere + 1, sizeof *m->going)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; i < m->nhere; i++) {
        if (!is_of_it(&m->b.foreign, &m->here[i]))
            continue;
        if ((code = has_trunk(m, &m->here[i], &trunk, err)) != VOX_OK)
            return code;
        if (!trunk)
            m->going[m->n++] = &m->here[i];
    }
    return VOX_OK;
}

static enum vox_err record(struct removal *m, struct vox_error *err)
{
    char what[VOX_ERROR_TEXT_MAX];
    enum vox_err code;

    if ((code = store_begin(m->s, err)) != VOX_OK)
        return code;
    for (size_t i = 0; code == VOX_OK && i < m->n; i++)
        code = store_binding_remove(m->s, m->going[i]->id, err);
    (void)snprintf(what, sizeof what, "voxtrust bundle remove: cluster %.80s, SHA-256 %s: %zu certificates",
                   m->b.foreign.cluster, m->b.digest, m->n);
    if (code == VOX_OK && (code = audit_append(m->s, what, "done", err)) == VOX_OK)
        code = store_commit(m->s, err);
    store_rollback(m->s);
    return code;
}

static void print_table(const struct removal *m)
{
    struct cli_table *t = cli_table_new();

    cli_table_column(t, "TRUST STORE", CLI_COL_LEFT);
    cli_table_column(t, "ID", CLI_COL_LEFT);
    cli_table_column(t, "SUBJECT", CLI_COL_TRUNCATE);
    for (size_t i = 0; i < m->n; i++) {
        char id[VIEW_ID_MAX], subject[SUBJECT_TEXT];

        view_id(m->going[i]->cert, id);
        view_name(m->going[i]->cert, subject, sizeof subject);
        const char *const cells[] = {m->going[i]->place, id, subject};
        cli_table_row(t, cells);
    }
    cli_table_print(t);
    cli_table_free(&t);
}

static int tell(const struct removal *m)
{
    json_t *list = json_array();

    for (size_t i = 0; m->common->json && i < m->n; i++) {
        char sha256[CERT_FINGERPRINT_MAX];

        cert_fingerprint(m->going[i]->cert, sha256);
        (void)json_array_append_new(list, json_pack("{s:s, s:s}", "store", m->going[i]->place, "sha256", sha256));
    }
    if (m->common->json)
        return cli_json_print(json_pack("{s:s, s:b, s:o, s:I}", "cluster", m->b.foreign.cluster, "dry_run",
                                        m->a.dry_run, "removed", list, "kept", (json_int_t)m->kept));
    json_decref(list);
    if (m->a.dry_run) {
        cli_say(m->common, "Nothing was changed. Without --dry-run, these %zu would go.", m->n);
        return EXIT_DONE;
    }
    cli_say(m->common,
            "%zu certificates of cluster %s are not trusted any more. Lists name them until they are published:", m->n,
            m->b.foreign.cluster);
    cli_say(m->common, "  voxlist bridge off; voxlist publish ctl --to DIR; voxlist publish itl --to DIR");
    return EXIT_DONE;
}

static int run(struct removal *m)
{
    struct vox_error err;

    if (work_out(m, &err) != VOX_OK)
        return cli_report(m->common, NULL, &err);
    if (m->n == 0) {
        vox_fail(&err, VOX_E_INPUT, "no certificate of cluster %s is to be removed from a trust store here",
                 m->b.foreign.cluster);
        return cli_report(m->common, m->a.file, &err);
    }
    if (!m->common->json && !m->common->quiet)
        print_table(m);
    if (m->a.dry_run)
        return tell(m);
    if (!cli_confirm(m->common, "Trust these %zu certificates of cluster %s no longer?", m->n, m->b.foreign.cluster)) {
        vox_fail(&err, VOX_E_NO, "nothing was removed (--yes answers the question)");
        return cli_report(m->common, NULL, &err);
    }
    return record(m, &err) == VOX_OK ? tell(m) : cli_report(m->common, NULL, &err);
}

int voxtrust_bundle_remove(struct cli_common *common, int argc, char **argv)
{
    struct removal m = {.common = common};
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &m.a);
    if (bundle_file_open(m.a.file, &m.b, &err) != VOX_OK)
        status = cli_report(common, m.a.file, &err);
    else if (cli_store_open(common, &m.s, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = run(&m);
    free(m.going);
    store_bindings_free(&m.here, m.nhere);
    bundle_file_clear(&m.b);
    store_close(&m.s);
    return status;
}
