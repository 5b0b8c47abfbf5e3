/* Certificates for people and for JSON: one document per certificate, from which the text is printed. */
#ifndef CLUSTER_VIEW_H
#define CLUSTER_VIEW_H

#include <jansson.h>
#include <stdio.h>

#include <libcert/certcheck.h>
#include <libcert/store.h>

enum {
    VIEW_ID_MAX = 13,     /* the first 12 digits of the fingerprint: what lists show and messages name */
    VIEW_PLACE_MAX = 160, /* "CallManager of node cm1, active" */
};

/* view_id(c, out): c NULL (a request): "-". */
void view_id(const struct cert *c, char out[static VIEW_ID_MAX]);

/* view_place(b, out): "TVS of node cm1, active". view_where(place, node, out): without the state. */
void view_place(const struct store_binding *b, char out[static VIEW_PLACE_MAX]);
void view_where(const char *place, const char *node, char out[static VIEW_PLACE_MAX]);

/* view_name(c, out, outlen): the subject, cut if need be; "" when c is NULL. */
void view_name(const struct cert *c, char *out, size_t outlen);

/* view_subject(c, out, outlen): "CN=cm1 (SHA-256 9f3a...)", with the whole fingerprint: for a refusal. */
void view_subject(const struct cert *c, char *out, size_t outlen);

/* view_days(c, now): whole days until it ends; negative when it has. */
int64_t view_days(const struct cert *c, int64_t now);

/* view_cert_json(c, now): what the certificate says: subject, issuer, serial, dates, key, fingerprints, names, usages,
 * PEM. NULL without memory. */
json_t *view_cert_json(const struct cert *c, int64_t now);

/* view_binding_json(b): place, node, role, state, key file, added. view_findings_json(f, n): code and text. */
json_t *view_binding_json(const struct store_binding *b);
json_t *view_findings_json(const struct certcheck_finding *f, size_t n);

/* view_print(doc, out): print a document of view_cert_json(), with the arrays "bound" and "findings" if it has them. */
void view_print(const json_t *doc, FILE *out);

#endif
