/* Keys on PKCS#11 tokens: a verb a file. */
#ifndef VOXTOKEN_H
#define VOXTOKEN_H

#include <argp.h>
#include <jansson.h>

#include <cli/verb.h>
#include <libcert/cert.h>
#include <libcert/token.h>

int voxtoken_list(struct cli_common *common, int argc, char **argv);
int voxtoken_show(struct cli_common *common, int argc, char **argv);
int voxtoken_sign(struct cli_common *common, int argc, char **argv);
int voxtoken_ceremony(struct cli_common *common, int argc, char **argv);
int voxtoken_verify_transcript(struct cli_common *common, int argc, char **argv);
int voxtoken_new_key(struct cli_common *common, int argc, char **argv);

/* How to reach a token: options that the verbs share. */
struct reach {
    const char *module, *pin_file, *uri;
};
enum { REACH_MODULE = 'm', REACH_PIN_FILE = 0x100 };
#define REACH_OPTION_MODULE                                                                                     \
    {                                                                                                           \
        "module", REACH_MODULE, "FILE", 0, "PKCS#11 module of the vendor (default: all that are registered)", 9 \
    }
#define REACH_OPTION_PIN                                                                                               \
    {                                                                                                                  \
        "pin-file", REACH_PIN_FILE, "FILE", 0, "first line: the PIN ('-': standard input); otherwise it is asked for", \
            9                                                                                                          \
    }

/* reach_parse(key, arg, state, r): ARGP_ERR_UNKNOWN for what is none of them. The URI is the argument, when there is
 * one. */
error_t reach_parse(int key, char *arg, struct argp_state *state, struct reach *r);

/* reach_module(r, err): the agent of the module. */
enum vox_err reach_agent(const struct reach *r, const struct token_uri *u, struct token_agent **out,
                         struct vox_error *err);

/* A token that was reached. Free with reached_free(). */
struct reached {
    struct token_uri *uri;
    struct token_agent *agent;
    size_t index;
    struct token_info info;
    struct password_source pass;
};

/* reach_token(common, r, out, err): the one token of r's URI; no PIN yet. */
enum vox_err reach_token(struct cli_common *common, const struct reach *r, struct reached *out, struct vox_error *err);
void reached_free(struct reached *r);

/* What 'new-key' makes. new_signer(t, what, key, out, err): a key on a token that was logged in, and a self-signed
 * certificate beside it. Free *out with cert_free(). */
struct new_signer {
    const struct key_spec *spec;
    const char *label;
    const char *subject; /* NULL: CN=SAST-SERIALNUMBER */
    int days;
};
enum vox_err new_signer(struct reached *t, const struct new_signer *what, struct token_object *key, struct cert **out,
                        struct vox_error *err);

/* check_qr(p, forced, err): the check number of a prepared list as a QR code on standard output, if that is a terminal
 * that shows it, or forced. */
struct prepared_list;
enum vox_err check_qr(const struct prepared_list *p, bool forced, struct vox_error *err);

/* reach_token_json(t): what is known of a token. */
json_t *reach_token_json(const struct token_info *t);

#endif
