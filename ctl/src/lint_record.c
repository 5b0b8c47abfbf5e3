#include <string.h>

#include <openssl/evp.h>

#include <libcert/certcheck.h>
#include <libcert/clock.h>
#include <libcert/name.h>
#include <libcert/role.h>

#include "lint_checks.h"
#include "show_words.h"
#include "tags.h"

enum { PHONE_RSA_BITS_MAX = 2048 }; /* some models take no larger key (acceptance.md 5) */

/* --- fields against the certificate beside them --- */

static void serial(struct lint *t, const struct ctl_list *l, size_t i)
{
    const struct ctl_record *r = &l->records[i];
    char said[SHOW_SERIAL_MAX], real[SHOW_SERIAL_MAX];

    if (r->cert == NULL || r->serial.data == NULL || bytes_same_number(r->serial, cert_serial(r->cert)))
        return;
    show_serial(r->serial, said);
    show_serial(cert_serial(r->cert), real);
    lint_report(t, "SERIALNUMBER is %s, the certificate's is %s", said, real);
}

static void public_key(struct lint *t, const struct ctl_list *l, size_t i)
{
    const struct ctl_record *r = &l->records[i];

    if (r->cert != NULL && r->public_key.data != NULL && !bytes_equal(r->public_key, cert_public_key_bits(r->cert)))
        lint_report(t, "PUBLICKEY is not the certificate's key");
}

static void signature(struct lint *t, const struct ctl_list *l, size_t i)
{
    const struct ctl_record *r = &l->records[i];

    if (r->cert != NULL && r->signature.data != NULL && !bytes_equal(r->signature, cert_signature_bits(r->cert)))
        lint_report(t, "SIGNATURE is not the certificate's");
}

static void subject(struct lint *t, const struct ctl_list *l, size_t i)
{
    const struct ctl_record *r = &l->records[i];

    if (r->cert != NULL && r->subject != NULL && !name_text_agrees(r->subject, cert_subject_der(r->cert)))
        lint_report(t, "SUBJECTNAME \"%s\" is not the certificate's subject", r->subject);
}

static void issuer(struct lint *t, const struct ctl_list *l, size_t i)
{
    const struct ctl_record *r = &l->records[i];

    if (r->cert != NULL && r->issuer != NULL && !name_text_agrees(r->issuer, cert_issuer_der(r->cert)))
        lint_report(t, "ISSUERNAME \"%s\" is not the certificate's issuer", r->issuer);
}

static void hash(struct lint *t, const struct ctl_list *l, size_t i)
{
    const struct ctl_record *r = &l->records[i];
    const EVP_MD *alg = digest_md(r->has_hash_algorithm ? r->hash_algorithm : DIGEST_SHA1);
    uint8_t md[EVP_MAX_MD_SIZE];
    unsigned len;
    struct bytes_view der;

    if (r->cert_hash.data == NULL || alg == NULL)
        return;
    if (r->cert_hash.len != (size_t)EVP_MD_get_size(alg)) {
        lint_report(t, "CERTHASH has %zu bytes where its algorithm gives %d", r->cert_hash.len, EVP_MD_get_size(alg));
        return;
    }
    if (r->cert == NULL)
        return;
    der = cert_der(r->cert);
    if (EVP_Digest(der.data, der.len, md, &len, alg, NULL) > 0 &&
        !bytes_equal(r->cert_hash, (struct bytes_view){md, len}))
        lint_report(t, "CERTHASH is not the certificate's");
}

/* --- what a phone will do with it --- */

static void expired(struct lint *t, const struct ctl_list *l, size_t i)
{
    const struct cert *c = l->records[i].cert;
    char when[CLOCK_RFC3339_MAX];

    if (c == NULL || cert_not_after(c) >= t->now)
        return;
    clock_format(cert_not_after(c), when);
    lint_report(t, "the certificate expired at %s", when);
}

static void not_yet_valid(struct lint *t, const struct ctl_list *l, size_t i)
{
    const struct cert *c = l->records[i].cert;
    char when[CLOCK_RFC3339_MAX];

    if (c == NULL || cert_not_before(c) <= t->now)
        return;
    clock_format(cert_not_before(c), when);
    lint_report(t, "the certificate is not valid before %s", when);
}

static void large_key(struct lint *t, const struct ctl_list *l, size_t i)
{
    const struct cert *c = l->records[i].cert;

    if (c != NULL && cert_rsa_bits(c) > PHONE_RSA_BITS_MAX)
        lint_report(t, "RSA %u: some phones take no key above %d bits", cert_rsa_bits(c), PHONE_RSA_BITS_MAX);
}

static void weak_key(struct lint *t, const struct ctl_list *l, size_t i)
{
    struct vox_error err;

    /* The same certificate under another role was looked at before; the check costs a few thousand divisions. */
    for (size_t k = 0; k < i; k++)
        if (l->records[k].cert != NULL && l->records[i].cert != NULL &&
            cert_same(l->records[k].cert, l->records[i].cert))
            return;
    if (l->records[i].cert != NULL && weakkey_check_cert(l->records[i].cert, &err) != VOX_OK)
        lint_report(t, "weak key: %s", err.text);
}

