/*
 * What a phone does with an offered list or certificate, given what it holds and what it can do. Pure: looks at no
 * clock, as phones often have none, and asks nobody. Source: docs/formats/acceptance.md.
 */
#ifndef CTL_ACCEPT_H
#define CTL_ACCEPT_H

#include <ctl/list.h>

enum accept_verdict {
    ACCEPT_YES,         /* the phone takes it by itself */
    ACCEPT_IGNORED,     /* a model that knows no such list: it neither takes it nor misses it */
    ACCEPT_FIRST_TRUST, /* it holds nothing and takes it on faith */
    ACCEPT_IF_TVS,      /* only when a TVS of the ITL that it holds confirms it; when the TVS are known, they do */
    ACCEPT_REFUSED,     /* it keeps what it has: every further list must be signed by what it trusts */
};

/* What the TVS that phones reach are like. All borrowed. */
struct accept_tvs {
    const struct cert *const *servers; /* what they show in the handshake */
    size_t nservers;
    const struct cert *const *vouched; /* certificates that they confirm for what is asked */
    size_t nvouched;
};

/* A phone. The lists are taken to be sound: the phone verified them when it took them. */
struct accept_held {
    const struct ctl_list *ctl;   /* NULL if none */
    const struct ctl_list *itl;   /* NULL if none */
    bool no_security_by_default;  /* a model that knows neither ITL nor TVS */
    bool no_ec;                   /* a model that takes no EC certificate */
    const struct accept_tvs *tvs; /* NULL: not known, the verdict is ACCEPT_IF_TVS then */
};

struct accept_result {
    enum accept_verdict verdict;
    const char *rule; /* section of docs/formats/acceptance.md that decided: "3.1" */
    char why[384];    /* one sentence; valid UTF-8, control bytes escaped */
};

/* accept_word(v): "accepted", "ignored", "first-trust", "tvs", "refused". */
const char *accept_word(enum accept_verdict v);

/* accept_list(held, offered, out): a CTL or an ITL is offered. */
void accept_list(const struct accept_held *held, const struct ctl_list *offered, struct accept_result *out);

/* What a certificate is to be believed for. */
enum accept_purpose {
    ACCEPT_FOR_LISTS,        /* signing lists: would a list by this key be taken? */
    ACCEPT_FOR_FILES,        /* signing configuration files */
    ACCEPT_FOR_CALL_MANAGER, /* shown by a call manager */
    ACCEPT_FOR_CAPF,         /* shown by CAPF */
    ACCEPT_FOR_TVS,          /* shown by a TVS */
    ACCEPT_FOR_HTTPS,        /* shown by an HTTPS server */
};

/* accept_purpose_word(p): "lists", "files", "call-manager", "capf", "tvs", "https". */
const char *accept_purpose_word(enum accept_purpose p);

/* accept_role_fits(p, role): does a record, or a TVS's answer, with that role count for it? (acceptance.md 4.1) */
bool accept_role_fits(enum accept_purpose p, int role);

/* accept_certificate(held, cert, purpose, out): the phone meets cert, whose owner has shown that it has the key. */
void accept_certificate(const struct accept_held *held, const struct cert *cert, enum accept_purpose purpose,
                        struct accept_result *out);

#endif
