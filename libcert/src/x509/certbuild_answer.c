#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <libcert/certbuild.h>
#include <libcert/limits.h>

#include "x509/extensions.h"

enum { REQUEST_MAX = 64 * 1024, NAME_TEXT = 300 };

/* What the CA changed, as one growing sentence. */
struct changes {
    char text[VOX_ERROR_TEXT_MAX];
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void note(struct changes *c, const char *fmt, ...)
{
    va_list ap;
    int n;

    if (c->used > 0 && c->used + 2 < sizeof c->text) {
        memcpy(c->text + c->used, "; ", 3);
        c->used += 2;
    }
    va_start(ap, fmt);
    n = vsnprintf(c->text + c->used, sizeof c->text - c->used, fmt, ap);
    va_end(ap);
    if (n > 0)
        c->used += (size_t)n < sizeof c->text - c->used ? (size_t)n : sizeof c->text - c->used - 1;
}

/* DNS names in any case are one name (RFC 4343). */
static bool same_name(GENERAL_NAME *a, GENERAL_NAME *b)
{
    int type_a, type_b;
    const ASN1_STRING *s = GENERAL_NAME_get0_value(a, &type_a), *t = GENERAL_NAME_get0_value(b, &type_b);

    if (type_a == GEN_DNS && type_b == GEN_DNS)
        return ASN1_STRING_length(s) == ASN1_STRING_length(t) &&
               OPENSSL_strncasecmp((const char *)ASN1_STRING_get0_data(s), (const char *)ASN1_STRING_get0_data(t),
                                   (size_t)ASN1_STRING_length(s)) == 0;
    return GENERAL_NAME_cmp(a, b) == 0;
}

static bool has_name(const GENERAL_NAMES *names, GENERAL_NAME *name)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        if (same_name(sk_GENERAL_NAME_value(names, i), name))
            return true;
    return false;
}

/* The names of a that b lacks. */
static void names_lacking(const GENERAL_NAMES *a, const GENERAL_NAMES *b, char *out, size_t outlen)
{
    size_t used = 0;

    out[0] = '\0';
    for (int i = 0; i < sk_GENERAL_NAME_num(a); i++) {
        char one[NAME_TEXT];

        if (has_name(b, sk_GENERAL_NAME_value(a, i)))
            continue;
        extension_san_text(sk_GENERAL_NAME_value(a, i), one, sizeof one);
        int n = snprintf(out + used, outlen - used, "%s%s", used > 0 ? ", " : "", one);

        if (n < 0 || (size_t)n >= outlen - used)
            return; /* the first ones say enough */
        used += (size_t)n;
    }
}

static void compare_names(const GENERAL_NAMES *asked, const GENERAL_NAMES *given, struct changes *c)
{
    char text[NAME_TEXT];

    names_lacking(asked, given, text, sizeof text);
    if (text[0] != '\0')
        note(c, "alternative name left out: %s: connections by that name fail", text);
    names_lacking(given, asked, text, sizeof text);
    if (text[0] != '\0')
        note(c, "alternative name added: %s: the certificate answers for a name that nobody asked for", text);
}

static void compare_usages(X509 *x, enum service s, struct changes *c)
{
    bool ec = EVP_PKEY_get_base_id(X509_get0_pubkey(x)) == EVP_PKEY_EC;
    char text[128];

    /* Without the extension the library gives every bit: nothing is forbidden then. */
    extension_usage_missing(s, ec, X509_get_key_usage(x), text, sizeof text);
    if (text[0] != '\0')
        note(c, "key usage lost: %s: phones and peers that look for it refuse the connection", text);
    extension_extended_missing(s, X509_get_extended_key_usage(x), text, sizeof text);
    if (text[0] != '\0')
        note(c, "extended key usage lost: %s: %s", text,
             strstr(text, "clientAuth") != NULL ? "secure trunks and node-to-node connections fail"
                                                : "connections to the service fail");
    if (extension_profile(s)->authority && (X509_get_extension_flags(x) & EXFLAG_CA) == 0)
        note(c, "CA:TRUE lost: phones refuse the connection to %s, and it could not issue certificates",
             service_name(s));
}

static enum vox_err compare(X509_REQ *req, X509 *x, enum service s, struct vox_error *err)
{
    STACK_OF(X509_EXTENSION) *exts = X509_REQ_get_extensions(req);
    GENERAL_NAMES *asked = X509V3_get_d2i(exts, NID_subject_alt_name, NULL, NULL);
    GENERAL_NAMES *given = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    struct changes c = {.used = 0};

    if (X509_NAME_cmp(X509_REQ_get_subject_name(req), X509_get_subject_name(x)) != 0)
        note(&c, "the subject is another: trust lists and peers know the service by the subject in the request");
    compare_names(asked, given, &c);
    compare_usages(x, s, &c);
    GENERAL_NAMES_free(asked);
    GENERAL_NAMES_free(given);
    sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
    ERR_clear_error(); /* a missing extension leaves an entry */
    if (c.used > 0)
        return vox_fail(err, VOX_E_INPUT, "the CA changed what was asked for: %s. Ask it to keep the request's fields",
                        c.text);
    return VOX_OK;
}

enum vox_err certbuild_answer_agrees(struct bytes_view request_pem, const struct cert *answer, enum service s,
                                     struct vox_error *err)
{
    BIO *bio = NULL;
    X509_REQ *req = NULL;
    enum vox_err code;

    if ((unsigned)s >= SERVICE_COUNT)
        return vox_fail(err, VOX_E_INPUT, "service number %d is not known", (int)s);
    if (request_pem.len == 0 || request_pem.len > REQUEST_MAX ||
        (bio = BIO_new_mem_buf(request_pem.data, (int)request_pem.len)) == NULL ||
        (req = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL)) == NULL || X509_REQ_get0_pubkey(req) == NULL)
        code = vox_fail_openssl(err, VOX_E_INPUT, "the request on record cannot be read: make a new one");
    else if (cert_x509(answer) == NULL || cert_key(answer) == NULL)
        code = vox_fail_openssl(err, VOX_E_INPUT, "the certificate or its key cannot be decoded");
    else if (!cert_key_matches(answer, X509_REQ_get0_pubkey(req)))
        code = vox_fail(err, VOX_E_INPUT,
                        "the certificate is for another key than the request: it answers another or an older request");
    else
        code = compare(req, cert_x509(answer), s, err);
    X509_REQ_free(req);
    BIO_free(bio);
    return code;
}
