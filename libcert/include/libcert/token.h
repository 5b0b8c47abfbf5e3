/*
 * Keys on PKCS#11 tokens: what is there, whose it is, and a key that signs.
 *
 * Modules of vendors hang, crash and keep PINs: they run in a process of their own (the agent), which is asked over a
 * socket with a time limit for each question and killed when it does not answer. Sources: PKCS#11 v2.40; RFC 7512;
 * docs/howto/tokens.md.
 */
#ifndef LIBCERT_TOKEN_H
#define LIBCERT_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include <libcert/bytes.h>
#include <libcert/key.h>
#include <libcert/password.h>

enum {
    TOKEN_TEXT_MAX = 65, /* label, serial, model or maker with its NUL; what a terminal would obey is escaped */
    TOKEN_MODULE_MAX = 256,
    TOKEN_ID_MAX = 64,     /* bytes of an object's id */
    TOKEN_OBJECT_MAX = 96, /* bytes of an object's label with its NUL */
    TOKEN_URI_MAX = 512,
    TOKEN_DER_MAX = 8192, /* bytes of a public key, a certificate or a signature */
};

/* How a token's PIN stands. */
enum token_pin {
    TOKEN_PIN_NONE,  /* the token asks for none */
    TOKEN_PIN_UNSET, /* it has no user PIN yet */
    TOKEN_PIN_OK,
    TOKEN_PIN_LOW,   /* a wrong one was tried */
    TOKEN_PIN_FINAL, /* the next wrong one locks it */
    TOKEN_PIN_LOCKED,
    TOKEN_PIN_CHANGE, /* to be changed before it is good for anything */
};

/* Bytes as the token has them, which may be no text. */
struct token_bytes {
    uint8_t data[TOKEN_OBJECT_MAX];
    size_t len;
};

struct token_info {
    char label[TOKEN_TEXT_MAX], serial[TOKEN_TEXT_MAX], model[TOKEN_TEXT_MAX], maker[TOKEN_TEXT_MAX];
    struct token_bytes raw_label, raw_serial; /* for URIs; without the padding */
    char module[TOKEN_MODULE_MAX];            /* file, or the name by which it is registered */
    enum token_pin pin;
    bool initialized;
    bool pinpad;                      /* the PIN is entered on the reader */
    unsigned long pin_min, pin_max;   /* characters */
    char trouble[VOX_ERROR_TEXT_MAX]; /* why nothing more is known of this slot; "" otherwise */
};

/* token_pin_word(p): "none", "unset", "ok", "low", "final try", "locked", "to be changed". */
const char *token_pin_word(enum token_pin p);

/* What a URI says, RFC 7512. Free with token_uri_free(). */
struct token_uri;

/*
 * token_uri_parse(text, out, err): strict: unknown or doubled attributes, values that are too long, a PIN in the text
 * (pin-value: everybody could read it in the list of processes), a command as pin-source, and a slot number are
 * VOX_E_USAGE with the reason. token_uri_is(text): does it begin as such a URI?
 */
bool token_uri_is(const char *text);
enum vox_err token_uri_parse(const char *text, struct token_uri **out, struct vox_error *err);
void token_uri_free(struct token_uri **u);

/* token_uri_module(u), token_uri_pin_source(u): the file, or NULL. */
const char *token_uri_module(const struct token_uri *u);
const char *token_uri_pin_source(const struct token_uri *u);

/* token_uri_text(info, o, out): the URI that names a token, or with o (NULL: without) the object on it, by its id, else
 * by its label. Bytes that are no plain text stand as %NN, and it matches what it was made of. */
struct token_object;
void token_uri_text(const struct token_info *info, const struct token_object *o, char out[static TOKEN_URI_MAX]);

/* The agent: one process for each module. */
struct token_agent;

/*
 * token_agent_get(module, out, err): the agent of module, a file, or of all registered modules when NULL: started when
 * there is none yet. It ends with this process. The environment variable VOXTRUST_PKCS11_MODULE stands for NULL.
 * Errors: VOX_E_IO with the loader's words.
 */
enum vox_err token_agent_get(const char *module, struct token_agent **out, struct vox_error *err);

/* token_agents_end(): stop all of them; keys that were opened sign no more. For tests, and before a fork. */
void token_agents_end(void);

/* token_on_fall(call): called when an agent had to be ended or fell: for daemons, that cannot start another one behind
 * their walls and are started anew themselves. */
void token_on_fall(void (*call)(const struct vox_error *why));

/* token_count(a, n, err): slots with a token, looked at anew. token_at(a, i, out, err): the token in the i-th of them.
 */
