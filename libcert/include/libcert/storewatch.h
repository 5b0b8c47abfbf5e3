/*
 * A store that a running daemon keeps an eye on: cheap enough to look several times a second. Source: docs/daemons.md.
 */
#ifndef LIBCERT_STOREWATCH_H
#define LIBCERT_STOREWATCH_H

#include <limits.h>
#include <sys/stat.h>

#include <libcert/identity.h>

/* Begin with {.url = URL}, the rest 0. */
struct store_watch {
    const char *url;     /* borrowed */
    struct store *store; /* open, or NULL */
    char path[PATH_MAX]; /* of its database */
    struct stat file;    /* what store has open there */
    int64_t found;       /* its version at the last look */
    int64_t seen;        /* and when its content was last taken */
};

/*
 * store_watch_look(w, news, err): is there anything new since store_watch_seen(w)? w->store is open afterwards, anew
 * when another file stands in its place (a restore). store_watch_seen(w): what stands there has been taken.
 * store_watch_close(w): all of it is new at the next look; after an error of the store, too. Errors: those of
 * store_open().
 */
enum vox_err store_watch_look(struct store_watch *w, bool *news, struct vox_error *err);
void store_watch_seen(struct store_watch *w);
void store_watch_close(struct store_watch *w);

/*
 * The same for the TLS settings alone. store_tls_changed(w, changed, err): have they become others since the last call?
 * The first call only learns them; when it fails the next one that succeeds says yes, since nobody knows.
 */
struct store_tls_watch {
    struct store_watch store;
    struct tls_settings last;
    bool asked, known;
};
enum vox_err store_tls_changed(struct store_tls_watch *w, bool *changed, struct vox_error *err);

#endif
