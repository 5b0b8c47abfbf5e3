#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/hashdir.h>
#include <libcert/bundle.h>

#include "find.h"
#include "peers.h"
#include "recipe.h"
#include "voxtrunk.h"

enum { OPT_FOR = 0x100, OPT_BUNDLE, OPT_HASHDIR, OPT_DEVICE_DIR };

#define HASHDIR "callmanager-ca" /* below DIR */

struct export_args {
    const char *trunk, *dir, *device_dir;
    const struct recipe *recipe;
    bool bundle, hashdir;
};

static const struct argp_option options[] = {
    {"for", OPT_FOR, "SERVER", 0, "the configuration for asterisk, kamailio or freeswitch", 0},
    {"output", 'o', "DIR", 0, "the folder where the files go; made if it is not there", 0},
    {"bundle", OPT_BUNDLE, NULL, 0, "what the device must trust, in one file (always with --for)", 0},
    {"hashdir", OPT_HASHDIR, NULL, 0, "the same as a folder that OpenSSL looks certificates up in", 0},
    {"device-dir", OPT_DEVICE_DIR, "DIR", 0, "where the files will lie on the device (default: where they usually do)",
     0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct export_args *a = state->input;

    switch (key) {
    case OPT_FOR:
        if ((a->recipe = recipe_find(arg)) == NULL)
            argp_error(state, "--for %s: asterisk, kamailio or freeswitch", arg);
        return 0;
    case 'o':
        a->dir = arg;
        return 0;
    case OPT_BUNDLE:
        a->bundle = true;
        return 0;
    case OPT_HASHDIR:
        a->hashdir = true;
        return 0;
    case OPT_DEVICE_DIR:
        a->device_dir = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->trunk != NULL)
            argp_error(state, "one TRUNK, not '%s' as well", arg);
        a->trunk = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->trunk == NULL)
            argp_error(state, "which TRUNK?");
        if (a->dir == NULL)
            argp_error(state, "into which folder? (-o DIR)");
        if (a->recipe == NULL && !a->bundle && !a->hashdir)
            argp_error(state, "what: --for SERVER, --bundle or --hashdir?");
        if (a->device_dir != NULL && a->recipe == NULL)
            argp_error(state, "--device-dir goes with --for");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "TRUNK",
    .doc =
        "Write what the device at the far end must have: the certificates of the call managers, or of their CAs, and a "
        "configuration that demands them.\v"
        "No private key is written. Files of the same name are replaced.",
};

/* Everything, before the first file is written. */
struct output {
    struct peers peers;
    struct recipe_file files[RECIPE_FILES_MAX];
    size_t nfiles;
    struct bytes bundle;
};

static void output_free(struct output *o)
{
    for (size_t i = 0; i < o->nfiles; i++)
        free(o->files[i].text);
    bytes_free(&o->bundle);
    peers_free(&o->peers);
}

static enum vox_err compose(struct store *s, const struct export_args *a, const struct trunk *t,
                            const struct trunk_profile *profile, struct output *o, struct vox_error *err)
{
    struct recipe_params p = {.trunk = t, .profile = profile};
    enum vox_err code;

    if (profile->mode == TRUNK_NON_SECURE)
        return vox_fail(err, VOX_E_INPUT,
                        "trunk %s has the profile %s, which is non-secure: there are no certificates to be trusted",
                        t->name, profile->name);
    if (a->recipe != NULL && profile->mode == TRUNK_AUTHENTICATED)
        return vox_fail(
            err, VOX_E_INPUT,
            "there is no recipe for mode authenticated (TLS with NULL-SHA): --bundle or --hashdir alone, or "
            "a profile with --mode encrypted");
    if ((code = peers_read(s, &o->peers, err)) != VOX_OK ||
        (code = bundle_write_pem(o->peers.certs, o->peers.ncerts, true, &o->bundle, err)) != VOX_OK)
        return code;
    if (a->recipe == NULL)
        return VOX_OK;
    p.dir = a->device_dir != NULL ? a->device_dir : a->recipe->default_dir;
    if ((code = recipe_dir_check(p.dir, err)) != VOX_OK || (code = peers_nodes(s, &o->peers, err)) != VOX_OK)
        return code;
    p.policy = o->peers.policy;
    p.nodes = o->peers.nodes;
    p.nnodes = o->peers.nnodes;
    p.names = (const char *const *)o->peers.names;
    p.nnames = o->peers.nnames;
    return a->recipe->write(&p, o->files, &o->nfiles, err);
}

