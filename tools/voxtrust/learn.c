#include "learn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cluster/impact.h>
#include <libcert/clock.h>
#include <libcert/phonemodel.h>

enum { PATIENCE = 15 * 60, BUCKETS = 4096, ADDRESSES_MAX = 1000000 };

/* A list that was fetched by an address without a name yet. */
struct fetched {
    int64_t time; /* 0: none */
    char sha256[INVENTORY_LIST_MAX];
};

struct client {
    char address[INVENTORY_ADDRESS_MAX + 1];
    char name[PHONE_NAME_MAX + 1]; /* "" until it is known */
    int64_t named;                 /* when it was seen to be so */
    struct fetched ctl, itl;
    struct client *next;
};

/* A name that has been seen: for counting. */
struct name {
    char name[PHONE_NAME_MAX + 1];
    struct name *next;
};

struct learner {
    struct store *s;
    int64_t version;          /* of the store, when lists and tvs were read */
    struct store_list *lists; /* newest first, without bytes */
    size_t nlists;
    struct client *clients[BUCKETS];
    size_t nclients;
    struct name *names[BUCKETS];
    struct impact_tvs tvs;
    struct learner_tally tally;
};

static enum vox_err read_published(struct learner *l, struct vox_error *err)
{
    enum vox_err code = store_lists(l->s, NULL, false, &l->lists, &l->nlists, err);

    return code == VOX_OK ? impact_tvs_read(l->s, ACCEPT_FOR_LISTS, NULL, &l->tvs, err) : code;
}

enum vox_err learner_new(struct store *s, struct learner **out, struct vox_error *err)
{
    struct learner *l = calloc(1, sizeof *l);
    enum vox_err code;

    *out = NULL;
    if (l == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    l->s = s;
    if ((code = store_version(s, &l->version, err)) == VOX_OK)
        code = read_published(l, err);
    if (code != VOX_OK)
        learner_free(&l);
    *out = l;
    return code;
}

static void forget_published(struct learner *l)
{
    store_lists_free(&l->lists, l->nlists);
    impact_tvs_clear(&l->tvs);
    l->lists = NULL;
    l->nlists = 0;
}

static void forget_clients(struct learner *l)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct client *c = l->clients[i], *next; c != NULL; c = next) {
            next = c->next;
            free(c);
        }
        l->clients[i] = NULL;
    }
    l->nclients = 0;
}

static void forget_names(struct learner *l)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct name *n = l->names[i], *next; n != NULL; n = next) {
            next = n->next;
            free(n);
        }
        l->names[i] = NULL;
    }
}

void learner_free(struct learner **l)
{
    if (*l == NULL)
        return;
    forget_clients(*l);
    forget_names(*l);
    forget_published(*l);
    free(*l);
    *l = NULL;
}

enum vox_err learner_renew(struct learner *l, struct vox_error *err)
{
    int64_t version;
    enum vox_err code = store_version(l->s, &version, err);

    forget_names(l);
    l->tally = (struct learner_tally){0};
    if (code != VOX_OK || version == l->version)
        return code;
    forget_published(l);
    if ((code = read_published(l, err)) == VOX_OK)
        l->version = version;
    return code;
}

struct learner_tally learner_tally(const struct learner *l)
{
    struct learner_tally t = l->tally;

    for (size_t i = 0; i < BUCKETS; i++)
        for (const struct client *c = l->clients[i]; c != NULL; c = c->next)
            t.nameless += c->name[0] == '\0' && (c->ctl.time != 0 || c->itl.time != 0);
    return t;
}

/* FNV-1a: logs are the operator's own; a bad spread costs time alone. */
static size_t bucket_of(const char *text)
{
    uint32_t h = 2166136261U;

    for (; *text != '\0'; text++)
        h = (h ^ (uint8_t)*text) * 16777619U;
    return h % BUCKETS;
}

static struct client *client_of(struct learner *l, const char *address)
{
    struct client **at = &l->clients[bucket_of(address)], *c;

