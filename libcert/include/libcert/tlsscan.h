/*
 * Which TLS versions and cipher suites a port really takes, and which certificates it shows.
 *
 * The hellos are our own, because this system's library cannot offer what an old server may take: RC4, 3DES, export and
 * NULL suites, SSL 3.0. One version at a time is offered with all suites of the table, then without the suite that the
 * server chose, until it refuses: accepted + 1 connections a version. Certificates come from handshakes by OpenSSL.
 * Source: docs/formats/tls-policy.md 8.
 */
#ifndef LIBCERT_TLSSCAN_H
#define LIBCERT_TLSSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <libcert/cert.h>
#include <libcert/tlssuite.h>

/* Versions, in this order everywhere. */
enum tlsscan_version {
    TLSSCAN_SSL_3_0,
    TLSSCAN_1_0,
    TLSSCAN_1_1,
    TLSSCAN_1_2,
    TLSSCAN_1_3,
    TLSSCAN_VERSIONS,
};

/* tlsscan_version_text(v): "SSL 3.0", "1.0" to "1.3". */
const char *tlsscan_version_text(enum tlsscan_version v);

enum tlsscan_state {
    TLSSCAN_UNASKED,     /* before tlsscan_run() */
    TLSSCAN_TLS,         /* it takes at least one version */
    TLSSCAN_REFUSES,     /* it speaks TLS and takes none of them */
    TLSSCAN_NOT_TLS,     /* it speaks something else */
    TLSSCAN_SILENT,      /* it takes the connection and says nothing, or nothing whole, in time */
    TLSSCAN_CLOSED,      /* nobody listens */
    TLSSCAN_UNREACHABLE, /* no answer from the host, or no way to it */
};

enum { TLSSCAN_ADDRESSES = 4, TLSSCAN_CHAINS = 2 };

/* A host: by its addresses. Several ports share one. */
struct tlsscan_host {
    const char *name; /* for SNI; NULL when it is known by address only */
    struct sockaddr_storage addresses[TLSSCAN_ADDRESSES];
    size_t naddresses;
    unsigned busy; /* connections at present; tlsscan_run()'s own */
};

/* tlsscan_resolve(text, out, err): name or address to addresses; out->name is text if it is a name. Errors: VOX_E_IO
 * (no such host). */
enum vox_err tlsscan_resolve(const char *text, struct tlsscan_host *out, struct vox_error *err);

struct tlsscan_chain {
    struct cert **certs; /* as shown, the server's own first */
    size_t n;
};

struct tlsscan_port {
    struct tlsscan_host *host;
    uint16_t port;
    /* From here on: what is found. Clear with tlsscan_port_clear(). */
    enum tlsscan_state state;
    char why[200];                               /* a sentence when the state is not TLSSCAN_TLS */
    uint16_t *suites[TLSSCAN_VERSIONS];          /* in the order in which the server chose them */
    size_t nsuites[TLSSCAN_VERSIONS];            /* 0: the version is not taken */
    bool unclear[TLSSCAN_VERSIONS];              /* the answers broke off before the list was complete */
    struct tlsscan_chain chains[TLSSCAN_CHAINS]; /* one for each kind of key, RSA first */
    size_t nchains;
};

void tlsscan_port_clear(struct tlsscan_port *p); /* tlsscan_port_clear(p): free what was found */

struct tlsscan_params {
    unsigned timeout_ms;                      /* for each connection, from its begin to the answer */
    unsigned jobs;                            /* connections at once; of them LIMIT_SCAN_PER_HOST to one host */
    void (*progress)(void *arg, size_t done); /* ports that are done; NULL: nobody asks */
    void *arg;
};

/* tlsscan_run(p, ports, n, err): ask all of them that are TLSSCAN_UNASKED. Errors: VOX_E_MEMORY, VOX_E_IO (no sockets
 * to be had), VOX_E_CRYPTO; what a server does is none, it stands in its port. */
enum vox_err tlsscan_run(const struct tlsscan_params *p, struct tlsscan_port *ports, size_t n, struct vox_error *err);

#endif
