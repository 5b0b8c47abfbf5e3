#include "accept_find.h"

#include <openssl/evp.h>

#include <ctl/show.h>
#include <ctl/verify.h>
#include <libcert/name.h>
#include <libcert/role.h>

#include "show_words.h"

static bool hash_is_of(const struct ctl_record *r, const struct cert *c)
{
    uint8_t md[EVP_MAX_MD_SIZE];
    unsigned len;
    struct bytes_view der = cert_der(c);
    const EVP_MD *alg = digest_md(r->has_hash_algorithm ? r->hash_algorithm : DIGEST_SHA1);

    return alg != NULL && EVP_Digest(der.data, der.len, md, &len, alg, NULL) > 0 &&
           bytes_equal((struct bytes_view){md, len}, r->cert_hash);
}

/* The record names the subject's certificate (acceptance.md 1.2). A list can hold the hash in place of the certificate.
 */
static bool names(const struct ctl_record *r, const struct ctl_record *subject)
{
    if (r->cert != NULL && subject->cert != NULL)
        return cert_same_issuer_serial(r->cert, subject->cert);
    if (r->cert == NULL && r->cert_hash.data != NULL && subject->cert != NULL)
        return hash_is_of(r, subject->cert);
    if (r->cert != NULL && subject->serial.data != NULL && subject->issuer != NULL)
        return bytes_same_number(cert_serial(r->cert), subject->serial) &&
               name_text_agrees(subject->issuer, cert_issuer_der(r->cert));
    return false;
}

/* With the key that the phone holds, never with the one that the other side brings (acceptance.md 1.3). A held hash
 * stands for exactly the certificate that was matched to it. */
static bool proves(const struct ctl_record *r, const struct accept_subject *subject)
{
    EVP_PKEY *key = cert_key(r->cert != NULL ? r->cert : subject->record->cert);

    if (key == NULL)
        return false;
    if (subject->signed_by != NULL)
        return ctl_verify_with(subject->signed_by, key, NULL) == VOX_OK;
    return EVP_PKEY_eq(key, cert_key(subject->record->cert)) == 1;
}

struct accept_found accept_find(const struct ctl_list *held, const struct accept_subject *subject,
                                bool (*role_fits)(int role))
{
    struct accept_found f = {-1, -1};

    for (size_t i = 0; held != NULL && i < held->nrecords && f.record < 0; i++) {
        const struct ctl_record *r = &held->records[i];

        if (!role_fits(r->function) || !names(r, subject->record))
            continue;
        if (proves(r, subject))
            f.record = (int)i;
        else if (f.differs < 0)
            f.differs = (int)i;
    }
    return f;
}

const struct ctl_list *accept_itl(const struct accept_held *held)
{
    return held->no_security_by_default ? NULL : held->itl;
}

bool accept_differs(const struct accept_found *in_ctl, const struct accept_found *in_itl, const char *label,
                    struct accept_result *out)
{
    const bool ctl = in_ctl->differs >= 0;

    if (!ctl && in_itl->differs < 0)
        return false;
    out->verdict = ACCEPT_REFUSED;
    out->rule = "3.4";
    show_fit(out->why, sizeof out->why,
             "the %s that the phone holds has issuer and serial of %s with another key (record %d), and that key does "
             "not prove it",
             ctl ? "CTL" : "ITL", label, (ctl ? in_ctl->differs : in_itl->differs) + 1);
    return true;
}

/* --- TVS --- */

static bool is_one_of(const struct cert *c, const struct cert *const *all, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (cert_same(c, all[i]))
            return true;
    return false;
}

static bool names_a_tvs(const struct ctl_record *r)
{
    return r->function == ROLE_TVS && (r->cert != NULL || r->cert_hash.data != NULL);
}

/* Does the record stand for one of the servers that phones reach? */
static bool is_reached(const struct ctl_record *r, const struct accept_tvs *tvs)
{
    if (r->cert != NULL)
        return is_one_of(r->cert, tvs->servers, tvs->nservers);
    for (size_t i = 0; i < tvs->nservers; i++)
        if (hash_is_of(r, tvs->servers[i]))
            return true;
    return false;
}

/* The first TVS record of the ITL, or the first that is reached; -1 for none. */
static int tvs_record(const struct ctl_list *itl, const struct accept_tvs *tvs)
{
    for (size_t i = 0; itl != NULL && i < itl->nrecords; i++)
        if (names_a_tvs(&itl->records[i]) && (tvs == NULL || is_reached(&itl->records[i], tvs)))
            return (int)i;
    return -1;
}

static const char *held_words(const struct accept_held *held)
{
    return held->ctl == NULL ? "in the ITL" : accept_itl(held) == NULL ? "in the CTL" : "in the CTL or the ITL";
}

static void no_tvs(const struct accept_held *held, const char *label, struct accept_result *out)
{
    out->verdict = ACCEPT_REFUSED;
    out->rule = "3.6";
    show_fit(out->why, sizeof out->why,
             "%s is not %s that the phone holds, and %s could vouch for it: such a phone keeps what it has until its "
             "lists are deleted by hand",
             label, held_words(held),
             held->no_security_by_default ? "this model asks no TVS, which"
             : held->itl == NULL          ? "without an ITL no TVS"
                                          : "no TVS of that ITL");
}

void accept_by_tvs(const struct accept_held *held, const struct cert *cert, const char *label,
                   struct accept_result *out)
{
    const struct ctl_list *itl = accept_itl(held);
    char server[CTL_LABEL_MAX];
    int any = tvs_record(itl, NULL), reached = held->tvs != NULL ? tvs_record(itl, held->tvs) : any;

    if (any < 0) {
        no_tvs(held, label, out);
        return;
    }
    ctl_show_label(&itl->records[reached >= 0 ? reached : any], server);
    out->verdict = ACCEPT_REFUSED;
    if (reached < 0) {
        out->rule = "3.7";
        show_fit(out->why, sizeof out->why,
                 "%s is not %s that the phone holds, and the TVS that it knows, %s, is not one that runs: such a phone "
                 "keeps what it has until its lists are deleted by hand",
                 label, held_words(held), server);
    } else if (held->tvs != NULL && (cert == NULL || !is_one_of(cert, held->tvs->vouched, held->tvs->nvouched))) {
        out->rule = "3.8";
        show_fit(out->why, sizeof out->why,
                 "%s is not %s that the phone holds, and the TVS that it asks, %s, does not vouch for it", label,
                 held_words(held), server);
    } else {
        out->verdict = ACCEPT_IF_TVS;
        out->rule = "3.5";
        show_fit(out->why, sizeof out->why,
                 "%s is not %s that the phone holds; it asks a TVS of that ITL, %s, which %s", label, held_words(held),
                 server, held->tvs != NULL ? "knows it" : "must know it");
    }
}
