#include "requests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <libcert/clock.h>
#include <libcert/limits.h>
#include <libcert/phones.h>

#include "profile.h"

#define FORMAT "voxtrust CA requests, version 1"
#define PAGE   "ca-requests.md "

enum { KEY_TEXT_MAX = 32, ID_LEN = 16 };

static enum vox_err no_memory(struct vox_error *err)
{
    return vox_fail(err, VOX_E_MEMORY, "no memory");
}

void requests_free(struct requests *r)
{
    free(r->list);
    *r = (struct requests){.list = NULL};
}

struct capf_request requests_as_asked(const struct ca_request *r)
{
    struct capf_request out = {.ordered = r->ordered, .public_key = {r->public_key, r->public_key_len}};
    struct bytes id = {NULL, 0};

    (void)snprintf(out.device, sizeof out.device, "%s", r->device);
    memcpy(out.evidence, r->evidence, sizeof out.evidence);
    if (hex_decode(r->request, &id, NULL) == VOX_OK && id.len == sizeof out.id)
        memcpy(out.id, id.data, id.len);
    bytes_free(&id);
    return out;
}

/* --- writing --- */

static json_t *key_text(const struct ca_request *r)
{
    BIO *bio = BIO_new(BIO_s_mem());
    BUF_MEM *text = NULL;
    json_t *out = NULL;

    if (bio != NULL && PEM_write_bio(bio, "PUBLIC KEY", "", r->public_key, (long)r->public_key_len) > 0 &&
        BIO_get_mem_ptr(bio, &text) > 0)
        out = json_stringn(text->data, text->length);
    BIO_free(bio);
    return out;
}

static json_t *request_json(const struct ca_request *r)
{
    char ordered[KEY_TEXT_MAX], evidence[2 * CA_REQUEST_EVIDENCE_LEN + 1], asked[CLOCK_RFC3339_MAX];

    key_spec_text(&r->ordered, ordered, sizeof ordered);
    hex_encode(r->evidence, sizeof r->evidence, evidence);
    clock_format(r->asked, asked);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "device", r->device, "request", r->request, "ordered", ordered,
                     "asked", asked, "evidence", evidence, "public_key", key_text(r));
}

static json_t *profile_json(const struct capf_profile *p)
{
    json_t *out = json_object();
    char value[PROFILE_VALUE_MAX];

    for (size_t i = 0; capf_profile_name(i) != NULL; i++) {
        profile_value(p, capf_profile_name(i), value);
        (void)json_object_set_new(out, capf_profile_name(i), json_string(value));
    }
    return out;
}

enum vox_err requests_write(const struct requests *r, struct bytes *out, struct vox_error *err)
{
    json_t *list = json_array(), *doc;
    char *text;
    bool whole = list != NULL;

    for (size_t i = 0; i < r->n && whole; i++)
        whole = json_array_append_new(list, request_json(&r->list[i])) == 0;
    doc = json_pack("{s:s, s:s, s:s, s:o, s:o}", "format", FORMAT, "cluster", r->cluster, "issuer", r->issuer,
                    "profile", profile_json(&r->profile), "requests", list);
    text = whole && doc != NULL ? json_dumps(doc, JSON_INDENT(2)) : NULL;
    json_decref(doc);
    if (text == NULL)
        return no_memory(err);
    *out = (struct bytes){(uint8_t *)text, strlen(text)};
    return VOX_OK;
}

/* --- reading --- */

static const char *text_of(const json_t *o, const char *name, size_t max)
{
    const json_t *v = json_object_get(o, name);

    return json_is_string(v) && json_string_length(v) < max && strlen(json_string_value(v)) == json_string_length(v)
               ? json_string_value(v)
               : NULL;
}

static enum vox_err read_profile(const json_t *o, struct capf_profile *out, struct vox_error *err)
{
    *out = capf_profile_default();
    if (!json_is_object(o))
        return vox_fail(err, VOX_E_INPUT, PAGE "1.4: no profile");
    for (size_t i = 0; capf_profile_name(i) != NULL; i++) {
        const char *name = capf_profile_name(i), *value = text_of(o, name, PROFILE_VALUE_MAX);

        if (value == NULL)
            return vox_fail(err, VOX_E_INPUT, PAGE "1.4: the profile lacks %s", name);
        if (capf_profile_set(out, name, value, err) != VOX_OK)
            return vox_fail(err, VOX_E_INPUT, PAGE "1.4: profile: %s: a value that is none", name);
    }
    return VOX_OK;
}

