/*
 * What a phone does with an offered list, given what it holds. Source: docs/formats/acceptance.md.
 */
#ifndef CTL_ACCEPT_H
#define CTL_ACCEPT_H

#include <ctl/list.h>

enum accept_verdict {
    ACCEPT_YES,         /* the phone takes it by itself */
    ACCEPT_FIRST_TRUST, /* it holds nothing and takes it on faith */
    ACCEPT_IF_TVS,      /* only when a TVS of the ITL that it holds confirms the signer */
    ACCEPT_REFUSED,     /* it keeps what it has: every further list must be signed by what it trusts */
};

/* What the phone holds. The lists are taken to be sound: the phone verified them when it took them. */
struct accept_held {
    const struct ctl_list *ctl; /* NULL if none */
    const struct ctl_list *itl; /* NULL if none */
};

struct accept_result {
    enum accept_verdict verdict;
    const char *rule; /* section of docs/formats/acceptance.md that decided: "3.1" */
    char why[384];    /* one sentence; valid UTF-8, control bytes escaped */
};

/* accept_word(v): "accepted", "first-trust", "tvs", "refused". */
const char *accept_word(enum accept_verdict v);

/* accept_list(held, offered, out): a CTL or an ITL is offered. Pure; looks at no clock, as phones often have none. */
void accept_list(const struct accept_held *held, const struct ctl_list *offered, struct accept_result *out);

#endif
