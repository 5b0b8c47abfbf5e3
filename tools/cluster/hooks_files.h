/*
 * Hooks after files changed that phones fetch: which, for whoever copies them to other servers. Source:
 * voxtrust-hooks(5), published, withdrawn.
 */
#ifndef CLUSTER_HOOKS_FILES_H
#define CLUSTER_HOOKS_FILES_H

#include "cluster/hooks.h"
#include "cluster/list_kind.h"

/* Paths of what has changed, so far. Begin with {0}. */
struct hooks_files {
    char *text; /* a line each */
    size_t len;
    bool short_of_memory;
};

/* hooks_files_add(f, path): that file as well. Trouble is told by hooks_files_run(). */
void hooks_files_add(struct hooks_files *f, const char *path);

/*
 * hooks_files_run(s, e, kind, f, told, arg): the hooks, with the kind of the list as subject and the paths as report; e
 * names program and event, its other words are not looked at. No file: no hook is run. f is empty afterwards; without
 * calling this, free it with hooks_files_free().
 */
void hooks_files_run(struct store *s, const struct hooks_event *e, enum cluster_list kind, struct hooks_files *f,
                     hooks_told *told, const void *arg);
void hooks_files_free(struct hooks_files *f);

#endif
