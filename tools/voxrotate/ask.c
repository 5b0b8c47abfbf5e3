#include <stdio.h>

#include <cli/report.h>

#include "voxrotate.h"

/* What phones have to believe the service's certificate for. */
static bool purpose_of(enum service s, enum accept_purpose *out)
{
    switch (s) {
    case SERVICE_CALLMANAGER:
        *out = ACCEPT_FOR_FILES;
        return true;
    case SERVICE_CALLMANAGER_ECDSA:
        *out = ACCEPT_FOR_CALL_MANAGER;
        return true;
    case SERVICE_CAPF:
        *out = ACCEPT_FOR_CAPF;
        return true;
    case SERVICE_TVS:
        *out = ACCEPT_FOR_TVS;
        return true;
    case SERVICE_ITLRECOVERY:
        *out = ACCEPT_FOR_LISTS;
        return true;
    case SERVICE_TOMCAT:
    case SERVICE_COUNT:
        break;
    }
    return false;
}

enum vox_err ask_count(const struct turn *t, const struct cert *cert, struct impact *out, struct vox_error *err)
{
    const struct cert *const certs[] = {cert};
    enum accept_purpose purpose;

    *out = (struct impact){.all = 0};
    if (!purpose_of(t->owner.service, &purpose))
        return VOX_OK;
    return impact_of_certificates(t->s, &(struct impact_certificates){.certs = certs, .n = 1, .purpose = purpose}, out,
                                  err);
}

enum vox_err ask_phones(const struct turn *t, const struct cert *cert, struct vox_error *err)
{
    enum accept_purpose purpose;
    struct impact i;
    char text[256];
    enum vox_err code;

    if (!purpose_of(t->owner.service, &purpose))
        return VOX_OK;
    if ((code = ask_count(t, cert, &i, err)) != VOX_OK)
        return code;
    impact_text(&i, text, sizeof text);
    cli_say(t->common, "The new certificate (%s): %s", accept_purpose_word(purpose), text);
    if ((code = impact_allowed(&i, t->force_lost, err)) != VOX_OK)
        return vox_error_prefix(err,
                                "not yet: let more phones fetch the lists ('voxtrust phones count'), or --force=%lld",
                                (long long)i.lost);
    return VOX_OK;
}
