/*
 * A signer or a shown certificate looked up in what a phone holds. Private to ctl. Source:
 * docs/formats/acceptance.md 1.
 */
#ifndef CTL_SRC_ACCEPT_FIND_H
#define CTL_SRC_ACCEPT_FIND_H

#include <ctl/accept.h>

/* What is looked for. */
struct accept_subject {
    const struct ctl_record *record;  /* how it names itself: certificate, or issuer and serial */
    const struct ctl_list *signed_by; /* a list that its key signed; NULL: it showed the key otherwise */
};

/* Where it was found. */
struct accept_found {
    int record;  /* that proves it, -1 */
    int differs; /* of this issuer and serial whose key does not prove it, -1 */
};

/* accept_find(held, subject, role_fits): the first record of a fitting role in held (NULL: an empty one). */
struct accept_found accept_find(const struct ctl_list *held, const struct accept_subject *subject,
                                bool (*role_fits)(int role));

/*
 * accept_by_tvs(held, cert, label, out): the subject, called label in sentences, is nowhere in what is held (rules 3.5
 * to 3.8). cert: its certificate; NULL if it is known by its number only.
 */
void accept_by_tvs(const struct accept_held *held, const struct cert *cert, const char *label,
                   struct accept_result *out);

/* accept_differs(in_ctl, in_itl, label, out): a record has its issuer and serial, but another key (rule 3.4). False if
 * there is none. */
bool accept_differs(const struct accept_found *in_ctl, const struct accept_found *in_itl, const char *label,
                    struct accept_result *out);

/* accept_itl(held): the ITL that counts: none for models that know no ITL. */
const struct ctl_list *accept_itl(const struct accept_held *held);

#endif
