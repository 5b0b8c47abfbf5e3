/*
 * The parts of a scan: what is written to a server, how its reply is read, and what to ask next. Pure; scan_loop.c has
 * the sockets. Source: RFC 5246 7.4.1, RFC 8446 4.1, RFC 6101 5.6 (SSL 3.0).
 */
#ifndef TLS_SCAN_H
#define TLS_SCAN_H

#include <openssl/ssl.h>

#include <libcert/tlsscan.h>

enum { SCAN_SUITES_MAX = 256, SCAN_CHUNK = 48 };

/* One ClientHello. */
struct scan_hello {
    int version; /* the only one that is offered: 0x0300 to 0x0304 */
    const uint16_t *suites;
    size_t nsuites;
    const char *name;      /* the server's, for SNI; NULL: none */
    const uint8_t *random; /* SCAN_RANDOM_LEN bytes: client random, session, key share */
};
enum { SCAN_RANDOM_LEN = 96 };

/* scan_hello_write(h, out, err): as one record. Free with bytes_free(). Errors: VOX_E_MEMORY. */
enum vox_err scan_hello_write(const struct scan_hello *h, struct bytes *out, struct vox_error *err);

enum scan_reply_kind {
    SCAN_REPLY_MORE,        /* bytes are missing: read on */
    SCAN_REPLY_HELLO,       /* version and suite are what the server chose */
    SCAN_REPLY_ALERT,       /* alert is its number */
    SCAN_REPLY_CLOSED,      /* closed or reset; after a whole number of records */
    SCAN_REPLY_SILENT,      /* not a byte in time */
    SCAN_REPLY_SLOW,        /* some bytes, no whole answer in time */
    SCAN_REPLY_NOT_TLS,     /* said something else */
    SCAN_REPLY_UNREACHABLE, /* no connection: nobody listens (refused) or no way (refused false) */
};

struct scan_reply {
    enum scan_reply_kind kind;
    int version;
    uint16_t suite;
    uint8_t alert;
    bool refused;
    char why[200]; /* a sentence, for all but MORE and HELLO */
};

/*
 * scan_reply_read(data, len, out): judge the bytes that came so far, all of them since the connection began. The
 * message may be split over records or share them; warnings before it are passed over. What is not MORE after
 * LIMIT_SCAN_REPLY bytes never is.
 */
void scan_reply_read(const uint8_t *data, size_t len, struct scan_reply *out);

/* scan_reply_end(data, len, out): the same when the server has closed: never MORE. scan_reply_late(data, len, seconds,
 * out): when time is up: never MORE. scan_alert_text(alert): "protocol_version"; NULL if it has no name. */
void scan_reply_end(const uint8_t *data, size_t len, struct scan_reply *out);
void scan_reply_late(const uint8_t *data, size_t len, unsigned seconds, struct scan_reply *out);
const char *scan_alert_text(uint8_t alert);

/* What is asked of a port, one question after the other. */
struct scan_plan {
    struct tlsscan_port *port;        /* what is found goes there */
    size_t step;                      /* place in the order of versions */
    uint16_t suites[SCAN_SUITES_MAX]; /* still to be offered in this version */
    size_t nsuites, from;             /* from: begin of the part that is offered, when they are offered in parts */
    bool in_parts;
    bool heard;    /* something of TLS came back */
    unsigned mute; /* versions without an answer, as long as nothing was heard */
    unsigned key;  /* which certificate comes next: an enum scan_key */
};

/* Kinds of keys, of each of which a server may have a certificate. */
enum scan_key { SCAN_KEY_RSA, SCAN_KEY_EC, SCAN_KEYS };

enum scan_question {
    SCAN_ASK_HELLO,
    SCAN_ASK_CERTIFICATE,
    SCAN_ASK_SHOWN, /* a hello, after which the certificate is read as it passes by: up to TLS 1.2 it is not encrypted
                     */
    SCAN_ASK_NOTHING,
};

/* scan_plan_begin(p, port): port's findings are cleared. */
void scan_plan_begin(struct scan_plan *p, struct tlsscan_port *port);

/* scan_plan_question(p, h): what to ask now; for SCAN_ASK_HELLO and SCAN_ASK_SHOWN version and suites of *h, borrowed,
 * are filled in, for SCAN_ASK_CERTIFICATE p->key is the kind of key. scan_plan_answer(p, r): the reply to that hello.
 * scan_plan_certificate(p): that certificate was asked for, or shown. */
enum scan_question scan_plan_question(struct scan_plan *p, struct scan_hello *h);
void scan_plan_answer(struct scan_plan *p, const struct scan_reply *r);
void scan_plan_certificate(struct scan_plan *p);

/*
 * scan_cert_context(key, out, err): a client that takes everything this library can do with a server whose key is of
 * that kind, believes nothing, and keeps what the server shows. Free with SSL_CTX_free(). scan_cert_keep(ssl, to):
 * where it is kept for that connection; *to gets it as soon as it has come, even if the handshake fails afterwards.
 */
enum vox_err scan_cert_context(enum scan_key key, SSL_CTX **out, struct vox_error *err);
bool scan_cert_keep(SSL *ssl, struct tlsscan_chain *to);

/* scan_shown_read(data, len, out): the certificates after a ServerHello, from all bytes that came. false: read on;
 * true: it is over, and *out, empty before, has what was shown. Nothing is to be had after LIMIT_SCAN_SHOWN bytes. */
bool scan_shown_read(const uint8_t *data, size_t len, struct tlsscan_chain *out);

/* scan_chain_add(port, chain): one more chain of the port, which owns it then; freed when that leaf is there already.
 */
void scan_chain_add(struct tlsscan_port *port, struct tlsscan_chain *chain);
void scan_chain_clear(struct tlsscan_chain *chain); /* scan_chain_clear(chain): free it */

#endif
