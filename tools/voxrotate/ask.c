#include <stdio.h>

#include <cli/report.h>

#include "voxrotate.h"

/* What phones have to believe the service's certificate for. */
static size_t purposes_of(enum service s, enum accept_purpose out[static 2])
{
    switch (s) {
    case SERVICE_CALLMANAGER:
        out[0] = ACCEPT_FOR_FILES;
        return 1;
    case SERVICE_CALLMANAGER_ECDSA:
        out[0] = ACCEPT_FOR_CALL_MANAGER;
        return 1;
    case SERVICE_CAPF:
        out[0] = ACCEPT_FOR_CAPF;
        return 1;
    case SERVICE_TVS:
        out[0] = ACCEPT_FOR_TVS;
        return 1;
    case SERVICE_ITLRECOVERY:
        out[0] = ACCEPT_FOR_LISTS;
        return 1;
    case SERVICE_TOMCAT:
    case SERVICE_COUNT:
        break;
    }
    return 0;
}

enum vox_err ask_phones(const struct turn *t, const struct cert *cert, struct vox_error *err)
{
    enum accept_purpose purposes[2];
    const size_t n = purposes_of(t->owner.service, purposes);
    const struct cert *const certs[] = {cert};
    struct impact i;
    char text[256];
    enum vox_err code;

    for (size_t k = 0; k < n; k++) {
        const struct impact_certificates c = {.certs = certs, .n = 1, .purpose = purposes[k]};

        if ((code = impact_of_certificates(t->s, &c, &i, err)) != VOX_OK)
            return code;
        impact_text(&i, text, sizeof text);
        cli_say(t->common, "The new certificate (%s): %s", accept_purpose_word(purposes[k]), text);
        if ((code = impact_allowed(&i, t->force_lost, err)) != VOX_OK)
            return vox_error_prefix(err,
                                    "not yet: let more phones fetch the lists ('voxtrust phones count'), or "
                                    "--force=%lld",
                                    (long long)i.lost);
    }
    return VOX_OK;
}
