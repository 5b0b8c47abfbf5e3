/*
 * Secure SIP trunks in the store: security profiles, trunks with their destinations, and which certificates of
 * CallManager-trust belong to which trunk. Source: docs/formats/store.md 10.
 */
#ifndef LIBCERT_TRUNKS_H
#define LIBCERT_TRUNKS_H

#include <stdbool.h>
#include <stddef.h>

#include <libcert/limits.h>
#include <libcert/store.h>

#define TRUNK_PLACE "CallManager-trust" /* where certificates of devices stand */

enum {
    TRUNK_NAME_MAX = 65, /* bytes of a trunk's or profile's name with its NUL */
    TRUNK_HOST_MAX = LIMIT_DNS_NAME + 1,
    TRUNK_PORT_SIP = 5060,
    TRUNK_PORT_SIPS = 5061,
    TRUNK_NONCE_VALIDITY = 600, /* seconds: the vendor's default */
    TRUNK_NONCE_VALIDITY_MAX =
        86400, /* a day: a nonce that is good for longer is as good as a password that was heard */
};

/* --- words, and what may stand in a field: pure --- */

/* Device Security Mode. Authenticated: TLS with TLS_RSA_WITH_NULL_SHA alone, which hides nothing. */
enum trunk_mode { TRUNK_NON_SECURE, TRUNK_AUTHENTICATED, TRUNK_ENCRYPTED, TRUNK_MODE_COUNT };

/* Transport types; the last one is for calls that come in only. */
enum trunk_transport { TRUNK_UDP, TRUNK_TCP, TRUNK_TLS, TRUNK_TCP_UDP, TRUNK_TRANSPORT_COUNT };

/* trunk_mode_word(m), trunk_transport_word(t): "encrypted", "tcp+udp"; NULL if unknown. _parse(): back, in any case;
 * false if none. */
const char *trunk_mode_word(enum trunk_mode m);
bool trunk_mode_parse(const char *word, enum trunk_mode *out);
const char *trunk_transport_word(enum trunk_transport t);
bool trunk_transport_parse(const char *word, enum trunk_transport *out);

/* trunk_name_check(name, err): letters, digits, '.', '_', '-', at most 64. trunk_profile_name_check(): blanks inside,
 * too. Errors: VOX_E_INPUT. */
enum vox_err trunk_name_check(const char *name, struct vox_error *err);
enum vox_err trunk_profile_name_check(const char *name, struct vox_error *err);

/*
 * trunk_host(text, out, err): a DNS name in lower case without the dot at its end, or an IPv4 or IPv6 address in its
 * usual form. Errors: VOX_E_INPUT (neither, over-long, an address that no server can have).
 */
enum vox_err trunk_host(const char *text, char out[static TRUNK_HOST_MAX], struct vox_error *err);

/* trunk_subject_name_check(name, err): one name as certificates have it: no blank, comma, semicolon or colon (the
 * vendor's field has them between names), no wildcard, no control character. Errors: VOX_E_INPUT. */
enum vox_err trunk_subject_name_check(const char *name, struct vox_error *err);

/* --- profiles --- */

struct trunk_profile {
    char name[TRUNK_NAME_MAX];
    enum trunk_mode mode;
    enum trunk_transport outgoing, incoming;
    unsigned port; /* where calls come in */
    bool digest;
    unsigned nonce_validity; /* seconds */
    char **names;            /* subject names, as given; any of them will do */
    size_t nnames;
};

/* trunk_profile_check(p, err): can it work? Errors: VOX_E_INPUT with the reason. Used by trunk_profile_add(). */
enum vox_err trunk_profile_check(const struct trunk_profile *p, struct vox_error *err);

/*
 * trunk_profile_add(s, p, err): errors those of the check; VOX_E_EXISTS (a profile of that name; another profile has
 * one of the subject names with the same port: which).
 */
enum vox_err trunk_profile_add(struct store *s, const struct trunk_profile *p, struct vox_error *err);

/* trunk_profile_remove(s, name, err): errors VOX_E_NOT_FOUND, VOX_E_EXISTS (trunks use it: which). */
enum vox_err trunk_profile_remove(struct store *s, const char *name, struct vox_error *err);

/* trunk_profiles(s, name, out, n, err): all by name, or that one (NULL: all). Free with trunk_profiles_free(). */
enum vox_err trunk_profiles(struct store *s, const char *name, struct trunk_profile **out, size_t *n,
                            struct vox_error *err);
void trunk_profiles_free(struct trunk_profile **list, size_t n);

/* --- trunks --- */

struct trunk_destination {
    char host[TRUNK_HOST_MAX]; /* of trunk_host() */
    unsigned port;
};

struct trunk {
    char name[TRUNK_NAME_MAX];
    char profile[TRUNK_NAME_MAX];
    struct trunk_destination destinations[LIMIT_TRUNK_DESTINATIONS];
    size_t n;
};

/*
 * trunk_add(s, t, err): errors VOX_E_INPUT (name, no destination or too many, one of them twice), VOX_E_NOT_FOUND (no
 * such profile), VOX_E_EXISTS.
 */
enum vox_err trunk_add(struct store *s, const struct trunk *t, struct vox_error *err);

/* trunk_remove(s, name, err): with its destinations and its claims on certificates; these themselves stay where they
 * are. Errors: VOX_E_NOT_FOUND. */
enum vox_err trunk_remove(struct store *s, const char *name, struct vox_error *err);

/* trunks_list(s, name, out, n, err): all by name, or that one (NULL: all). Free with free(). */
enum vox_err trunks_list(struct store *s, const char *name, struct trunk **out, size_t *n, struct vox_error *err);

/* --- certificates of trunks --- */

/* A certificate of CallManager-trust that belongs to a trunk. */
struct trunk_cert {
    char trunk[TRUNK_NAME_MAX];
    char *binding; /* id */
    struct cert *cert;
    bool device;  /* the device's own; else an issuer of it */
    bool brought; /* it was put there for this trunk or another; else it stood there before */
};

/* What to look for: NULL is any. */
struct trunk_cert_filter {
    const char *trunk;
    const char *binding;
};

/* trunk_certs(s, f, out, n, err): live ones, the device's first, then by time added. Free with trunk_certs_free(). */
enum vox_err trunk_certs(struct store *s, const struct trunk_cert_filter *f, struct trunk_cert **out, size_t *n,
                         struct vox_error *err);
void trunk_certs_free(struct trunk_cert **list, size_t n);

/* trunk_cert_claim(s, claim, err): its binding belongs to its trunk from now on (cert is not read). One that another
 * trunk brought counts as brought; a claim that is there already stays, and becomes the device's when device. */
enum vox_err trunk_cert_claim(struct store *s, const struct trunk_cert *claim, struct vox_error *err);

/* trunk_cert_replace(s, old, new_binding, err): every trunk that has the binding old gets the other in its place. */
enum vox_err trunk_cert_replace(struct store *s, const char *old, const char *new_binding, struct vox_error *err);

#endif
