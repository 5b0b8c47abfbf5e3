/*
 * Security profiles of phones: what a profile says, which phone has which, and the template that says what a phone has
 * that nobody named. Source: docs/formats/store.md 11.
 *
 * Modes and transports are those of trunks (libcert/trunks.h): the same words, the same meaning. Changes happen in the
 * caller's transaction (store_begin()) and are audited by the caller.
 */
#ifndef LIBCERT_PHONEPROFILES_H
#define LIBCERT_PHONEPROFILES_H

#include <libcert/inventory.h>
#include <libcert/phones.h>
#include <libcert/trunks.h>

enum {
    PHONE_PROFILE_NAME_MAX = TRUNK_NAME_MAX, /* with its NUL; the same letters as of trunks' profiles */
    PHONE_PROFILE_MODEL_MAX = 8,             /* "8841", "88xx", "CIPC"; "" is any model */
};

/* --- what a profile says, and whether that can work: pure --- */

enum phone_protocol { PHONE_SIP, PHONE_SCCP, PHONE_PROTOCOL_COUNT };

/* Which kind of key CAPF orders. EC preferred: EC of a phone whose model is known to take it, else RSA. */
enum phone_key_order { PHONE_KEYS_RSA, PHONE_KEYS_EC, PHONE_KEYS_EC_PREFERRED, PHONE_KEY_ORDER_COUNT };

/* Words: "sip", "sccp"; "rsa", "ec", "ec-preferred"; NULL if unknown. _parse(): back, in any case; false if none. */
const char *phone_protocol_word(enum phone_protocol p);
bool phone_protocol_parse(const char *word, enum phone_protocol *out);
const char *phone_key_order_word(enum phone_key_order o);
bool phone_key_order_parse(const char *word, enum phone_key_order *out);

/* phone_profile_model(text, out): a model or family in the form in which profiles have it: "CP-8841" is "8841", "88XX"
 * is "88xx", "any" is "". False when it is neither. */
bool phone_profile_model(const char *text, char out[static PHONE_PROFILE_MODEL_MAX]);

/* phone_profile_model_word(model): the model for people: "any" for "". */
const char *phone_profile_model_word(const char *model);

/* All in place: no pointers to free. */
struct phone_profile {
    char name[PHONE_PROFILE_NAME_MAX];
    char model[PHONE_PROFILE_MODEL_MAX];
    enum phone_protocol protocol;
    enum trunk_mode mode;
    enum trunk_transport transport; /* of SCCP: TLS with a secure mode, else TCP */
    unsigned port;                  /* SIP; 0 with SCCP */
    enum phone_proof proof;
    enum phone_key_order key_order;
    struct key_spec rsa, ec; /* what key_order names */
    bool encrypted_config;   /* the TFTP server encrypts the phone's configuration */
    int64_t assigned;        /* read only: phones that it is assigned to */
};

/* phone_profile_check(p, err): do its fields go together, whatever the model? Errors: VOX_E_INPUT with the reason. */
enum vox_err phone_profile_check(const struct phone_profile *p, struct vox_error *err);

/*
 * phone_profile_fits(p, model, tls_min, err): can it work on a phone of that model, where tls_min is the oldest TLS
 * that servers take (as on the wire; 0: not asked)? model: as the inventory has it, or as profiles have it; "": not
 * known, and then only what holds for all of the profile's own model is asked. Errors: VOX_E_INPUT with the reason.
 */
enum vox_err phone_profile_fits(const struct phone_profile *p, const char *model, int tls_min, struct vox_error *err);

/* phone_profile_key(p, model): the key that CAPF orders from a phone of that model. */
const struct key_spec *phone_profile_key(const struct phone_profile *p, const char *model);

/* --- profiles in the store --- */

/* phone_profile_add(s, p, err): errors those of the check; VOX_E_EXISTS. phone_profile_change(s, p, err): the one of
 * that name is as p from now on, for whoever has it; VOX_E_NOT_FOUND. Whether it fits these, the caller has to ask. */
enum vox_err phone_profile_add(struct store *s, const struct phone_profile *p, struct vox_error *err);
enum vox_err phone_profile_change(struct store *s, const struct phone_profile *p, struct vox_error *err);

/* phone_profile_remove(s, name, err): errors VOX_E_NOT_FOUND; VOX_E_EXISTS: phones have it (how many), or the template
 * names it (for which models). */
enum vox_err phone_profile_remove(struct store *s, const char *name, struct vox_error *err);

/* phone_profiles(s, out, n, err): all by name. Free with free(). */
enum vox_err phone_profiles(struct store *s, struct phone_profile **out, size_t *n, struct vox_error *err);

/* --- who has which --- */

/* phone_profile_assign(s, device, profile, err): errors VOX_E_INPUT (no name of a device), VOX_E_NOT_FOUND (no such
 * profile). phone_profile_unassign(s, device, had, err): *had (may be NULL): it had one. */
enum vox_err phone_profile_assign(struct store *s, const char *device, const char *profile, struct vox_error *err);
enum vox_err phone_profile_unassign(struct store *s, const char *device, bool *had, struct vox_error *err);

/* The universal device template: a profile for each model, family, or for any. */
struct phone_template {
    char model[PHONE_PROFILE_MODEL_MAX];
    char profile[PHONE_PROFILE_NAME_MAX];
};

/*
 * phone_template_set(s, t, err): for phones of that model from now on. Errors: VOX_E_NOT_FOUND (no such profile),
 * VOX_E_INPUT (the profile is not for that model). phone_template_clear(s, model, err): VOX_E_NOT_FOUND.
 * phone_templates(s, out, n, err): all, by model. Free with free().
 */
enum vox_err phone_template_set(struct store *s, const struct phone_template *t, struct vox_error *err);
enum vox_err phone_template_clear(struct store *s, const char *model, struct vox_error *err);
enum vox_err phone_templates(struct store *s, struct phone_template **out, size_t *n, struct vox_error *err);

/* How a phone comes to its profile. */
enum phone_profile_by { PHONE_PROFILE_NONE, PHONE_PROFILE_ASSIGNED, PHONE_PROFILE_TEMPLATE };

/* A device and its profile. */
struct phone_device {
    char name[PHONE_NAME_MAX + 1];
    bool known; /* in the list of phones, or in the inventory */
    char model[INVENTORY_MODEL_MAX + 1];
    bool has_lsc;
    enum phone_profile_by by;
    const struct phone_profile *profile; /* the book's; NULL for none */
};

/*
 * All profiles and the template, read once, so that many devices can be asked for. phone_book_open(s, out, err); free
 * with phone_book_free(). phone_book_find(b, name): NULL when there is none. phone_book_any(b): is there a profile at
 * all? phone_book_device(b, name, out, err): that device, known or not; the book must not be older than the transaction
 * in which it counts. phone_book_each(b, each, arg, err): every device that is known or has a profile, by name, until
 * each returns false; each must not change the store.
 */
struct phone_book;
enum vox_err phone_book_open(struct store *s, struct phone_book **out, struct vox_error *err);
void phone_book_free(struct phone_book **b);
const struct phone_profile *phone_book_find(const struct phone_book *b, const char *name);
bool phone_book_any(const struct phone_book *b);
enum vox_err phone_book_device(const struct phone_book *b, const char *name, struct phone_device *out,
                               struct vox_error *err);
enum vox_err phone_book_each(const struct phone_book *b, bool (*each)(void *arg, const struct phone_device *d),
                             void *arg, struct vox_error *err);

#endif
