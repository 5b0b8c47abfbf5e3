#include <stdio.h>

#include <libcert/storewatch.h>

enum { OPENS_MAX = 4 }; /* of a store that is replaced meanwhile, in a row */

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static enum vox_err open_current(struct store_watch *w, struct vox_error *err)
{
    struct stat before, after;
    enum vox_err code;

    if (w->store != NULL && (stat(w->path, &after) != 0 || !same_file(&after, &w->file)))
        store_close(&w->store);
    for (int i = 0; w->store == NULL; i++) {
        /* What store_open() opened is known only if the same file stands there before and after it. */
        bool known = w->path[0] != '\0' && stat(w->path, &before) == 0;

        if ((code = store_open(w->url, &w->store, err)) != VOX_OK)
            return code;
        (void)snprintf(w->path, sizeof w->path, "%s", store_path(w->store));
        if (known && stat(w->path, &after) == 0 && same_file(&before, &after)) {
            w->file = after;
            w->seen = -1; /* another connection counts on its own */
            return VOX_OK;
        }
        store_close(&w->store);
        if (i == OPENS_MAX)
            return vox_fail(err, VOX_E_STORE, "%s is replaced again and again", w->path);
    }
    return VOX_OK;
}

enum vox_err store_watch_look(struct store_watch *w, bool *news, struct vox_error *err)
{
    enum vox_err code = open_current(w, err);

    *news = false;
    if (code != VOX_OK)
        return code;
    if ((code = store_version(w->store, &w->found, err)) != VOX_OK) {
        store_watch_close(w);
        return code;
    }
    *news = w->found != w->seen;
    return VOX_OK;
}

void store_watch_seen(struct store_watch *w)
{
    w->seen = w->found;
}

void store_watch_close(struct store_watch *w)
{
    store_close(&w->store);
}

enum vox_err store_tls_changed(struct store_tls_watch *w, bool *changed, struct vox_error *err)
{
    struct tls_settings now;
    bool news, first = !w->asked;
    enum vox_err code;

    *changed = false;
    w->asked = true;
    if ((code = store_watch_look(&w->store, &news, err)) != VOX_OK || !news)
        return code;
    if ((code = store_tls_settings(w->store.store, &now, err)) != VOX_OK) {
        store_watch_close(&w->store);
        return code;
    }
    *changed = w->known ? !tlspolicy_same_listeners(&w->last, &now) : !first;
    w->last = now;
    w->known = true;
    store_watch_seen(&w->store);
    return VOX_OK;
}
