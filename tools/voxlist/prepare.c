#include <string.h>
#include <unistd.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/prepared.h>
#include <cluster/qr.h>
#include <libcert/limits.h>

#include "build_options.h"
#include "gather.h"
#include "voxlist.h"

struct prepare_args {
    struct build_options list;
    const char *against;
    bool qr;
};

enum { OPTION_AGAINST = 0x300, OPTION_QR };

static const struct argp_option options[] = {
    BUILD_OPTIONS_OUTPUT,
    {"against", OPTION_AGAINST, "LIST", 0, "the list that phones hold: what changes is said in FILE", 1},
    {"qr", OPTION_QR, NULL, 0, "the check number as a QR code, too: in FILE as well, and not on terminals alone", 1},
    BUILD_OPTIONS_RECORDS,
    BUILD_OPTIONS_ELSE,
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct prepare_args *a = state->input;

    switch (key) {
    case OPTION_AGAINST:
        a->against = arg;
        return 0;
    case OPTION_QR:
        a->qr = true;
        return 0;
    default:
        return build_options_parse(key, arg, state, &a->list);
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "ctl|itl -o FILE",
    .doc = "Build a trust list for somebody else to sign: on another machine, with a key on a token.\v"
           "FILE says in words what is to be signed. 'voxtoken sign' signs it there, 'voxlist attach' puts the "
           "signature into the list here.",
};

static enum vox_err tell(const struct prepare_args *a, const struct prepared_list *p, struct vox_error *err)
{
    enum vox_err code = prepared_tell(p, stdout, err);

    if (code != VOX_OK || (!a->qr && !cli_takes_blocks(STDOUT_FILENO)))
        return code;
    printf("\n");
    return qr_print(p->check, cli_colour(STDOUT_FILENO, "30;107"), cli_colour(STDOUT_FILENO, "0"), stdout, err);
}

/* What phones hold now. An empty file is no list: taken for none, it would hide what changes. */
static enum vox_err read_present(const struct prepare_args *a, struct bytes *out, struct vox_error *err)
{
    struct ctl_list *list = NULL;
    enum vox_err code;

    if (a->against == NULL)
        return VOX_OK;
    if ((code = cli_read(a->against, LIMIT_LIST_FILE, out, err)) != VOX_OK ||
        (code = ctl_list_read(out->data, out->len, &list, err)) != VOX_OK)
        (void)vox_error_prefix(err, "%s", a->against);
    ctl_list_free(&list);
    return code;
}

/* The list without its signature, and what phones hold now, for another machine. */
static int write_prepared(const struct cli_common *common, const struct prepare_args *a,
                          const struct ctl_build_params *p)
{
    struct bytes list = {NULL, 0}, present = {NULL, 0}, file = {NULL, 0};
    struct prepared_list prepared = {0};
    struct vox_error err;
    enum vox_err code = read_present(a, &present, &err);

    if (code == VOX_OK && (code = ctl_build_unsigned(p, &list, &err)) == VOX_OK &&
        (code = prepared_make(bytes_view_of(&list), bytes_view_of(&present), &prepared, &err)) == VOX_OK &&
        (code = prepared_write(&prepared, a->qr, &file, &err)) == VOX_OK &&
        (code = cli_write(a->list.output, file.data, file.len, 0644, &err)) != VOX_OK)
        (void)vox_error_prefix(&err, "%s", a->list.output);
    if (code == VOX_OK && !common->quiet && !common->json && strcmp(a->list.output, "-") != 0)
        code = tell(a, &prepared, &err);
    if (code == VOX_OK && common->json)
        (void)cli_json_print(json_pack("{s:s, s:s, s:I}", "kind", cluster_list_word(a->list.kind), "check",
                                       prepared.check, "records", (json_int_t)prepared.list->nrecords));
    prepared_clear(&prepared);
    bytes_free(&list);
    bytes_free(&present);
    bytes_free(&file);
    return code == VOX_OK ? EXIT_DONE : cli_report(common, NULL, &err);
}

int voxlist_prepare(struct cli_common *common, int argc, char **argv)
{
    struct prepare_args a = {.list = build_options_defaults()};
    struct gathered g = {.store = NULL};
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (common->json && strcmp(a.list.output, "-") == 0)
        status = cli_usage(common, "standard output cannot hold both the list (-o -) and JSON");
    else
        status = gather(common, &a.list, false, &g);
    if (status == EXIT_DONE) {
        const struct ctl_build_params p = gathered_params(&g, &a.list);

        status = write_prepared(common, &a, &p);
    }
    gathered_free(&g);
    build_options_free(&a.list);
    return status;
}
