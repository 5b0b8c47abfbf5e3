#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/audit.h>
#include <libcert/certcheck.h>
#include <libcert/clock.h>

#include "status.h"

void status_attention(struct status *st, const char *fmt, ...)
{
    char text[STATUS_TEXT_MAX];
    struct vox_error escaped;
    va_list ap;

    if (st->nattention == STATUS_ATTENTION_MAX) {
        st->nmore++;
        return;
    }
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    vox_fail(&escaped, VOX_OK, "%s", text);
    (void)snprintf(st->attention[st->nattention++], STATUS_TEXT_MAX, "%.*s", STATUS_TEXT_MAX - 1, escaped.text);
}

bool status_is_service(const char *place)
{
    enum service service;

    return service_parse(place, &service);
}

static const char *at_node(const struct store_binding *b, char *out, size_t outlen)
{
    (void)snprintf(out, outlen, "%s%s%s", b->place, b->node[0] != '\0' ? " of " : "", b->node);
    return out;
}

static void judge_certs(struct status *st, int64_t now)
{
    char where[128];

    for (size_t i = 0; i < st->ncerts; i++) {
        const struct store_binding *b = &st->certs[i];
        enum service service;

        at_node(b, where, sizeof where);
        if (b->cert == NULL) {
            status_attention(st, "%s: a request waits for its certificate: voxcert install %s FILE", where, b->place);
            continue;
        }
        if (status_of_trunk(st, b))
            continue; /* said with the trunk's name */
        struct certcheck_finding findings[CERTCHECK_MAX];
        size_t n;
        const struct certcheck_params p = {.now = now,
                                           .warn_days = STATUS_WARN_DAYS,
                                           .service = service_parse(b->place, &service) ? (int)service : -1,
                                           .trusted = NULL};
        certcheck(b->cert, &p, findings, &n);
        for (size_t k = 0; k < n; k++) {
            if (strcmp(findings[k].code, "chain") !=
                0) /* voxcert check looks at chains, with the trust stores at hand */
                status_attention(st, "%s: %s", where, findings[k].text);
        }
    }
}

static bool has_cert(const struct status *st, enum service service, const char *node)
{
    for (size_t i = 0; i < st->ncerts; i++) {
        if (st->certs[i].cert != NULL && strcmp(st->certs[i].place, service_name(service)) == 0 &&
            (node == NULL || strcmp(st->certs[i].node, node) == 0))
            return true;
    }
    return false;
}

static void judge_nodes(struct status *st)
{
    bool capf = false;

    if (st->nnodes == 0)
        status_attention(st, "there is no node yet: voxtrust node add NAME");
    for (size_t i = 0; i < st->nnodes; i++) {
        const struct store_node *n = &st->nodes[i];

        capf = capf || (n->services & NODE_CAPF) != 0;
        if ((n->services & (NODE_CCM | NODE_TFTP)) != 0 && !has_cert(st, SERVICE_CALLMANAGER, n->name))
            status_attention(st, "node %s has no CallManager certificate: voxcert new CallManager --node %s", n->name,
                             n->name);
        if ((n->services & NODE_TVS) != 0 && !has_cert(st, SERVICE_TVS, n->name))
            status_attention(st, "node %s has no TVS certificate: voxcert new TVS --node %s", n->name, n->name);
    }
    if (capf && !has_cert(st, SERVICE_CAPF, NULL))
        status_attention(st, "CAPF has no certificate: voxcert new CAPF");
    if (st->nnodes > 0 && !has_cert(st, SERVICE_ITLRECOVERY, NULL))
        status_attention(
            st, "there is no ITLRecovery certificate, the second anchor of all lists: voxcert new ITLRecovery");
}

/* "1 phone has ...", "7 phones have ...". */
static void judge_number(struct status *st, int64_t n, const char *one, const char *many, const char *rest)
{
    if (n > 0)
        status_attention(st, "%" PRId64 " %s %s", n, n == 1 ? one : many, rest);
}

static void judge_phones(struct status *st)
{
    const struct phones_tally *t = &st->phones;

    judge_number(st, t->by_state[PHONE_FAILED], "phone has", "phones have",
                 "not done what was asked: 'voxcapf list --state failed' says why");
    judge_number(st, t->locked, "phone is", "phones are",
                 "locked after wrong authentication strings: 'voxcapf list --locked'");
    judge_number(st, t->ended, "phone has", "phones have", "a certificate that has ended: 'voxcapf list --expiring 0'");
    judge_number(st, t->ending, "phone has", "phones have", "a certificate that ends soon: 'voxcapf renew'");
}

static void judge_audit(struct status *st, struct store *s)
{
    struct vox_error err;
    int64_t count;

    if (audit_verify(s, &count, &err) != VOX_OK)
        status_attention(st, "audit log: %s", err.text);
}

static enum vox_err read_lists(struct store *s, struct status *st, struct vox_error *err)
{
    struct store_list *all;
    size_t n, kept = 0;
    enum vox_err code = store_lists(s, NULL, false, &all, &n, err);

    if (code != VOX_OK)
        return code;
    for (size_t i = 0; i < n; i++) {
        if (all[i].current && !status_of_canary(st, &all[i]))
            all[kept++] = all[i];
        else
            store_list_clear(&all[i]);
    }
    st->lists = all;
    st->nlists = kept;
    st->list_ok = calloc(kept + 1, sizeof *st->list_ok);
    return st->list_ok != NULL ? VOX_OK : vox_fail(err, VOX_E_MEMORY, "no memory");
}

enum vox_err status_gather(struct store *s, int64_t now, struct status *out, struct vox_error *err)
{
    const struct store_binding_filter live = {.state = -1, .live = true};
    enum vox_err code;

    memset(out, 0, sizeof *out);
    if ((code = store_setting_get(s, "cluster", &out->cluster, err)) != VOX_OK ||
        (code = store_setting_get(s, "mode", &out->mode, err)) != VOX_OK ||
        (code = store_nodes(s, &out->nodes, &out->nnodes, err)) != VOX_OK ||
        (code = store_bindings(s, &live, &out->certs, &out->ncerts, err)) != VOX_OK ||
        (code = phones_tally(s, now, now + STATUS_WARN_DAYS * INT64_C(86400), &out->phones, err)) != VOX_OK ||
        (code = status_read_trunks(out, s, err)) != VOX_OK || (code = status_read_canaries(out, s, err)) != VOX_OK ||
        (code = read_lists(s, out, err)) != VOX_OK) {
        status_free(out);
        return code;
    }
    judge_nodes(out);
    judge_certs(out, now);
    status_judge_keys(out, s);
    status_judge_left_keys(out, s, now);
    status_judge_lists(out, s);
    status_judge_canaries(out, s);
    judge_phones(out);
    status_judge_profiles(out, s);
    status_judge_trunks(out, s, now);
    judge_audit(out, s);
    return VOX_OK;
}

void status_free(struct status *st)
{
    free(st->cluster);
    free(st->mode);
    free(st->list_ok);
    store_nodes_free(&st->nodes, st->nnodes);
    store_bindings_free(&st->certs, st->ncerts);
    store_lists_free(&st->lists, st->nlists);
    status_free_canaries(st);
    free(st->trunks);
    trunk_certs_free(&st->trunk_certs, st->ntrunk_certs);
    memset(st, 0, sizeof *st);
}
