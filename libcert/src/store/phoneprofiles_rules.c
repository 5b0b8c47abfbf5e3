#include <libcert/phoneprofiles.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <libcert/phonemodel.h>

enum { TLS_1_3 = 0x0304, RSA_OF_OLD_PHONES = 2048, PORT_MAX = 65535 };

static const char *const protocol_words[PHONE_PROTOCOL_COUNT] = {"sip", "sccp"};
static const char *const order_words[PHONE_KEY_ORDER_COUNT] = {"rsa", "ec", "ec-preferred"};

const char *phone_protocol_word(enum phone_protocol p)
{
    return (unsigned)p < PHONE_PROTOCOL_COUNT ? protocol_words[p] : NULL;
}

bool phone_protocol_parse(const char *word, enum phone_protocol *out)
{
    for (int i = 0; i < PHONE_PROTOCOL_COUNT; i++) {
        if (strcasecmp(word, protocol_words[i]) == 0) {
            *out = (enum phone_protocol)i;
            return true;
        }
    }
    return false;
}

const char *phone_key_order_word(enum phone_key_order o)
{
    return (unsigned)o < PHONE_KEY_ORDER_COUNT ? order_words[o] : NULL;
}

bool phone_key_order_parse(const char *word, enum phone_key_order *out)
{
    for (int i = 0; i < PHONE_KEY_ORDER_COUNT; i++) {
        if (strcasecmp(word, order_words[i]) == 0) {
            *out = (enum phone_key_order)i;
            return true;
        }
    }
    return false;
}

/* "88xx": the family's row in the table of models is found by any of its numbers that has no row of its own. */
static bool find_family(const char *text, struct phone_model *out)
{
    char number[PHONE_PROFILE_MODEL_MAX];

    if (strlen(text) != 4 || strcasecmp(text + 2, "xx") != 0)
        return false;
    (void)snprintf(number, sizeof number, "%.2s00", text);
    return phone_model_find(number, out);
}

static bool find_any(const char *text, struct phone_model *out)
{
    return find_family(text, out) || phone_model_find(text, out);
}

bool phone_profile_model(const char *text, char out[static PHONE_PROFILE_MODEL_MAX])
{
    struct phone_model m;

    out[0] = '\0';
    if (text[0] == '\0' || strcasecmp(text, "any") == 0)
        return true;
    if (find_family(text, &m))
        (void)snprintf(out, PHONE_PROFILE_MODEL_MAX, "%.7s", m.family);
    else if (phone_model_find(text, &m))
        (void)snprintf(out, PHONE_PROFILE_MODEL_MAX, "%.7s", m.name);
    return out[0] != '\0';
}

const char *phone_profile_model_word(const char *model)
{
    return model[0] != '\0' ? model : "any";
}

static enum vox_err check_transport(const struct phone_profile *p, struct vox_error *err)
{
    const bool secure = p->mode != TRUNK_NON_SECURE, tls = p->transport == TRUNK_TLS;

    if (p->protocol == PHONE_SCCP) {
        if (p->transport != (secure ? TRUNK_TLS : TRUNK_TCP))
            return vox_fail(err, VOX_E_INPUT, "SCCP with mode %s is %s: leave --transport out",
                            trunk_mode_word(p->mode), secure ? "TLS" : "TCP");
        return p->port == 0 ? VOX_OK : vox_fail(err, VOX_E_INPUT, "--port is the port of SIP: SCCP has its own");
    }
    if (secure && !tls)
        return vox_fail(err, VOX_E_INPUT, "mode %s is TLS, not %s: --transport tls, or --mode non-secure",
                        trunk_mode_word(p->mode), trunk_transport_word(p->transport));
    if (!secure && tls)
        return vox_fail(err, VOX_E_INPUT,
                        "mode non-secure with TLS: no call manager does that. --mode encrypted, or --transport tcp");
    if (p->port < 1 || p->port > PORT_MAX)
        return vox_fail(err, VOX_E_INPUT, "not a port: %u (1 to %d)", p->port, PORT_MAX);
    return VOX_OK;
}

static enum vox_err check_key(const struct key_spec *key, struct vox_error *err)
{
    struct key_spec again;
    char text[32];

    key_spec_text(key, text, sizeof text);
    return phone_key_parse(text, &again, err);
}

static enum vox_err check_keys(const struct phone_profile *p, struct vox_error *err)
{
    enum vox_err code = VOX_OK;

    if (p->key_order != PHONE_KEYS_EC)
        code = p->rsa.type == KEY_RSA ? check_key(&p->rsa, err)
                                      : vox_fail(err, VOX_E_INPUT, "key order %s, and no size of an RSA key",
                                                 phone_key_order_word(p->key_order));
    if (code == VOX_OK && p->key_order != PHONE_KEYS_RSA)
        code = p->ec.type == KEY_EC && p->ec.curve != NULL
                   ? check_key(&p->ec, err)
                   : vox_fail(err, VOX_E_INPUT, "key order %s, and no curve of an EC key",
                              phone_key_order_word(p->key_order));
    return code;
}

