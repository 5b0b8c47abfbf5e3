/* The phone's side of CAPF: what a phone is told to do, done. Source: docs/formats/capf.md 3. */
#ifndef ENDPOINT_ENROLL_H
#define ENDPOINT_ENROLL_H

#include <capf/proof.h>
#include <cli/verb.h>
#include <libcert/bundle.h>
#include <libcert/key.h>
#include <libcert/tlsconn.h>

struct enroll_args {
    const char *target;      /* HOST[:PORT] */
    const char *device;      /* --device */
    const char *trust;       /* --trust: the server's certificate, CAs of it, or a CTL or ITL */
    const char *issuer;      /* --issuer: who issues LSCs when that is not the server's certificate; NULL */
    const char *string_file; /* --string-file */
    bool null_string;        /* --null */
    const char *proof;       /* --proof: certificate and key that prove who the phone is */
    enum capf_certificate_type kind;
    const char *sudi;        /* --sudi: likewise; NULL */
    const char *output;      /* -o: certificate and key; --certificate: the LSC that the phone has */
    const char *certificate; /* NULL: as output */
    struct key_spec key;     /* when the server orders none */
    int version;             /* 2 or 3 */
    int in_progress;         /* how often to ask for patience; -1: when it takes long */
    const char *tls_min;
    unsigned timeout_s;
};

/* A certificate and its private key. Clear with pair_clear(). */
struct pair {
    struct cert *cert;
    EVP_PKEY *key;
};
void pair_clear(struct pair *p);

/* One session. */
struct enroll {
    struct cli_common *common;
    const struct enroll_args *args;
    struct bundle trust;   /* of --trust */
    struct bundle issuers; /* of --issuer */
    struct bytes string;   /* the authentication string: a secret */
    struct pair proof, sudi;

    SSL_CTX *ctx;
    struct tlsconn *conn;
    bool greeted;
    uint32_t session;
    struct bytes in; /* the last message: what was read borrows it */

    const char *operation; /* "install", "fetch", "delete"; "none" until it is known */
    const char *result;    /* what came of it, one word: "issued", "nothing" ... */
    int reason;            /* of END_SESSION; -1: it did not come */
    uint32_t retry_delay;  /* of RETRY_LATER, 0: not said */
    struct cert *cert;     /* the one that was issued, shown or deleted; NULL */
};

/* enroll_wire.c: connect, and whole messages. Errors: VOX_E_IO (network, or not the server that is trusted),
 * VOX_E_INPUT (no CAPF, another session). enroll_receive(): out borrows e->in until the next call. */
enum vox_err enroll_connect(struct enroll *e, struct vox_error *err);
enum vox_err enroll_send(struct enroll *e, struct capf_message *m, struct vox_error *err);
enum vox_err enroll_receive(struct enroll *e, struct capf_message *out, struct vox_error *err);
void enroll_disconnect(struct enroll *e);

/*
 * enroll_keep.c: files. A certificate and its key lie in one PEM file, so that they change as a whole; a key whose
 * certificate has not come yet lies beside it in PATH.pending. All 0600. Sentences name the file.
 * keep_read_trust(): e->trust and e->issuers. keep_pending_read(): VOX_E_NOT_FOUND when there is none, of another kind
 * than spec (NULL: any), damaged, or open to others. keep_pending_remove(): none is fine.
 */
enum vox_err keep_read_trust(struct enroll *e, struct vox_error *err);
enum vox_err keep_read_pair(struct cli_common *common, const char *path, struct pair *out, struct vox_error *err);
enum vox_err keep_pending_read(const char *path, const struct key_spec *spec, EVP_PKEY **out, struct vox_error *err);
enum vox_err keep_pending_write(const char *path, const EVP_PKEY *key, struct vox_error *err);
enum vox_err keep_pending_remove(const char *path, struct vox_error *err);
enum vox_err keep_write_pair(const char *path, const struct pair *p, struct vox_error *err);

/* enroll_key.c: enroll_order(m, fallback, out, err): the key that a KEY_GENERATE_REQUEST orders; VOX_E_NO: one that is
 * not made here. enroll_make_key(e, spec, out, err): make it, with REQUEST_IN_PROGRESS to the server meanwhile. */
enum vox_err enroll_order(const struct capf_message *m, const struct key_spec *fallback, struct key_spec *out,
                          struct vox_error *err);
enum vox_err enroll_make_key(struct enroll *e, const struct key_spec *spec, EVP_PKEY **out, struct vox_error *err);

/* enroll_check.c: enroll_check(e, cert, key, err): is the certificate that the server sent the one that was asked for?
 * VOX_E_INPUT with what is wrong. */
enum vox_err enroll_check(const struct enroll *e, const struct cert *cert, const EVP_PKEY *key, struct vox_error *err);

/* enroll_steps.c: enroll_session(e, err): all of it on an open connection. VOX_E_NO: the server declined. */
enum vox_err enroll_session(struct enroll *e, struct vox_error *err);

#endif
