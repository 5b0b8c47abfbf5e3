#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cli/csv.h>
#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/identity.h>
#include <libcert/limits.h>
#include <libcert/phonemodel.h>

#include "legacy.h"
#include "refusals.h"
#include "voxtls.h"

enum { TLS_1_2 = 0x0303, TEXT_MAX = 80 };
enum mode { MODE_NOT_SAID, MODE_NON_SECURE, MODE_AUTHENTICATED, MODE_ENCRYPTED };

static const char *const mode_words[] = {"", "non-secure", "authenticated", "encrypted"};

struct legacy_args {
    const char *inventory;
    int min_version; /* 0: the store's */
};

struct phone_row {
    char name[TEXT_MAX], model[TEXT_MAX];
    struct phone_model known;
    bool is_known;
    enum mode mode;
};

struct inventory {
    struct phone_row *v;
    size_t n, legacy, unknown;
};

enum { OPT_INVENTORY = 0x100, OPT_MIN_VERSION };

static const struct argp_option options[] = {
    {"inventory", OPT_INVENTORY, "CSV", 0, "phones: name,model or name,model,mode a line (-: standard input)", 0},
    {"min-version", OPT_MIN_VERSION, "VERSION", 0, "what this minimum would break (default: the store's)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct legacy_args *a = state->input;
    struct vox_error err;

    switch (key) {
    case OPT_INVENTORY:
        a->inventory = arg;
        return 0;
    case OPT_MIN_VERSION:
        if (tlspolicy_version_parse(arg, &a->min_version, &err) != VOX_OK)
            argp_error(state, "--min-version: %s", err.text);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "no argument is taken: %s (phones: --inventory CSV)", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Say what the minimum TLS version breaks on legacy phones (" LEGACY_MODELS "), and what helps.\v"
           "Models are recognised by name (CP-7962G, Cisco 7962, 7962, IP Communicator), modes are non-secure, "
           "authenticated and encrypted. A model that is not known is listed as such and never guessed. Exit status 1 "
           "when something breaks."};

static enum vox_err read_row(const struct csv *c, struct phone_row *row, struct vox_error *err)
{
    memset(row, 0, sizeof *row);
    if (c->nfields < 2 || c->nfields > 3)
        return vox_fail(err, VOX_E_INPUT, "%zu field%s; a line is name,model or name,model,mode", c->nfields,
                        c->nfields == 1 ? "" : "s");
    if (c->fields[0][0] == '\0')
        return vox_fail(err, VOX_E_INPUT, "no name");
    if (strlen(c->fields[0]) >= TEXT_MAX || strlen(c->fields[1]) >= TEXT_MAX)
        return vox_fail(err, VOX_E_INPUT, "a name or model of more than %d bytes", TEXT_MAX - 1);
    (void)snprintf(row->name, sizeof row->name, "%s", c->fields[0]);
    (void)snprintf(row->model, sizeof row->model, "%s", c->fields[1]);
    row->is_known = phone_model_find(row->model, &row->known);
    if (c->nfields == 2 || c->fields[2][0] == '\0')
        return VOX_OK;
    for (int m = MODE_NON_SECURE; m <= MODE_ENCRYPTED; m++) {
        if (strcasecmp(c->fields[2], mode_words[m]) == 0)
            row->mode = (enum mode)m;
    }
    return row->mode != MODE_NOT_SAID ? VOX_OK
                                      : vox_fail(err, VOX_E_INPUT,
                                                 "%.40s: a mode is non-secure, authenticated or "
                                                 "encrypted",
                                                 c->fields[2]);
}

static bool is_header(const struct csv *c)
{
    return c->nfields >= 2 && strcasecmp(c->fields[0], "name") == 0 && strcasecmp(c->fields[1], "model") == 0;
}

static enum vox_err read_rows(struct bytes_view data, struct inventory *out, struct refusals *refused,
                              struct vox_error *err)
{
    bool more = true, first = true;
    struct csv c;

    csv_begin_commented(&c, data);
    for (;; first = false) {
        struct vox_error why;
        enum vox_err code;

        if ((out->n & (out->n - 1)) == 0) { /* a power of two: full, or empty */
            struct phone_row *v = realloc(out->v, (out->n == 0 ? 1 : 2 * out->n) * sizeof *v);

            if (v == NULL)
                return vox_fail(err, VOX_E_MEMORY, "no memory");
            out->v = v;
        }
        code = csv_next(&c, &more, &why);
        if (!more)
            break;
        if (code == VOX_OK && first && is_header(&c))
            continue;
        if (code == VOX_OK)
            code = read_row(&c, &out->v[out->n], &why);
        if (code != VOX_OK) {
            refusals_add(refused, c.line, why.text);
            continue;
        }
        out->legacy += out->v[out->n].known.legacy;
        out->unknown += !out->v[out->n].is_known;
        out->n++;
    }
    return out->n > 0 || refused->n > 0 ? VOX_OK : vox_fail(err, VOX_E_INPUT, "no phone in it");
}

/* Does the row concern that phone? Who does not say how a phone is set hears of both modes. */
static bool concerns(const struct legacy_row *row, const struct phone_row *p)
{
    switch (row->scope) {
    case LEGACY_ENCRYPTED:
        return p->mode == MODE_ENCRYPTED || p->mode == MODE_NOT_SAID;
    case LEGACY_AUTHENTICATED:
        return p->mode == MODE_AUTHENTICATED || p->mode == MODE_NOT_SAID;
    case LEGACY_USED:
        return true;
    case LEGACY_CLUSTER:
        break;
    }
    return false;
}

static size_t count(const struct inventory *in, const struct legacy_row *row)
{
    size_t n = 0;

    for (size_t i = 0; i < in->n; i++)
        n += in->v[i].known.legacy && concerns(row, &in->v[i]);
    return n;
}

/* The word for a phone's line: what is certain about it. */
static const char *outcome(const struct phone_row *p)
{
    if (!p->is_known)
        return "unknown model";
    if (!p->known.legacy)
        return "not among the legacy phones";
    return p->mode == MODE_ENCRYPTED || p->mode == MODE_AUTHENTICATED ? "does not work"
           : p->mode == MODE_NON_SECURE                               ? "works, without what stands below"
                                                                      : "does not work in a secure mode";
}

static void print_phones(const struct inventory *in)
{
    struct cli_table *t = cli_table_new();

    cli_table_column(t, "NAME", CLI_COL_LEFT);
    cli_table_column(t, "MODEL", CLI_COL_LEFT);
    cli_table_column(t, "FAMILY", CLI_COL_LEFT);
    cli_table_column(t, "MODE", CLI_COL_LEFT);
    cli_table_column(t, "RESULT", CLI_COL_LEFT);
    for (size_t i = 0; i < in->n; i++) {
        const struct phone_row *p = &in->v[i];

        cli_table_row(t, (const char *const[]){p->name, p->model, p->known.family, mode_words[p->mode], outcome(p)});
    }
    cli_table_print(t);
    cli_table_free(&t);
    printf("\n");
}

static void print_features(const struct inventory *in)
{
    size_t n;
    const struct legacy_row *rows = legacy_rows(&n);

    for (size_t i = 0; i < n; i++) {
        const size_t concerned = in != NULL ? count(in, &rows[i]) : 0;

        if (in != NULL && rows[i].scope != LEGACY_CLUSTER && concerned == 0)
            continue;
        printf("%s: %s\n    workaround: %s\n", rows[i].feature, rows[i].what,
               rows[i].workaround != NULL ? rows[i].workaround : "none");
        if (concerned > 0)
            printf("    phones: %zu%s\n", concerned, rows[i].scope == LEGACY_USED ? ", as far as they use it" : "");
    }
}

/* in: NULL without an inventory. */
static void print(const struct cli_common *common, int version, const struct inventory *in)
{
    const bool breaks = version >= TLS_1_2;

    cli_say(common, "Minimum TLS version: %s", tlspolicy_version_text(version));
    if (!breaks) {
        cli_say(common, version > 0x0301 ? "The vendor's table of what breaks begins with 1.2. Whatever knows TLS 1.0 "
                                           "alone is refused."
                                         : "Nothing breaks.");
        return;
    }
    if (in == NULL) {
        cli_say(common, "On legacy phones (" LEGACY_MODELS ") that breaks:\n");
        print_features(NULL);
        return;
    }
    printf("\n");
    print_phones(in);
    if (in->legacy > 0)
        print_features(in);
    cli_say(common, "%s%zu phone%s: %zu legacy, %zu others, %zu of unknown models", in->legacy > 0 ? "\n" : "", in->n,
            in->n == 1 ? "" : "s", in->legacy, in->n - in->legacy - in->unknown, in->unknown);
}

static json_t *features_json(const struct inventory *in, bool breaks)
{
    static const char *const scopes[] = {"encrypted", "authenticated", "used", "cluster"};
    json_t *list = json_array();
    size_t n;
    const struct legacy_row *rows = legacy_rows(&n);

    for (size_t i = 0; i < n && breaks; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s?, s:s, s:o}", "feature", rows[i].feature, "what",
                                                    rows[i].what, "workaround", rows[i].workaround, "scope",
                                                    scopes[rows[i].scope], "phones",
                                                    in == NULL || rows[i].scope == LEGACY_CLUSTER
                                                        ? json_null()
                                                        : json_integer((json_int_t)count(in, &rows[i]))));
    return list;
}