enum vox_err phone_profile_check(const struct phone_profile *p, struct vox_error *err)
{
    char model[PHONE_PROFILE_MODEL_MAX];
    enum vox_err code = trunk_profile_name_check(p->name, err);

    if (code != VOX_OK)
        return code;
    if (phone_protocol_word(p->protocol) == NULL || trunk_mode_word(p->mode) == NULL ||
        trunk_transport_word(p->transport) == NULL || phone_proof_word(p->proof) == NULL ||
        phone_key_order_word(p->key_order) == NULL)
        return vox_fail(err, VOX_E_USAGE, "profile %s: a protocol, mode, transport, proof or order that there is not",
                        p->name);
    if (!phone_profile_model(p->model, model) || strcmp(model, p->model) != 0)
        return vox_fail(err, VOX_E_INPUT, "no model '%.32s' is known: 8841, a family as 88xx, or any", p->model);
    code = check_transport(p, err);
    return code == VOX_OK ? check_keys(p, err) : code;
}

/* --- what a model cannot --- */

static bool wants_sccp(const struct phone_profile *p, const struct phone_model *m, int tls_min)
{
    (void)tls_min;
    return p->protocol == PHONE_SCCP && m->sip_only;
}

static bool wants_ec(const struct phone_profile *p, const struct phone_model *m, int tls_min)
{
    (void)tls_min;
    return p->key_order == PHONE_KEYS_EC && m->no_ec;
}

static bool wants_large_key(const struct phone_profile *p, const struct phone_model *m, int tls_min)
{
    (void)tls_min;
    return p->key_order != PHONE_KEYS_EC && m->legacy && p->rsa.rsa_bits > RSA_OF_OLD_PHONES;
}

static bool wants_newer_tls(const struct phone_profile *p, const struct phone_model *m, int tls_min)
{
    return p->mode != TRUNK_NON_SECURE && m->tls_max < tls_min;
}

static bool wants_encrypted_config(const struct phone_profile *p, const struct phone_model *m, int tls_min)
{
    return p->encrypted_config && m->legacy && m->tls_max < tls_min;
}

/* One table: what a profile may want, and a model cannot. */
static const struct {
    bool (*wanted)(const struct phone_profile *p, const struct phone_model *m, int tls_min);
    const char *cannot, *instead;
} rules[] = {
    {wants_sccp, "does not speak SCCP", "a profile with --protocol sip"},
    {wants_ec, "takes no EC certificate", "a profile with --key rsa:2048"},
    {wants_large_key, "makes RSA keys of 2048 bits at most", "a profile with --key rsa:2048"},
    {wants_newer_tls, "does not speak the oldest TLS that is allowed, so no secure mode works with it",
     "--mode non-secure, or another minimum ('voxtls show', 'voxtls legacy')"},
    {wants_encrypted_config, "gets no encrypted configuration where it does not speak the oldest TLS that is allowed",
     "a profile without --tftp-encrypted, or another minimum ('voxtls show')"},
};

static bool covers(const struct phone_profile *p, const struct phone_model *m)
{
    return p->model[0] == '\0' || strcmp(p->model, m->name) == 0 || strcmp(p->model, m->family) == 0;
}

enum vox_err phone_profile_fits(const struct phone_profile *p, const char *model, int tls_min, struct vox_error *err)
{
    const char *asked = model[0] != '\0' ? model : p->model;
    struct phone_model m;

    if (p->mode == TRUNK_AUTHENTICATED && tls_min >= TLS_1_3)
        return vox_fail(err, VOX_E_INPUT,
                        "mode authenticated is TLS with NULL-SHA, which TLS 1.3 does not have, and 1.3 is the minimum "
                        "here (voxtls show): --mode encrypted");
    if (asked[0] == '\0')
        return VOX_OK;
    if (!find_any(asked, &m)) { /* nothing is known of it but that it is none of those */
        if (p->model[0] == '\0')
            return VOX_OK;
        return vox_fail(err, VOX_E_INPUT, "profile %s is for %s, not for model %.31s", p->name, p->model, asked);
    }
    if (strcmp(asked, p->model) != 0 && !covers(p, &m))
        return vox_fail(err, VOX_E_INPUT, "profile %s is for %s, not for model %.31s", p->name, p->model, asked);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (rules[i].wanted(p, &m, tls_min))
            return vox_fail(err, VOX_E_INPUT, "model %.31s %s: %s", asked, rules[i].cannot, rules[i].instead);
    }
    return VOX_OK;
}

const struct key_spec *phone_profile_key(const struct phone_profile *p, const char *model)
{
    struct phone_model m;

    if (p->key_order != PHONE_KEYS_EC_PREFERRED)
        return p->key_order == PHONE_KEYS_EC ? &p->ec : &p->rsa;
    return find_any(model[0] != '\0' ? model : p->model, &m) && !m.no_ec ? &p->ec : &p->rsa;
}
