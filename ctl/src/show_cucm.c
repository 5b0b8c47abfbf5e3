/*
 * The layout is the vendor's, line for line, so that scripts and people who know it find everything in its place. Its
 * quirks: containers print the length of their length field and their content's length as the value; fields of one
 * byte, keys, signatures and addresses print no value; tags stand in ascending order whatever the file's; signature
 * bytes are not padded with zeros; a SAST is called an etoken even when it is none.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include <ctl/show.h>
#include <ctl/verify.h>
#include <libcert/role.h>

#include "show_words.h"
#include "tags.h"

enum {
    TAB = 8,
    LENGTH_COLUMN = 24, /* where LENGTH starts, unless the tag's name is too long for it */
    ROW_BYTES = 8,      /* of the signature */
};

static const char *kind(const struct show_params *p)
{
    return p->is_itl ? "ITL" : "CTL";
}

/* One line of a table: tag, name, length and, unless empty, a value. Columns stand where the vendor's tabs take them.
 */
static void line(FILE *out, unsigned tag, const char *name, size_t length, const char *value)
{
    size_t end = TAB + strlen(name), column = end < LENGTH_COLUMN ? LENGTH_COLUMN : (end / TAB + 1) * TAB;

    if (value[0] == '\0') {
        fprintf(out, "%-8u%-*s%zu\n", tag, (int)(column - TAB), name, length);
        return;
    }
    fprintf(out, "%-8u%-*s%-7zu ", tag, (int)(column - TAB), name, length);
    show_put(out, value);
    fputc('\n', out);
}

static void table_head(FILE *out)
{
    fputs("BYTEPOS TAG             LENGTH  VALUE\n------- ---             ------  -----\n", out);
}

static void checksum(FILE *out, const struct ctl_list *l, const EVP_MD *alg, const char *name)
{
    uint8_t md[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned len;

    if (EVP_Digest(l->file.data, l->file.len, md, &len, alg, NULL) <= 0)
        return;
    hex_encode(md, len, hex);
    fprintf(out, "%s(%s)\n", hex, name);
}

/* As date(1) writes it in English, whatever the locale: "Fri Mar 06 21:56:07 CET 2015". */
static void modified(FILE *out, const struct ctl_list *l, const struct show_params *p)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t t = (time_t)l->header.timestamp;
    struct tm tm;

    if (!l->header.has_timestamp || localtime_r(&t, &tm) == NULL)
        return;
    fprintf(out, "The %s File was last modified on %s %s %02d %02d:%02d:%02d %s %d\n", kind(p), days[tm.tm_wday],
            months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_zone, tm.tm_year + 1900);
}

/* Hex without zero padding, as the vendor has it. */
static void signature(FILE *out, struct bytes_view v)
{
    for (size_t i = 0; i < v.len; i++)
        fprintf(out, "%s%x%s", i % ROW_BYTES == 0 ? "                " : "", v.data[i],
                i % ROW_BYTES == ROW_BYTES - 1 || i + 1 == v.len ? "\n" : "  ");
}

/* What stands under VALUE in the header's table. */
static void header_line(FILE *out, const struct ctl_header *h, const struct header_tlv *t)
{
    const struct tag_row *row = tag_header_row(t->tag);
    const char *name = row != NULL ? row->name : "UNKNOWN", *value = "";
    char text[SHOW_SERIAL_MAX] = "";
    size_t length = t->len;

    switch (t->tag) {
    case HTAG_VERSION: /* printed above the table */
    case HTAG_HEADERLENGTH:
        return;
    case HTAG_SIGNERID: /* containers print the length of their length */
    case HTAG_SIGNATUREINFO:
    case HTAG_SIGNATUREALGOINFO:
        (void)snprintf(text, sizeof text, "%u", t->len);
        value = text;
        length = 2;
        break;
    case HTAG_SIGNERNAME:
        value = h->signer_name;
        break;
    case HTAG_CANAME:
        value = h->ca_name;
        break;
    case HTAG_SERIALNUMBER:
        show_serial(h->serial, text);
        value = text;
        break;
    case HTAG_SIGNERVERSION:
        (void)snprintf(text, sizeof text, "%u.%u", h->signer_version / 256U, h->signer_version % 256U);
        value = text;
        break;
    default:
        break;
    }
    line(out, t->tag, name, length, value);
    if (t->tag == HTAG_SIGNATURE)
        signature(out, h->signature);
}

