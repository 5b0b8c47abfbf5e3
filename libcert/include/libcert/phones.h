/*
 * Phones in the store: operations, authentication strings, throttling. Source: docs/formats/store.md 6.
 *
 * Changes happen in the caller's transaction (store_begin()), so that the daemon can make many phones durable with one
 * commit. Each is audited by its caller.
 */
#ifndef LIBCERT_PHONES_H
#define LIBCERT_PHONES_H

#include <libcert/phone.h>
#include <libcert/store.h>

/*
 * phone_put(s, p, err): insert or replace the record, all but its authentication string with the wrong tries and the
 * lock, which phone_string_set() and phone_string_try() keep (a new record takes `wrong` and `locked_until` from p).
 * With PHONE_NONE as operation the string goes: it is good for one operation only. phone_get(s, name, out, err):
 * VOX_E_NOT_FOUND. phone_remove(s, name, err): VOX_E_NOT_FOUND; its ledger entries stay.
 */
enum vox_err phone_put(struct store *s, const struct phone *p, struct vox_error *err);
enum vox_err phone_get(struct store *s, const char *name, struct phone *out, struct vox_error *err);
enum vox_err phone_remove(struct store *s, const char *name, struct vox_error *err);

/* What to look for: -1 or 0 is any. */
struct phone_filter {
    int state;   /* enum phone_state, or -1 */
    bool locked; /* only those that are locked at `now` */
    int64_t now;
    int64_t lsc_ends_before; /* only those whose LSC ends before that time */
    const char *name_prefix; /* NULL: any */
};

/* phones_each(s, f, each, arg, err): call each for every match, by name, until it returns false; memory stays small
 * with any number of phones. each must not change phones: note the names, change them afterwards. f NULL: all. */
enum vox_err phones_each(struct store *s, const struct phone_filter *f, bool (*each)(void *arg, const struct phone *p),
                         void *arg, struct vox_error *err);

/* phones_tally(s, now, ends_before, out, err): everything that a screen or a metric shows, in one pass over an index
 * (some 30 ms for 100,000 phones). ending: an LSC that ends from now on before ends_before; ended: one that has. */
struct phones_tally {
    int64_t all, by_state[PHONE_STATE_COUNT], locked, with_lsc, ending, ended;
};
enum vox_err phones_tally(struct store *s, int64_t now, int64_t ends_before, struct phones_tally *out,
                          struct vox_error *err);

/* phone_key_parse(text, out, err): key_spec_parse(), and "rsa:512" for the phones that can do no more. */
enum vox_err phone_key_parse(const char *text, struct key_spec *out, struct vox_error *err);

/*
 * Authentication strings. The store keeps HMAC-SHA-256(key, name, NUL, digits) under a key that is a file of its own
 * (0600 in the key folder), so that the database alone does not give the digits away.
 * phones_key_open(s, make, out, err): that key; make: create it when missing, else VOX_E_NOT_FOUND. Free with
 * phones_key_free() (wiped). phone_string_set(s, key, name, digits, expires, err): for a phone that is there
 * (VOX_E_NOT_FOUND); also ends its lock. digits NULL or "": none, and key may be NULL. expires 0: never. Errors:
 * VOX_E_USAGE (not 4 to 15 digits). phone_string_random(ndigits, out, err): fresh digits from the CSPRNG, evenly
 * distributed.
 */
struct phones_key;
enum vox_err phones_key_open(struct store *s, bool make, struct phones_key **out, struct vox_error *err);
void phones_key_free(struct phones_key **k);
enum vox_err phone_string_set(struct store *s, const struct phones_key *key, const char *name, const char *digits,
                              int64_t expires, struct vox_error *err);
enum vox_err phone_string_random(unsigned ndigits, char out[static PHONE_STRING_MAX + 1], struct vox_error *err);

/*
 * phone_string_try(s, key, name, digits, ndigits, now, err): is it the phone's string, at this moment? VOX_OK: the
 * counters are cleared. The string is used up when the operation ends that it was set for (phone_put() with
 * PHONE_NONE); until then a phone whose connection broke in the middle may come again with it, and with no operation
 * waiting it is good for nothing. VOX_E_NO for everything else - wrong, none stored, expired, locked, no such phone,
 * nothing waiting - with the true reason in err for the log. The work done is the same in each case, a row that is
 * written included. Wrong tries are counted: from the 5th in a row on the phone is locked: 30 s, doubled with each
 * further one, up to 15 minutes. Tries while it is locked are refused uncounted, an empty one (ndigits 0) too. After
 * the clock was put back a lock lasts from the next try as long as it would have at its beginning, and no longer.
 */
enum vox_err phone_string_try(struct store *s, const struct phones_key *key, const char *name, const uint8_t *digits,
                              size_t ndigits, int64_t now, struct vox_error *err);

/*
 * Sources of wrong tries, so that one address cannot try many phones. phone_source_locked(s, source, now, out, err):
 * *out until when (0: not); writes, when the clock was put back since: as with phones. phone_source_wrong(s, source,
 * now, err): one more; from the 20th on it waits, as above; after 24 hours of quiet the count begins anew. The table is
 * bounded (PHONE_SOURCES_MAX; the oldest go). source: an address without its port; IPv6 by its /64.
 */
enum { PHONE_SOURCES_MAX = 65536 };
enum vox_err phone_source_locked(struct store *s, const char *source, int64_t now, int64_t *out, struct vox_error *err);
enum vox_err phone_source_wrong(struct store *s, const char *source, int64_t now, struct vox_error *err);

#endif