static json_t *phones_json(const struct inventory *in, bool breaks)
{
    json_t *list = json_array();
    size_t n;
    const struct legacy_row *rows = legacy_rows(&n);

    for (size_t i = 0; i < in->n; i++) {
        const struct phone_row *p = &in->v[i];
        const bool legacy = p->known.legacy;
        json_t *broken = json_array();

        for (size_t k = 0; k < n && breaks && legacy; k++) {
            if (concerns(&rows[k], p))
                (void)json_array_append_new(broken, json_string(rows[k].feature));
        }
        (void)json_array_append_new(
            list, json_pack("{s:o, s:o, s:s?, s:o, s:s?, s:o}", "name", cli_json_text(p->name), "model",
                            cli_json_text(p->model), "family", p->known.family[0] != '\0' ? p->known.family : NULL,
                            "legacy", !p->is_known ? json_null() : json_boolean(legacy), "mode",
                            p->mode != MODE_NOT_SAID ? mode_words[p->mode] : NULL, "breaks", broken));
    }
    return list;
}

static int print_json(int version, const struct inventory *in)
{
    const bool breaks = version >= TLS_1_2;

    return cli_json_print(json_pack(
        "{s:s, s:b, s:o, s:o}", "min_version", tlspolicy_version_text(version), "breaks",
        breaks && (in == NULL || in->legacy > 0), "features", features_json(in, breaks), "inventory",
        in == NULL ? json_null()
                   : json_pack("{s:I, s:I, s:I, s:o}", "phones", (json_int_t)in->n, "legacy", (json_int_t)in->legacy,
                               "unknown", (json_int_t)in->unknown, "list", phones_json(in, breaks))));
}

