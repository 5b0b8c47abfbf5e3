#include <ctl/show.h>
#include <libcert/role.h>

#include "accept_find.h"
#include "show_words.h"

static bool signs_lists(int role)
{
    return role_may_sign_lists(role) || role_may_sign_files(role); /* acceptance.md 3.3 */
}

static bool is_call_manager(int role)
{
    return role == ROLE_CCM || role == ROLE_CCM_TFTP;
}

static bool is_capf(int role)
{
    return role == ROLE_CAPF;
}

static bool is_tvs(int role)
{
    return role == ROLE_TVS;
}

static bool is_https(int role)
{
    return role == ROLE_APP_SERVER;
}

static const struct {
    const char *word;
    const char *what; /* in a sentence */
    bool (*role_fits)(int role);
    int role; /* the usual one */
    bool may_ask_tvs;
} purposes[] = {
    [ACCEPT_FOR_LISTS] = {"lists", "a signer of lists", signs_lists, ROLE_SAST, true},
    [ACCEPT_FOR_FILES] = {"files", "a signer of files", role_may_sign_files, ROLE_TFTP, true},
    [ACCEPT_FOR_CALL_MANAGER] = {"call-manager", "a call manager", is_call_manager, ROLE_CCM, true},
    [ACCEPT_FOR_CAPF] = {"capf", "CAPF", is_capf, ROLE_CAPF, true},
    [ACCEPT_FOR_TVS] = {"tvs", "a TVS", is_tvs, ROLE_TVS, false}, /* it cannot vouch for itself */
    [ACCEPT_FOR_HTTPS] = {"https", "an HTTPS server", is_https, ROLE_APP_SERVER, true},
};

const char *accept_purpose_word(enum accept_purpose p)
{
    return (unsigned)p < sizeof purposes / sizeof *purposes ? purposes[p].word : "lists";
}

bool accept_role_fits(enum accept_purpose p, int role)
{
    return (unsigned)p < sizeof purposes / sizeof *purposes && purposes[p].role_fits(role);
}

static bool is_ec(const struct cert *c)
{
    EVP_PKEY *key = cert_key(c);

    return key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC;
}

/* Nothing is held: what happens depends on what is met. */
static void with_nothing(enum accept_purpose purpose, const char *label, struct accept_result *out)
{
    if (purpose == ACCEPT_FOR_TVS || purpose == ACCEPT_FOR_HTTPS) {
        out->verdict = ACCEPT_REFUSED;
        out->rule = "4.3";
        show_fit(out->why, sizeof out->why, "the phone holds neither a CTL nor an ITL: it has nobody to ask about %s",
                 label);
        return;
    }
    out->verdict = ACCEPT_FIRST_TRUST;
    out->rule = "4.2";
    show_fit(out->why, sizeof out->why, "the phone holds neither a CTL nor an ITL and asks nobody about %s", label);
}

void accept_certificate(const struct accept_held *held, const struct cert *cert, enum accept_purpose purpose,
                        struct accept_result *out)
{
    const struct ctl_list *itl = accept_itl(held);
    const struct ctl_record shown = {.function = purposes[purpose].role,
                                     .cert = (struct cert *)(uintptr_t)cert}; /* only read */
    const struct accept_subject subject = {.record = &shown};
    const struct accept_found in_ctl = accept_find(purpose == ACCEPT_FOR_TVS ? NULL : held->ctl, &subject,
                                                   purposes[purpose].role_fits),
                              in_itl = accept_find(itl, &subject, purposes[purpose].role_fits);
    char label[CTL_LABEL_MAX];

    *out = (struct accept_result){.verdict = ACCEPT_REFUSED, .rule = "4.4"};
    ctl_show_label(&shown, label);
    if (held->no_ec && is_ec(cert)) {
        show_fit(out->why, sizeof out->why, "the model takes no certificate with an EC key, as that of %s", label);
    } else if (held->ctl == NULL && itl == NULL) {
        with_nothing(purpose, label, out);
    } else if (in_ctl.record >= 0 || in_itl.record >= 0) {
        out->verdict = ACCEPT_YES;
        out->rule = "4.1";
        show_fit(out->why, sizeof out->why, "%s stands as %s in the %s that the phone holds (record %d)", label,
                 purposes[purpose].what, in_ctl.record >= 0 ? "CTL" : "ITL",
                 (in_ctl.record >= 0 ? in_ctl.record : in_itl.record) + 1);
    } else if (!accept_differs(&in_ctl, &in_itl, label, out)) {
        if (purposes[purpose].may_ask_tvs) {
            accept_by_tvs(held, cert, label, out);
        } else {
            out->rule = "4.3";
            show_fit(out->why, sizeof out->why, "%s does not stand as %s in the ITL that the phone holds", label,
                     purposes[purpose].what);
        }
    }
}
