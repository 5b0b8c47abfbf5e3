#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/tlsscan.h>

#include "scan.h"

const char *tlsscan_version_text(enum tlsscan_version v)
{
    static const char *const texts[TLSSCAN_VERSIONS] = {"SSL 3.0", "1.0", "1.1", "1.2", "1.3"};

    return texts[v];
}

static bool is_address(const char *text)
{
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1 ||
           strchr(text, '%') != NULL; /* fe80::1%eth0 */
}

enum vox_err tlsscan_resolve(const char *text, struct tlsscan_host *out, struct vox_error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    const int fault = getaddrinfo(text, NULL, &hints, &list);

    memset(out, 0, sizeof *out);
    if (fault != 0)
        return vox_fail(err, VOX_E_IO, "%s", gai_strerror(fault));
    for (const struct addrinfo *ai = list; ai != NULL && out->naddresses < TLSSCAN_ADDRESSES; ai = ai->ai_next) {
        if (ai->ai_family == AF_INET || ai->ai_family == AF_INET6)
            memcpy(&out->addresses[out->naddresses++], ai->ai_addr, ai->ai_addrlen);
    }
    freeaddrinfo(list);
    out->name = is_address(text) ? NULL : text;
    return out->naddresses > 0 ? VOX_OK : vox_fail(err, VOX_E_IO, "has no address");
}

void scan_chain_clear(struct tlsscan_chain *chain)
{
    for (size_t i = 0; i < chain->n; i++)
        cert_free(&chain->certs[i]);
    free(chain->certs);
    *chain = (struct tlsscan_chain){NULL, 0};
}

void scan_chain_add(struct tlsscan_port *port, struct tlsscan_chain *chain)
{
    bool there = chain->n == 0 || port->nchains == TLSSCAN_CHAINS;

    for (size_t i = 0; i < port->nchains && !there; i++)
        there = cert_same(port->chains[i].certs[0], chain->certs[0]);
    if (there) {
        scan_chain_clear(chain);
        return;
    }
    port->chains[port->nchains++] = *chain;
    *chain = (struct tlsscan_chain){NULL, 0};
}

void tlsscan_port_clear(struct tlsscan_port *p)
{
    struct tlsscan_host *host = p->host;
    const uint16_t port = p->port;

    for (int v = 0; v < TLSSCAN_VERSIONS; v++)
        free(p->suites[v]);
    for (size_t i = 0; i < p->nchains; i++)
        scan_chain_clear(&p->chains[i]);
    memset(p, 0, sizeof *p);
    p->host = host;
    p->port = port;
}
