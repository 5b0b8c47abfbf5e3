/*
 * Which lists phones hold, as far as it is known: from access logs, tables, and phones that tell. Source:
 * docs/formats/store.md 8.
 *
 * Changes happen in the caller's transaction (store_begin()) and are audited by the caller.
 */
#ifndef LIBCERT_INVENTORY_H
#define LIBCERT_INVENTORY_H

#include <libcert/phone.h>
#include <libcert/store.h>

enum {
    INVENTORY_MODEL_MAX = 31,
    INVENTORY_ADDRESS_MAX = 45,
    INVENTORY_HOW_MAX = 15,
    INVENTORY_LIST_MAX = 65, /* SHA-256 in hex with its NUL */
};

/* A phone "holds" a list by the SHA-256 of its bytes in hex; INVENTORY_NONE: it is known to hold none; "": not known.
 */
#define INVENTORY_NONE "none"

/* All in place: no pointers to free. Times are seconds since 1970, 0 for none. */
struct inventory_phone {
    char name[PHONE_NAME_MAX + 1];
    char model[INVENTORY_MODEL_MAX + 1];
    char address[INVENTORY_ADDRESS_MAX + 1];
    char how[INVENTORY_HOW_MAX + 1];
    int64_t seen;
    char ctl[INVENTORY_LIST_MAX];
    int64_t ctl_seen;
    char itl[INVENTORY_LIST_MAX];
    int64_t itl_seen;
};

/*
 * inventory_note(s, p, err): what was learnt of a phone, put together with what is known: an empty field leaves what
 * stands there, and what is older than that (by seen, ctl_seen, itl_seen) does, too. Errors: VOX_E_INPUT (name, no
 * SHA-256). inventory_get(s, name, out, err): VOX_E_NOT_FOUND.
 */
enum vox_err inventory_note(struct store *s, const struct inventory_phone *p, struct vox_error *err);
enum vox_err inventory_get(struct store *s, const char *name, struct inventory_phone *out, struct vox_error *err);

/* What to look for; NULL is any. */
struct inventory_filter {
    const char *ctl, *itl, *model;
    const char *name_prefix;
};

/* inventory_each(s, f, each, arg, err): call each for every match, by name, until it returns false. each must not
 * change the inventory. f NULL: all. */
enum vox_err inventory_each(struct store *s, const struct inventory_filter *f,
                            bool (*each)(void *arg, const struct inventory_phone *p), void *arg, struct vox_error *err);

/* A phone with what CAPF knows of it. */
struct inventory_row {
    struct inventory_phone phone; /* seen 0 and the rest empty: nothing is known here */
    bool capf;                    /* CAPF knows it: */
    enum phone_state state;
    char lsc[CERT_FINGERPRINT_MAX]; /* "" for none */
    int64_t lsc_not_after;
};

/* inventory_survey(s, f, each, arg, err): as inventory_each(), over all phones, those that only CAPF knows as well. */
enum vox_err inventory_survey(struct store *s, const struct inventory_filter *f,
                              bool (*each)(void *arg, const struct inventory_row *r), void *arg, struct vox_error *err);

/* Phones of one model that hold the same lists. */
struct inventory_group {
    char ctl[INVENTORY_LIST_MAX], itl[INVENTORY_LIST_MAX], model[INVENTORY_MODEL_MAX + 1];
    int64_t count;
};

/*
 * inventory_groups(s, out, n, unheard, err): all of them, in one pass over an index. *unheard: phones of CAPF
 * (libcert/phones.h) of which nothing is known here. Free with free().
 */
enum vox_err inventory_groups(struct store *s, struct inventory_group **out, size_t *n, int64_t *unheard,
                              struct vox_error *err);

/*
 * inventory_list_learn(s, kind, data, note, err): keep the bytes of a list that was not published from here; one that
 * is known already is fine. inventory_list_bytes(s, sha256, out, err): the bytes of a list, published or learnt; their
 * digest is checked. VOX_E_NOT_FOUND. Free with bytes_free().
 */
enum vox_err inventory_list_learn(struct store *s, const char *kind, struct bytes_view data, const char *note,
                                  struct vox_error *err);
enum vox_err inventory_list_bytes(struct store *s, const char *sha256, struct bytes *out, struct vox_error *err);

/* inventory_list_sha256(data, out, err): as a phone's list is named here. */
enum vox_err inventory_list_sha256(struct bytes_view data, char out[static INVENTORY_LIST_MAX], struct vox_error *err);

#endif
