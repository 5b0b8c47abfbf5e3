#include <stdlib.h>
#include <string.h>

#include <libcert/certcheck.h>
#include <libcert/clock.h>
#include <libcert/identity.h>

#include "status.h"

enum { TLS_1_3 = 0x0304 };

enum vox_err status_read_trunks(struct status *st, struct store *s, struct vox_error *err)
{
    const struct trunk_cert_filter any = {.trunk = NULL};
    enum vox_err code = trunks_list(s, NULL, &st->trunks, &st->ntrunks, err);

    return code == VOX_OK ? trunk_certs(s, &any, &st->trunk_certs, &st->ntrunk_certs, err) : code;
}

bool status_of_trunk(const struct status *st, const struct store_binding *b)
{
    for (size_t i = 0; i < st->ntrunk_certs; i++) {
        if (strcmp(st->trunk_certs[i].binding, b->id) == 0)
            return true;
    }
    return false;
}

/* Days until the first certificate of a trunk ends; INT64_MAX without one. */
static int64_t days_of(const struct status *st, const struct trunk *t, int64_t now)
{
    int64_t first = INT64_MAX;

    for (size_t i = 0; i < st->ntrunk_certs; i++) {
        const struct trunk_cert *c = &st->trunk_certs[i];
        int64_t days = strcmp(c->trunk, t->name) == 0 ? clock_days_between(now, cert_not_after(c->cert)) : INT64_MAX;

        first = days < first ? days : first;
    }
    return first;
}

/* Everything else about such a certificate is said as of any other; when it ends, the trunk goes down. */
static void judge_cert(struct status *st, const struct trunk_cert *c, int64_t now)
{
    const struct certcheck_params p = {.now = now, .warn_days = STATUS_WARN_DAYS, .service = -1};
    struct certcheck_finding findings[CERTCHECK_MAX];
    size_t n;

    certcheck(c->cert, &p, findings, &n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(findings[i].code, "chain") != 0) /* voxcert check looks at chains */
            status_attention(st, "trunk %s: %s %s", c->trunk,
                             c->device ? "the certificate of its device" : "an issuer of its device", findings[i].text);
    }
}

static void judge_policy(struct status *st, struct store *s)
{
    struct trunk_profile *list;
    struct tls_settings settings;
    struct vox_error err;
    size_t n;

    if (store_tls_settings(s, &settings, &err) != VOX_OK || tlspolicy_of(&settings, false).min_version < TLS_1_3 ||
        trunk_profiles(s, NULL, &list, &n, &err) != VOX_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        if (list[i].mode == TRUNK_AUTHENTICATED)
            status_attention(
                st,
                "profile %s is authenticated, which TLS 1.3, the minimum now, does not have: trunks with it "
                "are down (voxtls show)",
                list[i].name);
    }
    trunk_profiles_free(&list, n);
}

void status_judge_trunks(struct status *st, struct store *s, int64_t now)
{
    for (size_t i = 0; i < st->ntrunks; i++) {
        int64_t days = days_of(st, &st->trunks[i], now);

        st->trunks_ended += days < 0;
        st->trunks_ending += days >= 0 && days < STATUS_WARN_DAYS;
    }
    for (size_t i = 0; i < st->ntrunk_certs; i++)
        judge_cert(st, &st->trunk_certs[i], now);
    judge_policy(st, s);
}
