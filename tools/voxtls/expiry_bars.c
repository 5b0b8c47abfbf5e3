#include "expiry_bars.h"

#include <stdlib.h>
#include <string.h>

#include <libcert/name.h>

struct shown {
    const struct cert *cert;
    const char *host;
    uint16_t port;
    size_t times; /* on so many ports */
};

static int by_cert(const void *a, const void *b)
{
    const struct shown *x = a, *y = b;
    uint8_t p[CERT_SHA256_LEN], q[CERT_SHA256_LEN];

    if (cert_not_after(x->cert) != cert_not_after(y->cert))
        return cert_not_after(x->cert) < cert_not_after(y->cert) ? -1 : 1;
    cert_sha256(x->cert, p);
    cert_sha256(y->cert, q);
    return memcmp(p, q, sizeof p);
}

/* Each certificate once, by its end. Free with free(). */
static struct shown *gather(const struct audit_report *r, size_t *n)
{
    struct shown *bars = calloc(r->places->n * TLSSCAN_CHAINS + 1, sizeof *bars);
    size_t all = 0;

    *n = 0;
    if (bars == NULL)
        return NULL;
    for (size_t h = 0; h < r->places->nhosts; h++) {
        const struct place_host *host = &r->places->hosts[h];

        for (size_t i = 0; i < host->nplaces; i++) {
            const struct tlsscan_port *port = r->places->v[host->first + i].scan;

            for (size_t k = 0; k < port->nchains; k++)
                bars[all++] = (struct shown){port->chains[k].certs[0], host->name, port->port, 1};
        }
    }
    qsort(bars, all, sizeof *bars, by_cert);
    for (size_t i = 0; i < all; i++) {
        if (*n > 0 && cert_same(bars[*n - 1].cert, bars[i].cert))
            bars[*n - 1].times++;
        else
            bars[(*n)++] = bars[i];
    }
    return bars;
}

struct expiry_bar *expiry_bars(const struct audit_report *r, size_t *n)
{
    struct shown *found = gather(r, n);
    struct expiry_bar *bars = found != NULL ? calloc(*n + 1, sizeof *bars) : NULL;

    for (size_t i = 0; bars != NULL && i < *n; i++) {
        const struct shown *f = &found[i];
        char *cn = NULL;

        (void)name_common_name(cert_subject_der(f->cert), &cn, NULL);
        bars[i].ends = cert_not_after(f->cert);
        (void)snprintf(bars[i].label, sizeof bars[i].label, "%.60s (%.60s:%u%s)",
                       cn != NULL && cn[0] != '\0' ? cn : "no name", f->host, f->port, f->times > 1 ? " ..." : "");
        (void)snprintf(bars[i].note, sizeof bars[i].note, ", on %zu port%s", f->times, f->times == 1 ? "" : "s");
        free(cn);
    }
    free(found);
    return bars;
}