static void ec_signer_version(struct lint *t, const struct ctl_list *l, size_t i)
{
    const struct cert *c = l->records[i].cert;

    if (c != NULL && cert_key_type(c) == CERT_KEY_EC && l->header.signer_version < SIGNER_VERSION_1_1)
        lint_report(t, "an EC key, but %s: phones use EC from signer version 1.1 on",
                    l->header.signer_version == SIGNER_VERSION_ABSENT ? "the list has no signer version"
                                                                      : "the list's signer version is 1.0");
}

static void sast_not_rsa(struct lint *t, const struct ctl_list *l, size_t i)
{
    const struct ctl_record *r = &l->records[i];

    if (r->cert != NULL && role_may_sign_lists(r->function) && cert_key_type(r->cert) != CERT_KEY_RSA)
        lint_report(t, "a SAST without an RSA key can sign no list: the format knows only RSA signatures");
}

static void tvs_in_ctl(struct lint *t, const struct ctl_list *l, size_t i)
{
    if (l->records[i].function == ROLE_TVS && !ctl_is_itl(l))
        lint_report(t, "TVS in a CTL: phones look for TVS in the ITL only");
}

static void unknown_role(struct lint *t, const struct ctl_list *l, size_t i)
{
    if (role_dump_name(l->records[i].function) == NULL)
        lint_report(t, "FUNCTION %d is unknown", l->records[i].function);
}

/* --- what is missing, what is too much --- */

/* Name, role and address only: a call manager's or TFTP server's record of a cluster in non-secure mode, and those of a
 * blank ITL, a TVS's among them. */
static bool is_emptied(const struct ctl_record *r)
{
    return r->cert == NULL && r->cert_hash.data == NULL && r->serial.data == NULL && r->public_key.data == NULL &&
           (r->function == ROLE_CCM || r->function == ROLE_TVS || role_may_sign_files(r->function));
}

static void no_certificate(struct lint *t, const struct ctl_list *l, size_t i)
{
    const struct ctl_record *r = &l->records[i];

    if (r->cert == NULL && r->cert_hash.data == NULL && !is_emptied(r))
        lint_report(t, "neither a certificate nor the hash of one: phones can do nothing with the record");
}

static void emptied(struct lint *t, const struct ctl_list *l, size_t i)
{
    if (is_emptied(&l->records[i]))
        lint_report(
            t, "emptied: a node of a cluster in non-secure mode, or of a blank ITL; phones trust nothing through it");
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_record(const struct ctl_record *a, const struct ctl_record *b)
{
    if (a->function != b->function || (a->cert == NULL) != (b->cert == NULL) || !same_text(a->dns_name, b->dns_name) ||
        !bytes_equal(a->ip, b->ip))
        return false;
    return a->cert != NULL ? cert_same(a->cert, b->cert)
                           : bytes_equal(a->cert_hash, b->cert_hash) && bytes_equal(a->serial, b->serial);
}

static void duplicate(struct lint *t, const struct ctl_list *l, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_record(&l->records[k], &l->records[i])) {
            lint_report(t, "the same as record %zu", k + 1);
            return;
        }
}

static void unknown_tag(struct lint *t, const struct ctl_list *l, size_t i)
{
    const struct ctl_record *r = &l->records[i];

    for (size_t k = 0; k < r->ntlvs; k++)
        if (tag_record_row(r->tlvs[k].tag) == NULL)
            lint_report(t, "tag %u at byte %zu is unknown", r->tlvs[k].tag, r->tlvs[k].offset);
}

const struct lint_check lint_record_checks[] = {
    {"serial-differs", LINT_ERROR, NULL, serial},
    {"public-key-differs", LINT_ERROR, NULL, public_key},
    {"signature-differs", LINT_ERROR, NULL, signature},
    {"subject-differs", LINT_ERROR, NULL, subject},
    {"issuer-differs", LINT_ERROR, NULL, issuer},
    {"hash-differs", LINT_ERROR, NULL, hash},
    {"expired", LINT_WARNING, NULL, expired},
    {"not-yet-valid", LINT_WARNING, NULL, not_yet_valid},
    {"large-key", LINT_WARNING, NULL, large_key},
    {"weak-key", LINT_WARNING, NULL, weak_key},
    {"ec-signer-version", LINT_WARNING, NULL, ec_signer_version},
    {"sast-not-rsa", LINT_WARNING, NULL, sast_not_rsa},
    {"tvs-in-ctl", LINT_WARNING, NULL, tvs_in_ctl},
    {"unknown-role", LINT_WARNING, NULL, unknown_role},
    {"no-certificate", LINT_WARNING, NULL, no_certificate},
    {"emptied", LINT_NOTE, NULL, emptied},
    {"duplicate", LINT_WARNING, NULL, duplicate},
    {"unknown-tag", LINT_WARNING, NULL, unknown_tag},
    {NULL, LINT_NOTE, NULL, NULL},
};
