/* When the certificates end that servers show. */
#ifndef VOXTLS_EXPIRY_BARS_H
#define VOXTLS_EXPIRY_BARS_H

#include <cli/expiry_svg.h>

#include "report.h"

/* expiry_bars(r, n): one for each certificate that servers show as their own, the one that ends first on top; the same
 * certificate on several ports is one. NULL without memory. Free with free(). */
struct expiry_bar *expiry_bars(const struct audit_report *r, size_t *n);

#endif
