#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cli/report.h>

#include "voxtrust.h"

#define MARK ".voxtrust-demo" /* the script leaves it in its folder */

struct demo_args {
    const char *folder;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct demo_args *a = state->input;

    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (a->folder != NULL)
        argp_error(state, "one FOLDER, not %s as well", arg);
    a->folder = arg;
    return 0;
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "[FOLDER]",
    .doc = "Do the main job from nothing, and show each command: certificates, trust lists, signed configurations, ten "
           "virtual phones that trust them, enrol and follow a rotation, an accident that is refused, a trunk; at the "
           "end a page in HTML.\v"
           "Everything happens in FOLDER, whose content from an earlier run is replaced (default: a new one in /tmp), "
           "and on ports of 127.0.0.1. No other store is touched. Needs bash and openssl.",
};

static bool is_empty(const char *path)
{
    DIR *dir = opendir(path);
    int n = 0;

    if (dir == NULL)
        return false;
    while (n < 3 && readdir(dir) != NULL)
        n++;
    (void)closedir(dir);
    return n < 3; /* . and .. */
}

/* An own folder: a new one, an empty one, or one of an earlier run; absolute. */
static enum vox_err own_folder(const char *wanted, char out[static PATH_MAX], struct vox_error *err)
{
    char mark[PATH_MAX + sizeof MARK];

    if (wanted == NULL) {
        (void)snprintf(out, PATH_MAX, "%s/voxtrust-demo.XXXXXX", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
        return mkdtemp(out) != NULL ? VOX_OK : vox_fail_errno(err, VOX_E_IO, "%s", out);
    }
    if (mkdir(wanted, 0700) != 0 && errno != EEXIST)
        return vox_fail_errno(err, VOX_E_IO, "%s", wanted);
    if (realpath(wanted, out) == NULL)
        return vox_fail_errno(err, VOX_E_IO, "%s", wanted);
    (void)snprintf(mark, sizeof mark, "%s/" MARK, out);
    if (!is_empty(out) && access(mark, F_OK) != 0)
        return vox_fail(err, VOX_E_INPUT, "%s holds something else than an earlier demo: name another folder", out);
    return VOX_OK;
}

/* The folder of this program, and the script that is installed with it. */
static enum vox_err find_script(char bin[static PATH_MAX], char script[static PATH_MAX], struct vox_error *err)
{
    ssize_t n = readlink("/proc/self/exe", bin, PATH_MAX - 1);
    char *slash;

    if (n <= 0)
        return vox_fail_errno(err, VOX_E_IO, "/proc/self/exe");
    bin[n] = '\0';
    if ((slash = strrchr(bin, '/')) != NULL)
        *slash = '\0';
    if ((size_t)snprintf(script, PATH_MAX, "%s/../share/voxtrust/demo.sh", bin) >= PATH_MAX ||
        access(script, R_OK) != 0)
        return vox_fail(err, VOX_E_IO, "%s: the script of the demo is not installed", script);
    return VOX_OK;
}

int voxtrust_demo(struct cli_common *common, int argc, char **argv)
{
    char bash[] = "bash", bin[PATH_MAX], script[PATH_MAX], folder[PATH_MAX];
    struct demo_args a = {NULL};
    struct vox_error err;

    cli_parse(common, &argp, argc, argv, &a);
    if (find_script(bin, script, &err) != VOX_OK || own_folder(a.folder, folder, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    char *const command[] = {bash, script, bin, folder, NULL};

    (void)execvp(bash, command);
    (void)vox_fail_errno(&err, VOX_E_IO, "bash");
    return cli_report(common, NULL, &err);
}
