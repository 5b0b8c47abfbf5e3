/*
 * X.509 names as text.
 *
 * The vendor writes the attributes from CN to C with ';' between them, whatever the encoded order. Other writers put
 * ',' between them in the encoded order and escape as RFC 4514 does, but do not reverse the sequence as its section 2.1
 * asks: certificates for phones are encoded from CN to C, and their lists say "CN=...,C=NZ". A certificate that is
 * encoded from C to CN reads "C=NZ,...,CN=..." here; name_parse() makes the encoded order from the order of the text,
 * so that both directions agree. Source: docs/formats/trust-list.md 5.
 */
#ifndef LIBCERT_NAME_H
#define LIBCERT_NAME_H

#include <stdbool.h>

#include <openssl/x509.h>

#include <libcert/bytes.h>
#include <libcert/cert.h>

enum name_style {
    NAME_VENDOR,  /* "CN=cm1;OU=TAC;O=Example;L=Krakow;ST=Malopolska;C=PL": CN, OU, O, L, ST, C first, others after, no
                     escapes */
    NAME_RFC4514, /* "CN=cm1,O=Example Voice,C=NZ": encoded sequence, '+' inside a multi-valued RDN, escapes of RFC
                     4514 2.4 */
};

/*
 * name_text(der, style, out, err): der is a Name, SEQUENCE included. *out is NUL-terminated UTF-8, never with a NUL or
 * anything else that printable.h does not show (written as \xx, byte by byte). A value that is no text is '#' and its
 * encoding in hex. Attribute types without a name are dotted numbers. Errors: VOX_E_INPUT (no Name), VOX_E_MEMORY. Free
 * with free().
 */
enum vox_err name_text(struct bytes_view der, enum name_style style, char **out, struct vox_error *err);

/* name_common_name(der, out, err): the last CN as UTF-8, or an empty string if there is none. Errors: VOX_E_INPUT (no
 * Name), VOX_E_MEMORY. Free with free(). */
enum vox_err name_common_name(struct bytes_view der, char **out, struct vox_error *err);

/*
 * name_text_agrees(text, der): whether a text in any of the writings that occur in the field (either order, ';' or ',',
 * quotes or escapes, any case of attribute names, blanks) can be the text of the Name der: every attribute value of der
 * stands in text, and every value in text stands in der; upper and lower case, quotes and runs of blanks do not count,
 * at most LIMIT_NAME_ATTRIBUTES. For finding contradictions; never for deciding that two certificates are the same.
 */
bool name_text_agrees(const char *text, struct bytes_view der);

/*
 * name_parse(text, out, err): a distinguished name from an option: "CN=cm1,O=Example", '/'-separated OpenSSL form
 * "/CN=cm1/O=Example", or ';' between; backslash escapes and double quotes work. A bare word without '=' is a CN.
 * Errors: VOX_E_INPUT (unknown attribute, empty value or name, over-long, a control character), VOX_E_MEMORY. Free with
 * X509_NAME_free().
 */
enum vox_err name_parse(const char *text, X509_NAME **out, struct vox_error *err);

#endif
