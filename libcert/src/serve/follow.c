/* What processes read when they start has changed: a new set of them, as after HUP. */
#include <libcert/log.h>

#include "supervisor_state.h"

enum {
    RETRY_FIRST_MS = 1000, /* a set that could not start, as after HUP; but nobody is there who would send another */
    RETRY_LAST_MS = 10000,
};

enum vox_err follow_first(struct supervisor *s, struct vox_error *err)
{
    const char *what;

    return s->app->changed == NULL ? VOX_OK : s->app->changed(s->app->arg, &what, err);
}

void follow_ask(struct supervisor *s)
{
    struct vox_error err;
    const char *what = NULL;

    if (s->app->changed == NULL)
        return;
    const bool failed = s->app->changed(s->app->arg, &what, &err) != VOX_OK;

    if (failed && !s->follow_failing)
        log_line(LOG_LEVEL_ERROR, "changes in the store cannot be seen: %s", err.text);
    else if (!failed && s->follow_failing)
        log_line(LOG_LEVEL_NOTICE, "changes in the store can be seen again");
    s->follow_failing = failed;
    if (failed || what == NULL)
        return;
    log_line(LOG_LEVEL_NOTICE, "%s has changed", what);
    s->changes++;
    s->follow_after_ms = supervisor_ms();
    s->follow_backoff_ms = RETRY_FIRST_MS;
}

bool follow_due(const struct supervisor *s)
{
    return s->changes != s->changes_served && supervisor_ms() >= s->follow_after_ms;
}

void follow_started(struct supervisor *s)
{
    s->changes_started = s->changes;
    s->follow_after_ms = supervisor_ms() + s->follow_backoff_ms;
    s->follow_backoff_ms = s->follow_backoff_ms * 2 > RETRY_LAST_MS ? RETRY_LAST_MS : s->follow_backoff_ms * 2;
}

void follow_served(struct supervisor *s)
{
    s->changes_served = s->changes_started;
}
