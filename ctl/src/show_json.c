#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <ctl/show.h>
#include <ctl/verify.h>
#include <libcert/clock.h>
#include <libcert/name.h>
#include <libcert/role.h>

#include "show_words.h"

/* json_object_set_new() takes NULL as failure and forgets nothing: one flag for the whole object. */
static void set(json_t *o, bool *ok, const char *key, json_t *value)
{
    if (json_object_set_new(o, key, value) != 0)
        *ok = false;
}

static json_t *done(json_t *o, bool ok)
{
    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

static json_t *time_json(int64_t t)
{
    char text[CLOCK_RFC3339_MAX];

    clock_format(t, text);
    return json_string(text);
}

static json_t *digest_of(struct bytes_view v, const EVP_MD *alg)
{
    uint8_t md[EVP_MAX_MD_SIZE];
    unsigned len;

    if (EVP_Digest(v.data, v.len, md, &len, alg, NULL) <= 0)
        return NULL;
    return show_json_hex((struct bytes_view){md, len});
}

static json_t *version_json(unsigned v)
{
    return v == SIGNER_VERSION_ABSENT ? json_null() : json_sprintf("%u.%u", v / 256, v % 256);
}

static json_t *digest_json(int d)
{
    return digest_name(d) != NULL ? json_string(digest_name(d)) : json_integer(d);
}

static json_t *name_json(struct bytes_view der)
{
    char *text = NULL;
    json_t *j;

    if (name_text(der, NAME_RFC4514, &text, NULL) != VOX_OK)
        return json_null();
    j = show_json_text(text);
    free(text);
    return j;
}

static json_t *pem_json(const struct cert *c)
{
    struct bytes_view der = cert_der(c);
    BIO *b = BIO_new(BIO_s_mem());
    char *text;
    long len;
    json_t *j = NULL;

    if (b != NULL && PEM_write_bio(b, PEM_STRING_X509, "", der.data, (long)der.len) > 0 &&
        (len = BIO_get_mem_data(b, &text)) > 0)
        j = json_stringn(text, (size_t)len);
    BIO_free(b);
    return j;
}

static json_t *certificate_json(const struct cert *c)
{
    json_t *o;
    bool ok = true;
    char key[64];

    if (c == NULL)
        return json_null();
    o = json_object();
    cert_key_text(c, key, sizeof key);
    set(o, &ok, "subject", name_json(cert_subject_der(c)));
    set(o, &ok, "issuer", name_json(cert_issuer_der(c)));
    set(o, &ok, "serial", show_json_hex(cert_serial(c)));
    set(o, &ok, "not_before", time_json(cert_not_before(c)));
    set(o, &ok, "not_after", time_json(cert_not_after(c)));
    set(o, &ok, "key", json_string(key));
    set(o, &ok, "sha256", digest_of(cert_der(c), EVP_sha256()));
    set(o, &ok, "sha1", digest_of(cert_der(c), EVP_sha1()));
    set(o, &ok, "pem", pem_json(c));
    return done(o, ok);
}

static json_t *hash_json(const struct ctl_record *r)
{
    json_t *o;
    bool ok = true;

    if (r->cert_hash.data == NULL)
        return json_null();
    o = json_object();
    set(o, &ok, "digest", r->has_hash_algorithm ? digest_json(r->hash_algorithm) : json_null());
    set(o, &ok, "value", show_json_hex(r->cert_hash));
    return done(o, ok);
}

static json_t *tags_json(const struct ctl_record *r)
{
    json_t *a = json_array();

    for (size_t i = 0; i < r->ntlvs; i++)
        if (json_array_append_new(a, json_integer(r->tlvs[i].tag)) != 0) {
            json_decref(a);
            return NULL;
        }
    return a;
}

static json_t *record_json(const struct ctl_list *l, size_t i)
{
    const struct ctl_record *r = &l->records[i];
    const char *word = role_word(r->function);
    char ip[SHOW_IP_MAX];
    json_t *o = json_object();
    bool ok = true;

    show_ip(r->ip, ip);
    set(o, &ok, "record", json_integer((json_int_t)i + 1));
    set(o, &ok, "offset", json_integer((json_int_t)r->offset));
    set(o, &ok, "length", json_integer(r->record_length));
    set(o, &ok, "role", word != NULL ? json_string(word) : json_null());
    set(o, &ok, "function", json_integer(r->function));
    set(o, &ok, "signed_this", json_boolean(ctl_signed_by(l, i)));
    set(o, &ok, "dns", show_json_text(r->dns_name));
    set(o, &ok, "ip", r->ip.data != NULL ? json_string(ip) : json_null());
    set(o, &ok, "subject", show_json_text(r->subject));
    set(o, &ok, "issuer", show_json_text(r->issuer));
    set(o, &ok, "serial", show_json_hex(r->serial));
    set(o, &ok, "public_key", show_json_hex(r->public_key));
    set(o, &ok, "signature", show_json_hex(r->signature));
    set(o, &ok, "certificate", certificate_json(r->cert));
    set(o, &ok, "hash", hash_json(r));
    set(o, &ok, "tags", tags_json(r));
    return done(o, ok);
}

static json_t *signer_json(const struct ctl_header *h)
{
    json_t *o = json_object();
    bool ok = true;

    set(o, &ok, "name", show_json_text(h->signer_name));
    set(o, &ok, "issuer", show_json_text(h->ca_name));
    set(o, &ok, "serial", show_json_hex(h->serial));
    return done(o, ok);
}

static json_t *encryption_json(const struct ctl_header *h)
{
    json_t *o;
    bool ok = true;

    if (h->kind != HEADER_ENCSGN)
        return json_null();
    o = json_object();
    set(o, &ok, "algorithm", json_integer(h->content_algorithm));
    set(o, &ok, "iv", show_json_hex(h->iv));
    set(o, &ok, "padding", json_integer(h->padding_length));
    set(o, &ok, "key_bits", json_integer(h->key_bits));
    set(o, &ok, "key_algorithm", json_integer(h->key_algorithm));
    set(o, &ok, "wrapped_key", show_json_hex(h->wrapped_key));
    set(o, &ok, "content_digest", digest_json(h->content_digest_algorithm));
    set(o, &ok, "content_digest_value", show_json_hex(h->content_digest));
    return done(o, ok);
}

/* The header's fields, the same for every kind of file. */
static void header_fields(json_t *o, bool *ok, const struct ctl_header *h)
{
    set(o, ok, "version", json_sprintf("%u.%u", h->version_major, h->version_minor));
    set(o, ok, "header_length", json_integer(h->header_length));
    set(o, ok, "signer_version", version_json(h->signer_version));
    set(o, ok, "signer", signer_json(h));
    set(o, ok, "digest", digest_json(h->digest));
    set(o, ok, "signature_algorithm", json_integer(h->signature_algorithm));
    set(o, ok, "modulus_bits",
        ctl_modulus_bits(h->modulus_code) != 0 ? json_integer(ctl_modulus_bits(h->modulus_code)) : json_null());
    set(o, ok, "signature", show_json_hex(h->signature));
    set(o, ok, "filename", show_json_text(h->filename));
    set(o, ok, "timestamp", h->has_timestamp ? time_json(h->timestamp) : json_null());
    set(o, ok, "header_padding", json_integer(h->padding));
}

json_t *ctl_header_show_json(const struct ctl_header *h)
{
    static const char *const kinds[] = {"list", "sgn", "enc.sgn"};
    json_t *o = json_object();
    bool ok = true;

    set(o, &ok, "kind", json_string(kinds[h->kind]));
    header_fields(o, &ok, h);
    set(o, &ok, "encryption", encryption_json(h));
    return done(o, ok);
}

static json_t *verdict_json(const struct ctl_list *l)
{
    struct vox_error err = {.code = VOX_OK};
    int signer = ctl_signer_record(l);
    json_t *o = json_object();
    bool ok = true, valid = ctl_verify(l, &err) == VOX_OK;

    set(o, &ok, "valid", json_boolean(valid));
    set(o, &ok, "record", signer >= 0 ? json_integer(signer + 1) : json_null());
    set(o, &ok, "why", valid ? json_null() : show_json_text(err.text));
    return done(o, ok);
}

json_t *ctl_show_json(const struct ctl_list *l)
{
    struct bytes_view file = bytes_view_of(&l->file);
    json_t *o = json_object(), *records = json_array();
    bool ok = true;

    set(o, &ok, "kind", json_string(ctl_is_itl(l) ? "itl" : "ctl"));
    set(o, &ok, "size", json_integer((json_int_t)file.len));
    set(o, &ok, "md5", digest_of(file, EVP_md5()));
    set(o, &ok, "sha1", digest_of(file, EVP_sha1()));
    set(o, &ok, "sha256", digest_of(file, EVP_sha256()));
    header_fields(o, &ok, &l->header);
    set(o, &ok, "verification", verdict_json(l));
    for (size_t i = 0; i < l->nrecords; i++)
        if (json_array_append_new(records, record_json(l, i)) != 0)
            ok = false;
    set(o, &ok, "records", records);
    return done(o, ok);
}
