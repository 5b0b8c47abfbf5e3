/* Objects on a token, seen from the program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>
#include <openssl/x509.h>

#include <libcert/cert.h>

#include "token/agent.h"
#include "token/explain.h"

enum { OBJECTS_MAX = 1000, NEW_ID_LEN = 16 };

/* Ask about token index; what the module returned becomes an error with the token's name. */
static enum vox_err ask(struct token_agent *a, size_t index, struct token_question *q, struct token_answer *answer,
                        int seconds, struct vox_error *err)
{
    enum vox_err code = token_ask(a, q, answer, seconds, err);
    struct token_info t;

    if (code != VOX_OK || answer->rv == CKR_OK)
        return code;
    return token_explain(answer, token_at(a, index, &t, NULL) == VOX_OK && t.trouble[0] == '\0' ? &t : NULL, err);
}

enum vox_err token_object_at(struct token_agent *a, size_t index, size_t i, struct token_object *out,
                             struct vox_error *err)
{
    struct token_question q = {.op = TOKEN_OP_OBJECT, .token = (uint32_t)index, .number = i};
    struct token_answer answer;
    enum vox_err code;

    if (i >= OBJECTS_MAX) /* a module that never comes to an end */
        return vox_fail(err, VOX_E_INPUT, "the token has more than %d objects", OBJECTS_MAX);
    if ((code = ask(a, index, &q, &answer, TOKEN_ASK_SECONDS, err)) != VOX_OK)
        return code;
    if (answer.number != 1)
        return vox_fail(err, VOX_E_NOT_FOUND, "no more objects");
    *out = answer.object;
    return VOX_OK;
}

static enum vox_err check_key(const struct token_object *k, struct vox_error *err)
{
    if (!k->rsa && !k->ec)
        return vox_fail(err, VOX_E_INPUT, "the key is neither RSA nor EC");
    if (!k->signs)
        return vox_fail(err, VOX_E_INPUT, "the key may not sign (CKA_SIGN)");
    return VOX_OK;
}

/* The public half of a key that tells none and has no public key beside it: from the certificate with its id. */
static void public_from_certificate(struct token_agent *a, size_t index, struct token_object *key)
{
    struct token_object *o = malloc(sizeof *o);
    struct cert *c;

    for (size_t i = 0; o != NULL && key->derlen == 0; i++) {
        if (token_object_at(a, index, i, o, NULL) != VOX_OK)
            break;
        if (o->class != TOKEN_CERTIFICATE || key->idlen == 0 || o->idlen != key->idlen ||
            memcmp(o->id, key->id, key->idlen) != 0 || cert_from_der(o->der, o->derlen, &c, NULL) != VOX_OK)
            continue;
        const struct bytes_view spki = cert_spki_der(c);

        if (spki.len <= sizeof key->der) {
            memcpy(key->der, spki.data, spki.len);
            key->derlen = spki.len;
        }
        cert_free(&c);
    }
    free(o);
}

enum vox_err token_key_find(struct token_agent *a, size_t index, const struct token_uri *u, struct token_object *out,
                            struct vox_error *err)
{
    struct token_question q = {.op = TOKEN_OP_FIND, .token = (uint32_t)index};
    struct token_answer answer;
    enum vox_err code;

    memcpy(q.id, u->id, u->idlen);
    q.idlen = (uint32_t)u->idlen;
    memcpy(q.label, u->object, sizeof q.label);
    if ((code = ask(a, index, &q, &answer, TOKEN_ASK_SECONDS, err)) != VOX_OK)
        return code;
    if (answer.number == 0)
        return vox_fail(
            err, VOX_E_NOT_FOUND,
            u->idlen > 0 || u->object[0] != '\0'
                ? "the token has no such private key: 'voxtoken show' says which it has (id=%%01 is one byte, id=01 "
                  "are two)"
                : "the token has no private key: 'voxtoken new-key' makes one");
    if (answer.number > 1)
        return vox_fail(err, VOX_E_USAGE,
                        "the token has several private keys that the URI may mean: say id= as well "
                        "('voxtoken show' says which)");
    *out = answer.object;
    if ((code = check_key(out, err)) != VOX_OK)
        return code;
    if (out->derlen == 0)
        public_from_certificate(a, index, out);
    return out->derlen > 0 ? VOX_OK
                           : vox_fail(err, VOX_E_INPUT,
                                      "the token tells no public half of the key, and has neither a public key "
                                      "nor a certificate with its id");
}

