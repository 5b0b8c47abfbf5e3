/* What a phone is told to do: by arguments, or by a line of a table. */
#ifndef VOXCAPF_ORDER_H
#define VOXCAPF_ORDER_H

#include <libcert/phoneprofiles.h>
#include <libcert/phones.h>

/* An order for one phone, or the same for many. Start with order_default(). */
struct order {
    enum phone_operation operation;
    bool has_proof; /* else its profile's, without one a string */
    enum phone_proof proof;
    bool has_key; /* else its profile's, without one the phone's own, of a new one rsa:2048 */
    struct key_spec key;
    unsigned generate;                 /* digits of a string to be made; 0: none */
    char digits[PHONE_STRING_MAX + 1]; /* the string that was given; "" for none. A secret: wipe the order. */
    int64_t by;                        /* 0: whenever */
    int64_t not_before;                /* 0: at once */
    int64_t string_expires;            /* 0: with `by`, else after ORDER_STRING_LIFE */
};

enum { ORDER_STRING_LIFE = 7 * 24 * 3600 };

/* Where a phone's order comes from. */
struct order_from {
    char profile[PHONE_PROFILE_NAME_MAX]; /* the phone's; "" for none */
    enum phone_profile_by by;
    bool proof, key; /* that was taken from it */
};

/* order_default(): install, with a generated string of PHONE_STRING_DEFAULT digits. */
struct order order_default(void);

/* order_string(o, digits, ndigits, err): the string that was given instead of a generated one. VOX_E_USAGE (not 4 to 15
 * digits; the message does not repeat them). */
enum vox_err order_string(struct order *o, const uint8_t *digits, size_t ndigits, struct vox_error *err);

/* order_settle(o, now, err): what was given fits together; a string only where a string is the proof. VOX_E_USAGE. */
enum vox_err order_settle(struct order *o, int64_t now, struct vox_error *err);

/*
 * order_resolve(b, name, o, from, err): what the order does not say is taken from the profile of that phone; from: what
 * was. After it comes order_settle(). VOX_E_INPUT: the profile does not fit the phone's model.
 */
enum vox_err order_resolve(const struct phone_book *b, const char *name, struct order *o, struct order_from *from,
                           struct vox_error *err);

/* order_apply(s, key, name, o, now, out, err): put it down for phone `name`, new or not, in the caller's
 * transaction. key: of strings, NULL when the order has none. */
struct order_result {
    char digits[PHONE_STRING_MAX + 1]; /* a secret */
    bool was_there;
    struct phone phone; /* as it is now */
    struct order_from from;
};
enum vox_err order_apply(struct store *s, const struct phones_key *key, const char *name, const struct order *o,
                         int64_t now, struct order_result *out, struct vox_error *err);

#endif