static bool read_hex(const char *text, uint8_t *out, size_t len)
{
    struct bytes b = {NULL, 0};
    bool ok = text != NULL && strlen(text) == 2 * len && strspn(text, "0123456789abcdef") == 2 * len &&
              hex_decode(text, &b, NULL) == VOX_OK && b.len == len;

    if (ok)
        memcpy(out, b.data, len);
    bytes_free(&b);
    return ok;
}

static bool read_key(const char *pem, struct ca_request *r)
{
    BIO *bio = pem != NULL ? BIO_new_mem_buf(pem, -1) : NULL;
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long len = 0;
    bool ok = bio != NULL && PEM_read_bio(bio, &name, &header, &der, &len) > 0 && strcmp(name, "PUBLIC KEY") == 0 &&
              header[0] == '\0' && len > 0 && len <= (long)sizeof r->public_key;

    if (ok) {
        memcpy(r->public_key, der, (size_t)len);
        r->public_key_len = (size_t)len;
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    BIO_free(bio);
    ERR_clear_error();
    return ok;
}

static enum vox_err read_request(const json_t *o, size_t number, struct ca_request *r, struct vox_error *err)
{
    const char *device = text_of(o, "device", sizeof r->device), *request = text_of(o, "request", sizeof r->request);
    const char *ordered = text_of(o, "ordered", KEY_TEXT_MAX), *asked = text_of(o, "asked", CLOCK_RFC3339_MAX);
    uint8_t id[ID_LEN];
    const char *wrong = NULL;

    memset(r, 0, sizeof *r);
    if (device == NULL || phone_name_check(device, NULL) != VOX_OK)
        wrong = "device";
    else if (!read_hex(request, id, sizeof id))
        wrong = "request";
    else if (ordered == NULL || phone_key_parse(ordered, &r->ordered, NULL) != VOX_OK)
        wrong = "ordered";
    else if (asked == NULL || clock_parse(asked, &r->asked, NULL) != VOX_OK)
        wrong = "asked";
    else if (!read_hex(text_of(o, "evidence", 2 * CA_REQUEST_EVIDENCE_LEN + 1), r->evidence, sizeof r->evidence))
        wrong = "evidence";
    else if (!read_key(text_of(o, "public_key", 4 * CA_REQUEST_KEY_MAX), r))
        wrong = "public_key";
    if (wrong != NULL)
        return vox_fail(err, VOX_E_INPUT, PAGE "1.5: request %zu: %s: missing, or not what it must be", number, wrong);
    (void)snprintf(r->device, sizeof r->device, "%s", device);
    (void)snprintf(r->request, sizeof r->request, "%s", request);
    return VOX_OK;
}

static int by_device(const void *a, const void *b)
{
    return strcmp(((const struct ca_request *)a)->device, ((const struct ca_request *)b)->device);
}

static enum vox_err read_list(const json_t *list, struct requests *out, struct vox_error *err)
{
    enum vox_err code = VOX_OK;

    if (!json_is_array(list) || json_array_size(list) == 0)
        return vox_fail(err, VOX_E_INPUT, PAGE "1.5: no requests");
    if (json_array_size(list) > LIMIT_CA_REQUESTS)
        return vox_fail(err, VOX_E_INPUT, PAGE "1.5: more than %d requests", LIMIT_CA_REQUESTS);
    if ((out->list = calloc(json_array_size(list), sizeof *out->list)) == NULL)
        return no_memory(err);
    for (size_t i = 0; i < json_array_size(list) && code == VOX_OK; i++, out->n++)
        code = read_request(json_array_get(list, i), i + 1, &out->list[i], err);
    if (code != VOX_OK)
        return code;
    qsort(out->list, out->n, sizeof *out->list, by_device);
    for (size_t i = 1; i < out->n; i++)
        if (by_device(&out->list[i - 1], &out->list[i]) == 0)
            return vox_fail(err, VOX_E_INPUT, PAGE "1.5: two requests of %s", out->list[i].device);
    return VOX_OK;
}

enum vox_err requests_read(struct bytes_view data, struct requests *out, struct vox_error *err)
{
    json_error_t where;
    json_t *doc;
    const char *format, *cluster, *issuer;
    uint8_t fingerprint[CERT_SHA256_LEN];
    enum vox_err code;

    *out = (struct requests){.list = NULL};
    if (data.len > LIMIT_CA_FILE)
        return vox_fail(err, VOX_E_INPUT, PAGE "1: more than %d bytes", LIMIT_CA_FILE);
    if ((doc = json_loadb((const char *)data.data, data.len, JSON_REJECT_DUPLICATES, &where)) == NULL)
        return vox_fail(err, VOX_E_INPUT, PAGE "1: no file of 'voxcapf ca dump': line %d: %.100s", where.line,
                        where.text);
    format = text_of(doc, "format", 64);
    cluster = text_of(doc, "cluster", sizeof out->cluster);
    issuer = text_of(doc, "issuer", sizeof out->issuer);
    if (format == NULL || strcmp(format, FORMAT) != 0)
        code = vox_fail(err, VOX_E_INPUT, PAGE "1.1: no file of 'voxcapf ca dump', or one of another version");
    else if (cluster == NULL || !read_hex(issuer, fingerprint, sizeof fingerprint))
        code = vox_fail(err, VOX_E_INPUT, PAGE "1.2: cluster or issuer: missing, or not what it must be");
    else if ((code = read_profile(json_object_get(doc, "profile"), &out->profile, err)) == VOX_OK)
        code = read_list(json_object_get(doc, "requests"), out, err);
    if (code == VOX_OK) {
        (void)snprintf(out->cluster, sizeof out->cluster, "%s", cluster);
        (void)snprintf(out->issuer, sizeof out->issuer, "%s", issuer);
    } else {
        requests_free(out);
    }
    json_decref(doc);
    return code;
}

/* --- the CA's answers --- */

static enum vox_err add_answer(const unsigned char *der, long len, struct cert ***list, size_t *n,
                               struct vox_error *err)
{
    if (*n == LIMIT_CA_REQUESTS)
        return vox_fail(err, VOX_E_INPUT, PAGE "2: more than %d certificates", LIMIT_CA_REQUESTS);
    if ((*n & (*n - 1)) == 0) {
        void *more = realloc(*list, (*n > 0 ? 2 * *n : 1) * sizeof **list);

        if (more == NULL)
            return no_memory(err);
        *list = more;
    }
    if (cert_from_der(der, (size_t)len, &(*list)[*n], err) != VOX_OK) {
        (void)vox_error_prefix(err, PAGE "2: certificate %zu", *n + 1);
        return err != NULL ? err->code : VOX_E_INPUT;
    }
    ++*n;
    return VOX_OK;
}

enum vox_err answers_read(struct bytes_view data, struct cert ***out, size_t *n, struct vox_error *err)
{
    BIO *bio = data.len > 0 && data.len <= LIMIT_CA_FILE ? BIO_new_mem_buf(data.data, (int)data.len) : NULL;
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long len;
    enum vox_err code = VOX_OK;

    *out = NULL;
    *n = 0;
    while (bio != NULL && code == VOX_OK && PEM_read_bio(bio, &name, &header, &der, &len) > 0) {
        if (strcmp(name, "CERTIFICATE") != 0)
            code =
                vox_fail(err, VOX_E_INPUT, PAGE "2: a block %.40s; certificates are expected, and nothing else", name);
        else
            code = add_answer(der, len, out, n, err);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(der);
    }
    if (code == VOX_OK && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE && *n > 0)
        code = vox_fail(err, VOX_E_INPUT, PAGE "2: block %zu is damaged", *n + 1);
    if (code == VOX_OK && *n == 0)
        code = vox_fail(err, VOX_E_INPUT, PAGE "2: no certificate in PEM in it");
    BIO_free(bio);
    ERR_clear_error();
    if (code != VOX_OK) {
        for (size_t i = 0; i < *n; i++)
            cert_free(&(*out)[i]);
        free(*out);
        *out = NULL;
        *n = 0;
    }
    return code;
}
