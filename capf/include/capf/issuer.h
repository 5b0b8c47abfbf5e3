/*
 * The issuer: what a phone's certificate looks like, which keys are taken, and the certificate itself. Pure: no files,
 * no store, no clock of its own. Source: docs/formats/capf.md 4.
 */
#ifndef CAPF_ISSUER_H
#define CAPF_ISSUER_H

#include <openssl/evp.h>

#include <libcert/cert.h>
#include <libcert/key.h>
#include <libcert/phone.h>

enum { CAPF_SERIAL_LEN = 16, CAPF_REQUEST_ID_LEN = 16, CAPF_EVIDENCE_LEN = 32, CAPF_SPKI_MAX = 2048 };

/* What an LSC is like. capf_profile_default(): 1,825 days, an hour back for clock skew, SHA-256, the usages of capf.md
 * 4, the device's name as URI. */
struct capf_profile {
    int days;                             /* 1 to 7,300 */
    int backdate_s;                       /* seconds before now at which it begins */
    enum digest digest;                   /* DIGEST_SHA256 or DIGEST_SHA512 */
    bool server_auth, client_auth, ipsec; /* extended key usages */
    enum capf_san { CAPF_SAN_NONE, CAPF_SAN_URI, CAPF_SAN_DNS } san;
    unsigned rsa_min, rsa_max; /* bits of keys that are taken: 512 to 4096; default 2048 to 4096 */
    unsigned per_device_day;   /* certificates of one device in 24 hours; default 10 */
    unsigned per_hour;         /* of all devices in an hour; 0, the default: no cap */
};
struct capf_profile capf_profile_default(void);

/*
 * capf_profile_set(p, name, value, err): one setting by its name in the store without the prefix "capf.": "days",
 * "backdate", "digest", "usages" ("server,client,ipsec", "none"), "san" ("uri", "dns", "none"), "rsa-min", "rsa-max",
 * "per-device-day", "per-hour". Errors: VOX_E_USAGE with what is allowed; nothing changed.
 */
enum vox_err capf_profile_set(struct capf_profile *p, const char *name, const char *value, struct vox_error *err);

/* capf_profile_name(i): the names of the settings, NULL after the last. */
const char *capf_profile_name(size_t i);

/* Who issues. */
struct capf_issuer {
    const struct cert *cert;
    EVP_PKEY *key; /* private; of a file or a token */
    struct capf_profile profile;
};

/* capf_issuer_check(i, now, err): can it issue: CA:TRUE, keyCertSign, a name, dates, key belongs to certificate, not
 * weak, limits of keys that leave some. Errors: VOX_E_NO with the reason. */
enum vox_err capf_issuer_check(const struct capf_issuer *i, int64_t now, struct vox_error *err);

/* One request. */
struct capf_request {
    uint8_t id[CAPF_REQUEST_ID_LEN]; /* the same id gives the same certificate */
    char device[PHONE_NAME_MAX + 1];
    struct key_spec ordered;             /* what the phone was told to make */
    struct bytes_view public_key;        /* DER SubjectPublicKeyInfo, as sent */
    uint8_t evidence[CAPF_EVIDENCE_LEN]; /* SHA-256 of how the device proved itself; kept in the journal */
};

/* capf_request_id(device, operation_id, public_key, out): SHA-256 over the three, length-prefixed; its first bytes.
 * false: memory is out. */
bool capf_request_id(const char *device, const char *operation_id, struct bytes_view public_key,
                     uint8_t out[static CAPF_REQUEST_ID_LEN]);

/*
 * capf_key_check(i, r, err): exactly one DER SubjectPublicKeyInfo of the ordered type and size, the profile's limits,
 * exponent 65,537, not weak (weakkey_check()), no explicit or other curve, no compressed point, not the issuer's own
 * key. VOX_E_NO with the reason.
 */
enum vox_err capf_key_check(const struct capf_issuer *i, const struct capf_request *r, struct vox_error *err);

/* capf_keys_check(i, r, n, out): the same of n requests; that no RSA modulus is a prime is asked for CAPF_TOGETHER of
 * them at once, which is cheaper (weakkey_primes()). */
enum { CAPF_TOGETHER = 8 };
struct capf_checked {
    enum vox_err code;
    struct vox_error why; /* unless code is VOX_OK */
};
void capf_keys_check(const struct capf_issuer *i, const struct capf_request *const *r, size_t n,
                     struct capf_checked *out);

/*
 * capf_draft_make(i, r, serial, now, out, err): everything but the signature: check name, key and dates, build, lint
 * what will be signed under a throw-away key. i is borrowed by the draft. Errors: VOX_E_NO (refused: key, name, issuer
 * ended; the reason), VOX_E_CRYPTO, VOX_E_MEMORY. Free with capf_draft_free(). capf_draft_sign(d, out, err): sign with
 * the issuer's key, parse again, verify. Errors: VOX_E_CRYPTO, VOX_E_MEMORY, those of a token. Free out with
 * cert_free().
 */
struct capf_draft;
enum vox_err capf_draft_make(const struct capf_issuer *i, const struct capf_request *r,
                             const uint8_t serial[static CAPF_SERIAL_LEN], int64_t now, struct capf_draft **out,
                             struct vox_error *err);
enum vox_err capf_draft_sign(struct capf_draft *d, struct cert **out, struct vox_error *err);
void capf_draft_free(struct capf_draft **d);

/* capf_drafts_make(i, jobs, n): capf_draft_make() for each, their keys examined together. draft is NULL and code and
 * err say why, or it is to be freed as above. */
struct capf_drafting {
    const struct capf_request *request;
    const uint8_t *serial; /* CAPF_SERIAL_LEN */
    int64_t now;
    struct capf_draft *draft;
    enum vox_err code;
    struct vox_error err;
};
void capf_drafts_make(const struct capf_issuer *i, struct capf_drafting *jobs, size_t n);

/* capf_issue(i, r, serial, now, out, err): both in one. */
enum vox_err capf_issue(const struct capf_issuer *i, const struct capf_request *r,
                        const uint8_t serial[static CAPF_SERIAL_LEN], int64_t now, struct cert **out,
                        struct vox_error *err);

/* capf_lint(c, i, r, err): the rules that an LSC must keep (capf.md 4.3). Errors: VOX_E_INPUT with the first that it
 * breaks, VOX_E_CRYPTO (the issuer cannot be decoded). */
enum vox_err capf_lint(const struct cert *c, const struct capf_issuer *i, const struct capf_request *r,
                       struct vox_error *err);

#endif
