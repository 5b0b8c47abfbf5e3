#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <cli/report.h>
#include <cluster/hooks.h>
#include <cluster/view.h>
#include <libcert/audit.h>
#include <libcert/clock.h>
#include <libcert/notices.h>
#include <libcert/phones.h>

#include "watch.h"

/* One certificate, wherever it stands. */
struct due {
    char fingerprint[CERT_FINGERPRINT_MAX];
    const struct cert *cert;
    int days; /* the threshold */
};

static bool is_listed(const struct due *list, size_t n, const char *fingerprint)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].fingerprint, fingerprint) == 0)
            return true;
    return false;
}

static enum vox_err find_due(const struct watch *w, struct due *out, size_t *n, struct vox_error *err)
{
    enum vox_err code = VOX_OK;
    int told;

    *n = 0;
    for (size_t i = 0; code == VOX_OK && i < w->n; i++) {
        struct due d = {.cert = w->list[i].cert};

        if (d.cert == NULL)
            continue;
        cert_fingerprint(d.cert, d.fingerprint);
        if (is_listed(out, *n, d.fingerprint) || (code = notice_get(w->s, d.fingerprint, &told, err)) != VOX_OK)
            continue;
        d.days = notice_due(cert_not_after(d.cert) - w->now, w->at, w->nat, told);
        if (d.days != NOTICE_NONE)
            out[(*n)++] = d;
    }
    return code;
}

/* The trunk that fails without it; NULL if none. */
static const char *trunk_of(const struct watch *w, const struct store_binding *b)
{
    for (size_t i = 0; i < w->ntrunks; i++)
        if (strcmp(w->trunks[i].binding, b->id) == 0)
            return w->trunks[i].trunk;
    return NULL;
}

/* Where it stands, and what puts another in its place. */
static void put_place(FILE *out, const struct watch *w, const struct store_binding *b)
{
    const char *trunk = trunk_of(w, b);
    char place[VIEW_PLACE_MAX];
    enum service service;

    view_place(b, place);
    fprintf(out, "  in %s\n", place);
    if (b->state == BIND_RETIRING)
        fprintf(out, "    its successor is in use already: voxrotate retire %s\n", b->place);
    else if (service_parse(b->place, &service))
        fprintf(out, "    to replace it: voxrotate plan %s%s%s\n", b->place, b->node[0] != '\0' ? " --node " : "",
                b->node);
    else if (trunk != NULL)
        fprintf(out, "    trunk %s relies on it; when the device has another: voxtrunk upload %s FILE\n", trunk, trunk);
    else
        fprintf(out, "    when its owner has another: voxcert upload %s FILE\n", b->place);
}

static void put_cert(FILE *out, const struct watch *w, const struct due *d)
{
    int64_t end = cert_not_after(d->cert), days = llabs(clock_days_between(w->now, end));
    char name[200], until[CLOCK_RFC3339_MAX];

    view_name(d->cert, name, sizeof name);
    clock_format(end, until);
    if (end < w->now)
        days = clock_days_between(end, w->now);
    fprintf(out, "%s\n  %s on %s, %s%" PRId64 " day%s%s\n", name, end < w->now ? "ended" : "ends", until,
            end < w->now ? "" : "in ", days, days == 1 ? "" : "s", end < w->now ? " ago" : "");
    fprintf(out, "  SHA-256 %s\n", d->fingerprint);
    for (size_t i = 0; i < w->n; i++) {
        if (w->list[i].cert != NULL && cert_same(w->list[i].cert, d->cert))
            put_place(out, w, &w->list[i]);
    }
    fputc('\n', out);
}

/* The first line is good as the subject of a mail. */
static void put_title(FILE *out, const char *cluster, const struct due *list, size_t n)
{
    size_t ended = 0;

    for (size_t i = 0; i < n; i++)
        ended += list[i].days == NOTICE_ENDED ? 1 : 0;
    fprintf(out, "Cluster %s: ", cluster);
    if (ended > 0)
        fprintf(out, "%zu certificate%s ended%s", ended, ended == 1 ? " has" : "s have", ended < n ? ", " : "");
    if (ended < n)
        fprintf(out, "%zu %s%s soon", n - ended, ended > 0 ? "" : "certificate",
                ended > 0 ? "end"
                : n == 1  ? " ends"
                          : "s end");
    fputs("\n\n", out);
}

/* Phones renew by themselves or not at all: how many there are is a reason to look, no reason to tell. */
static enum vox_err put_phones(FILE *out, const struct watch *w, struct vox_error *err)
{
    int days = 0;
    struct phones_tally t;
    enum vox_err code;

