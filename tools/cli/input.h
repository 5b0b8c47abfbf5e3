/*
 * What programs share in reading and writing: "-" for the standard streams, the store, passwords, questions.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <stdbool.h>

#include <cli/verb.h>
#include <libcert/bytes.h>
#include <libcert/cert.h>
#include <libcert/key.h>
#include <libcert/password.h>
#include <libcert/store.h>

/* cli_is_stream(path): "-", or a device or open pipe below /dev: to be written to, not replaced. */
bool cli_is_stream(const char *path);

/* cli_read(path, max, out, err): file_read(), with "-" for standard input. cli_write(path, data, len, mode, err):
 * file_replace(), with "-" for standard output (refused when it is a terminal and the bytes are not text); streams are
 * written to. */
enum vox_err cli_read(const char *path, size_t max, struct bytes *out, struct vox_error *err);
enum vox_err cli_write(const char *path, const void *data, size_t len, mode_t mode, struct vox_error *err);

/* cli_store_url(common, out): --store, $VOXTRUST_STORE, or the default for this user (root:
 * /var/lib/voxtrust/voxtrust.db; else $XDG_STATE_HOME/voxtrust/voxtrust.db). Free with free(). */
char *cli_store_url(const struct cli_common *common);

/* cli_store_open(common, out, err): store_open() of that URL; the sentence says "run 'voxtrust init' first" when there
 * is none. */
enum vox_err cli_store_open(const struct cli_common *common, struct store **out, struct vox_error *err);

/*
 * cli_password(common, file): a password source that reads file (--password-file; "-" standard input), or without one
 * asks on the terminal without echo; VOX_E_USAGE when there is no terminal. The returned struct lives as long as the
 * call of the verb.
 */
struct password_source cli_password(struct cli_common *common, const char *file);

/*
 * cli_key_open(common, source, password_file, out, err): key_open() with that password source; warns on standard error
 * when a key file has rights for group or others.
 */
enum vox_err cli_key_open(struct cli_common *common, const char *source, const char *password_file, EVP_PKEY **out,
                          struct vox_error *err);

/* cli_cert_open(path, out, err): the first certificate of a file in any form that bundle_read() knows ("-" works). The
 * sentence has no path. */
enum vox_err cli_cert_open(const char *path, struct cert **out, struct vox_error *err);

/*
 * The option --fingerprint HEX, by which a certificate that is fetched is known. cli_fingerprint_parse(arg, state,
 * out): its argument, with or without ':'; what is no SHA-256 ends the program. cli_fingerprint_match(f, who, c, err):
 * is c the one, or was none named? VOX_E_NO: `who` ("the server") shows another one.
 */
struct cli_fingerprint {
    bool given;
    uint8_t sha256[CERT_SHA256_LEN];
};
struct argp_state;
void cli_fingerprint_parse(const char *arg, const struct argp_state *state, struct cli_fingerprint *out);
enum vox_err cli_fingerprint_match(const struct cli_fingerprint *f, const char *who, const struct cert *c,
                                   struct vox_error *err);

/* cli_ask(common, prompt, out, outlen): a line from the terminal; false without one, or without an answer. --yes
 * answers nothing here. */
bool cli_ask(const struct cli_common *common, const char *prompt, char *out, size_t outlen);

/* cli_confirm(common, fmt, ...): ask "... [y/N] " on the terminal; true on y or yes, or when --yes was given; false
 * without a terminal. */
bool cli_confirm(const struct cli_common *common, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
