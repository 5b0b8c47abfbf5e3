#include <libcert/phoneprofiles.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/phones.h"

enum { WORD_MAX = 16, KEY_TEXT_MAX = 32 };

static void key_text(bool named, const struct key_spec *key, char out[static KEY_TEXT_MAX])
{
    out[0] = '\0';
    if (named)
        key_spec_text(key, out, KEY_TEXT_MAX);
}

/* sql: what to do with the eleven columns in their order. */
static enum vox_err put(struct store *s, const char *sql, const struct phone_profile *p, int64_t *changed,
                        struct vox_error *err)
{
    char rsa[KEY_TEXT_MAX], ec[KEY_TEXT_MAX];
    struct store_query q;
    enum vox_err rc = phone_profile_check(p, err);

    if (rc != VOX_OK)
        return rc;
    key_text(p->key_order != PHONE_KEYS_EC, &p->rsa, rsa);
    key_text(p->key_order != PHONE_KEYS_RSA, &p->ec, ec);
    store_query_begin(&q, s, sql, err);
    store_query_text(&q, 1, p->name);
    store_query_text(&q, 2, p->model);
    store_query_text(&q, 3, phone_protocol_word(p->protocol));
    store_query_text(&q, 4, trunk_mode_word(p->mode));
    store_query_text(&q, 5, trunk_transport_word(p->transport));
    store_query_int(&q, 6, p->port);
    store_query_text(&q, 7, phone_proof_word(p->proof));
    store_query_text(&q, 8, phone_key_order_word(p->key_order));
    store_query_text(&q, 9, rsa);
    store_query_text(&q, 10, ec);
    store_query_int(&q, 11, p->encrypted_config);
    return store_query_run(&q, changed);
}

enum vox_err phone_profile_add(struct store *s, const struct phone_profile *p, struct vox_error *err)
{
    enum vox_err rc = put(s,
                          "INSERT INTO phone_profiles (name, model, protocol, mode, transport, port, proof, key_order,"
                          " rsa_key, ec_key, encrypted_config) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                          p, NULL, err);

    return rc == VOX_E_EXISTS ? vox_fail(err, VOX_E_EXISTS, "there is a profile '%s' already", p->name) : rc;
}

static enum vox_err no_profile(const char *name, struct vox_error *err)
{
    return vox_fail(err, VOX_E_NOT_FOUND, "there is no profile '%s'", name);
}

enum vox_err phone_profile_change(struct store *s, const struct phone_profile *p, struct vox_error *err)
{
    int64_t changed = 0;
    enum vox_err rc = put(s,
                          "UPDATE phone_profiles SET model = $2, protocol = $3, mode = $4, transport = $5, port = $6,"
                          " proof = $7, key_order = $8, rsa_key = $9, ec_key = $10, encrypted_config = $11"
                          " WHERE name = $1",
                          p, &changed, err);

    return rc == VOX_OK && changed == 0 ? no_profile(p->name, err) : rc;
}

static enum vox_err read_profile(struct store_query *q, struct phone_profile *p)
{
    char protocol[WORD_MAX], mode[WORD_MAX], transport[WORD_MAX], proof[WORD_MAX], order[WORD_MAX];
    char rsa[KEY_TEXT_MAX], ec[KEY_TEXT_MAX];
    struct vox_error why = {.text = "a word that there is not"};

    memset(p, 0, sizeof *p);
    phones_text_at(q, 0, p->name, sizeof p->name);
    phones_text_at(q, 1, p->model, sizeof p->model);
    phones_text_at(q, 2, protocol, sizeof protocol);
    phones_text_at(q, 3, mode, sizeof mode);
    phones_text_at(q, 4, transport, sizeof transport);
    p->port = (unsigned)store_query_int_at(q, 5);
    phones_text_at(q, 6, proof, sizeof proof);
    phones_text_at(q, 7, order, sizeof order);
    phones_text_at(q, 8, rsa, sizeof rsa);
    phones_text_at(q, 9, ec, sizeof ec);
    p->encrypted_config = store_query_int_at(q, 10) != 0;
    p->assigned = store_query_int_at(q, 11);
    if (q->rc == VOX_OK &&
        (!phone_protocol_parse(protocol, &p->protocol) || !trunk_mode_parse(mode, &p->mode) ||
         !trunk_transport_parse(transport, &p->transport) || !phone_proof_parse(proof, &p->proof) ||
         !phone_key_order_parse(order, &p->key_order) ||
         (rsa[0] != '\0' && phone_key_parse(rsa, &p->rsa, &why) != VOX_OK) ||
         (ec[0] != '\0' && phone_key_parse(ec, &p->ec, &why) != VOX_OK) || phone_profile_check(p, &why) != VOX_OK))
        store_query_fail(q, vox_fail(q->err, VOX_E_STORE, "the store is damaged: profile %s of phones: %s", p->name,
                                     why.text)); /* changed by hand */
    return q->rc;
}

enum vox_err phone_profiles(struct store *s, struct phone_profile **out, size_t *n, struct vox_error *err)
{
    struct store_query q;
    enum vox_err rc;

