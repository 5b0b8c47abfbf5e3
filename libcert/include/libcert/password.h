/*
 * Where a password comes from. Libraries never touch the terminal: they call what the program handed in.
 */
#ifndef LIBCERT_PASSWORD_H
#define LIBCERT_PASSWORD_H

#include <stdbool.h>

#include <libcert/bytes.h>

/*
 * A password source. get(arg, what, out, err) fills out with the password for the thing that `what` names ("cm1.p12"),
 * without a NUL; the caller wipes it with bytes_wipe(). It may return VOX_E_USAGE when nobody can be asked.
 *
 * For PINs of tokens, both NULL where nobody is there: say(arg, text) tells something that cannot wait for the end;
 * confirm(arg, question, word) is true when somebody typed exactly that word.
 */
struct password_source {
    enum vox_err (*get)(void *arg, const char *what, struct bytes *out, struct vox_error *err);
    void *arg;
    void (*say)(void *arg, const char *text);
    bool (*confirm)(void *arg, const char *question, const char *word);
};

/*
 * password_from_file(path, out, err): the first line of a file without its end-of-line; "-" reads standard input.
 * Errors: VOX_E_IO, VOX_E_NOT_FOUND, VOX_E_INPUT (empty, over LIMIT_PASSWORD, a NUL inside). Free with bytes_wipe().
 */
enum vox_err password_from_file(const char *path, struct bytes *out, struct vox_error *err);

#endif
