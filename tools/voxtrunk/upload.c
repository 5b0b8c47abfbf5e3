#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/report.h>
#include <cluster/admit.h>
#include <cluster/view.h>
#include <libcert/clock.h>

#include "claim.h"
#include "find.h"
#include "voxtrunk.h"

struct upload_args {
    const char *trunk, *file, *password_file;
};

enum { OPT_PASSWORD_FILE = 0x100 };

static const struct argp_option options[] = {
    {"password-file", OPT_PASSWORD_FILE, "FILE", 0, "password of a PKCS#12 file (-: standard input)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct upload_args *a = state->input;

    switch (key) {
    case OPT_PASSWORD_FILE:
        a->password_file = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->trunk == NULL)
            a->trunk = arg;
        else if (a->file == NULL)
            a->file = arg;
        else
            argp_error(state, "one FILE at a time: %s (its issuers may stand in it, too)", arg);
        return 0;
    case ARGP_KEY_END:
        if (a->file == NULL)
            argp_error(state, a->trunk == NULL ? "for which TRUNK?" : "which FILE?");
        if (a->password_file != NULL && strcmp(a->password_file, "-") == 0 && strcmp(a->file, "-") == 0)
            argp_error(state, "standard input ('-') can be read once only");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "TRUNK FILE",
    .doc = "Put the certificate of a trunk's device into CallManager-trust. FILE is PEM, DER, PKCS#7 or PKCS#12; the "
           "device's issuers may stand in it, too, in any order; '-' is standard input.\v"
           "It is judged first as a call manager would at the handshake: names against the profile, chain, dates, "
           "usages, key. When it is refused, nothing is changed.",
};

static enum vox_err read_chain(struct cli_common *common, const struct upload_args *a, struct bundle *out,
                               struct vox_error *err)
{
    const struct password_source pass = cli_password(common, a->password_file);
    struct bytes file;
    enum vox_err code = cli_read(a->file, LIMIT_BUNDLE_FILE, &file, err);

    if (code != VOX_OK)
        return code;
    code = admit_bundle(file.data, file.len, a->file, &pass, out, err);
    bytes_wipe(&file); /* a key may stand in it */
    if (code == VOX_OK && (code = bundle_sort_chain(out, NULL, err)) == VOX_OK && out->ncerts > LIMIT_CHAIN_DEPTH)
        code = vox_fail(err, VOX_E_INPUT, "%zu certificates: a device and its issuers are %d at most", out->ncerts,
                        LIMIT_CHAIN_DEPTH);
    return code;
}

int voxtrunk_upload(struct cli_common *common, int argc, char **argv)
{
    struct upload_args a = {0};
    struct ourside ours = {.nchain = 0};
    struct claim c = {.ours = &ours, .now = clock_now()};
    struct trunk_profile *profile = NULL;
    struct trunk *trunk = NULL;
    struct bundle bundle = {.certs = NULL};
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || find_both(s, a.trunk, &trunk, &profile, &err) != VOX_OK ||
        claim_allowed(trunk, profile, &err) != VOX_OK || ourside_trust(s, &ours, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else if (read_chain(common, &a, &bundle, &err) != VOX_OK) {
        status = cli_report(common, a.file, &err);
    } else {
        c.trunk = trunk;
        c.profile = profile;
        for (; c.n < bundle.ncerts; c.n++)
            c.certs[c.n] = bundle.certs[c.n];
        status = claim_make(common, "upload", a.file, &c, s, NULL);
    }
    bundle_free(&bundle);
    ourside_clear(&ours);
    trunk_profiles_free(&profile, profile != NULL ? 1 : 0);
    free(trunk);
    store_close(&s);
    return status;
}
