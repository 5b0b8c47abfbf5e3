#include "holder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <libcert/name.h>

static const char witness_words[] = "voxtrust transcript, up to the line ";

enum vox_err holder_open(struct cli_common *common, const char *uri, struct holder *out, struct vox_error *err)
{
    struct token_agent *a;
    struct token_uri *u = NULL;
    struct bytes der = {NULL, 0};
    size_t index;
    enum vox_err code;

    out->pass = cli_password(common, NULL);
    if ((code = token_uri_parse(uri, &u, err)) != VOX_OK)
        return code;
    if ((out->object = calloc(1, sizeof *out->object)) == NULL)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    else if ((code = token_agent_get(token_uri_module(u), &a, err)) == VOX_OK &&
             (code = token_find(a, u, &index, &out->info, err)) == VOX_OK &&
             (code = token_login(a, index, u, &out->pass, err)) == VOX_OK &&
             (code = token_key_find(a, index, u, out->object, err)) == VOX_OK &&
             (code = token_key_certificate(a, index, out->object, &der, err)) == VOX_OK &&
             (code = cert_from_der(der.data, der.len, &out->cert, err)) == VOX_OK &&
             (code = token_key_evp(a, index, out->object, &out->pass, &out->key, err)) == VOX_OK)
        token_uri_text(&out->info, out->object, out->uri);
    token_uri_free(&u);
    bytes_free(&der);
    return code;
}

void holder_close(struct holder *h)
{
    free(h->object);
    cert_free(&h->cert);
    EVP_PKEY_free(h->key);
    memset(h, 0, sizeof *h);
}

void holder_tell(const struct holder *h, const char *role)
{
    char fingerprint[CERT_FINGERPRINT_MAX];
    char *name = NULL;

    cert_fingerprint(h->cert, fingerprint);
    if (name_text(cert_subject_der(h->cert), NAME_VENDOR, &name, NULL) != VOX_OK)
        name = NULL;
    printf("   %s: \"%s\", serial number %s, PIN %s\n      %s\n      certificate %s\n", role, h->info.label,
           h->info.serial, token_pin_word(h->info.pin), name != NULL ? name : "?", fingerprint);
    if (h->object != NULL && (h->object->extractable || !h->object->local))
        printf("      this key was not made on the token, or can be copied from it\n");
    free(name);
}

static json_t *hex_json(struct bytes_view v)
{
    char *hex = malloc(2 * v.len + 1);
    json_t *out;

    if (hex == NULL)
        return NULL;
    hex_encode(v.data, v.len, hex);
    out = json_string(hex);
    free(hex);
    return out;
}

json_t *holder_json(const struct holder *h, const char *role)
{
    char fingerprint[CERT_FINGERPRINT_MAX];

    cert_fingerprint(h->cert, fingerprint);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:s, s:o}", "role", role, "label", h->info.label,
                     "serial", h->info.serial, "model", h->info.model, "module", h->info.module, "pin",
                     token_pin_word(h->info.pin), "uri", h->uri, "made_here", h->object != NULL && h->object->local,
                     "extractable", h->object != NULL && h->object->extractable, "fingerprint", fingerprint,
                     "certificate", hex_json(cert_der(h->cert)));
}

enum vox_err holder_sign(struct holder *h, enum digest d, const struct bytes_view *parts, size_t n, struct bytes *out,
                         struct vox_error *err)
{
    return key_sign(h->key, d, parts, n, out, err);
}

static void witness_parts(const char *hash, struct bytes_view parts[static 2])
{
    parts[0] = (struct bytes_view){(const uint8_t *)witness_words, sizeof witness_words - 1};
    parts[1] = (struct bytes_view){(const uint8_t *)hash, strlen(hash)};
}

enum vox_err holder_witness(struct holder *h, const char *hash, json_t **out, struct vox_error *err)
{
    struct bytes_view parts[2];
    struct bytes signature = {NULL, 0};
    enum vox_err code;

    witness_parts(hash, parts);
    if ((code = key_sign(h->key, DIGEST_SHA256, parts, 2, &signature, err)) == VOX_OK &&
        (code = key_verify(cert_key(h->cert), DIGEST_SHA256, parts, 2, bytes_view_of(&signature), err)) == VOX_OK)
        *out = json_pack("{s:s, s:o, s:o}", "label", h->info.label, "certificate", hex_json(cert_der(h->cert)),
                         "signature", hex_json(bytes_view_of(&signature)));
    bytes_free(&signature);
    return code;
}

enum vox_err holder_witnessed(const json_t *one, const char *hash, struct vox_error *err)
{
    const char *der_hex = json_string_value(json_object_get(one, "certificate")),
               *signature_hex = json_string_value(json_object_get(one, "signature"));
    struct bytes der = {NULL, 0}, signature = {NULL, 0};
    struct bytes_view parts[2];
    struct cert *c = NULL;
    enum vox_err code;

    if (der_hex == NULL || signature_hex == NULL)
        return vox_fail(err, VOX_E_INPUT, "a signature of the transcript is not complete");
    witness_parts(hash, parts);
    if ((code = hex_decode(der_hex, &der, err)) == VOX_OK &&
        (code = hex_decode(signature_hex, &signature, err)) == VOX_OK &&
        (code = cert_from_der(der.data, der.len, &c, err)) == VOX_OK)
        code = cert_key(c) != NULL
                   ? key_verify(cert_key(c), DIGEST_SHA256, parts, 2, bytes_view_of(&signature), err)
                   : vox_fail(err, VOX_E_INPUT, "a certificate in the transcript has no key that can be read");
    cert_free(&c);
    bytes_free(&der);
    bytes_free(&signature);
    return code;
}