/* The vendor's table is in the order of tags, whatever the order in the file. */
static void header(FILE *out, const struct ctl_header *h)
{
    fprintf(out, "Version:        %u.%u\nHeaderLength:   %u (BYTES)\n\n", h->version_major, h->version_minor,
            h->header_length);
    table_head(out);
    for (unsigned tag = 0; tag <= UINT8_MAX; tag++)
        for (size_t i = 0; i < h->ntlvs; i++)
            if (h->tlvs[i].tag == tag)
                header_line(out, h, &h->tlvs[i]);
}

enum { SHA1_LEN = 20 };

static void certificate(char out[static SHOW_SERIAL_MAX], struct bytes_view der)
{
    uint8_t md[EVP_MAX_MD_SIZE];
    char hex[3 * SHA1_LEN] = "";

    if (EVP_Digest(der.data, der.len, md, NULL, EVP_sha1(), NULL) > 0)
        hex_encode_sep(md, SHA1_LEN, ' ', hex);
    (void)snprintf(out, SHOW_SERIAL_MAX, "%s (SHA1 Hash HEX)", hex);
}

static void record_line(FILE *out, const struct ctl_record *r, const struct record_tlv *t)
{
    const struct tag_row *row = tag_record_row(t->tag);
    const char *name = row != NULL ? row->name : "UNKNOWN", *value = "";
    char text[SHOW_SERIAL_MAX] = "";

    switch (t->tag) {
    case RTAG_RECORDLENGTH:
        (void)snprintf(text, sizeof text, "%u", r->record_length);
        value = text;
        break;
    case RTAG_DNSNAME:
        value = r->dns_name[strspn(r->dns_name, " ")] != '\0' ? r->dns_name : "";
        break;
    case RTAG_SUBJECTNAME:
        value = r->subject;
        break;
    case RTAG_FUNCTION:
        (void)snprintf(text, sizeof text, "%d", r->function);
        value = role_dump_name(r->function) != NULL ? role_dump_name(r->function) : text;
        break;
    case RTAG_ISSUERNAME:
        value = r->issuer;
        break;
    case RTAG_SERIALNUMBER:
        show_serial(r->serial, text);
        value = text;
        break;
    case RTAG_CERTIFICATE:
        certificate(text, t->value);
        value = text;
        break;
    case RTAG_CERTHASH:
        hex_encode_sep(r->cert_hash.data, r->cert_hash.len > 64 ? 64 : r->cert_hash.len, ' ', text);
        value = text;
        break;
    case RTAG_HASHALGORITHM:
        value = r->hash_algorithm == DIGEST_SHA1     ? "SHA-1"
                : r->hash_algorithm == DIGEST_SHA256 ? "SHA-256"
                : r->hash_algorithm == DIGEST_SHA512 ? "SHA-512"
                                                     : "";
        break;
    default: /* PUBLICKEY, SIGNATURE, IPADDRESS: no value */
        break;
    }
    line(out, t->tag, name, t->value.len, value);
}

static void record(FILE *out, const struct ctl_list *l, const struct show_params *p, size_t i)
{
    const struct ctl_record *r = &l->records[i];

    fprintf(out, "\n        %s Record #:%zu\n                  ----\n", kind(p), i + 1);
    table_head(out);
    for (unsigned tag = 0; tag <= UINT8_MAX; tag++)
        for (size_t k = 0; k < r->ntlvs; k++)
            if (r->tlvs[k].tag == tag)
                record_line(out, r, &r->tlvs[k]);
    if (role_may_sign_lists(r->function))
        fprintf(out, "This etoken was %sused to sign the %s file.\n", ctl_signed_by(l, i) ? "" : "not ", kind(p));
}

void ctl_show_cucm(const struct ctl_list *l, const struct show_params *p, FILE *out)
{
    fprintf(out, "The checksum value of the %s file:\n", kind(p));
    checksum(out, l, EVP_md5(), "MD5");
    checksum(out, l, EVP_sha1(), "SHA1");
    fprintf(out, "\nLength of %s file: %zu\n", kind(p), l->file.len);
    modified(out, l, p);
    fprintf(out, "\n        Parse %s File\n        ----------------\n\n", kind(p));
    header(out, &l->header);
    for (size_t i = 0; i < l->nrecords; i++)
        record(out, l, p, i);
    fprintf(out, "\nThe %s file was %sverified successfully.\n", kind(p), ctl_verify(l, NULL) == VOX_OK ? "" : "not ");
}
