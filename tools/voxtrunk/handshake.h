/* One TLS handshake with a device, and all that was seen of it, whether it came to an end or not. */
#ifndef VOXTRUNK_HANDSHAKE_H
#define VOXTRUNK_HANDSHAKE_H

#include <libcert/tlsconn.h>
#include <libcert/trunks.h>

#include "ourside.h"

enum { HANDSHAKE_NO_ALERT = -1, HANDSHAKE_ADDRESS_MAX = 64, HANDSHAKE_CIPHER_MAX = 64 };

/* What the device did once the handshake was over. */
enum handshake_after {
    AFTER_NOT_ASKED, /* with nothing of ours to judge, or judged within the handshake */
    AFTER_TAKEN,     /* it went on, or said good-bye in turn */
    AFTER_REFUSED,   /* an alert */
    AFTER_CLOSED,    /* it hung up at once, without a word */
    AFTER_SILENT,    /* neither, until time was up */
};

struct handshake {
    enum vox_err code;                   /* of connecting and shaking hands */
    struct vox_error err;                /* when code is not VOX_OK */
    char address[HANDSHAKE_ADDRESS_MAX]; /* "192.0.2.9:5061"; "" without a connection */
    char cipher[HANDSHAKE_CIPHER_MAX];   /* "" until one is agreed on */
    const char *version;                 /* "TLSv1.3" */
    bool asked;                          /* a certificate of ours was asked for */
    int alert;                           /* fatal, from the device; HANDSHAKE_NO_ALERT */
    bool ticket;                         /* it gave one: TLS 1.3 does so once it is content */
    enum handshake_after after;
    struct cert **shown; /* its own first */
    size_t nshown;
};

/* How wide the door is opened. */
enum handshake_how {
    HANDSHAKE_AS_POLICY, /* the cluster's policy */
    HANDSHAKE_NULL_SHA,  /* authenticated mode: TLS_RSA_WITH_NULL_SHA alone, up to TLS 1.2 */
    HANDSHAKE_ANYTHING,  /* whatever the device speaks: for looking only */
};

struct handshake_params {
    const struct trunk_destination *to;
    const struct ourside *ours;
    enum handshake_how how;
    unsigned timeout_ms; /* for each of: the handshake, waiting afterwards */
};

/*
 * handshake(p, out, err): errors only those of our own side (the key does not fit the policy, memory); what the device
 * did wrong stands in out. Nothing is verified. Clear with handshake_clear().
 */
enum vox_err handshake(const struct handshake_params *p, struct handshake *out, struct vox_error *err);
void handshake_clear(struct handshake *h);

/*
 * For who makes the handshake himself. handshake_begin(h): empty. handshake_watch(ctx, h): note alerts in h, which must
 * outlive ctx. handshake_shown(ctx, h): take down the certificates that the peer shows; 1, as a callback of
 * SSL_CTX_set_cert_verify_callback() that believes everything. handshake_address(fd, h): the peer's address.
 */
void handshake_begin(struct handshake *h);
void handshake_watch(SSL_CTX *ctx, struct handshake *h);
int handshake_shown(X509_STORE_CTX *ctx, void *h);
void handshake_address(int fd, struct handshake *h);

/* handshake_settled(ssl, h): version and cipher that were agreed on. */
void handshake_settled(SSL *ssl, struct handshake *h);

/* handshake_narrow(ctx, how, err): ciphers and versions of that kind, over those of the policy. */
enum vox_err handshake_narrow(SSL_CTX *ctx, enum handshake_how how, struct vox_error *err);

#endif
