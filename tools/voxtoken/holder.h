/* A key on a token with its certificate, as a ceremony has two of. */
#ifndef VOXTOKEN_HOLDER_H
#define VOXTOKEN_HOLDER_H

#include <jansson.h>

#include <cli/verb.h>
#include <libcert/cert.h>
#include <libcert/token.h>

struct holder {
    struct token_info info;
    struct token_object *object;
    char uri[TOKEN_URI_MAX];
    struct cert *cert;
    EVP_PKEY *key;
    struct password_source pass;
};

/* holder_open(common, uri, out, err): find the token, ask for the PIN, find key and certificate. Close with
 * holder_close(), also after an error. */
enum vox_err holder_open(struct cli_common *common, const char *uri, struct holder *out, struct vox_error *err);
void holder_close(struct holder *h);

/* holder_tell(h, role): to the people. holder_json(h, role): for the transcript, certificate included. */
void holder_tell(const struct holder *h, const char *role);
json_t *holder_json(const struct holder *h, const char *role);

/* holder_sign(h, d, parts, n, out, err): as key_sign(). holder_witness(h, hash, out, err): its signature of a
 * transcript, for the transcript. holder_witnessed(one, hash, err): does such a signature hold? */
enum vox_err holder_sign(struct holder *h, enum digest d, const struct bytes_view *parts, size_t n, struct bytes *out,
                         struct vox_error *err);
enum vox_err holder_witness(struct holder *h, const char *hash, json_t **out, struct vox_error *err);
enum vox_err holder_witnessed(const json_t *one, const char *hash, struct vox_error *err);

#endif
