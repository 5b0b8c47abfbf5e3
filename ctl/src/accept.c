#include <ctl/show.h>
#include <ctl/verify.h>
#include <libcert/role.h>

#include "accept_find.h"
#include "show_words.h"

const char *accept_word(enum accept_verdict v)
{
    static const char *const words[] = {"accepted", "ignored", "first-trust", "tvs", "refused"};

    return (unsigned)v < sizeof words / sizeof *words ? words[v] : "refused";
}

static void by_what_is_held(const struct accept_held *held, const struct accept_subject *signer,
                            struct accept_result *out)
{
    const struct ctl_list *itl = accept_itl(held);
    struct accept_found in_ctl = accept_find(held->ctl, signer, role_may_sign_lists),
                        in_itl = accept_find(itl, signer, role_may_sign_lists),
                        ctl_tftp = accept_find(held->ctl, signer, role_may_sign_files),
                        itl_tftp = accept_find(itl, signer, role_may_sign_files);
    const struct {
        int record;
        const char *list, *rule, *as;
    } ways[] = {{in_ctl.record, "CTL", "3.1", "as a SAST"},
                {in_itl.record, "ITL", "3.2", "as a SAST"},
                {ctl_tftp.record, "CTL", "3.3", "as a TFTP server, not as a SAST,"},
                {itl_tftp.record, "ITL", "3.3", "as a TFTP server, not as a SAST,"}};
    char label[CTL_LABEL_MAX], called[CTL_LABEL_MAX + 16];

    ctl_show_label(signer->record, label);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (ways[i].record >= 0) {
            out->verdict = ACCEPT_YES;
            out->rule = ways[i].rule;
            show_fit(out->why, sizeof out->why, "the signer, %s, stands %s in the %s that the phone holds (record %d)",
                     label, ways[i].as, ways[i].list, ways[i].record + 1);
            return;
        }
    (void)snprintf(called, sizeof called, "the signer, %s,", label);
    if (in_ctl.differs < 0)
        in_ctl.differs = ctl_tftp.differs;
    if (in_itl.differs < 0)
        in_itl.differs = itl_tftp.differs;
    if (!accept_differs(&in_ctl, &in_itl, called, out))
        accept_by_tvs(held, signer->record->cert, called, out);
}

/* One that has no record of a TFTP server at all may be another kind of list, and is judged strictly. */
static bool is_blank(const struct ctl_list *itl)
{
    for (size_t i = 0; itl != NULL && i < itl->nrecords; i++)
        if (role_may_sign_files(itl->records[i].function))
            return ctl_list_is_blank(itl);
    return false;
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
    if (held->no_security_by_default && ctl_is_itl(offered)) {
        out->verdict = ACCEPT_IGNORED;
        out->rule = "2.3";
        show_fit(out->why, sizeof out->why, "the model knows no ITL");
        return;
    }
    if (held->ctl == NULL && accept_itl(held) == NULL) {
        out->verdict = ACCEPT_FIRST_TRUST;
        out->rule = "2.2";
        show_fit(out->why, sizeof out->why,
                 "the phone holds neither a CTL nor an ITL and takes its first list on faith");
        return;
    }
    if (held->ctl == NULL && ctl_is_itl(offered) && is_blank(accept_itl(held))) {
        out->verdict = ACCEPT_FIRST_TRUST;
        out->rule = "2.4";
        show_fit(out->why, sizeof out->why,
                 "the ITL that the phone holds is blank: it takes the next one whoever signed it");
        return;
    }
    const struct accept_subject subject = {.record = &offered->records[signer], .signed_by = offered};

    by_what_is_held(held, &subject, out);
}
