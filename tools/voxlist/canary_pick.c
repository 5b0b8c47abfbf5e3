#include "canary.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <libcert/inventory.h>
#include <libcert/limits.h>
#include <libcert/phones.h>

#include "voxlist.h"

enum { HUNDRED = 100, HASH_MAX = 32 };

error_t canary_pick_parse(int key, char *arg, struct argp_state *state, struct canary_pick *p)
{
    char *end;
    long share;

    switch (key) {
    case CANARY_DEVICE:
        if (!voxlist_is_device(arg) || strlen(arg) > PHONE_NAME_MAX)
            argp_error(state, "--device %s: a device's name is letters, digits, '-' and '_', as in SEP0123456789AB",
                       arg);
        p->devices[p->ndevices++] = arg;
        return 0;
    case CANARY_MATCH:
        p->match = arg;
        return 0;
    case CANARY_SHARE:
        errno = 0;
        share = strtol(arg, &end, 10);
        if (arg[0] < '0' || arg[0] > '9' || errno != 0 || share < 1 || share >= HUNDRED ||
            (strcmp(end, "") != 0 && strcmp(end, "%") != 0))
            argp_error(state, "--share %s: percent, from 1 to 99; for all of them: voxlist canary promote --all", arg);
        p->share = (int)share;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

bool canary_pick_any(const struct canary_pick *p)
{
    return p->ndevices > 0 || p->match != NULL || p->share > 0;
}

/* A phone that is known, and its place in the order by which shares are taken. */
struct candidate {
    char name[PHONE_NAME_MAX + 1], model[INVENTORY_MODEL_MAX + 1];
    uint8_t hash[HASH_MAX];
};

struct candidates {
    struct candidate *c;
    size_t n, room;
    bool failed; /* no memory */
};

static bool add(struct candidates *all, const char *name, const char *model)
{
    struct candidate *c;
    unsigned len = HASH_MAX;

    if (all->n == all->room) {
        const size_t room = all->room * 2 + 64;
        struct candidate *more = reallocarray(all->c, room, sizeof *more);

        if (more == NULL)
            return !(all->failed = true);
        all->c = more;
        all->room = room;
    }
    c = &all->c[all->n++];
    (void)snprintf(c->name, sizeof c->name, "%s", name);
    (void)snprintf(c->model, sizeof c->model, "%s", model);
    all->failed = EVP_Digest(name, strlen(name), c->hash, &len, EVP_sha256(), NULL) <= 0;
    return !all->failed;
}

static bool from_inventory(void *arg, const struct inventory_phone *p)
{
    return add(arg, p->name, p->model);
}

static bool from_capf(void *arg, const struct phone *p)
{
    return add(arg, p->name, "");
}

static int by_name(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    const int order = strcmp(x->name, y->name);

    return order != 0 ? order : -strcmp(x->model, y->model); /* the inventory's before CAPF's */
}

static int by_model_and_hash(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    const int order = strcmp(x->model, y->model);

    return order != 0 ? order : memcmp(x->hash, y->hash, sizeof x->hash);
}

int canary_by_name(const void *a, const void *b)
{
    return strcmp(((const struct canary_phone *)a)->name, ((const struct canary_phone *)b)->name);
}

static enum vox_err read_all(struct store *s, struct candidates *all, struct vox_error *err)
{
    enum vox_err code;
    size_t n = 0;

    if ((code = inventory_each(s, NULL, from_inventory, all, err)) != VOX_OK ||
        (!all->failed && (code = phones_each(s, NULL, from_capf, all, err)) != VOX_OK))
        return code;
    if (all->failed)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if (all->n == 0)
        return VOX_OK;
    qsort(all->c, all->n, sizeof *all->c, by_name);
    for (size_t i = 0; i < all->n; i++)
        if (i == 0 || strcmp(all->c[i].name, all->c[n - 1].name) != 0)
            all->c[n++] = all->c[i];
    all->n = n;
    return VOX_OK;
}

static void take(const char *name, struct canary_phone *out, size_t *n)
{
    (void)snprintf(out[(*n)++].name, sizeof out[0].name, "%s", name);
}

/* Of each model so many, rounded up: a model that is rare is tried, too. */
static void take_share(struct candidates *all, int share, struct canary_phone *out, size_t *n)
{
    if (all->n > 0)
        qsort(all->c, all->n, sizeof *all->c, by_model_and_hash);
    for (size_t i = 0, end; i < all->n; i = end) {
        for (end = i; end < all->n && strcmp(all->c[end].model, all->c[i].model) == 0;)
            end++;
        const size_t some = ((end - i) * (size_t)share + HUNDRED - 1) / HUNDRED;

        for (size_t k = i; k < i + some; k++)
            take(all->c[k].name, out, n);
    }
}

static size_t each_once(struct canary_phone *list, size_t n)
{
    size_t kept = 0;

    qsort(list, n, sizeof *list, canary_by_name);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || strcmp(list[i].name, list[kept - 1].name) != 0)
            list[kept++] = list[i];
    return kept;
}

enum vox_err canary_pick_phones(struct store *s, const struct canary_pick *p, struct canary_phone **out, size_t *n,
                                struct vox_error *err)
{
    struct candidates all = {.c = NULL};
    enum vox_err code = read_all(s, &all, err);

    *n = 0;
    *out = NULL;
    if (code == VOX_OK && (*out = calloc(2 * all.n + p->ndevices + 1, sizeof **out)) == NULL)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    if (code == VOX_OK) {
        for (size_t i = 0; i < p->ndevices; i++)
            take(p->devices[i], *out, n);
        for (size_t i = 0; p->match != NULL && i < all.n; i++)
            if (fnmatch(p->match, all.c[i].name, 0) == 0)
                take(all.c[i].name, *out, n);
        if (p->share > 0)
            take_share(&all, p->share, *out, n);
        *n = each_once(*out, *n);
        if (*n == 0)
            code = vox_fail(err, VOX_E_INPUT,
                            "no known phone is meant by that: see 'voxtrust phones list'; 'voxtrust phones import' "
                            "learns of phones");
        else if (*n > LIMIT_CANARY_PHONES)
            code = vox_fail(err, VOX_E_INPUT, "%zu phones: a canary has %d at most; for all of them: voxlist publish",
                            *n, LIMIT_CANARY_PHONES);
    }
    free(all.c);
    if (code != VOX_OK) {
        free(*out);
        *out = NULL;
        *n = 0;
    }
    return code;
}
