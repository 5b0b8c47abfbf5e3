#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include <cli/input.h>
#include <libcert/limits.h>

#include "terminal.h"

static enum vox_err from_file(void *arg, const char *what, struct bytes *out, struct vox_error *err)
{
    const char *file = arg;
    enum vox_err code = password_from_file(file, out, err);

    (void)what;
    if (code != VOX_OK)
        (void)vox_error_prefix(err, "password file %s", file);
    return code;
}

static enum vox_err from_terminal(void *arg, const char *what, struct bytes *out, struct vox_error *err)
{
    const bool of_token = strncmp(what, "the token", 9) == 0;
    char prompt[512], line[LIMIT_PASSWORD + 1];
    struct vox_error name;
    enum vox_err code;
    int n;

    (void)arg;
    (void)fflush(stdout);
    vox_fail(&name, VOX_OK, "%s", what); /* escaped: it goes to a terminal */
    (void)snprintf(prompt, sizeof prompt, "%s %.400s: ", of_token ? "PIN of" : "Password for", name.text);
    n = terminal_ask(prompt, false, line, sizeof line);
    if (n == TERMINAL_NONE && of_token)
        return vox_fail(err, VOX_E_USAGE,
                        "the PIN of %s is needed, and there is no terminal to ask on: name a file with it, as "
                        "?pin-source=FILE in the token's URI",
                        what);
    if (n == TERMINAL_NONE)
        return vox_fail(err, VOX_E_USAGE,
                        "a password is needed for %s, and there is no terminal to ask on: use --password-file", what);
    if (n < 0)
        return vox_fail(err, VOX_E_USAGE, "no password was given for %s", what);
    code = bytes_copy(out, line, (size_t)n, err);
    OPENSSL_cleanse(line, sizeof line);
    return code;
}

static void say(void *arg, const char *text)
{
    (void)arg;
    (void)fflush(stdout);
    (void)fprintf(stderr, "%s\n", text);
}

/* Only that word: a yes would be given too easily. */
static bool confirm(void *arg, const char *question, const char *word)
{
    char prompt[512], line[64];

    (void)arg;
    (void)fflush(stdout);
    (void)snprintf(prompt, sizeof prompt, "%.400s\nType \"%s\" to go on: ", question, word);
    return terminal_ask(prompt, true, line, sizeof line) > 0 && strcmp(line, word) == 0;
}

struct password_source cli_password(struct cli_common *common, const char *file)
{
    (void)common;
    if (file != NULL)
        return (struct password_source){
            .get = from_file, .arg = (void *)(uintptr_t)file, .say = say}; /* only read through */
    return (struct password_source){.get = from_terminal, .say = say, .confirm = confirm};
}
