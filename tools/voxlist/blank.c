#include "blank.h"

#include <cli/input.h>
#include <cli/report.h>
#include <cluster/compose.h>
#include <libcert/role.h>

size_t blank_members(struct ctl_member *m, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        struct ctl_member x = m[i];

        if (x.role == ROLE_TVS || role_may_sign_files(x.role)) {
            if (x.dns_name == NULL || x.dns_name[0] == '\0')
                continue;
            x.cert = NULL;
            x.hash_only = false;
        }
        m[kept++] = x;
    }
    return kept;
}

enum vox_err blank_confirm(const struct cli_common *common, struct store *s, struct vox_error *err)
{
    bool mixed;
    enum vox_err code = cluster_is_mixed(s, &mixed, err);

    if (code != VOX_OK)
        return code;
    cli_warn(common, NULL,
             "phones that take this ITL have no security by default: they take unsigned configurations, "
             "and the next ITL whoever signed it");
    cli_warn(common, NULL,
             "HTTPS services of phones stop: set the URLs of corporate and personal directory to http, "
             "port 8080");
    cli_warn(common, NULL,
             "it blanks the ITL only. A CTL that phones hold stays in force, so between clusters in mixed "
             "mode it is useless%s",
             mixed ? "; this cluster is in mixed mode" : "");
    cli_warn(common, NULL, "once phones have moved, or are back, publish a usual ITL: voxlist publish itl --to DIR");
    if (!cli_confirm(common, "Build an ITL that disables security by default?"))
        return vox_fail(err, VOX_E_NO, "no list was built (--yes answers the question)");
    return VOX_OK;
}
