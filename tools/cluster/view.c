#include "view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include <libcert/bundle.h>
#include <libcert/clock.h>
#include <libcert/name.h>

#include "details.h"

void view_id(const struct cert *c, char out[static VIEW_ID_MAX])
{
    char fingerprint[CERT_FINGERPRINT_MAX] = "-";

    if (c != NULL)
        cert_fingerprint(c, fingerprint);
    (void)snprintf(out, VIEW_ID_MAX, "%.*s", VIEW_ID_MAX - 1, fingerprint);
}

void view_where(const char *place, const char *node, char out[static VIEW_PLACE_MAX])
{
    (void)snprintf(out, VIEW_PLACE_MAX, "%.32s%s%.80s", place, node[0] != '\0' ? " of node " : "", node);
}

void view_place(const struct store_binding *b, char out[static VIEW_PLACE_MAX])
{
    char where[VIEW_PLACE_MAX];

    view_where(b->place, b->node, where);
    (void)snprintf(out, VIEW_PLACE_MAX, "%.120s, %s", where, bind_state_word(b->state));
}

void view_name(const struct cert *c, char *out, size_t outlen)
{
    char *text = NULL;

    out[0] = '\0';
    if (c != NULL && name_text(cert_subject_der(c), NAME_RFC4514, &text, NULL) == VOX_OK)
        (void)snprintf(out, outlen, "%s", text[0] != '\0' ? text : "(no name)");
    free(text);
}

void view_subject(const struct cert *c, char *out, size_t outlen)
{
    char fingerprint[CERT_FINGERPRINT_MAX], name[200];

    cert_fingerprint(c, fingerprint);
    view_name(c, name, sizeof name);
    (void)snprintf(out, outlen, "%s (SHA-256 %s)", name, fingerprint);
}

int64_t view_days(const struct cert *c, int64_t now)
{
    return clock_days_between(now, cert_not_after(c));
}

static json_t *name_json(struct bytes_view der)
{
    char *text = NULL;
    json_t *value = name_text(der, NAME_RFC4514, &text, NULL) == VOX_OK ? json_string(text) : json_null();

    free(text);
    return value;
}

static json_t *digest_json(const struct cert *c, const EVP_MD *md)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned len = 0;

    /* A library without MD5 (FIPS) has no such fingerprint. */
    if (EVP_Digest(cert_der(c).data, cert_der(c).len, digest, &len, md, NULL) <= 0)
        return json_null();
    hex_encode(digest, len, hex);
    return json_string(hex);
}

static json_t *serial_json(const struct cert *c)
{
    struct bytes_view serial = cert_serial(c);
    char *hex = malloc(2 * serial.len + 1);
    json_t *value;

    if (hex == NULL)
        return NULL;
    hex_encode(serial.data, serial.len, hex);
    value = json_string(hex);
    free(hex);
    return value;
}

static json_t *pem_json(const struct cert *c)
{
    struct cert *one = cert_ref((struct cert *)(uintptr_t)c); /* the writer wants an array of owners */
    struct bytes pem;
    json_t *value;

    if (bundle_write_pem(&one, 1, false, &pem, NULL) != VOX_OK) {
        cert_free(&one);
        return NULL;
    }
    value = json_stringn((const char *)pem.data, pem.len);
    bytes_free(&pem);
    cert_free(&one);
    return value;
}

/* What only the library's object tells; nothing when it cannot decode the certificate. */
static void add_extensions(json_t *doc, const struct cert *c)
{
    X509 *x = cert_x509(c);

    if (x == NULL)
        return;
    (void)json_object_set_new(doc, "signature_algorithm", json_string(OBJ_nid2ln(X509_get_signature_nid(x))));
    (void)json_object_set_new(doc, "ca", json_boolean(X509_check_ca(x) == 1));
    (void)json_object_set_new(doc, "alternative_names", details_names(x));
    (void)json_object_set_new(doc, "key_usage", details_key_usage(x));
    (void)json_object_set_new(doc, "extended_key_usage", details_extended_usage(x));
}

json_t *view_cert_json(const struct cert *c, int64_t now)
{
    char from[CLOCK_RFC3339_MAX], until[CLOCK_RFC3339_MAX], key[64], fingerprint[CERT_FINGERPRINT_MAX];
    json_t *doc;

    clock_format(cert_not_before(c), from);
    clock_format(cert_not_after(c), until);
    cert_key_text(c, key, sizeof key);
    cert_fingerprint(c, fingerprint);
    doc = json_pack("{s:o, s:o, s:o, s:s, s:s, s:I, s:s, s:s, s:o, s:o}", "subject", name_json(cert_subject_der(c)),
                    "issuer", name_json(cert_issuer_der(c)), "serial", serial_json(c), "not_before", from, "not_after",
                    until, "days_left", (json_int_t)view_days(c, now), "key", key, "sha256", fingerprint, "sha1",
                    digest_json(c, EVP_sha1()), "md5", digest_json(c, EVP_md5()));
    add_extensions(doc, c);
    (void)json_object_set_new(doc, "pem", pem_json(c));
    return doc;
}

