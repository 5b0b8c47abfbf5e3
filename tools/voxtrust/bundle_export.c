#include <stdio.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/clock.h>

#include "bundle_file.h"
#include "voxtrust.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    return bundle_file_arg(key, arg, state, state->input);
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Write what another cluster must know of this one, before phones move between them: its servers, the "
           "certificates of its services, the lists that its phones fetch. Never a key.\v"
           "Prints the digest of the file (as sha256sum does). Tell it to the administrator of the other cluster by "
           "another way than the file goes, by telephone for instance: 'voxtrust bundle import' asks for it there.",
};

/* What is written must be readable: the other side cannot mend it. */
static enum vox_err make(struct store *s, struct bytes *out, struct bundle_file *b, struct vox_error *err)
{
    struct foreign own;
    enum vox_err code;

    if ((code = foreign_gather(s, clock_now(), &own, err)) == VOX_OK &&
        (code = foreign_write(&own, out, err)) == VOX_OK &&
        (code = foreign_digest(out->data, out->len, b->digest, err)) == VOX_OK &&
        (code = foreign_read(out->data, out->len, &b->foreign, err)) != VOX_OK)
        vox_error_prefix(err, "this cluster cannot be told of in a bundle");
    foreign_clear(&own);
    return code;
}

static enum vox_err deliver(struct store *s, const char *file, const struct bytes *data, const struct bundle_file *b,
                            struct vox_error *err)
{
    char what[512];
    enum vox_err code;

    (void)snprintf(what, sizeof what, "voxtrust bundle export %.300s (SHA-256 %s)", file, b->digest);
    if ((code = audit_append(s, what, "done", err)) != VOX_OK)
        return code;
    return cli_write(file, data->data, data->len, 0644, err);
}

static int tell(const struct cli_common *common, const char *file, const struct bundle_file *b)
{
    char groups[BUNDLE_GROUPS_MAX];

    if (strcmp(file, "-") == 0) {
        if (!common->quiet)
            (void)fprintf(stderr, "SHA-256: %s\n", b->digest);
        return EXIT_DONE;
    }
    if (common->json)
        return cli_json_print(json_pack("{s:o, s:o}", "file", cli_json_text(file), "bundle", bundle_file_json(b)));
    bundle_file_groups(b->digest, groups);
    bundle_file_say(common, &b->foreign);
    if (b->foreign.nlists == 0)
        cli_warn(common, NULL,
                 "nothing is published from here, so the other side cannot reckon what its phones will do: 'voxlist "
                 "publish', then export again");
    cli_say(common, "%s is written. Its digest, for the administrator of the other cluster:", file);
    cli_say(common, "  %s", groups);
    return EXIT_DONE;
}

int voxtrust_bundle_export(struct cli_common *common, int argc, char **argv)
{
    struct bundle_file b = {.digest = ""};
    struct bytes data = {NULL, 0};
    const char *file = NULL;
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &file);
    if (cli_store_open(common, &s, &err) != VOX_OK || make(s, &data, &b, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (deliver(s, file, &data, &b, &err) != VOX_OK)
        status = cli_report(common, file, &err);
    else
        status = tell(common, file, &b);
    bundle_file_clear(&b);
    bytes_free(&data);
    store_close(&s);
    return status;
}
