#include <stdio.h>

#include <cli/report.h>
#include <libcert/phonemodel.h>

#include "profile.h"
#include "profile_fields.h"
#include "view_profile.h"

/* What works, and is not what one may think. */
void profile_fields_warn(const struct cli_common *common, struct store *s, const struct phone_profile *p)
{
    struct capf_profile limits;
    struct phone_model m;

    if (p->mode == TRUNK_AUTHENTICATED)
        cli_warn(common, p->name, "authenticated is TLS with NULL-SHA: calls are signed, and nothing is hidden");
    if (p->mode != TRUNK_NON_SECURE && p->proof == PHONE_BY_STRING)
        cli_warn(common, p->name,
                 "a string is entered on a phone that is registered non-secure; without an LSC it is not in mode %s: "
                 "--auth mic for the first one",
                 trunk_mode_word(p->mode));
    if (p->proof == PHONE_BY_NULL)
        cli_warn(common, p->name, "without a proof whoever comes first under the name of such a phone is believed");
    if (p->key_order == PHONE_KEYS_EC_PREFERRED && phone_model_find(p->model, &m) && m.no_ec)
        cli_warn(common, p->name, "model %s takes no EC certificate: its keys will be RSA", p->model);
    if (p->key_order != PHONE_KEYS_EC && profile_read(s, &limits, NULL) == VOX_OK && !profile_takes(&limits, &p->rsa))
        cli_warn(common, p->name, "keys of rsa:%u are not certified: 'voxcapf profile' shows rsa-min and rsa-max",
                 p->rsa.rsa_bits);
}

void profile_fields_say(const struct cli_common *common, const struct phone_profile *p)
{
    char keys[VIEW_KEYS_MAX], port[24] = "";

    view_profile_keys(p, keys);
    if (p->port != 0)
        (void)snprintf(port, sizeof port, " on port %u", p->port);
    cli_say(common, "profile %s for %s: %s, %s by %s%s; proof: %s, key: %s%s", p->name,
            p->model[0] != '\0' ? p->model : "any model", trunk_mode_word(p->mode), phone_protocol_word(p->protocol),
            trunk_transport_word(p->transport), port, phone_proof_word(p->proof), keys,
            p->encrypted_config ? "; encrypted configuration" : "");
}