json_t *view_binding_json(const struct store_binding *b)
{
    const char *role = role_word(b->role);

    return json_pack("{s:s, s:s, s:o, s:s, s:s, s:s}", "place", b->place, "node", b->node, "role",
                     b->role == ROLE_NONE ? json_null()
                     : role != NULL       ? json_string(role)
                                          : json_integer(b->role),
                     "state", bind_state_word(b->state), "key_file", b->key_source, "added", b->added);
}

json_t *view_findings_json(const struct certcheck_finding *f, size_t n)
{
    json_t *all = json_array();

    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new(all, json_pack("{s:s, s:s}", "code", f[i].code, "text", f[i].text));
    return all;
}

/* --- the text, from the document --- */

static const char *text_of(const json_t *doc, const char *key)
{
    const char *text = json_string_value(json_object_get(doc, key));

    return text != NULL ? text : "(unreadable)";
}

static void print_words(const json_t *doc, const char *key, const char *label, FILE *out)
{
    const json_t *words = json_object_get(doc, key);

    for (size_t i = 0; i < json_array_size(words); i++)
        fprintf(out, "%s%s", i == 0 ? label : ", ", json_string_value(json_array_get(words, i)));
    if (json_array_size(words) > 0)
        fputc('\n', out);
}

static void print_bound(const json_t *bound, FILE *out)
{
    for (size_t i = 0; i < json_array_size(bound); i++) {
        const json_t *b = json_array_get(bound, i);
        const char *key = text_of(b, "key_file"), *node = text_of(b, "node");
        const json_t *role = json_object_get(b, "role");

        fprintf(out, "%s%s%s%s, %s", i == 0 ? "  stands in       " : "                  ", text_of(b, "place"),
                node[0] != '\0' ? " of node " : "", node, text_of(b, "state"));
        if (json_is_string(role))
            fprintf(out, ", role %s", json_string_value(role));
        else if (json_is_integer(role))
            fprintf(out, ", role %" JSON_INTEGER_FORMAT, json_integer_value(role));
        fprintf(out, "%s%s\n", key[0] != '\0' ? ", private key in " : "", key);
    }
}

static void print_validity(const json_t *doc, FILE *out)
{
    json_int_t left = json_integer_value(json_object_get(doc, "days_left"));
    json_int_t days = left < 0 ? -left - 1 : left; /* days left are rounded down, towards the past */

    fprintf(out, "  valid           %s to %s (", text_of(doc, "not_before"), text_of(doc, "not_after"));
    if (left < 0 && days == 0)
        fprintf(out, "ended less than a day ago)\n");
    else
        fprintf(out, "%s%" JSON_INTEGER_FORMAT " day%s %s)\n", left < 0 ? "ended " : "", days, days == 1 ? "" : "s",
                left < 0 ? "ago" : "left");
}

void view_print(const json_t *doc, FILE *out)
{
    const json_t *findings = json_object_get(doc, "findings");

    fprintf(out, "  subject         %s\n", text_of(doc, "subject"));
    fprintf(out, "  issuer          %s\n",
            strcmp(text_of(doc, "issuer"), text_of(doc, "subject")) == 0 ? "itself" : text_of(doc, "issuer"));
    fprintf(out, "  serial          %s\n", text_of(doc, "serial"));
    print_validity(doc, out);
    fprintf(out, "  key             %s%s\n", text_of(doc, "key"),
            json_is_true(json_object_get(doc, "ca")) ? ", may sign certificates" : "");
    if (json_object_get(doc, "signature_algorithm") != NULL)
        fprintf(out, "  signed with     %s\n", text_of(doc, "signature_algorithm"));
    fprintf(out, "  SHA-256         %s\n", text_of(doc, "sha256"));
    fprintf(out, "  SHA-1           %s\n", text_of(doc, "sha1"));
    fprintf(out, "  MD5             %s\n", text_of(doc, "md5"));
    print_words(doc, "alternative_names", "  other names     ", out);
    print_words(doc, "key_usage", "  key usage       ", out);
    print_words(doc, "extended_key_usage", "  extended usage  ", out);
    print_bound(json_object_get(doc, "bound"), out);
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *f = json_array_get(findings, i);

        fprintf(out, "%s%s [%s]\n", i == 0 ? "  findings        " : "                  ", text_of(f, "text"),
                text_of(f, "code"));
    }
}
