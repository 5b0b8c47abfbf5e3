/*
 * What new and csr share: the options that say what is wanted, and what they become: a subject, alternative names and
 * a fresh private key in its file.
 */
#ifndef CLUSTER_WANTED_H
#define CLUSTER_WANTED_H

#include <argp.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <libcert/certbuild.h>
#include <libcert/key.h>
#include <libcert/store.h>

#include "owner.h"

enum { WANTED_SAN_MAX = 100 };

struct wanted {
    const char *service, *node, *subject, *key;
    const char *san[WANTED_SAN_MAX + 1]; /* NULL-terminated */
    size_t nsan;
    int days; /* 0: the service's default */
    bool replace;
    struct password_source pass; /* for the PIN of a key on a token */
};

enum { WANTED_SUBJECT = 0x100, WANTED_SAN, WANTED_DAYS, WANTED_REPLACE };

#define WANTED_OPTIONS                                                                                            \
    {"node", 'n', "NODE", 0, "the node it is for (not needed when the cluster has one)", 0},                      \
        {"subject", WANTED_SUBJECT, "DN", 0, "as \"CN=cm1.example.com,O=Example\" (default: see the manual)", 0}, \
        {"san",                                                                                                   \
         WANTED_SAN,                                                                                              \
         "NAME",                                                                                                  \
         0,                                                                                                       \
         "alternative name: a DNS name or an address, DNS:NAME or IP:ADDRESS; may be repeated (default: those "   \
         "of the node)",                                                                                          \
         0},                                                                                                      \
    {                                                                                                             \
        "key", 'k', "KIND", 0,                                                                                    \
            "rsa:BITS, ec:CURVE, or the URI of a key that is on a token (default: rsa:2048; CallManager-ECDSA: "  \
            "ec:P-384)",                                                                                          \
            0                                                                                                     \
    }

/* wanted_parse(key, arg, state, w): an option of WANTED_OPTIONS, WANTED_DAYS, WANTED_REPLACE or the argument SERVICE;
 * ARGP_ERR_UNKNOWN for others. */
error_t wanted_parse(int key, char *arg, struct argp_state *state, struct wanted *w);

/* wanted_suits(s, spec, err): which keys phones take from which service (certificates.md 1); VOX_E_USAGE with what
 * would do. wanted_spec_of(key): what kind of key it is; no curve. wanted_uri_check(uri, err): may the store keep the
 * URI of a token's key? VOX_E_USAGE, VOX_E_INPUT. */
enum vox_err wanted_suits(enum service s, const struct key_spec *spec, struct vox_error *err);
struct key_spec wanted_spec_of(const EVP_PKEY *key);
enum vox_err wanted_uri_check(const char *uri, struct vox_error *err);

/* What is ready to be signed. Nothing is on the disk until ready_save_key(). */
struct ready {
    struct owner owner;
    X509_NAME *subject;
    char names[2][300]; /* alternative names by default */
    const char *san[WANTED_SAN_MAX + 1];
    struct key_spec spec;
    EVP_PKEY *key;
    char *key_source; /* name of the file below store_key_dir(), or a URI */
    char *key_path;   /* the file, or the URI */
    bool on_token;    /* the key is there already and stays there */
};

/*
 * ready_names(s, w, out, err): everything but the key, so that what cannot be is refused before a key is made.
 * Errors: VOX_E_USAGE, VOX_E_INPUT. ready_key(s, w, p, err): make the key, or open the one on the token.
 * ready_free(p): also after an error.
 */
enum vox_err ready_names(struct store *s, const struct wanted *w, struct ready *out, struct vox_error *err);
enum vox_err ready_key(struct store *s, const struct wanted *w, struct ready *p, struct vox_error *err);
void ready_free(struct ready *p);

/* ready_build(p): parameters for certbuild. */
struct certbuild_params ready_build(const struct ready *p, const struct wanted *w);

/* ready_save_key(p, err): write the key's file. ready_drop_key(p): remove it again, when the store did not take
 * what belongs to it. */
enum vox_err ready_save_key(const struct ready *p, struct vox_error *err);
void ready_drop_key(const struct ready *p);

#endif
