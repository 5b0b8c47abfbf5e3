#include "held.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <libcert/file.h>
#include <libcert/limits.h>

const struct store_list *held_current(const struct store_list *lists, size_t n, const char *name, const char *dir)
{
    for (size_t i = 0; i < n; i++) {
        if (lists[i].current && strcmp(lists[i].name, name) == 0 && strcmp(lists[i].dir, dir) == 0)
            return &lists[i];
    }
    return NULL;
}

/* One list that phones may hold. */
struct held {
    struct ctl_list *list; /* NULL if none */
    char words[64];
};

/* Where to look. */
struct place {
    const struct store_list *lists;
    size_t nlists;
    const char *dir;
    const char *device; /* "SEP0123456789AB", "" for the plain files */
    const struct accept_tvs *tvs;
};

/* The device of a per-device file name: what follows "CTL" or "ITL" when that is not "File". */
static void device_of(const char *name, char *out, size_t outlen)
{
    size_t len = strlen(name);

    out[0] = '\0';
    if (len > 7 && (strncmp(name, "CTL", 3) == 0 || strncmp(name, "ITL", 3) == 0) && strncmp(name + 3, "File", 4) != 0)
        (void)snprintf(out, outlen, "%.*s", (int)(len - 7), name + 3);
}

static void from_history(const struct place *w, const char *name, struct held *h)
{
    const struct store_list *l = held_current(w->lists, w->nlists, name, w->dir);

    /* Bytes that are no list any more would be a damaged store; what stands in the folder still counts then. */
    if (l != NULL && ctl_list_read(l->data.data, l->data.len, &h->list, NULL) == VOX_OK)
        (void)snprintf(h->words, sizeof h->words, "version %lld", (long long)l->number);
}

static void from_folder(const struct place *w, const char *name, struct held *h)
{
    struct bytes file;
    char path[PATH_MAX];

    if ((size_t)snprintf(path, sizeof path, "%s/%s", w->dir, name) >= sizeof path ||
        file_read(path, LIMIT_LIST_FILE, &file, NULL) != VOX_OK)
        return;
    if (ctl_list_read(file.data, file.len, &h->list, NULL) == VOX_OK)
        (void)snprintf(h->words, sizeof h->words, "the %s that stands there", name);
    bytes_free(&file);
}

typedef void (*source_fn)(const struct place *w, const char *name, struct held *h);

/* The list of a kind that phones take from there: the device's own, else the plain one. */
static void find(const struct place *w, enum cluster_list kind, source_fn source, struct held *h)
{
    char name[NAME_MAX + 1];

    *h = (struct held){0};
    if (w->device[0] != '\0') {
        (void)snprintf(name, sizeof name, "%s%s.tlv", kind == CLUSTER_CTL ? "CTL" : "ITL", w->device);
        source(w, name, h);
    }
    if (h->list == NULL)
        source(w, cluster_list_filename(kind), h);
}

/* Judge by one source; r keeps the worse verdict. */
static void judge(const struct place *w, source_fn source, enum cluster_list kind, const struct ctl_list *offered,
                  struct publish_result *r)
{
    struct accept_result result;
    struct held ctl, itl;

    find(w, CLUSTER_CTL, source, &ctl);
    find(w, CLUSTER_ITL, source, &itl);
    if (ctl.list != NULL || itl.list != NULL) {
        const struct accept_held held = {.ctl = ctl.list, .itl = itl.list, .tvs = w->tvs};

        accept_list(&held, offered, &result);
        if (r->first || result.verdict > r->accept.verdict) {
            const struct held *about = kind == CLUSTER_CTL ? &ctl : &itl;

            r->accept = result;
            memcpy(r->held,
                   about->list != NULL   ? about->words
                   : kind == CLUSTER_CTL ? itl.words
                                         : ctl.words,
                   sizeof r->held);
        }
        r->first = false;
    }
    ctl_list_free(&ctl.list);
    ctl_list_free(&itl.list);
}

enum vox_err held_judge(struct store *s, const struct publish_params *p, const char *dir,
                        const struct ctl_list *offered, struct publish_result *r, struct vox_error *err)
{
    const struct accept_held nothing = {.ctl = NULL};
    char device[NAME_MAX + 1];
    struct impact_tvs tvs;
    struct store_list *lists;
    enum vox_err code;
    size_t n;

    if ((code = impact_tvs_read(s, ACCEPT_FOR_LISTS, NULL, &tvs, err)) != VOX_OK)
        return code;
    if ((code = store_lists(s, NULL, true, &lists, &n, err)) != VOX_OK) {
        impact_tvs_clear(&tvs);
        return code;
    }
    device_of(p->name, device, sizeof device);
    const struct place w = {.lists = lists, .nlists = n, .dir = dir, .device = device, .tvs = &tvs.tvs};

    r->first = true;
    judge(&w, from_history, p->kind, offered, r);
    judge(&w, from_folder, p->kind, offered, r);
    if (r->first)
        accept_list(&nothing, offered, &r->accept);
    store_lists_free(&lists, n);
    impact_tvs_clear(&tvs);
    return VOX_OK;
}