    for (size_t i = 0; i < w->nat; i++)
        days = w->at[i] > days ? w->at[i] : days;
    code = phones_tally(w->s, w->now, w->now + (int64_t)days * 86400, &t, err);
    if (code == VOX_OK && t.ending + t.ended > 0)
        fprintf(out,
                "Phones: %" PRId64 " have a certificate that ends within %d days, %" PRId64
                " one that has ended: voxcapf renew\n\n",
                t.ending, days, t.ended);
    return code;
}

static enum vox_err make_report(const struct watch *w, const struct due *list, size_t n, struct bytes *out,
                                struct vox_error *err)
{
    char *text = NULL, *cluster = NULL;
    size_t len = 0;
    enum vox_err code = store_setting_get(w->s, "cluster", &cluster, err);
    FILE *f;
    bool failed;

    if (code != VOX_OK)
        return code;
    if ((f = open_memstream(&text, &len)) == NULL)
        goto nomem;
    put_title(f, cluster != NULL ? cluster : "", list, n);
    for (size_t i = 0; i < n; i++)
        put_cert(f, w, &list[i]);
    code = put_phones(f, w, err);
    fputs("All that is to be said of certificates: voxcert check\n", f);
    failed = ferror(f) != 0;
    if (fclose(f) != 0 || failed)
        goto nomem;
    free(cluster);
    if (code != VOX_OK) {
        free(text);
        return code;
    }
    *out = (struct bytes){.data = (uint8_t *)text, .len = len};
    return VOX_OK;
nomem:
    free(text);
    free(cluster);
    return vox_fail(err, VOX_E_MEMORY, "no memory");
}

static enum vox_err record(const struct watch *w, const struct due *list, size_t n, struct vox_error *err)
{
    enum vox_err code = store_begin(w->s, err);
    char what[80];

    for (size_t i = 0; code == VOX_OK && i < n; i++)
        code = notice_put(w->s, list[i].fingerprint, list[i].days, w->now, err);
    (void)snprintf(what, sizeof what, "voxcert check --notify: told of %zu certificate%s", n, n == 1 ? "" : "s");
    if (code == VOX_OK)
        code = audit_append(w->s, what, "done", err);
    if (code == VOX_OK)
        code = store_commit(w->s, err);
    store_rollback(w->s);
    return code;
}

/* Hooks first, the record afterwards: whoever falls in between tells twice, and never not at all. */
static enum vox_err tell(struct watch *w, const char *folder, const struct due *list, size_t n, struct vox_error *err)
{
    struct hooks_event e = {.program = w->common->program, .name = "certificates-expiring", .subject = "", .node = ""};
    struct hooks_result r;
    struct bytes report = {0};
    enum vox_err code = make_report(w, list, n, &report, err);

    if (code != VOX_OK)
        return code;
    e.report = bytes_view_of(&report);
    hooks_run(w->s, &e, cli_hook, w->common, &r);
    bytes_free(&report);
    if (r.failed > 0)
        return vox_fail(err, VOX_E_IO,
                        "%zu certificate%s of which people should be told, and a hook failed: told again next time", n,
                        n == 1 ? "" : "s");
    if (r.ran == 0)
        return vox_fail(err, VOX_E_IO,
                        "%zu certificate%s of which people should be told, and no hook is in %s: see voxtrust-hooks(5)",
                        n, n == 1 ? "" : "s", folder);
    if ((code = record(w, list, n, err)) != VOX_OK)
        return code;
    w->told = n;
    w->waiting = 0;
    return VOX_OK;
}

enum vox_err watch_tell(struct watch *w, bool tell_now, struct vox_error *err)
{
    char *folder = hooks_folder(w->s);
    struct due *list = calloc(w->n + 1, sizeof *list);
    enum vox_err code;
    int lock = -1;

    if (folder == NULL || list == NULL) {
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
        goto out;
    }
    if (tell_now && hooks_inside()) { /* it would wait for the run that waits for it */
        code = vox_fail(err, VOX_E_USAGE, "--notify within a hook: hooks run no hooks");
        goto out;
    }
    /* Another run that is telling has not recorded it yet. Without the folder there is nobody to tell twice. */
    if (tell_now && (lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0)
        while (flock(lock, LOCK_EX) != 0 && errno == EINTR)
            ;
    code = find_due(w, list, &w->waiting, err);
    if (code == VOX_OK && tell_now && w->waiting > 0)
        code = tell(w, folder, list, w->waiting, err);
    if (lock >= 0)
        (void)close(lock);
out:
    free(list);
    free(folder);
    return code;
}
