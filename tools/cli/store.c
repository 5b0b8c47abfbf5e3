#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cli/input.h>

/* A service without $HOME has one in the password file. */
static const char *home(void)
{
    const char *path = getenv("HOME");
    const struct passwd *user = path == NULL || path[0] != '/' ? getpwuid(geteuid()) : NULL;

    return user != NULL ? user->pw_dir : path != NULL ? path : "";
}

char *cli_store_url(const struct cli_common *common)
{
    const char *given = common->store_url != NULL ? common->store_url : getenv("VOXTRUST_STORE");
    const char *state = getenv("XDG_STATE_HOME");
    char *url = NULL;

    if (given != NULL && given[0] != '\0')
        return strdup(given);
    if (geteuid() == 0)
        return strdup("sqlite:/var/lib/voxtrust/voxtrust.db");
    /* XDG base directories: relative paths are to be ignored. */
    if (state != NULL && state[0] == '/') {
        if (asprintf(&url, "sqlite:%s/voxtrust/voxtrust.db", state) < 0)
            return NULL;
    } else if (asprintf(&url, "sqlite:%s/.local/state/voxtrust/voxtrust.db", home()) < 0) {
        return NULL;
    }
    return url;
}

enum vox_err cli_store_open(const struct cli_common *common, struct store **out, struct vox_error *err)
{
    char *url = cli_store_url(common);
    enum vox_err code;

    *out = NULL;
    if (url == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    code = store_open(url, out, err);
    if (code == VOX_E_NOT_FOUND)
        code = vox_fail(err, code,
                        "there is no store at %s: run 'voxtrust init' first, or name another one with --store", url);
    free(url);
    return code;
}
