/* What a certificate's extensions say, as arrays of words. */
#ifndef CLUSTER_DETAILS_H
#define CLUSTER_DETAILS_H

#include <jansson.h>

#include <openssl/x509.h>

/* Each an array of strings, empty when the extension is missing; NULL without memory. Bytes that a terminal would obey
 * stand as \xNN. details_names(x): "DNS:cm1.example.com", "IP:192.0.2.10". */
json_t *details_names(X509 *x);
json_t *details_key_usage(X509 *x);
json_t *details_extended_usage(X509 *x);

#endif
