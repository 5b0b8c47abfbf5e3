#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <cluster/canary.h>
#include <cluster/deliver.h>
#include <libcert/inventory.h>

#include "status.h"

enum vox_err status_read_canaries(struct status *st, struct store *s, struct vox_error *err)
{
    enum vox_err code = canaries_read(s, false, &st->canaries, &st->ncanaries, err);

    if (code != VOX_OK)
        return code;
    if ((st->canary_phones = calloc(st->ncanaries + 1, sizeof *st->canary_phones)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; code == VOX_OK && i < st->ncanaries; i++)
        code = canary_phones(s, st->canaries[i].id, &st->canary_phones[i].list, &st->canary_phones[i].n, err);
    return code;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct canary_phone *)a)->name, ((const struct canary_phone *)b)->name);
}

bool status_of_canary(const struct status *st, const struct store_list *l)
{
    struct canary_phone key = {.name = ""};
    const size_t len = strlen(l->name);

    if (len <= 7 || len - 7 >= sizeof key.name)
        return false;
    memcpy(key.name, l->name + 3, len - 7); /* without "ITL" and ".tlv" */
    for (size_t i = 0; i < st->ncanaries; i++) {
        const struct canary *c = &st->canaries[i];

        if (strcmp(c->kind, l->kind) == 0 && strcmp(c->dir, l->dir) == 0 && strcmp(c->sha256, l->sha256) == 0 &&
            st->canary_phones[i].n > 0 &&
            bsearch(&key, st->canary_phones[i].list, st->canary_phones[i].n, sizeof key, by_name) != NULL)
            return true;
    }
    return false;
}

static void judge_step(struct status *st, const struct canary *c)
{
    const char *with = c->step == CANARY_GROWING     ? "promote"
                       : c->step == CANARY_PROMOTING ? "promote --all"
                                                     : "withdraw";

    if (c->step != CANARY_OPEN)
        status_attention(st, "the canary of the %s in %s was interrupted: 'voxlist canary %s' goes on", c->kind, c->dir,
                         with);
}

/* Do its phones get what they should? */
static void judge_files(struct status *st, size_t at, const struct bytes *list)
{
    const struct canary *c = &st->canaries[at];
    enum cluster_list kind = CLUSTER_CTL;
    char name[CANARY_NAME_MAX];
    size_t missing = 0;

    (void)cluster_list_parse(c->kind, &kind);
    for (size_t i = 0; i < st->canary_phones[at].n; i++) {
        canary_file(kind, st->canary_phones[at].list[i].name, name);
        missing += !deliver_stands(c->dir, name, bytes_view_of(list));
    }
    if (missing > 0)
        status_attention(st,
                         "the canary of the %s in %s: the files of %zu of its %zu phones are not its list: "
                         "'voxlist canary withdraw', and start anew",
                         c->kind, c->dir, missing, st->canary_phones[at].n);
}

void status_judge_canaries(struct status *st, struct store *s)
{
    for (size_t i = 0; i < st->ncanaries; i++) {
        struct bytes list;
        struct vox_error err;

        judge_step(st, &st->canaries[i]);
        if (inventory_list_bytes(s, st->canaries[i].sha256, &list, &err) != VOX_OK)
            status_attention(st, "the canary of the %s in %s: %s", st->canaries[i].kind, st->canaries[i].dir, err.text);
        else if (st->canaries[i].step == CANARY_OPEN)
            judge_files(st, i, &list);
        bytes_free(&list);
    }
}

void status_free_canaries(struct status *st)
{
    for (size_t i = 0; st->canary_phones != NULL && i < st->ncanaries; i++)
        free(st->canary_phones[i].list);
    free(st->canary_phones);
    canaries_free(&st->canaries, st->ncanaries);
}
