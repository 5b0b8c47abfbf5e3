#include <cli/report.h>
#include <cluster/anchors.h>
#include <cluster/view.h>
#include <libcert/certcheck.h>

#include "voxcert.h"

void warn_findings(const struct cli_common *common, struct store *s, const struct cert *c, enum service service,
                   int64_t now)
{
    struct certcheck_finding findings[CERTCHECK_MAX];
    struct anchors anchors;
    char id[VIEW_ID_MAX];
    size_t n;

    if (anchors_read(s, NULL, &anchors, NULL) != VOX_OK)
        return;
    const struct certcheck_params p = {
        .now = now, .warn_days = 30, .service = (int)service, .trusted = anchors.certs, .ntrusted = anchors.n};

    certcheck(c, &p, findings, &n);
    view_id(c, id);
    for (size_t i = 0; i < n; i++)
        cli_warn(common, id, "%s [%s]", findings[i].text, findings[i].code);
    anchors_free(&anchors);
}
