/*
 * What is run after a change: executables of the folder hooks.d beside the store. Source: voxtrust-hooks(5).
 */
#ifndef CLUSTER_HOOKS_H
#define CLUSTER_HOOKS_H

#include <stdbool.h>

#include <libcert/store.h>

/* What has happened. The words are what hooks get as arguments and in their environment. */
struct hooks_event {
    const char *program;      /* whose change it is, for the audit log: "voxrotate" */
    const char *name;         /* "activated" */
    const char *subject;      /* the service, trust store or trunk; "" if none */
    const char *node;         /* "" for the cluster */
    struct bytes_view report; /* what they read from standard input; empty: nothing */
};

struct hooks_result {
    size_t ran;    /* that ended well */
    size_t failed; /* that did not, or were not run because others could have written them */
};

/* Told of each hook: its path and NULL when it ended well, else why not. The path may be that of the folder. */
typedef void hooks_told(const void *arg, const char *path, const char *trouble);

/*
 * hooks_run(s, e, told, arg, out): each by its name, one after the other, with the event's three words as arguments; no
 * shell, a fixed environment, half a minute at most. What each came to is in the audit log, told, and counted in out
 * (may be NULL). Nothing is run for a change that a hook itself makes: there would be no end. hooks_inside():
 * are we run by one? hooks_folder(s): where they are; free with free(), NULL without memory.
 */
void hooks_run(struct store *s, const struct hooks_event *e, hooks_told *told, const void *arg,
               struct hooks_result *out);
bool hooks_inside(void);
char *hooks_folder(const struct store *s);

#endif
