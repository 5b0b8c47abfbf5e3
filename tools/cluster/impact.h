/*
 * What phones would do with a list, or with a certificate, before either goes out: reckoned from the inventory, model
 * by model. Source: docs/formats/acceptance.md, store.md 8.
 *
 * The TVS that phones reach are taken to be those of the cluster, with their active certificates, and to vouch for what
 * the store has bound (tvs.md 5).
 */
#ifndef CLUSTER_IMPACT_H
#define CLUSTER_IMPACT_H

#include <jansson.h>

#include <ctl/accept.h>
#include <libcert/inventory.h>
#include <libcert/store.h>

enum { IMPACT_NAMES_MAX = 10 };

struct impact {
    int64_t all;     /* phones that it concerns */
    int64_t accept;  /* take it by themselves; those whose model knows no such list too */
    int64_t first;   /* hold nothing and take it on faith */
    int64_t by_tvs;  /* only with a TVS that confirms it */
    int64_t lost;    /* refuse it */
    int64_t unknown; /* what they hold is not known */
    char names[IMPACT_NAMES_MAX][PHONE_NAME_MAX + 1]; /* of the first that would be lost */
    size_t nnames;
    char rule[8];  /* of acceptance.md by which the first ones are lost; "" for none */
    char why[384]; /* a sentence on that */
};

/*
 * impact_of_list(s, name, list, out, err): list is published under name. A name of one phone ("ITLSEP0123456789AB.tlv")
 * concerns that phone alone, the plain names all those that have no list of their own. Errors: VOX_E_INPUT (no list),
 * VOX_E_STORE, VOX_E_MEMORY.
 */
enum vox_err impact_of_list(struct store *s, const char *name, struct bytes_view list, struct impact *out,
                            struct vox_error *err);

/* impact_of_list_for(s, names, n, list, out, err): likewise, for these phones alone: sorted by strcmp(), each once.
 * Those of which nothing is known count as unknown. */
enum vox_err impact_of_list_for(struct store *s, const char *const *names, size_t n, struct bytes_view list,
                                struct impact *out, struct vox_error *err);

/* Certificates that phones meet. */
struct impact_certificates {
    const struct cert *const *certs; /* any of them will do: what the phone takes best counts */
    size_t n;
    enum accept_purpose purpose;
    const char *without; /* id of a binding that is about to go: no TVS has it or vouches for it; NULL: none */
};

/* impact_of_certificates(s, c, out, err): as phones hold lists now. Errors: VOX_E_STORE, VOX_E_MEMORY. */
enum vox_err impact_of_certificates(struct store *s, const struct impact_certificates *c, struct impact *out,
                                    struct vox_error *err);

/*
 * impact_of_deletion(s, id, out, err): could phones still be given a list that they take, when the binding with that id
 * is gone? Lost are those that could not, if they are more than without the deletion. Errors: VOX_E_STORE,
 * VOX_E_MEMORY.
 */
enum vox_err impact_of_deletion(struct store *s, const char *id, struct impact *out, struct vox_error *err);

enum { IMPACT_NOT_FORCED = -1, IMPACT_WHATEVER = -2 };

/* impact_parse_forced(text, out): the N of an option --force=N, a number of phones; false if it is none. */
bool impact_parse_forced(const char *text, int64_t *out);

/*
 * impact_allowed(i, forced, err): VOX_OK when no phone would be lost, when forced is their very number, or
 * IMPACT_WHATEVER. VOX_E_NO with how many of how many, which, why, and what to type.
 */
enum vox_err impact_allowed(const struct impact *i, int64_t forced, struct vox_error *err);

/* impact_allow_loss(s, id, forced, err): the two above for a binding that is to go or to be retired; the sentence says
 * what it would mean. */
enum vox_err impact_allow_loss(struct store *s, const char *id, int64_t forced, struct vox_error *err);

/* impact_text(i, out, outlen): "96 accept it, 3 by TVS only, 1 would be locked out, 5 unknown"; "no phones are known".
 */
void impact_text(const struct impact *i, char *out, size_t outlen);

/* impact_json(i): docs/formats/json.md 8; NULL without memory. */
json_t *impact_json(const struct impact *i);

/* --- what it is reckoned with --- */

/* The TVS of the cluster. Owns what it points to. */
struct impact_tvs {
    struct accept_tvs tvs;
    const struct cert **certs; /* servers, then vouched */
    struct store_binding *bindings;
    size_t nbindings;
};

/* impact_tvs_read(s, purpose, without, out, err): for the purpose of signing lists a certificate must be vouched for as
 * a SAST; for others any role will do. without: as above. Clear with impact_tvs_clear(). */
enum vox_err impact_tvs_read(struct store *s, enum accept_purpose purpose, const char *without, struct impact_tvs *out,
                             struct vox_error *err);
void impact_tvs_clear(struct impact_tvs *t);

#endif
