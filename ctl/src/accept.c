#include <string.h>

#include <openssl/evp.h>

#include <ctl/accept.h>
#include <ctl/show.h>
#include <ctl/verify.h>
#include <libcert/name.h>
#include <libcert/role.h>

#include "show_words.h"

const char *accept_word(enum accept_verdict v)
{
    static const char *const words[] = {"accepted", "first-trust", "tvs", "refused"};

    return (unsigned)v < sizeof words / sizeof *words ? words[v] : "refused";
}

/* What was found when the signer was looked up in one held list. */
struct found {
    int sast;    /* record that proves the signature as a SAST, -1 */
    int tftp;    /* as a TFTP or CCM+TFTP record, -1 */
    int differs; /* record of this issuer and serial whose key does not prove it, -1 */
};

static bool hash_is_of(const struct ctl_record *r, const struct cert *c)
{
    uint8_t md[EVP_MAX_MD_SIZE];
    unsigned len;
    struct bytes_view der = cert_der(c);
    const EVP_MD *alg = digest_md(r->has_hash_algorithm ? r->hash_algorithm : DIGEST_SHA1);

    return alg != NULL && EVP_Digest(der.data, der.len, md, &len, alg, NULL) > 0 &&
           bytes_equal((struct bytes_view){md, len}, r->cert_hash);
}

/* The record names the signer's certificate (acceptance.md 1.2). A list can hold the hash in place of the certificate.
 */
static bool is_signer(const struct ctl_record *r, const struct ctl_record *signer)
{
    if (r->cert != NULL && signer->cert != NULL)
        return cert_same_issuer_serial(r->cert, signer->cert);
    if (r->cert == NULL && r->cert_hash.data != NULL && signer->cert != NULL)
        return hash_is_of(r, signer->cert);
    if (r->cert != NULL && signer->serial.data != NULL && signer->issuer != NULL)
        return bytes_same_number(cert_serial(r->cert), signer->serial) &&
               name_text_agrees(signer->issuer, cert_issuer_der(r->cert));
    return false;
}

/* With the key that the phone holds, never with the one that the new list brings (acceptance.md 1.3). A held hash
 * stands for exactly the certificate that was matched to it. */
static bool proves(const struct ctl_record *r, const struct ctl_record *signer, const struct ctl_list *offered)
{
    EVP_PKEY *key = cert_key(r->cert != NULL ? r->cert : signer->cert);

    return key != NULL && ctl_verify_with(offered, key, NULL) == VOX_OK;
}

static struct found look_up(const struct ctl_list *held, const struct ctl_record *signer,
                            const struct ctl_list *offered)
{
    struct found f = {-1, -1, -1};

    for (size_t i = 0; held != NULL && i < held->nrecords; i++) {
        const struct ctl_record *r = &held->records[i];
        int *where = role_may_sign_lists(r->function) ? &f.sast : role_may_sign_files(r->function) ? &f.tftp : NULL;

        if (where == NULL || *where >= 0 || !is_signer(r, signer))
            continue;
        if (proves(r, signer, offered))
            *where = (int)i;
        else if (f.differs < 0)
            f.differs = (int)i;
    }
    return f;
}

static int first_tvs(const struct ctl_list *itl)
{
    for (size_t i = 0; itl != NULL && i < itl->nrecords; i++)
        if (itl->records[i].function == ROLE_TVS &&
            (itl->records[i].cert != NULL || itl->records[i].cert_hash.data != NULL))
            return (int)i;
    return -1;
}

static const char *held_words(const struct accept_held *held)
{
    return held->ctl == NULL ? "in the ITL" : held->itl == NULL ? "in the CTL" : "in the CTL or the ITL";
}

/* The signer is nowhere in what the phone holds. */
static void unknown_signer(const struct accept_held *held, const char *signer, struct accept_result *out)
{
    int tvs = first_tvs(held->itl);
    char label[CTL_LABEL_MAX];

    if (tvs >= 0) {
        ctl_show_label(&held->itl->records[tvs], label);
        out->verdict = ACCEPT_IF_TVS;
        out->rule = "3.5";
        show_fit(out->why, sizeof out->why,
                 "the signer, %s, is not %s that the phone holds; it asks a TVS of that ITL, %s, which must know it",
                 signer, held_words(held), label);
        return;
    }
    out->rule = "3.6";
    show_fit(
        out->why, sizeof out->why,
        "the signer, %s, is not %s that the phone holds, and %s could vouch for it: such a phone keeps what it has "
        "until its lists are deleted by hand",
        signer, held_words(held), held->itl == NULL ? "without an ITL no TVS" : "no TVS of that ITL");
}

static void by_what_is_held(const struct accept_held *held, const struct ctl_list *offered,
                            const struct ctl_record *signer, struct accept_result *out)
{
    struct found in_ctl = look_up(held->ctl, signer, offered), in_itl = look_up(held->itl, signer, offered);
    const struct {
        int record;
        const char *list, *rule, *as;
    } ways[] = {{in_ctl.sast, "CTL", "3.1", "as a SAST"},
                {in_itl.sast, "ITL", "3.2", "as a SAST"},
                {in_ctl.tftp, "CTL", "3.3", "as a TFTP server, not as a SAST,"},
                {in_itl.tftp, "ITL", "3.3", "as a TFTP server, not as a SAST,"}};
    char label[CTL_LABEL_MAX];

    ctl_show_label(signer, label);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (ways[i].record >= 0) {
            out->verdict = ACCEPT_YES;
            out->rule = ways[i].rule;
            show_fit(out->why, sizeof out->why, "the signer, %s, stands %s in the %s that the phone holds (record %d)",
                     label, ways[i].as, ways[i].list, ways[i].record + 1);
            return;
        }
    if (in_ctl.differs >= 0 || in_itl.differs >= 0) {
        out->rule = "3.4";
        show_fit(
            out->why, sizeof out->why,
            "the %s that the phone holds has issuer and serial of the signer, %s, with another key (record %d), and "
            "the signature is not that key's",
            in_ctl.differs >= 0 ? "CTL" : "ITL", label, (in_ctl.differs >= 0 ? in_ctl.differs : in_itl.differs) + 1);
        return;
    }
    unknown_signer(held, label, out);
}

void accept_list(const struct accept_held *held, const struct ctl_list *offered, struct accept_result *out)
{
    struct vox_error err = {.code = VOX_OK};
    int signer = ctl_signer_record(offered);

    *out = (struct accept_result){.verdict = ACCEPT_REFUSED, .rule = "2.1"};
    if (ctl_verify(offered, &err) != VOX_OK || signer < 0) {
        show_fit(out->why, sizeof out->why, "the list is not sound by itself: %s",
                 err.text[0] != '\0' ? err.text : "its signer is not among its SAST records");
        return;
    }
    if (held->ctl == NULL && held->itl == NULL) {
        out->verdict = ACCEPT_FIRST_TRUST;
        out->rule = "2.2";
        show_fit(out->why, sizeof out->why,
                 "the phone holds neither a CTL nor an ITL and takes its first list on faith");
        return;
    }
    by_what_is_held(held, offered, &offered->records[signer], out);
}