    *out = NULL;
    *n = 0;
    store_query_begin(&q, s,
                      "SELECT name, model, protocol, mode, transport, port, proof, key_order, rsa_key, ec_key,"
                      " encrypted_config, (SELECT count(*) FROM phone_assignments a WHERE a.profile = p.name)"
                      " FROM phone_profiles p ORDER BY name",
                      err);
    while (store_query_next(&q)) {
        struct phone_profile *more = reallocarray(*out, *n + 1, sizeof *more);

        if (more == NULL) {
            store_query_fail(&q, vox_fail(err, VOX_E_MEMORY, "no memory"));
            break;
        }
        *out = more;
        if (read_profile(&q, &more[*n]) == VOX_OK)
            ++*n;
    }
    rc = store_query_end(&q);
    if (rc != VOX_OK) {
        free(*out);
        *out = NULL;
        *n = 0;
    }
    return rc;
}

static enum vox_err count_assigned(struct store *s, const char *name, int64_t *n, struct vox_error *err)
{
    struct store_query q;

    *n = 0;
    store_query_begin(&q, s, "SELECT count(*) FROM phone_assignments WHERE profile = $1", err);
    store_query_text(&q, 1, name);
    if (store_query_next(&q))
        *n = store_query_int_at(&q, 0);
    return store_query_end(&q);
}

/* The models for which the template names it: "any, 88xx". */
static enum vox_err template_models(struct store *s, const char *name, char *out, size_t outlen, struct vox_error *err)
{
    char model[PHONE_PROFILE_MODEL_MAX];
    struct store_query q;
    size_t used = 0;

    out[0] = '\0';
    store_query_begin(&q, s, "SELECT model FROM phone_template WHERE profile = $1 ORDER BY model", err);
    store_query_text(&q, 1, name);
    while (store_query_next(&q)) {
        phones_text_at(&q, 0, model, sizeof model);
        if (used < outlen)
            used += (size_t)snprintf(out + used, outlen - used, "%s%s", used > 0 ? ", " : "",
                                     phone_profile_model_word(model));
    }
    return store_query_end(&q);
}

static enum vox_err refuse_used(struct store *s, const char *name, struct vox_error *err)
{
    char models[200];
    int64_t n;
    enum vox_err rc = count_assigned(s, name, &n, err);

    if (rc == VOX_OK)
        rc = template_models(s, name, models, sizeof models, err);
    if (rc != VOX_OK || (n == 0 && models[0] == '\0'))
        return rc;
    if (n == 0)
        return vox_fail(err, VOX_E_EXISTS,
                        "profile %s is in the template (%s): 'voxcapf template set' another, or 'template clear'", name,
                        models);
    return vox_fail(
        err, VOX_E_EXISTS,
        "profile %s is in use by %lld phone%s%s%s%s: 'voxcapf assign OTHER --from \"%s\"' gives them another", name,
        (long long)n, n == 1 ? "" : "s", models[0] != '\0' ? ", and in the template (" : "", models,
        models[0] != '\0' ? ")" : "", name);
}

enum vox_err phone_profile_remove(struct store *s, const char *name, struct vox_error *err)
{
    struct store_query q;
    int64_t removed = 0;
    bool own;
    enum vox_err rc = store_step_begin(s, &own, err);

    if (rc != VOX_OK)
        return rc;
    rc = refuse_used(s, name, err);
    if (rc == VOX_OK) {
        store_query_begin(&q, s, "DELETE FROM phone_profiles WHERE name = $1", err);
        store_query_text(&q, 1, name);
        rc = store_query_run(&q, &removed);
    }
    if (rc == VOX_OK && removed == 0)
        rc = no_profile(name, err);
    return store_step_end(s, own, rc, err);
}