static enum vox_err write_one(const struct export_args *a, const char *name, const void *data, size_t len,
                              json_t *written, struct vox_error *err)
{
    char path[PATH_MAX];
    enum vox_err code;

    if ((size_t)snprintf(path, sizeof path, "%s/%s", a->dir, name) >= sizeof path)
        return vox_fail(err, VOX_E_IO, "the folder's name is too long");
    code = cli_write(path, data, len, 0644, err); /* for everybody: no secret is in it */
    if (code != VOX_OK)
        (void)vox_error_prefix(err, "%s", path);
    else
        (void)json_array_append_new(written, cli_json_text(path));
    return code;
}

static enum vox_err write_all(const struct export_args *a, const struct output *o, json_t *written,
                              struct vox_error *err)
{
    char path[PATH_MAX];
    enum vox_err code = VOX_OK;

    if (mkdir(a->dir, 0755) == 0)
        (void)chmod(a->dir, 0755); /* our umask is 077, and others read what is in it */
    else if (errno != EEXIST)
        return vox_fail_errno(err, errno == ENOENT ? VOX_E_NOT_FOUND : VOX_E_IO, "%s", a->dir);
    if (a->bundle || a->recipe != NULL)
        code = write_one(a, RECIPE_BUNDLE, o->bundle.data, o->bundle.len, written, err);
    for (size_t i = 0; i < o->nfiles && code == VOX_OK; i++)
        code = write_one(a, o->files[i].name, o->files[i].text, strlen(o->files[i].text), written, err);
    if (code != VOX_OK || !a->hashdir)
        return code;
    if ((size_t)snprintf(path, sizeof path, "%s/" HASHDIR, a->dir) >= sizeof path)
        return vox_fail(err, VOX_E_IO, "the folder's name is too long");
    code = hashdir_write(path, o->peers.certs, o->peers.ncerts, err);
    if (code != VOX_OK)
        (void)vox_error_prefix(err, "%s", path);
    else
        (void)json_array_append_new(written, cli_json_text(path));
    return code;
}

static int tell(const struct cli_common *common, const struct export_args *a, const struct output *o, json_t *written)
{
    if (common->json) {
        json_t *certs = json_array();

        for (size_t i = 0; i < o->peers.ncerts; i++) {
            char fingerprint[CERT_FINGERPRINT_MAX];

            cert_fingerprint(o->peers.certs[i], fingerprint);
            (void)json_array_append_new(certs, json_string(fingerprint));
        }
        return cli_json_print(json_pack("{s:s, s:s?, s:O, s:o}", "trunk", a->trunk, "for",
                                        a->recipe != NULL ? a->recipe->word : NULL, "files", written, "certificates",
                                        certs));
    }
    for (size_t i = 0; i < json_array_size(written); i++)
        cli_say(common, "%s", json_string_value(json_array_get(written, i)));
    if (a->recipe != NULL)
        cli_say(common, "On the device: %s", a->recipe->next);
    return EXIT_DONE;
}

int voxtrunk_export(struct cli_common *common, int argc, char **argv)
{
    struct export_args a = {0};
    struct output o = {.nfiles = 0};
    struct trunk_profile *profile = NULL;
    struct trunk *trunk = NULL;
    struct store *s = NULL;
    json_t *written = json_array();
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || find_both(s, a.trunk, &trunk, &profile, &err) != VOX_OK ||
        compose(s, &a, trunk, profile, &o, &err) != VOX_OK || write_all(&a, &o, written, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = tell(common, &a, &o, written);
    json_decref(written);
    output_free(&o);
    trunk_profiles_free(&profile, profile != NULL ? 1 : 0);
    free(trunk);
    store_close(&s);
    return status;
}
