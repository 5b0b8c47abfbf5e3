#include <stdio.h>
#include <stdlib.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/clock.h>

#include "page.h"
#include "voxtrust.h"

struct report_args {
    const char *output;
};

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "where the page goes ('-': standard output)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct report_args *a = state->input;

    switch (key) {
    case 'o':
        a->output = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected: %s", arg);
        return 0;
    case ARGP_KEY_END:
        if (a->output == NULL)
            argp_error(state, "where does the page go? -o FILE");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "-o FILE",
    .doc = "Write a page of HTML on the cluster: what needs attention, nodes, certificates with a picture of when they "
           "end, lists, phones, trunks, rotations, the last of the audit log.\v"
           "The page is one file that needs no other and no network. It holds no secret, and it names every server.",
};

static enum vox_err write_page(const char *path, const struct page *p, struct vox_error *err)
{
    char *data = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&data, &len);
    enum vox_err code;
    bool failed;

    if (out == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    page_write(out, p);
    failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed)
        code = vox_fail(err, VOX_E_MEMORY, "no memory for the page");
    else
        code = cli_write(path, data, len, 0600, err);
    free(data);
    return code;
}

static int report(const struct cli_common *common, struct store *s, const char *path)
{
    struct status *st = calloc(1, sizeof *st);
    struct page *p = calloc(1, sizeof *p);
    const int64_t now = clock_now();
    struct vox_error err;
    int status = EXIT_DONE;

    if (st == NULL || p == NULL) {
        (void)vox_fail(&err, VOX_E_MEMORY, "no memory");
        status = cli_report(common, NULL, &err);
    } else if (status_gather(s, now, st, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else {
        if (page_gather(s, st, now, p, &err) != VOX_OK) {
            status = cli_report(common, NULL, &err);
        } else {
            if (write_page(path, p, &err) != VOX_OK)
                status = cli_report(common, path, &err);
            else if (common->json && !cli_is_stream(path))
                status = cli_json_print(
                    json_pack("{s:o, s:I}", "report", cli_json_text(path), "attention", (json_int_t)st->nattention));
            else if (!cli_is_stream(path))
                cli_say(common, "%s: a page on the cluster, %zu thing%s to attend to", path, st->nattention,
                        st->nattention == 1 ? "" : "s");
            page_free(p);
        }
        status_free(st);
    }
    free(p);
    free(st);
    return status;
}

int voxtrust_report(struct cli_common *common, int argc, char **argv)
{
    struct report_args a = {NULL};
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    status = cli_store_open(common, &s, &err) != VOX_OK ? cli_report(common, NULL, &err) : report(common, s, a.output);
    store_close(&s);
    return status;
}
