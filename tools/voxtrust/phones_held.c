#include "phones_held.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct phones_held {
    struct store_list *lists; /* newest first */
    size_t n;
};

enum vox_err held_read(struct store *s, struct phones_held **out, struct vox_error *err)
{
    enum vox_err code;

    if ((*out = calloc(1, sizeof **out)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if ((code = store_lists(s, NULL, false, &(*out)->lists, &(*out)->n, err)) != VOX_OK) {
        free(*out);
        *out = NULL;
    }
    return code;
}

void held_free(struct phones_held **h)
{
    if (*h == NULL)
        return;
    store_lists_free(&(*h)->lists, (*h)->n);
    free(*h);
    *h = NULL;
}

/* A version that is rolled back to has the bytes of the old one, and its number is the newer one. */
static const struct store_list *find(const struct phones_held *h, const char *sha256)
{
    for (size_t i = 0; i < h->n; i++)
        if (strcmp(h->lists[i].sha256, sha256) == 0)
            return &h->lists[i];
    return NULL;
}

void held_words(const struct phones_held *h, const char *sha256, char out[static HELD_WORDS_MAX])
{
    const struct store_list *l = find(h, sha256);

    if (sha256[0] == '\0')
        (void)snprintf(out, HELD_WORDS_MAX, "?");
    else if (l != NULL)
        (void)snprintf(out, HELD_WORDS_MAX, "%" PRId64, l->number);
    else
        (void)snprintf(out, HELD_WORDS_MAX, "%.12s", sha256);
}

enum vox_err held_parse(const struct phones_held *h, const char *kind, const char *text,
                        char out[static INVENTORY_LIST_MAX], struct vox_error *err)
{
    char number[HELD_WORDS_MAX];

    if (strcmp(text, INVENTORY_NONE) == 0 || strcmp(text, "?") == 0) {
        (void)snprintf(out, INVENTORY_LIST_MAX, "%s", text[0] == '?' ? "" : text);
        return VOX_OK;
    }
    for (size_t i = 0; i < h->n; i++) {
        (void)snprintf(number, sizeof number, "%" PRId64, h->lists[i].number);
        if (strcmp(number, text) == 0 && strcmp(h->lists[i].kind, kind) == 0) {
            (void)snprintf(out, INVENTORY_LIST_MAX, "%s", h->lists[i].sha256);
            return VOX_OK;
        }
    }
    return vox_fail(err, VOX_E_USAGE, "--%s %.40s: a version of that list ('voxlist history'), none, or ?", kind, text);
}

/* Is there a current list of that kind, and is it not the one that is held? */
static bool differs(const struct phones_held *h, const char *kind, const char *sha256)
{
    bool served = false;

    for (size_t i = 0; i < h->n; i++) {
        if (!h->lists[i].current || strcmp(h->lists[i].kind, kind) != 0)
            continue;
        if (strcmp(h->lists[i].sha256, sha256) == 0)
            return false;
        served = true;
    }
    return served;
}

bool held_outdated(const struct phones_held *h, const struct inventory_phone *p)
{
    return (p->ctl[0] != '\0' || p->itl[0] != '\0') && (differs(h, "ctl", p->ctl) || differs(h, "itl", p->itl));
}
