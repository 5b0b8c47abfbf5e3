#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <ctl/show.h>
#include <ctl/verify.h>
#include <libcert/clock.h>
#include <libcert/name.h>
#include <libcert/role.h>

#include "show_words.h"

enum { DAYS_SOON = 30 }; /* fewer days left than this are marked */

static const char *const BOLD = "1", *const RED = "1;31", *const GREEN = "32", *const YELLOW = "33";

/* What a block is written with. */
struct page {
    FILE *out;
    bool colour;
};

static void on(const struct page *g, const char *code)
{
    if (g->colour && code != NULL)
        fprintf(g->out, "\033[%sm", code);
}

static void off(const struct page *g, const char *code)
{
    if (g->colour && code != NULL)
        fputs("\033[0m", g->out);
}

/* "  name          value", value whole and safe, in a colour or NULL. */
static void field(const struct page *g, const char *name, const char *colour, const char *value)
{
    fprintf(g->out, "  %-13s ", name);
    on(g, colour);
    show_put(g->out, value);
    off(g, colour);
    fputc('\n', g->out);
}

__attribute__((format(printf, 4, 5))) static void fieldf(const struct page *g, const char *name, const char *colour,
                                                         const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    if (vsnprintf(text, sizeof text, fmt, ap) < 0)
        text[0] = '\0';
    va_end(ap);
    field(g, name, colour, text);
}

static void title(const struct page *g, const char *text)
{
    on(g, BOLD);
    show_put(g->out, text);
    off(g, BOLD);
    fputc('\n', g->out);
}

