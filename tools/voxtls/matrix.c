#include <ctype.h>
#include <stdio.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/identity.h>
#include <libcert/tlsports.h>

#include "judge.h"
#include "voxtls.h"

struct matrix_args {
    bool all;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct matrix_args *a = state->input;

    (void)arg;
    if (key != 'a')
        return ARGP_ERR_UNKNOWN;
    a->all = true;
    return 0;
}

static const struct argp_option options[] = {
    {"all", 'a', NULL, 0, "every column: each mode with each minimum, whatever is set", 0},
    {0},
};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Show which port takes which TLS versions: the vendor's two tables, under the present policy.\v"
           "1.0+ stands for TLS 1.0, 1.1 and 1.2; 1.1+ for 1.1 and 1.2.",
};

/* The columns that are wanted: one, or all of them. */
struct columns {
    enum tlsports_column first, last;
    const char *ciphers[2]; /* what goes with the present one: of other ports, and of those that speak HTTPS; or NULL */
};

enum { CIPHERS_MAX = 24 };

/* "medium", or for HTTPS "strongest, RSA". */
static const char *ciphers_of(const struct tls_settings *s, bool https, char out[static CIPHERS_MAX])
{
    const struct tls_policy p = judge_policy(s, https);

    (void)snprintf(out, CIPHERS_MAX, "%s%s", tlspolicy_ciphers_text(p.ciphers), p.rsa_only ? ", RSA" : "");
    return out;
}

static void print_table(const struct tlsports_row *rows, size_t n, const struct columns *wanted)
{
    const bool named = rows[0].application[0] != '\0';
    struct cli_table *t = cli_table_new();

    if (named) {
        cli_table_column(t, "APPLICATION", CLI_COL_LEFT);
        cli_table_column(t, "PROTOCOL", CLI_COL_LEFT);
    }
    cli_table_column(t, "PORT", CLI_COL_LEFT);
    for (int c = (int)wanted->first; c <= (int)wanted->last; c++)
        cli_table_column(t, tlsports_column_title((enum tlsports_column)c), CLI_COL_LEFT);
    if (wanted->ciphers[0] != NULL)
        cli_table_column(t, "CIPHERS", CLI_COL_LEFT);
    for (size_t i = 0; i < n; i++) {
        char text[TLSPORTS_COLUMNS][TLSPORTS_TEXT_MAX];
        const char *cells[3 + TLSPORTS_COLUMNS + 1];
        size_t k = 0, m = 0;

        if (named) {
            cells[k++] = rows[i].application;
            cells[k++] = rows[i].protocol;
        }
        cells[k++] = rows[i].port;
        for (int c = (int)wanted->first; c <= (int)wanted->last; c++) {
            tlsports_text(tlsports_versions(&rows[i], (enum tlsports_column)c), text[m]);
            cells[k++] = text[m++];
        }
        if (wanted->ciphers[0] != NULL)
            cells[k++] = wanted->ciphers[rows[i].https];
        cli_table_row(t, cells);
    }
    cli_table_print(t);
    cli_table_free(&t);
}

static int print(const struct cli_common *common, const struct tls_settings *s, bool all)
{
    const enum tlsports_column present = tlsports_column_of(s);
    char others[CIPHERS_MAX], https[CIPHERS_MAX];
    const struct columns wanted =
        all ? (struct columns){.first = 0, .last = TLSPORTS_COLUMNS - 1}
            : (struct columns){.first = present,
                               .last = present,
                               .ciphers = {ciphers_of(s, false, others), ciphers_of(s, true, https)}};
    const struct tlsports_row *rows;
    size_t n;

    cli_say(common, "Policy: %s (minimum version %s, Common Criteria mode %s)\n", tlsports_column_title(present),
            tlspolicy_version_text(s->min_version), s->common_criteria ? "on" : "off");
    cli_say(common, "Call manager");
    rows = tlsports_call_manager(&n);
    print_table(rows, n, &wanted);
    cli_say(common, "\nInstant messaging and presence");
    rows = tlsports_presence(&n);
    print_table(rows, n, &wanted);
    if (present == TLSPORTS_NO_COLUMN)
        cli_say(common, "\nThe vendor's tables end at a minimum of 1.2: with 1.3 a port takes that alone.");
    return EXIT_DONE;
}

static json_t *versions_of(uint8_t versions)
{
    json_t *list = json_array();

    for (int i = 0; i < 4; i++) {
        if ((versions & (1u << i)) != 0)
            (void)json_array_append_new(list, json_string(tlspolicy_version_text(0x0301 + i)));
    }
    return list;
}

static json_t *rows_of(const struct tlsports_row *rows, size_t n, const struct tls_settings *s)
{
    const enum tlsports_column present = tlsports_column_of(s);
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        const struct tlsports_row *r = &rows[i];
        json_t *ports = json_array(), *columns = json_object(), *row;
        char cell[TLSPORTS_TEXT_MAX];

        for (size_t k = 0; k < TLSPORTS_ROW_MAX && r->speak_tls[k] != 0; k++)
            (void)json_array_append_new(ports, json_integer(r->speak_tls[k]));
        for (int c = 0; c < TLSPORTS_COLUMNS; c++) {
            tlsports_text(r->versions[c], cell);
            (void)json_object_set_new(columns, tlsports_column_title((enum tlsports_column)c), json_string(cell));
        }
        tlsports_text(tlsports_versions(r, present), cell);
        row = json_pack("{s:s?, s:s?, s:s, s:o, s:s, s:o, s:b, s:s, s:s, s:o}", "application",
                        r->application[0] != '\0' ? r->application : NULL, "protocol",
                        isalpha((unsigned char)r->protocol[0]) ? r->protocol : NULL, "port", r->port, "tls_ports",
                        ports, "tls", cell, "versions", versions_of(tlsports_versions(r, present)), "https", r->https,
                        "ciphers", tlspolicy_ciphers_text(judge_policy(s, r->https).ciphers), "keys",
                        r->https ? tlspolicy_https_keys_text(s) : "all", "columns", columns);
        (void)json_array_append_new(list, row);
    }
    return list;
}

static int print_json(const struct tls_settings *s)
{
    const enum tlsports_column present = tlsports_column_of(s);
    const struct tlsports_row *rows;
    json_t *call_manager;
    size_t n;

    rows = tlsports_call_manager(&n);
    call_manager = rows_of(rows, n, s);
    rows = tlsports_presence(&n);
    return cli_json_print(json_pack("{s:s, s:b, s:s?, s:o, s:o}", "min_version", tlspolicy_version_text(s->min_version),
                                    "common_criteria", s->common_criteria, "column",
                                    present == TLSPORTS_NO_COLUMN ? NULL : tlsports_column_title(present),
                                    "call_manager", call_manager, "presence", rows_of(rows, n, s)));
}

int voxtls_matrix(struct cli_common *common, int argc, char **argv)
{
    struct matrix_args a = {.all = false};
    struct tls_settings set;
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || store_tls_settings(s, &set, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = common->json ? print_json(&set) : print(common, &set, a.all);
    store_close(&s);
    return status;
}
