#include "order.h"

#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

struct order order_default(void)
{
    return (struct order){.operation = PHONE_INSTALL, .proof = PHONE_BY_STRING, .generate = PHONE_STRING_DEFAULT};
}

enum vox_err order_string(struct order *o, const uint8_t *digits, size_t ndigits, struct vox_error *err)
{
    bool good = ndigits >= PHONE_STRING_MIN && ndigits <= PHONE_STRING_MAX;

    for (size_t i = 0; good && i < ndigits; i++)
        good = digits[i] >= '0' && digits[i] <= '9';
    if (!good)
        return vox_fail(err, VOX_E_USAGE, "an authentication string has %d to %d digits and nothing else",
                        PHONE_STRING_MIN, PHONE_STRING_MAX);
    memcpy(o->digits, digits, ndigits);
    o->digits[ndigits] = '\0';
    o->generate = 0;
    return VOX_OK;
}

enum vox_err order_settle(struct order *o, int64_t now, struct vox_error *err)
{
    bool wants_string = o->operation != PHONE_NONE && o->proof == PHONE_BY_STRING;

    if (!wants_string && o->digits[0] != '\0')
        return vox_fail(err, VOX_E_USAGE,
                        "an authentication string goes with an operation and the proof 'string' only");
    if (o->operation == PHONE_NONE && o->by != 0)
        return vox_fail(err, VOX_E_USAGE, "a time to complete by goes with an operation only");
    if (!wants_string)
        o->generate = 0;
    if (o->string_expires == 0)
        o->string_expires = o->by != 0 ? o->by : now + ORDER_STRING_LIFE;
    return VOX_OK;
}

enum vox_err order_resolve(const struct phone_book *b, const char *name, struct order *o, struct order_from *from,
                           struct vox_error *err)
{
    struct phone_device d;
    enum vox_err code = phone_book_device(b, name, &d, err);

    *from = (struct order_from){.by = PHONE_PROFILE_NONE};
    if (code != VOX_OK || d.profile == NULL)
        return code;
    from->by = d.by;
    (void)snprintf(from->profile, sizeof from->profile, "%s", d.profile->name);
    from->proof = !o->has_proof && o->operation != PHONE_NONE;
    from->key = !o->has_key && o->operation == PHONE_INSTALL;
    if (!from->proof && !from->key)
        return VOX_OK;
    if ((code = phone_profile_fits(d.profile, d.model, 0, err)) != VOX_OK) {
        (void)vox_error_prefix(err, "%s: profile %s%s", name, d.profile->name,
                               d.by == PHONE_PROFILE_TEMPLATE ? " (by the template)" : "");
        return code;
    }
    if (from->proof)
        o->proof = d.profile->proof;
    if (from->key) {
        o->has_key = true;
        o->key = *phone_profile_key(d.profile, d.model);
    }
    return VOX_OK;
}

static enum vox_err fresh_id(char out[static 33], struct vox_error *err)
{
    uint8_t id[16];

    if (RAND_bytes(id, sizeof id) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no random numbers for an operation's id");
    hex_encode(id, sizeof id, out);
    return VOX_OK;
}

static enum vox_err fill(struct phone *p, const struct order *o, int64_t now, struct vox_error *err)
{
    enum vox_err code = fresh_id(p->operation_id, err);

    if (code != VOX_OK)
        return code;
    p->operation = o->operation;
    if (o->operation != PHONE_NONE)
        p->proof = o->proof;
    if (o->has_key)
        p->key = o->key;
    p->not_before = o->not_before;
    p->by = o->by;
    p->state = o->operation == PHONE_NONE ? PHONE_IDLE : PHONE_PENDING;
    p->reason[0] = '\0';
    p->state_since = now;
    p->wrong = 0;
    p->locked_until = 0;
    return VOX_OK;
}

enum vox_err order_apply(struct store *s, const struct phones_key *key, const char *name, const struct order *o,
                         int64_t now, struct order_result *out, struct vox_error *err)
{
    const char *digits = o->digits;
    struct phone *p = &out->phone;
    enum vox_err code = phone_get(s, name, p, err);

    out->digits[0] = '\0';
    out->was_there = code == VOX_OK;
    if (code == VOX_E_NOT_FOUND) {
        (void)snprintf(p->name, sizeof p->name, "%s", name);
        p->key = (struct key_spec){.type = KEY_RSA, .rsa_bits = 2048};
        code = VOX_OK;
    }
    if (code != VOX_OK || (code = fill(p, o, now, err)) != VOX_OK || (code = phone_put(s, p, err)) != VOX_OK)
        return code;
    if (o->generate > 0) {
        if ((code = phone_string_random(o->generate, out->digits, err)) != VOX_OK)
            return code;
        digits = out->digits;
    }
    p->has_string = digits[0] != '\0';
    p->string_expires = p->has_string ? o->string_expires : 0;
    if (!out->was_there && !p->has_string)
        return VOX_OK; /* a new row has none */
    return phone_string_set(s, key, name, digits, o->string_expires, err);
}