static void fingerprint(const struct page *g, const char *name, struct bytes_view v, const EVP_MD *alg)
{
    uint8_t md[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned len;

    if (EVP_Digest(v.data, v.len, md, &len, alg, NULL) <= 0)
        return;
    hex_encode(md, len, hex);
    field(g, name, NULL, hex);
}

static void name_field(const struct page *g, const char *name, struct bytes_view der)
{
    char *text = NULL;

    field(g, name, NULL, name_text(der, NAME_RFC4514, &text, NULL) == VOX_OK ? text : "(not readable)");
    free(text);
}

static void serial_field(const struct page *g, const char *name, struct bytes_view v)
{
    char serial[SHOW_SERIAL_MAX];

    show_serial(v, serial);
    field(g, name, NULL, serial);
}

static void digest_words(const struct ctl_header *h, char out[static 48])
{
    static const char *const names[] = {"", "SHA-1", "SHA-256", "SHA-512"};
    unsigned bits = ctl_modulus_bits(h->modulus_code);

    if (h->digest >= 1 && h->digest <= 3)
        (void)snprintf(out, 48, "%s with RSA %u", names[h->digest], bits);
    else
        (void)snprintf(out, 48, "digest %u with RSA %u", h->digest, bits);
}

/* Fields that every kind of header has. */
static void header_fields(const struct page *g, const struct ctl_header *h)
{
    char when[CLOCK_RFC3339_MAX];

    if (h->filename != NULL)
        field(g, "file name", NULL, h->filename);
    if (h->has_timestamp) {
        clock_format(h->timestamp, when);
        field(g, "made", NULL, when);
    }
    if (h->signer_version != SIGNER_VERSION_ABSENT)
        fieldf(g, "version", NULL, "%u.%u, signer version %u.%u, header %u bytes", h->version_major, h->version_minor,
               h->signer_version / 256U, h->signer_version % 256U, h->header_length);
    else
        fieldf(g, "version", NULL, "%u.%u, no signer version, header %u bytes", h->version_major, h->version_minor,
               h->header_length);
    field(g, "signer", NULL, h->signer_name != NULL ? h->signer_name : "");
    if (h->ca_name != NULL && (h->signer_name == NULL || strcmp(h->ca_name, h->signer_name) != 0))
        field(g, "its issuer", NULL, h->ca_name);
    serial_field(g, "its serial", h->serial);
}

/* --- lists --- */

static void summary(const struct page *g, const struct ctl_list *l, const struct show_params *p)
{
    struct vox_error err = {.code = VOX_OK};
    char with[48], head[512];
    int signer = ctl_signer_record(l);
    struct bytes_view file = bytes_view_of(&l->file);

    show_fit(head, sizeof head, "%.400s: %s, %zu record%s, %zu bytes", p->name != NULL ? p->name : "list",
             p->is_itl ? "ITL" : "CTL", l->nrecords, l->nrecords == 1 ? "" : "s", file.len);
    title(g, head);
    header_fields(g, &l->header);
    digest_words(&l->header, with);
    if (ctl_verify(l, &err) == VOX_OK)
        fieldf(g, "signature", GREEN, "valid, %s, by record %d", with, signer + 1);
    else
        fieldf(g, "signature", RED, "NOT VALID, %s: %.600s", with, err.text);
    fingerprint(g, "SHA-256", file, EVP_sha256());
    fingerprint(g, "SHA-1", file, EVP_sha1());
    fingerprint(g, "MD5", file, EVP_md5());
}

static void validity(const struct page *g, const struct cert *c, int64_t now)
{
    char from[CLOCK_RFC3339_MAX], to[CLOCK_RFC3339_MAX];
    int64_t days = clock_days_between(now, cert_not_after(c));

    clock_format(cert_not_before(c), from);
    clock_format(cert_not_after(c), to);
    if (cert_not_before(c) > now)
        fieldf(g, "valid", RED, "%s to %s (NOT YET)", from, to);
    else if (cert_not_after(c) < now)
        fieldf(g, "valid", RED, "%s to %s (EXPIRED)", from, to);
    else
        fieldf(g, "valid", days < DAYS_SOON ? YELLOW : NULL, "%s to %s (%lld day%s left)", from, to, (long long)days,
               days == 1 ? "" : "s");
}

static void certificate_fields(const struct page *g, const struct cert *c, int64_t now)
{
    char key[64];

    name_field(g, "subject", cert_subject_der(c));
    if (cert_self_issued(c))
        field(g, "issuer", NULL, "itself");
    else
        name_field(g, "issuer", cert_issuer_der(c));
    serial_field(g, "serial", cert_serial(c));
    cert_key_text(c, key, sizeof key);
    field(g, "key", NULL, key);
    validity(g, c, now);
    fingerprint(g, "SHA-256", cert_der(c), EVP_sha256());
    fingerprint(g, "SHA-1", cert_der(c), EVP_sha1());
}

/* Without a certificate there is only what the record's own fields say. */
static void bare_fields(const struct page *g, const struct ctl_record *r)
{
    char *hex;

    if (r->subject != NULL)
        field(g, "subject", NULL, r->subject);
    if (r->issuer != NULL)
        field(g, "issuer", NULL, r->issuer);
    if (r->serial.data != NULL)
        serial_field(g, "serial", r->serial);
    if (r->public_key.data != NULL)
        fieldf(g, "key", NULL, "%zu bytes", r->public_key.len);
    if (r->cert_hash.data == NULL) {
        field(g, "certificate", YELLOW, "none");
        return;
    }
    if ((hex = malloc(2 * r->cert_hash.len + 1)) == NULL)
        return;
    hex_encode(r->cert_hash.data, r->cert_hash.len, hex);
    const char *digest = r->has_hash_algorithm ? digest_name(r->hash_algorithm) : NULL;
    fieldf(g, "certificate", NULL, "only its hash, %s%s%.900s", digest != NULL ? digest : "", digest != NULL ? " " : "",
           hex);
    free(hex);
}

static void record(const struct page *g, const struct ctl_list *l, const struct show_params *p, size_t i)
{
    const struct ctl_record *r = &l->records[i];
    char role[SHOW_ROLE_MAX], ip[SHOW_IP_MAX], head[160];

    show_role(r->function, role);
    show_fit(head, sizeof head, "Record %zu: %s%s%s", i + 1, role,
             r->function == ROLE_SAST ? " (System Administrator Security Token)" : "",
             ctl_signed_by(l, i) ? ", signed this list" : "");
    fputc('\n', g->out);
    title(g, head);
    if (r->dns_name != NULL && r->dns_name[strspn(r->dns_name, " ")] != '\0')
        field(g, "dns", NULL, r->dns_name);
    show_ip(r->ip, ip);
    if (ip[0] != '\0' && strcmp(ip, "0.0.0.0") != 0)
        field(g, "ip", NULL, ip);
    if (r->cert != NULL)
        certificate_fields(g, r->cert, p->now);
    else
        bare_fields(g, r);
}

void ctl_show_text(const struct ctl_list *l, const struct show_params *p, FILE *out)
{
    const struct page g = {out, p->colour};

    summary(&g, l, p);
    for (size_t i = 0; i < l->nrecords; i++)
        record(&g, l, p, i);
}

/* --- signed files --- */

void ctl_header_show_text(const struct ctl_header *h, FILE *out)
{
    const struct page g = {out, false};
    char with[48];

    header_fields(&g, h);
    digest_words(h, with);
    field(&g, "signature", NULL, with);
    if (h->kind != HEADER_ENCSGN)
        return;
    fieldf(&g, "encrypted", NULL, "AES-128-CBC, key wrapped to RSA %u, %u bytes of padding", h->key_bits,
           h->padding_length);
    fieldf(&g, "digest", NULL, "%s of the plain file",
           digest_name(h->content_digest_algorithm) != NULL ? digest_name(h->content_digest_algorithm)
                                                            : "unknown algorithm");
}
