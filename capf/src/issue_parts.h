/* What the files of the issuer share. Private to capf/src/issue*.c. */
#ifndef CAPF_ISSUE_PARTS_H
#define CAPF_ISSUE_PARTS_H

#include <openssl/x509v3.h>

#include <capf/issuer.h>

/* issue_key_put(x, public_key): the SubjectPublicKeyInfo, which capf_key_check() has accepted, as the certificate's
 * key; the library's own call would decode it and encode it again, which takes as long as a signature. false: it
 * failed. */
bool issue_key_put(X509 *x, struct bytes_view public_key);

/* issue_subject_next(issuer, kind, at): attributes that an LSC takes over from its issuer's subject, in the order O,
 * OU, L, ST, C: start with *kind 0 and *at -1, call until NULL comes. Build and lint walk by it. */
X509_NAME_ENTRY *issue_subject_next(const X509_NAME *issuer, size_t *kind, int *at);

/* issue_extensions_add(x, i, r): every extension of an LSC; the key stands in x. false: the library failed. */
bool issue_extensions_add(X509 *x, const struct capf_issuer *i, const struct capf_request *r);

/* What build and lint both reckon. issue_usage(ec): bits of KU_. issue_key_id(i, out): the issuer's key identifier:
 * what its certificate says, else SHA-1 of its key. Free with ASN1_OCTET_STRING_free(); NULL: the library failed. */
uint32_t issue_usage(bool ec);
ASN1_OCTET_STRING *issue_key_id(const struct capf_issuer *i);

/* The extended usages that a profile can have. */
struct issue_extended {
    int nid;
    size_t flag; /* offset of its bool in struct capf_profile */
};
enum { ISSUE_EXTENDED = 3 };
extern const struct issue_extended issue_extended[ISSUE_EXTENDED];
bool issue_extended_wanted(const struct capf_profile *p, size_t which);

/* The name of the alternative name that a profile asks for: GEN_URI, GEN_DNS, or -1 for none. */
int issue_san_type(const struct capf_profile *p);

/* issue_tbs(c): what the issuer's signature of c covers. */
struct bytes_view issue_tbs(const struct cert *c);

#endif