static enum vox_err find_version(const struct cli_common *common, const struct legacy_args *a, int *out,
                                 struct vox_error *err)
{
    struct tls_settings set;
    struct store *s = NULL;
    enum vox_err code;

    *out = a->min_version;
    if (*out != 0)
        return VOX_OK;
    if ((code = cli_store_open(common, &s, err)) == VOX_OK && (code = store_tls_settings(s, &set, err)) == VOX_OK)
        *out = tlspolicy_of(&set, false).min_version;
    store_close(&s);
    return code;
}

/* The exit status. */
static int read_inventory(const struct cli_common *common, const char *path, struct inventory *in)
{
    struct refusals refused = {.n = 0};
    struct vox_error err;
    struct bytes file;

    if (cli_read(path, LIMIT_TABLE_FILE, &file, &err) != VOX_OK)
        return cli_report(common, path, &err);
    const enum vox_err code = read_rows(bytes_view_of(&file), in, &refused, &err);

    bytes_free(&file);
    return code != VOX_OK ? cli_report(common, path, &err) : refusals_tell(common, path, &refused);
}

int voxtls_legacy(struct cli_common *common, int argc, char **argv)
{
    struct legacy_args a = {.min_version = 0};
    struct inventory in = {.n = 0};
    struct vox_error err;
    int version, status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (find_version(common, &a, &version, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    if (a.inventory != NULL)
        status = read_inventory(common, a.inventory, &in);
    if (status == EXIT_DONE) {
        const struct inventory *shown = a.inventory != NULL ? &in : NULL;

        if (common->json)
            status = print_json(version, shown);
        else
            print(common, version, shown);
        if (status == EXIT_DONE && version >= TLS_1_2) {
            if (in.unknown > 0)
                cli_warn(common, a.inventory, "%zu phone%s of unknown models: look them up", in.unknown,
                         in.unknown == 1 ? "" : "s");
            if (shown == NULL || in.legacy > 0)
                status = EXIT_NO;
        }
    }
    free(in.v);
    return status;
}