static bool is_certificate_of(const struct token_object *o, const struct token_object *key)
{
    const struct bytes_view mine = {key->der, key->derlen};
    struct cert *c;
    bool same;

    if (o->class != TOKEN_CERTIFICATE || o->derlen == 0 || cert_from_der(o->der, o->derlen, &c, NULL) != VOX_OK)
        return false;
    same = bytes_equal(cert_spki_der(c), mine);
    cert_free(&c);
    return same;
}

enum vox_err token_key_certificate(struct token_agent *a, size_t index, const struct token_object *key,
                                   struct bytes *out, struct vox_error *err)
{
    struct token_object *o = malloc(sizeof *o);
    enum vox_err code = o != NULL ? VOX_OK : vox_fail(err, VOX_E_MEMORY, "no memory");
    bool found = false, by_id = false;

    *out = (struct bytes){NULL, 0};
    for (size_t i = 0; code == VOX_OK && !by_id; i++) {
        if ((code = token_object_at(a, index, i, o, err)) != VOX_OK)
            break;
        if (!is_certificate_of(o, key))
            continue;
        by_id = o->idlen == key->idlen && memcmp(o->id, key->id, key->idlen) == 0;
        if (found && !by_id)
            continue;
        bytes_free(out);
        found = true;
        code = bytes_copy(out, o->der, o->derlen, err);
    }
    free(o);
    if (code == VOX_OK || code == VOX_E_NOT_FOUND)
        return found ? VOX_OK : vox_fail(err, VOX_E_NOT_FOUND, "the token has no certificate of this key");
    bytes_free(out);
    return code;
}

/* --- making --- */

static enum vox_err curve_into(const char *curve, struct token_question *q, struct vox_error *err)
{
    const ASN1_OBJECT *oid = OBJ_nid2obj(EC_curve_nist2nid(curve));
    unsigned char *der = NULL;
    const int len = oid != NULL ? i2d_ASN1_OBJECT(oid, &der) : 0;

    if (len <= 0 || (size_t)len > sizeof q->data)
        return vox_fail_openssl(err, VOX_E_USAGE, "curve %s is not known", curve);
    memcpy(q->data, der, (size_t)len);
    q->len = (uint32_t)len;
    OPENSSL_free(der);
    return VOX_OK;
}

enum vox_err token_new_key(struct token_agent *a, size_t index, const struct key_spec *spec, const char *label,
                           struct token_object *out, struct vox_error *err)
{
    struct token_question q = {.op = TOKEN_OP_NEW_KEY, .token = (uint32_t)index, .idlen = NEW_ID_LEN};
    struct token_answer answer;
    enum vox_err code = VOX_OK;

    if (strlen(label) >= sizeof q.label)
        return vox_fail(err, VOX_E_USAGE, "a label on a token has at most %zu bytes", sizeof q.label - 1);
    if (RAND_bytes(q.id, NEW_ID_LEN) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no random numbers for an id");
    (void)snprintf(q.label, sizeof q.label, "%s", label);
    if (spec->type == KEY_RSA)
        q.number = spec->rsa_bits;
    else
        code = curve_into(spec->curve, &q, err);
    if (code != VOX_OK || (code = ask(a, index, &q, &answer, TOKEN_MAKE_SECONDS, err)) != VOX_OK)
        return code;
    *out = answer.object;
    if (out->derlen == 0)
        return vox_fail(err, VOX_E_IO, "the token made a key and does not tell its public half");
    return check_key(out, err);
}

enum vox_err token_put_certificate(struct token_agent *a, size_t index, const struct token_object *key,
                                   const char *label, struct bytes_view der, struct vox_error *err)
{
    struct token_question q = {.op = TOKEN_OP_PUT_CERT, .token = (uint32_t)index, .idlen = (uint32_t)key->idlen};
    struct token_answer answer;
    struct bytes_view subject;
    struct cert *c;
    enum vox_err code = cert_from_der(der.data, der.len, &c, err);

    if (code != VOX_OK)
        return code;
    subject = cert_subject_der(c);
    if (der.len + subject.len > sizeof q.data || strlen(label) >= sizeof q.label) {
        cert_free(&c);
        return vox_fail(err, VOX_E_INPUT, "the certificate is too large for a token");
    }
    memcpy(q.id, key->id, key->idlen);
    (void)snprintf(q.label, sizeof q.label, "%s", label);
    memcpy(q.data, der.data, der.len);
    memcpy(q.data + der.len, subject.data, subject.len);
    q.len = (uint32_t)(der.len + subject.len);
    q.number = subject.len;
    cert_free(&c);
    return ask(a, index, &q, &answer, TOKEN_ASK_SECONDS, err);
}
