/* A picture of when certificates end. */
#ifndef VOXTLS_EXPIRY_SVG_H
#define VOXTLS_EXPIRY_SVG_H

#include <stdio.h>

#include "report.h"

/* expiry_svg(out, r): a bar for each certificate that servers show as their own, the one that ends first on top; the
 * same certificate on several ports is one. Says so when there are more than fit. Nothing without certificates. */
void expiry_svg(FILE *out, const struct audit_report *r);

#endif
