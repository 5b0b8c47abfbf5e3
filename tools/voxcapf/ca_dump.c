#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/limits.h>

#include "profile.h"
#include "requests.h"
#include "voxcapf.h"

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "into this file (default: standard output)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    const char **output = state->input;

    switch (key) {
    case 'o':
        *output = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "no argument is expected: %s", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "",
    .doc =
        "Write the keys of phones that wait for a CA that is elsewhere into one file, for 'voxcapf ca sign' there. It "
        "holds nothing secret. Nothing changes: what was dumped once is dumped again until its answer is imported.",
};

struct job {
    struct requests r;
    size_t room, left_out;
    bool no_memory;
};

static bool take(void *arg, const struct ca_request *r)
{
    struct job *j = arg;

    if (j->r.n == LIMIT_CA_REQUESTS) {
        j->left_out++;
        return true;
    }
    if (j->r.n == j->room) {
        size_t room = 2 * j->room + 64;
        void *more = realloc(j->r.list, room * sizeof *j->r.list);

        if (more == NULL)
            return !(j->no_memory = true);
        j->r.list = more;
        j->room = room;
    }
    j->r.list[j->r.n++] = *r;
    return true;
}

static enum vox_err gather(struct store *s, struct job *j, struct vox_error *err)
{
    struct ca_issuers known;
    char *cluster = NULL;
    enum vox_err code = profile_read(s, &j->r.profile, err);

    if (code == VOX_OK && (code = ca_offline_issuers(s, &known, err)) == VOX_OK && known.n == 0)
        code = vox_fail(err, VOX_E_INPUT,
                        "CAPF itself issues: say first which CA does, with 'voxcapf ca mode offline ID'");
    if (code == VOX_OK)
        (void)snprintf(j->r.issuer, sizeof j->r.issuer, "%s", known.fingerprint[0]);
    if (code == VOX_OK && (code = store_setting_get(s, "cluster", &cluster, err)) == VOX_OK)
        (void)snprintf(j->r.cluster, sizeof j->r.cluster, "%s", cluster != NULL ? cluster : "");
    if (code == VOX_OK)
        code = ca_requests_open(s, take, j, err);
    free(cluster);
    if (code == VOX_OK && j->no_memory)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    if (code == VOX_OK && j->r.n == 0)
        code = vox_fail(err, VOX_E_NO, "no phone waits for the CA");
    return code;
}

int voxcapf_ca_dump(struct cli_common *common, int argc, char **argv)
{
    struct job j = {.room = 0};
    const char *output = "-";
    struct store *s = NULL;
    struct bytes file = {NULL, 0};
    struct vox_error err;
    enum vox_err code;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &output);
    if (common->json && strcmp(output, "-") == 0)
        return cli_usage(common, "--json: name the file with -o");
    if ((code = cli_store_open(common, &s, &err)) == VOX_OK && (code = gather(s, &j, &err)) == VOX_OK &&
        (code = requests_write(&j.r, &file, &err)) == VOX_OK)
        code = cli_write(output, file.data, file.len, 0644, &err);
    if (code != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (common->json)
        status = cli_json_print(json_pack("{s:o, s:I, s:I}", "file", cli_json_text(output), "requests",
                                          (json_int_t)j.r.n, "left_out", (json_int_t)j.left_out));
    else if (strcmp(output, "-") != 0)
        cli_say(common, "%s: %zu request%s, for the CA with certificate %.16s...", output, j.r.n, j.r.n == 1 ? "" : "s",
                j.r.issuer);
    if (code == VOX_OK && j.left_out > 0)
        cli_warn(common, output, "%zu more wait: import the answers to these, then dump again", j.left_out);
    bytes_free(&file);
    requests_free(&j.r);
    store_close(&s);
    return status;
}
