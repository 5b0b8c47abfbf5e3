#include "view_profile.h"

#include <stdio.h>
#include <string.h>

void view_profile_keys(const struct phone_profile *p, char out[static VIEW_KEYS_MAX])
{
    char rsa[24] = "", ec[24] = "";

    if (p->key_order != PHONE_KEYS_EC)
        key_spec_text(&p->rsa, rsa, sizeof rsa);
    if (p->key_order != PHONE_KEYS_RSA)
        key_spec_text(&p->ec, ec, sizeof ec);
    (void)snprintf(out, VIEW_KEYS_MAX, "%s%s%s", ec, ec[0] != '\0' && rsa[0] != '\0' ? ", else " : "", rsa);
}

void view_profile_models(const char *name, const struct phone_template *list, size_t n,
                         char out[static VIEW_MODELS_MAX])
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n && used < VIEW_MODELS_MAX; i++) {
        if (strcmp(list[i].profile, name) == 0)
            used += (size_t)snprintf(out + used, VIEW_MODELS_MAX - used, "%s%s", used > 0 ? ", " : "",
                                     phone_profile_model_word(list[i].model));
    }
}

json_t *view_profile_json(const struct phone_profile *p, const struct phone_template *list, size_t n)
{
    json_t *models = json_array();
    char rsa[24] = "", ec[24] = "";

    if (p->key_order != PHONE_KEYS_EC)
        key_spec_text(&p->rsa, rsa, sizeof rsa);
    if (p->key_order != PHONE_KEYS_RSA)
        key_spec_text(&p->ec, ec, sizeof ec);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].profile, p->name) == 0)
            (void)json_array_append_new(models, json_string(phone_profile_model_word(list[i].model)));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:s?, s:s?, s:b, s:I, s:o}", "name", p->name, "model",
                     phone_profile_model_word(p->model), "protocol", phone_protocol_word(p->protocol), "mode",
                     trunk_mode_word(p->mode), "transport", trunk_transport_word(p->transport), "port",
                     p->port != 0 ? json_integer((json_int_t)p->port) : json_null(), "auth", phone_proof_word(p->proof),
                     "key_order", phone_key_order_word(p->key_order), "rsa_key", rsa[0] != '\0' ? rsa : NULL, "ec_key",
                     ec[0] != '\0' ? ec : NULL, "tftp_encrypted", p->encrypted_config, "phones",
                     (json_int_t)p->assigned, "template", models);
}