enum vox_err token_count(struct token_agent *a, size_t *n, struct vox_error *err);
enum vox_err token_at(struct token_agent *a, size_t i, struct token_info *out, struct vox_error *err);

/*
 * token_find(a, u, index, out, err): the one token that u names. Errors: VOX_E_NOT_FOUND (with what is there),
 * VOX_E_USAGE (several: with what tells them apart), VOX_E_IO.
 */
enum vox_err token_find(struct token_agent *a, const struct token_uri *u, size_t *index, struct token_info *out,
                        struct vox_error *err);

/*
 * token_login(a, index, u, pass, err): with the PIN that u's pin-source names, else the one that pass has; one try, and
 * none when the token has had its PIN already.
 * Nothing is sent when the length cannot be right, the PIN is locked, or the next wrong one locked it and pass cannot
 * confirm that. Errors: VOX_E_USAGE (nobody to ask), VOX_E_INPUT (length, wrong), VOX_E_NO (cancelled), VOX_E_IO.
 */
enum vox_err token_login(struct token_agent *a, size_t index, const struct token_uri *u,
                         const struct password_source *pass, struct vox_error *err);

/* An object. */
enum token_class { TOKEN_PRIVATE_KEY, TOKEN_PUBLIC_KEY, TOKEN_CERTIFICATE, TOKEN_OTHER };
struct token_object {
    enum token_class class;
    uint64_t handle;
    uint8_t id[TOKEN_ID_MAX];
    size_t idlen;
    char label[TOKEN_OBJECT_MAX]; /* what a terminal would obey is escaped */
    struct token_bytes raw_label;
    bool rsa, ec;                               /* of a key; neither: something else */
    bool signs, always_authenticate;            /* of a private key */
    bool extractable, never_extractable, local; /* local: made on the token */
    unsigned bits;                              /* of an RSA key */
    uint8_t der[TOKEN_DER_MAX]; /* of a key, its public half (SubjectPublicKeyInfo), of a certificate itself */
    size_t derlen;              /* 0: not known */
};

/* token_object_at(a, index, i, out, err): the i-th object that can be seen; VOX_E_NOT_FOUND behind the last one,
 * VOX_E_INPUT behind the thousandth. */
enum vox_err token_object_at(struct token_agent *a, size_t index, size_t i, struct token_object *out,
                             struct vox_error *err);

/*
 * token_key_find(a, index, u, out, err): the one private key that u names (by id, label, or because it is the only
 * one). Errors: VOX_E_NOT_FOUND, VOX_E_USAGE (several), VOX_E_INPUT (it may not sign, or is neither RSA nor EC).
 */
enum vox_err token_key_find(struct token_agent *a, size_t index, const struct token_uri *u, struct token_object *out,
                            struct vox_error *err);

/* token_key_certificate(a, index, key, out, err): the certificate of a key: the one with its id whose public key is the
 * key's, else any on the token with that public key. VOX_E_NOT_FOUND. Free with bytes_free(). */
enum vox_err token_key_certificate(struct token_agent *a, size_t index, const struct token_object *key,
                                   struct bytes *out, struct vox_error *err);

/*
 * token_key_evp(a, index, key, pass, out, err): as an EVP_PKEY that signs through the agent; each signature is verified
 * by whoever asks for it (key_sign()). pass is asked again for keys that want their PIN for each signature, and must
 * live as long as the key. Free with EVP_PKEY_free().
 */
enum vox_err token_key_evp(struct token_agent *a, size_t index, const struct token_object *key,
                           const struct password_source *pass, EVP_PKEY **out, struct vox_error *err);

/* token_last_failure(out): why the last signature of this thread failed: the sentence of the token, for key_sign(),
 * which hears of OpenSSL only that it did. false: no token had to do with it. */
bool token_last_failure(struct vox_error *out);

/* token_open(uri, pass, out, err): all of that in one: the private key that the text names. */
enum vox_err token_open(const char *uri, const struct password_source *pass, EVP_PKEY **out, struct vox_error *err);

/*
 * token_new_key(a, index, spec, label, out, err): a key pair made on the token, that never leaves it; a random id.
 * Logged in before. token_put_certificate(a, index, key, label, der, err): beside its key.
 */
enum vox_err token_new_key(struct token_agent *a, size_t index, const struct key_spec *spec, const char *label,
                           struct token_object *out, struct vox_error *err);
enum vox_err token_put_certificate(struct token_agent *a, size_t index, const struct token_object *key,
                                   const char *label, struct bytes_view der, struct vox_error *err);

#endif
