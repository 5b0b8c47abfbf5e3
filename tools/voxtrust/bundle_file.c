#include "bundle_file.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/view.h>
#include <libcert/clock.h>
#include <libcert/limits.h>

#include "voxtrust.h"

enum { GROUP = 4 };

enum vox_err bundle_file_open(const char *path, struct bundle_file *out, struct vox_error *err)
{
    struct bytes file;
    enum vox_err code;

    *out = (struct bundle_file){.digest = ""};
    if ((code = cli_read(path, LIMIT_FOREIGN_FILE, &file, err)) != VOX_OK)
        return code;
    if ((code = foreign_digest(file.data, file.len, out->digest, err)) == VOX_OK)
        code = foreign_read(file.data, file.len, &out->foreign, err);
    bytes_wipe(&file); /* a key may stand in it */
    return code;
}

void bundle_file_clear(struct bundle_file *b)
{
    foreign_clear(&b->foreign);
}

error_t bundle_file_arg(int key, char *arg, struct argp_state *state, const char **file)
{
    switch (key) {
    case ARGP_KEY_ARG:
        if (*file != NULL)
            argp_error(state, "one FILE at a time: %s", arg);
        *file = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which FILE?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

bool bundle_file_agrees(const struct bundle_file *b, const char *typed)
{
    size_t n = 0;

    for (const char *c = typed; *c != '\0'; c++) {
        if (*c == ' ' || *c == ':')
            continue;
        if (b->digest[n] == '\0' || tolower((unsigned char)*c) != b->digest[n])
            return false;
        n++;
    }
    return n >= BUNDLE_DIGITS_MIN;
}

void bundle_file_groups(const char *digest, char out[static BUNDLE_GROUPS_MAX])
{
    size_t used = 0;

    for (size_t i = 0; digest[i] != '\0' && used + 2 < BUNDLE_GROUPS_MAX; i++) {
        if (i > 0 && i % GROUP == 0)
            out[used++] = ' ';
        out[used++] = digest[i];
    }
    out[used] = '\0';
}

static void count(char *out, size_t outlen, size_t n, const char *what)
{
    (void)snprintf(out, outlen, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

void bundle_file_say(const struct cli_common *common, const struct foreign *f)
{
    char nodes[32], certs[40], lists[32];

    count(nodes, sizeof nodes, f->nnodes, "node");
    count(certs, sizeof certs, f->ncerts, "certificate");
    count(lists, sizeof lists, f->nlists, "list");
    cli_say(common, "Cluster %s, in %s mode, as it was at %s:", f->cluster, f->mixed ? "mixed" : "non-secure",
            f->created);
    cli_say(common, "%s, %s, %s that phones fetch there", nodes, certs, lists);
}

static json_t *certs_json(const struct foreign *f)
{
    json_t *list = json_array();
    const int64_t now = clock_now();

    for (size_t i = 0; i < f->ncerts; i++) {
        json_t *c = view_cert_json(f->certs[i].cert, now);

        (void)json_object_set_new(c, "service", json_string(service_name(f->certs[i].service)));
        (void)json_object_set_new(c, "node", json_string(f->certs[i].node));
        (void)json_object_set_new(c, "state", json_string(bind_state_word(f->certs[i].state)));
        (void)json_array_append_new(list, c);
    }
    return list;
}

static json_t *lists_json(const struct foreign *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < f->nlists; i++) {
        char sha256[FOREIGN_DIGEST_MAX];

        (void)foreign_digest(f->lists[i].data.data, f->lists[i].data.len, sha256, NULL);
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:s}", "kind", cluster_list_word(f->lists[i].kind),
                                                    "name", f->lists[i].name, "size", (json_int_t)f->lists[i].data.len,
                                                    "sha256", sha256));
    }
    return list;
}

json_t *bundle_file_json(const struct bundle_file *b)
{
    const struct foreign *f = &b->foreign;
    json_t *nodes = json_array(), *trusted = json_array();

    for (size_t i = 0; i < f->nnodes; i++)
        (void)json_array_append_new(nodes, node_json(&f->nodes[i]));
    for (size_t i = 0; i < f->ntrusted; i++)
        (void)json_array_append_new(
            trusted, json_pack("{s:s, s:s}", "store", f->trusted[i].store, "sha256", f->trusted[i].sha256));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "cluster", f->cluster, "created", f->created, "mode",
                     f->mixed ? "mixed" : "non-secure", "digest", b->digest, "nodes", nodes, "certificates",
                     certs_json(f), "lists", lists_json(f), "trusted", trusted);
}