    for (c = *at; c != NULL; c = c->next)
        if (strcmp(c->address, address) == 0)
            return c;
    /* Who makes up addresses without end costs others what they fetched before they had a name, and no more. */
    if (l->nclients == ADDRESSES_MAX)
        forget_clients(l);
    if ((c = calloc(1, sizeof *c)) == NULL)
        return NULL;
    memcpy(c->address, address, strlen(address) + 1);
    c->next = *at;
    *at = c;
    l->nclients++;
    return c;
}

static enum vox_err count_name(struct learner *l, const char *name, struct vox_error *err)
{
    struct name **at = &l->names[bucket_of(name)], *n;

    for (n = *at; n != NULL; n = n->next)
        if (strcmp(n->name, name) == 0)
            return VOX_OK;
    if ((n = calloc(1, sizeof *n)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    memcpy(n->name, name, strlen(name) + 1);
    n->next = *at;
    *at = n;
    l->tally.phones++;
    return VOX_OK;
}

/* --- does the phone take what it fetched? --- */

static struct ctl_list *list_of(struct store *s, const char *sha256)
{
    struct ctl_list *list = NULL;
    struct bytes data;

    if (sha256[0] == '\0' || strcmp(sha256, INVENTORY_NONE) == 0 ||
        inventory_list_bytes(s, sha256, &data, NULL) != VOX_OK)
        return NULL;
    (void)ctl_list_read(data.data, data.len, &list, NULL);
    bytes_free(&data);
    return list;
}

static bool takes(const struct learner *l, const struct inventory_phone *held, const char *sha256)
{
    struct store *s = l->s;
    struct accept_result r = {.verdict = ACCEPT_YES};
    struct phone_model model;
    struct ctl_list *ctl, *itl, *offered;

    if (strcmp(held->ctl, sha256) == 0 || strcmp(held->itl, sha256) == 0)
        return true;
    ctl = list_of(s, held->ctl);
    itl = list_of(s, held->itl);
    offered = list_of(s, sha256);
    (void)phone_model_find(held->model, &model);
    if (offered != NULL) {
        const struct accept_held h = {.ctl = ctl,
                                      .itl = itl,
                                      .no_security_by_default = model.no_security_by_default,
                                      .no_ec = model.no_ec,
                                      .tvs = &l->tvs.tvs};

        accept_list(&h, offered, &r);
    }
    ctl_list_free(&ctl);
    ctl_list_free(&itl);
    ctl_list_free(&offered);
    return r.verdict != ACCEPT_REFUSED && r.verdict != ACCEPT_IGNORED;
}

/* What cannot be taken is left out of *p. */
static enum vox_err judge(struct learner *l, struct inventory_phone *p, struct vox_error *err)
{
    struct inventory_phone held;
    char *const fetched[] = {p->ctl, p->itl};
    enum vox_err code = inventory_get(l->s, p->name, &held, err);

    if (code == VOX_E_NOT_FOUND)
        held = (struct inventory_phone){0};
    else if (code != VOX_OK)
        return code;
    /* What a phone says of itself does not correct what the operator said. */
    if (held.model[0] != '\0' && strcmp(p->how, "tvs") == 0)
        p->model[0] = '\0';
    if (p->model[0] != '\0')
        memcpy(held.model, p->model, sizeof held.model);
    for (size_t i = 0; i < 2; i++) {
        if (fetched[i][0] == '\0' || strcmp(fetched[i], INVENTORY_NONE) == 0)
            continue;
        l->tally.lists++;
        if (takes(l, &held, fetched[i])) {
            memcpy(i == 0 ? held.ctl : held.itl, fetched[i], INVENTORY_LIST_MAX); /* the ITL is judged with the CTL */
            continue;
        }
        l->tally.refused++;
        fetched[i][0] = '\0';
    }
    return VOX_OK;
}

enum vox_err learner_phone(struct learner *l, const struct inventory_phone *p, struct vox_error *err)
{
    struct inventory_phone noted = *p;
    enum vox_err code;

    if ((code = count_name(l, p->name, err)) != VOX_OK || (code = judge(l, &noted, err)) != VOX_OK)
        return code;
    return inventory_note(l->s, &noted, err);
}

enum vox_err learner_hold(struct learner *l, const struct inventory_phone *p, struct vox_error *err)
{
    enum vox_err code = count_name(l, p->name, err);

    return code == VOX_OK ? inventory_note(l->s, p, err) : code;
}

/* --- sightings --- */

/* The version that was served under that name at that time. */
static const struct store_list *served(const struct learner *l, const char *file, int64_t when)
{
    char text[CLOCK_RFC3339_MAX];

    clock_format(when, text);
    for (size_t i = 0; i < l->nlists; i++)
        if (strcmp(l->lists[i].name, file) == 0 && strcmp(l->lists[i].published, text) <= 0)
            return &l->lists[i];
    return NULL;
}

static bool is_list(const char *file)
{
    size_t len = strlen(file);

    return len > 7 && strcmp(file + len - 4, ".tlv") == 0 &&
           (strncmp(file, "CTL", 3) == 0 || strncmp(file, "ITL", 3) == 0);
}

/* What a client fetched, old enough or not, is its phone's now. */
static enum vox_err hand_over(struct learner *l, struct client *c, const struct sighting *seen, struct vox_error *err)
{
    struct inventory_phone p = {.seen = seen->time};

    (void)snprintf(p.name, sizeof p.name, "%s", c->name);
    (void)snprintf(p.address, sizeof p.address, "%s", c->address);
    (void)snprintf(p.how, sizeof p.how, "%s", seen->how);
    memcpy(p.model, seen->model, sizeof p.model);
    if (c->ctl.time != 0 && seen->time - c->ctl.time <= PATIENCE) {
        (void)snprintf(p.ctl, sizeof p.ctl, "%s", c->ctl.sha256);
        p.ctl_seen = c->ctl.time;
    }
    if (c->itl.time != 0 && seen->time - c->itl.time <= PATIENCE) {
        (void)snprintf(p.itl, sizeof p.itl, "%s", c->itl.sha256);
        p.itl_seen = c->itl.time;
    }
    c->ctl.time = c->itl.time = 0;
    return learner_phone(l, &p, err);
}

/* What a line says of its address: its name, a list that it fetched. */
static enum vox_err take(struct learner *l, const struct sighting *seen, struct client **out, struct vox_error *err)
{
    struct client *c = *out = client_of(l, seen->address);
    const struct store_list *list = NULL;
    char device[PHONE_NAME_MAX + 1];

    if (c == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if (seen->device[0] != '\0' || sighting_device(seen->file, device)) {
        memcpy(c->name, seen->device[0] != '\0' ? seen->device : device, sizeof c->name);
        c->named = seen->time;
    }
    if (is_list(seen->file) && !seen->absent) {
        list = served(l, seen->file, seen->time);
        /* A file of one phone that was never published is asked for at each start, and not there. */
        if (list == NULL && !sighting_device(seen->file, device))
            l->tally.foreign++;
    }
    if (list != NULL) {
        struct fetched *f = strcmp(list->kind, "ctl") == 0 ? &c->ctl : &c->itl;

        f->time = seen->time;
        (void)snprintf(f->sha256, sizeof f->sha256, "%s", list->sha256);
    }
    return VOX_OK;
}

enum vox_err learner_see(struct learner *l, const struct sighting *seen, struct vox_error *err)
{
    struct client *c;
    enum vox_err code = take(l, seen, &c, err);

    return code != VOX_OK || c->name[0] == '\0' ? code : hand_over(l, c, seen, err);
}

enum vox_err learner_recall(struct learner *l, const struct sighting *seen, struct vox_error *err)
{
    struct client *c;
    enum vox_err code = take(l, seen, &c, err);

    if (code == VOX_OK && c->name[0] != '\0')
        c->ctl.time = c->itl.time = 0;
    return code;
}

static bool remember(void *arg, const struct inventory_phone *p)
{
    struct learner *l = arg;
    struct client *c = p->address[0] != '\0' ? client_of(l, p->address) : NULL;

    if (c != NULL && p->seen >= c->named) {
        memcpy(c->name, p->name, sizeof c->name);
        c->named = p->seen;
    }
    return true;
}

enum vox_err learner_remember(struct learner *l, struct vox_error *err)
{
    return inventory_each(l->s, NULL, remember, l, err);
}
